"""Cases of policies/controls/audit/services.py."""

import json
from typing import Any

from tests.policies.harness import KEY, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
CLUSTER = "aws:ecs/cluster:Cluster"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
OLD_DOMAIN = "aws:elasticsearch/domain:Domain"
ROLE_ARN = "arn:aws:iam::111111111111:role/feedback"
GROUP_ARN = "arn:aws:logs:us-east-2:111111111111:log-group:it:*"


def subscribed(*protocols: str) -> list[Planned]:
    topic = ref(TOPIC, "it")
    return [planned(TOPIC), *(planned(SUBSCRIPTION, f"s{n}", topic=topic, protocol=end) for n, end in enumerate(protocols))]


LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "it"}}
WEB = {"name": "web", "logConfiguration": LOGS}


def containers(*definitions: dict[str, Any]) -> dict[str, Any]:
    return {"family": "it", "containerDefinitions": json.dumps(definitions)}


def insights(value: object) -> dict[str, Any]:
    return {"settings": [{"name": "containerInsights", "value": value}]}


def exec_log(**log: object) -> dict[str, Any]:
    return {"configuration": {"executeCommandConfiguration": {"kmsKeyId": KEY, "logConfiguration": log}}}


def function(*groups: Planned, **inputs: Any) -> list[Planned]:
    return [planned(FUNCTION, **inputs), *groups]


def log_group(name: object = "/aws/lambda/search", **inputs: Any) -> Planned:
    kept = {"kmsKeyId": KEY, "retentionInDays": 365, **inputs, "name": name}
    return planned(LOG_GROUP, "group", **{key: value for key, value in kept.items() if value is not None})


def to_custom(**inputs: Any) -> list[Planned]:
    config = {"logFormat": "JSON", "logGroup": ref(LOG_GROUP, "group")}
    return [planned(FUNCTION, loggingConfig=config), log_group("search", **inputs)]


def published(*kinds: str, **option: Any) -> dict[str, Any]:
    return {"logPublishingOptions": [{"logType": kind, "cloudwatchLogGroupArn": GROUP_ARN, **option} for kind in kinds]}


ALL_LOGS = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")


def machine(level: object = "ALL", *, traced: object = True, destination: object = GROUP_ARN) -> dict[str, Any]:
    logging = {"level": level, "logDestination": destination}
    return {"loggingConfiguration": logging, "tracingConfiguration": {"enabled": traced}}


