"""Cases of policies/feasibility/rules/general/arns.py."""

from tests.policies.given.feasibility.formats import FUNCTION, OHIO, SUBSCRIPTION, here, one
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Cases

ROLE = "arn:aws:iam::111111111111:role/app"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alarms"

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
            planned(FUNCTION, role=ROLE).with_provider({"region": "us-gov-west-1"}),
            planned(FUNCTION, role="arn:aws-cn:iam::111111111111:role/app").with_provider(OHIO),
            one(FUNCTION, region="cn-north-1", role=ROLE),
            {"deadLetterConfig": {"targetArn": "arn:aws:sqs:cn-north-1:111111111111:failed"}},
        ],
        passes=[
            {},
            *({"role": role} for role in (ROLE, "arn:aws-us-gov:iam::111111111111:role/app", UNKNOWN)),
            here(FUNCTION, role=ROLE),
            one(FUNCTION, region="us-gov-west-1", role="arn:aws-us-gov:iam::111111111111:role/app"),
        ],
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
}
