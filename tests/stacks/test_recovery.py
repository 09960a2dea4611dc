"""What recovery is declared with: what it knows of a region, and that what it calls is what it may."""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.base.tenants import OWN_ALIAS
from functions.recovery.aws import namespace_of
from functions.recovery.order import OrderError, order_of
from functions.recovery.plan import DISASTER, GIVE_BACK, HERE, JOURNAL, PLAN, THERE, allowed
from functions.recovery.ready import METRIC
from functions.recovery.replicated import CHECKED
from functions.recovery.site import site_of
from tests.stacks.estate import AWAY, HOME, SWITCHED, Estate, estate_of

POLICY = "iam/policy:Policy"
# boto3's name of a service -> IAM's.
IAM = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
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


def refused(estate: Estate, function: str, calls: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Which of these calls (service, operation, where) no policy of a function allows, and in which region."""
    regions: dict[str, str] = {HERE: estate.region, THERE: AWAY if estate.region == HOME else HOME}
    statements, found = granted(estate, function), list[tuple[str, str]]()
    for service, operation, where in calls:
        action = f"{IAM.get(service, service)}:{operation}"
        action, region = ACTIONS.get(action, action), regions[where]
        allowed = [each for each in statements if action in each["Action"]]
        arns = [arn for each in allowed if is_allowed_in(region, each) for arn in each["Resource"]]
        if not any(arn == "*" or f":{region}:" in arn for arn in arns):
            found.append((action, region))
    return found


def is_allowed_in(region: str, statement: dict[str, Any]) -> bool:
    regions = statement.get("Condition", {}).get("StringEquals", {}).get("aws:RequestedRegion", [region])
    return region in regions


@pytest.mark.parametrize("name", SWITCHED)
def test_each_call_of_the_plan_is_allowed_in_its_region(name: str) -> None:
    calls = [*JOURNAL, *GIVE_BACK, *(call for step in PLAN for call in step.calls)]
    assert refused(estate_of(name), "recover", [(call.service, call.operation, call.where) for call in calls]) == []


@pytest.mark.parametrize("name", SWITCHED)
def test_each_call_of_the_fence_is_allowed_in_both_regions(name: str) -> None:
    """It shuts off either region as a run in a disaster does the other one, reads both tables, and writes its own."""
    shuts = [(service, operation) for service, operation, where in allowed("fence", DISASTER) if where == THERE]
    # What waits in the queues is a run's question.
    both = [*(each for each in shuts if each[0] != "sqs"), ("dynamodb", "GetItem")]
    own = [("dynamodb", operation, HERE) for operation in ("PutItem", "Query")]
    calls = [*((*each, where) for each in both for where in (HERE, THERE)), *own]
    assert refused(estate_of(name), "fence", calls) == []


@pytest.mark.parametrize("name", SWITCHED)
def test_each_question_of_readiness_is_allowed(name: str) -> None:
    here = [
        *("acm.DescribeCertificate", "application-autoscaling.DescribeScalableTargets", "batch.DescribeJobQueues"),
        *("cloudwatch.PutMetricData", "dynamodb.DescribeTable", "dynamodb.GetItem", "dynamodb.Query", "ecr.DescribeImages"),
        *("ecs.DescribeServices", "ecs.DescribeTaskDefinition", "elbv2.DescribeListenerCertificates", "elbv2.DescribeRules"),
        *("events.DescribeRule", "lambda.GetEventSourceMapping", "lambda.GetFunctionConfiguration", "lambda.Invoke"),
        *("rds.DescribeDBInstances", "scheduler.GetSchedule", "secretsmanager.DescribeSecret"),
        "service-quotas.GetServiceQuota",
    ]
    there = [
        *("ecr.DescribeRegistry", "ecs.DescribeServices", "ecs.DescribeTaskDefinition", "rds.DescribeDBInstances"),
    ]
    named = [(each.split("."), where) for where, operations in ((HERE, here), (THERE, there)) for each in operations]
    assert refused(estate_of(name), "ready", [(service, operation, where) for (service, operation), where in named]) == []


@pytest.mark.parametrize("name", SWITCHED)
def test_readiness_has_a_check_for_each_kind_of_what_is_replicated(name: str) -> None:
    estate = estate_of(name)
    site = site_of(estate.outputs["recovery"]["site"])
    copied = {arn for arn, store in estate.stores.items() if store.recovery == "replicated"}
    # Databases are switches, and each is asked whether it follows.
    databases = {arn for arn in copied if arn.split(":")[2] == "rds"}
    assert {*site.replicated.values()} == copied - databases
    assert {arn.split(":")[2] for arn in site.replicated.values()} <= {*CHECKED}
    assert {arn.rpartition(":")[2] for arn in databases} <= {each.facts["identifier"] for each in site.of("database")}


def test_what_recovery_knows_of_a_region_is_the_same_once_that_is_active() -> None:
    """Else a failover would change the code of its functions, which nobody may while `reconcile` runs."""
    standby, active = (json.loads(estate_of(name).outputs["recovery"]["site"]) for name in ("recovery", "active"))
    assert standby["replicated"] == active["replicated"]


@pytest.mark.parametrize(("name", "other"), [("prod", "recovery"), ("recovery", "prod")])
def test_readiness_may_ask_each_replicated_bucket_of_the_other_region(name: str, other: str) -> None:
    asks = [each for each in granted(estate_of(name), "ready") if "s3:GetReplicationConfiguration" in each["Action"]]
    patterns = [pattern for each in asks for pattern in each["Resource"]]
    stores = site_of(estate_of(other).outputs["recovery"]["site"]).replicated
    buckets = [arn.replace(".", "-") for arn in stores.values() if arn.startswith("arn:aws:s3:")]
    assert buckets
    assert [arn for arn in buckets if not any(fnmatchcase(arn, pattern) for pattern in patterns)] == []


@pytest.mark.parametrize(("primary", "recovery"), [("prod", "recovery"), ("full", "full recovery")])
def test_both_regions_have_the_same_databases_and_services_which_readiness_asks_for(primary: str, recovery: str) -> None:
    sites = [site_of(estate_of(name).outputs["recovery"]["site"]) for name in (primary, recovery)]
    one, other = ([each.label for each in site.of("database", "service")] for site in sites)
    assert one == other


@pytest.mark.parametrize("name", SWITCHED)
def test_what_readiness_tells_it_may_tell_and_is_what_its_alarm_asks(name: str) -> None:
    estate = estate_of(name)
    tells = [each for each in granted(estate, "ready") if "cloudwatch:PutMetricData" in each["Action"]]
    assert [each["Condition"] for each in tells] == [{"StringEquals": {"cloudwatch:namespace": namespace_of(estate.stack)}}]
    alarm = estate.inputs("cloudwatch/metricAlarm:MetricAlarm", "recovery-recovery-not-ready")
    assert (alarm["namespace"], alarm["metricName"]) == (namespace_of(estate.stack), METRIC)


@pytest.mark.parametrize("name", SWITCHED)
def test_a_rehearsal_lends_rds_the_keys_of_databases_and_of_silos_alone(name: str) -> None:
    estate = estate_of(name)
    lends = [each for each in granted(estate, "recover") if "kms:CreateGrant" in each["Action"]]
    via = {"kms:ViaService": f"rds.{estate.region}.amazonaws.com"}
    assert all(each["Condition"]["StringEquals"] == via for each in lends)
    assert all(each["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"} for each in lends)
    shared, silos = lends
    assert not [arn for arn in shared["Resource"] if "*" in arn]
    assert silos["Resource"] == [f"arn:aws:kms:{estate.region}:{estate.account}:key/*"]
    assert silos["Condition"]["ForAnyValue:StringLike"] == {"kms:ResourceAliases": f"{OWN_ALIAS}*"}


@pytest.mark.parametrize("name", SWITCHED)
def test_the_executor_is_called_each_day_with_an_order_that_it_refuses(name: str) -> None:
    estate = estate_of(name)
    schedule = estate.inputs("scheduler/schedule:Schedule", "recover-clock")
    assert (schedule["state"], schedule["scheduleExpression"]) == ("ENABLED", "rate(1440 minutes)")
    # A durable function is called by an alias or a version.
    alias = estate.arn("lambda/alias:Alias", "recover-live")
    assert schedule["target"]["arn"] == alias
    policy = estate.one("iam/rolePolicy:RolePolicy", "recover-clock-grants").document()
    assert [each["Resource"] for each in policy["Statement"]] == [[alias]]
    order = json.loads(schedule["target"]["input"])
    with pytest.raises(OrderError, match=f"to: this executor makes {estate.region} active"):
        order_of(order, estate.region)
    assert ("schedule", "recover-clock") not in estate.switches


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
    looks = [each for each in statements if "lambda:GetAlias" in each["Action"]]
    assert all({*each["Resource"]} <= {executor, f"{executor}:*"} for each in looks)
    assert not [each for each in statements if "lambda:GetFunction" in each["Action"]], "it hands out the code"
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
