from itertools import pairwise

from components.base.component import Component
from components.compute.autoscaling import create_autoscaling
from components.compute.service_spec import ScheduleSpec
from tests.components.compute.examples import NIGHTS, service_spec
from tests.components.harness import Declaration, children_without_region, here, resources_of

TARGET = "aws:appautoscaling/target:Target"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"


def declare(schedule: ScheduleSpec | None = None, *, switched: bool = False) -> Declaration:
    spec = service_spec(cpu_target_percent=55, schedule=schedule)
    where = here(switched=switched)
    return resources_of(
        lambda: create_autoscaling(
            Component("search"), here=where, resource_id="service/cluster/search", spec=spec, running=True
        )
    )


def test_without_a_schedule_the_bounds_are_the_targets_own() -> None:
    target = declare().one(TARGET)
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (2, 8)
    assert target.ignore_changes == ()
    assert declare().of(ACTION) == []


def test_with_a_schedule_no_up_wakes_a_sleeping_service() -> None:
    assert declare(NIGHTS).one(TARGET).ignore_changes == ("minCapacity", "maxCapacity")


def test_the_up_action_carries_the_bounds_so_that_a_changed_setting_arrives() -> None:
    assert declare(NIGHTS).one(ACTION, "search-up").inputs["scalableTargetAction"] == {"minCapacity": 2, "maxCapacity": 8}


def test_where_recovery_owns_the_target_the_clock_carries_a_changed_setting() -> None:
    action = declare(switched=True).one(ACTION, "search-bounds").inputs
    assert action["scalableTargetAction"] == {"minCapacity": 2, "maxCapacity": 8}
    assert (action["schedule"], action.get("timezone")) == ("rate(10 minutes)", None)


def test_a_service_that_sleeps_is_not_woken_by_its_bounds() -> None:
    assert {action.name for action in declare(NIGHTS, switched=True).of(ACTION)} == {"search-down", "search-up"}


def test_the_down_action_leaves_exactly_the_tasks_asked_for() -> None:
    action = declare(NIGHTS.model_copy(update={"down_tasks": 1})).one(ACTION, "search-down").inputs
    assert action["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 1}
    assert (action["schedule"], action["timezone"]) == (NIGHTS.down, "America/New_York")


def test_tasks_follow_cpu_and_memory_both_ways() -> None:
    configurations = [
        policy.inputs["targetTrackingScalingPolicyConfiguration"] for policy in declare().of("aws:appautoscaling/policy:Policy")
    ]
    targets = {
        configuration["predefinedMetricSpecification"]["predefinedMetricType"]: configuration["targetValue"]
        for configuration in configurations
    }
    assert targets == {"ECSServiceAverageCPUUtilization": 55, "ECSServiceAverageMemoryUtilization": 75}
    assert {configuration["disableScaleIn"] for configuration in configurations} == {False}


def test_a_target_is_changed_by_one_thing_at_a_time() -> None:
    declared = declare(NIGHTS)
    chain = ["search", "search-cpu", "search-memory", "search-down", "search-up"]
    for before, after in pairwise(chain):
        (resource,) = [each for each in declared.aws() if each.name == after]
        assert resource.depends_on(before), f"{after} does not wait for {before}"


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(NIGHTS), "us-east-2")
