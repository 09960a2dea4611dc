"""Cases of the feasibility pack about queues, topics, events and schedules."""

import json
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import linked
from tests.policies.feasible import FUNCTION, QUEUE, TOPIC
from tests.policies.harness import UNKNOWN, Planned

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
BUS = "aws:cloudwatch/eventBus:EventBus"
CONNECTION = "aws:cloudwatch/eventConnection:EventConnection"
DESTINATION = "aws:cloudwatch/eventApiDestination:EventApiDestination"
SCHEDULE = "aws:scheduler/schedule:Schedule"
MACHINE = "aws:sfn/stateMachine:StateMachine"
ARN = "arn:aws:sqs:us-east-2:111111111111:"
LAMBDA_ARN = "arn:aws:lambda:us-east-2:111111111111:function:a"


def redrive(name: str = "dead", count: object = 3, **more: Any) -> str:
    return json.dumps({"deadLetterTargetArn": f"{ARN}{name}", "maxReceiveCount": count, **more})


def dead_letters(fifo: object, other: object) -> list[Planned]:
    return [
        Planned(token=QUEUE, name="dead", inputs={} if other is None else {"fifoQueue": other}),
        linked(QUEUE, "it", redrivePolicy=(QUEUE, "dead"), **({} if fifo is None else {"fifoQueue": fifo})),
    ]


def twice(token: str, prop: str, home: Planned, *names: str) -> list[Planned]:
    return [home, *(linked(token, name, **{prop: (home.token, home.name)}) for name in names)]


def subscribed(topic: dict[str, Any], protocol: object, queue: dict[str, Any] | None = None) -> list[Planned]:
    """A subscription to `topic`, of a queue where one is given."""
    end: dict[str, Any] = {"endpoint": (QUEUE, "q")} if queue is not None else {"endpoint": "a"}
    return [
        Planned(token=TOPIC, name="t", inputs=topic),
        *([] if queue is None else [Planned(token=QUEUE, name="q", inputs=queue)]),
        linked(SUBSCRIPTION, "it", topic=(TOPIC, "t"), protocol=protocol, **end),
    ]


def filtering(policy: object, scope: object = None) -> dict[str, Any]:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return {"filterPolicy": text, **({} if scope is None else {"filterPolicyScope": scope})}


def pattern(value: object) -> dict[str, Any]:
    return {"eventPattern": value if isinstance(value, str) else json.dumps(value)}


def targets(count: int) -> list[Planned]:
    return [
        Planned(token=RULE, name="rule"),
        *(linked(TARGET, f"t{number}", rule=(RULE, "rule"), arn=LAMBDA_ARN) for number in range(count)),
    ]


def identified(one: object, other: object) -> list[Planned]:
    return [
        Planned(token=RULE, name="rule"),
        linked(TARGET, "first", rule=(RULE, "rule"), targetId=one),
        linked(TARGET, "it", rule=(RULE, "rule"), targetId=other),
    ]


def on_bus(rule: Any, target: Any) -> list[Planned]:
    buses = {"rule": rule, "target": target}
    parts = {name: {} if bus is None else {"eventBusName": bus} for name, bus in buses.items()}
    return [
        Planned(token=BUS, name="bus"),
        linked(RULE, "rule", **parts["rule"]),
        linked(TARGET, "it", rule=(RULE, "rule"), **parts["target"]),
    ]


def to_queue(queue: dict[str, Any], **inputs: Any) -> list[Planned]:
    return [Planned(token=QUEUE, name="q", inputs=queue), linked(TARGET, "it", arn=(QUEUE, "q"), **inputs)]


def transformed(template: object, **paths: object) -> dict[str, Any]:
    return {"inputTransformer": {"inputPaths": paths, "inputTemplate": template}}


def schedule(window: object = None, **target: Any) -> dict[str, Any]:
    return {
        "scheduleExpression": "rate(1 hour)",
        "flexibleTimeWindow": window or {"mode": "OFF"},
        "target": {"arn": LAMBDA_ARN, "roleArn": UNKNOWN, **target},
    }


OWN_BUS = (BUS, "bus")

