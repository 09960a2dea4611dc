import pulumi
import pytest

from components.base.here import Here
from components.compute.cluster import Cluster, ClusterArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

CLUSTER = "aws:ecs/cluster:Cluster"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
HERE = here(log_retention_days=365)


def declare(where: Here = HERE) -> Declaration:
    return resources_of(lambda: Cluster("cluster", ClusterArgs(here=where)))


def test_container_insights_are_enhanced() -> None:
    assert declare().one(CLUSTER).inputs["settings"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_exec_sessions_are_logged_and_encrypted_under_the_key() -> None:
    execute = declare().one(CLUSTER).inputs["configuration"]["executeCommandConfiguration"]
    assert (execute["kmsKeyId"], execute["logging"]) == (kms_key(name="mrk-logs"), "OVERRIDE")
    assert execute["logConfiguration"] == {"cloudWatchEncryptionEnabled": True, "cloudWatchLogGroupName": "cluster-exec"}


def test_container_insights_finds_an_encrypted_group_with_a_retention() -> None:
    group = declare().one(LOG_GROUP, "cluster-insights").inputs
    assert group["name"] == "/aws/ecs/containerinsights/cluster/performance"
    assert (group["kmsKeyId"], group["retentionInDays"]) == (kms_key(name="mrk-logs"), 365)


def test_fargate_and_spot_are_allowed() -> None:
    providers = declare().one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders").inputs
    assert providers["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.parametrize("output", ["arn", "cluster_name"])
def test_what_uses_the_cluster_waits_for_its_capacity_providers_and_its_log_group(output: str) -> None:
    def program() -> None:
        pulumi.ComponentResource(
            "test:index:User", "user", {"of": getattr(Cluster("cluster", ClusterArgs(here=HERE)), output)}, remote=True
        )

    user = resources_of(program).one("test:index:User")
    assert user.depends_on("cluster-capacity-providers") and user.depends_on("cluster-insights")


def test_a_failed_deployment_of_its_services_is_told_with_the_runbook() -> None:
    declared = declare()
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule", "cluster-deployment-failed").document("eventPattern")
    assert pattern["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
    assert pattern["resources"][0]["prefix"].startswith(f"arn:aws:ecs:us-east-2:{ACCOUNT}:")
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget", "cluster-deployment-failed").inputs
    assert target["arn"] == HERE.alarms.topic_arn
    assert "/service/deployment-failed" in target["inputTransformer"]["inputTemplate"]


def test_tasks_that_do_not_start_are_told_for_they_leave_no_metric() -> None:
    declared = declare()
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule", "cluster-start-impaired").document("eventPattern")
    assert pattern["detail-type"] == ["ECS Service Action"]
    assert "SERVICE_TASK_START_IMPAIRED" in pattern["detail"]["eventName"]
    assert pattern["resources"][0]["prefix"].startswith(f"arn:aws:ecs:us-east-2:{ACCOUNT}:")
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget", "cluster-start-impaired").inputs
    assert "/service/start-impaired" in target["inputTransformer"]["inputTemplate"]


@pytest.mark.parametrize("protect", [True, False])
def test_its_logs_are_protected_on_demand(protect: bool) -> None:
    assert {group.protect for group in declare(here(protect=protect)).of(LOG_GROUP)} == {protect}


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an ARN of us-west-2"):
        declare(here("us-west-2", log_key_arn=kms_key("us-east-2")))


def test_its_logs_are_kept_as_long_as_everywhere() -> None:
    assert {group.inputs["retentionInDays"] for group in declare().of(LOG_GROUP)} == {365}
