"""Cases of policies/feasibility/rules/dynamodb/tables.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.dynamodb import SCALING, STREAM, TABLE, scaling
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases, Fails

EXPORT = "aws:dynamodb/tableExport:TableExport"
ITEM = "aws:dynamodb/tableItem:TableItem"
GSI = "aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex"


def attributes(*names: Any) -> list[dict[str, Any]]:
    return [{"name": name, "type": "S"} for name in names]


def keyed(names: Sequence[Any], **settings: Any) -> dict[str, Any]:
    return {"attributes": attributes(*names), "hashKey": "id", **settings}


OWNED = planned(TABLE, "table", **keyed(["id", "owner"]))


def hashed(name: str) -> dict[str, str]:
    return {"attributeName": name, "keyType": "HASH"}


def gsi(name: str = "by-owner", **settings: Any) -> dict[str, Any]:
    return {"name": name, "hashKey": "owner", "projectionType": "ALL", **settings}


def projecting(count: int, name: str = "by-owner") -> dict[str, Any]:
    return gsi(name, projectionType="INCLUDE", nonKeyAttributes=[f"a{number}" for number in range(count)])


def scaled(table: dict[str, Any], ignore: Sequence[str] = (), **inputs: Any) -> list[Planned]:
    return [planned(TABLE, "table", **table).ignoring(*ignore), scaling(**inputs)]


def exported(recovery: Any) -> list[Planned]:
    return [planned(TABLE, "table", pointInTimeRecovery=recovery), planned(EXPORT, tableArn=ref(TABLE, "table"))]


def item(content: Any, table: dict[str, Any] | None = None, **keys: Any) -> list[Planned]:
    text = content if content is UNKNOWN or isinstance(content, str) else json.dumps(content)
    if table is None:
        return [planned(ITEM, tableName="elsewhere", item=text, hashKey="id", **keys)]
    return [planned(TABLE, "table", **table), planned(ITEM, tableName=ref(TABLE, "table"), item=text, hashKey="id", **keys)]


CASES: dict[str, Cases] = {
    "dynamodb-attributes": Cases(
        token=TABLE,
        fails=[
            keyed(["id", "owner"]),
            keyed([]),
            keyed(["id"], globalSecondaryIndexes=[gsi()]),
            keyed(["id"], rangeKey="sort"),
            keyed(["id", "a"], localSecondaryIndexes=[{"name": "l", "rangeKey": "b", "projectionType": "ALL"}]),
            keyed(["id"], globalSecondaryIndexes=[{"name": "g", "keySchemas": [hashed("x")]}]),
        ],
        passes=[
            keyed(["id"]),
            keyed(["id", "owner"], globalSecondaryIndexes=[gsi()]),
            keyed(["id", "x"], globalSecondaryIndexes=[{"name": "g", "keySchemas": [hashed("x")]}]),
            {"restoreSourceName": "other"},
            [OWNED, planned(GSI, tableName=ref(TABLE, "table"), keySchemas=[hashed("owner")])],
        ],
        unknown=[keyed([UNKNOWN]), keyed(["id"], rangeKey=UNKNOWN), keyed(["id"], globalSecondaryIndexes=UNKNOWN)],
    ),
    "dynamodb-keys-differ": Cases(
        token=TABLE,
        fails=[keyed(["id"], rangeKey="id"), keyed(["id"], globalSecondaryIndexes=[gsi(rangeKey="owner")])],
        passes=[keyed(["id"], rangeKey="sort"), keyed(["id"], globalSecondaryIndexes=[gsi(rangeKey="id")])],
        unknown=[keyed(["id"], globalSecondaryIndexes=UNKNOWN)],
    ),
    "dynamodb-local-index-needs-range-key": Cases(
        token=TABLE,
        fails=[{"hashKey": "id", "localSecondaryIndexes": [{"name": "l", "rangeKey": "x"}]}],
        passes=[{"hashKey": "id", "rangeKey": "s", "localSecondaryIndexes": [{"name": "l"}]}, {"hashKey": "id"}],
        unknown=[{"hashKey": "id", "localSecondaryIndexes": UNKNOWN}],
    ),
    "dynamodb-index-projections": Cases(
        token=TABLE,
        fails=[
            {"globalSecondaryIndexes": [gsi(projectionType="INCLUDE")]},
            {"globalSecondaryIndexes": [gsi(nonKeyAttributes=["a"])]},
            {"localSecondaryIndexes": [gsi(projectionType="KEYS_ONLY", nonKeyAttributes=["a"])]},
            {"globalSecondaryIndexes": [projecting(20, f"g{number}") for number in range(6)]},
            Fails({"globalSecondaryIndexes": [projecting(101)]}, "globalSecondaryIndexes"),
        ],
        passes=[
            {"globalSecondaryIndexes": [gsi()]},
            {"globalSecondaryIndexes": [projecting(60)], "localSecondaryIndexes": [projecting(40)]},
            {"globalSecondaryIndexes": [gsi(projectionType="INCLUDE", nonKeyAttributes=["a"])]},
            {},
        ],
        unknown=[{"globalSecondaryIndexes": [gsi(projectionType=UNKNOWN)]}, {"globalSecondaryIndexes": UNKNOWN}],
    ),
    "dynamodb-index-limits": Cases(
        token=TABLE,
        fails=[
            {"globalSecondaryIndexes": [gsi(f"g{number}") for number in range(21)]},
            {"localSecondaryIndexes": [gsi(f"l{number}") for number in range(6)]},
            {"globalSecondaryIndexes": [gsi(), gsi()]},
        ],
        passes=[{"globalSecondaryIndexes": [gsi(f"g{number}") for number in range(20)]}, {}],
        unknown=[{"globalSecondaryIndexes": UNKNOWN}],
    ),
    "dynamodb-capacity-mode": Cases(
        token=TABLE,
        fails=[
            {"hashKey": "id"},
            {"billingMode": "PROVISIONED", "readCapacity": 5},
            {"billingMode": "PAY_PER_REQUEST", "readCapacity": 5, "writeCapacity": 5},
            {"readCapacity": 5, "writeCapacity": 5, "globalSecondaryIndexes": [gsi()]},
            {"billingMode": "PAY_PER_REQUEST", "globalSecondaryIndexes": [gsi(readCapacity=1, writeCapacity=1)]},
            {"readCapacity": 5, "writeCapacity": 5, "onDemandThroughput": {"maxReadRequestUnits": 5}},
        ],
        passes=[
            {"billingMode": "PAY_PER_REQUEST"},
            {"billingMode": "PAY_PER_REQUEST", "readCapacity": 0, "globalSecondaryIndexes": [gsi()]},
            {"readCapacity": 5, "writeCapacity": UNKNOWN},
            {"readCapacity": 5, "writeCapacity": 5, "globalSecondaryIndexes": [gsi(readCapacity=1, writeCapacity=1)]},
            {"restoreSourceName": "other"},
        ],
        unknown=[{"billingMode": UNKNOWN}],
    ),
    "dynamodb-stream-and-ttl": Cases(
        token=TABLE,
        fails=[{"streamEnabled": True}, {"ttl": {"enabled": True}}, {"ttl": [{"enabled": True, "attributeName": ""}]}],
        passes=[STREAM, {"ttl": {"enabled": True, "attributeName": "expires"}}, {"streamEnabled": False}, {}],
        unknown=[{"ttl": UNKNOWN}],
    ),
    "dynamodb-restore": Cases(
        token=TABLE,
        fails=[
            {"restoreSourceName": "a", "restoreBackupArn": UNKNOWN},
            {"restoreSourceName": "a"},
            {"restoreSourceName": "a", "restoreToLatestTime": True, "restoreDateTime": "2026-01-01T00:00:00Z"},
        ],
        passes=[{"restoreSourceName": "a", "restoreToLatestTime": True}, {"restoreBackupArn": UNKNOWN}, {}],
        never_unknown=True,
    ),
    "dynamodb-export-needs-recovery": Cases(
        token=EXPORT,
        fails=[exported(None), exported({"enabled": False})],
        passes=[exported({"enabled": True}), {"tableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/elsewhere"}],
        unknown=[exported(UNKNOWN), {"tableArn": UNKNOWN}],
    ),
    "dynamodb-item-keys": Cases(
        token=ITEM,
        fails=[
            item({"name": {"S": "a"}}),
            item({"id": {"S": "a"}}, rangeKey="sort"),
            item("{not json"),
            item({"id": {"S": "a"}}, {"hashKey": "key"}),
        ],
        passes=[item({"id": {"S": "a"}}), item({"id": {"S": "a"}}, {"hashKey": "id"})],
        unknown=[item(UNKNOWN), item({"id": {"S": "a"}}, {"hashKey": UNKNOWN})],
    ),
    "dynamodb-autoscaled-capacity-ignored": Cases(
        token=SCALING,
        fails=[
            scaled({"readCapacity": 5, "writeCapacity": 5}),
            scaled({"readCapacity": 5}, ["readCapacity"]),
            scaled({"name": "jobs"}, resourceId="table/jobs"),
            scaled({"billingMode": "PAY_PER_REQUEST"}, ["writeCapacity"]),
        ],
        passes=[
            scaled({"writeCapacity": 5}, ["writeCapacity"]),
            scaled({"name": "jobs"}, resourceId="table/another"),
            scaled({}, dimension="dynamodb:index:WriteCapacityUnits"),
            {"serviceNamespace": "ecs"},
        ],
        unknown=[{"serviceNamespace": UNKNOWN}],
    ),
}
