"""What counts as copied to the other region, and what does not."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.recovery.region import Region
from functions.recovery.replicated import buckets_found, tables_found
from functions.recovery.site import Site, site_of
from tests.functions.recovery.answers import Answers, copied_to, refused, table
from tests.functions.recovery.aws import PRIMARY, RECOVERY

HERE, THERE = f"arn:aws:s3:::raw-{RECOVERY}", f"arn:aws:s3:::raw-{PRIMARY}"
TEXTS = ("stack", "account", "alerts", "domain", "loadBalancer", "heartbeat", "recover")


def site(region: str, **replicated: str) -> Site:
    told: dict[str, Any] = {**dict.fromkeys(TEXTS, "any"), "table": "recovery", "switches": {}}
    stores = [{"name": name, "arn": arn} for name, arn in replicated.items()]
    told |= {"region": region, "primary": PRIMARY, "recovery": RECOVERY, "replicated": stores}
    return site_of(json.dumps(told))


class Aws:
    """Answers every client the same."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def client(self, *_: Any, **__: Any) -> Any:
        return Answers(self.answers)


def buckets(answer: Any) -> tuple[bool, str]:
    there = Region(site=site(PRIMARY, raw=THERE), aws=Aws(get_bucket_replication=answer))
    return buckets_found(site(RECOVERY, raw=HERE), there)


def test_a_bucket_is_copied_by_a_rule_that_is_enabled_and_ends_here() -> None:
    assert buckets(copied_to(HERE)) == (True, "1 buckets")
    wrong = (False, f"raw-{PRIMARY}: no rule that is enabled copies it here")
    assert buckets(copied_to(HERE, "Disabled")) == wrong
    assert buckets(copied_to("arn:aws:s3:::of-somebody-else")) == wrong
    assert buckets(refused("ReplicationConfigurationNotFoundError")) == wrong


def test_a_bucket_that_cannot_be_asked_is_not_taken_for_copied() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        buckets(refused("AccessDenied"))


@pytest.mark.parametrize(
    ("here", "there", "is_right"),
    [
        ("ACTIVE", "ACTIVE", True),
        ("UPDATING", "UPDATING", True),
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ACTIVE", False),
        ("ACTIVE", "REGION_DISABLED", False),
        ("ACTIVE", "CREATING", False),
    ],
)
def test_a_table_is_used_in_both_regions(here: str, there: str, is_right: bool) -> None:
    region = Region(site=site(RECOVERY), aws=Aws(describe_table=table(here, there)))
    assert tables_found(region) == (is_right, "1 tables" if is_right else f"recovery: {here}, in {PRIMARY} {there}")


def test_tables_are_recoverys_own_and_those_that_are_said_to_be_replicated() -> None:
    asked: list[str] = []

    def described(**names: str) -> Any:
        asked.append(names["TableName"])
        return table("ACTIVE", "ACTIVE")

    arn = "arn:aws:dynamodb:us-east-2:111111111111:table/sessions"
    assert tables_found(Region(site=site(RECOVERY, sessions=arn, raw=HERE), aws=Aws(describe_table=described))) == (
        True,
        "2 tables",
    )
    assert asked == ["recovery", "sessions"]
