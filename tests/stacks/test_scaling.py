"""How large services are and how many of them run: as the stack file says."""

import pytest

from tests.stacks.estate import PLATFORMS, RUNNING, Estate, estate_of
from tests.stacks.test_grants import container

MEMORY_TARGET = 75


@pytest.mark.parametrize("name", PLATFORMS)
def test_tasks_have_the_size_and_port_of_the_stack_file(name: str) -> None:
    estate = estate_of(name)
    once = {"reconcile"} & {*estate.file}
    assert estate.names("ecs/taskDefinition:TaskDefinition") == {*estate.services, *once}
    for service, wanted in estate.services.items():
        definition = estate.inputs("ecs/taskDefinition:TaskDefinition", service)
        assert (definition["cpu"], definition["memory"]) == (str(wanted["cpu"]), str(wanted["memory"]))
        assert definition["family"] == f"{estate.stack}-{service}"
        (mapping,) = container(estate, service)["portMappings"]
        assert mapping["containerPort"] == mapping["hostPort"] == wanted["port"]


def resource_id(estate: Estate, service: str) -> str:
    return (
        f"service/{estate.arn('ecs/cluster:Cluster').rpartition('/')[2]}/{estate.state('ecs/service:Service', service)['name']}"
    )


@pytest.mark.parametrize("name", RUNNING)
def test_a_service_runs_between_its_minimum_and_its_maximum(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        assert estate.inputs("ecs/service:Service", service)["desiredCount"] == wanted["minTasks"]
        target = estate.inputs("appautoscaling/target:Target", service)
        assert (target["minCapacity"], target["maxCapacity"]) == (wanted["minTasks"], wanted["maxTasks"])
        assert target["resourceId"] == resource_id(estate, service)


@pytest.mark.parametrize("name", RUNNING)
def test_load_is_held_at_the_target_of_the_stack_file(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        policies = estate.where("appautoscaling/policy:Policy", resourceId=resource_id(estate, service))
        rules = [each.inputs["targetTrackingScalingPolicyConfiguration"] for each in policies]
        targets = {rule["predefinedMetricSpecification"]["predefinedMetricType"]: rule["targetValue"] for rule in rules}
        assert targets == {
            "ECSServiceAverageCPUUtilization": wanted.get("cpuTargetPercent", 60),
            "ECSServiceAverageMemoryUtilization": MEMORY_TARGET,
        }


@pytest.mark.parametrize("name", RUNNING)
def test_the_spot_share_is_the_stack_files(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        strategies = estate.inputs("ecs/service:Service", service)["capacityProviderStrategies"]
        spot = wanted.get("spotPercent", 0)
        shares = {each["capacityProvider"]: each["weight"] for each in strategies}
        assert shares == {provider: share for provider, share in {"FARGATE": 100 - spot, "FARGATE_SPOT": spot}.items() if share}


@pytest.mark.parametrize("name", RUNNING)
def test_a_service_sleeps_and_wakes_by_its_schedule(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        actions = estate.where("appautoscaling/scheduledAction:ScheduledAction", resourceId=resource_id(estate, service))
        found = {
            (each.inputs["schedule"], each.inputs.get("timezone"), *bounds(each.inputs["scalableTargetAction"]))
            for each in actions
        }
        schedule = wanted.get("schedule")
        if schedule is None:
            switched = estate.file["role"] == "recovery" or "recoveryRegion" in estate.file
            carried = ("rate(10 minutes)", None, wanted["minTasks"], wanted["maxTasks"])
            assert found == ({carried} if switched else set())
            continue
        down, zone = schedule.get("downTasks", 0), schedule["timezone"]
        assert found == {
            (schedule["down"], zone, down, down),
            (schedule["up"], zone, wanted["minTasks"], wanted["maxTasks"]),
        }


def bounds(action: dict[str, float]) -> tuple[float, float]:
    return action["minCapacity"], action["maxCapacity"]
