"""Cases of policies/controls/resilience/tables.py."""

from typing import Any

from tests.policies.given.resilience.tables import TABLE
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

REPLICA = "aws:dynamodb/tableReplica:TableReplica"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
READ, WRITE = "dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"
INDEX_READ, INDEX_WRITE = "dynamodb:index:ReadCapacityUnits", "dynamodb:index:WriteCapacityUnits"
USERS = planned(TABLE, "users", name="users", billingMode="PROVISIONED")
INDEXED = planned(TABLE, "users", name="users", globalSecondaryIndexes=[{"name": "by-mail"}])  # provisioned is AWS's default


def target(place: str, dimension: str, *, refs: bool = False, moved: bool = True) -> list[Planned]:
    """A scalable target and its policy; by reference to the table where `refs`."""
    name = f"{place}-{dimension}"
    what = {"scalableDimension": dimension, "serviceNamespace": "dynamodb"}
    found = planned(TARGET, name, resourceId=ref(TABLE, "users", place) if refs else place, **what)
    policy = planned(POLICY, name, resourceId=ref(TARGET, name, place) if refs else place, **what)
    return [found, policy] if moved else [found]


def mover(dimension: str, *, refs: bool = False, token: str = POLICY) -> Planned:
    """A policy of a resource that is known only later."""
    of = ref(TABLE, "users") if refs else UNKNOWN
    return planned(token, f"by-{dimension}", resourceId=of, scalableDimension=dimension)


