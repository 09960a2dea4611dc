"""Twice as many resources are twice the work and twice the words: counted in calls and in findings, never in seconds.

Resources that are alike are the hard case: a rule that compares each with each other, or tells of each pair, is found here.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import pytest

from policies.kit.messages import message
from policies.kit.pack import Judge, Pack
from policies.kit.references import together
from policies.kit.resource import Resource
from policies.kit.rule import Rule
from policies.kit.values import UnknownValueError
from tests.policies.harness import Planned, struct
from tests.policies.test_rules import TABLES

FEW, MANY, MOST = 6, 12, 24

NOT_IN_PROPORTION: Final = {
    "feasibility/cluster-secondary-credentials": "a global database has eleven clusters at most",
    "feasibility/dns-cname-alone": "a name has a hundred records at most",
    "feasibility/rds-replica-count": "tells nothing of the first fifteen replicas",
}
"""Rules that are left out, with the reason."""

CASES = [
    pytest.param(rule, max((*table[rule.name].of("fail"), *table[rule.name].of("pass")), key=len), id=rule.id)
    for pack, table in TABLES
    for rule in pack.rules
    if rule.id not in NOT_IN_PROPORTION
]
"""Of each rule the case with the most resources."""


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_rule_works_and_tells_in_proportion_to_the_resources(rule: Rule, case: Sequence[Planned]) -> None:
    _judged(rule, case, MOST)  # what is read once for all stacks
    few, many, most = (_judged(rule, case, number) for number in (FEW, MANY, MOST))
    for what, first, second, third in zip(("calls", "characters of findings"), few, many, most, strict=True):
        # The second step is twice the first where it is linear, four times where it is quadratic.
        assert third - second < 2.2 * (second - first) + 120, f"{what}: {first}, {second}, {third}"


def _judged(rule: Rule, case: Sequence[Planned], number: int) -> tuple[int, int]:
    """The calls that judging takes, and the length of all that is told, with so many copies of the case's last resource."""
    *others, last = case
    copies = [replace(last, name=f"{last.name}-{each:03}") for each in range(number)]
    resources = [_resource(each) for each in (*others, *copies)]
    judge = Judge(Pack(rule.pack, "One rule.", [rule], whole=False))
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = list(judge.verdicts(resources))
    finally:
        sys.setprofile(before)
    told = sum(len(message(rule, judged.resource, finding)) for judged in found for finding in judged.verdict.findings)
    return calls, told


def _resource(planned: Planned) -> Resource:
    properties = {name: list(found.urns) for name, found in planned.dependencies().items()}
    return Resource(
        urn=planned.urn,
        token=planned.token,
        message=struct(planned.inputs),
        protect=planned.protect,
        ignore_changes=planned.ignore_changes,
        parent=planned.parent,
        provider=None if planned.provider is None else struct(planned.provider),
        dependencies=[urn for urns in properties.values() for urn in urns],
        property_dependencies=properties,
    )


def _others(*names: str, unknown: bool = False) -> Iterator[Resource]:
    for name in names:
        yield _resource(Planned(token="aws:sqs/queue:Queue", name=name))
    if unknown:
        raise UnknownValueError


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("a", "a"),
        ("ab", "a (and b)"),
        ("abc", "a (and b, c)"),
        ("abcd", "a (and b, c, others)"),
        ("abcdefgh", "a (and b, c, others)"),
        ("aab", "a (and b)"),
    ],
)
def test_what_many_have_in_common_is_told_once_and_names_some(names: str, told: str) -> None:
    assert [(first.name, text) for first, text in together(_others(*names))] == [("a", told)]


def test_nobody_is_told_of_nothing() -> None:
    assert list(together(_others())) == []


def test_no_more_are_looked_for_than_are_named() -> None:
    others = _others(*"abcdefgh")
    list(together(others))
    assert [other.name for other in others] == ["e", "f", "g", "h"]


def test_what_is_found_is_told_although_the_rest_is_unknown() -> None:
    told = together(_others("a", unknown=True))
    assert next(told)[1] == "a"
    with pytest.raises(UnknownValueError):
        next(told)
