"""What recovery is told it may switch: everything that makes a region the active one, and no `up` moves any of it."""

import json

import pytest

from tests.found import some
from tests.stacks.estate import COPIED, PLATFORMS, RECOVERIES, Estate, estate_of

# Kind of switch -> type of resource, and what of it is recovery's.
MOVED = {
    "service": ("ecs/service:Service", {"desiredCount", "healthCheckGracePeriodSeconds"}),
    "mapping": ("lambda/eventSourceMapping:EventSourceMapping", {"enabled"}),
    "schedule": ("scheduler/schedule:Schedule", {"state"}),
    "rule": ("cloudwatch/eventRule:EventRule", {"state"}),
    "job-queue": ("batch/jobQueue:JobQueue", {"state"}),
    "latch": ("lb/listenerRule:ListenerRule", {"actions"}),
    "gate": ("lb/listenerRule:ListenerRule", {"conditions"}),
}
SWITCHED = (*COPIED, *RECOVERIES)


def of(estate: Estate, kind: str) -> dict[str, dict[str, object]]:
    return {name: dict(facts) for (each, name), facts in estate.switches.items() if each == kind}


@pytest.mark.parametrize("name", sorted({*PLATFORMS} - {*SWITCHED}))
def test_a_single_region_has_nothing_to_switch_and_owns_everything(name: str) -> None:
    estate = estate_of(name)
    assert not estate.switches
    for token, properties in MOVED.values():
        for resource in estate.of(token).values():
            # Autoscaling moves the count of tasks everywhere.
            assert not set(resource.ignore_changes) & (properties - {"desiredCount"}), resource.name


@pytest.mark.parametrize("name", SWITCHED)
@pytest.mark.parametrize("kind", sorted(MOVED))
def test_what_recovery_is_told_of_is_what_no_up_moves(name: str, kind: str) -> None:
    estate, (token, properties) = estate_of(name), MOVED[kind]
    left_alone = {each.name for each in estate.of(token).values() if properties <= set(each.ignore_changes)}
    assert len(some(of(estate, kind))) == len(left_alone)


@pytest.mark.parametrize("name", SWITCHED)
def test_nothing_that_works_by_itself_is_forgotten(name: str) -> None:
    """But for what runs on standby, too: the meter of the queue, what tells people of events, and recovery itself."""
    estate = estate_of(name)
    assert set(of(estate, "service")) == set(estate.services)
    assert set(of(estate, "queue")) == set(estate.file["queues"])
    assert set(of(estate, "mapping")) == {each for each, wanted in estate.functions.items() if "queue" in wanted}
    always = {"batch-meter-schedule", "fence-clock", "heartbeat-clock", "notifier-clock", "ready-clock", "recover-clock"}
    always |= {"database-rotation-clock"} if estate.file["role"] == "primary" else set()
    assert set(of(estate, "schedule")) == estate.names("scheduler/schedule:Schedule") - always
    starting = {each.name for each in estate.of("cloudwatch/eventRule:EventRule").values() if each.name.endswith("-objects")}
    assert set(of(estate, "rule")) == starting


@pytest.mark.parametrize("name", SWITCHED)
def test_the_facts_name_what_aws_has_and_are_plain_json(name: str) -> None:
    estate = estate_of(name)
    assert json.loads(json.dumps(list(estate.switches.values()))) == list(estate.switches.values())
    cluster = estate.arn("ecs/cluster:Cluster").rpartition("/")[2]
    for service, facts in of(estate, "service").items():
        wanted = estate.services[service]
        assert (facts["cluster"], facts["service"]) == (cluster, estate.state("ecs/service:Service", service)["name"])
        assert (facts["min"], facts["max"], facts["healthPath"]) == (
            *(wanted["minTasks"], wanted["maxTasks"]),
            wanted["healthPath"],
        )
    for clock, facts in of(estate, "schedule").items():
        schedule = estate.inputs("scheduler/schedule:Schedule", clock)
        assert facts["group"] == schedule["groupName"] == estate.state("scheduler/scheduleGroup:ScheduleGroup", clock)["name"]
        assert facts["schedule"] == estate.state("scheduler/schedule:Schedule", clock)["name"]
    for function, facts in of(estate, "mapping").items():
        assert facts["function"] == estate.state("lambda/function:Function", function)["name"]
    ((_, latch),) = of(estate, "latch").items()
    ((_, gate),) = of(estate, "gate").items()
    assert latch["rule"] == estate.arn("lb/listenerRule:ListenerRule", "ingress-active")
    assert gate["rule"] == estate.arn("lb/listenerRule:ListenerRule", "ingress-closed")


@pytest.mark.parametrize("kind", sorted({*MOVED, "queue"} - {"rule", "schedule"}))
def test_recovery_has_the_switches_of_prod(kind: str) -> None:
    assert set(of(estate_of("recovery"), kind)) == set(of(estate_of("prod"), kind))
