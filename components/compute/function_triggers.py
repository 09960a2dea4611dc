"""What calls a function: messages of a queue, requests of the load balancer, which has verified most, and the clock."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam, lambda_, lb, scheduler

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.here import Here
from ..base.statements import Statement, policy_json, service_trust_json
from ..edge.listener import Listener
from ..edge.token_spec import TokenSpec
from .function_spec import HttpSpec, TriggeredFunctionSpec


def work_off_queue(
    owner: Component,
    here: Here,
    spec: TriggeredFunctionSpec,
    function: lambda_.Function,
    queue_arn: pulumi.Input[str],
    *,
    ready: Sequence[pulumi.Resource],
    running: bool,
) -> None:
    """Hand the queue's messages to `function`, which answers which of them failed; those are handed out again.

    What fails for good goes to the queue's dead letters. The mapping waits for `ready`, and goes before it: one whose role may
    not read any more cannot be deleted cleanly.
    """
    name = f"{owner.name}-queue"
    mapping = lambda_.EventSourceMapping(
        name,
        region=here.region,
        event_source_arn=queue_arn,
        function_name=function.arn,
        enabled=running,
        batch_size=spec.batch_size,
        maximum_batching_window_in_seconds=spec.batch_seconds or None,
        function_response_types=["ReportBatchItemFailures"],
        # Without, Lambda reads faster than the function's share of the concurrency, and messages are thrown back unread until
        # they are dead letters.
        scaling_config=lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=spec.concurrency),
        tags=tags(name),
        opts=owner.child(depends_on=[*ready], ignore_changes=here.left_alone("enabled")),
    )
    here.switch("mapping", owner.name, uuid=mapping.uuid, function=function.name)


def answer_requests(
    owner: Component,
    here: Here,
    spec: HttpSpec,
    function: lambda_.Function,
    listener: Listener,
    tokens: TokenSpec,
    *,
    ready: Sequence[pulumi.Resource],
) -> None:
    """Forward the requests of `spec` whose token is right to `function`, and the token as it came."""
    forward_requests(
        owner,
        here,
        function,
        listener,
        priority=spec.priority,
        paths=spec.paths,
        first=[_verify(spec, tokens)],
        ready=ready,
    )


def forward_requests(
    owner: Component,
    here: Here,
    function: lambda_.Function,
    listener: Listener,
    *,
    priority: int,
    paths: Sequence[str],
    ready: Sequence[pulumi.Resource],
    first: Sequence[lb.ListenerRuleActionArgs] = (),
) -> None:
    """Forward the requests of `paths` to `function`, which nobody else may invoke by that.

    `first` is what must be done before, and may refuse them; nothing by default: then the function itself must know whom it
    answers. In a region on standby the load balancer's gate is before it.
    """
    name = f"{owner.name}-http"
    group = lb.TargetGroup(
        # Physical names are made of it: 32 characters, eight of them auto-naming's.
        owner.name,
        region=here.region,
        target_type="lambda",
        # Headers that come twice are seen twice, and can be refused: who verified one token must not be shown another.
        lambda_multi_value_headers_enabled=True,
        tags=tags(owner.name),
        opts=owner.child(),
    )
    permission = lambda_.Permission(
        name,
        region=here.region,
        function=function.name,
        action="lambda:InvokeFunction",
        principal="elasticloadbalancing.amazonaws.com",
        source_arn=group.arn,
        opts=owner.child(),
    )
    attachment = lb.TargetGroupAttachment(
        name,
        region=here.region,
        target_group_arn=group.arn,
        target_id=function.arn,
        # ELB tries whether it may invoke what it is given.
        opts=owner.child(depends_on=[permission]),
    )
    lb.ListenerRule(
        owner.name,
        region=here.region,
        listener_arn=listener.arn,
        priority=priority,
        conditions=[lb.ListenerRuleConditionArgs(path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=[*paths]))],
        actions=[*first, lb.ListenerRuleActionArgs(order=len(first) + 1, type="forward", target_group_arn=group.arn)],
        tags=tags(owner.name),
        opts=owner.child(depends_on=[attachment, *ready]),
    )


def _verify(spec: HttpSpec, tokens: TokenSpec) -> lb.ListenerRuleActionArgs:
    """docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-verify-jwt.html: signature, iss and exp always."""
    claim = lb.ListenerRuleActionJwtValidationAdditionalClaimArgs
    return lb.ListenerRuleActionArgs(
        order=1,
        type="jwt-validation",
        jwt_validation=lb.ListenerRuleActionJwtValidationArgs(
            issuer=tokens.issuer,
            jwks_endpoint=tokens.jwks_url,
            additional_claims=[
                claim(name="aud", format="single-string", values=[tokens.audience]),
                claim(name="scope", format="space-separated-values", values=[spec.scope]),
            ],
        ),
    )


def run_by_clock(
    owner: Component,
    here: Here,
    every_minutes: int,
    function: lambda_.Function,
    *,
    ready: Sequence[pulumi.Resource],
    running: bool,
    order: pulumi.Input[str] | None = None,
    alias_arn: pulumi.Input[str] | None = None,
) -> None:
    """Run `function` each so many minutes, and tell people when it stops for three times as long; it begins with `running`.

    A durable function is called by an alias of it: `alias_arn`. Scheduler never waits for what it calls
    (docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html), so its executions may take as long as they do.

    `order` is what it is given, as JSON; what Scheduler says by itself where there is none. What must run in a region on
    standby, too, is given a `here` that is not switched.
    """
    name = f"{owner.name}-clock"
    # In a group of its own, which the role trusts:
    # docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    group = scheduler.ScheduleGroup(name, region=here.region, tags=tags(name), opts=owner.child())
    role = iam.Role(
        f"{name}-role",
        description=f"What {name} may do",
        assume_role_policy=service_trust_json("scheduler.amazonaws.com", account_id=here.account_id, source_arn=group.arn),
        tags=tags(f"{name}-role"),
        opts=owner.child(),
    )
    called = function.arn if alias_arn is None else alias_arn
    invoke = Statement(sid="Run", actions=("lambda:InvokeFunction",), resources=(called,))
    granted = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json([invoke]), opts=owner.child())
    schedule = scheduler.Schedule(
        name,
        region=here.region,
        group_name=group.name,
        state="ENABLED" if running else "DISABLED",
        schedule_expression=f"rate({every_minutes} minutes)",
        flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=scheduler.ScheduleTargetArgs(
            arn=called,
            role_arn=role.arn,
            input=order,
            # The next run makes up for one that could not be started.
            retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(maximum_event_age_in_seconds=60 * every_minutes),
        ),
        opts=owner.child(depends_on=[granted, *ready], ignore_changes=here.left_alone("state")),
    )
    here.switch("schedule", name, schedule=schedule.name, group=group.name)
    create_alarms(owner, [_silent(function.name, every_minutes)], here, part=name)


def _silent(function: pulumi.Input[str], every_minutes: int) -> Alarm:
    return Alarm(
        key="function-silent",
        description=f"The function, which runs each {every_minutes} minutes, has not run for three times as long.",
        metric=Metric(namespace="AWS/Lambda", name="Invocations", dimensions={"FunctionName": function}, statistic="Sum"),
        comparison="LessThanThreshold",
        threshold=1,
        period=60 * every_minutes,
        evaluation_periods=3,
        # Where it does not run there is no datapoint at all.
        tell_silence=True,
    )
