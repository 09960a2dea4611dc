"""Cases of policies/feasibility/rules/events/scheduler.py."""

from typing import Any

from tests.policies.given.feasibility.messages import ARN, BUS, LAMBDA_ARN
from tests.policies.given.feasibility.parts import QUEUE
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import ABSENT, Cases, about

SCHEDULE = "aws:scheduler/schedule:Schedule"


def schedule(window: object = None, **target: Any) -> dict[str, Any]:
    return {
        "scheduleExpression": "rate(1 hour)",
        "flexibleTimeWindow": window or {"mode": "OFF"},
        "target": {"arn": LAMBDA_ARN, "roleArn": UNKNOWN, **target},
    }


CASES: dict[str, Cases] = {
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
            {**schedule(), "startDate": "2026-02-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"},
            [planned(QUEUE, "q", fifoQueue=True), planned(SCHEDULE, **schedule(arn=ref(QUEUE, "q")))],
        ],
        passes=[
            schedule(input='{"a": 1}'),
            schedule(input="plain text"),
            schedule(arn=f"{ARN}a.fifo", sqsParameters={"messageGroupId": "a"}),
            schedule(arn=UNKNOWN),
        ],
        unknown=[schedule(input=UNKNOWN)],
    ),
    "event-bus-settings": about("aws:cloudwatch/eventArchive:EventArchive", "retentionDays", fails=[-1], passes=[30, ABSENT]),
    "event-bus-name": Cases(
        token=BUS,
        fails=[{"name": "default"}, {"name": "aws.partner/x"}],
        passes=[{"name": "orders"}, {"name": "aws.partner/x", "eventSourceName": "aws.partner/x"}],
        unknown=[{"name": UNKNOWN}],
    ),
    "event-connection-parameters": Cases(
        token="aws:cloudwatch/eventConnection:EventConnection",
        fails=[
            {"authorizationType": "API_KEY", "authParameters": {"basic": {"username": "a"}}},
            {"authorizationType": "BASIC", "authParameters": {"basic": {"username": "a"}, "apiKey": {"key": "a"}}},
        ],
        passes=[{"authorizationType": "API_KEY", "authParameters": {"apiKey": UNKNOWN}}],
        unknown=[{"authorizationType": UNKNOWN}],
    ),
    "event-api-destination": Cases(
        token="aws:cloudwatch/eventApiDestination:EventApiDestination",
        fails=[{"invocationRateLimitPerSecond": 301}, {"httpMethod": "FETCH"}],
        passes=[{"invocationRateLimitPerSecond": 300, "httpMethod": "POST"}],
        unknown=[{"httpMethod": UNKNOWN}],
    ),
}
