"""Every rule, on inputs that fail, that pass and that cannot be judged yet, through the analyzer protocol."""

from collections.abc import Sequence

import pytest

from policies.encryption.pack import PACK as ENCRYPTION
from policies.kit.catalogue import controls
from policies.kit.pack import Pack
from policies.kit.rule import Rule
from policies.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.resilience.pack import PACK as RESILIENCE
from policies.tagging.pack import PACK as TAGGING
from tests.policies import cases_encryption, cases_least_privilege, cases_resilience, cases_tagging
from tests.policies.cases import Cases
from tests.policies.harness import Planned, only, verdict

TABLES: list[tuple[Pack, dict[str, Cases]]] = [
    (ENCRYPTION, cases_encryption.CASES),
    (LEAST_PRIVILEGE, cases_least_privilege.CASES),
    (RESILIENCE, cases_resilience.CASES),
    (TAGGING, cases_tagging.CASES),
]
RULES = [pytest.param(pack, rule, id=f"{pack.name}/{rule.name}") for pack, _ in TABLES for rule in pack.rules]
ROWS = [
    pytest.param(pack, rule, wanted, case, id=f"{pack.name}/{rule}-{wanted}-{number}")
    for pack, table in TABLES
    for rule, cases in table.items()
    for wanted in ("fail", "pass", "unknown")
    for number, case in enumerate(cases.of(wanted), 1)
]

NEVER_UNKNOWN = {"no-aws-managed-key", "no-users", "stateful-protected", "one-owner-of-role-policies", "kms-policy-explicit"}
"""Rules that read no value, or whose question an unknown value answers."""


@pytest.mark.parametrize(("pack", "rule", "wanted", "case"), ROWS)
def test_the_rule_answers_what_its_case_says(pack: Pack, rule: str, wanted: str, case: Sequence[Planned]) -> None:
    diagnostics = only(pack, rule).preview(case)
    assert verdict(diagnostics) == wanted, [diagnostic.message for diagnostic in diagnostics]
    assert "failed on" not in "".join(diagnostic.message for diagnostic in diagnostics), "the rule crashed"


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_has_a_failing_a_passing_and_an_unknown_case(pack: Pack, rule: Rule) -> None:
    table = next(table for candidate, table in TABLES if candidate is pack)
    cases = table[rule.name]
    assert cases.fails
    assert cases.passes
    assert bool(cases.unknown) != (rule.name in NEVER_UNKNOWN)


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_names_controls_of_the_catalogue(pack: Pack, rule: Rule) -> None:
    assert rule.controls, pack.name
    assert set(rule.controls) <= set(controls())


@pytest.mark.parametrize(("pack", "table"), TABLES)
def test_no_case_belongs_to_a_rule_that_is_gone(pack: Pack, table: dict[str, Cases]) -> None:
    assert set(table) == {rule.name for rule in pack.rules}
