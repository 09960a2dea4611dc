"""Cases of policies/controls/resilience/protection.py."""

from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

RDS = "aws:rds/instance:Instance"

TABLE = "aws:dynamodb/table:Table"

BUCKET = "aws:s3/bucket:Bucket"

BALANCER = "aws:lb/loadBalancer:LoadBalancer"

KEY = "aws:kms/key:Key"


def key_replica(primary: str, *, token: str = "aws:kms/replicaKey:ReplicaKey", of: str = "") -> Planned:
    refs = {"primaryKeyArn": (of or KEY, "primary")} if of else {}
    return Planned(token=token, inputs={"primaryKeyArn": primary, "region": "us-west-2"}, name="replica", refs=refs)


PRIMARY_KEY = Planned(token=KEY, inputs={"multiRegion": True}, name="primary")

CASES: dict[str, Cases] = {
    "stateful-protected": Cases(
        token=RDS,
        fails=[{}, {"identifier": UNKNOWN}, [Planned(token=KEY)], [Planned(token="aws:s3/bucketV2:BucketV2")]],
        passes=[[Planned(token=RDS, protect=True)], [Planned(token="aws:sqs/queue:Queue")]],
        unknown=[],
        never_unknown=True,
    ),
    "rds-deletion-protection": Cases(
        token=RDS,
        fails=[
            {},
            {"deletionProtection": False},
            {"deletionProtection": "false"},
            [Planned(token="aws:rds/cluster:Cluster", inputs={"engine": "aurora-postgresql"})],
            [Planned(token="aws:neptune/globalCluster:GlobalCluster")],
        ],
        passes=[
            {"deletionProtection": True},
            {"deletionProtection": "true"},
            {"engine": "aurora-mysql"},
            [Planned(token="aws:docdb/cluster:Cluster", inputs={"deletionProtection": True})],
        ],
        unknown=[{"deletionProtection": UNKNOWN}],
    ),
    "dynamodb-deletion-protection": Cases(
        token=TABLE,
        fails=[{}, {"deletionProtectionEnabled": False}, [Planned(token="aws:dynamodb/tableReplica:TableReplica")]],
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
    "s3-no-force-destroy": Cases(
        token=BUCKET,
        fails=[{"forceDestroy": True}, {"forceDestroy": "true"}],
        passes=[{}, {"forceDestroy": False}],
        unknown=[{"forceDestroy": UNKNOWN}],
    ),
    "lb-deletion-protection": Cases(
        token=BALANCER,
        fails=[
            {},
            {"enableDeletionProtection": False},
            [Planned(token="aws:alb/loadBalancer:LoadBalancer", inputs={"loadBalancerType": "application"})],
            [Planned(token="aws:applicationloadbalancing/loadBalancer:LoadBalancer")],
        ],
        passes=[{"enableDeletionProtection": True}, {"loadBalancerType": "network", "enableDeletionProtection": "true"}],
        unknown=[{"enableDeletionProtection": UNKNOWN}],
    ),
    "kms-multi-region-needed": Cases(
        token=KEY,
        fails=[
            {"multiRegion": True},
            {"multiRegion": "true"},
            [
                Planned(token=KEY, inputs={"multiRegion": True, "arn": "arn:aws:kms:us-east-2:111111111111:key/mrk-1"}),
                key_replica("arn:aws:kms:us-east-2:111111111111:key/mrk-other"),
            ],
            [PRIMARY_KEY, Planned(token=KEY, name="other"), Planned(token=RDS, inputs={"kmsKeyId": UNKNOWN})],
            [Planned(token="aws:kms/externalKey:ExternalKey", inputs={"multiRegion": True})],
        ],
        passes=[
            {},
            {"multiRegion": False},
            [PRIMARY_KEY, key_replica(UNKNOWN, of=KEY)],
            [
                Planned(token=KEY, inputs={"multiRegion": True, "arn": "arn:aws:kms:us-east-2:111111111111:key/mrk-1"}),
                key_replica("arn:aws:kms:us-east-2:111111111111:key/mrk-1"),
            ],
            [PRIMARY_KEY, key_replica(UNKNOWN, token="aws:kms/replicaExternalKey:ReplicaExternalKey", of=KEY)],
            [key_replica(UNKNOWN)],
        ],
        unknown=[
            {"multiRegion": UNKNOWN},
            [PRIMARY_KEY, key_replica(UNKNOWN)],
            [PRIMARY_KEY, key_replica("arn:aws:kms:us-east-2:111111111111:key/mrk-any")],
        ],
    ),
}
