"""What the fleets of a stack and the rest of it must agree on: names, repositories, queues, users of the database, rules."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from components.base.problems import Problem
from components.compute.function_spec import TriggeredFunctionSpec
from components.compute.job_spec import JobSpec
from components.compute.service_spec import ServiceSpec
from components.compute.worker_fleet_spec import WorkerFleetSpec
from components.messaging.queue_spec import QueueSpec
from settings import sums, workloads

Fleets = Mapping[str, WorkerFleetSpec]


def problems(found: Fleets, stack: Mapping[str, Any], *, master: str | None) -> Iterator[Problem]:
    """A problem for each thing of `found` that the rest of the stack does not bear; what of that is wrong is told elsewhere."""
    services = cast("Mapping[str, ServiceSpec]", stack.get("services") or {})
    jobs = cast("Mapping[str, JobSpec]", stack.get("jobs") or {})
    functions = cast("Mapping[str, TriggeredFunctionSpec]", stack.get("functions") or {})
    yield from workloads.repositories(found, {**services, **jobs})
    yield from workloads.users(found, master=master)
    for name in found:
        yield from workloads.names(name, {"service": services, "batch job": jobs, "function": functions})
    if found and (count := len(found) + len(functions) + len(services)) > sums.MOST_SERVICES:
        expected = f"at most {sums.MOST_SERVICES} services, functions and fleets: {sums.WHY_MOST_SERVICES}"
        yield Problem(value=f"one of {count}", expected=expected, path=([*found][-1],))
    if "queues" in stack:
        yield from workloads.queues(found, cast("Mapping[str, QueueSpec]", stack["queues"]), {**services, **jobs, **functions})
