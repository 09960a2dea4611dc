"""Cases of the encryption pack: keys, who uses them, and inputs that are secrets."""

from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, secret

CLUSTER = "aws:ecs/cluster:Cluster"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
INSTANCE = "aws:rds/instance:Instance"
DATABASES = ("aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster")
CLUSTER_PASSWORDS = ("masterPassword", "masterPasswordWo")


def execute(**settings: Any) -> dict[str, Any]:
    return {"configuration": {"executeCommandConfiguration": settings}}


def replicated(source: object, *, token: str = INSTANCE, engine: str = "postgres", managed: object = True) -> list[Planned]:
    """A database called `main`, and a replica of `source`: of the database itself where it is None."""
    prop = "replicateSourceDb" if token == INSTANCE else "replicationSourceIdentifier"
    name = "identifier" if token == INSTANCE else "clusterIdentifier"
    return [
        Planned(token=token, inputs={name: "main", "engine": engine, "manageMasterUserPassword": managed}),
        Planned(
            token=token,
            name="replica",
            inputs={prop: UNKNOWN if source is None else source},
            refs={prop: (token, "it")} if source is None else {},
        ),
    ]


CASES: dict[str, Cases] = {
    "kms-rotation": Cases(
        token="aws:kms/key:Key",
        fails=[{}, {"enableKeyRotation": False}, {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}],
        passes=[
            {"enableKeyRotation": True},
            {"customerMasterKeySpec": "RSA_4096"},
            {"keyUsage": "GENERATE_VERIFY_MAC"},
            {"customKeyStoreId": "cks-1"},
        ],
        unknown=[{"enableKeyRotation": UNKNOWN}, {"customerMasterKeySpec": UNKNOWN}],
    ),
    "kms-deletion-window": Cases(
        token="aws:kms/key:Key",
        fails=[{"deletionWindowInDays": 7}, [Planned(token=REPLICA, inputs={"deletionWindowInDays": 29})]],
        passes=[{}, {"deletionWindowInDays": 30}, {"deletionWindowInDays": "30"}],
        unknown=[{"deletionWindowInDays": UNKNOWN}],
    ),
    "kms-enabled": Cases(
        token="aws:kms/key:Key",
        fails=[{"isEnabled": False}, [Planned(token=REPLICA, inputs={"enabled": False})]],
        passes=[{}, {"isEnabled": True}],
        unknown=[{"isEnabled": UNKNOWN}],
    ),
    "no-aws-managed-key": Cases(
        token="aws:athena/workgroup:Workgroup",
        fails=[
            {"configuration": {"resultConfiguration": {"encryptionConfiguration": {"kmsKeyArn": "alias/aws/athena"}}}},
            {"keys": ["arn:aws:kms:us-east-2:111111111111:alias/aws/s3"], "other": UNKNOWN},
        ],
        passes=[
            {},
            {"keys": [KEY_ARN]},
            {"keys": UNKNOWN},
            {"source": "aws/containers"},
            [Planned(token="aws:iam/policy:Policy", inputs={"policy": "alias/aws/s3"})],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "ecs-exec-logged": Cases(
        token=CLUSTER,
        fails=[
            {},
            execute(logging="DEFAULT", kmsKeyId=KEY_ARN),
            execute(logging="NONE", kmsKeyId=KEY_ARN, logConfiguration={"cloudWatchEncryptionEnabled": True}),
            execute(logging="OVERRIDE", logConfiguration={"cloudWatchEncryptionEnabled": True}),
            execute(logging="OVERRIDE", kmsKeyId=KEY_ARN, logConfiguration={"cloudWatchEncryptionEnabled": False}),
            execute(logging="OVERRIDE", kmsKeyId="alias/aws/ecs", logConfiguration={"cloudWatchEncryptionEnabled": True}),
        ],
        passes=[
            execute(
                logging="OVERRIDE",
                kmsKeyId=KEY,
                logConfiguration={"cloudWatchEncryptionEnabled": True, "cloudWatchLogGroupName": "exec"},
            ),
            execute(kmsKeyId=KEY_ARN, logConfiguration={"s3BucketEncryptionEnabled": "true"}),
        ],
        unknown=[
            {"configuration": UNKNOWN},
            execute(kmsKeyId=KEY_ARN, logConfiguration=UNKNOWN),
            execute(logging=UNKNOWN, kmsKeyId=KEY_ARN, logConfiguration={"s3BucketEncryptionEnabled": True}),
        ],
    ),
    "lambda-environment-key": Cases(
        token="aws:lambda/function:Function",
        fails=[
            {"environment": {"variables": {"STAGE": "prod"}}},
            {"environment": {"variables": {"STAGE": UNKNOWN}}, "kmsKeyArn": ""},
        ],
        passes=[{}, {"environment": {"variables": {}}}, {"environment": {"variables": {"STAGE": UNKNOWN}}, "kmsKeyArn": KEY}],
        unknown=[{"environment": {"variables": {"STAGE": "prod"}}, "kmsKeyArn": UNKNOWN}, {"environment": UNKNOWN}],
    ),
    "sensitive-input-secret": Cases(
        token="aws:rds/instance:Instance",
        fails=[
            {"password": "hunter2"},
            [Planned(token="aws:rds/cluster:Cluster", inputs={"masterPassword": "hunter2"})],
            [Planned(token="aws:elasticache/replicationGroup:ReplicationGroup", inputs={"authToken": "a-token-of-sixteen"})],
            [Planned(token="aws:secretsmanager/secretVersion:SecretVersion", inputs={"secretString": '{"password":"a"}'})],
            [Planned(token="aws:mq/broker:Broker", inputs={"users": [{"password": secret("a")}, {"password": "b"}]})],
            [
                Planned(
                    token="aws:opensearch/domain:Domain",
                    inputs={"advancedSecurityOptions": {"masterUserOptions": {"masterUserPassword": "hunter2"}}},
                )
            ],
        ],
        passes=[
            {},
            {"manageMasterUserPassword": True},
            {"password": secret("hunter2")},
            {"password": secret(UNKNOWN)},
            [Planned(token="aws:elasticache/user:User", inputs={"passwords": secret(["a", "b"])})],
            [Planned(token="aws:mq/broker:Broker", inputs={"users": [secret({"password": "b"})]})],
        ],
        unknown=[{"password": UNKNOWN}],
    ),
    "rds-master-password-secret": Cases(
        token=INSTANCE,
        fails=[
            {"password": "hunter2"},
            {"password": "hunter2", "manageMasterUserPassword": False},
            {"passwordWo": "hunter2", "passwordWoVersion": 1},
            *([Planned(token=token, inputs={prop: "hunter2"})] for token in DATABASES for prop in CLUSTER_PASSWORDS),
            [Planned(token="aws:docdb/elasticCluster:ElasticCluster", inputs={"adminUserPassword": "hunter2"})],
        ],
        passes=[
            {},
            {"manageMasterUserPassword": True},
            {"snapshotIdentifier": "nightly"},
            {"replicateSourceDb": "main"},
            {"password": secret("hunter2")},
            {"password": secret(UNKNOWN)},
            {"passwordWo": secret("hunter2")},
            *([Planned(token=token, inputs={prop: secret("hunter2")})] for token in DATABASES for prop in CLUSTER_PASSWORDS),
        ],
        unknown=[{"password": UNKNOWN}],
    ),
    "rds-managed-password-no-replica": Cases(
        token=INSTANCE,
        fails=[
            replicated(None),
            replicated("main"),
            replicated("arn:aws:rds:us-east-2:111111111111:db:main"),
            replicated("main", managed="true"),
            replicated("arn:aws:rds:us-east-2:111111111111:cluster:main", token="aws:rds/cluster:Cluster"),
        ],
        passes=[
            {"manageMasterUserPassword": True},
            replicated(None, managed=False),
            replicated(None, engine="sqlserver-ee"),
            replicated("arn:aws:rds:us-east-2:111111111111:db:other"),
        ],
        unknown=[replicated(None, managed=UNKNOWN), replicated(UNKNOWN)],
    ),
}
