"""Every rule, on inputs that fail, that pass and that cannot be judged yet, through the analyzer protocol."""

import importlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from policies.kit.pack import Pack
from policies.kit.rule import Rule
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
    cases = table[rule.name]
    assert cases.fails
    assert cases.passes
    assert bool(cases.unknown) != cases.never_unknown


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_names_controls_of_the_catalogue(pack: Pack, rule: Rule) -> None:
    assert rule.controls, pack.name
    assert set(rule.controls) <= set(rule.catalogue.entries)


@pytest.mark.parametrize(("pack", "table"), TABLES)
def test_no_case_belongs_to_a_rule_that_is_gone(pack: Pack, table: dict[str, Cases]) -> None:
    assert set(table) == {rule.name for rule in pack.rules}
