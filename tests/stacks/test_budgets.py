"""A team's budget counts what there is, or it would never speak."""

import pytest

from tests.found import some
from tests.settings.stack_files import CONFIG, OWN
from tests.stacks.estate import Estate, estate_of

PAYING = {name: own["dataconnect:budget"]["teams"] for name, own in OWN.items() if "teams" in own.get("dataconnect:budget", {})}
"""The stacks whose account has budgets of teams."""


def borne(estate: Estate, key: str) -> set[str]:
    """The values of a tag that resources of a stack bear besides the default."""
    return {each.inputs["tags"][key] for each in estate.resources.values() if key in (each.inputs.get("tags") or {})}


@pytest.mark.parametrize("name", some(PAYING))
def test_something_in_the_account_bears_the_tag_of_each_team_that_has_a_budget(name: str) -> None:
    for team, budget in PAYING[name].items():
        key = budget.get("tag", "CostCenter")
        default = CONFIG[name]["aws:defaultTags"]["tags"][key]
        assert budget["value"] in borne(estate_of(name), key) | {default}, team


def test_the_runs_of_prods_jobs_are_the_data_teams_in_both_regions() -> None:
    for name in ("prod", "recovery"):
        estate = estate_of(name)
        jobs = {job for job, each in estate.file["jobs"].items() if each.get("costCenter")}
        assert jobs >= {"aggregate"}
        for job in jobs:
            assert estate.inputs("batch/jobDefinition:JobDefinition", job)["tags"]["CostCenter"] == "CC-4200", name
    (filters,) = estate_of("prod").inputs("budgets/budget:Budget", "budget-data")["costFilters"]
    assert filters == {"name": "TagKeyValue", "values": ["user:CostCenter$CC-4200"]}
