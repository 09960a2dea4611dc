"""Cases of policies/feasibility/rules/sqs/queues.py."""

import json
from typing import Any

from tests.policies.given.feasibility.messages import ARN, SUBSCRIPTION, twice
from tests.policies.given.feasibility.parts import QUEUE
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases, Fails

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


def redrive(name: str = "dead", count: object = 3, **more: Any) -> str:
    return json.dumps({"deadLetterTargetArn": f"{ARN}{name}", "maxReceiveCount": count, **more})


def allowing(permission: str, **more: Any) -> dict[str, Any]:
    return {"redriveAllowPolicy": json.dumps({"redrivePermission": permission, **more})}


def dead_letters(fifo: object, other: object) -> list[Planned]:
    return [
        planned(QUEUE, "dead", **({} if other is None else {"fifoQueue": other})),
        linked(QUEUE, "it", redrivePolicy=(QUEUE, "dead"), **({} if fifo is None else {"fifoQueue": fifo})),
    ]


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
            Fails({"redrivePolicy": redrive(count=0)}, "redrivePolicy.maxReceiveCount"),
            Fails({"redrivePolicy": redrive(count=1001)}, "redrivePolicy.maxReceiveCount"),
            Fails({"redrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}dead"})}, "redrivePolicy.maxReceiveCount"),
            {"redrivePolicy": redrive(deadLetterTargetArn="https://sqs.us-east-2.amazonaws.com/1/d")},
            Fails({"redrivePolicy": redrive(), "region": "us-west-2"}, "redrivePolicy.deadLetterTargetArn"),
            Fails({"redrivePolicy": redrive("own"), "name": "own"}, "redrivePolicy.deadLetterTargetArn"),
            {"redrivePolicy": redrive(maxReceives=4)},
            planned(SUBSCRIPTION, redrivePolicy=json.dumps({"maxReceiveCount": 3})),
        ],
        passes=[
            {"redrivePolicy": redrive()},
            {"redrivePolicy": redrive(count="3"), "name": "own"},
            {},
            planned(SUBSCRIPTION, redrivePolicy=json.dumps({"deadLetterTargetArn": f"{ARN}dead"})),
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
            allowing("byQueue"),
            allowing("allowAll", sourceQueueArns=[f"{ARN}a"]),
            allowing("some"),
            allowing("byQueue", sourceQueueArns=["a"] * 11),
        ],
        passes=[allowing("byQueue", sourceQueueArns=[f"{ARN}a"]), allowing("denyAll"), {}],
        unknown=[{"redriveAllowPolicy": UNKNOWN}],
    ),
    "queue-setting-once": Cases(
        token=QUEUE_POLICY,
        fails=[
            twice(QUEUE_POLICY, "queueUrl", planned(QUEUE, "q"), "first", "it"),
            twice(QUEUE_POLICY, "queueUrl", planned(QUEUE, "q", policy="{}"), "it"),
        ],
        passes=[twice(QUEUE_POLICY, "queueUrl", planned(QUEUE, "q"), "it"), {"queueUrl": "https://a"}],
        unknown=[{"queueUrl": UNKNOWN}],
    ),
}
