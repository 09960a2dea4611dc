"""The metrics that alarms may look at: their dimensions, and what they read while all is well and while something is wrong.

AWS's own are as its services' pages list them, read in November 2026; each namespace names its page. A metric or a set of
dimensions that no page lists has no datapoint, ever, and CloudWatch takes an alarm on it without a word. The values are in the
metric's unit, so a threshold in another unit tells nobody, or everybody. Some are a share of what the thing can be, as
large as the stack declares it (`metrics.values_of`): a threshold beyond that tells nobody either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.cloudwatch import Datapoint

GIB: Final = 1024**3


@dataclass(frozen=True)
class Values:
    """Datapoints of a metric while all is well, and while something is wrong; None where it has none then."""

    well: Datapoint
    wrong: Datapoint

    def of(self, whole: float) -> "Values":
        """The same of a share of `whole`."""
        assert self.well is not None and self.wrong is not None
        return Values(self.well * whole, self.wrong * whole)


def _all(values: Values, *names: str) -> dict[str, Values]:
    return dict.fromkeys(names, values)


FLAG, COUNT, PERCENT = Values(0, 1), Values(0, 50), Values(40, 99)
RARE = Values(None, 50)
"""A count that has a datapoint only where there is something to count."""


@dataclass(frozen=True)
class Namespace:
    """A namespace of AWS's: its page, the sets of dimensions of its metrics, its metrics."""

    page: str
    dimensions: tuple[str, ...]
    metrics: Mapping[str, Values]
    region: str = ""


AWS: Final[Mapping[str, Namespace]] = {
    "AWS/ApplicationELB": Namespace(
        "docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
        ("LoadBalancer", "LoadBalancer TargetGroup"),
        {
            **_all(
                RARE,
                "HTTPCode_ELB_5XX_Count",
                "HTTPCode_Target_5XX_Count",
                "RejectedConnectionCount",
                "TargetConnectionErrorCount",
            ),
            "RequestCount": Values(500, 500),
            "TargetResponseTime": Values(0.1, 10),  # seconds
            "UnHealthyHostCount": FLAG,
        },
    ),
    "AWS/AutoScaling": Namespace(
        "docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html",
        ("AutoScalingGroupName",),
        {"GroupDesiredCapacity": Values(2, 2), "GroupInServiceInstances": Values(2, 0)},
    ),
    "AWS/CertificateManager": Namespace(
        "docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html",
        ("CertificateArn",),
        {"DaysToExpiry": Values(60, 5)},
    ),
    "AWS/DynamoDB": Namespace(
        "docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
        ("TableName", "GlobalSecondaryIndexName TableName", "Operation TableName", "ReceivingRegion TableName"),
        {
            **_all(RARE, "ReadThrottleEvents", "SystemErrors", "WriteThrottleEvents"),
            "ReplicationLatency": Values(700, 60_000),  # milliseconds
        },
    ),
    "AWS/EC2": Namespace(
        "docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html",
        ("AutoScalingGroupName",),
        {"StatusCheckFailed": FLAG},
    ),
    "AWS/ECS": Namespace(
        "docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html",
        ("ClusterName ServiceName",),
        _all(PERCENT, "CPUUtilization", "MemoryUtilization"),
    ),
    "ECS/ContainerInsights": Namespace(
        "docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html",
        ("ClusterName ServiceName",),
        {"DesiredTaskCount": Values(10, 10), "RunningTaskCount": Values(10, 0)},
    ),
    "AWS/ES": Namespace(
        "docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html",
        ("ClientId DomainName",),
        {
            **_all(FLAG, "AutomatedSnapshotFailure", "ClusterIndexWritesBlocked", "ClusterStatus.red", "ClusterStatus.yellow"),
            "CPUUtilization": PERCENT,
            "FreeStorageSpace": Values(0.5, 0.02),  # of a node's volume; see `values_of`
            "JVMMemoryPressure": PERCENT,
            "KMSKeyInaccessible": FLAG,
            "MasterReachableFromNode": Values(1, 0),
            "Nodes": Values(1, 0),  # of all, and one less; see `values_of`
            # Of a data node, which takes a thousand (cluster.max_shards_per_node).
            "Shards.active": Values(20, 1000),
        },
    ),
    "AWS/ElastiCache": Namespace(
        "docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html",
        ("CacheClusterId",),
        {
            **_all(COUNT, "AuthenticationFailures", "CommandAuthorizationFailures", "Evictions", "KeyAuthorizationFailures"),
            "CurrConnections": Values(200, 64_000),
            **_all(PERCENT, "DatabaseMemoryUsagePercentage", "EngineCPUUtilization"),
            "ReplicationLag": Values(0.05, 30),  # seconds
            "SwapUsage": Values(10 * 1024**2, GIB),  # bytes
        },
    ),
    "AWS/Firehose": Namespace(
        "docs.aws.amazon.com/firehose/latest/dev/cloudwatch-metrics.html",
        ("DeliveryStreamName",),
        {
            "DeliveryToS3.DataFreshness": Values(60, 7200),  # seconds
            **_all(RARE, "FailedConversion.Records", "PartitionCountExceeded", "ThrottledRecords"),
            **_all(RARE, "KMSKeyAccessDenied", "KMSKeyDisabled", "KMSKeyInvalidState", "KMSKeyNotFound"),
        },
    ),
    "AWS/Lambda": Namespace(
        "docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        ("FunctionName",),
        {
            **_all(COUNT, "Errors", "Throttles"),
            **_all(RARE, "DurableExecutionFailed", "DurableExecutionTimedOut"),
            "Duration": Values(0.1, 1),  # of the time that a run may take, when it is ended
            "Invocations": Values(1, None),
        },
    ),
    "AWS/NATGateway": Namespace(
        "docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
        ("NatGatewayId",),
        {
            **_all(COUNT, "ErrorPortAllocation"),
            "PacketsDropCount": Values(0, 10_000),
            **_all(Values(1_000_000, 1_000_000), "PacketsInFromDestination", "PacketsInFromSource"),
        },
    ),
    "AWS/RDS": Namespace(
        "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
        ("DBInstanceIdentifier",),
        {
            "CPUUtilization": PERCENT,
            "DBLoad": Values(0.2, 2),  # active sessions for each vCPU
            "DatabaseConnections": Values(0.2, 1),  # of those that it admits
            **_all(Values(95, 1), "EBSByteBalance%", "EBSIOBalance%"),
            "FreeStorageSpace": Values(0.5, 0.02),  # of the storage; see `values_of`
            "FreeableMemory": Values(0.3, 0.02),  # of the memory
            "MaximumUsedTransactionIDs": Values(200_000_000, 2_000_000_000),
            **_all(Values(0.002, 0.5), "ReadLatency", "WriteLatency"),  # seconds
            "ReplicaLag": Values(2, 3600),  # seconds
        },
    ),
    "AWS/Route53": Namespace(
        "docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-hosted-zones-with-cloudwatch.html",
        ("HostedZoneId",),
        _all(FLAG, "DNSSECInternalFailure", "DNSSECKeySigningKeysNeedingAction"),
        region="us-east-1",
    ),
    "AWS/S3": Namespace(
        "docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html",
        ("DestinationBucket RuleId SourceBucket",),
        {"OperationsFailedReplication": COUNT, "ReplicationLatency": Values(10, 3600)},  # seconds
    ),
    "AWS/SNS": Namespace(
        "docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
        ("TopicName",),
        _all(
            RARE,
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsFailedToRedriveToDlq",
            "NumberOfNotificationsFilteredOut-NoMessageAttributes",
        ),
    ),
    "AWS/SQS": Namespace(
        "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
        ("QueueName",),
        {
            "ApproximateAgeOfOldestMessage": Values(0.00005, 1),  # of the time that a queue keeps one
            "ApproximateNumberOfMessagesNotVisible": Values(5, 119_000),
            "ApproximateNumberOfMessagesVisible": COUNT,
        },
    ),
    "AWS/Scheduler": Namespace(
        "docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html",
        ("ScheduleGroup",),
        {"InvocationAttemptCount": Values(1, None), "InvocationDroppedCount": RARE},
    ),
    "AWS/States": Namespace(
        "docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html",
        ("StateMachineArn",),
        _all(COUNT, "ExecutionsAborted", "ExecutionsFailed", "ExecutionsTimedOut"),
    ),
}

