"""Every entry of the catalogues has a rule or a stated reason, and not both."""

import re

from policies.feasibility.data.failures import failures
from policies.kit.catalogue import SEVERITIES, controls
from policies.pack import NOT_COVERED, PACK
from tests.found import some

NAMED = {id_ for rule in PACK.rules for id_ in rule.controls}


def test_every_control_and_every_failure_has_a_rule_or_a_reason() -> None:
    entries = {*controls().entries, *failures().entries}
    assert sorted(entries - NAMED - NOT_COVERED.keys()) == []


def test_a_reason_is_given_only_for_what_no_rule_judges() -> None:
    assert sorted(NAMED & NOT_COVERED.keys()) == []
    assert sorted(NOT_COVERED.keys() - controls().entries.keys() - failures().entries.keys()) == []


def test_no_reason_stands_for_a_control_that_a_plan_can_show() -> None:
    """Three controls need a live account; nothing else is left out."""
    assert sorted(NOT_COVERED.keys() & controls().entries.keys()) == []


def test_a_failure_says_what_aws_answers_and_where_that_is_written() -> None:
    for entry in some(failures().entries).values():
        assert entry.answer, entry.id
        assert re.match(r"https://\S+$", entry.source), f"{entry.id}: {entry.source}"
        assert entry.severity in SEVERITIES


def test_what_is_only_inferred_does_not_stop_a_run() -> None:
    inferred = [entry.id for entry in failures().entries.values() if entry.severity == "low"]
    assert inferred
    for rule in PACK.rules:
        if rule.pack == "feasibility" and set(rule.controls) <= set(inferred):
            assert rule.severity == "low"
