"""Cases of policies/feasibility/rules/dynamodb/replicas.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.dynamodb import SCALING, STREAM, TABLE, scaling
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

REPLICA = "aws:dynamodb/tableReplica:TableReplica"
PROTECTED = {"pointInTimeRecovery": True, "deletionProtectionEnabled": True}


def replicated(
    table: dict[str, Any],
    replica: dict[str, Any] | None = None,
    *others: Planned,
    ignore: Sequence[str] = (),
    depends: Sequence[tuple[str, str]] = (),
) -> list[Planned]:
    return [
        planned(TABLE, "table", **table).ignoring(*ignore),
        *others,
        planned(REPLICA, globalTableArn=ref(TABLE, "table"), **(replica or {})).after(*depends),
    ]


CASES: dict[str, Cases] = {
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
            planned(REPLICA, globalTableArn="arn:aws:dynamodb:us-east-2:111111111111:table/t"),
            planned(REPLICA, kmsKeyArn=UNKNOWN),
        ],
    ),
    "dynamodb-replica-protection": Cases(
        token=TABLE,
        fails=[
            {"pointInTimeRecovery": {"enabled": True}, "replicas": [{"regionName": "us-west-2"}]},
            replicated({"pointInTimeRecovery": {"enabled": True}}),
            replicated({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": False}),
            planned(REPLICA, globalTableArn="arn:aws:dynamodb:us-east-2:111111111111:table/t"),
        ],
        passes=[
            {"pointInTimeRecovery": {"enabled": True}, "replicas": [{"regionName": "us-west-2", "pointInTimeRecovery": True}]},
            {"replicas": [{"regionName": "us-west-2"}]},
            replicated({}),
            planned(REPLICA, globalTableArn="arn:aws:dynamodb:us-east-2:111111111111:table/t", **PROTECTED),
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
            planned(REPLICA, region="us-east-2", globalTableArn="arn:aws:dynamodb:us-east-2:111111111111:table/t"),
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
