"""Cases of policies/feasibility/rules/lambda_/sources.py."""

import json
from typing import Any

from tests.policies.given.feasibility.lambda_ import ALIAS, MANAGED, QUEUE_ARN, function, handlers
from tests.policies.given.feasibility.parts import FUNCTION, QUEUE, allow, attached, role_policy
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
TABLE = "aws:dynamodb/table:Table"


def reading(source: Planned, *handler: Planned, **inputs: Any) -> list[Planned]:
    """A mapping from `source` to the function `handler`."""
    mapping = linked(MAPPING, "it", eventSourceArn=(source.token, source.name), functionName=(FUNCTION, "handler"), **inputs)
    return [source, *(handler or (planned(FUNCTION, "handler"),)), mapping]


def mapped(name: str, to: str) -> Planned:
    return linked(MAPPING, name, eventSourceArn=(QUEUE, "orders"), functionName=(FUNCTION, to))


def queue(**inputs: Any) -> Planned:
    return planned(QUEUE, "orders", **inputs)


SINCE_NEW_YEAR = {"startingPositionTimestamp": "2026-01-01T00:00:00Z"}
TABLE_ON = planned(TABLE, "orders", streamEnabled=True)
KINESIS = planned("aws:kinesis/stream:Stream", "orders")


def filtered(*patterns: object) -> dict[str, Any]:
    return {"eventSourceArn": QUEUE_ARN, "filterCriteria": {"filters": [{"pattern": pattern} for pattern in patterns]}}


