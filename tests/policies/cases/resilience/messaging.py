"""Cases of policies/controls/resilience/messaging.py."""

import json
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

QUEUE = "aws:sqs/queue:Queue"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
INVOKE = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
RULE_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ARN = "arn:aws:sqs:us-east-2:111111111111:"
TO_DEAD = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 5})
LETTERS = {"deadLetterConfig": {"arn": UNKNOWN}}
DEAD = planned(QUEUE, "dead", name="dead")


def naming(token: str, prop: str, value: object, *, refs: tuple[str, str] | None = (QUEUE, "dead"), **more: Any) -> Planned:
    """A resource whose property names the dead-letter queue."""
    return Planned(token=token, inputs={prop: value, **more}, name="naming", refs={prop: refs} if refs else {})


def allows(permission: str) -> str:
    return json.dumps({"redrivePermission": permission})


def queue(**inputs: Any) -> Planned:
    return planned(QUEUE, "work", name="work", **inputs)


def function(**inputs: Any) -> Planned:
    return planned(FUNCTION, "worker", name="worker", **inputs)


def mapping(source: str = UNKNOWN, reads: str = UNKNOWN, **more: Any) -> Planned:
    """What feeds the function from the queue; by reference where unknown."""
    queue, function = ref(QUEUE, "work"), ref(FUNCTION, "worker")
    named = (queue if source == UNKNOWN else source, function if reads == UNKNOWN else reads)
    return planned(MAPPING, "mapping", eventSourceArn=named[0], functionName=named[1], **more)


def invoke(name: str = UNKNOWN, *, refs: tuple[str, str] | None = (FUNCTION, "worker"), **config: Any) -> Planned:
    inputs = {"functionName": name, **({"destinationConfig": config} if config else {})}
    return Planned(token=INVOKE, inputs=inputs, name="invoke", refs={"functionName": refs} if refs else {})


TO_BUS: dict[str, Any] = {"onFailure": {"destination": "arn:aws:events:us-east-2:111111111111:event-bus/failed"}}
ON_FAILURE = {"destinationConfig": {"onFailure": {"destinationArn": f"{ARN}dead"}}}

