"""Cases of policies/feasibility/rules/general/names.py."""

from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import ABSENT, Cases, about

BUCKET = "aws:s3/bucket:Bucket"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
DATABASE = "aws:rds/instance:Instance"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SECRET = "aws:secretsmanager/secret:Secret"


def one(token: str, logical: str = "it", **inputs: object) -> list[Planned]:
    return [planned(token, logical, **inputs)]


CASES: dict[str, Cases] = {
    "name-length": Cases(
        token=TARGET_GROUP,
        fails=[
            {"name": "a" * 33},
            one(BALANCER, name="b" * 33),
            one("aws:alb/loadBalancer:LoadBalancer", name="b" * 33),
            one("aws:iam/role:Role", name="r" * 65),
            one("aws:iam/policy:Policy", name="p" * 129),
            one("aws:lambda/function:Function", name="f" * 65),
            one(QUEUE, name="q" * 81),
            one("aws:dynamodb/table:Table", name="ab"),
            one(DATABASE, identifier="d" * 64),
            one("aws:elasticache/replicationGroup:ReplicationGroup", replicationGroupId="c" * 41),
            one("aws:opensearch/domain:Domain", domainName="s" * 29),
            one("aws:cloudwatch/eventRule:EventRule", name="e" * 65),
            one("aws:ssoadmin/permissionSet:PermissionSet", name="p" * 33),
            one("aws:backup/vault:Vault", name="v"),
            one("aws:batch/jobQueue:JobQueue", name="j" * 129),
            one("aws:ecr/repository:Repository", name="r"),
        ],
        passes=[
            one("aws:dynamodb/table:Table", name="abc"),
            {},
            {"name": "a" * 32},
            one("aws:lambda/function:Function", name="f" * 64),
            one("aws:lambda/function:Function", name="arn:aws:lambda:us-east-2:111111111111:function:" + "f" * 64),
            one("aws:opensearch/domain:Domain", domainName="s" * 28),
        ],
        unknown=[{"name": UNKNOWN}],
    ),
    "name-form": Cases(
        token=BALANCER,
        fails=[
            *({"name": name} for name in ("internal-web", "web_lb", "-web", "web-")),
            one(TARGET_GROUP, name="web.tg"),
            *(one(DATABASE, identifier=identifier) for identifier in ("my--db", "mydb-", "1db", "My_DB")),
            one(DATABASE, finalSnapshotIdentifier="final_snapshot"),
            one("aws:rds/cluster:Cluster", clusterIdentifier="aurora_cluster"),
            one("aws:rds/subnetGroup:SubnetGroup", name="Private"),
            one("aws:rds/parameterGroup:ParameterGroup", name="pg_15"),
            one("aws:elasticache/cluster:Cluster", clusterId="cache--1"),
            one("aws:opensearch/domain:Domain", domainName="Logs"),
            one(QUEUE, name="my queue"),
            one(TOPIC, name="alarms.all"),
            one("aws:cloudwatch/logGroup:LogGroup", name="aws/lambda/app"),
            one("aws:cloudwatch/logGroup:LogGroup", name="/app logs"),
            one("aws:ecr/repository:Repository", name="MyApp"),
            one("aws:dynamodb/table:Table", name="orders#1"),
            one("aws:ecs/taskDefinition:TaskDefinition", family="my family"),
            one("aws:ecs/capacityProvider:CapacityProvider", name="fargate-more"),
            one("aws:cloudformation/stackSet:StackSet", name="1-baseline"),
            one("aws:cloudtrail/trail:Trail", name="my__trail"),
            one("aws:ssm/parameter:Parameter", name="/aws/app/key"),
            one("aws:ssm/parameter:Parameter", name="app/key"),
            one("aws:cognito/userPoolDomain:UserPoolDomain", domain="my-cognito-login"),
            one("aws:iam/role:Role", name="app role"),
            one("aws:wafv2/webAcl:WebAcl", name="edge acl"),
            one("aws:sfn/stateMachine:StateMachine", name="daily run"),
            one("aws:route53/zone:Zone", name="https://example.com"),
            one(SECRET, name="db password"),
        ],
        passes=[
            {},
            {"name": "web-1"},
            {"name": "internal"},
            one(DATABASE, identifier="my-db-1"),
            one("aws:rds/parameterGroup:ParameterGroup", name="app-pg15.1"),
            one("aws:elasticache/cluster:Cluster", clusterId="Cache-1"),
            one("aws:ecr/repository:Repository", name="dataconnect/report_portal.web"),
            one("aws:ssm/parameter:Parameter", name="/app/aws/key"),
            one("aws:ssm/parameter:Parameter", name="app.key"),
            one("aws:cloudwatch/logGroup:LogGroup", name="/aws/lambda/app"),
            one("aws:cognito/userPoolDomain:UserPoolDomain", domain="auth.example.com"),
            one(QUEUE, name="orders.fifo"),
            one("aws:route53/zone:Zone", name="_tcp.example.com."),
            one(SECRET, name="app/prod/db-password"),
        ],
        unknown=[{"name": UNKNOWN}, one("aws:elasticache/replicationGroup:ReplicationGroup", replicationGroupId=UNKNOWN)],
    ),
    "name-prefix": Cases(
        token=TARGET_GROUP,
        fails=[
            {"namePrefix": "portal-"},
            one(BALANCER, namePrefix="reporting"),
            one("aws:iam/role:Role", namePrefix="r" * 39),
            one(DATABASE, identifierPrefix="My_"),
        ],
        passes=[
            one("aws:iam/role:Role", namePrefix="r" * 38),
            {},
            {"namePrefix": "web-"},
            one("aws:iam/role:Role", namePrefix="app-"),
            one(DATABASE, identifierPrefix="app-"),
        ],
        unknown=[{"namePrefix": UNKNOWN}],
    ),
    "name-generated": Cases(
        token=TARGET_GROUP,
        fails=[
            one(TARGET_GROUP, "t" * 25),
            one(BALANCER, "reporting-portal-internal"),
            one("aws:iam/role:Role", "r" * 57),
            one(BUCKET, "b" * 56),
            one("aws:opensearch/domain:Domain", "search-domain-for-logs"),
            one("aws:ssoadmin/permissionSet:PermissionSet", "platform-administrators-x"),
        ],
        passes=[
            one(TARGET_GROUP, "t" * 24),
            one(TARGET_GROUP, "t" * 25, name="web"),
            one(TARGET_GROUP, "t" * 25, name=UNKNOWN),
            one(TARGET_GROUP, "t" * 25, namePrefix="web-"),
            one(DATABASE, "d" * 80),
            one(BUCKET, "b" * 55),
        ],
        never_unknown=True,
    ),
    "bucket-name": Cases(
        token=BUCKET,
        fails=[
            *({"bucket": bucket} for bucket in ("ab", "b" * 64, "MyBucket", "my_bucket", "my..bucket", "-bucket", "bucket-")),
            *({"bucket": bucket} for bucket in ("192.168.5.4", "xn--bucket", "sthree-bucket", "bucket-s3alias")),
            *({"bucket": bucket} for bucket in ("bucket--ol-s3", "https://bucket")),
            {"bucketPrefix": "p" * 38},
            {"bucketPrefix": "Logs-"},
            one("aws:s3/bucketV2:BucketV2", bucket="My.Bucket"),
        ],
        passes=[
            {"bucketPrefix": "p" * 37},
            {},
            {"bucket": "dataconnect-logs-111111111111"},
            {"bucket": "my.example.com"},
            {"bucketPrefix": "logs-"},
        ],
        unknown=[{"bucket": UNKNOWN}],
    ),
    "fifo-name": Cases(
        token=QUEUE,
        fails=[
            {"name": "orders", "fifoQueue": True},
            {"name": "orders.fifo"},
            {"name": "orders.fifo", "fifoQueue": False},
            one(TOPIC, name="events", fifoTopic=True),
            one(TOPIC, name="events.fifo"),
        ],
        passes=[
            {},
            {"fifoQueue": True},
            {"name": "orders"},
            {"name": "orders.fifo", "fifoQueue": True},
            one(TOPIC, name="events.fifo", fifoTopic=True),
        ],
        unknown=[{"name": UNKNOWN, "fifoQueue": True}, {"name": "orders.fifo", "fifoQueue": UNKNOWN}],
    ),
    "secret-name-suffix": about(
        SECRET, "name", fails=["app/db-a1B2c3"], passes=[ABSENT, "app/db", "app/db-master", "app/db-a1B2c3d"]
    ),
    "database-user-form": Cases(
        token=DATABASE,
        fails=[
            {"engine": "postgres", "username": "1admin"},
            {"engine": "mysql", "username": "app user"},
            {"engine": "mysql", "username": "u" * 33},
            one("aws:docdb/cluster:Cluster", masterUsername="u" * 64),
            one("aws:redshift/cluster:Cluster", masterUsername="2nd"),
        ],
        passes=[
            {"engine": "mysql", "username": "u" * 32},
            {},
            {"engine": "postgres", "username": "dbadmin_1"},
            {"username": ""},
            {"engine": UNKNOWN, "username": "app"},
        ],
        unknown=[{"username": UNKNOWN}],
    ),
}