CASES: dict[str, Cases] = {
    "event-source-shape": Cases(
        token=MAPPING,
        fails=[
            {"region": "us-east-2"},
            {"eventSourceArn": UNKNOWN, "selfManagedEventSource": {"endpoints": {}}, "topics": ["a"]},
            {"eventSourceArn": UNKNOWN, "maximumBatchingWindowInSeconds": 301},
            {"eventSourceArn": UNKNOWN, "maximumRecordAgeInSeconds": 10},
            {"eventSourceArn": UNKNOWN, "scalingConfig": {"maximumConcurrency": 1}},
            {"eventSourceArn": UNKNOWN, "startingPosition": "EARLIEST"},
            {"eventSourceArn": UNKNOWN, "startingPosition": "LATEST", **SINCE_NEW_YEAR},
        ],
        passes=[
            {"eventSourceArn": UNKNOWN, "batchSize": 10000, "maximumRecordAgeInSeconds": -1},
            {"eventSourceArn": UNKNOWN, "startingPosition": "AT_TIMESTAMP", **SINCE_NEW_YEAR},
        ],
        unknown=[{"eventSourceArn": UNKNOWN, "batchSize": UNKNOWN}],
    ),
    "event-source-settings": Cases(
        token=MAPPING,
        fails=[
            reading(KINESIS),
            reading(TABLE_ON, startingPosition="AT_TIMESTAMP"),
            reading(KINESIS, startingPosition="AT_TIMESTAMP"),
            reading(queue(), startingPosition="LATEST"),
            {"eventSourceArn": QUEUE_ARN, "parallelizationFactor": 2},
            reading(KINESIS, startingPosition="LATEST", scalingConfig={"maximumConcurrency": 5}),
            {"eventSourceArn": "arn:aws:kafka:us-east-2:111111111111:cluster/a/b", "startingPosition": "LATEST"},
        ],
        passes=[
            reading(KINESIS, startingPosition="LATEST", parallelizationFactor=2),
            reading(queue(), scalingConfig={"maximumConcurrency": 5}),
            {"eventSourceArn": QUEUE_ARN},
        ],
        unknown=[{"eventSourceArn": UNKNOWN}, reading(KINESIS, startingPosition=UNKNOWN)],
    ),
    "event-source-batch": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), batchSize=100),
            reading(queue(fifoQueue=True), batchSize=11, maximumBatchingWindowInSeconds=1),
            reading(queue(fifoQueue=True), maximumBatchingWindowInSeconds=5),
            {"eventSourceArn": f"{QUEUE_ARN}.fifo", "batchSize": 20},
        ],
        passes=[
            reading(queue(), batchSize=100, maximumBatchingWindowInSeconds=1),
            reading(queue(fifoQueue=True), batchSize=10),
            reading(KINESIS, batchSize=100),
            {"eventSourceArn": QUEUE_ARN},
        ],
        unknown=[reading(queue(), batchSize=UNKNOWN), reading(queue(fifoQueue=UNKNOWN), batchSize=11)],
    ),
    "event-source-filters": Cases(
        token=MAPPING,
        fails=[
            filtered(json.dumps({"body": {"kind": "order"}})),
            filtered(json.dumps({"body": {"kind": [{"starts": "a"}]}})),
            filtered("{}"),
            filtered(*[json.dumps({"body": {"kind": ["a"]}})] * 11),
        ],
        passes=[
            filtered(json.dumps({"body": {"kind": ["order", {"prefix": "a"}], "size": [{"numeric": [">", 0, "<=", 5]}]}})),
            {},
        ],
        unknown=[filtered(UNKNOWN)],
    ),
    "event-source-visibility": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), planned(FUNCTION, "handler", timeout=60)),
            reading(queue(visibilityTimeoutSeconds=2)),
            [
                queue(),
                planned(FUNCTION, "handler", timeout=60),
                linked(ALIAS, "live", functionName=(FUNCTION, "handler")),
                linked(MAPPING, "it", eventSourceArn=(QUEUE, "orders"), functionName=(ALIAS, "live")),
            ],
            [
                planned(QUEUE, "q", name="orders", visibilityTimeoutSeconds=30),
                planned(FUNCTION, "f", name="worker", timeout=31),
                planned(MAPPING, eventSourceArn=QUEUE_ARN, functionName="worker"),
            ],
        ],
        passes=[
            reading(queue()),
            reading(queue(visibilityTimeoutSeconds=60), planned(FUNCTION, "handler", timeout=60)),
            reading(queue(visibilityTimeoutSeconds=360), planned(FUNCTION, "handler", timeout=60)),
            reading(KINESIS, planned(FUNCTION, "handler", timeout=60)),
            {"eventSourceArn": QUEUE_ARN, "functionName": "worker"},
        ],
        unknown=[
            reading(queue(visibilityTimeoutSeconds=UNKNOWN)),
            reading(queue(), planned(FUNCTION, "handler", timeout=UNKNOWN)),
        ],
    ),
    "event-source-permissions": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), *function()),
            reading(queue(), *function(attached(f"{MANAGED}AWSLambdaBasicExecutionRole"))),
            reading(TABLE_ON, *function(attached(f"{MANAGED}AWSLambdaSQSQueueExecutionRole"))),
        ],
        passes=[
            reading(queue(), *function(attached(f"{MANAGED}AWSLambdaSQSQueueExecutionRole"))),
            reading(KINESIS, *function(role_policy(allow("kinesis:Get*")))),
            reading(TABLE_ON, *function(role_policy(allow("dynamodb:*")))),
        ],
        unknown=[reading(queue(), *function(role_policy(UNKNOWN)))],
    ),
    "event-source-stream-on": Cases(
        token=MAPPING,
        fails=[reading(planned(TABLE, "t")), reading(planned(TABLE, "t", streamEnabled=False))],
        passes=[reading(TABLE_ON), reading(queue())],
        unknown=[reading(planned(TABLE, "t", streamEnabled=UNKNOWN))],
    ),
    "event-source-once": Cases(
        token=MAPPING,
        fails=[[queue(), *handlers("handler"), mapped("first", "handler"), mapped("it", "handler")]],
        passes=[[queue(), *handlers("a", "b"), mapped("a", "a"), mapped("b", "b")]],
        unknown=[{"eventSourceArn": UNKNOWN, "functionName": "a"}],
    ),
}
