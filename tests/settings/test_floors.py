"""What production must have at the least."""

import pytest

from components.base import limits
from components.data.bucket_spec import LakeBucketSpec, LakeSpec
from settings import PrimarySettings
from settings.floors import PROD, below
from tests.settings.stack_files import accepted, refused

LOGS = "365 days or more in prod: a year's records must be explainable by that year's logs"


@pytest.mark.parametrize("stack", ["prod", "prod-recovery"])
@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("protect", False, "true: prod holds data that nobody may lose"),
        ("logRetentionDays", 180, LOGS),
        ("network.nat", "single", "per-zone in prod: the loss of a zone must not take another zone's way out"),
        ("network.nat", "none", "per-zone in prod: the loss of a zone must not take another zone's way out"),
        (
            "network.interfaceEndpoints",
            ["kms"],
            "also ecr.api, ecr.dkr, logs, secretsmanager in prod: tasks must start when a NAT gateway does not work",
        ),
        ("network.flowLogRetentionDays", 30, LOGS),
        (
            "lake.buckets.dumps.noncurrentDays",
            29,
            "30 days or more in prod: what was overwritten is often missed by the month's reports only",
        ),
        (
            "lake.buckets.raw.expireDays",
            1826,
            "1827 days or more in prod, or none: lenders keep a closing disclosure for five years (12 CFR 1026.25)",
        ),
        ("lake.accessLogDays", 364, LOGS),
        ("database.backupRetentionDays", 6, "7 days or more in prod: what a weekly job did wrong is found a week later"),
    ],
)
def test_a_value_below_the_floor_is_refused_in_both_regions(stack: str, key: str, value: object, expected: str) -> None:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    # Without NAT the endpoints are told first, unless all are there.
    beyond: dict[str, object] = {"network.interfaceEndpoints": [*limits.INTERFACE_ENDPOINTS]} if value == "none" else {}
    lines = refused(stack, {key: value, **beyond})
    assert f"dataconnect:{key} is {shown}; expected {expected}" in lines
    assert len([line for line in lines if f"dataconnect:{key} " in line]) <= 2


def test_production_s_database_runs_on_no_credits() -> None:
    expected = "a class without CPU credits in prod: a db.t one slows down once they are spent"
    assert refused("prod", {"database.instanceClass": "db.t4g.large"}) == [
        f"dataconnect:database.instanceClass is 'db.t4g.large'; expected {expected}"
    ]


def test_at_the_floor_is_enough_and_dev_has_none() -> None:
    enough = {"lake.buckets.raw.noncurrentDays": 30, "lake.buckets.raw.expireDays": 1827}
    accepted("prod", {**enough, "database.backupRetentionDays": 7, "lake.accessLogDays": 365}, PrimarySettings)
    accepted("prod", {"lake.buckets.raw.expireDays": None}, PrimarySettings)
    least = {"lake.buckets.raw.noncurrentDays": 1, "lake.buckets.raw.expireDays": 180}
    accepted("dev", {**least, "lake.accessLogDays": 1, "logRetentionDays": 1}, PrimarySettings)


def test_a_lake_without_the_bucket_that_a_floor_is_of_has_nothing_below_it() -> None:
    days = LakeBucketSpec(expire_days=180)
    assert [problem.path for problem in below("lake", LakeSpec(buckets={"raw": days}, access_log_days=365))] == [
        ("buckets", "raw", "expireDays")
    ]
    assert not [*below("lake", LakeSpec(buckets={"curated": days}, access_log_days=365))]


def test_every_floor_says_why() -> None:
    assert all(":" in floor.expected for floor in PROD if floor.path[0] != "features")
