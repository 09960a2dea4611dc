"""Cases of the feasibility pack: DynamoDB tables and their replicas."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned

TABLE = "aws:dynamodb/table:Table"
REPLICA = "aws:dynamodb/tableReplica:TableReplica"
EXPORT = "aws:dynamodb/tableExport:TableExport"
ITEM = "aws:dynamodb/tableItem:TableItem"
SCALING = "aws:appautoscaling/target:Target"
GSI = "aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex"
WRITES = "dynamodb:table:WriteCapacityUnits"
STREAM = {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"}
PROTECTED = {"pointInTimeRecovery": True, "deletionProtectionEnabled": True}


def attributes(*names: Any) -> list[dict[str, Any]]:
    return [{"name": name, "type": "S"} for name in names]


def keyed(names: Sequence[Any], **settings: Any) -> dict[str, Any]:
    return {"attributes": attributes(*names), "hashKey": "id", **settings}


def gsi(name: str = "by-owner", **settings: Any) -> dict[str, Any]:
    return {"name": name, "hashKey": "owner", "projectionType": "ALL", **settings}


def replicated(
    table: dict[str, Any],
    replica: dict[str, Any] | None = None,
    *others: Planned,
    ignore: Sequence[str] = (),
    depends: Sequence[tuple[str, str]] = (),
) -> list[Planned]:
    return [
        Planned(token=TABLE, name="table", inputs=table, ignore_changes=ignore),
        *others,
        Planned(
            token=REPLICA,
            inputs={"globalTableArn": UNKNOWN, **(replica or {})},
            refs={"globalTableArn": (TABLE, "table")},
            depends=depends,
        ),
    ]


def scaling(dimension: Any = WRITES, **inputs: Any) -> Planned:
    values = {"serviceNamespace": "dynamodb", "scalableDimension": dimension, "resourceId": UNKNOWN, **inputs}
    return Planned(token=SCALING, name="scaling", inputs=values, refs={"resourceId": (TABLE, "table")})


def scaled(table: dict[str, Any], ignore: Sequence[str] = (), **inputs: Any) -> list[Planned]:
    return [Planned(token=TABLE, name="table", inputs=table, ignore_changes=ignore), scaling(**inputs)]


def exported(recovery: Any) -> list[Planned]:
    return [
        Planned(token=TABLE, name="table", inputs={"pointInTimeRecovery": recovery}),
        Planned(token=EXPORT, inputs={"tableArn": UNKNOWN}, refs={"tableArn": (TABLE, "table")}),
    ]


def item(content: Any, table: dict[str, Any] | None = None, **keys: Any) -> list[Planned]:
    text = content if content is UNKNOWN or isinstance(content, str) else json.dumps(content)
    found = Planned(
        token=ITEM,
        inputs={"tableName": UNKNOWN if table else "elsewhere", "item": text, "hashKey": "id", **keys},
        refs={"tableName": (TABLE, "table")} if table else {},
    )
    return [*([Planned(token=TABLE, name="table", inputs=table)] if table else []), found]


CASES: dict[str, Cases] = {
    "dynamodb-attributes": Cases(
        token=TABLE,
        fails=[
            keyed(["id", "owner"]),
            keyed([]),
            keyed(["id"], globalSecondaryIndexes=[gsi()]),
            keyed(["id"], rangeKey="sort"),
            keyed(["id", "a"], localSecondaryIndexes=[{"name": "l", "rangeKey": "b", "projectionType": "ALL"}]),
            keyed(["id"], globalSecondaryIndexes=[{"name": "g", "keySchemas": [{"attributeName": "x", "keyType": "HASH"}]}]),
        ],
        passes=[
            keyed(["id"]),
            keyed(["id", "owner"], globalSecondaryIndexes=[gsi()]),
            keyed(
                ["id", "x"], globalSecondaryIndexes=[{"name": "g", "keySchemas": [{"attributeName": "x", "keyType": "HASH"}]}]
            ),
            {"restoreSourceName": "other"},
            [
                Planned(token=TABLE, name="table", inputs=keyed(["id", "owner"])),
                Planned(
                    token=GSI,
                    inputs={"tableName": UNKNOWN, "keySchemas": [{"attributeName": "owner", "keyType": "HASH"}]},
                    refs={"tableName": (TABLE, "table")},
                ),
            ],
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
            {
                "globalSecondaryIndexes": [
                    gsi(f"g{number}", projectionType="INCLUDE", nonKeyAttributes=[f"a{n}" for n in range(20)])
                    for number in range(6)
                ]
            },
        ],
        passes=[
            {"globalSecondaryIndexes": [gsi()]},
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
        unknown=[],
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
    "dynamodb-replicas-one-owner": Cases(
        token=REPLICA,
        fails=[replicated({}), replicated({"replicas": [{"regionName": "us-west-2"}]}, ignore=["replicas"])],
        passes=[
            replicated({}, ignore=["replicas"]),
            {"globalTableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/elsewhere"},
        ],
        unknown=[{"globalTableArn": UNKNOWN}, replicated({"replicas": UNKNOWN})],
    ),
    "dynamodb-replicated-stream": Cases(
        token=TABLE,
        fails=[
            {"replicas": [{"regionName": "us-west-2"}]},
            {"replicas": [{"regionName": "us-west-2"}], "streamEnabled": True, "streamViewType": "NEW_IMAGE"},
            replicated({}, ignore=["replicas"]),
        ],
        passes=[
            {"replicas": [{"regionName": "us-west-2"}], **STREAM},
            replicated(STREAM, ignore=["replicas"]),
            {},
            {"replicas": [{"regionName": region, "consistencyMode": "STRONG"} for region in ("us-west-2", "us-east-1")]},
        ],
        unknown=[{"replicas": [{"regionName": "us-west-2"}], "streamEnabled": UNKNOWN}],
    ),
    "dynamodb-replicated-capacity": Cases(
        token=TABLE,
        fails=[
            {"replicas": [{"regionName": "us-west-2"}], "readCapacity": 5, "writeCapacity": 5},
            replicated({"writeCapacity": 5}),
            replicated({"writeCapacity": 5}, {}, scaling("dynamodb:table:ReadCapacityUnits")),
            replicated({"writeCapacity": 5}, {}, scaling()),
        ],
        passes=[
            {"replicas": [{"regionName": "us-west-2"}], "billingMode": "PAY_PER_REQUEST"},
            replicated({"writeCapacity": 5}, {}, scaling(), depends=[(SCALING, "scaling")]),
            {"writeCapacity": 5},
        ],
        unknown=[{"replicas": [{"regionName": "us-west-2"}], "billingMode": UNKNOWN}],
    ),
    "dynamodb-replica-keys": Cases(
        token=TABLE,
        fails=[
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}, "replicas": [{"regionName": "us-west-2"}]},
            {"replicas": [{"regionName": "us-west-2", "kmsKeyArn": KEY_ARN}]},
            replicated({"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}}),
            replicated({}, {"region": "us-west-2", "kmsKeyArn": KEY_ARN}),
        ],
        passes=[
            {"serverSideEncryption": {"enabled": True}, "replicas": [{"regionName": "us-west-2"}]},
            {"replicas": [{"regionName": "us-east-2", "kmsKeyArn": KEY_ARN}]},
            replicated({}),
            replicated({"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}}, {"kmsKeyArn": KEY}),
        ],
        unknown=[
            {"replicas": [{"regionName": "us-west-2", "kmsKeyArn": UNKNOWN}]},
            [Planned(token=REPLICA, inputs={"globalTableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/t"})],
            [Planned(token=REPLICA, inputs={"kmsKeyArn": UNKNOWN})],
        ],
    ),
    "dynamodb-replica-protection": Cases(
        token=TABLE,
        fails=[
            {"pointInTimeRecovery": {"enabled": True}, "replicas": [{"regionName": "us-west-2"}]},
            replicated({"pointInTimeRecovery": {"enabled": True}}),
            replicated({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": False}),
            [Planned(token=REPLICA, inputs={"globalTableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/t"})],
        ],
        passes=[
            {"pointInTimeRecovery": {"enabled": True}, "replicas": [{"regionName": "us-west-2", "pointInTimeRecovery": True}]},
            {"replicas": [{"regionName": "us-west-2"}]},
            replicated({}),
            [Planned(token=REPLICA, inputs={"globalTableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/t", **PROTECTED})],
        ],
        unknown=[
            replicated({"pointInTimeRecovery": {"enabled": True}}, {"pointInTimeRecovery": UNKNOWN}),
            {"replicas": UNKNOWN, "deletionProtectionEnabled": True},
        ],
    ),
    "dynamodb-replica-regions": Cases(
        token=TABLE,
        fails=[
            {"region": "us-east-2", "replicas": [{"regionName": "us-east-2"}]},
            {"replicas": [{"regionName": "us-west-2"}, {"regionName": "us-west-2"}]},
            {"replicas": [{"regionName": "us-west-2", "consistencyMode": "STRONG"}]},
            replicated({"region": "us-east-2"}, {"region": "us-east-2"}),
            [
                Planned(
                    token=REPLICA,
                    inputs={"region": "us-east-2", "globalTableArn": "arn:aws:dynamodb:us-east-2:111111111111:table/t"},
                )
            ],
        ],
        passes=[
            {"region": "us-east-2", "replicas": [{"regionName": "us-west-2"}, {"regionName": "us-east-1"}]},
            replicated({"region": "us-east-2"}, {"region": "us-west-2"}),
            {
                "replicas": [{"regionName": "us-west-2", "consistencyMode": "STRONG"}],
                "globalTableWitness": {"regionName": "us-east-1"},
            },
        ],
        unknown=[{"replicas": UNKNOWN}, {"replicas": [{"regionName": UNKNOWN}]}],
    ),
}
