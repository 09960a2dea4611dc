"""A share in a stack: an entry adds what is its own and changes no other, and the job and the commands are told of it."""

import json
import re
from functools import cache
from typing import Any, Final

from tests.stacks.estate import Estate, archive, estate_of, run

A: Final = "tabcdefghij23456"
SHARES: Final[dict[str, Any]] = {
    name: {"product": product, "tenant": A, "account": account, "since": "2026-12-01", "until": "2027-03-31"}
    for name, product, account in (
        ("to-investor", "loan-book", "333333333333"),
        ("to-insurer", "loans-by-state", "444444444444"),
    )
}


RECOVERY = {
    *("heartbeat", "ready", "ready-look"),
    *(f"{name}{grants}" for name in ("fence", "recover") for grants in ("", "-here", "-there")),
}


@cache
def shared() -> Estate:
    return run("prod", {"shares": SHARES})


def test_an_entry_adds_resources_and_changes_no_other() -> None:
    before, after = estate_of("prod"), shared()
    added = {key for key in after.resources if key not in before.resources}
    assert before.resources.keys() < after.resources.keys()
    # The first brings the clock that looks after all of them, with its chart.
    own = ("share-to-investor", "share-to-insurer", "products-clock")
    assert added == {key for key in after.resources if key[1].startswith(own)}
    for key, each in before.resources.items():
        # Recovery switches the clock, too: its functions know it, and may.
        if key[0] == "aws:cloudwatch/dashboard:Dashboard" or key[1] in RECOVERY:
            continue
        assert plain(after.resources[key].inputs) == plain(each.inputs), key


def plain(inputs: Any) -> str:
    """Inputs as text; passwords, which are made anew in each run, count as the same."""
    return re.sub(r'(?<=")[A-Za-z0-9]{40}(?=\\*")', "a password", json.dumps(inputs, default=archive, sort_keys=True))


def test_the_job_is_told_of_each_share_by_an_item_of_its_tenant() -> None:
    items = {name: json.loads(each.inputs["item"]) for name, each in shared().of("dynamodb/tableItem:TableItem").items()}
    item = items["share-to-investor-item"]
    assert (item["tenant"]["S"], item["item"]["S"]) == (A, f"share#{shared().region}#to-investor")
    assert item["prefix"]["S"] == f"tenant={A}/product=loan-book/share=to-investor/"
    assert item["key_arn"]["S"] == shared().arn("kms/key:Key", "share-to-investor-key")
    assert item["until"]["S"] == "2027-03-31"


def test_an_aggregate_is_a_table_of_groups() -> None:
    table = shared().inputs("glue/catalogTable:CatalogTable", "share-to-insurer-table")
    names = [each["name"] for each in table["storageDescriptor"]["columns"]]
    assert names == ["state", "product", "status", "records", "sum_amount_cents"]


def test_the_commands_are_told_what_they_end() -> None:
    told = shared().outputs["shares"]["to-investor"]
    assert told["roleArn"] == shared().arn("iam/role:Role", "share-to-investor-access")
    assert (told["account"], told["closedAt"]) == ("333333333333", "2027-04-01T00:00:00Z")
    assert shared().outputs["products"]["bucket"] == shared().state("s3/bucket:Bucket", "products")["bucket"]


def test_who_deploys_grants_and_who_operates_revokes() -> None:
    order = json.loads(shared().inputs("lambda/invocation:Invocation", "products-governed")["input"])
    known = shared().file
    assert order["administrators"] == [
        *known["keyAdministrators"],
        *known["tenantOperators"],
        shared().arn("iam/role:Role", "products"),
    ]
