"""Cases of policies/feasibility/rules/cloudwatch/logs.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.kms import (
    FUNCTION,
    LAMBDA_ARN,
    LOGS,
    PERMISSION,
    allow,
    document,
    encrypted,
    permitted,
    separate,
    service,
)
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
RESOURCE_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
STREAM_ARN = "arn:aws:kinesis:us-east-2:111111111111:stream/logs"
CONTEXT = "kms:EncryptionContext:aws:logs:arn"


def for_group(pattern: str) -> dict[str, Any]:
    return {**LOGS, "Condition": {"ArnLike": {CONTEXT: f"arn:aws:logs:us-east-2:111111111111:{pattern}"}}}


def subscribed(*others: Planned, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    to_function = planned(FILTER, logGroup="app", destinationArn=ref(FUNCTION, "ship"))
    return [planned(FUNCTION, "ship"), *others, to_function.after(*depends)]


def streamed(*, ordered: bool) -> list[Planned]:
    return [
        planned(ROLE, "role"),
        linked(INLINE, "policy", role=(ROLE, "role")),
        linked(FILTER, "it", [(INLINE, "policy")] if ordered else [], destinationArn=STREAM_ARN, roleArn=(ROLE, "role")),
    ]


def filters(number: int) -> list[Planned]:
    return [
        planned(GROUP, "app"),
        *(linked(FILTER, f"f{count}", logGroup=(GROUP, "app"), destinationArn=LAMBDA_ARN) for count in range(number)),
    ]


def classed(kind: Any) -> list[Planned]:
    return [planned(GROUP, "app", logGroupClass=kind), linked(FILTER, "it", logGroup=(GROUP, "app"), destinationArn=LAMBDA_ARN)]


def written(
    called: Any, token: str = FUNCTION, *, depends: Sequence[tuple[str, str]] = (), after: bool = False, **writer: Any
) -> list[Planned]:
    group = planned(GROUP, "group", name=called).after(*([(token, "writer")] if after else []))
    made = planned(token, "writer", **writer).after(*depends)
    return [made, group] if after else [group, made]


def metric(**parts: Any) -> dict[str, Any]:
    return {"metricTransformation": {"name": "errors", "namespace": "app", "value": "1", **parts}}


DB = "aws:rds/instance:Instance"
DB_LOGS = "/aws/rds/instance/main/postgresql"

CASES: dict[str, Cases] = {
    "log-group-key": Cases(
        token=GROUP,
        fails=[
            {"kmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
            {"kmsKeyId": "alias/logs"},
            {"kmsKeyId": KEY_ARN, "region": "us-west-2"},
            encrypted(GROUP, {}),
            encrypted(GROUP, {"policy": document(allow())}),
            encrypted(GROUP, {"policy": document(LOGS)}, group={"region": "us-west-2"}),
            encrypted(GROUP, {"policy": document(for_group("log-group:/aws/ecs/*"))}, group={"name": "/aws/lambda/a"}),
            encrypted(GROUP, {"region": "us-east-2", "policy": document(LOGS)}, group={"region": "us-west-2"}),
        ],
        passes=[
            encrypted(GROUP, {"policy": document(allow(), LOGS)}, group={"region": "us-east-2"}),
            encrypted(GROUP, {"policy": document(for_group("log-group:/aws/*"))}, group={"name": "/aws/lambda/a"}),
            encrypted(GROUP, {"policy": document(for_group("*"))}, group={"name": "app"}),
            encrypted(GROUP, {}, separate(document(service("logs.amazonaws.com")))),
            {"kmsKeyId": KEY_ARN, "region": "us-east-2"},
            {},
        ],
        unknown=[encrypted(GROUP, {"policy": UNKNOWN}), {"kmsKeyId": UNKNOWN}],
    ),
    "log-resource-policies-per-region": Cases(
        token=RESOURCE_POLICY,
        fails=[[planned(RESOURCE_POLICY, f"p{number:02}") for number in range(11)]],
        passes=[
            [planned(RESOURCE_POLICY, f"p{number:02}") for number in range(10)],
            [
                planned(RESOURCE_POLICY, f"p{number:02}", region=f"us-{'east' if number % 2 else 'west'}-2")
                for number in range(12)
            ],
            [planned(RESOURCE_POLICY, f"p{number:02}", resourceArn=UNKNOWN) for number in range(11)],
        ],
        never_unknown=True,
    ),
    "log-group-before-its-writer": Cases(
        token=GROUP,
        fails=[
            written("/aws/lambda/resize", name="resize"),
            written(DB_LOGS, DB, identifier="main", enabledCloudwatchLogsExports=["postgresql"]),
            written(DB_LOGS, DB, identifier="main", enabledCloudwatchLogsExports=["postgresql"], after=True),
            written("/aws/eks/main/cluster", "aws:eks/cluster:Cluster", name="main", enabledClusterLogTypes=["api"]),
        ],
        passes=[
            written("/aws/lambda/resize", name="resize", depends=[(GROUP, "group")]),
            written("/aws/lambda/resize", name="resize", after=True),
            written("/aws/lambda/another", name="resize"),
            written(DB_LOGS, DB, identifier="main"),
            written("app", name="app"),
        ],
        unknown=[{"name": UNKNOWN}],
    ),
    "log-subscription-role": Cases(
        token=FILTER,
        fails=[
            {"destinationArn": STREAM_ARN},
            {"destinationArn": LAMBDA_ARN, "roleArn": "arn:aws:iam::111111111111:role/logs"},
            streamed(ordered=False),
        ],
        passes=[
            {"destinationArn": STREAM_ARN, "roleArn": "arn:aws:iam::111111111111:role/logs"},
            {"destinationArn": LAMBDA_ARN},
            {"destinationArn": "arn:aws:logs:us-east-2:111111111111:destination:central"},
            streamed(ordered=True),
        ],
        unknown=[{"destinationArn": UNKNOWN}],
    ),
    "log-subscription-allowed": Cases(
        token=FILTER,
        fails=[subscribed(), subscribed(permitted("s3.amazonaws.com")), subscribed(permitted("logs.amazonaws.com"))],
        passes=[
            subscribed(permitted("logs.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            subscribed(permitted("logs.us-east-2.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            {"destinationArn": LAMBDA_ARN},
        ],
        unknown=[{"destinationArn": UNKNOWN}],
    ),
    "log-subscriptions-per-group": Cases(
        token=FILTER, fails=[filters(3)], passes=[filters(2), {"logGroup": "app"}], unknown=[{"logGroup": UNKNOWN}]
    ),
    "log-class-features": Cases(
        token=FILTER,
        fails=[classed("INFREQUENT_ACCESS")],
        passes=[classed("STANDARD"), classed("DELIVERY"), classed(None)],
        unknown=[classed(UNKNOWN)],
    ),
    "log-metric-filter-form": Cases(
        token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        fails=[
            metric(defaultValue="0", dimensions={"a": "$.a"}),
            metric(dimensions={name: f"$.{name}" for name in ("a", "b", "c", "d")}),
        ],
        passes=[
            metric(defaultValue="0"),
            *(metric(dimensions={name: f"$.{name}" for name in names}) for names in ("a", "abc")),
            metric(),
        ],
        unknown=[{"metricTransformation": UNKNOWN}],
    ),
    "log-retention-value": about(GROUP, "retentionInDays", fails=[10, 366], passes=[30, 0, ABSENT]),
}
