"""Who has no access is denied on every tenant role that there is: of both regions, and those that are made later."""

import json

import pytest

from operations.errors import OperationError
from operations.tenants.access import POLICY
from tests.operations.world import AWAY, ID, ROLES, World

LATE = "mail-tenant-3"


def listed(world: World) -> dict[str, list[str]]:
    """Whom each role denies."""
    return {
        name.partition("/")[0]: found["Statement"][0]["Condition"]["StringEquals"]["aws:PrincipalTag/tenant"]
        for name, found in world.policies().items()
        if name.endswith(f"/{POLICY}")
    }


@pytest.fixture
def suspended(world: World) -> World:
    world.run("add", "acme")
    world.run("suspend", "acme")
    return world


def test_the_recovery_stacks_roles_deny_a_suspended_tenant_too_and_open_again(suspended: World) -> None:
    assert set(suspended.stack.tenant_roles.values()) != set(ROLES) and "search-tenant-2" in ROLES
    assert listed(suspended) == {role: [ID] for role in ROLES}
    suspended.run("resume", "acme")
    assert listed(suspended) == {}


def test_a_role_that_is_made_later_is_told_and_denies_once_the_list_is_applied(suspended: World) -> None:
    assert suspended.json("list")["access_faults"] == []
    suspended.make_role(LATE, AWAY)
    told = f"role {LATE} does not deny {ID}: dataconnect tenant access"
    assert suspended.json("list")["access_faults"] == [{"role": LATE, "tenants": [ID], "told": told}]
    assert f"\naccess: {told}\n" in suspended.run("list").stdout
    checks = suspended.json("verify", "acme", code=1)["checks"]
    assert [each["told"] for each in checks if not each["right"]] == [f"not denied by {LATE}: dataconnect tenant access"]
    done = suspended.json("access")
    assert done == {"roles": sorted((*ROLES, LATE)), "changed": [LATE], "without_access": 1}
    assert listed(suspended)[LATE] == [ID]
    assert suspended.json("list")["access_faults"] == [] and suspended.run("verify", "acme")


def test_a_role_that_was_replaced_denies_again(suspended: World) -> None:
    role = ROLES[0]
    for policy in ("grants", POLICY):
        suspended.iam.delete_role_policy(RoleName=role, PolicyName=policy)
    suspended.iam.delete_role(RoleName=role)
    suspended.make_role(role)
    assert suspended.json("access")["changed"] == [role]
    assert listed(suspended) == {each: [ID] for each in ROLES}


def test_applied_again_it_changes_nothing(suspended: World) -> None:
    before, calls = suspended.everything(), len(suspended.calls)
    assert suspended.json("access")["changed"] == []
    assert suspended.run("access").stdout == f"1 tenants denied on {len(ROLES)} roles; changed: none\n"
    assert suspended.everything() == before
    assert not [call for call in suspended.calls[calls:] if call.startswith("iam:")]


def test_a_run_that_is_killed_between_two_roles_is_ended_by_the_next(suspended: World) -> None:
    late = [f"{name}-tenant-3" for name in ("mail", "notes", "news")]
    for role in late:
        suspended.make_role(role)
    suspended.kill_at = len(suspended.calls) + 3  # the lock, the first role
    suspended.run("access", code=None)
    assert set(late) - listed(suspended).keys() and set(late) & listed(suspended).keys()
    suspended.revive()
    suspended.dynamodb.delete_item(TableName="prod-tenants", Key={"tenant": {"S": "lock#access"}, "item": {"S": "registry"}})
    suspended.run("access")
    assert listed(suspended) == {role: [ID] for role in (*ROLES, *late)}


def test_a_removed_tenant_is_denied_for_a_day_on_a_role_that_is_made_then(world: World) -> None:
    world.run("add", "acme")
    world.run("remove", "acme", "--yes", "acme", "--no-export")
    world.make_role(LATE)
    checks = world.json("verify", "acme", code=1)["checks"]
    assert [each["name"] for each in checks if not each["right"]] == ["access"]
    world.run("access")
    world.run("verify", "acme")


def test_roles_of_other_cells_and_other_roles_are_left_alone(suspended: World) -> None:
    suspended.make_role("search-tenant-of-dev", table="dev-tenants")
    suspended.make_role("search-tenant-of-another", table="prod-tenants-2")
    suspended.make_role("search", trust=json.dumps({"Statement": [{"Action": "sts:AssumeRole"}]}))
    assert suspended.json("access")["roles"] == [*ROLES]
    assert listed(suspended).keys() == {*ROLES}


def test_a_role_of_the_outputs_counts_whatever_iam_says_of_it(world: World) -> None:
    world.iam.delete_role_policy(RoleName=ROLES[0], PolicyName="grants")
    assert world.json("access")["roles"] == [*ROLES]


def test_a_list_that_fits_on_no_recovery_role_changes_none(world: World) -> None:
    world.run("add", "acme")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{10_000 * 'x'}"}
    big = {"Version": "2012-10-17", "Statement": [statement]}
    world.iam.put_role_policy(RoleName="search-tenant-2", PolicyName="more", PolicyDocument=json.dumps(big))
    assert "role search-tenant-2 cannot deny 1 tenants" in world.run("suspend", "acme", code=4).stderr
    assert listed(world) == {}
    with pytest.raises(OperationError, match="search-tenant-2"):
        world.open(world.stack).access.apply()
