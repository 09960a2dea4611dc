import json
from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.base.statements import Statement, policy_json
from components.compute.container import PULL_ACTIONS
from components.operate.reconcile import ENTRY_POINT, Reconcile, ReconcileArgs
from components.operate.reconcile_spec import ReconcileSpec
from tests.components.compute.examples import DIGEST
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/dataconnect-reconcile-us-east-2"
CLUSTER = f"arn:aws:ecs:us-east-2:{ACCOUNT}:cluster/cluster"
ARGS = ReconcileArgs(
    here=here(),
    spec=ReconcileSpec(cpu=2048, memory=8192, digest=DIGEST),
    image=f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/dataconnect/reconcile@{DIGEST}",
    pull=(Statement(sid="Pull", actions=PULL_ACTIONS, resources=(f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/reconcile",)),),
    link=Link(environment={"STACK": "prod"}),
    role_arn=ROLE,
    cluster_arn=CLUSTER,
    vpc_id="vpc-1",
    subnet_ids=("subnet-1", "subnet-2"),
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Reconcile("reconcile", replace(ARGS, **changes)))


def test_it_runs_in_the_account_s_role_and_declares_none_that_could_do_what_it_does() -> None:
    declared = declare()
    assert declared.one("aws:ecs/taskDefinition:TaskDefinition").inputs["taskRoleArn"] == ROLE
    assert [role.name for role in declared.of("aws:iam/role:Role")] == ["reconcile-execution"]


def test_whoever_starts_it_cannot_choose_what_runs() -> None:
    (container,) = json.loads(declare().one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    assert container["entryPoint"] == [*ENTRY_POINT] and "command" not in container
    assert container["readonlyRootFilesystem"] is True and container["user"].split(":")[0] != "0"
    assert container["environment"] == [{"name": "STACK", "value": "prod"}] and container["secrets"] == []


def test_nobody_can_reach_it() -> None:
    declared = declare()
    assert not declared.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    (out,) = declared.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (out.inputs["fromPort"], out.inputs["toPort"]) == (443, 443)


def test_to_start_it_takes_this_family_in_this_cluster_and_two_roles_for_tasks_only() -> None:
    found: list[Any] = []

    def program() -> None:
        reconcile = Reconcile("reconcile", ARGS)
        found.append(reconcile.facts)
        policy_json(reconcile.start).apply(lambda text: found.append(json.loads(text)))

    resources_of(program)
    facts, document = found
    assert facts["cluster"] == CLUSTER and facts["subnets"] == ["subnet-1", "subnet-2"]
    run, give = document["Statement"]
    assert run["Action"] == ["ecs:RunTask"] and run["Condition"] == {"ArnEquals": {"ecs:cluster": CLUSTER}}
    (family,) = run["Resource"]
    assert family.startswith(f"arn:aws:ecs:us-east-2:{ACCOUNT}:task-definition/") and family.endswith("-reconcile:*")
    assert give["Action"] == ["iam:PassRole"] and ROLE in give["Resource"] and len(give["Resource"]) == 2
    assert give["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_everything_is_declared_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


@pytest.mark.parametrize("role", ["dataconnect-reconcile", "arn:aws:iam::999999999999:role/dataconnect-reconcile"])
def test_a_role_of_another_account_is_refused(role: str) -> None:
    with pytest.raises(InvalidArgumentError, match="role_arn"):
        replace(ARGS, role_arn=role)
