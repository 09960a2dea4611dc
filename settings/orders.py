"""Orders from Slack, judged with the rest of the stack's settings."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from components.base.problems import Problem
from components.compute.function_spec import TriggeredFunctionSpec
from components.compute.service_spec import ServiceSpec
from components.edge.ingress_spec import IngressSpec
from components.network.ports import ANYWHERE
from components.operate.alerts_spec import AlertsSpec
from components.operate.orders_spec import OrdersSpec
from settings import sums

NAME: Final = "orders"
"""What the function is called, and so no other workload."""


def problems(found: OrdersSpec | None, stack: Mapping[str, Any], *, fails_over: bool) -> Iterator[Problem]:
    """What does not fit the rest of the settings, as far as that is right itself."""
    if found is None:
        return
    if isinstance(alerts := stack.get("alerts"), AlertsSpec):
        for name, team in alerts.teams.items():
            if team.slack and team.slack not in found.channels:
                expected = f"{team.slack}, too: alerts.teams.{name} is told there, by messages with buttons"
                yield Problem(value=", ".join(found.channels), expected=expected, path=("channels",))
    if isinstance(ingress := stack.get("ingress"), IngressSpec) and ANYWHERE not in ingress.allowed_cidrs:
        expected = f"none, or {ANYWHERE} in ingress.allowedCidrs: Slack names no addresses that it sends from"
        yield Problem(value="orders", expected=expected)
    if fails_over:
        # Told at a function's http, which is one level deeper than a section of its own.
        yield from (
            replace(each, path=each.path[-1:] if "priority" in each.path else ("path",))
            for each in sums.apart_from_recovery({NAME: found})
        )
    yield from _requests(found, stack)


def _requests(found: OrdersSpec, stack: Mapping[str, Any]) -> Iterator[Problem]:
    services = cast("Mapping[str, ServiceSpec]", stack.get("services") or {})
    functions = cast("Mapping[str, TriggeredFunctionSpec]", stack.get("functions") or {})
    answering = {f"service {name}": service for name, service in services.items()}
    rules: dict[str, sums.Rule] = {
        **answering,
        **{f"function {name}": each.http for name, each in functions.items() if each.http},
    }
    for what, known in (("service", services), ("function", functions)):
        if NAME in known:
            yield Problem(
                value="orders", expected=f"none, or another name for the {what} {NAME}: the function of orders is called so"
            )
    if other := next((name for name, rule in rules.items() if rule.priority == found.priority), None):
        yield Problem(value=found.priority, expected=f"a priority of its own: {other} has this one", path=("priority",))
    for name, _, before, taken in sums.taken_before({**rules, NAME: found}):
        if name == NAME:
            expected = f"a path that {taken} of {before}, whose priority is lower, does not take before"
            yield Problem(value=found.path, expected=expected, path=("path",))
        elif before == NAME:
            yield Problem(
                value=found.path, expected=f"a path that leaves {taken} to {name}, whose priority is higher", path=("path",)
            )
