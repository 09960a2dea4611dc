"""What sleeps by the schedule of a stack, and that no `up` wakes any of it."""

import json
from typing import Any

import pytest

from components.base.alarms import QUIET_ASLEEP
from tests.found import some
from tests.settings.stack_files import CONFIG
from tests.stacks.estate import PLATFORMS, estate_of

SLEEPING = [name for name in PLATFORMS if "dataconnect:schedule" in CONFIG.get(name, {})]
MOVED = {
    "appautoscaling/target:Target": {"minCapacity", "maxCapacity", "suspendedState"},
    "autoscaling/group:Group": {"minSize", "maxSize", "desiredCapacity"},
    "batch/computeEnvironment:ComputeEnvironment": {"state"},
}


def document(name: str) -> Any:
    code = estate_of(name).inputs("lambda/function:Function", "sleeper")["code"].assets
    return json.loads(code["functions/sleep/schedule.json"].text)


@pytest.mark.parametrize("name", some(SLEEPING))
def test_whatever_can_sleep_sleeps(name: str) -> None:
    estate = estate_of(name)
    wanted = {
        *(("database", each) for each in estate.names("rds/instance:Instance")),
        *(("service", each) for each in estate.services),
        *(("fleet", each) for each in estate.names("autoscaling/group:Group")),
        *(("batch", each) for each in estate.names("batch/jobQueue:JobQueue")),
        ("alarms", "alarms"),
        ("database-alarms", "database-alarms"),
    }
    assert {(each["kind"], each["name"]) for each in document(name)["targets"]} == wanted


@pytest.mark.parametrize("name", some(SLEEPING))
def test_what_the_schedule_changes_no_up_changes(name: str) -> None:
    estate = estate_of(name)
    for token, properties in MOVED.items():
        for resource in estate.of(token).values():
            assert properties <= set(resource.ignore_changes), resource.name


@pytest.mark.parametrize("name", some(SLEEPING))
def test_alarms_of_what_sleeps_are_quiet_and_all_others_are_heard(name: str) -> None:
    estate = estate_of(name)
    turned = {each["kind"]: each["facts"]["names"] for each in document(name)["targets"] if "alarms" in each["kind"]}
    told = [*turned["alarms"], *turned["database-alarms"]]
    quiet = {
        each.name: estate.state("cloudwatch/metricAlarm:MetricAlarm", each.name)["name"]
        for each in estate.of("cloudwatch/metricAlarm:MetricAlarm").values()
        if "actionsEnabled" in each.ignore_changes
    }
    assert sorted(told) == sorted(quiet.values())
    assert all(any(f"-{key}" in each for key in QUIET_ASLEEP) for each in quiet)
    heard = {*estate.names("cloudwatch/metricAlarm:MetricAlarm")} - {*quiet}
    assert {"schedule-sleep-late", "schedule-sleep-failing", "sleeper-function-errors"} <= heard
    # Who works off these is awake, too.
    assert {f"{queue}-queue-oldest-message" for queue in ("logs", "notifier-queue")} <= heard


@pytest.mark.parametrize("name", sorted({*PLATFORMS} - {*SLEEPING}))
def test_a_stack_without_a_schedule_has_nothing_that_sleeps(name: str) -> None:
    estate = estate_of(name)
    assert not [each for each in estate.names("lambda/function:Function") if each == "sleeper"]
    for each in estate.of("cloudwatch/metricAlarm:MetricAlarm").values():
        assert "actionsEnabled" not in each.ignore_changes
