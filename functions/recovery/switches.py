"""How each kind of switch is asked and turned: asking changes nothing, and turning is harmless where it is turned already."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

State = Literal["on", "off", "mixed", "changing"]
"""mixed: neither, so that it has to be turned; changing: AWS is at it."""
To = Literal["on", "off"]
Client = Callable[[str], Any]
"""Gives the client of a service in the switch's region."""

GRACE_SECONDS: Final = 120
STARTING_GRACE_SECONDS: Final = 1800
"""How long ECS lets a task be unhealthy: as the program declares it (components/compute/service.py), and while it starts beside
the promotion of its database."""
_SCALING: Final = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_DIMENSION: Final = "ecs:service:DesiredCount"
_SCHEDULE: Final = (
    "ActionAfterCompletion",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "Target",
)
"""UpdateSchedule replaces the whole schedule, and what it is not told falls back to a default:
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html"""


class MissingError(Exception):
    """AWS knows no such thing."""


def state_of(kind: str, client: Client, facts: Mapping[str, Any]) -> State:
    """What a switch is at. Raises as boto3 does, and MissingError."""
    return _STATES[kind](client, facts)


def turn(kind: str, client: Client, facts: Mapping[str, Any], to: To, wanted: int = 0) -> None:
    """Turn a switch; of a service on, with so many tasks. Raises as boto3 does."""
    _TURNS[kind](client, facts, to, wanted)


