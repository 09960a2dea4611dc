"""Cases of policies/feasibility/rules/general/values.py."""

import json

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.values import GROUP, INSTANCE
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases

FUNCTION = "aws:lambda/function:Function"
TABLE = "aws:dynamodb/table:Table"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY_TYPE = "aws:kms/key:Key"


def container(**fields: object) -> dict[str, object]:
    return {"containerDefinitions": json.dumps([{"name": "app", "image": "app:1", **fields}])}


CASES: dict[str, Cases] = {
    "value-enum": Cases(
        token=TABLE,
        fails=[
            {"billingMode": "ON_DEMAND"},
            {"billingMode": "pay_per_request"},
            {"attributes": [{"name": "id", "type": "String"}]},
            {"globalSecondaryIndexes": [{"name": "byOwner", "projectionType": "SOME"}]},
            {"streamViewType": "NEW_AND_OLD"},
            one(FUNCTION, architectures=["amd64"]),
            one(FUNCTION, tracingConfig={"mode": "On"}),
            one(FUNCTION, runtime="Python3.12"),
            one(INSTANCE, metadataOptions={"httpTokens": "mandatory"}),
            one(INSTANCE, rootBlockDevice={"volumeType": "GP3"}),
            one(INSTANCE, ebsBlockDevices=[{"volumeType": "ssd"}]),
            one(LIFECYCLE, rules=[{"id": "old", "status": "enabled"}]),
            one(LIFECYCLE, rules=[{"status": "Enabled", "transitions": [{"days": 30, "storageClass": "STANDARD-IA"}]}]),
            one("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", rules=[{"status": "On"}]),
            one("aws:s3/bucket:Bucket", acl="public"),
            one("aws:s3/bucketV2:BucketV2", lifecycleRules=[{"transitions": [{"days": 30, "storageClass": "COLD"}]}]),
            one("aws:lb/targetGroup:TargetGroup", targetType="container"),
            one("aws:alb/targetGroup:TargetGroup", protocol="HTTPX"),
            one("aws:lb/targetGroup:TargetGroup", protocolVersion="HTTP3"),
            one("aws:lb/loadBalancer:LoadBalancer", desyncMitigationMode="strict"),
            one("aws:sns/topicSubscription:TopicSubscription", protocol="slack"),
            one(ALARM, comparisonOperator="GreaterThan"),
            one(ALARM, treatMissingData="notbreaching"),
            one(ALARM, metricQueries=[{"id": "m1", "metric": {"unit": "Sekunden"}}]),
            one("aws:ecs/service:Service", launchType="fargate"),
            one("aws:ecs/service:Service", orderedPlacementStrategies=[{"type": "scatter"}]),
            one(TASK, networkMode="vpc"),
            one(TASK, **container(logConfiguration={"logDriver": "cloudwatch"})),
            one(TASK, **container(portMappings=[{"containerPort": 80, "protocol": "http"}])),
            one(GROUP, healthCheckType="ALB"),
            one(GROUP, suspendedProcesses=["Terminated"]),
            one("aws:route53/record:Record", type="ALIAS"),
            one("aws:route53/record:Record", failoverRoutingPolicies=[{"type": "primary"}]),
            one("aws:budgets/budget:Budget", timeUnit="MONTH"),
            one("aws:budgets/budget:Budget", notifications=[{"notificationType": "FORECAST"}]),
            one("aws:guardduty/detector:Detector", findingPublishingFrequency="HOURLY"),
            one("aws:ecr/repository:Repository", imageTagMutability="immutable"),
            one("aws:directoryservice/directory:Directory", type="Microsoft"),
            one("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", destination="s3_extended"),
            one("aws:mq/broker:Broker", engineType="Kafka"),
            one(
                WEB_ACL,
                rules=[{"statement": {"byteMatchStatement": {"positionalConstraint": "BEGINS_WITH"}}}],
            ),
        ],
        passes=[
            {},
            {"billingMode": "PAY_PER_REQUEST"},
            {"billingMode": ""},
            {"attributes": [{"name": "id", "type": "S"}], "streamViewType": "new_image"},
            one(FUNCTION, architectures=["arm64"], runtime="python3.12", tracingConfig={"mode": "Active"}),
            one(FUNCTION, architectures=["arm64"], runtime="python3.99"),
            one(LIFECYCLE, rules=[{"status": "Enabled", "transitions": [{"days": 90, "storageClass": "GLACIER_IR"}]}]),
            one("aws:s3/bucketAcl:BucketAcl", acl="log-delivery-write"),
            one("aws:s3/bucketVersioning:BucketVersioning", versioningConfiguration={"status": "Disabled"}),
            one("aws:lb/targetGroup:TargetGroup", protocol="http", protocolVersion="http2", healthCheck={"protocol": "https"}),
            one("aws:lb/targetGroup:TargetGroup", loadBalancingCrossZoneEnabled=True),
            one("aws:mq/broker:Broker", engineType="RabbitMQ"),
            one("aws:batch/jobQueue:JobQueue", state="enabled"),
            one(TASK, **container(logConfiguration={"logDriver": "awslogs"})),
            one(TASK, containerDefinitions="not JSON"),
            one(INSTANCE, metadataOptions=[{"httpTokens": "required"}]),
            one("aws:kms/key:Key", customerMasterKeySpec="RSA_4096"),
        ],
        unknown=[
            {"billingMode": UNKNOWN},
            {"attributes": UNKNOWN},
            one(FUNCTION, architectures=[UNKNOWN]),
            one(TASK, containerDefinitions=UNKNOWN),
            one(INSTANCE, metadataOptions=UNKNOWN),
        ],
    ),
    "value-enum-growing": Cases(
        token=FUNCTION,
        fails=[
            {"runtime": "python3.99"},
            one(INSTANCE, instanceType="t9.huge"),
            one(KEY_TYPE, customerMasterKeySpec="RSA_512"),
            one("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "r6g.large"}),
        ],
        passes=[
            {},
            {"runtime": "nodejs22.x"},
            {"runtime": "Python3.12"},
            one(INSTANCE, instanceType="m7g.large"),
            one("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "r6g.large.search"}),
        ],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "value-length": Cases(
        token=FUNCTION,
        fails=[
            {"description": "x" * 257},
            {"handler": "a" * 129},
            one("aws:iam/role:Role", description="d" * 1001),
            one("aws:dynamodb/table:Table", attributes=[{"name": "n" * 256, "type": "S"}]),
            one("aws:ssoadmin/permissionSet:PermissionSet", description="d" * 701),
        ],
        passes=[{}, {"description": ""}, {"description": "x" * 256}],
        unknown=[{"description": UNKNOWN}],
    ),
    "value-pattern": Cases(
        token=FUNCTION,
        fails=[
            {"handler": "index handler"},
            {"role": "lambda-role"},
            {"role": "arn:aws:sns:us-east-2:111111111111:alarms"},
            {"environment": {"variables": {"1BAD": "x"}}},
            {"vpcConfig": {"subnetIds": ["vpc-0123456789abcdef0"]}},
            one("aws:lb/targetGroup:TargetGroup", healthCheck={"path": "health"}),
            one("aws:lb/listener:Listener", sslPolicy="TLS13"),
            one(ALARM, extendedStatistic="95th"),
            one(GROUP, terminationPolicies=["Oldest"]),
            one("aws:elasticache/replicationGroup:ReplicationGroup", authToken="short"),
            one("aws:eks/cluster:Cluster", version="v1.30"),
        ],
        passes=[
            {},
            {"handler": "index.handler", "role": "arn:aws:iam::111111111111:role/service/app"},
            {"role": "arn:aws-us-gov:iam::111111111111:role/app"},
            {"environment": {"variables": {"GOOD_1": "any value"}}},
            one("aws:lb/targetGroup:TargetGroup", healthCheck={"path": "/health?deep=1", "port": "traffic-port"}),
            one(ALARM, extendedStatistic="p99.9"),
            one(ALARM, extendedStatistic="TM(10%:90%)"),
            one("aws:eks/cluster:Cluster", version="1.33"),
        ],
        unknown=[{"role": UNKNOWN}, {"vpcConfig": {"subnetIds": [UNKNOWN]}}],
    ),
    "value-range": Cases(
        token=FUNCTION,
        fails=[
            {"memorySize": 64},
            {"memorySize": "40000"},
            one("aws:elasticache/cluster:Cluster", snapshotRetentionLimit="36"),
            {"ephemeralStorage": {"size": 100}},
            one(KEY_TYPE, deletionWindowInDays=5),
            one(KEY_TYPE, deletionWindowInDays=31),
            one("aws:secretsmanager/secret:Secret", recoveryWindowInDays=3),
            one(ALARM, period=45),
            one(ALARM, evaluationPeriods=0),
            one("aws:lb/targetGroup:TargetGroup", healthCheck={"interval": 3}),
            one("aws:lb/targetGroup:TargetGroup", port=70000),
            one("aws:lb/loadBalancer:LoadBalancer", idleTimeout=5000),
            one("aws:ebs/volume:Volume", throughput=50),
            one("aws:iam/role:Role", maxSessionDuration=1800),
            one("aws:iam/role:Role", maxSessionDuration=50000),
            one("aws:rds/instance:Instance", monitoringInterval=20),
            one("aws:route53/healthCheck:HealthCheck", requestInterval=20),
            one("aws:route53/healthCheck:HealthCheck", failureThreshold=11),
            one("aws:lambda/eventSourceMapping:EventSourceMapping", batchSize=20000),
            one("aws:kinesis/stream:Stream", retentionPeriod=12),
            one(GROUP, mixedInstancesPolicy={"instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 150}}),
            one(GROUP, maxInstanceLifetime=3600),
            one(WEB_ACL, rules=[{"priority": 1, "statement": {"rateBasedStatement": {"limit": 5}}}]),
            one("aws:cognito/userPool:UserPool", passwordPolicy={"minimumLength": 4}),
            one("aws:scheduler/schedule:Schedule", target={"retryPolicy": {"maximumEventAgeInSeconds": 10}}),
        ],
        passes=[
            {},
            {"timeout": 900, "memorySize": "1024"},
            {"reservedConcurrentExecutions": -1},
            one("aws:secretsmanager/secret:Secret", recoveryWindowInDays=0),
            one("aws:secretsmanager/secret:Secret", recoveryWindowInDays=7),
            one(ALARM, period=10),
            one(ALARM, period=300),
            one("aws:lb/targetGroup:TargetGroup", healthCheck={"interval": 30, "timeout": 5}),
            one("aws:dynamodb/table:Table", readCapacity=0, writeCapacity=0),
            one("aws:rds/instance:Instance", monitoringInterval=0),
        ],
        unknown=[{"timeout": UNKNOWN}],
    ),
    "value-count": Cases(
        token=FUNCTION,
        fails=[
            {"layers": [f"arn:aws:lambda:us-east-2:111111111111:layer:a:{number}" for number in range(6)]},
            {"architectures": ["arm64", "x86_64"]},
            {"vpcConfig": {"subnetIds": [f"subnet-{number}" for number in range(17)]}},
            one("aws:dynamodb/table:Table", localSecondaryIndexes=[{"name": f"index{number}"} for number in range(6)]),
            one(ALARM, alarmActions=[f"arn:aws:sns:us-east-2:111111111111:a{number}" for number in range(6)]),
            one("aws:route53/healthCheck:HealthCheck", regions=["us-east-1", "us-west-1"]),
        ],
        passes=[{}, {"layers": []}, {"architectures": ["arm64"]}, {"vpcConfig": {"subnetIds": ["subnet-1"]}}],
        unknown=[{"layers": UNKNOWN}],
    ),
    "value-unsure": Cases(
        token=FUNCTION,
        fails=[
            one("aws:elasticache/cluster:Cluster", numCacheNodes=61),
            one("aws:rds/instance:Instance", licenseModel="byol"),
        ],
        passes=[{}, one("aws:elasticache/cluster:Cluster", numCacheNodes=2)],
        unknown=[one("aws:elasticache/cluster:Cluster", numCacheNodes=UNKNOWN)],
    ),
    "document-members": Cases(
        token=TASK,
        fails=[
            container(enviroment=[]),
            container(logConfiguration={"logDriver": "awslogs", "option": {}}),
            one("aws:batch/jobDefinition:JobDefinition", containerProperties=json.dumps({"image": "app", "memmory": 512})),
        ],
        passes=[
            {},
            container(environment=[{"name": "A", "value": "1"}], portMappings=[{"containerPort": 80}]),
            {"containerDefinitions": json.dumps([{"Name": "app", "Image": "app:1"}])},
            container(logConfiguration={"logDriver": "awslogs", "options": {"anything": "goes"}}),
            {"containerDefinitions": "[not JSON"},
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "document-required": Cases(
        token=TASK,
        fails=[
            container(logConfiguration={"options": {"awslogs-group": "app"}}),
            container(secrets=[{"name": "PASSWORD"}]),
            container(healthCheck={"interval": 30}),
        ],
        passes=[{}, container(secrets=[{"name": "PASSWORD", "valueFrom": "arn"}]), container(healthCheck={"command": ["CMD"]})],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
}