CASES: dict[str, Cases] = {
    "sqs-dead-letter-queue": Cases(
        token=QUEUE,
        fails=[
            {},
            {"redrivePolicy": ""},
            {"redrivePolicy": "{}"},
            {"redriveAllowPolicy": allows("denyAll")},
            [DEAD, planned(QUEUE, "work", name="deader")],
            [queue(redrivePolicy=TO_DEAD), planned(QUEUE, "other", name="other")],
            [DEAD, naming(RULE_TARGET, "arn", UNKNOWN)],
            [queue(), planned(REDRIVE, queueUrl="https://sqs/1/other", redrivePolicy=TO_DEAD)],
        ],
        passes=[
            {"redrivePolicy": TO_DEAD},
            {"redrivePolicy": UNKNOWN},
            {"redriveAllowPolicy": allows("allowAll")},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}work"]})},
            [DEAD, queue(redrivePolicy=TO_DEAD)],
            [DEAD, naming(QUEUE, "redrivePolicy", UNKNOWN)],
            [DEAD, naming(SUBSCRIPTION, "redrivePolicy", UNKNOWN)],
            [DEAD, naming(SUBSCRIPTION, "redrivePolicy", TO_DEAD, refs=None)],
            [DEAD, naming(FUNCTION, "deadLetterConfig", {"targetArn": UNKNOWN})],
            [DEAD, naming(INVOKE, "destinationConfig", {"onFailure": {"destination": f"{ARN}dead"}}, refs=None)],
            [DEAD, naming(RULE_TARGET, "deadLetterConfig", {"arn": UNKNOWN})],
            [DEAD, naming(MAPPING, "destinationConfig", {"onFailure": {"destinationArn": UNKNOWN}})],
            [DEAD, naming("aws:scheduler/schedule:Schedule", "target", LETTERS)],
            [DEAD, naming("aws:pipes/pipe:Pipe", "sourceParameters", {"kinesisStreamParameters": LETTERS})],
            [DEAD, naming("aws:pipes/pipe:Pipe", "sourceParameters", {"dynamodbStreamParameters": LETTERS})],
            [DEAD, naming(ALLOW, "redriveAllowPolicy", allows("allowAll"), refs=None, queueUrl="https://sqs/1/dead")],
            [queue(), planned(REDRIVE, queueUrl="https://sqs/1/work", redrivePolicy=TO_DEAD)],
            [queue(), DEAD, planned(REDRIVE, queueUrl=ref(QUEUE, "work"), redrivePolicy=ref(QUEUE, "dead"))],
        ],
        unknown=[
            {"redriveAllowPolicy": UNKNOWN},
            [DEAD, naming(SUBSCRIPTION, "redrivePolicy", UNKNOWN, refs=None)],
            [queue(), planned(REDRIVE, queueUrl=UNKNOWN, redrivePolicy=TO_DEAD)],
        ],
    ),
    "sqs-visibility-timeout": Cases(
        token=QUEUE,
        fails=[
            [queue(visibilityTimeoutSeconds=20), function(timeout=10), mapping()],
            [queue(), function(timeout=6), mapping()],
            [queue(visibilityTimeoutSeconds=17), function(), mapping()],
            [queue(), function(timeout=6), mapping(f"{ARN}work", "worker")],
            [queue(), function(timeout=6), mapping(reads="arn:aws:lambda:us-east-2:111111111111:function:worker:live")],
            [
                queue(),
                function(timeout=6),
                planned(ALIAS, "live", functionName=ref(FUNCTION, "worker")),
                planned(MAPPING, eventSourceArn=ref(QUEUE, "work"), functionName=ref(ALIAS, "live")),
            ],
        ],
        passes=[
            {},
            [queue(visibilityTimeoutSeconds=18), function(), mapping()],
            [queue(), function(timeout=5), mapping()],
            [queue(), function(), mapping()],
            [queue(), function(timeout=900)],
            [queue(), function(timeout=900), mapping(f"{ARN}other", "worker")],
        ],
        unknown=[
            [queue(), mapping(reads="elsewhere")],
            [queue(visibilityTimeoutSeconds=UNKNOWN), function(), mapping()],
            [queue(), function(timeout=UNKNOWN), mapping()],
        ],
    ),
    "sns-subscription-dead-letters": Cases(
        token=SUBSCRIPTION,
        fails=[{}, {"redrivePolicy": "{}"}, {"protocol": "sqs", "redrivePolicy": json.dumps({"maxReceiveCount": 3})}],
        passes=[{"redrivePolicy": TO_DEAD}, {"redrivePolicy": UNKNOWN}],
        never_unknown=True,
    ),
    "lambda-failure-destination": Cases(
        token=FUNCTION,
        fails=[
            {},
            {"deadLetterConfig": {}},
            {"deadLetterConfig": {"targetArn": ""}},
            [function(), invoke()],
            [function(), invoke(onSuccess={"destination": f"{ARN}done"})],
            [function(), invoke("other", refs=None, **TO_BUS)],
            [invoke("other", refs=None)],
        ],
        passes=[
            {"deadLetterConfig": {"targetArn": f"{ARN}dead"}},
            {"deadLetterConfig": [{"targetArn": UNKNOWN}]},
            [function(), invoke(**TO_BUS)],
            [function(), invoke("worker", refs=None, **TO_BUS)],
            [function(), invoke("arn:aws:lambda:us-east-2:111111111111:function:worker", refs=None, **TO_BUS)],
            [function(deadLetterConfig={"targetArn": f"{ARN}dead"}), invoke()],
            [function(), planned(ALIAS, "live", functionName="worker"), invoke(refs=(ALIAS, "live"), **TO_BUS)],
            [invoke("other", refs=None, **TO_BUS)],
        ],
        unknown=[[function(), invoke(refs=None, **TO_BUS)]],
    ),
    "lambda-reserved-concurrency": about(FUNCTION, "reservedConcurrentExecutions", fails=[ABSENT, -1], passes=[0, "100"]),
    "lambda-mapping-failure-destination": Cases(
        token=MAPPING,
        fails=[
            {},
            {"eventSourceArn": "arn:aws:kinesis:us-east-2:111111111111:stream/s"},
            {"eventSourceArn": "arn:aws:kinesis:us-east-2:111111111111:stream/s", "destinationConfig": {"onFailure": {}}},
            planned(MAPPING, eventSourceArn=ref("aws:kinesis/stream:Stream", "s")),
            [queue(), mapping()],
            [queue(), mapping(f"{ARN}work")],
        ],
        passes=[
            ON_FAILURE,
            {"destinationConfig": {"onFailure": {"destinationArn": UNKNOWN}}},
            [queue(redrivePolicy=TO_DEAD), mapping()],
            [queue(redrivePolicy=UNKNOWN), mapping(f"{ARN}work")],
        ],
        unknown=[{"eventSourceArn": f"{ARN}elsewhere"}, {"eventSourceArn": UNKNOWN}],
    ),
}
