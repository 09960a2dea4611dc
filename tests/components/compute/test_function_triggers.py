"""What calls a function: messages of a queue, and requests whose token has been verified."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.compute.function import Function, FunctionArgs
from components.compute.function_spec import FunctionSpec, HttpSpec, TriggeredFunctionSpec
from components.edge.listener import Listener
from components.edge.token_spec import TokenSpec
from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.compute.test_function import ARGS
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

SCHEDULE = "aws:scheduler/schedule:Schedule"
MAPPING, PERMISSION = "aws:lambda/eventSourceMapping:EventSourceMapping", "aws:lambda/permission:Permission"
GROUP, ATTACHMENT = "aws:lb/targetGroup:TargetGroup", "aws:lb/targetGroupAttachment:TargetGroupAttachment"
RULE, FUNCTION = "aws:lb/listenerRule:ListenerRule", "aws:lambda/function:Function"
TOKENS = TokenSpec(issuer="https://login.example", jwks_url="https://login.example/keys", audience="ingest")
HTTP = HttpSpec(priority=500, paths=("/ingest/*",), scope="deliveries.write")
LISTENER = "arn:aws:elasticloadbalancing:us-east-2:111111111111:listener/app/ingress/1/2"


def queue(where: Here) -> Queue:
    return Queue("newest", QueueArgs(here=where, spec=QueueSpec(visibility_timeout_seconds=300), key_arn=kms_key()))


def worker(**changes: Any) -> TriggeredFunctionSpec:
    values: dict[str, Any] = {"queue": "newest", "timeout_seconds": 50, "concurrency": 7, **changes}
    return TriggeredFunctionSpec(**values)


def listener(where: Here) -> Listener:
    group = SecurityGroup("ingress", SecurityGroupArgs(here=where, vpc_id="vpc-1", description="Load balancer"))
    return Listener(arn=LISTENER, security_group=group, load_balancer_suffix="app/ingress/1")


def working(*, running: bool = True, **spec: Any) -> Declaration:
    def program() -> None:
        Function("newest", replace(ARGS, spec=worker(**spec), queue=queue(here()), running=running))

    return resources_of(program)


def answering(*, running: bool = True) -> Declaration:
    def program() -> None:
        args = replace(ARGS, spec=TriggeredFunctionSpec(http=HTTP), listener=listener(here()), tokens=TOKENS, running=running)
        Function("ingest", args)

    return resources_of(program)


def test_a_queue_is_worked_off_and_each_message_fails_by_itself() -> None:
    inputs = working(batch_size=100, batch_seconds=1, timeout_seconds=40).one(MAPPING).inputs
    assert inputs["eventSourceArn"] == f"arn:aws:sqs:us-east-2:{ACCOUNT}:newest"
    assert inputs["functionName"] == f"arn:aws:lambda:us-east-2:{ACCOUNT}:newest"
    assert inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (inputs["batchSize"], inputs["maximumBatchingWindowInSeconds"]) == (100, 1)


def test_no_more_batches_at_once_than_the_function_may_run() -> None:
    declared = working(concurrency=7)
    assert declared.one(MAPPING).inputs["scalingConfig"] == {"maximumConcurrency": 7}
    assert declared.one(FUNCTION).inputs["reservedConcurrentExecutions"] == 7


def test_the_mapping_comes_after_what_the_role_may_and_goes_before_it() -> None:
    mapping = working().one(MAPPING)
    assert mapping.depends_on("newest-grants") and mapping.depends_on("newest-network")


@pytest.mark.parametrize("running", [True, False])
def test_at_rest_the_mapping_is_there_and_disabled(running: bool) -> None:
    assert working(running=running).one(MAPPING).inputs["enabled"] is running


@pytest.mark.parametrize("switched", [True, False])
def test_where_recovery_switches_no_up_moves_queue_or_clock(switched: bool) -> None:
    where = here(switched=switched)

    def program() -> None:
        Function("newest", replace(ARGS, here=where, spec=worker(), queue=queue(here())))
        Function("quota", replace(ARGS, here=where, spec=TriggeredFunctionSpec(every_minutes=60)))

    declared = resources_of(program)
    assert declared.one(MAPPING).ignore_changes == (("enabled",) if switched else ())
    assert declared.one(SCHEDULE).ignore_changes == (("state",) if switched else ())
    told = {(switch.kind, switch.name): sorted(switch.facts) for switch in where.inventory.switches}
    assert told == (
        {("mapping", "newest"): ["function", "uuid"], ("schedule", "quota-clock"): ["group", "schedule"]} if switched else {}
    )


def test_requests_are_verified_before_they_are_forwarded() -> None:
    rule = answering().one(RULE)
    assert (rule.inputs["listenerArn"], rule.inputs["priority"]) == (LISTENER, 500)
    assert rule.inputs["conditions"] == [{"pathPattern": {"values": ["/ingest/*"]}}]
    verify, forward = rule.inputs["actions"]
    assert (verify["order"], verify["type"], forward["order"], forward["type"]) == (1, "jwt-validation", 2, "forward")
    assert verify["jwtValidation"] == {
        "issuer": "https://login.example",
        "jwksEndpoint": "https://login.example/keys",
        "additionalClaims": [
            {"name": "aud", "format": "single-string", "values": ["ingest"]},
            {"name": "scope", "format": "space-separated-values", "values": ["deliveries.write"]},
        ],
    }
    assert forward["targetGroupArn"] == f"arn:aws:lb:us-east-2:{ACCOUNT}:ingest"


def test_a_function_behind_the_load_balancer_sees_every_header_and_listens_on_no_port() -> None:
    group = answering().one(GROUP).inputs
    assert (group["targetType"], group["lambdaMultiValueHeadersEnabled"]) == ("lambda", True)
    assert not {"port", "protocol", "vpcId"} & set(group)


def test_the_load_balancer_may_invoke_it_for_that_target_group_before_it_is_attached() -> None:
    declared = answering()
    permission = declared.one(PERMISSION).inputs
    assert (permission["principal"], permission["action"]) == ("elasticloadbalancing.amazonaws.com", "lambda:InvokeFunction")
    assert permission["sourceArn"] == f"arn:aws:lb:us-east-2:{ACCOUNT}:ingest"
    attachment = declared.one(ATTACHMENT)
    assert attachment.inputs["targetId"] == f"arn:aws:lambda:us-east-2:{ACCOUNT}:ingest"
    assert "port" not in attachment.inputs and attachment.depends_on("ingest-http")
    assert any(urn.endswith("Permission::ingest-http") for urn in attachment.dependencies)


def test_requests_come_once_the_function_is_attached_and_may_do_its_work() -> None:
    rule = answering().one(RULE)
    assert any(urn.endswith("TargetGroupAttachment::ingest-http") for urn in rule.dependencies)
    assert rule.depends_on("ingest-grants")


def test_everything_is_in_its_region() -> None:
    for declared in (working(), answering()):
        assert children_without_region(declared, "us-east-2") == []


def arguments(change: Callable[[FunctionArgs], FunctionArgs]) -> Callable[[], Any]:
    return lambda: change(replace(ARGS, spec=FunctionSpec()))


WRONG: list[tuple[str, str, Callable[[FunctionArgs], FunctionArgs]]] = [
    ("queue is None", "the queue of spec.queue (newest)", lambda args: replace(args, spec=worker())),
    ("queue is 'newest'", "the queue of spec.queue (None)", lambda args: replace(args, queue=queue(here()))),
    ("listener is None", "a value, for spec.http", lambda args: replace(args, spec=TriggeredFunctionSpec(http=HTTP))),
    (
        "tokens is None",
        "a value, for spec.http",
        lambda args: replace(args, spec=TriggeredFunctionSpec(http=HTTP), listener=listener(here())),
    ),
    ("tokens is 'TokenSpec'", "None without spec.http", lambda args: replace(args, tokens=TOKENS)),
    (
        "queue.spec.visibility_timeout_seconds is 300",
        "301 or more",
        lambda args: replace(args, spec=worker(batch_seconds=1), queue=queue(here())),
    ),
]


@pytest.mark.parametrize(("told", "expected", "change"), WRONG, ids=[told for told, _, _ in WRONG])
def test_half_a_trigger_is_refused(told: str, expected: str, change: Callable[[FunctionArgs], FunctionArgs]) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        resources_of(arguments(change))
    assert f"FunctionArgs.{told}; expected {expected}" in str(raised.value)


SPECS: list[tuple[dict[str, Any], str]] = [
    ({}, "http is empty; expected queue, http or every_minutes"),
    ({"every_minutes": 60, "http": HTTP}, "http is 'http and a run each 60 minutes'; expected queue, http or every_minutes"),
    ({"queue": "newest", "http": HTTP}, "http is 'http and queue newest'; expected queue, http or every_minutes"),
    ({"queue": "newest", "concurrency": 1}, "queue is 'newest'; expected no queue at concurrency 1"),
    ({"queue": "newest", "batch_size": 11}, "batch_seconds is 0; expected 1 or more at batch_size 11"),
    ({"queue": "newest", "batch_size": 10_001}, "batch_size is 10001; expected 1 to 10000"),
    ({"queue": "newest", "batch_seconds": 301}, "batch_seconds is 301; expected 0 to 300 seconds"),
    (
        {"queue": "newest", "uses": ("queue/newest:consume",)},
        "uses[0] is 'queue/newest:consume'; expected no consume of queue/newest",
    ),
]


@pytest.mark.parametrize(("values", "told"), SPECS, ids=[told for _, told in SPECS])
def test_what_could_not_be_called_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        TriggeredFunctionSpec(**values)
    assert f"TriggeredFunctionSpec.{told}" in str(raised.value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("paths", (), "one path or more"),
        ("paths", ("/a", "/a"), "a path not listed before"),
        ("paths", ("ingest",), "a path pattern"),
        ("paths", tuple(f"/{each}" for each in "abcdef"), "at most 5 paths"),
        ("priority", 0, "1 to 50000"),
        ("scope", "two scopes", "1 to 256 characters"),
    ],
)
def test_requests_that_no_rule_could_name_are_refused(field: str, value: Any, expected: str) -> None:
    values: dict[str, Any] = {"priority": 1, "paths": ("/a",), "scope": "write", field: value}
    with pytest.raises(InvalidArgumentError, match=rf"HttpSpec\.{field}.* is .*; expected .*{expected}"):
        HttpSpec(**values)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "http://login.example"),
        ("issuer", "https://login.example/"),
        ("jwks_url", f"https://login.example/{'a' * 240}"),
        ("audience", ""),
    ],
)
def test_tokens_that_the_load_balancer_cannot_verify_are_refused(field: str, value: str) -> None:
    values: dict[str, Any] = {"issuer": "https://a.example", "jwks_url": "https://a.example/k", "audience": "x", field: value}
    with pytest.raises(InvalidArgumentError, match=rf"TokenSpec\.{field} is .*; expected "):
        TokenSpec(**values)
