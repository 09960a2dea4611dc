"""Our own stacks, as the engine plans them: no mandatory finding; and what is broken in them is caught.

For each rule that passes somewhere in dev or prod, what the rule's failing cases hold is put into that resource, and its own
values are taken away or turned round, until the rule fails. A rule that nothing can break there judges nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from policies.evidence import plan as plans
from policies.evidence.plan import Plan
from policies.evidence.text import text
from policies.evidence.verdicts import Evidence, judge
from policies.kit.pack import Judge
from policies.kit.resource import Graph, Resource, parse_json
from policies.kit.rule import Rule
from policies.pack import NOT_COVERED, PACK, PACKS
from tests.engine import Engine
from tests.policies.test_rules import cases_of

STACKS = ("dev", "prod")

CONTROLS = [pack for pack in PACKS if pack.name != "feasibility"]
"""The packs that judge controls. What AWS would refuse is tested on programs of its own."""

VARIANTS = 150
"""How many variants of one resource are tried: the first hundred touch every property that small resources have."""

_TWO = "needs two resources that are wrong together; its own cases have them"
_UNKNOWN = "most of its documents exist only after deployment; its own cases have known ones"
CANNOT_BREAK: Mapping[str, str] = {
    "audit/flow-log-encrypted": _TWO,
    "audit/lambda-log-group": _TWO,
    "audit/no-ignored-security-changes": "reads an option of the resource, not its inputs",
    "audit/rds-events-watched": "the subscription is of the whole region, and no neighbour of a database",
    "encryption/rds-managed-password-no-replica": _TWO,
    "encryption/s3-tls-only": _TWO,
    "encryption/sns-tls-only": _TWO,
    "encryption/sqs-tls-only": _TWO,
    "least_privilege/assume-any-role": _UNKNOWN,
    "least_privilege/combined-privilege-escalation": _TWO,
    "least_privilege/credentials-exposure": _UNKNOWN,
    "least_privilege/decrypt-any-key": _UNKNOWN,
    "least_privilege/one-owner-of-role-policies": _TWO,
    "least_privilege/pass-role": _UNKNOWN,
    "least_privilege/permissions-exposure": _UNKNOWN,
    "least_privilege/tenant-isolation": _TWO,
    "least_privilege/tenant-key": _TWO,
    "least_privilege/tenant-leading-keys": _TWO,
    "least_privilege/wildcard-resource": _UNKNOWN,
    "least_privilege/write-everywhere": _UNKNOWN,
    "network/data-subnet-network-acl": _TWO,
    "network/database-security-group-sources": _TWO,
    "network/security-group-attached": "what uses the group may be known only after deployment",
    "network/security-group-one-way-of-rules": _TWO,
    "network/subnet-public-ipv6": "a public tier is allowed to; its own cases have private ones",
    "resilience/ecs-task-count": _TWO,
    "resilience/lb-plain-http-hop": _TWO,
    "resilience/sqs-dead-letter-queue": "is first judged on a queue for dead letters, which two resources name; see its cases",
    "resilience/sqs-visibility-timeout": "no function consumes a queue of ours yet; its own cases have one",
    "workloads/batch-private-subnets": _TWO,
}
"""Rule -> why no change of one resource's inputs makes it fail in dev or prod."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """The plan of each stack, through the real engine."""
    found: dict[str, Plan] = {}
    for stack in STACKS:
        folder = tmp_path_factory.mktemp(stack)
        file = folder / "plan.json"
        file.write_text(Engine(folder / "sandbox").run("preview", "-s", stack, "--json", "--show-sames").ok().stdout)
        found[stack] = plans.load(file)
    return found


@pytest.fixture(scope="module")
def evidence(planned: dict[str, Plan]) -> dict[str, Evidence]:
    return {stack: judge(plan, Judge(PACK), NOT_COVERED) for stack, plan in planned.items()}


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_stops_our_stacks(evidence: dict[str, Evidence], stack: str) -> None:
    found = evidence[stack]
    assert not found.stops, text(found)
    assert found.crashes == []