CASES: dict[str, Cases] = {
    "sns-delivery-status": Cases(
        token=TOPIC,
        fails=[
            {},
            {"httpSuccessFeedbackSampleRate": 100},
            {"lambdaFailureFeedbackRoleArn": ""},
            subscribed("sqs"),
            subscribed("email", "https"),
        ],
        passes=[
            {"httpFailureFeedbackRoleArn": ROLE_ARN},
            {"sqsSuccessFeedbackRoleArn": UNKNOWN},
            subscribed("email", "sms"),
            subscribed("email-json"),
        ],
        unknown=[[planned(TOPIC), planned(SUBSCRIPTION, topic=UNKNOWN, protocol="email")], subscribed("email", UNKNOWN)],
    ),
    "ecs-container-logs": Cases(
        token="aws:ecs/taskDefinition:TaskDefinition",
        fails=[
            containers({"name": "web"}),
            containers(WEB, {"name": "sidecar"}),
            containers({"name": "web", "logConfiguration": None}),
            containers({"name": "web", "logConfiguration": {"options": {}}}),
            {"containerDefinitions": json.dumps({"name": "web"})},
            {"containerDefinitions": [{"name": "web"}]},
        ],
        passes=[
            containers(WEB),
            containers(WEB, {"name": "x", "logConfiguration": {"logDriver": "awsfirelens"}}),
            containers({"Name": "web", "LogConfiguration": {"LogDriver": "splunk"}}),
            {"containerDefinitions": [WEB]},
        ],
        unknown=[{"containerDefinitions": UNKNOWN}, {"containerDefinitions": [UNKNOWN]}, {"containerDefinitions": "no JSON"}],
    ),
    "ecs-container-insights": Cases(
        token=CLUSTER,
        fails=[{}, {"settings": []}, insights("disabled"), {"settings": [{"name": "other", "value": "enabled"}]}],
        passes=[insights("enabled"), insights("enhanced"), {"settings": {"name": "containerInsights", "value": "enabled"}}],
        unknown=[{"settings": UNKNOWN}, insights(UNKNOWN)],
    ),
    "ecs-exec-log-encrypted": Cases(
        token=CLUSTER,
        fails=[
            exec_log(),
            exec_log(cloudWatchEncryptionEnabled=False, cloudWatchLogGroupName="exec"),
            {"configuration": {"executeCommandConfiguration": {"kmsKeyId": KEY}}},
        ],
        passes=[
            {},
            exec_log(cloudWatchEncryptionEnabled=True),
            exec_log(s3BucketEncryptionEnabled="true", s3BucketName="exec"),
        ],
        unknown=[{"configuration": UNKNOWN}, exec_log(cloudWatchEncryptionEnabled=UNKNOWN)],
    ),
    "lambda-tracing": Cases(
        token=FUNCTION,
        fails=[{}, {"tracingConfig": {"mode": "PassThrough"}}, {"tracingConfig": {}}],
        passes=[{"tracingConfig": {"mode": "Active"}}, {"tracingConfig": [{"mode": "Active"}]}],
        unknown=[{"tracingConfig": UNKNOWN}, {"tracingConfig": {"mode": UNKNOWN}}],
    ),
    "lambda-log-group": Cases(
        token=FUNCTION,
        fails=[
            {},
            {"name": "search"},
            function(log_group(), name="another"),
            function(log_group(kmsKeyId=None), name="search"),
            function(log_group(retentionInDays=None), name="search"),
            function(log_group(retentionInDays=0), name="search"),
            function(log_group(ref(FUNCTION, "it"), kmsKeyId=None)),
            function(log_group(ref(FUNCTION, "another"))),
            to_custom(kmsKeyId=None),
            [log_group(kmsKeyId=None)],
            [log_group(retentionInDays=None)],
        ],
        passes=[
            function(log_group(), name="search"),
            function(log_group(retentionInDays=UNKNOWN), name="search"),
            function(log_group(ref(FUNCTION, "it"))),
            to_custom(),
            [log_group()],
            [log_group("/app/search", kmsKeyId=None)],
        ],
        unknown=[
            function(log_group(UNKNOWN)),
            [log_group(UNKNOWN, kmsKeyId=None)],
            function(log_group(UNKNOWN), name="search"),
            {"loggingConfig": {"logGroup": UNKNOWN}},
            {"loggingConfig": {"logGroup": "elsewhere"}},
        ],
    ),
    "log-group-retention": Cases(
        token=LOG_GROUP,
        fails=[{}, {"retentionInDays": 0}, {"retentionInDays": 30}, {"retentionInDays": "180"}],
        passes=[{"retentionInDays": 365}, {"retentionInDays": 3653}, {"retentionInDays": "400"}, {"logGroupClass": "DELIVERY"}],
        unknown=[{"retentionInDays": UNKNOWN}, {"logGroupClass": UNKNOWN}],
    ),
    "opensearch-logs": Cases(
        token="aws:opensearch/domain:Domain",
        fails=[
            {},
            published("AUDIT_LOGS"),
            published(*ALL_LOGS[1:]),
            published(*ALL_LOGS[:3]),
            published(*ALL_LOGS, enabled=False),
            planned(OLD_DOMAIN, **published("INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")),
        ],
        passes=[
            published(*ALL_LOGS),
            published(*ALL_LOGS, enabled="true"),
            planned(OLD_DOMAIN, **published(*ALL_LOGS, enabled=True)),
        ],
        unknown=[{"logPublishingOptions": UNKNOWN}, published(*ALL_LOGS, enabled=UNKNOWN), published(*ALL_LOGS[:3], UNKNOWN)],
    ),
    "state-machine-logs": Cases(
        token="aws:sfn/stateMachine:StateMachine",
        fails=[
            {},
            machine("OFF"),
            machine(traced=False),
            machine(destination=None),
            {"loggingConfiguration": {"level": "ALL", "logDestination": GROUP_ARN}},
            {"tracingConfiguration": {"enabled": True}},
        ],
        passes=[machine(), machine("ERROR", traced="true"), machine(destination=UNKNOWN)],
        unknown=[machine(UNKNOWN), machine(traced=UNKNOWN)],
    ),
}
