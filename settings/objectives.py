"""What promises and the rest of a stack must agree on: who makes them, and what he can be measured by."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from components.base.problems import Problem
from components.compute.function_spec import TriggeredFunctionSpec
from components.compute.service_spec import ServiceSpec
from components.operate.objective_spec import ObjectiveSpec, PromiseSpec
from settings import layers
from settings.functions import CODE

BALANCER_SECONDS: Final = 60
"""A load balancer waits so long for an answer: idle_timeout.timeout_seconds, which nobody sets here."""


def problems(found: Mapping[str, ObjectiveSpec], stack: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each promise that the rest of the stack cannot keep, or not measure.

    What is promised for an environment holds where its stacks run the service; elsewhere nothing is promised of it.
    """
    if "services" not in stack or "functions" not in stack:
        return  # what is wrong with them is told there
    services = cast("Mapping[str, ServiceSpec]", stack["services"])
    functions = cast("Mapping[str, TriggeredFunctionSpec]", stack["functions"])
    counted = sorted({*services, *(name for name, each in functions.items() if each.queue or each.http)})
    elsewhere = {file.stem for file in (layers.ROOT / layers.SERVICES).glob("*.yaml")}
    elsewhere |= {file.parent.name for file in CODE.glob("*/handler.py")}
    for name, spec in found.items():
        if name not in counted and name not in functions and name in elsewhere:
            continue
        if name not in counted:
            expected = f"a service, or a function with a queue or http, of this stack: {', '.join(counted)}"
            yield Problem(value=name, expected=expected, path=(name,))
            continue
        function = functions.get(name)
        yield from _promise(spec, (name,), function)
        for tier, promise in spec.tiers.items():
            yield from _promise(promise, (name, "tiers", tier), function)


def _promise(promise: PromiseSpec, path: tuple[str, ...], function: TriggeredFunctionSpec | None) -> Iterator[Problem]:
    if promise.freshness and not (function and function.queue):
        yield Problem(
            value=promise.freshness.seconds, expected="none: only a function with a queue tells it", path=(*path, "freshness")
        )
    if latency := promise.latency:
        if function and not function.http:
            expected = "freshness in its place: nobody waits for a function that works a queue off"
            yield Problem(value=latency.milliseconds, expected=expected, path=(*path, "latency"))
        longest = 1000 * (function.timeout_seconds if function else BALANCER_SECONDS)
        if latency.milliseconds >= longest:
            why = "its timeoutSeconds" if function else "the load balancer's own timeout"
            expected = f"less than {longest} ms, {why}: what takes longer is an error"
            yield Problem(value=latency.milliseconds, expected=expected, path=(*path, "latency", "milliseconds"))