def test_every_rule_that_passes_on_our_stacks_fails_once_they_are_broken(
    planned: dict[str, Plan], evidence: dict[str, Evidence]
) -> None:
    unbroken: list[str] = []
    for pack in CONTROLS:
        cases = cases_of(pack)
        for rule in pack.rules:
            wrong = [case[0].inputs for case in cases[rule.name].of("fail") if len(case) == 1 and case[0].inputs]
            passing = {
                stack: [row.urn for row in found.rows if row.rule is rule and row.verdict == "pass"]
                for stack, found in evidence.items()
            }
            # Production first: what passes there need not be broken in dev, too.
            stack = "prod" if passing["prod"] else "dev"
            id_ = f"{rule.pack}/{rule.name}"
            if passing[stack] and id_ not in CANNOT_BREAK and not _can_be_broken(planned[stack], rule, passing[stack], wrong):
                unbroken.append(id_)
    assert unbroken == []


def _can_be_broken(plan: Plan, rule: Rule, urns: Sequence[str], wrong: Sequence[Mapping[str, Any]]) -> bool:
    resources = {resource.urn: resource for resource in plan.resources}
    # A load balancer's targets are tasks or functions, which have no health check; which come first in a plan is by chance.
    passing = [resources[urn] for urn in reversed(urns)]
    first = list({(each.kind, each.get("targetType")): each for each in passing}.values())
    return any(
        _fails(rule, target.urn, {**resources, target.urn: broken}) for target in first for broken in _broken(target, wrong)
    ) or any(_fails(rule, target.urn, others) for target in first for others in _with_broken_neighbours(target, resources))


def _fails(rule: Rule, urn: str, resources: Mapping[str, Resource]) -> bool:
    graph = Graph(resources.values())
    for resource in resources.values():
        resource.stack = graph
    return bool(rule.judge(resources[urn], rule.defaults()).findings)


def _with_broken_neighbours(target: Resource, resources: Mapping[str, Resource]) -> Iterator[Mapping[str, Resource]]:
    for neighbour in _neighbours(target, resources):
        yield {urn: resource for urn, resource in resources.items() if urn != neighbour.urn}


def _neighbours(target: Resource, resources: Mapping[str, Resource]) -> Iterator[Resource]:
    """What `target` refers to, and what refers to it."""
    named = {urn for urns in (target.property_dependencies or {}).values() for urn in urns}
    for urn, resource in resources.items():
        depends = {each for urns in (resource.property_dependencies or {}).values() for each in urns}
        if urn != target.urn and (urn in named or target.urn in depends):
            yield resource


def _broken(resource: Resource, wrong: Sequence[Mapping[str, Any]]) -> Iterator[Resource]:
    yield _changed(resource, resource.properties, protect=False)
    for inputs in wrong:
        yield _changed(resource, {**resource.properties, **inputs})
    for properties in islice(_variants(resource.properties), VARIANTS):
        yield _changed(resource, properties)


def _changed(resource: Resource, properties: Mapping[str, Any], **options: Any) -> Resource:
    other = replace(resource, secrets=set[str](), **options)
    vars(other)["properties"] = properties  # in place of decoding the engine's message
    return other


def _variants(value: Any) -> Iterator[Any]:
    """`value` with one thing in it taken away, turned round or made wide."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            for other in _variants(inner):
                yield {**value, key: other}
    elif isinstance(value, list):
        yield []
        for index, inner in enumerate(value):
            for other in _variants(inner):
                yield [*value[:index], other, *value[index + 1 :]]
            if index:
                yield value[:index] + value[index + 1 :]
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (0, 1, value + 1_000_000)
    elif isinstance(value, str):
        if (parsed := parse_json(value)) is not value:
            yield from map(json.dumps, _variants(parsed))
        if ":" in value:
            yield f"{value.partition(':')[0]}:*"
        yield from ("*", "", "x", "0.0.0.0/0", "us-gov-west-1", "alias/aws/x", "Disabled", "HTTP")
