"""Where tenants land: the arithmetic, and that the table of quotas is one."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.compute.batch import ACTIVE_SHARES_ALARM
from operations.tenants.cells import HEADROOM, QUOTAS, Quota, place
from tests.found import some
from tests.operations.world import World
from tests.stacks.estate import estate_of


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


def test_a_cell_whose_own_resources_pass_a_quota_holds_nobody_until_it_is_raised() -> None:
    quotas = (quota(name="vcpus", value=6, raised=200, shared=120), quota(name="shares", value=500, raised=500, pool=1))
    found = place(1000, quotas=quotas)
    assert (found.first, found.ceiling, found.cells, found.used) == ("vcpus", 0, None, 20)
    assert place(1000, raised=True, quotas=quotas).first == "shares"
    assert place(1000, quotas=(quota(value=100, shared=70), quota(name="one", value=1000, pool=1))).first == "one"


def test_all_tenants_of_a_cell_can_have_jobs_in_its_queue_at_once() -> None:
    """The clock starts one for each, and a queue takes no share identifier beyond the 500th that is active."""
    for silo_share in (0.0, 0.05, 1.0):
        assert 0 < place(10_000, silo_share=silo_share, raised=True).ceiling < ACTIVE_SHARES_ALARM


@pytest.mark.parametrize("each", QUOTAS, ids=lambda each: each.name)
def test_each_quota_has_its_source_and_takes_something(each: Quota) -> None:
    assert each.source.startswith("https://docs.aws.amazon.com/") and each.why
    assert each.raised >= each.value > 0 and max(each.shared, each.pool, each.silo) > 0
    assert each.shared <= each.raised * HEADROOM


def planned() -> dict[str, float]:
    """What prod takes of each quota, without a tenant: with its other stacks where the account has the quota."""
    prod, account = estate_of("prod"), [estate_of(name) for name in ("prod", "recovery", "replication")]
    batch = prod.file["batch"]
    services = sum(each["cpu"] / 1024 * each["maxTasks"] for each in prod.services.values())
    policies = Counter[str]()
    for each in prod.some("iam/rolePolicy:RolePolicy").values():
        if each.inputs["role"].startswith(tuple(f"{name}-tenant" for name in prod.outputs["tenantRoles"])):
            policies[each.inputs["role"]] += len(json.dumps(each.document(), separators=(",", ":")))

    def regional(*tokens: str) -> int:
        made = [each for estate in account for token in tokens for each in estate.of(token).values()]
        return max(Counter(each.inputs["region"] for each in made).values())

    return {
        "Fargate On-Demand vCPUs": services + batch["onDemandVcpus"],
        "Fargate Spot vCPUs": batch["spotVcpus"],
        "RDS instances per region": regional("rds/instance:Instance"),
        "IAM roles per account": sum(len(each.of("iam/role:Role")) for each in account),
        "S3 buckets per account": sum(len(each.of("s3/bucket:Bucket")) for each in account),
        "KMS keys per region": regional("kms/key:Key", "kms/replicaKey:ReplicaKey"),
        "inline policies of a tenant role, characters": max(some(policies).values()),
    }


def test_what_a_cell_takes_without_tenants_is_what_prod_plans_rounded_up() -> None:
    shared = {each.name: each.shared for each in QUOTAS}
    told = {name: (count, shared[name]) for name, count in planned().items()}
    assert {name: pair for name, pair in told.items() if not pair[0] <= pair[1] <= 2 * pair[0]} == {}


def test_the_sessions_of_a_tenant_are_those_of_the_users_that_the_database_has() -> None:
    (sessions,) = [each for each in QUOTAS if each.name.startswith("PostgreSQL sessions")]
    users = len(estate_of("prod").outputs["databaseUsers"])
    assert sessions.pool == pytest.approx(users * 2 * 0.1)


def test_no_cell_passes_its_share_of_any_quota(world: World) -> None:
    told = json.loads(world.run("placement", "--json", stack=False).stdout)["placements"]
    for found in some([each for each in told if each["quotas"] == "raised"]):
        assert found["used"] <= HEADROOM and found["tenants"] <= found["cells"] * found["ceiling"]


def test_where_no_cell_holds_a_tenant_the_command_says_so(world: World) -> None:
    told = json.loads(world.run("placement", "75", "--json", stack=False).stdout)["placements"]
    (given,) = [each for each in told if each["quotas"] == "as given"]
    assert (given["cells"], given["ceiling"], given["first"]) == (None, 0, "Fargate Spot vCPUs")
    assert " none " in world.run("placement", "75", stack=False).stdout


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
