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
from tests.policies.harness import Planned, only, verdict
from tests.policies.table import Cases

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
ROWS = [
    pytest.param(pack, rule, wanted, case, path, id=f"{pack.name}/{rule}-{wanted}-{number}")
    for pack, table in TABLES
    for rule, cases in table.items()
    for wanted in ("fail", "pass", "unknown")
    for number, (case, path) in enumerate(cases.with_paths(wanted), 1)
]


@pytest.mark.parametrize(("pack", "rule", "wanted", "case", "path"), ROWS)
def test_the_rule_answers_what_its_case_says(pack: Pack, rule: str, wanted: str, case: Sequence[Planned], path: str) -> None:
    diagnostics = only(pack, rule).preview(case)
    assert verdict(diagnostics) == wanted, [diagnostic.message for diagnostic in diagnostics]
    assert not path or any(f"{path} is " in diagnostic.message for diagnostic in diagnostics), f"no finding at {path}"
    assert "failed on" not in "".join(diagnostic.message for diagnostic in diagnostics), "the rule crashed"


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
