"""The prepared statements of tenants: every scan is of the tenant's own partition, and a query without that is found."""

import re
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from operations.errors import OperationError
from operations.queries import QUERIES, statements
from tests.operations.tenant_predicate import unguarded

ID, OTHER = "t" + 15 * "a", "t" + 15 * "b"
TEXTS = {name: query.text for name, query in statements(ID, {"loans": "loans"}).items()}
GUARD = f"tenant = '{ID}'"


@pytest.mark.parametrize("name", TEXTS)
def test_each_scan_is_of_the_tenants_partition_alone(name: str) -> None:
    scans = list(parse_one(TEXTS[name], read="trino").find_all(exp.Table))
    assert any(scan.name == "loans" for scan in scans)
    assert unguarded(TEXTS[name], ID) == []


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    "instead",
    [
        "1 = 1",
        f"tenant = '{OTHER}'",
        f"tenant <> '{ID}'",
        f"tenant LIKE '{ID}'",
        f"(tenant = '{ID}' OR 1 = 1)",
        f"NOT tenant = '{ID}'",
        "tenant = tenant",
        f"tenant = lower('{ID}')",
        f"tenant IN ('{ID}', '{OTHER}')",
    ],
)
def test_a_query_that_lost_it_is_found_whichever_scan_it_was(name: str, instead: str) -> None:
    pieces = TEXTS[name].split(GUARD)
    assert len(pieces) > 1
    for lost in range(1, len(pieces)):
        broken = "".join(f"{(instead if at == lost else GUARD) if at else ''}{piece}" for at, piece in enumerate(pieces))
        assert unguarded(broken, ID) != [], broken


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM loans",
        f"SELECT * FROM (SELECT * FROM loans) AS every WHERE tenant = '{ID}'",
        f"WITH every AS (SELECT * FROM loans) SELECT * FROM every WHERE tenant = '{ID}'",
        f"SELECT * FROM loans WHERE tenant = '{ID}' UNION ALL SELECT * FROM loans",
        f"SELECT * FROM loans AS a JOIN loans AS b ON a.loan_id = b.loan_id WHERE a.tenant = '{ID}'",
        f"SELECT * FROM loans AS a JOIN loans AS b ON b.tenant = '{ID}' WHERE a.tenant = '{ID}'",
        f"SELECT * FROM loans AS a, loans AS b WHERE tenant = '{ID}'",
        f"SELECT * FROM loans WHERE tenant = '{ID}' AND loan_id IN (SELECT loan_id FROM loans)",
        f"SELECT (SELECT max(loan_id) FROM loans) FROM loans WHERE tenant = '{ID}'",
        f"SELECT * FROM loans WHERE tenant = '{ID}' OR state = 'OH'",
        f"SELECT * FROM loans WHERE \"date\" > 'a' AND (tenant = '{ID}' OR state = 'OH')",
        f"SELECT * FROM loans AS a WHERE b.tenant = '{ID}'",
        f"SELECT * FROM loans WHERE tenant = '{ID}' AND EXISTS (SELECT 1 FROM loans AS b WHERE b.loan_id = loans.loan_id)",
        f"SELECT * FROM loans WHERE tenant = '{ID}'; SELECT * FROM loans",
        "DROP TABLE loans",
        f"CREATE TABLE t AS SELECT * FROM loans WHERE tenant = '{ID}'",
    ],
)
def test_a_scan_without_it_is_found_at_every_level(sql: str) -> None:
    assert unguarded(sql, ID) != []


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM loans WHERE tenant = '{ID}'",
        f"SELECT * FROM loans AS a JOIN loans AS b ON a.loan_id = b.loan_id WHERE a.tenant = '{ID}' AND b.tenant = '{ID}'",
        f"WITH loans2 AS (SELECT * FROM loans WHERE (tenant = '{ID}') AND 1 = 1) SELECT * FROM loans2",
        f"SELECT * FROM loans WHERE tenant = '{ID}' AND loan_id IN (SELECT loan_id FROM loans WHERE tenant = '{ID}')",
    ],
)
def test_a_query_that_has_it_everywhere_is_let_through(sql: str) -> None:
    assert unguarded(sql, ID) == []


def test_a_silos_queries_read_its_own_tables() -> None:
    for query in statements(ID, {"loans": f"loans_{ID}"}).values():
        scans = {scan.name for scan in parse_one(query.text, read="trino").find_all(exp.Table)}
        assert f"loans_{ID}" in scans and "loans" not in scans
        assert unguarded(query.text, ID) == []


def test_each_query_says_what_it_answers_and_has_a_name_that_athena_takes() -> None:
    assert len(QUERIES) >= 8
    for query in QUERIES:
        assert "Parameter" in query.answers and query.answers.endswith(".") and query.name.isidentifier()
        assert "--" not in query.text and query.text.count("?") >= 1


def test_the_page_lists_every_query() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "decisions", "queries.md").read_text(encoding="utf-8")
    section = page.partition("## What BI asks")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == sorted(query.name for query in QUERIES)


@pytest.mark.parametrize(("tenant", "table"), [("acme", "loans"), (f"{ID}' OR '1", "loans"), (ID, 'loans" --'), (ID, "")])
def test_what_is_no_id_or_no_table_never_becomes_sql(tenant: str, table: str) -> None:
    with pytest.raises(OperationError, match="expected"):
        statements(tenant, {"loans": table})
