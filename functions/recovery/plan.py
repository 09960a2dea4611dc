"""What a failover does, step by step, as data: the executor runs it, the dry run, the time model and the runbook read it."""

from dataclasses import dataclass, field
from typing import Final, Literal

Mode = Literal["planned", "disaster", "rehearsal"]
Where = Literal["here", "there"]

PLANNED: Final[Mode] = "planned"
DISASTER: Final[Mode] = "disaster"
HERE: Final[Where] = "here"
THERE: Final[Where] = "there"
REHEARSAL: Final[Mode] = "rehearsal"
BOTH: Final[tuple[Mode, ...]] = (PLANNED, DISASTER)
"""The modes that turn the traffic."""
MODES: Final[tuple[Mode, ...]] = (*BOTH, REHEARSAL)


@dataclass(frozen=True)
class Call:
    """An operation of AWS that a step may call.

    Attributes:
        service: As boto3 names it ("rds").
        operation: As the API names it ("DescribeDBInstances").
        where: "here" is the region that is to become active, where the executor runs; "there" is the other one.
        modes: In which modes it is called.
    """

    service: str
    operation: str
    where: Where
    modes: tuple[Mode, ...] = MODES


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the plan.

    Attributes:
        name: Lowercase, unique.
        says: What it does, for people; one sentence.
        modes: In which modes it is taken.
        lane: Steps next to each other in different lanes go on beside each other; "" stands alone.
        calls: Every operation of AWS that it may call; besides these, each step calls what is in `JOURNAL`.
        limit: Seconds that it may take before it fails.
        undo: How it is taken back, for people; "" is: it is not.
    """

    name: str
    says: str
    modes: tuple[Mode, ...] = BOTH
    lane: str = ""
    calls: tuple[Call, ...] = field(default=())
    limit: int
    undo: str = ""


def _calls(where: Where, *operations: str, modes: tuple[Mode, ...] = MODES) -> tuple[Call, ...]:
    named = (operation.split(".") for operation in operations)
    return tuple(Call(service, name, where, modes) for service, name in named)


JOURNAL: Final = _calls(HERE, "dynamodb.GetItem", "dynamodb.PutItem")
"""What each step calls besides its own: the lock is held, the journal written, the active region asked."""
_SEE_SWITCHES: Final = (
    "elbv2.DescribeRules",
    "lambda.GetEventSourceMapping",
    "scheduler.GetSchedule",
    "events.DescribeRule",
    "batch.DescribeJobQueues",
    "ecs.DescribeServices",
    "application-autoscaling.DescribeScalableTargets",
    "rds.DescribeDBInstances",
)
_TURN_SWITCHES: Final = (
    "elbv2.ModifyRule",
    "lambda.UpdateEventSourceMapping",
    "scheduler.UpdateSchedule",
    "events.DisableRule",
    "batch.UpdateJobQueue",
    "ecs.UpdateService",
    "application-autoscaling.RegisterScalableTarget",
    "rds.ModifyDBInstance",
)
_SERVICES: Final = (
    "ecs.DescribeServices",
    "ecs.UpdateService",
    "application-autoscaling.DescribeScalableTargets",
    "application-autoscaling.RegisterScalableTarget",
)
GIVE_BACK: Final = (
    *_calls(THERE, *_SEE_SWITCHES, *_TURN_SWITCHES, "events.EnableRule", "dynamodb.GetItem", modes=(PLANNED,)),
    *_calls(HERE, "rds.DescribeDBInstances", *_SERVICES, modes=(PLANNED,)),
)
"""What a planned run calls that fails before a promotion, when it gives back."""

PLAN: Final = (
    Step(
        name="lock",
        says="Takes the lock of this region, so that one run at a time works here; a lock whose run died is taken over, and so "
        "is that of a rehearsal, and by a disaster that of a planned run.",
        modes=MODES,
        limit=300,
        undo="The lock ends by itself three minutes after its run's last sign of life.",
    ),
    Step(
        name="gate",
        says="Measures what would be lost, and refuses above what was accepted; asks whether every replica can be promoted.",
        calls=(
            *_calls(HERE, "lambda.Invoke", "rds.DescribeDBInstances"),
            *_calls(THERE, "rds.DescribeDBInstances", modes=(PLANNED,)),
        ),
        limit=5400,
        undo="Nothing was changed.",
    ),
    Step(
        name="quiesce",
        says="Notes what is on in the other region, closes its gate to requests, and stops its schedules and new jobs.",
        modes=(PLANNED,),
        calls=_calls(
            THERE,
            *_SEE_SWITCHES,
            "elbv2.ModifyRule",
            "scheduler.UpdateSchedule",
            "events.DisableRule",
            "batch.UpdateJobQueue",
        ),
        limit=300,
        undo="Gives back: what was on there is turned on again.",
    ),
    Step(
        name="drain",
        says="Waits until the other region has worked off its queues and jobs.",
        modes=(PLANNED,),
        calls=_calls(THERE, "sqs.GetQueueAttributes", "batch.ListJobs"),
        limit=1800,
        undo="Gives back: what was on there is turned on again.",
    ),
    Step(
        name="decide",
        says="Records that this region is the active one: from here on the other region fences itself.",
        limit=120,
        undo="Planned, before the promotion: the other region is recorded as the active one again.",
    ),
    Step(
        name="fence",
        says="Shuts the other region off: database, gate, queues, schedules, jobs and services; planned, it must succeed; "
        "in a disaster it ends the jobs, too, tries for a minute, and otherwise records that the region is unfenced.",
        calls=(
            *_calls(THERE, *_SEE_SWITCHES, *_TURN_SWITCHES, "lambda.Invoke", "sqs.GetQueueAttributes", "dynamodb.GetItem"),
            *_calls(THERE, "batch.ListJobs", "batch.TerminateJob", modes=(DISASTER,)),
        ),
        limit=900,
        undo="Planned, before the promotion: what was on there is turned on again. In a disaster it stays shut off.",
    ),
    Step(
        name="catch-up",
        says="Has a last number written to each database there, and waits until each replica here has it: nothing is lost.",
        modes=(PLANNED,),
        calls=(*_calls(THERE, "lambda.Invoke"), *_calls(HERE, "lambda.Invoke")),
        limit=300,
        undo="Gives back: what was on there is turned on again.",
    ),
    Step(
        name="copy",
        says="Makes a replica of each database here, which nobody but the heartbeat's network reaches.",
        modes=(REHEARSAL,),
        lane="databases",
        calls=_calls(HERE, "rds.DescribeDBInstances", "rds.CreateDBInstanceReadReplica", "rds.DeleteDBInstance"),
        limit=7200,
        undo="The copies are deleted.",
    ),
    Step(
        name="promote-copy",
        says="Promotes the copies, all at once: this is what takes most of a failover.",
        modes=(REHEARSAL,),
        lane="databases",
        calls=_calls(HERE, "rds.DescribeDBInstances", "rds.PromoteReadReplica"),
        limit=5400,
        undo="The copies are deleted.",
    ),
    Step(
        name="promote",
        says="Opens every database here to its services, promotes all of them at once, and waits until none is a replica.",
        lane="databases",
        calls=(
            *_calls(HERE, "rds.DescribeDBInstances", "rds.ModifyDBInstance", "rds.PromoteReadReplica"),
            *_calls(HERE, "lambda.Invoke", modes=(DISASTER,)),
        ),
        limit=5400,
    ),
    Step(
        name="writable",
        says="Sees that the databases here are open to their services, writes to each and reads it back.",
        lane="databases",
        calls=_calls(HERE, "rds.DescribeDBInstances", "rds.ModifyDBInstance", "lambda.Invoke"),
        limit=900,
    ),
    Step(
        name="start",
        says="Starts the services here with as many tasks as the other region needed in its last day; waits until they run, "
        "after five minutes for the least of each only.",
        modes=MODES,
        lane="services",
        calls=_calls(HERE, "ecs.DescribeServices", "ecs.UpdateService", "dynamodb.Query"),
        limit=1200,
        undo="Planned, before the promotion: back to no tasks. So in a rehearsal.",
    ),
    Step(
        name="stop",
        says="Stops the services here again.",
        modes=(REHEARSAL,),
        calls=_calls(HERE, *_SERVICES),
        limit=600,
    ),
    Step(
        name="clean-up",
        says="Deletes the copies, and waits until they are gone.",
        modes=(REHEARSAL,),
        calls=_calls(HERE, "rds.DescribeDBInstances", "rds.DeleteDBInstance"),
        limit=3600,
    ),
    Step(
        name="resume",
        says="Turns the queues' consumers, schedules and jobs here on, and opens the gate.",
        calls=_calls(
            HERE,
            "elbv2.DescribeRules",
            "elbv2.ModifyRule",
            "lambda.GetEventSourceMapping",
            "lambda.UpdateEventSourceMapping",
            "scheduler.GetSchedule",
            "scheduler.UpdateSchedule",
            "events.DescribeRule",
            "events.EnableRule",
            "batch.DescribeJobQueues",
            "batch.UpdateJobQueue",
        ),
        limit=600,
    ),
    Step(
        name="smoke",
        says="Asks each service here for its health, through the load balancer and with the certificate of the domain.",
        limit=900,
    ),
    Step(
        name="open",
        says="Turns the traffic: sets the latch that Route 53 asks, and no record of Route 53; then lets the services scale.",
        calls=(
            *_calls(HERE, "elbv2.DescribeRules", "elbv2.ModifyRule", *_SERVICES),
            *_calls(THERE, "elbv2.DescribeRules", "elbv2.ModifyRule", modes=(PLANNED,)),
        ),
        limit=300,
    ),
    Step(
        name="report",
        says="Closes the journal and tells everybody: what was done, how long it took, what was lost, what waits; has copies "
        "deleted that a rehearsal left.",
        modes=MODES,
        calls=(
            *_calls(HERE, "sns.Publish"),
            *_calls(HERE, "rds.DescribeDBInstances", "rds.DeleteDBInstance", modes=BOTH),
        ),
        limit=120,
    ),
    Step(
        name="reconcile",
        says="Starts `up` in this region, and does not wait for it; tells everybody when it does not start.",
        calls=_calls(HERE, "ecs.RunTask", "sns.Publish"),
        limit=120,
    ),
)


def steps(mode: Mode) -> tuple[Step, ...]:
    """The steps of a mode, in order."""
    return tuple(step for step in PLAN if mode in step.modes)


def waves(mode: Mode) -> tuple[tuple[tuple[Step, ...], ...], ...]:
    """The steps of a mode in waves: the lanes of a wave go on beside each other, and the steps of a lane one after another."""
    found: list[dict[str, tuple[Step, ...]]] = []
    for step in steps(mode):
        if not step.lane or not found or "" in found[-1]:
            found.append({})
        found[-1][step.lane] = (*found[-1].get(step.lane, ()), step)
    return tuple(tuple(wave.values()) for wave in found)


def after(name: str, mode: Mode) -> tuple[str, ...]:
    """The names of the steps that must be over before this one begins.

    Raises:
        KeyError: the mode has no such step.
    """
    before: tuple[str, ...] = ()
    for wave in waves(mode):
        for lane in wave:
            for place, step in enumerate(lane):
                if step.name == name:
                    return (lane[place - 1].name,) if place else before
        before = tuple(lane[-1].name for lane in wave)
    raise KeyError(name)


def allowed(name: str, mode: Mode) -> frozenset[tuple[str, str, Where]]:
    """(service, operation, where) of all that a step may call in a mode."""
    step = next(step for step in PLAN if step.name == name)
    calls = (*JOURNAL, *step.calls)
    return frozenset((call.service, call.operation, call.where) for call in calls if mode in call.modes)
