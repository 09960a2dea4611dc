"""Cases of policies/controls/encryption/inputs.py."""

from tests.policies.harness import UNKNOWN, Planned, planned, ref, secret
from tests.policies.table import Cases

INSTANCE = "aws:rds/instance:Instance"
DATABASES = ("aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster")
CLUSTER_PASSWORDS = ("masterPassword", "masterPasswordWo")


def replicated(source: object, *, token: str = INSTANCE, engine: str = "postgres", managed: object = True) -> list[Planned]:
    """A database called `main`, and a replica of `source`: of the database itself where it is None."""
    prop = "replicateSourceDb" if token == INSTANCE else "replicationSourceIdentifier"
    name = "identifier" if token == INSTANCE else "clusterIdentifier"
    database = planned(token, **{name: "main"}, engine=engine, manageMasterUserPassword=managed)
    return [database, planned(token, "replica", **{prop: ref(token, "it") if source is None else source})]


CASES: dict[str, Cases] = {
    "sensitive-input-secret": Cases(
        token="aws:rds/instance:Instance",
        fails=[
            {"password": "hunter2"},
            planned("aws:rds/cluster:Cluster", masterPassword="hunter2"),
            planned("aws:elasticache/replicationGroup:ReplicationGroup", authToken="a-token-of-sixteen"),
            planned("aws:elasticache/user:User", passwordsWo="sixteen-characters"),
            planned("aws:secretsmanager/secretVersion:SecretVersion", secretString='{"password":"a"}'),
            planned("aws:mq/broker:Broker", users=[{"password": secret("a")}, {"password": "b"}]),
            planned(
                "aws:opensearch/domain:Domain", advancedSecurityOptions={"masterUserOptions": {"masterUserPassword": "hunter2"}}
            ),
        ],
        passes=[
            {},
            {"manageMasterUserPassword": True},
            {"password": secret("hunter2")},
            {"password": secret(UNKNOWN)},
            planned("aws:elasticache/user:User", passwords=secret(["a", "b"])),
            planned("aws:elasticache/user:User", passwordsWo=secret("sixteen-characters")),
            planned("aws:mq/broker:Broker", users=[secret({"password": "b"})]),
        ],
        unknown=[{"password": UNKNOWN}],
    ),
    "rds-master-password-secret": Cases(
        token=INSTANCE,
        fails=[
            {"password": "hunter2"},
            {"password": "hunter2", "manageMasterUserPassword": False},
            {"passwordWo": "hunter2", "passwordWoVersion": 1},
            *(planned(token, **{prop: "hunter2"}) for token in DATABASES for prop in CLUSTER_PASSWORDS),
            planned("aws:docdb/elasticCluster:ElasticCluster", adminUserPassword="hunter2"),
        ],
        passes=[
            {},
            {"manageMasterUserPassword": True},
            {"snapshotIdentifier": "nightly"},
            {"replicateSourceDb": "main"},
            {"password": secret("hunter2")},
            {"password": secret(UNKNOWN)},
            {"passwordWo": secret("hunter2")},
            *(planned(token, **{prop: secret("hunter2")}) for token in DATABASES for prop in CLUSTER_PASSWORDS),
        ],
        unknown=[{"password": UNKNOWN}],
    ),
    "rds-managed-password-no-replica": Cases(
        token=INSTANCE,
        fails=[
            *(replicated(value) for value in (None, "main", "arn:aws:rds:us-east-2:111111111111:db:main")),
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
