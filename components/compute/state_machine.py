"""State machines of Step Functions that call AWS in a few steps, and the schedules that start them: no code of ours runs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import pulumi
from pulumi_aws import iam, scheduler, sfn

from ..base.alarms import Alarm, Metric, any_of, create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Place
from ..base.statements import Statement, policy_json, service_trust_json

RETRY: Final = [
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 2.0, "JitterStrategy": "FULL"}
]
"""Try a call of AWS again for a minute: it is told apart by nothing that was refused once."""

# docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html: a day at the most, 185 times
RETRY_SECONDS: Final = 3600
RETRIES: Final = 20

# docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
ENDS_BADLY: Final = {"failed": "ExecutionsFailed", "late": "ExecutionsTimedOut", "ended": "ExecutionsAborted"}
SILENT_HOURS: Final = 26
"""So long a daily schedule may say nothing: a day, the hour that it is tried for, and the hour that CloudWatch adds up."""


def create_state_machine(
    owner: Component,
    name: str,
    *,
    here: Here,
    states: Mapping[str, Any],
    start_at: str,
    grants: Sequence[Statement],
    kind: Literal["STANDARD", "EXPRESS"],
    needs: Sequence[pulumi.Resource] = (),
) -> sfn.StateMachine:
    """Create a state machine, with its role and the alarm on runs that end badly, as children of `owner`.

    Args:
        owner: Their parent.
        name: Their name.
        here: Where they are.
        states: Its states, in JSONata; may hold outputs.
        start_at: The first of them.
        grants: What it may do.
        kind: STANDARD tells of each run for 90 days; EXPRESS of none, and costs a fraction.
        needs: What must exist before it may run.
    """
    role = _role(owner, name, here, "states.amazonaws.com", f"arn:aws:states:{here.region}:{here.account_id}:stateMachine:*")
    policy = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(grants), opts=owner.child())
    machine = sfn.StateMachine(
        name,
        region=here.region,
        type=kind,
        role_arn=role.arn,
        definition=pulumi.Output.json_dumps({"QueryLanguage": "JSONata", "StartAt": start_at, "States": states}),
        tags=tags(name),
        opts=owner.child(depends_on=[policy, *needs]),
    )
    create_alarms(owner, [_ends_badly(machine.arn)], here, part=name)
    return machine


def create_starter(
    owner: Component,
    name: str,
    *,
    here: Place,
    service: Literal["events", "scheduler"],
    source_arn: pulumi.Input[str],
    machine_arn: pulumi.Input[str],
    more: Sequence[Statement] = (),
) -> tuple[iam.Role, iam.RolePolicy]:
    """The role with which `service` starts a state machine on behalf of `source_arn`, and the policy that lets it."""
    role = _role(owner, name, here, f"{service}.amazonaws.com", source_arn)
    start = Statement(sid="Start", actions=("states:StartExecution",), resources=(machine_arn,))
    policy = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json([start, *more]), opts=owner.child())
    return role, policy


def create_schedule(
    owner: Component,
    name: str,
    *,
    here: Here,
    machine_arn: pulumi.Input[str],
    expression: str,
    timezone: str = "UTC",
    dead_letters_arn: pulumi.Input[str],
    dead_letters: Sequence[Statement],
    enabled: bool,
    daily: bool = False,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Start a state machine by the clock, with `given` as its input; what cannot be started in an hour is a dead letter.

    It is in a group of its own: Scheduler counts by group. With `daily` a clock that stops is told, too; one that begins
    stopped, without `enabled`, is not. What must run in a region on standby, too, is given a `here` that is not switched.
    """
    group = scheduler.ScheduleGroup(name, region=here.region, tags=tags(name), opts=owner.child())
    role, policy = create_starter(
        owner,
        name,
        here=here,
        service="scheduler",
        # The group, not the schedule:
        # docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        source_arn=group.arn,
        machine_arn=machine_arn,
        more=dead_letters,
    )
    schedule = scheduler.Schedule(
        name,
        region=here.region,
        group_name=group.name,
        state="ENABLED" if enabled else "DISABLED",
        schedule_expression=expression,
        schedule_expression_timezone=timezone,
        flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=scheduler.ScheduleTargetArgs(
            arn=machine_arn,
            role_arn=role.arn,
            input=pulumi.Output.json_dumps(dict(given or {})),
            dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead_letters_arn),
            retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
            ),
        ),
        opts=owner.child(depends_on=[policy], ignore_changes=here.left_alone("state")),
    )
    here.switch("schedule", name, schedule=schedule.name, group=group.name)
    create_alarms(owner, _missed(group.name, daily=daily), here, part=name)


def _ends_badly(machine_arn: pulumi.Input[str]) -> Alarm:
    return any_of(
        "machine-failed",
        "A run of the state machine has failed, took too long or was ended: what it was for may not be done.",
        {
            identity: Metric(namespace="AWS/States", name=name, dimensions={"StateMachineArn": machine_arn}, statistic="Sum")
            for identity, name in ENDS_BADLY.items()
        },
    )


def _missed(group: pulumi.Input[str], *, daily: bool) -> list[Alarm]:
    """That a schedule has given up, and that it has not even tried.

    docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
    """

    def metric(name: str) -> Metric:
        return Metric(namespace="AWS/Scheduler", name=name, dimensions={"ScheduleGroup": group}, statistic="Sum")

    gave_up = Alarm(
        key="schedule-missed",
        label="gave-up",
        description="The schedule could not start its state machine in an hour, and has given up.",
        metric=metric("InvocationDroppedCount"),
        comparison="GreaterThanThreshold",
        threshold=0,
        evaluation_periods=1,
        missing_data="notBreaching",
    )
    silent = Alarm(
        key="schedule-missed",
        label="silent",
        description=f"The schedule, which is a daily one, has not tried to start its state machine for {SILENT_HOURS} hours.",
        metric=metric("InvocationAttemptCount"),
        comparison="LessThanThreshold",
        threshold=1,
        period=3600,
        evaluation_periods=SILENT_HOURS,
        # Where it does not try there is no datapoint at all.
        tell_silence=True,
    )
    return [gave_up, silent] if daily else [gave_up]


def _role(owner: Component, name: str, here: Place, service: str, source_arn: pulumi.Input[str]) -> iam.Role:
    role_name = f"{name}-role"
    return iam.Role(
        role_name,
        description=f"What {name} may do",
        assume_role_policy=service_trust_json(service, account_id=here.account_id, source_arn=source_arn),
        tags=tags(role_name),
        opts=owner.child(),
    )
