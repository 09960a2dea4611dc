"""Limits of AWS that components, settings and policies check against, each with the page it comes from."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

# docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html: CPU units -> memory in MiB. The last row, 32
# vCPUs, is 60, 120 or 244 GB there.
FARGATE_MEMORY_MIB: Final[Mapping[int, Sequence[int]]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
    32768: (61440, 122880, 249856),
}

# docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html: days
LOG_RETENTION_DAYS: Final[tuple[int, ...]] = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class InstanceClass(NamedTuple):
    """What an RDS instance class brings."""

    vcpu: int
    memory_gib: int


# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html: current Graviton classes that every
# supported PostgreSQL runs on. Performance Insights works on all of them with PostgreSQL (MySQL and MariaDB leave out the
# small t4g classes: USER_PerfInsights.Overview.Engines.html), so no further table is needed.
DB_INSTANCE_CLASSES: Final[dict[str, InstanceClass]] = {
    **{
        f"db.t4g.{size}": InstanceClass(vcpu, memory)
        for size, vcpu, memory in (
            *(("micro", 2, 1), ("small", 2, 2), ("medium", 2, 4), ("large", 2, 8)),
            *(("xlarge", 4, 16), ("2xlarge", 8, 32)),
        )
    },
    **{
        f"db.{family}.{size}": InstanceClass(vcpu, vcpu * gib_per_vcpu)
        for family, gib_per_vcpu in (("m6g", 4), ("m7g", 4), ("r6g", 8), ("r7g", 8))
        for size, vcpu in (
            *(("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16)),
            *(("8xlarge", 32), ("12xlarge", 48), ("16xlarge", 64)),
        )
    },
}

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html: DB instances per region, raised case by case
DB_INSTANCES_PER_REGION: Final = 40

# docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html: majors in standard support
POSTGRESQL_MAJORS: Final[tuple[int, ...]] = (14, 15, 16, 17, 18)

# Region -> letters of its zones (`aws ec2 describe-availability-zones`); an account may see fewer. The estate stays in the
# United States and Canada, where its lenders are; a further region is one more line.
REGION_ZONES: Final[dict[str, str]] = {
    "ca-central-1": "abd",
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-west-1": "abc",
    "us-west-2": "abcd",
}

# docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html: those that this estate may call
INTERFACE_ENDPOINTS: Final[tuple[str, ...]] = (
    *("athena", "autoscaling", "batch", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry"),
    *("elasticache", "elasticloadbalancing", "events", "glue", "kinesis-firehose", "kinesis-streams", "kms", "lakeformation"),
    *("lambda", "logs", "monitoring"),
    *("rds", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "states", "sts", "xray"),
)

# docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html: a Fargate task without a way out needs these to start (and
# the S3 gateway endpoint, which every network has); secrets by reference and awslogs add theirs.
FARGATE_ENDPOINTS: Final[tuple[str, ...]] = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
# docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html: an agent from 3.3.40.0 on prefers ssmmessages, and
# needs no ec2messages
SESSION_MANAGER_ENDPOINTS: Final[tuple[str, ...]] = ("ssm", "ssmmessages")

# docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
LISTENER_RULES_PER_LOAD_BALANCER: Final = 100
CONDITION_VALUES_PER_RULE: Final = 5

# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: rules per security group, in each direction and of IPv4 alone
# (all this estate has); a default that an account may have raised, which nothing here knows
RULES_PER_SECURITY_GROUP: Final = 60

# docs.aws.amazon.com/acm/latest/userguide/acm-limits.html: domain names per certificate; a default, too, to be raised to 100
NAMES_PER_CERTIFICATE: Final = 10

# docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, "Tag naming limits and requirements": tags per
# resource, those of AWS (`aws:`) not counted
TAGS_PER_RESOURCE: Final = 50

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters of all inline policies of a role together,
# blanks not counted; cannot be raised
INLINE_POLICY_CHARACTERS: Final = 10_240

# The same page: characters of a role's trust policy, blanks not counted; a default, to be raised to 8,192
TRUST_POLICY_CHARACTERS: Final = 2_048

# docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html: bytes of a key's policy, blanks counted; cannot be raised
KEY_POLICY_BYTES: Final = 32_768

# A target group's name has 32 characters, of which auto-naming takes 8 ("-" and seven digits); the rest is for the part's name.
SERVICE_NAME_LENGTH: Final = 20
