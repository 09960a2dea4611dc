"""Listener rules that Elastic Load Balancing refuses: priorities, conditions, counts."""

from collections.abc import Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.joins import key, unique
from policies.feasibility.engine.networks import network
from policies.feasibility.engine.shapes import blocks, given, of
from policies.feasibility.rules.elb.links import balancer_type
from policies.kit.references import referrers, target
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import Value, as_list, read

rules: Final = Rules("feasibility", failures())

_RULE: Final = "lb/listenerRule"
_VALUES: Final = {
    "hostHeader": ("values", "regexValues"),
    "pathPattern": ("values", "regexValues"),
    "httpRequestMethod": ("values",),
    "httpHeader": ("values", "regexValues"),
    "queryStrings": (),
    "sourceIp": ("values",),
}
_ONCE: Final = ("hostHeader", "pathPattern", "httpRequestMethod", "sourceIp")

rules.named("listener-rule-priority", "F328", _RULE).add(
    of(between("priority", 1, 50000)),
    description="A rule's priority is between 1 and 50000.",
    remediation="Set priority to a number of the listener that is free.",
)
rules.named("listener-rule-priority-free", "F328", _RULE, needs_stack=True).add(
    unique(
        _RULE,
        key("priority", "listenerArn:lb/listener"),
        "priority",
        "a free one; {other} has it already",
        answer="PriorityInUse: Priority '{value}' is currently in use",
    ),
    description="No two rules of a listener have the same priority.",
    remediation="Give each rule of the listener a priority of its own.",
)


@rules.rule("listener-rule-conditions", "F329", _RULE)
def _conditions(rule: Resource) -> Answers:
    """A rule has conditions, each of one kind, and at most five values in all.

    Split the rule into several, or use wildcards.
    """
    conditions = list(blocks(rule, "conditions[]"))
    if not conditions:
        yield Finding("conditions", rule.get("conditions"), "at least one condition")
        return
    total = 0
    kinds: list[str] = []
    for where, condition in conditions:
        found = [kind for kind in _VALUES if given(condition.get(kind))]
        if len(found) != 1:
            yield Finding(where, found, f"one of {', '.join(_VALUES)} in each condition", detail=",".join(found) or "none")
        kinds += found
        for kind in found:
            count, answers = _count(where, kind, condition)
            total += count
            yield from answers
    for kind in _ONCE:
        if kinds.count(kind) > 1:
            yield Finding("conditions", f"{kinds.count(kind)} conditions on {kind}", "one, with several values", detail=kind)
    if total > 5:
        answer = "ValidationError: A rule can only have '5' condition values"
        expected = "at most 5 values in all conditions of a rule"
        yield Finding("conditions", f"{total} values", expected, detail="values", answer=answer)


def _count(where: str, kind: str, condition: Block) -> tuple[int, list[Finding]]:
    if kind == "queryStrings":
        return len(as_list(condition.get(kind))), []
    values = [value for name in _VALUES[kind] for value in as_list(read(condition, f"{kind}.{name}"))]
    wrong: list[Finding] = []
    if not values:
        answer = "ValidationError: A condition value must be specified"
        wrong.append(Finding(f"{where}.{kind}.values", None, "at least one value", detail=kind, answer=answer))
    wrong += [
        Finding(f"{where}.{kind}.values", value, expected, detail=str(value)) for value, expected in _wrong_values(kind, values)
    ]
    if kind == "httpHeader":
        name = read(condition, "httpHeader.httpHeaderName")
        if isinstance(name, str) and name.lower() == "host":
            wrong.append(Finding(f"{where}.httpHeader.httpHeaderName", name, "a hostHeader condition", detail="host"))
    return len(values), wrong


def _wrong_values(kind: str, values: list[Value]) -> Iterator[tuple[Value, str]]:
    for value in values:
        if not isinstance(value, str):
            continue
        if len(value) > 128:
            yield value, "at most 128 characters"
        elif kind == "httpRequestMethod" and not value.replace("-", "").replace("_", "").isupper():
            yield value, f"{value.upper()} (methods are compared as they are written)"
        elif kind == "sourceIp" and network(value) is None:
            yield value, "a CIDR block, such as 203.0.113.0/24"
        elif kind == "pathPattern" and not value.startswith(("/", "*", "?")):
            yield value, "a path that starts with / (or a wildcard)"
        elif kind in ("hostHeader", "pathPattern") and sum(value.count(wild) for wild in "*?") > 5:
            yield value, "at most five wildcards"


@rules.rule("listener-rule-count", "F330", "lb/loadBalancer", needs_stack=True)
def _rule_count(balancer: Resource) -> Answers:
    """A load balancer has at most 100 rules, default ones not counted.

    Ask for a higher quota, or spread the rules over several load balancers.
    """
    listeners = referrers(balancer, "lb/listener", "loadBalancerArn")
    total = sum(len(referrers(listener, _RULE, "listenerArn")) for listener in listeners)
    if total > 100:
        yield Finding("", None, f"at most 100 listener rules; the stack gives it {total}")


@rules.rule("listener-rule-application", "F331", _RULE, needs_stack=True)
def _application(rule: Resource) -> Answers:
    """Only listeners of application load balancers have rules.

    Use an application load balancer, or the listener's default action.
    """
    listener = target(rule, "listenerArn", "lb/listener")
    kind = None if listener is None else balancer_type(listener)
    if listener is not None and kind not in (None, "application"):
        yield Finding("listenerArn", listener.name, f"a listener of an application load balancer, not of a {kind} one")
