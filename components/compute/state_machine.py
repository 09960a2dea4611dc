"""State machines of Step Functions that call AWS in a few steps, and the schedules that start them: no code of ours runs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import pulumi
from pulumi_aws import iam, scheduler, sfn

from ..base.component import Component, tags
from ..base.here import Place
from ..base.statements import Statement, policy_json, service_trust_json

RETRY: Final = [
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 2.0, "JitterStrategy": "FULL"}
]
"""Try a call of AWS again for a minute: it is told apart by nothing that was refused once."""

# docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html: a day at the most, 185 times
RETRY_SECONDS: Final = 3600
RETRIES: Final = 20


def create_state_machine(
    owner: Component,
    name: str,
    *,
    here: Place,
    states: Mapping[str, Any],
    start_at: str,
    grants: Sequence[Statement],
    kind: Literal["STANDARD", "EXPRESS"],
    needs: Sequence[pulumi.Resource] = (),
) -> sfn.StateMachine:
    """Create a state machine, with its role, as children of `owner`.

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
    return sfn.StateMachine(
        name,
        region=here.region,
        type=kind,
        role_arn=role.arn,
        definition=pulumi.Output.json_dumps({"QueryLanguage": "JSONata", "StartAt": start_at, "States": states}),
        tags=tags(name),
        opts=owner.child(depends_on=[policy, *needs]),
    )


def create_starter(
    owner: Component,
    name: str,
    *,
    here: Place,
    service: Literal["events", "scheduler"],
    source_arn: str,
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
    here: Place,
    machine_arn: pulumi.Input[str],
    expression: str,
    timezone: str = "UTC",
    dead_letters_arn: pulumi.Input[str],
    dead_letters: Sequence[Statement],
    enabled: bool,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Start a state machine by the clock, with `given` as its input; what cannot be started in an hour is a dead letter.

    With `enabled` false everything is there, and the clock is stopped.
    """
    role, policy = create_starter(
        owner,
        name,
        here=here,
        service="scheduler",
        # The group, not the schedule:
        # docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        source_arn=f"arn:aws:scheduler:{here.region}:{here.account_id}:schedule-group/default",
        machine_arn=machine_arn,
        more=dead_letters,
    )
    scheduler.Schedule(
        name,
        region=here.region,
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
        opts=owner.child(depends_on=[policy]),
    )


def _role(owner: Component, name: str, here: Place, service: str, source_arn: str) -> iam.Role:
    role_name = f"{name}-role"
    return iam.Role(
        role_name,
        description=f"What {name} may do",
        assume_role_policy=service_trust_json(service, account_id=here.account_id, source_arn=source_arn),
        tags=tags(role_name),
        opts=owner.child(),
    )
