"""Cases of policies/controls/resilience/protection.py."""

from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import ABSENT, Cases, about

RDS = "aws:rds/instance:Instance"
TABLE = "aws:dynamodb/table:Table"
KEY = "aws:kms/key:Key"


def key_replica(primary: str, *, token: str = "aws:kms/replicaKey:ReplicaKey", of: str = "") -> Planned:
    refs = {"primaryKeyArn": (of or KEY, "primary")} if of else {}
    return Planned(token=token, inputs={"primaryKeyArn": primary, "region": "us-west-2"}, name="replica", refs=refs)


KEYS = "arn:aws:kms:us-east-2:111111111111:key/"
KNOWN_KEY = planned(KEY, multiRegion=True, arn=f"{KEYS}mrk-1")
PRIMARY_KEY = planned(KEY, "primary", multiRegion=True)

CASES: dict[str, Cases] = {
    "stateful-protected": Cases(
        token=RDS,
        fails=[{}, {"identifier": UNKNOWN}, planned(KEY), planned("aws:s3/bucketV2:BucketV2")],
        passes=[Planned(token=RDS, protect=True), planned("aws:sqs/queue:Queue")],
        never_unknown=True,
    ),
    "rds-deletion-protection": Cases(
        token=RDS,
        fails=[
            {},
            {"deletionProtection": False},
            {"deletionProtection": "false"},
            planned("aws:rds/cluster:Cluster", engine="aurora-postgresql"),
            planned("aws:neptune/globalCluster:GlobalCluster"),
        ],
        passes=[
            {"deletionProtection": True},
            {"deletionProtection": "true"},
            {"engine": "aurora-mysql"},
            planned("aws:docdb/cluster:Cluster", deletionProtection=True),
        ],
        unknown=[{"deletionProtection": UNKNOWN}],
    ),
    "dynamodb-deletion-protection": Cases(
        token=TABLE,
        fails=[{}, {"deletionProtectionEnabled": False}, planned("aws:dynamodb/tableReplica:TableReplica")],
        passes=[{"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": "true"}],
        unknown=[{"deletionProtectionEnabled": UNKNOWN}],
    ),
    "dynamodb-replica-deletion-protection": Cases(
        token=TABLE,
        fails=[
            {"replicas": [{"regionName": "us-west-2"}]},
            {"replicas": [{"regionName": "us-west-2", "deletionProtectionEnabled": False}]},
            {"replicas": [{"deletionProtectionEnabled": True}, {"regionName": "eu-west-1"}]},
        ],
        passes=[{}, {"replicas": []}, {"replicas": [{"regionName": "us-west-2", "deletionProtectionEnabled": True}]}],
        unknown=[{"replicas": UNKNOWN}, {"replicas": [{"deletionProtectionEnabled": UNKNOWN}]}],
    ),
    "s3-no-force-destroy": about("aws:s3/bucket:Bucket", "forceDestroy", fails=[True, "true"], passes=[ABSENT, False]),
    "lb-deletion-protection": Cases(
        token="aws:lb/loadBalancer:LoadBalancer",
        fails=[
            {},
            {"enableDeletionProtection": False},
            planned("aws:alb/loadBalancer:LoadBalancer", loadBalancerType="application"),
            planned("aws:applicationloadbalancing/loadBalancer:LoadBalancer"),
        ],
        passes=[{"enableDeletionProtection": True}, {"loadBalancerType": "network", "enableDeletionProtection": "true"}],
        unknown=[{"enableDeletionProtection": UNKNOWN}],
    ),
    "kms-multi-region-needed": Cases(
        token=KEY,
        fails=[
            {"multiRegion": True},
            {"multiRegion": "true"},
            [KNOWN_KEY, key_replica(f"{KEYS}mrk-other")],
            [PRIMARY_KEY, planned(KEY, "other"), planned(RDS, kmsKeyId=UNKNOWN)],
            planned("aws:kms/externalKey:ExternalKey", multiRegion=True),
            [PRIMARY_KEY, key_replica(f"{KEYS}mrk-any")],
        ],
        passes=[
            {},
            {"multiRegion": False},
            [PRIMARY_KEY, key_replica(UNKNOWN, of=KEY)],
            [KNOWN_KEY, key_replica(f"{KEYS}mrk-1")],
            [PRIMARY_KEY, key_replica(UNKNOWN, token="aws:kms/replicaExternalKey:ReplicaExternalKey", of=KEY)],
            [key_replica(UNKNOWN)],
        ],
        unknown=[{"multiRegion": UNKNOWN}, [PRIMARY_KEY, key_replica(UNKNOWN)]],
    ),
}