STREAM = {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"}
WEST = {"regionName": "us-west-2", "propagateTags": True}


def replicated(**inputs: Any) -> list[Planned]:
    """A table and a replica of it in another region that is a resource of its own."""
    table = planned(TABLE, "users", **{"name": "users", "region": "us-east-2", **inputs})
    return [table, planned(REPLICA, "replica", globalTableArn=ref(TABLE, "users"), region="us-west-2")]


SCALED = [*target("table/users", READ), *target("table/users", WRITE)]
SCALED_LATER = [*target(UNKNOWN, READ, refs=True), *target(UNKNOWN, WRITE, refs=True)]
BY_MAIL = target("table/users/index/by-mail", INDEX_READ)
UNMOVED = [*target(UNKNOWN, READ, refs=True, moved=False), *target(UNKNOWN, WRITE, refs=True, moved=False)]

CASES: dict[str, Cases] = {
    "dynamodb-point-in-time-recovery": Cases(
        token=TABLE,
        fails=[{}, {"pointInTimeRecovery": {"enabled": False}}, {"pointInTimeRecovery": [{"enabled": "false"}]}],
        passes=[{"pointInTimeRecovery": {"enabled": True}}, {"pointInTimeRecovery": [{"enabled": "true"}]}],
        unknown=[{"pointInTimeRecovery": {"enabled": UNKNOWN}}, {"pointInTimeRecovery": UNKNOWN}],
    ),
    "dynamodb-replica-point-in-time-recovery": Cases(
        token=TABLE,
        fails=[
            {"pointInTimeRecovery": {"enabled": True}, "replicas": [{"regionName": "us-west-2"}]},
            {"replicas": [{"pointInTimeRecovery": True}, {"pointInTimeRecovery": False}]},
            planned(REPLICA),
            planned(REPLICA, pointInTimeRecovery=False),
        ],
        passes=[
            {},
            {"replicas": [{"regionName": "us-west-2", "pointInTimeRecovery": True}]},
            planned(REPLICA, pointInTimeRecovery=True),
        ],
        unknown=[{"replicas": UNKNOWN}, planned(REPLICA, pointInTimeRecovery=UNKNOWN)],
    ),
    "dynamodb-auto-scaling": Cases(
        token=TABLE,
        fails=[
            {},
            {"billingMode": "PROVISIONED", "readCapacity": 5, "writeCapacity": 5},
            [USERS, *target("table/users", READ)],
            [USERS, *target("table/users", READ), *target("table/other", WRITE)],
            [USERS, *target(UNKNOWN, WRITE, refs=True)],
            [USERS, planned(TARGET, "service", resourceId=UNKNOWN, serviceNamespace="ecs")],
            [USERS, *target("table/users", READ), *target("table/users/index/by-mail", INDEX_WRITE)],
            [INDEXED, *SCALED],
            [INDEXED, *SCALED, *BY_MAIL, *target("table/users/index/other", INDEX_WRITE)],
        ],
        passes=[
            {"billingMode": "PAY_PER_REQUEST"},
            [USERS, *SCALED],
            [USERS, *SCALED_LATER],
            [
                INDEXED,
                *target(UNKNOWN, READ, refs=True),
                *target("table/users", WRITE),
                *BY_MAIL,
                *target(UNKNOWN, INDEX_WRITE, refs=True),
            ],
            [planned(TABLE, "users"), *target("table/users-1", READ, refs=True), *target("table/users-1", WRITE, refs=True)],
            target("table/users", READ),
            [USERS, *SCALED, *target(UNKNOWN, WRITE)],
            [USERS, *SCALED, *target("table/users", UNKNOWN)],
            [
                planned(TABLE, "users", globalSecondaryIndexes=[{"name": "by-mail"}, {"name": "by-age"}]),
                *SCALED_LATER,
                *(found for dimension in (INDEX_READ, INDEX_WRITE) for found in target(UNKNOWN, dimension, refs=True)),
                *target("table/u/index/by-mail", INDEX_READ, refs=True),
                *target("table/u/index/by-mail", INDEX_WRITE, refs=True),
            ],
            [
                USERS,
                *UNMOVED,
                mover(READ, refs=True),
                mover(WRITE, refs=True, token="aws:appautoscaling/scheduledAction:ScheduledAction"),
            ],
        ],
        unknown=[
            {"billingMode": UNKNOWN},
            [USERS, *target("table/users", READ), *target(UNKNOWN, WRITE)],
            [USERS, *target(UNKNOWN, READ, refs=True), *target(UNKNOWN, UNKNOWN, refs=True)],
            [USERS, *target("table/users", READ), *target("table/users", WRITE, moved=False)],
            [USERS, *UNMOVED, mover(READ), mover(WRITE)],
            [planned(TABLE, "users", name="users", globalSecondaryIndexes=UNKNOWN), *SCALED],
        ],
    ),
    "dynamodb-global-table": Cases(
        token=TABLE,
        fails=[
            {"replicas": [WEST]},
            {"replicas": [WEST], "streamEnabled": False},
            {"replicas": [WEST], "streamEnabled": True, "streamViewType": "KEYS_ONLY"},
            {"replicas": [{"regionName": "us-west-2"}], **STREAM},
            {"replicas": [WEST, {"regionName": "eu-west-1", "propagateTags": False}], **STREAM},
            {"replicas": [WEST], **STREAM, "region": "us-west-2"},
            {"replicas": [{"regionName": "us-west-2", "consistencyMode": "STRONG"}]},
            replicated(),
            replicated(**STREAM, region="us-west-2"),
        ],
        passes=[
            {},
            {"replicas": []},
            {"replicas": [WEST], **STREAM},
            {"replicas": [WEST], **STREAM, "region": "us-east-2"},
            {"replicas": [{**WEST, "consistencyMode": "STRONG"}]},
            replicated(**STREAM),
            [planned(TABLE, "users", name="users", **STREAM), planned(REPLICA, globalTableArn=ref(TABLE, "users"))],
            planned(REPLICA, globalTableArn=UNKNOWN),
        ],
        unknown=[
            {"replicas": UNKNOWN},
            {"replicas": [WEST], "streamEnabled": True, "streamViewType": UNKNOWN},
            {"replicas": [WEST], "streamEnabled": UNKNOWN, "streamViewType": "NEW_AND_OLD_IMAGES"},
            {"replicas": [{**WEST, "propagateTags": UNKNOWN}], **STREAM},
            {"replicas": [{**WEST, "regionName": UNKNOWN}], **STREAM, "region": "us-east-2"},
        ],
    ),
}
