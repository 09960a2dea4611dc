"""Tasks, jobs and functions."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from operations.cost.amounts import Amount
from operations.cost.lines import HOURS, Context, Line, Pricer, used
from operations.cost.resources import Resource

TASKS: Final = "aws:ecs/taskDefinition:TaskDefinition"
TARGETS: Final = "aws:appautoscaling/target:Target"


def _service(resource: Resource, context: Context) -> Iterator[Line]:
    """The tasks of a service, between its least and its most: each provider of capacity has its share of them."""
    task = _task_of(resource, context)
    least = resource.number("desiredCount")
    most = next((each.number("maxCapacity") for each in context.of(TARGETS) if each.name == resource.name), least)
    if task is None or least is None or most is None:
        yield _of_unknown_size(resource)
        return
    count = Amount(*(least + max(most - least, Decimal(0)) * each for each in context.usage["tasks_above_least"]))
    for provider, share in _shares(resource, count).items():
        yield from _fargate(resource, task, share, spot=provider == "FARGATE_SPOT")


def _task_of(service: Resource, context: Context) -> Resource | None:
    """The task that a service runs: by what it was made of, else by the family in the task's ARN."""
    needs, told = service.needs.get("taskDefinition", ()), str(service.inputs.get("taskDefinition"))
    for task in context.of(TASKS):
        family = task.inputs.get("family")
        if task.urn in needs or (not needs and f":task-definition/{family}:" in told):
            return task
    return None


def _shares(service: Resource, count: Amount) -> dict[str, Amount]:
    """Provider of capacity -> how many of the tasks it runs: each its base first, then by weight."""
    listed = [cast("Mapping[str, Any]", each) for each in service.items("capacityProviderStrategies")]
    if not listed:
        return {str(service.inputs.get("launchType") or "FARGATE"): count}
    bases = {str(each["capacityProvider"]): Decimal(str(each.get("base") or 0)) for each in listed}
    weights = {str(each["capacityProvider"]): Decimal(str(each.get("weight") or 0)) for each in listed}
    base, weight = sum(bases.values()), sum(weights.values()) or Decimal(1)
    return {
        name: Amount(
            *(
                min(bases[name], each) if each <= base else bases[name] + (each - base) * weights[name] / weight
                for each in count
            )
        )
        for name in bases
    }


def _fargate(resource: Resource, task: Resource, count: Amount, *, spot: bool) -> Iterator[Line]:
    cpu, memory = task.number("cpu"), task.number("memory")
    if cpu is None or memory is None:
        yield _of_unknown_size(resource)
        return
    if not any(count):
        return
    platform = cast("Mapping[str, Any]", task.inputs.get("runtimePlatform") or {})
    place = f"{'fargate-spot' if spot else 'fargate'}/{'arm' if platform.get('cpuArchitecture') == 'ARM64' else 'x86'}"
    says = f"tasks of {cpu} CPU units and {memory} MiB{' on Spot' if spot else ''}"
    hours = count.times(HOURS)
    for unit, size in (("vcpu", cpu), ("gb", memory)):
        yield Line(resource=resource, says=says, key=f"{place}/{unit}", amount=hours.times(size / 1024), sleeps=True)


def _of_unknown_size(resource: Resource) -> Line:
    return Line(resource=resource, says="tasks of a size that is not known yet", key="fargate/arm/vcpu", amount=None)


def _jobs(resource: Resource, context: Context) -> Iterator[Line]:
    """What jobs run on; their images are for ARM, as all of this house."""
    spot = cast("Mapping[str, Any]", resource.inputs.get("computeResources") or {}).get("type") == "FARGATE_SPOT"
    hours = context.usage["batch_spot_vcpu_hours" if spot else "batch_vcpu_hours"]
    place, says = ("fargate-spot" if spot else "fargate") + "/arm", f"jobs{' on Spot' if spot else ''}"
    yield used(resource, says, f"{place}/vcpu", hours)
    yield used(resource, says, f"{place}/gb", hours.times(context.usage["batch_gb_per_vcpu"]))


def _function(resource: Resource, context: Context) -> Iterator[Line]:
    """The component `Function` is what a stack file lists; other components have functions of their own, which run seldom."""
    runs = context.usage["function_runs" if resource.component == "Function" else "helper_runs"]
    seconds = context.usage["function_seconds"]
    memory = resource.number("memorySize") or Decimal(128)
    architecture = "arm" if "arm64" in resource.items("architectures") else "x86"
    yield used(resource, "runs", "lambda/requests", runs)
    gb_seconds = runs.times(seconds).times(Decimal(1_000_000) * memory / 1024)
    yield used(resource, f"runs with {memory} MiB", f"lambda/{architecture}", gb_seconds)


PRICERS: Final[Mapping[str, Pricer]] = {
    "aws:ecs/service:Service": _service,
    "aws:batch/computeEnvironment:ComputeEnvironment": _jobs,
    "aws:lambda/function:Function": _function,
}
