import json
from typing import Any

import pulumi
import pytest

from components.base.component import Component
from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.base.statements import Statement
from components.base.tenant_role import add_tenant_role
from tests.components.harness import ACCOUNT, Declaration, here, resources_of

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
WORKLOAD = f"arn:aws:iam::{ACCOUNT}:role/search-task"
OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/operator"
READ = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/tenant=${aws:PrincipalTag/tenant}/*",))
OWN = Statement(sid="Own", actions=("sqs:SendMessage",), resources=(f"arn:aws:sqs:us-east-2:{ACCOUNT}:ingest",))
LINK = Link(statements=(OWN,), tenant_statements=(READ,), environment={"LAKE": "lake"})


def declare(link: Link, operators: tuple[str, ...] = ()) -> tuple[Declaration, Link]:
    found: list[Link] = []

    def program() -> None:
        owner = Component("search")
        found.append(add_tenant_role(owner, here=here(tenant_operators=operators), taker_arn=WORKLOAD, link=link)[0])

    return resources_of(program), found[0]


def trust(operators: tuple[str, ...] = ()) -> dict[str, Any]:
    declared, _ = declare(LINK, operators)
    (statement,) = declared.one(ROLE, "search-tenant").document("assumeRolePolicy")["Statement"]
    return statement


def test_only_the_workload_takes_the_role_and_only_for_one_tenant() -> None:
    statement = trust()
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": [WORKLOAD]},
        "StringLike": {"aws:RequestTag/tenant": "t" + "?" * 15},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
    }


def test_operators_take_it_under_the_same_conditions_and_as_a_probe_only() -> None:
    declared, _ = declare(LINK, (OPERATOR,))
    own, operators = declared.one(ROLE, "search-tenant").document("assumeRolePolicy")["Statement"]
    assert own == trust()
    assert operators["Condition"] == {
        **own["Condition"],
        "ArnEquals": {"aws:PrincipalArn": [OPERATOR]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant", "probe"]},
        "StringEquals": {"aws:RequestTag/probe": "true"},
    }


def test_what_touches_tenants_is_the_tenant_roles_and_not_the_workloads() -> None:
    declared, own = declare(LINK)
    assert declared.one(POLICY, "search-tenant-grants").document()["Statement"] == [READ.document()]
    assert [statement.sid for statement in own.statements] == ["Own", "TakeTenantRole"]
    assert own.tenant_statements == ()


def test_the_workload_is_told_the_role_and_may_take_no_other() -> None:
    found: dict[str, Any] = {}

    def program() -> None:
        owner = Component("search")
        own, role = add_tenant_role(owner, here=here(), taker_arn=WORKLOAD, link=LINK)
        assert role is not None
        take = own.statements[-1]
        told = pulumi.Output.json_dumps([take.document(), own.environment, role.arn])
        told.apply(lambda text: found.update(zip(("take", "environment", "arn"), json.loads(text), strict=True)))

    resources_of(program)
    assert found["take"]["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert found["take"]["Resource"] == [found["arn"]]
    assert found["environment"] == {"LAKE": "lake", "TENANT_ROLE_ARN": found["arn"]}


def test_a_workload_waits_for_what_its_tenant_role_may_do() -> None:
    names: list[str] = []

    def program() -> None:
        own, _ = add_tenant_role(Component("search"), here=here(), taker_arn=WORKLOAD, link=LINK)
        names.extend(type(each).__name__ for each in own.needs)

    resources_of(program)
    assert names == ["RolePolicy"]


def test_without_tenants_data_there_is_no_role() -> None:
    declared, own = declare(Link(statements=(OWN,)))
    assert not declared.of(ROLE)
    assert own == Link(statements=(OWN,))


def test_an_operator_of_another_account_is_refused() -> None:
    other = "arn:aws:iam::222222222222:role/x"
    with pytest.raises(InvalidArgumentError, match=rf"tenant_operators is '{other}'; expected .*{ACCOUNT}"):
        here(tenant_operators=(other,))


def test_a_role_goes_with_the_list_of_tenants_without_access_that_operations_wrote_on_it() -> None:
    declared, _ = declare(LINK)
    assert declared.one(ROLE, "search-tenant").inputs["forceDetachPolicies"] is True
