"""What recovery is declared with: what it knows of a region, and that what it calls is what it may."""

import json
from typing import Any

import pytest

from functions.recovery.plan import HERE, PLAN
from functions.recovery.site import site_of
from tests.stacks.estate import AWAY, HOME, SWITCHED, Estate, estate_of

POLICY = "iam/policy:Policy"
# boto3's name of a service -> IAM's.
IAM = {"elbv2": "elasticloadbalancing"}
# boto3's name of an operation -> the action that IAM asks for.
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}


def granted(estate: Estate, function: str) -> list[dict[str, Any]]:
    policies = [each for name, each in estate.of(POLICY).items() if name.startswith(f"{function}-")]
    return [statement for policy in policies for statement in policy.document()["Statement"] if statement["Effect"] == "Allow"]


@pytest.mark.parametrize("name", SWITCHED)
def test_the_site_is_one_that_the_executor_reads_and_has_every_switch(name: str) -> None:
    estate = estate_of(name)
    site = site_of(estate.outputs["recovery"]["site"])
    assert (site.region, site.other) == ((HOME, AWAY) if estate.region == HOME else (AWAY, HOME))
    assert {(each.kind, each.name) for each in site.switches} == set(estate.switches)


@pytest.mark.parametrize("name", SWITCHED)
def test_each_call_of_the_plan_is_allowed_in_its_region(name: str) -> None:
    estate = estate_of(name)
    other = AWAY if estate.region == HOME else HOME
    statements = granted(estate, "recover")
    for step in PLAN:
        for call in step.calls:
            action = f"{IAM.get(call.service, call.service)}:{call.operation}"
            action, region = ACTIONS.get(action, action), estate.region if call.where == HERE else other
            allowed = [each for each in statements if action in each["Action"]]
            where = [arn for each in allowed for arn in each["Resource"]]
            assert any(arn == "*" or f":{region}:" in arn for arn in where), (step.name, action, region)


@pytest.mark.parametrize("name", SWITCHED)
def test_only_the_executor_promotes_and_only_here(name: str) -> None:
    estate = estate_of(name)
    promoting = [each for each in granted(estate, "recover") if "rds:PromoteReadReplica" in each["Action"]]
    assert all(f":{estate.region}:" in arn for each in promoting for arn in each["Resource"])
    assert promoting
    assert not [each for each in granted(estate, "fence") if "rds:PromoteReadReplica" in each["Action"]]


@pytest.mark.parametrize("name", SWITCHED)
def test_an_operator_needs_mfa_and_may_start_watch_and_stop_the_executor_and_ask_whether_it_is_ready(name: str) -> None:
    estate = estate_of(name)
    trust = json.loads(estate.inputs("iam/role:Role", "recovery-operator")["assumeRolePolicy"])["Statement"]
    assert [each["Condition"] for each in trust] == [{"Bool": {"aws:MultiFactorAuthPresent": "true"}}]
    statements = estate.one("iam/rolePolicy:RolePolicy", "recovery-operator-grants").document()["Statement"]
    executor = f"arn:aws:lambda:{estate.region}:{estate.account}:function:dataconnect-{estate.stack}-recover"
    on_lambda = {arn for each in statements for arn in each["Resource"] if ":lambda:" in arn}
    # The function with its executions, the alias that is called, and what looks.
    called = estate.arn("lambda/alias:Alias", "recover-live")
    ready = f"{executor.removesuffix('recover')}ready"
    assert on_lambda == {executor, f"{executor}:*", called, ready}
    assert {action for each in statements for action in each["Action"] if ready in each["Resource"]} == {
        "lambda:InvokeFunction"
    }
    assert not {action for each in statements for action in each["Action"] if "Put" in action or "Update" in action}


@pytest.mark.parametrize("name", SWITCHED)
def test_each_policy_is_as_short_as_aws_takes_it(name: str) -> None:
    """6,144 characters of a managed policy: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    for policy, each in estate_of(name).of(POLICY).items():
        assert len(json.dumps(each.document(), separators=(",", ":"))) <= 6144, policy


def test_the_executors_package_has_aws_sdk_with_its_licence_and_the_site() -> None:
    files = set(estate_of("prod").inputs("lambda/function:Function", "recover")["code"].assets)
    sdk = "aws_durable_execution_sdk_python"
    assert {"site.json", "functions/recovery/executor.py", f"{sdk}/__init__.py", f"{sdk}/LICENSE", f"{sdk}/NOTICE"} <= files
