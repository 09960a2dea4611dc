"""Cases of policies/feasibility/rules/s3/access.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.parts import grant
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
ARN = "arn:aws:s3:::lake-1"


def policy(actions: Any, resources: Any) -> list[Planned]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": actions, "Resource": resources}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return [planned(BUCKET, "lake", bucket="lake-1"), planned(POLICY, bucket=ref(BUCKET, "lake", "lake-1"), policy=text)]


def let_in(actions: str, service: str = "s3.amazonaws.com") -> str:
    return grant(service, actions)


def notified(
    receiver: Planned, *others: Planned, depends: Sequence[tuple[str, str]] = (), region: str | None = None
) -> list[Planned]:
    name, prop = {
        QUEUE: ("queues", "queueArn"),
        TOPIC: ("topics", "topicArn"),
        FUNCTION: ("lambdaFunctions", "lambdaFunctionArn"),
    }[receiver.token]
    to = {name: [{prop: ref(receiver.token, receiver.name), "events": ["s3:ObjectCreated:*"]}]}
    place = {} if region is None else {"region": region}
    notification = planned(NOTIFICATION, bucket=ref(BUCKET, "lake"), **to, **place)
    return [planned(BUCKET, "lake"), receiver, *others, notification.after(*depends)]


def queue(**inputs: Any) -> Planned:
    return planned(QUEUE, "jobs", **inputs)


def queue_policy(text: Any) -> Planned:
    return planned(QUEUE_POLICY, "policy", queueUrl=ref(QUEUE, "jobs"), policy=text)


TOPIC_OF = planned(TOPIC, "news")
LET_IN = planned(TOPIC_POLICY, "policy", arn=ref(TOPIC, "news"), policy=let_in("sns:Publish"))
FUNCTION_OF = planned(FUNCTION, "resize")
PERMITTED = planned(PERMISSION, "permission", function=ref(FUNCTION, "resize"), principal="s3.amazonaws.com")


def events(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"queues": [{"queueArn": UNKNOWN, **block} for block in blocks]}


CREATED = {"events": ["s3:ObjectCreated:*"]}

CASES: dict[str, Cases] = {
    "s3-policy-resources": Cases(
        token=POLICY,
        fails=[
            policy("s3:GetObject", ARN),
            policy(["s3:ListBucket", "s3:GetObject"], f"{ARN}/*"),
            policy("s3:GetObject", "arn:aws:s3:::another-bucket/*"),
            policy("sqs:SendMessage", f"{ARN}/*"),
            policy("s3:PutObject*", [ARN]),
            one(BUCKET, bucket="lake-1", policy=policy("s3:GetObject", ARN)[1].inputs["policy"]),
        ],
        passes=[
            policy("s3:GetObject", f"{ARN}/*"),
            policy(["s3:ListBucket", "s3:GetObject"], [ARN, f"{ARN}/*"]),
            policy("s3:*", ARN),
            policy("s3:Get*", f"{ARN}/*"),
            policy("s3:GetObject", "arn:aws:s3:::lake-*/*"),
            policy("s3:ListBucket", f"{ARN}*"),
            one(BUCKET),
        ],
        unknown=[{"bucket": "lake-1", "policy": UNKNOWN}],
    ),
    "s3-notification-allowed": Cases(
        token=NOTIFICATION,
        fails=[
            notified(queue()),
            notified(queue(), queue_policy(let_in("sqs:SendMessage", "sns.amazonaws.com"))),
            notified(queue(), queue_policy(let_in("sqs:SendMessage"))),
            notified(queue(fifoQueue=True, policy=let_in("sqs:SendMessage"))),
            notified(queue(region="us-west-2", policy=let_in("sqs:SendMessage")), region="us-east-2"),
            notified(TOPIC_OF),
            notified(TOPIC_OF, LET_IN),
            notified(FUNCTION_OF),
            notified(FUNCTION_OF, PERMITTED),
        ],
        passes=[
            notified(queue(), queue_policy(let_in("sqs:SendMessage")), depends=[(QUEUE_POLICY, "policy")]),
            notified(queue(policy=let_in("sqs:*"))),
            notified(TOPIC_OF, LET_IN, depends=[(TOPIC_POLICY, "policy")]),
            notified(FUNCTION_OF, PERMITTED, depends=[(PERMISSION, "permission")]),
            {"queues": [{"queueArn": "arn:aws:sqs:us-east-2:111111111111:elsewhere", **CREATED}]},
            {"eventbridge": True},
        ],
        unknown=[
            notified(queue(), queue_policy(UNKNOWN), depends=[(QUEUE_POLICY, "policy")]),
            {"queues": [{"queueArn": UNKNOWN, **CREATED}]},
        ],
    ),
    "s3-notification-overlap": Cases(
        token=NOTIFICATION,
        fails=[
            events(CREATED, CREATED),
            events(CREATED, {"events": ["s3:ObjectCreated:Put"], "filterPrefix": "a/"}),
            {
                **events({**CREATED, "filterPrefix": "a/"}),
                "lambdaFunctions": [{"lambdaFunctionArn": UNKNOWN, **CREATED, "filterPrefix": "a/b/"}],
            },
        ],
        passes=[
            events(CREATED, {"events": ["s3:ObjectRemoved:*"]}),
            events({**CREATED, "filterPrefix": "a/"}, {**CREATED, "filterPrefix": "b/"}),
            events({**CREATED, "filterSuffix": ".jpg"}, {**CREATED, "filterSuffix": ".png"}),
            events(CREATED),
        ],
        unknown=[events(CREATED, {**CREATED, "filterPrefix": UNKNOWN}), {"queues": UNKNOWN}],
    ),
}
