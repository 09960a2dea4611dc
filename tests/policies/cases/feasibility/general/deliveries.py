"""Cases of policies/feasibility/rules/general/deliveries.py."""

import json
from typing import Any

from tests.policies.given.feasibility.parts import FUNCTION, QUEUE, TOPIC, allow
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

TARGET = "aws:cloudwatch/eventTarget:EventTarget"
FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PERMISSION = "aws:lambda/permission:Permission"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
INTEGRATION = "aws:apigateway/integration:Integration"
HANDLER = planned(FUNCTION, "handler")
INBOX = planned(QUEUE, "inbox")
ALERTS = planned(TOPIC, "alerts")


def permission(principal: object) -> Planned:
    return linked(PERMISSION, "allow", function=(FUNCTION, "handler"), principal=principal)


def invoking(token: str, prop: str, *more: Planned, after: bool = False, **inputs: Any) -> list[Planned]:
    return [
        HANDLER,
        *more,
        linked(token, "it", [(PERMISSION, "allow")] if after else [], **{prop: (FUNCTION, "handler"), **inputs}),
    ]


def queue_policy(document: object) -> Planned:
    return linked("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=(QUEUE, "inbox"), policy=document)


def topic_policy(document: object) -> Planned:
    return linked("aws:sns/topicPolicy:TopicPolicy", "policy", arn=(TOPIC, "alerts"), policy=document)


def to_queue(*more: Planned, token: str = SUBSCRIPTION, prop: str = "endpoint") -> list[Planned]:
    return [INBOX, *more, linked(token, "it", **{prop: (QUEUE, "inbox")})]


def to_topic(*more: Planned, token: str = TARGET, prop: str = "arn") -> list[Planned]:
    arn = ref(TOPIC, "alerts")
    return [ALERTS, *more, planned(token, **{prop: [arn] if prop.endswith("s") else arn})]


def by_service(service: str, *actions: str) -> str:
    return allow(*actions, service=service)


def encrypted(key: Any, policy: object = None, *, sender: bool = True) -> list[Planned]:
    topic = planned(TOPIC, kmsMasterKeyId=ref(KEY, "key")) if key == "own" else planned(TOPIC, kmsMasterKeyId=key)
    own = planned(KEY, "key", **({} if policy is None else {"policy": policy}))
    return [own, topic, *([linked(TARGET, "target", arn=(TOPIC, "it"))] if sender else [])]


def logged(*policies: Planned, name: object = "/aws/events/all") -> list[Planned]:
    return [planned(LOG_GROUP, "logs", name=name), *policies, linked(TARGET, "it", arn=(LOG_GROUP, "logs"))]


def log_policy(document: object) -> Planned:
    return planned("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policy", policyDocument=document)


KEY_FOR_EVENTS = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
            for principal, actions in (
                ({"AWS": "arn:aws:iam::111111111111:root"}, "kms:*"),
                ({"Service": ["events.amazonaws.com"]}, ["kms:GenerateDataKey*", "kms:Decrypt"]),
            )
        ]
    }
)

CASES: dict[str, Cases] = {
    "function-invocation-allowed": Cases(
        token=TARGET,
        fails=[
            invoking(TARGET, "arn"),
            invoking(TARGET, "arn", permission("sns.amazonaws.com")),
            invoking(SUBSCRIPTION, "endpoint", protocol="lambda"),
            invoking(FILTER, "destinationArn"),
            invoking(FILTER, "destinationArn", permission("logs.amazonaws.com")),
            invoking(ROTATION, "rotationLambdaArn", permission("secretsmanager.amazonaws.com")),
            invoking(INTEGRATION, "uri"),
        ],
        passes=[
            invoking(TARGET, "arn", permission("events.amazonaws.com")),
            invoking(FILTER, "destinationArn", permission("logs.us-east-2.amazonaws.com"), after=True),
            invoking(INTEGRATION, "uri", credentials="arn:aws:iam::111111111111:role/a"),
            {"arn": "arn:aws:lambda:us-east-2:111111111111:function:elsewhere"},
            to_queue(token=TARGET, prop="arn"),
            [
                HANDLER,
                linked("aws:lambda/alias:Alias", "live", functionName=(FUNCTION, "handler")),
                linked(PERMISSION, "allow", function=("aws:lambda/alias:Alias", "live"), principal="events.amazonaws.com"),
                linked(TARGET, "it", arn=("aws:lambda/alias:Alias", "live")),
            ],
        ],
        unknown=[{"arn": UNKNOWN}, invoking(TARGET, "arn", permission(UNKNOWN))],
    ),
    "delivery-allowed": Cases(
        token=SUBSCRIPTION,
        fails=[
            to_queue(),
            to_queue(queue_policy(by_service("events.amazonaws.com", "sqs:SendMessage"))),
            to_queue(queue_policy(by_service("sns.amazonaws.com", "sqs:ReceiveMessage"))),
            to_queue(token=TARGET, prop="arn"),
            to_topic(),
            to_topic(topic_policy(by_service("s3.amazonaws.com", "sns:Publish")), token=ALARM, prop="alarmActions"),
        ],
        passes=[
            to_queue(queue_policy(by_service("sns.amazonaws.com", "sqs:SendMessage"))),
            to_queue(queue_policy(by_service("events.amazonaws.com", "sqs:*")), token=TARGET, prop="arn"),
            to_topic(topic_policy(by_service("events.amazonaws.com", "sns:Publish"))),
            to_topic(token=ALARM, prop="alarmActions"),
            to_topic(topic_policy(by_service("cloudwatch.amazonaws.com", "SNS:Publish")), token=ALARM, prop="alarmActions"),
            {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-2:111111111111:elsewhere"},
        ],
        unknown=[to_queue(queue_policy(UNKNOWN))],
    ),
    "encrypted-delivery-allowed": Cases(
        token=TOPIC,
        fails=[
            encrypted("alias/aws/sns"),
            encrypted("own"),
            encrypted("own", allow("kms:*", service="s3.amazonaws.com")),
            [planned(QUEUE, kmsMasterKeyId="alias/aws/sqs"), linked(SUBSCRIPTION, "s", endpoint=(QUEUE, "it"))],
        ],
        passes=[
            encrypted("own", KEY_FOR_EVENTS),
            encrypted("alias/aws/sns", sender=False),
            encrypted(None),
            encrypted("arn:aws:kms:us-east-2:111111111111:key/elsewhere"),
        ],
        unknown=[encrypted(UNKNOWN), encrypted("own", UNKNOWN)],
    ),
    "event-log-group-allowed": Cases(
        token=TARGET,
        fails=[
            logged(),
            logged(log_policy(by_service("events.amazonaws.com", "logs:PutLogEvents")), name="/app/events"),
            logged(log_policy(by_service("es.amazonaws.com", "logs:PutLogEvents"))),
        ],
        passes=[
            logged(log_policy(by_service("delivery.logs.amazonaws.com", "logs:CreateLogStream", "logs:PutLogEvents"))),
            to_queue(token=TARGET, prop="arn"),
        ],
        unknown=[logged(log_policy(UNKNOWN))],
    ),
}
