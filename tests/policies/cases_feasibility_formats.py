"""Cases of the feasibility pack about ARNs, schedules, times, addresses and identifiers."""

from tests.policies.cases import Cases
from tests.policies.harness import UNKNOWN, Planned

ROLE = "arn:aws:iam::111111111111:role/app"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alarms"
FUNCTION = "aws:lambda/function:Function"
RULE = "aws:cloudwatch/eventRule:EventRule"
SCHEDULE = "aws:scheduler/schedule:Schedule"
PLAN = "aws:backup/plan:Plan"
ASG_SCHEDULE = "aws:autoscaling/schedule:Schedule"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
OHIO = {"region": "us-east-2"}


def one(token: str, **inputs: object) -> list[Planned]:
    return [Planned(token=token, inputs=inputs)]


def here(token: str, **inputs: object) -> list[Planned]:
    return [Planned(token=token, inputs=inputs, provider=OHIO)]


def backup(expression: object) -> list[Planned]:
    return one(PLAN, rules=[{"ruleName": "daily", "schedule": expression}])


CASES: dict[str, Cases] = {
    "arn-form": Cases(
        token=FUNCTION,
        fails=[
            {"role": "lambda-role"},
            {"role": "arn:aws:iam::1111111111:role/app"},
            {"role": "arn:aws:iam:us-east-2:111111111111:role/app"},
            {"role": "arn:amazon:iam::111111111111:role/app"},
            {"kmsKeyArn": "storage-key"},
            {"deadLetterConfig": {"targetArn": "arn:aws:sqs:us-east-2:failed"}},
            one("aws:cloudwatch/metricAlarm:MetricAlarm", alarmActions=["arn:aws:sns:us-east-2:1234:alarms"]),
            one("aws:cloudwatch/metricAlarm:MetricAlarm", okActions=["alarms"]),
            one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn="ReadOnlyAccess"),
            one(
                "aws:s3/bucketNotification:BucketNotification", queues=[{"queueArn": "https://sqs.us-east-2.amazonaws.com/1/q"}]
            ),
            one(SUBSCRIPTION, topic="arn:aws:sns:::alarms"),
        ],
        passes=[
            {},
            {"role": ROLE, "kmsKeyArn": "arn:aws:kms:us-east-2:111111111111:key/mrk-1"},
            {"role": "arn:aws-us-gov:iam::111111111111:role/app"},
            {"environment": {"variables": {"roleArn": "anything"}}},
            one("aws:backup/vault:Vault", kmsKeyArn="alias/dataconnect-storage"),
            one(
                "aws:cloudtrail/trail:Trail",
                eventSelectors=[{"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}],
            ),
            one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            one(
                "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
                role=ROLE,
                rules=[{"destination": {"bucket": "arn:aws:s3:::b"}}],
            ),
            one("aws:ecs/service:Service", taskDefinition="app:1"),
            one("aws:cloudwatch/metricAlarm:MetricAlarm", alarmActions=["arn:aws:automate:us-east-2:ec2:recover"]),
            one("aws:apigateway/integration:Integration", uri=f"arn:aws:apigateway:us-east-2:lambda:path/2015-03-31/{ROLE}"),
        ],
        unknown=[{"role": UNKNOWN}, {"kmsKeyArn": UNKNOWN}],
    ),
    "arn-partition": Cases(
        token=FUNCTION,
        fails=[
            [Planned(token=FUNCTION, inputs={"role": ROLE}, provider={"region": "us-gov-west-1"})],
            [Planned(token=FUNCTION, inputs={"role": "arn:aws-cn:iam::111111111111:role/app"}, provider=OHIO)],
            one(FUNCTION, region="cn-north-1", role=ROLE),
            {"deadLetterConfig": {"targetArn": "arn:aws:sqs:cn-north-1:111111111111:failed"}},
        ],
        passes=[
            {},
            {"role": ROLE},
            {"role": "arn:aws-us-gov:iam::111111111111:role/app"},
            here(FUNCTION, role=ROLE),
            one(FUNCTION, region="us-gov-west-1", role="arn:aws-us-gov:iam::111111111111:role/app"),
            {"role": UNKNOWN},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "arn-of-other-thing": Cases(
        token=FUNCTION,
        fails=[
            {"role": TOPIC_ARN},
            {"role": "arn:aws:iam::111111111111:user/app"},
            {"kmsKeyArn": ROLE},
            {"deadLetterConfig": {"targetArn": "arn:aws:lambda:us-east-2:111111111111:function:f"}},
            one("aws:rds/instance:Instance", monitoringRoleArn=TOPIC_ARN),
            one("aws:lb/listener:Listener", certificateArn="arn:aws:kms:us-east-2:111111111111:key/1"),
            one(
                "aws:lb/listener:Listener",
                defaultActions=[{"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:111111111111:loadbalancer/app/a/b"}],
            ),
            one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=ROLE),
            one("aws:ecs/taskDefinition:TaskDefinition", executionRoleArn="arn:aws:iam::111111111111:policy/x"),
            one("aws:wafv2/webAclAssociation:WebAclAssociation", webAclArn="arn:aws:waf::111111111111:other/1"),
        ],
        passes=[
            {},
            {"role": ROLE, "deadLetterConfig": {"targetArn": "arn:aws:sqs:us-east-2:111111111111:failed"}},
            {"role": "lambda-role"},
            one("aws:lb/listener:Listener", certificateArn="arn:aws:iam::111111111111:server-certificate/old"),
            one(
                "aws:cloudwatch/eventTarget:EventTarget", arn=TOPIC_ARN, roleArn="arn:aws:iam::111111111111:role/service-role/x"
            ),
        ],
        unknown=[{"kmsKeyArn": UNKNOWN}],
    ),
    "schedule-expression": Cases(
        token=RULE,
        fails=[
            {"scheduleExpression": "0 12 * * *"},
            {"scheduleExpression": "cron(0 12 * * *)"},
            {"scheduleExpression": "cron(0 12 * * * *)"},
            {"scheduleExpression": "cron(0 12 ? * ? *)"},
            {"scheduleExpression": "cron(0 25 * * ? *)"},
            {"scheduleExpression": "cron(61 1 * * ? *)"},
            {"scheduleExpression": "cron(0 1 * * MONDAY *)"},
            {"scheduleExpression": "rate(1 minutes)"},
            {"scheduleExpression": "rate(5 minute)"},
            {"scheduleExpression": "rate(0 minutes)"},
            {"scheduleExpression": "rate(30 seconds)"},
            {"scheduleExpression": "at(2026-01-01T00:00:00)"},
            one(SCHEDULE, scheduleExpression="at(2026-01-01 00:00:00)"),
            one(SCHEDULE, scheduleExpression="at(2026-01-01T00:00:00Z)"),
            one(SCHEDULE, scheduleExpression="every day"),
            backup("0 5 * * ? *"),
            backup("rate(1 day)"),
            one(ASG_SCHEDULE, recurrence="cron(0 8 * * ? *)"),
            one(ASG_SCHEDULE, recurrence="0 8 * * MON-FRI *"),
            one(ASG_SCHEDULE, recurrence="0 24 * * *"),
            one(ACTION, schedule="0 8 * * *"),
            one("aws:glue/trigger:Trigger", schedule="0 2 * * ? *"),
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(2 hours)"}),
        ],
        passes=[
            {},
            {"scheduleExpression": "cron(0 12 * * ? *)"},
            {"scheduleExpression": "cron(0/15 8-17 ? * MON-FRI *)"},
            {"scheduleExpression": "cron(0 9 ? * 2#1 *)"},
            {"scheduleExpression": "cron(0 0 L * ? 2026-2030)"},
            {"scheduleExpression": "cron(15 10 1,15 jan,jul ? *)"},
            {"scheduleExpression": "rate(1 minute)"},
            {"scheduleExpression": "rate(7 days)"},
            one(SCHEDULE, scheduleExpression="at(2026-01-01T00:00:00)"),
            backup("cron(0 5 ? * * *)"),
            one(ASG_SCHEDULE, recurrence="30 8 * * MON-FRI"),
            one(ACTION, schedule="cron(0 8 ? * MON-FRI *)"),
            one(ACTION, schedule="at(2026-01-01T00:00:00)"),
            one("aws:ssm/maintenanceWindow:MaintenanceWindow", schedule="cron(0 16 ? * TUE *)"),
            one("aws:ssm/maintenanceWindow:MaintenanceWindow", schedule="cron(0 0 16 ? * TUE *)"),
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(0 minute)"}),
        ],
        unknown=[{"scheduleExpression": UNKNOWN}, backup(UNKNOWN)],
    ),
    "time-form": Cases(
        token=ASG_SCHEDULE,
        fails=[
            {"startTime": "2026-12-01 18:00"},
            {"startTime": "2026-12-01T18:00:00+01:00"},
            {"timeZone": "UTC+2"},
            one(SCHEDULE, scheduleExpressionTimezone="CEST+1"),
            one("aws:budgets/budget:Budget", timePeriodStart="2026-01-01"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="8h"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT24H"),
            one("aws:redshift/cluster:Cluster", preferredMaintenanceWindow="sunday 05:00-06:00"),
            one("aws:fsx/windowsFileSystem:WindowsFileSystem", weeklyMaintenanceStartTime="mon:05:00"),
        ],
        passes=[
            {},
            {"startTime": "2026-12-01T18:00:00Z", "timeZone": "Europe/Zurich"},
            one(SCHEDULE, scheduleExpressionTimezone="America/Argentina/Buenos_Aires"),
            one(SCHEDULE, scheduleExpressionTimezone="Etc/GMT+1"),
            one("aws:budgets/budget:Budget", timePeriodStart="2026-01-01_00:00"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT8H"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT1H30M"),
            one("aws:redshift/cluster:Cluster", preferredMaintenanceWindow="sun:05:00-sun:06:00"),
        ],
        unknown=[{"startTime": UNKNOWN}],
    ),
    "cidr-form": Cases(
        token=VPC,
        fails=[
            {"cidrBlock": "10.0.0.0"},
            {"cidrBlock": "10.0.0.0/33"},
            {"cidrBlock": "10.0.300.0/24"},
            {"cidrBlock": "10.0.0.1/16"},
            {"cidrBlock": "10.0.0.0/8"},
            {"cidrBlock": "10.0.0.0/29"},
            {"cidrBlock": "10.0.0.0/255.255.0.0"},
            one(SUBNET, cidrBlock="10.0.0.0/15"),
            one(SUBNET, ipv6CidrBlock="10.0.0.0/24"),
            one(
                GROUP, ingress=[{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16", "10.1.0.0"]}]
            ),
            one(GROUP, ingress=[{"cidrBlocks": ["::/0"]}]),
            one(GROUP, egress=[{"ipv6CidrBlocks": ["0.0.0.0/0"]}]),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4="10.0.0.5"),
            one("aws:ec2/route:Route", destinationCidrBlock="0.0.0.0"),
        ],
        passes=[
            {},
            {"cidrBlock": "10.0.0.0/16"},
            one(SUBNET, cidrBlock="10.0.1.0/24", ipv6CidrBlock="2001:db8:1234:1a00::/64"),
            one(GROUP, ingress=[{"cidrBlocks": ["0.0.0.0/0"], "ipv6CidrBlocks": ["::/0"]}]),
            one("aws:ec2/route:Route", destinationCidrBlock="0.0.0.0/0"),
            one("aws:ec2/route:Route", destinationCidrBlock="10.0.1.0/22"),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4="10.0.0.5/32"),
        ],
        unknown=[{"cidrBlock": UNKNOWN}, one(GROUP, ingress=[{"cidrBlocks": [UNKNOWN]}])],
    ),
    "address-set": Cases(
        token="aws:wafv2/ipSet:IpSet",
        fails=[
            {"ipAddressVersion": "IPV4", "addresses": ["192.0.2.44"]},
            {"ipAddressVersion": "IPV4", "addresses": ["2001:db8::/48"]},
            {"ipAddressVersion": "IPV6", "addresses": ["192.0.2.0/24"]},
            {"ipAddressVersion": "IPV4", "addresses": ["0.0.0.0/0"]},
        ],
        passes=[
            {"ipAddressVersion": "IPV4"},
            {"ipAddressVersion": "IPV4", "addresses": ["192.0.2.44/32", "192.0.2.0/24"]},
            {"ipAddressVersion": "IPV6", "addresses": ["2001:db8::/48"]},
        ],
        unknown=[{"ipAddressVersion": "IPV4", "addresses": UNKNOWN}],
    ),
    "port-range": Cases(
        token=GROUP,
        fails=[
            {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 80}]},
            {"egress": [{"protocol": "tcp", "fromPort": 0, "toPort": 65536}]},
            one("aws:ec2/securityGroupRule:SecurityGroupRule", protocol="udp", fromPort=9000, toPort=8000),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ipProtocol="tcp", fromPort=70000, toPort=70000),
        ],
        passes=[
            {},
            {"ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 443}]},
            {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]},
            {"ingress": [{"protocol": "icmp", "fromPort": 8, "toPort": 0}]},
            {"ingress": [{"protocol": "icmp", "fromPort": -1, "toPort": -1}]},
        ],
        unknown=[{"ingress": [{"protocol": "tcp", "fromPort": UNKNOWN, "toPort": 80}]}],
    ),
    "email-form": Cases(
        token="aws:organizations/account:Account",
        fails=[
            {"email": "platform at example.com"},
            {"email": "platform@localhost"},
            one("aws:budgets/budget:Budget", notifications=[{"subscriberEmailAddresses": ["a@example.com,b@example.com"]}]),
        ],
        passes=[
            {"email": "aws+prod@example.com"},
            one("aws:budgets/budget:Budget", notifications=[{"subscriberEmailAddresses": ["a@mail.example.co.uk"]}]),
        ],
        unknown=[{"email": UNKNOWN}],
    ),
    "subscription-endpoint": Cases(
        token=SUBSCRIPTION,
        fails=[
            {"protocol": "sqs", "endpoint": "https://sqs.us-east-2.amazonaws.com/111111111111/q"},
            {"protocol": "https", "endpoint": "http://example.com/hook"},
            {"protocol": "http", "endpoint": "example.com/hook"},
            {"protocol": "email", "endpoint": "ops"},
            {"protocol": "lambda", "endpoint": "arn:aws:sqs:us-east-2:111111111111:q"},
            {"protocol": "sms", "endpoint": "call me"},
            {"protocol": "firehose", "endpoint": "arn:aws:kinesis:us-east-2:111111111111:stream/s"},
        ],
        passes=[
            {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-2:111111111111:q"},
            {"protocol": "https", "endpoint": "https://example.com/hook"},
            {"protocol": "email", "endpoint": "ops@example.com"},
            {"protocol": "lambda", "endpoint": "arn:aws:lambda:us-east-2:111111111111:function:f"},
            {"protocol": "sms", "endpoint": "+41791234567"},
            {"protocol": "firehose", "endpoint": "arn:aws:firehose:us-east-2:111111111111:deliverystream/d"},
            {"protocol": "email"},
        ],
        unknown=[{"protocol": "sqs", "endpoint": UNKNOWN}],
    ),
    "url-form": Cases(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        fails=[
            {"url": "http://token.example.com"},
            {"url": "https://token.example.com?x=1"},
            one("aws:cloudwatch/eventApiDestination:EventApiDestination", invocationEndpoint="http://example.com/hook"),
            one("aws:sqs/queuePolicy:QueuePolicy", queueUrl="arn:aws:sqs:us-east-2:111111111111:q"),
        ],
        passes=[
            {"url": "https://token.actions.githubusercontent.com"},
            {"url": "https://oidc.eks.us-east-2.amazonaws.com/id/ABC"},
            one("aws:cloudwatch/eventApiDestination:EventApiDestination", invocationEndpoint="https://example.com/*"),
            one("aws:sqs/queuePolicy:QueuePolicy", queueUrl="https://sqs.us-east-2.amazonaws.com/111111111111/q"),
        ],
        unknown=[{"url": UNKNOWN}],
    ),
    "region-form": Cases(
        token=FUNCTION,
        fails=[
            {"region": "us-east-1a"},
            {"region": "Ohio"},
            {"region": "us-east1"},
            one("aws:secretsmanager/secret:Secret", replicas=[{"region": "useast2"}]),
            one("aws:dynamodb/table:Table", replicas=[{"regionName": "eu_west_1"}]),
        ],
        passes=[{}, {"region": "us-east-2"}, {"region": "us-gov-west-1"}, {"region": "ap-southeast-12"}],
        unknown=[{"region": UNKNOWN}],
    ),
    "region-known": Cases(
        token=FUNCTION,
        fails=[{"region": "us-east-9"}, {"region": "eu-berlin-1"}],
        passes=[{}, {"region": "us-east-2"}, {"region": "Ohio"}],
        unknown=[{"region": UNKNOWN}],
    ),
    "zone-of-region": Cases(
        token=SUBNET,
        fails=[
            here(SUBNET, availabilityZone="us-east-1a"),
            one(SUBNET, region="eu-west-1", availabilityZone="us-east-2a"),
            one("aws:autoscaling/group:Group", region="eu-west-1", availabilityZones=["eu-west-1a", "eu-west-2a"]),
            {"availabilityZone": "zone a"},
        ],
        passes=[
            {},
            {"availabilityZone": "us-east-2a"},
            here(SUBNET, availabilityZone="us-east-2c"),
            one(SUBNET, region="us-west-2", availabilityZone="us-west-2-lax-1a"),
            one(SUBNET, region="us-east-1", availabilityZone="us-east-1-wl1-bos-wlz-1"),
            one("aws:lb/targetGroupAttachment:TargetGroupAttachment", availabilityZone="all"),
        ],
        unknown=[{"availabilityZone": UNKNOWN}],
    ),
    "account-form": Cases(
        token="aws:lambda/permission:Permission",
        fails=[
            {"sourceAccount": "1234"},
            {"sourceAccount": 12345678901},
            one("aws:s3/bucketVersioning:BucketVersioning", expectedBucketOwner="arn:aws:iam::111111111111:root"),
            one("aws:rds/snapshot:Snapshot", sharedAccounts=["all", "222"]),
        ],
        passes=[
            {},
            {"sourceAccount": "111111111111"},
            {"sourceAccount": 111111111111},
            one("aws:rds/snapshot:Snapshot", sharedAccounts=["all"]),
        ],
        unknown=[{"sourceAccount": UNKNOWN}],
    ),
    "id-of-other-thing": Cases(
        token=SUBNET,
        fails=[
            {"vpcId": "subnet-0123456789abcdef0"},
            {"vpcId": "arn:aws:ec2:us-east-2:111111111111:vpc/vpc-0123456789abcdef0"},
            one("aws:rds/instance:Instance", vpcSecurityGroupIds=["vpc-0123456789abcdef0"]),
            one("aws:ec2/instance:Instance", ami="snap-0123456789abcdef0"),
            one("aws:ec2/route:Route", natGatewayId="igw-0123456789abcdef0"),
            one("aws:lb/loadBalancer:LoadBalancer", subnets=["subnet-0123456789abcdef0", "sg-0123456789abcdef0"]),
        ],
        passes=[
            {},
            {"vpcId": "vpc-0123456789abcdef0"},
            {"vpcId": "vpc-1"},
            {"vpcId": "main"},
            one("aws:ec2/instance:Instance", ami="ami-0123456789abcdef0"),
            one("aws:ec2/launchTemplate:LaunchTemplate", imageId="resolve:ssm:/aws/service/ami"),
        ],
        unknown=[{"vpcId": UNKNOWN}],
    ),
    "id-form": Cases(
        token=SUBNET,
        fails=[
            {"vpcId": "main"},
            one("aws:ec2/instance:Instance", ami="ubuntu"),
            one("aws:ec2/route:Route", gatewayId="gateway"),
        ],
        passes=[
            {},
            {"vpcId": "vpc-1"},
            {"vpcId": "subnet-0123456789abcdef0"},
            one("aws:ec2/route:Route", gatewayId="local"),
            one("aws:route53/record:Record", zoneId="Z0123456789"),
        ],
        unknown=[{"vpcId": UNKNOWN}],
    ),
}
