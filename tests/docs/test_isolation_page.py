"""docs/isolation.md says of each store which test proves what, and which breaks it: those tests are there."""

import ast
import re
from functools import cache

import pytest

from docs.generate.source import ROOT

PAGE = ROOT / "docs" / "isolation.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "::" in line
]
# Where docs/tenancy.md says that a tenant has something -> what the page calls the store.
STORES = {
    "registry, the table `tenants`": "DynamoDB",
    "lake buckets of": "S3",
    "lake bucket `config`": "S3",
    "tables whose hash key is `tenant`": "DynamoDB",
    "PostgreSQL": "PostgreSQL",
    "search": "OpenSearch",
    "Athena": "Athena",
    "cache": "Valkey",
    "IAM": "STS",
}
BESIDES = ("SNS and SQS", "KMS", "Glue", "Data products", "Lake Formation")
"""What tenants' data goes through, or is shared by."""


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_each_proof_and_each_mutation_is_a_test_that_is_there(row: list[str]) -> None:
    _, _, proof, mutation = row
    for cell in (proof, *([] if mutation == "none" else [mutation])):
        found = TEST.fullmatch(cell)
        assert found, f"{cell}: expected `tests/<file>.py::<test>`"
        assert found[2] in names_in(found[1]), f"{found[1]} has no {found[2]}"
    assert proof != mutation


def test_each_store_of_a_tenant_has_a_row_and_a_mutation() -> None:
    model = (ROOT / "docs" / "tenancy.md").read_text(encoding="utf-8").partition("## The model")[2].partition("\n## ")[0]
    wheres = [line.strip("|").split("|")[0].strip() for line in model.splitlines() if line.startswith("| ")][1:]
    assert len(wheres) >= 9
    for where in wheres:
        called = [store for beginning, store in STORES.items() if where.startswith(beginning)]
        assert called, f"docs/tenancy.md says that a tenant has something in {where!r}: say here what the page calls it"
    for store in {*STORES.values(), *BESIDES}:
        rows = [row for row in ROWS if row[0].startswith(store)]
        assert rows, f"docs/isolation.md has no row of {store}"
        assert any(row[3] != "none" for row in rows), f"nothing that docs/isolation.md names turns a proof of {store} red"
