"""Cases of policies/controls/least_privilege/authentication.py."""

from tests.policies.harness import UNKNOWN, planned, secret
from tests.policies.table import Cases

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"

CASES: dict[str, Cases] = {
    "rds-iam-authentication": Cases(
        token=INSTANCE,
        fails=[
            {"engine": "postgres"},
            {"engine": "mysql", "iamDatabaseAuthenticationEnabled": False},
            {"engine": "mariadb"},
            {"iamDatabaseAuthenticationEnabled": False, "replicateSourceDb": "primary"},
            planned(CLUSTER, engine="aurora-postgresql"),
            planned("aws:neptune/cluster:Cluster"),
        ],
        passes=[
            {"engine": "postgres", "iamDatabaseAuthenticationEnabled": True},
            {"engine": "postgres", "iamDatabaseAuthenticationEnabled": "true"},
            *({"engine": engine} for engine in ("oracle-ee", "sqlserver-ex", "custom-oracle-ee", "db2-se")),
            planned(CLUSTER, engine="aurora-mysql", iamDatabaseAuthenticationEnabled=True),
        ],
        unknown=[
            {"engine": UNKNOWN},
            {"engine": "postgres", "iamDatabaseAuthenticationEnabled": UNKNOWN},
            {"replicateSourceDb": "primary"},
        ],
    ),
    "rds-master-user-name": Cases(
        token=INSTANCE,
        fails=[
            *({"username": username} for username in ("postgres", "admin", "Admin")),
            planned(CLUSTER, masterUsername="admin"),
        ],
        passes=[{}, {"username": "dataconnect"}, planned(CLUSTER, masterUsername="app_owner")],
        unknown=[{"username": UNKNOWN}, planned(CLUSTER, masterUsername=UNKNOWN)],
    ),
    "elasticache-authentication": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[
            {},
            {"transitEncryptionEnabled": True},
            {"authToken": "a-token-of-sixteen", "transitEncryptionEnabled": False},
            {"authToken": secret("a-token-of-sixteen")},
            {"userGroupIds": [], "transitEncryptionEnabled": True},
            planned(SERVERLESS, engine="valkey"),
        ],
        passes=[
            {"authToken": secret("a-token-of-sixteen"), "transitEncryptionEnabled": True},
            {"authToken": UNKNOWN, "transitEncryptionEnabled": True},
            {"authTokenWo": "a-token-of-sixteen", "transitEncryptionEnabled": True},
            {"userGroupIds": ["group"], "transitEncryptionEnabled": True},
            {"userGroupIds": UNKNOWN, "transitEncryptionEnabled": True},
            {"userGroupIds": [UNKNOWN], "transitEncryptionEnabled": "true"},
            planned(SERVERLESS, engine="valkey", userGroupId=UNKNOWN),
            planned(SERVERLESS, engine="memcached"),
        ],
        unknown=[{"globalReplicationGroupId": "other"}, {"authToken": UNKNOWN, "transitEncryptionEnabled": UNKNOWN}],
    ),
    "cache-user-access": Cases(
        token="aws:elasticache/user:User",
        fails=[
            {"userName": "default", "accessString": "on ~* +@all"},
            {"userName": "default", "accessString": "on ~live:* +get"},
            {"userName": "live", "accessString": "on ~* +@all"},
            {"userName": "live", "accessString": "ON allkeys allcommands"},
            {"userName": "live", "accessString": "off %RW~* +@all on"},
            {"userName": "live", "accessString": "on ~live:* -@all +@string", "noPasswordRequired": True},
            planned("aws:memorydb/user:User", userName="admin", accessString="on ~* &* +@all"),
        ],
        passes=[
            {"userName": "default", "accessString": "off -@all"},
            {"userName": "default", "accessString": "off ~* +@all"},
            {"userName": "default", "accessString": "~* +@all"},
            {"userName": "live", "accessString": "on ~live:* -@all +@string"},
            {"userName": "live", "accessString": "on ~live:* +@all"},
            {"userName": "live", "accessString": "on ~* -@all +get"},
        ],
        unknown=[{"userName": "live", "accessString": UNKNOWN}, {"userName": UNKNOWN, "accessString": "on ~live:* +get"}],
    ),
}
