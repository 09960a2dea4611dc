"""Cases of the resilience pack."""

from tests.policies.cases import Cases
from tests.policies.harness import UNKNOWN, Planned

RDS = "aws:rds/instance:Instance"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"

CASES: dict[str, Cases] = {
    "stateful-protected": Cases(
        token=RDS,
        fails=[{}, {"identifier": UNKNOWN}, [Planned(token="aws:kms/key:Key")], [Planned(token="aws:s3/bucketV2:BucketV2")]],
        passes=[[Planned(token=RDS, protect=True)], [Planned(token="aws:sqs/queue:Queue")]],
        unknown=[],
        never_unknown=True,
    ),
    "rds-deletion-protection": Cases(
        token=RDS,
        fails=[{}, {"deletionProtection": False}],
        passes=[{"deletionProtection": True}],
        unknown=[{"deletionProtection": UNKNOWN}],
    ),
    "dynamodb-deletion-protection": Cases(
        token=TABLE,
        fails=[{}, {"deletionProtectionEnabled": False}, [Planned(token="aws:dynamodb/tableReplica:TableReplica")]],
        passes=[{"deletionProtectionEnabled": True}],
        unknown=[{"deletionProtectionEnabled": UNKNOWN}],
    ),
    "s3-no-force-destroy": Cases(
        token=BUCKET,
        fails=[{"forceDestroy": True}],
        passes=[{}, {"forceDestroy": False}],
        unknown=[{"forceDestroy": UNKNOWN}],
    ),
}