def service_of(client: Client, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """How ECS describes a service."""
    told = client("ecs").describe_services(cluster=facts["cluster"], services=[facts["service"]])["services"]
    if not told:
        raise MissingError(f"no service {facts['service']}")
    return told[0]


def database_of(client: Client, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """How RDS describes a database."""
    return client("rds").describe_db_instances(DBInstanceIdentifier=facts["identifier"])["DBInstances"][0]


def _target(client: Client, facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    told = client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[_resource(facts)], ScalableDimension=_DIMENSION
    )
    return told["ScalableTargets"][0] if told["ScalableTargets"] else None


def _resource(facts: Mapping[str, Any]) -> str:
    return f"service/{facts['cluster'].rsplit('/', 1)[-1]}/{facts['service'].rsplit('/', 1)[-1]}"


def _service_state(client: Client, facts: Mapping[str, Any]) -> State:
    desired, target = service_of(client, facts)["desiredCount"], _target(client, facts)
    if target is None:
        return "on" if desired else "off"
    told = {bool(target.get("SuspendedState", {}).get(name, False)) for name in _SCALING}
    return "on" if desired and told == {False} else "off" if not desired and told == {True} else "mixed"


def _turn_service(client: Client, facts: Mapping[str, Any], to: To, wanted: int) -> None:
    # Scaling last where it starts, first where it stops: between the two it would undo the number.
    # Whenever a target is registered, AWS moves the number into its bounds, suspended or not
    # (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html): so with a least of
    # none where it stops, and of what is wanted where it starts, until its clock writes the bounds again.
    if to == "off":
        _scale(client, facts, suspended=True, least=0)
        update_service(client, facts, desiredCount=0)
    else:
        update_service(client, facts, grace=GRACE_SECONDS)
        _scale(client, facts, suspended=False, least=max(facts["min"], wanted))


def start_tasks(client: Client, facts: Mapping[str, Any], wanted: int) -> None:
    """Have ECS run so many tasks of a service, which may take their time to become healthy; its scaling stays as it is.

    Scaling in takes a quarter of an hour without load, which a long promotion is: it waits until visitors come.
    """
    update_service(client, facts, grace=STARTING_GRACE_SECONDS, desiredCount=wanted)


def update_service(client: Client, facts: Mapping[str, Any], *, grace: int | None = None, **changes: Any) -> None:
    """Change a service without a new deployment of it: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""
    # ECS refuses a grace to a service without a load balancer.
    if grace is not None and service_of(client, facts).get("loadBalancers"):
        changes["healthCheckGracePeriodSeconds"] = grace
    if changes:
        client("ecs").update_service(cluster=facts["cluster"], service=facts["service"], **changes)


def _scale(client: Client, facts: Mapping[str, Any], *, suspended: bool, least: int) -> None:
    if _target(client, facts) is not None:
        client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=_resource(facts),
            ScalableDimension=_DIMENSION,
            MinCapacity=least,
            MaxCapacity=facts["max"],
            SuspendedState=dict.fromkeys(_SCALING, suspended),
        )


def _mapping_state(client: Client, facts: Mapping[str, Any]) -> State:
    told = client("lambda").get_event_source_mapping(UUID=facts["uuid"])["State"]
    return {"Enabled": "on", "Disabled": "off"}.get(told, "changing")  # type: ignore[return-value]


def _turn_mapping(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    client("lambda").update_event_source_mapping(UUID=facts["uuid"], Enabled=to == "on")


def _schedule_state(client: Client, facts: Mapping[str, Any]) -> State:
    told = client("scheduler").get_schedule(Name=facts["schedule"], GroupName=facts["group"])
    return "on" if told["State"] == "ENABLED" else "off"


def _turn_schedule(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    scheduler = client("scheduler")
    told = scheduler.get_schedule(Name=facts["schedule"], GroupName=facts["group"])
    kept = {name: told[name] for name in _SCHEDULE if told.get(name) is not None}
    scheduler.update_schedule(**kept, State="ENABLED" if to == "on" else "DISABLED")


def _rule_on_events_state(client: Client, facts: Mapping[str, Any]) -> State:
    return "on" if client("events").describe_rule(Name=facts["rule"])["State"] == "ENABLED" else "off"


def _turn_rule_on_events(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    events = client("events")
    (events.enable_rule if to == "on" else events.disable_rule)(Name=facts["rule"])


def _job_queue_state(client: Client, facts: Mapping[str, Any]) -> State:
    told = client("batch").describe_job_queues(jobQueues=[facts["arn"]])["jobQueues"]
    if not told:
        raise MissingError(f"no job queue {facts['arn']}")
    if told[0].get("status") == "UPDATING":
        return "changing"
    return "on" if told[0]["state"] == "ENABLED" else "off"


def _turn_job_queue(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    client("batch").update_job_queue(jobQueue=facts["arn"], state="ENABLED" if to == "on" else "DISABLED")


def _database_state(client: Client, facts: Mapping[str, Any]) -> State:
    told = database_of(client, facts)["VpcSecurityGroups"]
    # A group on its way out still admits: it counts until it is gone.
    groups = {group["VpcSecurityGroupId"] for group in told}
    settled = all(group["Status"] == "active" for group in told)
    for state, wanted in (("on", set(facts["groups"])), ("off", {facts["fence"]})):
        if groups == wanted:
            return state if settled else "changing"  # type: ignore[return-value]
    return "mixed" if settled else "changing"


def _turn_database(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    # Applied as soon as possible, whatever the maintenance window. `ApplyImmediately` would apply all else that waits for it,
    # with a reboot: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    client("rds").modify_db_instance(
        DBInstanceIdentifier=facts["identifier"],
        VpcSecurityGroupIds=list(facts["groups"]) if to == "on" else [facts["fence"]],
    )


def _rule(client: Client, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return client("elbv2").describe_rules(RuleArns=[facts["rule"]])["Rules"][0]


def _either(facts: Mapping[str, Any], found: str) -> State:
    return "on" if found == facts["open"] else "off" if found == facts["closed"] else "mixed"


def _gate_state(client: Client, facts: Mapping[str, Any]) -> State:
    for condition in _rule(client, facts)["Conditions"]:
        paths = condition.get("PathPatternConfig", {}).get("Values") or condition.get("Values", [])
        if condition["Field"] == "path-pattern":
            return _either(facts, paths[0]) if len(paths) == 1 else "mixed"
    return "mixed"


def _turn_gate(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    path = facts["open" if to == "on" else "closed"]
    client("elbv2").modify_rule(
        RuleArn=facts["rule"], Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}]
    )


def _latch_state(client: Client, facts: Mapping[str, Any]) -> State:
    told = [action["FixedResponseConfig"]["StatusCode"] for action in _rule(client, facts)["Actions"]]
    return _either(facts, told[0])


def _turn_latch(client: Client, facts: Mapping[str, Any], to: To, _wanted: int) -> None:
    fixed = {
        "StatusCode": facts["open" if to == "on" else "closed"],
        "ContentType": "text/plain",
        "MessageBody": "active" if to == "on" else "standby",
    }
    client("elbv2").modify_rule(RuleArn=facts["rule"], Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}])


_STATES: Final[Mapping[str, Callable[[Client, Mapping[str, Any]], State]]] = {
    "service": _service_state,
    "mapping": _mapping_state,
    "schedule": _schedule_state,
    "rule": _rule_on_events_state,
    "job-queue": _job_queue_state,
    "database": _database_state,
    "gate": _gate_state,
    "latch": _latch_state,
}
_TURNS: Final[Mapping[str, Callable[[Client, Mapping[str, Any], To, int], None]]] = {
    "service": _turn_service,
    "mapping": _turn_mapping,
    "schedule": _turn_schedule,
    "rule": _turn_rule_on_events,
    "job-queue": _turn_job_queue,
    "database": _turn_database,
    "gate": _turn_gate,
    "latch": _turn_latch,
}