CASES: dict[str, Cases] = {
    "queue-settings": Cases(
        token=QUEUE,
        fails=[
            {"contentBasedDeduplication": True},
            {"sqsManagedSseEnabled": True, "kmsMasterKeyId": UNKNOWN},
            {"fifoQueue": True, "fifoThroughputLimit": "perMessageGroupId"},
            {"visibilityTimeoutSeconds": 43201},
            {"messageRetentionSeconds": 30},
            {"delaySeconds": 901},
            {"receiveWaitTimeSeconds": 21},
            {"maxMessageSize": 1048577},
        ],
        passes=[
            {"fifoQueue": True, "contentBasedDeduplication": True},
            {"sqsManagedSseEnabled": False, "kmsMasterKeyId": UNKNOWN},
            {"fifoQueue": True, "deduplicationScope": "messageGroup", "fifoThroughputLimit": "perMessageGroupId"},
            {"visibilityTimeoutSeconds": 0, "messageRetentionSeconds": 1209600, "delaySeconds": 900},
        ],
        unknown=[{"visibilityTimeoutSeconds": UNKNOWN}, {"fifoQueue": UNKNOWN, "contentBasedDeduplication": True}],
    ),
    "queue-redrive-policy": Cases(
        token=QUEUE,
        fails=[
            {"redrivePolicy": redrive(count=0)},
            {"redrivePolicy": redrive(count=1001)},
            {"redrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}dead"})},
            {
                "redrivePolicy": json.dumps(
                    {"deadLetterTargetArn": "https://sqs.us-east-2.amazonaws.com/1/d", "maxReceiveCount": 3}
                )
            },
            {"redrivePolicy": redrive(), "region": "us-west-2"},
            {"redrivePolicy": redrive("own"), "name": "own"},
            {"redrivePolicy": redrive(maxReceives=4)},
            [Planned(token=SUBSCRIPTION, inputs={"redrivePolicy": json.dumps({"maxReceiveCount": 3})})],
        ],
        passes=[
            {"redrivePolicy": redrive()},
            {"redrivePolicy": redrive(count="3"), "name": "own"},
            {},
            [Planned(token=SUBSCRIPTION, inputs={"redrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}dead"})})],
        ],
        unknown=[{"redrivePolicy": UNKNOWN}],
    ),
    "queue-dead-letter-kind": Cases(
        token=QUEUE,
        fails=[
            dead_letters(True, None),
            dead_letters(None, True),
            {"fifoQueue": True, "redrivePolicy": redrive()},
            {"redrivePolicy": redrive("dead.fifo")},
        ],
        passes=[
            dead_letters(True, True),
            dead_letters(None, False),
            {"fifoQueue": True, "redrivePolicy": redrive("dead.fifo")},
            {"redrivePolicy": redrive()},
            {},
        ],
        unknown=[dead_letters(UNKNOWN, True), {"redrivePolicy": UNKNOWN}],
    ),
    "queue-redrive-allow-policy": Cases(
        token=QUEUE,
        fails=[
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "byQueue"})},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "allowAll", "sourceQueueArns": [f"{ARN}a"]})},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "some"})},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ["a"] * 11})},
        ],
        passes=[
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}a"]})},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
            {},
        ],
        unknown=[{"redriveAllowPolicy": UNKNOWN}],
    ),
    "queue-setting-once": Cases(
        token=QUEUE_POLICY,
        fails=[
            twice(QUEUE_POLICY, "queueUrl", Planned(token=QUEUE, name="q"), "first", "it"),
            twice(QUEUE_POLICY, "queueUrl", Planned(token=QUEUE, name="q", inputs={"policy": "{}"}), "it"),
        ],
        passes=[twice(QUEUE_POLICY, "queueUrl", Planned(token=QUEUE, name="q"), "it"), {"queueUrl": "https://a"}],
        unknown=[{"queueUrl": UNKNOWN}],
    ),
    "topic-settings": Cases(
        token=TOPIC,
        fails=[{"contentBasedDeduplication": True}, {"archivePolicy": "{}"}, {"signatureVersion": 3}],
        passes=[{"fifoTopic": True, "contentBasedDeduplication": True}, {"signatureVersion": 2}, {}],
        unknown=[{"fifoTopic": UNKNOWN, "contentBasedDeduplication": True}, {"signatureVersion": UNKNOWN}],
    ),
    "subscription-settings": Cases(
        token=SUBSCRIPTION,
        fails=[
            {"protocol": "firehose"},
            {"protocol": "sqs", "subscriptionRoleArn": UNKNOWN},
            {"protocol": "email", "rawMessageDelivery": True},
            {"protocol": "lambda", "rawMessageDelivery": True},
            {"protocol": "sqs", "filterPolicyScope": "MessageBody"},
        ],
        passes=[
            {"protocol": "firehose", "subscriptionRoleArn": UNKNOWN, "rawMessageDelivery": True},
            {"protocol": "sqs", "rawMessageDelivery": True, "filterPolicyScope": "MessageBody", "filterPolicy": UNKNOWN},
            {"protocol": "email", "rawMessageDelivery": False},
        ],
        unknown=[{"protocol": UNKNOWN, "rawMessageDelivery": True}],
    ),
    "subscription-filter-policy": Cases(
        token=SUBSCRIPTION,
        fails=[
            filtering({"kind": "order"}),
            filtering({"kind": []}),
            filtering({"order": {"kind": ["a"]}}),
            filtering({name: ["x"] for name in "abcdef"}),
            filtering({name: list(range(10)) for name in "abc"}),
            filtering({"kind": [{"begins": "a"}]}),
        ],
        passes=[
            filtering({"kind": ["order", {"prefix": "a"}], "size": [{"numeric": [">=", 1]}]}),
            filtering({"order": {"kind": ["a"]}}, "MessageBody"),
            {},
        ],
        unknown=[{"filterPolicy": UNKNOWN}, filtering({"kind": ["a"]}) | {"filterPolicyScope": UNKNOWN}],
    ),
    "subscription-fifo": Cases(
        token=SUBSCRIPTION,
        fails=[
            subscribed({"fifoTopic": True}, "email"),
            subscribed({}, "sqs", {"fifoQueue": True}),
            {"topic": "arn:aws:sns:us-east-2:111111111111:a.fifo", "protocol": "lambda"},
            {"topic": "arn:aws:sns:us-east-2:111111111111:a", "protocol": "sqs", "endpoint": f"{ARN}a.fifo"},
        ],
        passes=[
            subscribed({"fifoTopic": True}, "sqs", {"fifoQueue": True}),
            subscribed({"fifoTopic": True}, "sqs", {}),
            subscribed({}, "email"),
        ],
        unknown=[subscribed({"fifoTopic": UNKNOWN}, "email"), subscribed({}, "sqs", {"fifoQueue": UNKNOWN})],
    ),
    "topic-policy-once": Cases(
        token=TOPIC_POLICY,
        fails=[
            twice(TOPIC_POLICY, "arn", Planned(token=TOPIC, name="t"), "first", "it"),
            twice(TOPIC_POLICY, "arn", Planned(token=TOPIC, name="t", inputs={"policy": "{}"}), "it"),
            [
                Planned(token=TOPIC, name="t"),
                *(linked(SUBSCRIPTION, name, topic=(TOPIC, "t"), protocol="email", endpoint="a@b.c") for name in ("x", "y")),
            ],
        ],
        passes=[
            twice(TOPIC_POLICY, "arn", Planned(token=TOPIC, name="t"), "it"),
            [
                Planned(token=TOPIC, name="t"),
                *(linked(SUBSCRIPTION, name, topic=(TOPIC, "t"), protocol="email", endpoint=name) for name in ("x", "y")),
            ],
        ],
        unknown=[{"arn": UNKNOWN}],
    ),
    "event-rule-shape": Cases(
        token=RULE,
        fails=[
            {"region": "us-east-2"},
            {"scheduleExpression": "rate(1 hour)", "eventBusName": "orders"},
            {"scheduleExpression": "rate(1 hour)", "state": "ENABLED", "isEnabled": True},
        ],
        passes=[
            {"scheduleExpression": UNKNOWN},
            {"eventPattern": UNKNOWN, "eventBusName": "orders"},
            {"scheduleExpression": "rate(1 hour)", "eventBusName": "default"},
        ],
        unknown=[{"scheduleExpression": "rate(1 hour)", "eventBusName": UNKNOWN}],
    ),
    "event-pattern": Cases(
        token=RULE,
        fails=[
            pattern({}),
            pattern({"source": "aws.ec2"}),
            pattern({"source": []}),
            pattern({"detail": {"state": [{"is": "running"}]}}),
            pattern({"detail": {"size": [{"numeric": [5, ">"]}]}}),
            pattern({"detail": {"ip": [{"cidr": "10.0.0.1"}]}}),
            pattern([]),
        ],
        passes=[
            pattern({"source": ["aws.ec2"], "detail": {"state": [{"anything-but": ["a"]}, {"exists": False}, None]}}),
            pattern({"$or": [{"source": ["a"]}, {"detail-type": [{"wildcard": "a*"}]}]}),
            {},
        ],
        unknown=[{"eventPattern": UNKNOWN}],
    ),
    "event-pattern-fields": Cases(
        token=RULE,
        fails=[pattern({"source": ["a"], "detailType": ["b"]}), pattern({"Source": ["a"]}), pattern({"bucket": ["a"]})],
        passes=[pattern({"source": ["a"], "detail-type": ["b"], "detail": {"x": ["y"]}}), {}, pattern("{")],
        unknown=[{"eventPattern": UNKNOWN}],
    ),
    "event-rule-target-count": Cases(token=TARGET, fails=[targets(6)], passes=[targets(5)], unknown=[{"rule": UNKNOWN}]),
    "event-target-once": Cases(
        token=TARGET,
        fails=[identified("a", "a")],
        passes=[identified("a", "b"), identified(None, None)],
        unknown=[identified("a", UNKNOWN)],
    ),
    "event-target-role": Cases(
        token=TARGET,
        fails=[
            {"arn": UNKNOWN, "ecsTarget": {"taskDefinitionArn": UNKNOWN}},
            {"arn": "arn:aws:states:us-east-2:111111111111:stateMachine:a"},
            [Planned(token=MACHINE, name="m"), linked(TARGET, "it", arn=(MACHINE, "m"))],
            {"arn": "arn:aws:events:us-east-2:111111111111:api-destination/a/b"},
        ],
        passes=[
            {"arn": LAMBDA_ARN},
            {"arn": "arn:aws:states:us-east-2:111111111111:stateMachine:a", "roleArn": UNKNOWN},
            [Planned(token=QUEUE, name="q"), linked(TARGET, "it", arn=(QUEUE, "q"))],
            {"arn": "arn:aws:events:us-east-2:111111111111:event-bus/a"},
        ],
        unknown=[{"arn": UNKNOWN}],
    ),
    "event-target-settings": Cases(
        token=TARGET,
        fails=[
            {"input": UNKNOWN, "inputPath": "$.detail"},
            {"input": "{}", "inputTransformer": {"inputTemplate": "a"}},
            {"retryPolicy": {"maximumRetryAttempts": 186}},
            {"ecsTarget": {"taskDefinitionArn": "a", "launchType": "FARGATE"}},
            {"ecsTarget": {"taskCount": 11}},
        ],
        passes=[
            {"input": "{}"},
            {"inputPath": "$.detail", "retryPolicy": {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60}},
            {"ecsTarget": {"launchType": "FARGATE", "networkConfiguration": {"subnets": [UNKNOWN]}}},
        ],
        unknown=[{"retryPolicy": {"maximumRetryAttempts": UNKNOWN}}, {"ecsTarget": UNKNOWN}],
    ),
    "event-target-template": Cases(
        token=TARGET,
        fails=[
            transformed('{"a": <b>}', a="$.detail"),
            transformed("<a>", a="detail"),
            transformed("<awsId>", awsId="$.id"),
        ],
        passes=[
            transformed('"<a> at <aws.events.rule-arn>"', a="$.detail"),
            transformed('"hello"'),
            {},
        ],
        unknown=[transformed(UNKNOWN, a="$.a"), {"inputTransformer": UNKNOWN}],
    ),
    "event-target-bus": Cases(
        token=TARGET,
        fails=[on_bus(OWN_BUS, None), on_bus("orders", None), on_bus(None, "orders"), on_bus("orders", "other")],
        passes=[
            on_bus(OWN_BUS, OWN_BUS),
            on_bus(None, None),
            on_bus("orders", "orders"),
            on_bus(None, "default"),
            {"rule": "a"},
        ],
        unknown=[on_bus(UNKNOWN, None), {"rule": UNKNOWN}],
    ),
    "event-target-queue": Cases(
        token=TARGET,
        fails=[
            to_queue({"fifoQueue": True}),
            {"arn": f"{ARN}a.fifo"},
            {"arn": LAMBDA_ARN, "deadLetterConfig": {"arn": f"{ARN}a.fifo"}},
        ],
        passes=[
            to_queue({"fifoQueue": True}, sqsTarget={"messageGroupId": "a"}),
            to_queue({}),
            {"arn": LAMBDA_ARN},
            [Planned(token=FUNCTION, name="f"), linked(TARGET, "it", arn=(FUNCTION, "f"))],
        ],
        unknown=[to_queue({"fifoQueue": UNKNOWN})],
    ),
    "schedule-settings": Cases(
        token=SCHEDULE,
        fails=[
            schedule({"mode": "FLEXIBLE"}),
            schedule({"mode": "OFF", "maximumWindowInMinutes": 5}),
            schedule({"mode": "FLEXIBLE", "maximumWindowInMinutes": 1441}),
            schedule({"mode": "ON"}),
            schedule(roleArn=None),
            schedule(retryPolicy={"maximumRetryAttempts": 200}),
            schedule(ecsParameters={"launchType": "FARGATE"}),
            {**schedule(), "name": "a", "namePrefix": "b"},
        ],
        passes=[schedule(), schedule({"mode": "FLEXIBLE", "maximumWindowInMinutes": 15})],
        unknown=[
            schedule({"mode": UNKNOWN, "maximumWindowInMinutes": 5}),
            schedule({"mode": "FLEXIBLE", "maximumWindowInMinutes": UNKNOWN}),
        ],
    ),
    "schedule-target": Cases(
        token=SCHEDULE,
        fails=[
            schedule(input="{"),
            schedule(arn=f"{ARN}a.fifo"),
            schedule(deadLetterConfig={"arn": f"{ARN}a.fifo"}),
            {**schedule(), "startDate": "2026-02-01T00:00:00Z", "endDate": "2026-01-01T00:00:00Z"},
            [
                Planned(token=QUEUE, name="q", inputs={"fifoQueue": True}),
                Planned(token=SCHEDULE, inputs=schedule(arn=UNKNOWN), refs={"target": (QUEUE, "q")}),
            ],
        ],
        passes=[
            schedule(input='{"a": 1}'),
            schedule(input="plain text"),
            schedule(arn=f"{ARN}a.fifo", sqsParameters={"messageGroupId": "a"}),
            schedule(arn=UNKNOWN),
        ],
        unknown=[schedule(input=UNKNOWN)],
    ),
    "event-bus-settings": Cases(
        token="aws:cloudwatch/eventArchive:EventArchive",
        fails=[{"retentionDays": -1}],
        passes=[{"retentionDays": 30}, {}],
        unknown=[{"retentionDays": UNKNOWN}],
    ),
    "event-bus-name": Cases(
        token=BUS,
        fails=[{"name": "default"}, {"name": "aws.partner/x"}],
        passes=[{"name": "orders"}, {"name": "aws.partner/x", "eventSourceName": "aws.partner/x"}],
        unknown=[{"name": UNKNOWN}],
    ),
    "event-connection-parameters": Cases(
        token=CONNECTION,
        fails=[
            {"authorizationType": "API_KEY", "authParameters": {"basic": {"username": "a"}}},
            {"authorizationType": "BASIC", "authParameters": {"basic": {"username": "a"}, "apiKey": {"key": "a"}}},
        ],
        passes=[{"authorizationType": "API_KEY", "authParameters": {"apiKey": UNKNOWN}}],
        unknown=[{"authorizationType": UNKNOWN}],
    ),
    "event-api-destination": Cases(
        token=DESTINATION,
        fails=[{"invocationRateLimitPerSecond": 301}, {"httpMethod": "FETCH"}],
        passes=[{"invocationRateLimitPerSecond": 300, "httpMethod": "POST"}],
        unknown=[{"httpMethod": UNKNOWN}],
    ),
}
