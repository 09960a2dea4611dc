"""Cases of policies/controls/resilience/recovery.py."""

from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Cases

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"

CASES: dict[str, Cases] = {
    "recovery-class": Cases(
        token=TABLE,
        fails=[
            {},
            {"tags": {"Name": "sessions"}},
            {"tags": {"RecoveryClass": ""}},
            {"tags": {"RecoveryClass": "Replicated"}},
            {"tags": {"RecoveryClass": "backed up"}},
            *(
                planned(token)
                for token in (
                    *(QUEUE, "aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:cloudwatch/logGroup:LogGroup"),
                    *("aws:elasticache/replicationGroup:ReplicationGroup", "aws:opensearch/domain:Domain"),
                    *("aws:ecr/repository:Repository", "aws:secretsmanager/secret:Secret", "aws:backup/vault:Vault"),
                    *("aws:sns/topic:Topic", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"),
                )
            ),
        ],
        passes=[
            *({"tags": {"RecoveryClass": each}} for each in ("replicated", "rebuilt", "restored", "lost")),
            planned(QUEUE, tags={"RecoveryClass": "lost"}),
            planned("aws:ec2/instance:Instance"),
            planned("aws:kms/key:Key"),
            planned(TABLE).with_provider({"defaultTags": {"tags": {"RecoveryClass": "lost"}}}),
        ],
        unknown=[{"tags": UNKNOWN}, {"tags": {"RecoveryClass": UNKNOWN}}],
    ),
}
