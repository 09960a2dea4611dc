"""Every rule, on inputs that fail, that pass and that cannot be judged yet, through the analyzer protocol."""

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.kit.pack import Pack
from policies.kit.rule import InvalidRuleError, Rule, Rules
from policies.pack import PACKS
from tests.policies.harness import only, verdict
from tests.policies.table import Cases, Fails

HERE = Path(__file__).parent


def cases_of(pack: Pack) -> dict[str, Cases]:
    """The cases of a pack's rules: every table below `cases/<pack>`, where they are filed like their rules."""
    table: dict[str, Cases] = {}
    for file in sorted((HERE / "cases" / pack.name).rglob("*.py")):
        parts = file.relative_to(HERE).with_suffix("").parts
        cases: dict[str, Cases] = importlib.import_module(".".join(("tests.policies", *parts))).CASES
        assert not table.keys() & cases.keys(), f"{file.name} repeats {table.keys() & cases.keys()}"
        table |= cases
    return table


TABLES: list[tuple[Pack, dict[str, Cases]]] = [(pack, cases_of(pack)) for pack in PACKS]
RULES = [pytest.param(pack, rule, id=f"{pack.name}/{rule.name}") for pack, _ in TABLES for rule in pack.rules]
TABLED = [pytest.param(pack, rule, cases, id=f"{pack.name}/{rule}") for pack, table in TABLES for rule, cases in table.items()]


@pytest.mark.parametrize(("pack", "rule", "cases"), TABLED)
def test_the_rule_answers_what_its_cases_say(pack: Pack, rule: str, cases: Cases) -> None:
    """All cases of a rule are one test: a test of each would be half of the suite, and its price more than the rule's."""
    assert wrong_cases(pack, rule, cases) == {}


def wrong_cases(pack: Pack, rule: str, cases: Cases) -> dict[str, str]:
    """Each case that is answered otherwise, as `fail 3` for the third that should fail -> what is wrong, and what was told."""
    answered = {
        f"{wanted} {number}": wrong_answer(only(pack, rule).preview(case), wanted, path)
        for wanted in ("fail", "pass", "unknown")
        for number, (case, path) in enumerate(cases.with_paths(wanted), 1)
    }
    return {case: answer for case, answer in answered.items() if answer}


def wrong_answer(diagnostics: Sequence[Any], wanted: str, path: str) -> str:
    """What is wrong with a rule's answer; empty if nothing."""
    told = [diagnostic.message for diagnostic in diagnostics]
    if any("failed on" in message for message in told):
        return f"the rule crashed: {told}"
    if (found := verdict(diagnostics)) != wanted:
        return f"{found}: {told}"
    return "" if not path or any(f"{path} is " in message for message in told) else f"no finding at {path}: {told}"


def test_every_case_that_is_answered_otherwise_is_told() -> None:
    pack, table = TABLES[0]
    rule, cases = next(iter(table.items()))
    assert len(cases.fails) > 1 and cases.passes
    swapped = replace(cases, fails=cases.passes, passes=cases.fails)
    assert wrong_cases(pack, rule, swapped).keys() == {
        *(f"fail {number}" for number in range(1, len(cases.passes) + 1)),
        *(f"pass {number}" for number in range(1, len(cases.fails) + 1)),
    }
    elsewhere = replace(cases, fails=[Fails({}, "elsewhere")])
    ((case, answer),) = wrong_cases(pack, rule, elsewhere).items()
    assert case == "fail 1" and answer.startswith("no finding at elsewhere: [")


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_has_a_failing_a_passing_and_an_unknown_case(pack: Pack, rule: Rule) -> None:
    table = next(table for candidate, table in TABLES if candidate is pack)
    assert missing_cases(rule, table) == ""


def missing_cases(rule: Rule, table: dict[str, Cases]) -> str:
    """What the tests of a rule lack, as a sentence; empty if nothing."""
    where = f"rule {rule.id}: in tests/policies/cases/{rule.pack}, in the file named like the rule's,"
    cases = table.get(rule.name)
    if cases is None:
        return f'{where} add CASES["{rule.name}"] with a case that fails, one that passes and one that cannot be judged yet'
    if not cases.fails or not cases.passes:
        return f"{where} add a case that {'passes' if cases.fails else 'fails'}"
    if bool(cases.unknown) == cases.never_unknown:
        return f"{where} add a case that cannot be judged yet (unknown), or else say never_unknown"
    return ""


def test_a_rule_without_cases_is_told_what_is_missing() -> None:
    rule, table = TABLES[0][0].rules[0], TABLES[0][1]
    cases = table[rule.name]
    assert "add CASES[" in missing_cases(rule, {})
    assert "add a case that fails" in missing_cases(rule, {rule.name: replace(cases, fails=())})
    assert "add a case that passes" in missing_cases(rule, {rule.name: replace(cases, passes=())})
    assert "never_unknown" in missing_cases(rule, {rule.name: replace(cases, unknown=(), never_unknown=False)})


@pytest.mark.parametrize(
    ("controls", "kinds", "options", "says"),
    [
        (
            "",
            "rds/instance",
            {},
            "rule new/rule names no control; expected one or more ids of the",
        ),
        (
            "C999",
            "rds/instance",
            {},
            "rule new/rule names the control 'C999', which the .* lacks; add its row",
        ),
        ("C007", "", {}, "rule new/rule names no kind of resource; expected one or more like rds/instance"),
        ("C007", "rds/instance", {"x": {"type": "array"}}, "rule new/rule has the option 'x' without type or default"),
    ],
)
def test_a_new_rule_that_lacks_something_is_told_what(controls: str, kinds: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRuleError, match=says):
        Rules("new").configurable("rule", controls, kinds, description="d", remediation="r", options=options)


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_names_controls_of_the_catalogue(pack: Pack, rule: Rule) -> None:
    assert rule.controls, pack.name
    assert set(rule.controls) <= set(rule.catalogue.entries)


@pytest.mark.parametrize(("pack", "table"), TABLES)
def test_no_case_belongs_to_a_rule_that_is_gone(pack: Pack, table: dict[str, Cases]) -> None:
    assert set(table) == {rule.name for rule in pack.rules}
