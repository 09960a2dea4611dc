"""Cases of policies/feasibility/rules/events/events.py."""

import json
from typing import Any

from tests.policies.given.feasibility.messages import ARN, BUS, LAMBDA_ARN
from tests.policies.given.feasibility.parts import FUNCTION, QUEUE
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases, Fails

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
MACHINE = "aws:sfn/stateMachine:StateMachine"


def pattern(value: object) -> dict[str, Any]:
    return {"eventPattern": value if isinstance(value, str) else json.dumps(value)}


def targets(count: int) -> list[Planned]:
    return [
        planned(RULE, "rule"),
        *(linked(TARGET, f"t{number}", rule=(RULE, "rule"), arn=LAMBDA_ARN) for number in range(count)),
    ]


def identified(one: object, other: object) -> list[Planned]:
    return [
        planned(RULE, "rule"),
        linked(TARGET, "first", rule=(RULE, "rule"), targetId=one),
        linked(TARGET, "it", rule=(RULE, "rule"), targetId=other),
    ]


def on_bus(rule: Any, target: Any) -> list[Planned]:
    buses = {"rule": rule, "target": target}
    parts = {name: {} if bus is None else {"eventBusName": bus} for name, bus in buses.items()}
    return [
        planned(BUS, "bus"),
        linked(RULE, "rule", **parts["rule"]),
        linked(TARGET, "it", rule=(RULE, "rule"), **parts["target"]),
    ]


def to_queue(queue: dict[str, Any], **inputs: Any) -> list[Planned]:
    return [planned(QUEUE, "q", **queue), linked(TARGET, "it", arn=(QUEUE, "q"), **inputs)]


def transformed(template: object, **paths: object) -> dict[str, Any]:
    return {"inputTransformer": {"inputPaths": paths, "inputTemplate": template}}


OWN_BUS = (BUS, "bus")

CASES: dict[str, Cases] = {
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
            [planned(MACHINE, "m"), linked(TARGET, "it", arn=(MACHINE, "m"))],
            {"arn": "arn:aws:events:us-east-2:111111111111:api-destination/a/b"},
        ],
        passes=[
            {"arn": LAMBDA_ARN},
            {"arn": "arn:aws:states:us-east-2:111111111111:stateMachine:a", "roleArn": UNKNOWN},
            [planned(QUEUE, "q"), linked(TARGET, "it", arn=(QUEUE, "q"))],
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
            Fails(transformed("<p0>", **{f"p{n}": "$.id" for n in range(101)}), "inputTransformer.inputPaths"),
        ],
        passes=[
            transformed('"<a> at <aws.events.rule-arn>"', a="$.detail"),
            transformed('"hello"'),
            transformed("<p0>", **{f"p{n}": "$.id" for n in range(100)}),
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
            [planned(FUNCTION, "f"), linked(TARGET, "it", arn=(FUNCTION, "f"))],
        ],
        unknown=[to_queue({"fifoQueue": UNKNOWN})],
    ),
}
