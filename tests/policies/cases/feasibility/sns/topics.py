"""Cases of policies/feasibility/rules/sns/topics.py."""

import json
from typing import Any

from tests.policies.given.feasibility.messages import ARN, SUBSCRIPTION, twice
from tests.policies.given.feasibility.parts import QUEUE, TOPIC
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases, Fails

TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"


def subscribed(topic: dict[str, Any], protocol: object, queue: dict[str, Any] | None = None) -> list[Planned]:
    """A subscription to `topic`, of a queue where one is given."""
    end: dict[str, Any] = {"endpoint": (QUEUE, "q")} if queue is not None else {"endpoint": "a"}
    return [
        planned(TOPIC, "t", **topic),
        *([] if queue is None else [planned(QUEUE, "q", **queue)]),
        linked(SUBSCRIPTION, "it", topic=(TOPIC, "t"), protocol=protocol, **end),
    ]


def mailed(name: str, address: str) -> Planned:
    return linked(SUBSCRIPTION, name, topic=(TOPIC, "t"), protocol="email", endpoint=address)


def filtering(policy: object, scope: object = None) -> dict[str, Any]:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return {"filterPolicy": text, **({} if scope is None else {"filterPolicyScope": scope})}


CASES: dict[str, Cases] = {
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
            *(filtering({"kind": kind}) for kind in ("order", [], [{"begins": "a"}])),
            Fails(filtering({"order": {"kind": ["a"]}}), "filterPolicyScope"),
            Fails(filtering({name: ["x"] for name in "abcdef"}), "filterPolicy"),
            Fails(filtering({name: list(range(10)) for name in "abc"}), "filterPolicy"),
            filtering({"a": list(range(151))}),
        ],
        passes=[
            filtering({"kind": ["order", {"prefix": "a"}], "size": [{"numeric": [">=", 1]}]}),
            filtering({"order": {"kind": ["a"]}}, "MessageBody"),
            filtering({name: ["x"] for name in "abcde"}),
            filtering({"a": list(range(15)), "b": list(range(10))}),
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
            twice(TOPIC_POLICY, "arn", planned(TOPIC, "t"), "first", "it"),
            twice(TOPIC_POLICY, "arn", planned(TOPIC, "t", policy="{}"), "it"),
            [planned(TOPIC, "t"), mailed("x", "a@b.c"), mailed("y", "a@b.c")],
        ],
        passes=[
            twice(TOPIC_POLICY, "arn", planned(TOPIC, "t"), "it"),
            [planned(TOPIC, "t"), mailed("x", "x"), mailed("y", "y")],
        ],
        unknown=[{"arn": UNKNOWN}],
    ),
}