OWN: Final[Mapping[str, Mapping[str, Values]]] = {
    "DataConnect/<stack>/Batch": {"ActiveShares": Values(3, 490), "HeadOfQueueAge": Values(30, 7200)},
    "DataConnect/<stack>/Credentials": {"AgeDays": Values(5, 200), "Unfinished": COUNT},
    "DataConnect/<stack>/Environments": {"JanitorRuns": Values(4, None), "Unmended": COUNT},
    "DataConnect/<stack>/Queries": {"TenantsCutOff": RARE},
    "DataConnect/<stack>/Recovery": {
        "RestorableAgeSeconds": Values(300, 7200),
        "HeartbeatAgeSeconds": Values(5, 600),
        "LossSeconds": Values(2, 600),
        "NotReady": FLAG,
        "UnknownLosses": COUNT,
    },
    "DataConnect/<stack>/Schedule": {"Failed": COUNT, "MinutesLate": Values(0, 600)},
    "DataConnect/<stack>": {
        **_all(Values(500, 500), "requests", "duration", "waited"),
        "failed": Values(None, 250),
    },
}
"""The metrics that code of ours writes, by the namespace of a stack or of a part of it."""
WRITERS: Final = (
    "functions/**/*.py",
    "components/data/*_function/*.py",
    "components/compute/batch.py",
    "jobs/**/*.py",
    "operations/environments/*.py",
)

# Dimension -> the type and the attribute of the resource that it names; the others name no resource.
RESOURCES: Final = {
    "AutoScalingGroupName": "autoscaling/group:Group name",
    "CertificateArn": "acm/certificate:Certificate arn",
    "ClusterName": "ecs/cluster:Cluster name",
    "DBInstanceIdentifier": "rds/instance:Instance identifier",
    "DeliveryStreamName": "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream name",
    "DestinationBucket": "s3/bucket:Bucket bucket",
    "DomainName": "opensearch/domain:Domain domainName",
    "FunctionName": "lambda/function:Function name",
    "HostedZoneId": "route53/zone:Zone zoneId",
    "JobQueue": "batch/jobQueue:JobQueue name",
    "LoadBalancer": "lb/loadBalancer:LoadBalancer arnSuffix",
    "NatGatewayId": "ec2/natGateway:NatGateway id",
    "QueueName": "sqs/queue:Queue name",
    "ScheduleGroup": "scheduler/scheduleGroup:ScheduleGroup name",
    "ServiceName": "ecs/service:Service name",
    "SourceBucket": "s3/bucket:Bucket bucket",
    "StateMachineArn": "sfn/stateMachine:StateMachine arn",
    "TableName": "dynamodb/table:Table name",
    "TargetGroup": "lb/targetGroup:TargetGroup arnSuffix",
    "TopicName": "sns/topic:Topic name",
}
