"""Where tenants land: the arithmetic, and that the table of quotas is one."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.compute.batch import ACTIVE_SHARES_ALARM
from operations.tenants.cells import QUOTAS, Quota, place
from tests.operations.world import World


def quota(**values: Any) -> Quota:
    own: dict[str, Any] = {"name": "things", "value": 100, "raised": 200, "why": "", "source": ""}
    return Quota(**(own | values))


def test_a_cell_is_filled_to_seventy_per_cent_of_the_quota_that_is_met_first() -> None:
    quotas = (quota(name="tables", value=1000, raised=1000, pool=1), quota(name="roles", shared=10, pool=0.5))
    found = place(300, silo_share=0, quotas=quotas)
    assert (found.first, found.ceiling, found.cells) == ("roles", 120, 3)
    assert found.used == 0.6  # (10 + 0.5 * 100) / 100
    assert place(300, silo_share=0, raised=True, quotas=quotas).ceiling == 260


def test_silos_take_what_they_take() -> None:
    quotas = (quota(name="databases", value=40, raised=40, shared=1, silo=1), quota(name="sessions", value=1000, pool=1))
    found = place(1000, silo_share=0.1, quotas=quotas)
    assert (found.silo, found.pool, found.first, found.ceiling, found.cells) == (100, 900, "databases", 270, 4)
    assert place(1000, silo_share=0, quotas=quotas).first == "sessions"
    assert place(27, silo_share=1, quotas=quotas).cells == 1 and place(28, silo_share=1, quotas=quotas).cells == 2


@pytest.mark.parametrize("raised", [False, True])
def test_all_tenants_of_a_cell_can_have_jobs_in_its_queue_at_once(raised: bool) -> None:
    """The clock starts one for each, and a queue takes no share identifier beyond the 500th that is active."""
    for silo_share in (0.0, 0.05, 1.0):
        assert place(10_000, silo_share=silo_share, raised=raised).ceiling < ACTIVE_SHARES_ALARM


@pytest.mark.parametrize("each", QUOTAS, ids=lambda each: each.name)
def test_each_quota_has_its_source_and_takes_something(each: Quota) -> None:
    assert each.source.startswith("https://docs.aws.amazon.com/") and each.why
    assert each.raised >= each.value > each.shared and max(each.pool, each.silo) > 0


def test_no_cell_passes_its_share_of_any_quota(world: World) -> None:
    for found in json.loads(world.run("placement", "--json", stack=False).stdout)["placements"]:
        assert found["used"] <= 0.7 and found["tenants"] <= found["cells"] * found["ceiling"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--silo-share", "2"), "--silo-share is 2.0; expected 0 to 1"), (("0",), "TENANTS has 0; expected 1 to 1000000000")],
)
def test_what_is_no_number_of_tenants_is_named(world: World, arguments: tuple[str, ...], told: str) -> None:
    assert told in world.run("placement", *arguments, code=2, stack=False).stderr


def test_the_page_shows_what_the_command_prints(world: World) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "tenancy.md").read_text()
    printed = world.run("placement", stack=False).stdout.partition("\n\nquota ")[0]
    assert f"dataconnect tenant placement\n{printed}\n```" in page
