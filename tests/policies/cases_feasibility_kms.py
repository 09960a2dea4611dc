"""Cases of the feasibility pack: keys, secrets and log groups."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY as OF_KEY
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned

KEY = "aws:kms/key:Key"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
RESOURCE_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
TRAIL = "aws:cloudtrail/trail:Trail"
ROOT = {"AWS": "arn:aws:iam::111111111111:root"}
LAMBDA_ARN = "arn:aws:lambda:us-east-2:111111111111:function:ship"
STREAM_ARN = "arn:aws:kinesis:us-east-2:111111111111:stream/logs"
CONTEXT = "kms:EncryptionContext:aws:logs:arn"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any = ROOT, action: Any = "kms:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def service(name: str, action: Any = "kms:Encrypt*", **more: Any) -> dict[str, Any]:
    return allow({"Service": name}, action, **more)


def replica(primary: dict[str, Any], token: str = KEY, **inputs: Any) -> list[Planned]:
    return [
        Planned(token=token, name="primary", inputs=primary),
        Planned(token=REPLICA, inputs={"primaryKeyArn": UNKNOWN, **inputs}, refs={"primaryKeyArn": (token, "primary")}),
    ]


def encrypted(token: str, key: dict[str, Any], *others: Planned, group: dict[str, Any] | None = None) -> list[Planned]:
    user = Planned(token=token, inputs={"kmsKeyId": UNKNOWN, **(group or {})}, refs={"kmsKeyId": (KEY, "key")})
    return [Planned(token=KEY, name="key", inputs=key), *others, user]


def separate(text: Any) -> Planned:
    return Planned(token=KEY_POLICY, name="policy", inputs={"keyId": UNKNOWN, "policy": text}, refs={"keyId": (KEY, "key")})


LOGS = service("logs.us-east-2.amazonaws.com", ["kms:Encrypt*", "kms:GenerateDataKey*"])


def for_group(pattern: str) -> dict[str, Any]:
    return {**LOGS, "Condition": {"ArnLike": {CONTEXT: f"arn:aws:logs:us-east-2:111111111111:{pattern}"}}}


def of_secret(token: str, secret: dict[str, Any], *others: Planned, path: str = "secretId", **inputs: Any) -> list[Planned]:
    return [
        Planned(token=SECRET, name="db", inputs=secret),
        *others,
        Planned(token=token, inputs={path: UNKNOWN, **inputs}, refs={path: (SECRET, "db")}),
    ]


def rotated(*others: Planned, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    return [
        Planned(token=FUNCTION, name="ship"),
        *others,
        Planned(
            token=ROTATION,
            inputs={"rotationLambdaArn": UNKNOWN},
            refs={"rotationLambdaArn": (FUNCTION, "ship")},
            depends=depends,
        ),
    ]


def permitted(principal: Any) -> Planned:
    inputs = {"function": UNKNOWN, "principal": principal}
    return Planned(token=PERMISSION, name="permission", inputs=inputs, refs={"function": (FUNCTION, "ship")})


def rules(**parts: Any) -> dict[str, Any]:
    return {"rotationRules": parts}


def subscribed(*others: Planned, depends: Sequence[tuple[str, str]] = (), **inputs: Any) -> list[Planned]:
    refs = {"destinationArn": (FUNCTION, "ship")}
    return [
        Planned(token=FUNCTION, name="ship"),
        *others,
        Planned(token=FILTER, inputs={"logGroup": "app", "destinationArn": UNKNOWN, **inputs}, refs=refs, depends=depends),
    ]


def streamed(*, ordered: bool) -> list[Planned]:
    return [
        Planned(token=ROLE, name="role"),
        Planned(token=INLINE, name="policy", inputs={"role": UNKNOWN}, refs={"role": (ROLE, "role")}),
        Planned(
            token=FILTER,
            inputs={"destinationArn": STREAM_ARN, "roleArn": UNKNOWN},
            refs={"roleArn": (ROLE, "role")},
            depends=[(INLINE, "policy")] if ordered else [],
        ),
    ]


def filters(number: int) -> list[Planned]:
    return [
        Planned(token=GROUP, name="app"),
        *(
            Planned(
                token=FILTER,
                name=f"f{count}",
                inputs={"logGroup": UNKNOWN, "destinationArn": LAMBDA_ARN},
                refs={"logGroup": (GROUP, "app")},
            )
            for count in range(number)
        ),
    ]


def classed(kind: Any) -> list[Planned]:
    return [
        Planned(token=GROUP, name="app", inputs={"logGroupClass": kind}),
        Planned(token=FILTER, inputs={"logGroup": UNKNOWN, "destinationArn": LAMBDA_ARN}, refs={"logGroup": (GROUP, "app")}),
    ]


def written(
    called: Any, token: str = FUNCTION, *, depends: Sequence[tuple[str, str]] = (), after: bool = False, **writer: Any
) -> list[Planned]:
    group = Planned(token=GROUP, name="group", inputs={"name": called}, depends=[(token, "writer")] if after else [])
    made = Planned(token=token, name="writer", inputs=writer, depends=depends)
    return [made, group] if after else [group, made]


def metric(**parts: Any) -> dict[str, Any]:
    return {"metricTransformation": {"name": "errors", "namespace": "app", "value": "1", **parts}}


DB = "aws:rds/instance:Instance"
DB_LOGS = "/aws/rds/instance/main/postgresql"

CASES: dict[str, Cases] = {
    "kms-policy-lockout": Cases(
        token=KEY,
        fails=[
            {"policy": document(service("logs.us-east-2.amazonaws.com"))},
            {"policy": document(allow(action=["kms:Encrypt", "kms:Decrypt"]))},
            {"policy": document({**allow(), "Effect": "Deny"})},
            [Planned(token=KEY_POLICY, inputs={"policy": document(service("s3.amazonaws.com"))})],
        ],
        passes=[
            {"policy": document(allow())},
            {"policy": document(allow({"AWS": "arn:aws:iam::111111111111:role/a"}, "kms:Put*"))},
            {"policy": document(service("s3.amazonaws.com")), "bypassPolicyLockoutSafetyCheck": True},
            {},
        ],
        unknown=[
            {"policy": UNKNOWN},
            {"policy": document(allow(Condition={"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}))},
        ],
    ),
    "kms-policy-replicates": Cases(
        token=KEY,
        fails=[{"multiRegion": True, "policy": document(allow(action=["kms:Put*", "kms:Describe*"]))}],
        passes=[
            {"multiRegion": True, "policy": document(allow())},
            {"multiRegion": True},
            {"policy": document(allow(action="kms:Put*"))},
        ],
        unknown=[{"multiRegion": True, "policy": UNKNOWN}, {"multiRegion": UNKNOWN}],
    ),
    "kms-replica-of-multi-region-key": Cases(
        token=REPLICA,
        fails=[
            replica({}),
            replica({"multiRegion": False}),
            replica({"multiRegion": True, "region": "us-east-2"}, region="us-east-2"),
            replica({}, token=REPLICA),
            {"primaryKeyArn": KEY_ARN},
        ],
        passes=[
            replica({"multiRegion": True, "region": "us-east-2"}, region="us-west-2"),
            {"primaryKeyArn": "arn:aws:kms:us-east-2:111111111111:key/mrk-1234", "region": "us-west-2"},
        ],
        unknown=[replica({"multiRegion": UNKNOWN}), {"primaryKeyArn": UNKNOWN}],
    ),
    "kms-replica-policy": Cases(
        token=REPLICA,
        fails=[
            replica({"policy": document(allow(), LOGS)}),
            replica({"policy": document(allow(), LOGS)}, policy=document(allow())),
        ],
        passes=[
            replica({"policy": document(allow(), LOGS)}, policy=document(allow(), service("logs.us-west-2.amazonaws.com"))),
            replica({"policy": document(allow())}),
            replica({}),
        ],
        unknown=[{"primaryKeyArn": KEY_ARN}, replica({"policy": UNKNOWN})],
    ),
    "kms-key-use": Cases(
        token=KEY,
        fails=[
            {"customerMasterKeySpec": "ECC_NIST_P256"},
            {"customerMasterKeySpec": "HMAC_256", "keyUsage": "SIGN_VERIFY"},
            {"keyUsage": "SIGN_VERIFY"},
            {"customerMasterKeySpec": "RSA_2048", "keyUsage": "KEY_AGREEMENT"},
            {"customKeyStoreId": "cks-1", "multiRegion": True},
        ],
        passes=[
            {},
            {"customerMasterKeySpec": "RSA_4096", "keyUsage": "SIGN_VERIFY"},
            {"customerMasterKeySpec": "ECC_NIST_P384", "keyUsage": "KEY_AGREEMENT"},
            {"customerMasterKeySpec": "HMAC_512", "keyUsage": "GENERATE_VERIFY_MAC"},
            {"customerMasterKeySpec": "ML_KEM_512", "keyUsage": "ENCAPSULATE_DECAPSULATE"},
        ],
        unknown=[{"customerMasterKeySpec": UNKNOWN}],
    ),
    "kms-external-store-key": Cases(
        token=KEY,
        fails=[{"xksKeyId": "1"}],
        passes=[{"xksKeyId": "1", "customKeyStoreId": UNKNOWN}, {}],
        unknown=[],
        never_unknown=True,
    ),
    "kms-rotation-possible": Cases(
        token=KEY,
        fails=[
            {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY", "enableKeyRotation": True},
            {"customKeyStoreId": "cks-1", "enableKeyRotation": True},
            {"rotationPeriodInDays": 180},
            {"enableKeyRotation": True, "rotationPeriodInDays": 30},
        ],
        passes=[{"enableKeyRotation": True, "rotationPeriodInDays": 180}, {"customerMasterKeySpec": "RSA_2048"}, {}],
        unknown=[
            {"enableKeyRotation": True, "rotationPeriodInDays": UNKNOWN},
            {"enableKeyRotation": UNKNOWN},
            {"enableKeyRotation": True, "customerMasterKeySpec": UNKNOWN},
        ],
    ),
    "kms-alias-name": Cases(
        token="aws:kms/alias:Alias",
        fails=[{"name": "storage"}, {"name": "alias/aws/s3"}, {"namePrefix": "storage"}, {"name": "alias/my key"}],
        passes=[{"name": "alias/storage"}, {"namePrefix": "alias/storage-"}, {}],
        unknown=[{"name": UNKNOWN}],
    ),
    "kms-policy-one-owner": Cases(
        token=KEY_POLICY,
        fails=[
            [Planned(token=KEY, name="key", inputs={"policy": document(allow())}), separate(document(allow()))],
            [
                Planned(token=KEY, name="key"),
                *(
                    Planned(token=KEY_POLICY, name=name, inputs={"keyId": UNKNOWN}, refs={"keyId": (KEY, "key")})
                    for name in ("a", "b")
                ),
            ],
        ],
        passes=[[Planned(token=KEY, name="key"), separate(document(allow()))], {"keyId": "elsewhere"}],
        unknown=[{"keyId": UNKNOWN}],
    ),
    "kms-policy-lets-trail-in": Cases(
        token=TRAIL,
        fails=[encrypted(TRAIL, {}), encrypted(TRAIL, {"policy": document(allow())})],
        passes=[
            encrypted(TRAIL, {"policy": document(allow(), service("cloudtrail.amazonaws.com", "kms:GenerateDataKey*"))}),
            {"kmsKeyId": KEY_ARN},
            {},
        ],
        unknown=[encrypted(TRAIL, {"policy": UNKNOWN}), {"kmsKeyId": UNKNOWN}],
    ),
    "log-group-key": Cases(
        token=GROUP,
        fails=[
            {"kmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
            {"kmsKeyId": "alias/logs"},
            {"kmsKeyId": KEY_ARN, "region": "us-west-2"},
            encrypted(GROUP, {}),
            encrypted(GROUP, {"policy": document(allow())}),
            encrypted(GROUP, {"policy": document(LOGS)}, group={"region": "us-west-2"}),
            encrypted(GROUP, {"policy": document(for_group("log-group:/aws/ecs/*"))}, group={"name": "/aws/lambda/a"}),
            encrypted(GROUP, {"region": "us-east-2", "policy": document(LOGS)}, group={"region": "us-west-2"}),
        ],
        passes=[
            encrypted(GROUP, {"policy": document(allow(), LOGS)}, group={"region": "us-east-2"}),
            encrypted(GROUP, {"policy": document(for_group("log-group:/aws/*"))}, group={"name": "/aws/lambda/a"}),
            encrypted(GROUP, {"policy": document(for_group("*"))}, group={"name": "app"}),
            encrypted(GROUP, {}, separate(document(service("logs.amazonaws.com")))),
            {"kmsKeyId": KEY_ARN, "region": "us-east-2"},
            {},
        ],
        unknown=[encrypted(GROUP, {"policy": UNKNOWN}), {"kmsKeyId": UNKNOWN}],
    ),
    "log-resource-policies-per-region": Cases(
        token=RESOURCE_POLICY,
        fails=[[Planned(token=RESOURCE_POLICY, name=f"p{number:02}") for number in range(11)]],
        passes=[
            [Planned(token=RESOURCE_POLICY, name=f"p{number:02}") for number in range(10)],
            [
                Planned(
                    token=RESOURCE_POLICY, name=f"p{number:02}", inputs={"region": f"us-{'east' if number % 2 else 'west'}-2"}
                )
                for number in range(12)
            ],
            [Planned(token=RESOURCE_POLICY, name=f"p{number:02}", inputs={"resourceArn": UNKNOWN}) for number in range(11)],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "log-group-before-its-writer": Cases(
        token=GROUP,
        fails=[
            written("/aws/lambda/resize", name="resize"),
            written(DB_LOGS, DB, identifier="main", enabledCloudwatchLogsExports=["postgresql"]),
            written(DB_LOGS, DB, identifier="main", enabledCloudwatchLogsExports=["postgresql"], after=True),
            written("/aws/eks/main/cluster", "aws:eks/cluster:Cluster", name="main", enabledClusterLogTypes=["api"]),
        ],
        passes=[
            written("/aws/lambda/resize", name="resize", depends=[(GROUP, "group")]),
            written("/aws/lambda/resize", name="resize", after=True),
            written("/aws/lambda/another", name="resize"),
            written(DB_LOGS, DB, identifier="main"),
            written("app", name="app"),
        ],
        unknown=[{"name": UNKNOWN}],
    ),
    "log-subscription-role": Cases(
        token=FILTER,
        fails=[
            {"destinationArn": STREAM_ARN},
            {"destinationArn": LAMBDA_ARN, "roleArn": "arn:aws:iam::111111111111:role/logs"},
            streamed(ordered=False),
        ],
        passes=[
            {"destinationArn": STREAM_ARN, "roleArn": "arn:aws:iam::111111111111:role/logs"},
            {"destinationArn": LAMBDA_ARN},
            {"destinationArn": "arn:aws:logs:us-east-2:111111111111:destination:central"},
            streamed(ordered=True),
        ],
        unknown=[{"destinationArn": UNKNOWN}],
    ),
    "log-subscription-allowed": Cases(
        token=FILTER,
        fails=[subscribed(), subscribed(permitted("s3.amazonaws.com")), subscribed(permitted("logs.amazonaws.com"))],
        passes=[
            subscribed(permitted("logs.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            subscribed(permitted("logs.us-east-2.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            {"destinationArn": LAMBDA_ARN},
        ],
        unknown=[{"destinationArn": UNKNOWN}],
    ),
    "log-subscriptions-per-group": Cases(
        token=FILTER,
        fails=[filters(3)],
        passes=[filters(2), {"logGroup": "app"}],
        unknown=[{"logGroup": UNKNOWN}],
    ),
    "log-class-features": Cases(
        token=FILTER,
        fails=[classed("INFREQUENT_ACCESS")],
        passes=[classed("STANDARD"), classed("DELIVERY"), classed(None)],
        unknown=[classed(UNKNOWN)],
    ),
    "log-metric-filter-form": Cases(
        token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        fails=[
            metric(defaultValue="0", dimensions={"a": "$.a"}),
            metric(dimensions={name: f"$.{name}" for name in ("a", "b", "c", "d")}),
        ],
        passes=[metric(defaultValue="0"), metric(dimensions={"a": "$.a"}), metric()],
        unknown=[{"metricTransformation": UNKNOWN}],
    ),
    "log-retention-value": Cases(
        token=GROUP,
        fails=[{"retentionInDays": 10}, {"retentionInDays": 366}],
        passes=[{"retentionInDays": 30}, {"retentionInDays": 0}, {}],
        unknown=[{"retentionInDays": UNKNOWN}],
    ),
    "secret-replica-is-read-only": Cases(
        token=ROTATION,
        fails=[
            of_secret(ROTATION, {"region": "us-east-2", "replicas": [{"region": "us-west-2"}]}, region="us-west-2"),
            of_secret(
                SECRET_POLICY,
                {"region": "us-east-2", "replicas": [{"region": "us-west-2"}]},
                region="us-west-2",
                path="secretArn",
            ),
        ],
        passes=[
            of_secret(ROTATION, {"region": "us-east-2", "replicas": [{"region": "us-west-2"}]}, region="us-east-2"),
            of_secret(ROTATION, {"replicas": [{"region": "us-west-2"}]}),
            {"secretId": "elsewhere"},
        ],
        unknown=[
            {"secretId": UNKNOWN},
            of_secret(ROTATION, {"region": "us-east-2", "replicas": [{"region": UNKNOWN}]}, region="us-west-2"),
        ],
    ),
    "secret-replica-regions": Cases(
        token=SECRET,
        fails=[
            {"region": "us-east-2", "replicas": [{"region": "us-east-2"}]},
            {"replicas": [{"region": "us-west-2"}, {"region": "us-west-2"}]},
            {"replicas": [{"region": "us-west-2", "kmsKeyId": KEY_ARN}]},
        ],
        passes=[
            {"region": "us-east-2", "replicas": [{"region": "us-west-2", "kmsKeyId": UNKNOWN}]},
            {"replicas": [{"region": "us-east-2", "kmsKeyId": KEY_ARN}]},
            {},
        ],
        unknown=[{"replicas": UNKNOWN}, {"replicas": [{"region": UNKNOWN}]}],
    ),
    "secret-replica-name-taken": Cases(
        token=SECRET,
        fails=[
            [
                Planned(token=SECRET, name="a", inputs={"name": "db", "replicas": [{"region": "us-west-2"}]}),
                Planned(token=SECRET, name="b", inputs={"name": "db", "region": "us-west-2"}),
            ]
        ],
        passes=[
            [
                Planned(
                    token=SECRET,
                    name="a",
                    inputs={"name": "db", "replicas": [{"region": "us-west-2"}], "forceOverwriteReplicaSecret": True},
                ),
                Planned(token=SECRET, name="b", inputs={"name": "db", "region": "us-west-2"}),
            ],
            [
                Planned(token=SECRET, name="a", inputs={"name": "db", "replicas": [{"region": "us-west-2"}]}),
                Planned(token=SECRET, name="b", inputs={"name": "db", "region": "eu-west-1"}),
            ],
            {"name": "db"},
        ],
        unknown=[{"name": UNKNOWN, "replicas": [{"region": "us-west-2"}]}],
    ),
    "secret-key-region": Cases(
        token=SECRET,
        fails=[{"region": "us-west-2", "kmsKeyId": KEY_ARN}],
        passes=[{"region": "us-east-2", "kmsKeyId": KEY_ARN}, {"kmsKeyId": OF_KEY}, {"kmsKeyId": "alias/data"}, {}],
        unknown=[{"kmsKeyId": UNKNOWN}],
    ),
    "secret-rotation-schedule": Cases(
        token=ROTATION,
        fails=[rules(automaticallyAfterDays=30, scheduleExpression="rate(10 days)"), rules(duration="3h")],
        passes=[rules(automaticallyAfterDays=30), rules(scheduleExpression="rate(10 days)", duration="3h")],
        unknown=[{"rotationRules": UNKNOWN}],
    ),
    "secret-rotation-interval": Cases(
        token=ROTATION,
        fails=[
            rules(automaticallyAfterDays=1001),
            rules(scheduleExpression="rate(2 hours)"),
            rules(scheduleExpression="every day"),
            rules(automaticallyAfterDays=30, duration="3 hours"),
        ],
        passes=[
            rules(automaticallyAfterDays=30, duration="3h"),
            rules(scheduleExpression="rate(4 hours)"),
            rules(scheduleExpression="cron(0 8 * * ? *)"),
        ],
        unknown=[rules(automaticallyAfterDays=UNKNOWN), rules(scheduleExpression=UNKNOWN)],
    ),
    "secret-rotation-allowed": Cases(
        token=ROTATION,
        fails=[rotated(), rotated(permitted("s3.amazonaws.com")), rotated(permitted("secretsmanager.amazonaws.com"))],
        passes=[
            rotated(permitted("secretsmanager.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            {"rotationLambdaArn": LAMBDA_ARN},
            {},
        ],
        unknown=[{"rotationLambdaArn": UNKNOWN}],
    ),
    "secret-version-one-value": Cases(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        fails=[{"secretString": UNKNOWN, "secretBinary": "YQ=="}],
        passes=[{"secretString": "a"}, {"secretStringWo": UNKNOWN, "secretStringWoVersion": 1}],
        unknown=[],
        never_unknown=True,
    ),
    "secret-region-of-arn": Cases(
        token=ROTATION,
        fails=[{"region": "us-west-2", "secretId": "arn:aws:secretsmanager:us-east-2:111111111111:secret:db-AbCdEf"}],
        passes=[
            {"region": "us-east-2", "secretId": "arn:aws:secretsmanager:us-east-2:111111111111:secret:db-AbCdEf"},
            {"region": "us-east-2", "secretId": "db"},
            of_secret(ROTATION, {}),
        ],
        unknown=[{"secretId": UNKNOWN}],
    ),
    "secret-policy-one-owner": Cases(
        token=SECRET_POLICY,
        fails=[of_secret(SECRET_POLICY, {"policy": document(allow())}, path="secretArn")],
        passes=[of_secret(SECRET_POLICY, {}, path="secretArn"), {"secretArn": "elsewhere"}],
        unknown=[{"secretArn": UNKNOWN}],
    ),
}
