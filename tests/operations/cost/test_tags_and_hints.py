"""`dataconnect cost tags` and `hints`, against answers of AWS: moto knows no cost allocation tags."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from operations.command import app
from operations.cost.hints import AT_MOST, ENOUGH
from tests.operations.world import ACCOUNT, REGION


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"stack": "prod", "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}))
    return file


def run(aws: object, outputs: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    command = ["cost", *arguments, "--stack", "prod", "--outputs", str(outputs), "--json"]
    done = CliRunner().invoke(app, command, obj=lambda _: aws, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


class Tags:
    """Cost Explorer through botocore, which checks what is sent and what comes back."""

    def __init__(self, *more: str, **states: str) -> None:
        self.costs: Any = boto3.client("ce", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        self.stub = Stubber(self.costs)
        wanted = ["CostCenter", "Environment", "Project", "Tenant", *more]
        told = [{"TagKey": tag, "Type": "UserDefined", "Status": state} for tag, state in states.items()]
        asked = {"TagKeys": wanted, "Type": "UserDefined"}
        self.stub.add_response("list_cost_allocation_tags", {"CostAllocationTags": told}, asked)
        self.stub.activate()

    def activates(self, *tags: str, refused: str = "") -> None:
        wanted = [{"TagKey": tag, "Status": "Active"} for tag in tags]
        errors = [{"TagKey": refused, "Code": "TagKeysNotFoundException", "Message": "not found"}] if refused else []
        self.stub.add_response("update_cost_allocation_tags_status", {"Errors": errors}, {"CostAllocationTagsStatus": wanted})


ALL_ACTIVE = dict.fromkeys(("CostCenter", "Environment", "Project", "Tenant"), "Active")


def test_tags_that_are_all_active_are_told(outputs: Path) -> None:
    assert set(run(Tags(**ALL_ACTIVE), outputs, "tags")["tags"].values()) == {"active"}


def test_a_tag_that_is_inactive_or_that_aws_has_not_seen_is_named_with_the_exit_code_of_the_unfinished(outputs: Path) -> None:
    aws = Tags(CostCenter="Active", Environment="Inactive", Project="Active")
    told = run(aws, outputs, "tags", code=6)
    assert told["tags"] == {"CostCenter": "active", "Environment": "inactive", "Project": "active", "Tenant": "not seen yet"}
    assert told["error"] == "costs are not counted by Environment (inactive), Tenant (not seen yet)"


def test_what_is_inactive_is_activated_and_nothing_else(outputs: Path) -> None:
    aws = Tags(**{**ALL_ACTIVE, "Tenant": "Inactive"})
    aws.activates("Tenant")
    assert set(run(aws, outputs, "tags", "--activate")["tags"].values()) == {"active"}
    aws.stub.assert_no_pending_responses()


def test_where_there_are_environments_costs_are_counted_by_stack_too(outputs: Path) -> None:
    told = json.loads(outputs.read_text())
    outputs.write_text(json.dumps({**told, "environments": {"table": "environments"}}))
    aws = Tags("Stack", **ALL_ACTIVE, Stack="Inactive")
    aws.activates("Stack")
    assert run(aws, outputs, "tags", "--activate")["tags"]["Stack"] == "active"


def test_a_dry_run_activates_nothing(outputs: Path) -> None:
    aws = Tags(**{**ALL_ACTIVE, "Tenant": "Inactive"})
    told = run(aws, outputs, "tags", "--activate", "--dry-run", code=6)
    assert told["tags"]["Tenant"] == "inactive"


def test_what_aws_refuses_to_activate_stays_inactive_and_says_why(outputs: Path) -> None:
    aws = Tags(**{**ALL_ACTIVE, "Tenant": "Inactive"})
    aws.activates("Tenant", refused="Tenant")
    told = run(aws, outputs, "tags", "--activate", code=6)
    assert told["refused"] == {"Tenant": "TagKeysNotFoundException: not found"}
    assert told["tags"]["Tenant"] == "inactive"


def test_an_account_of_an_organisation_is_told_what_aws_says(outputs: Path) -> None:
    aws = Tags()
    aws.stub = Stubber(aws.costs)
    aws.costs = boto3.client("ce", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(aws.costs) as stub:
        stub.add_client_error("list_cost_allocation_tags", "AccessDeniedException", "Linked account doesn't have access")
        assert "Linked account doesn't have access" in run(aws, outputs, "tags", code=1)["error"]


@dataclass
class CloudWatch:
    """Answers by metric, a page for each call; `hours` values of it, the last of them the highest."""

    highest: dict[str, float]
    hours: int = ENOUGH
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def get_metric_data(self, *, MetricDataQueries: Any, StartTime: datetime, EndTime: datetime, NextToken: str = "") -> Any:  # noqa: N803
        assert (EndTime - StartTime).days == 14 and len(MetricDataQueries) <= AT_MOST
        self.asked += [] if NextToken else MetricDataQueries
        results = [
            {"Id": each["Id"], "Values": self._values(each["MetricStat"]["Metric"]["MetricName"], last=bool(NextToken))}
            for each in MetricDataQueries
        ]
        return {"MetricDataResults": results, **({} if NextToken else {"NextToken": "more"})}

    def _values(self, metric: str, *, last: bool) -> list[float]:
        if metric not in self.highest:
            return []
        return [self.highest[metric]] if last else [1.0] * (self.hours - 1)


RESOURCES: dict[str, dict[str, Any]] = {
    "aws:rds/instance:Instance": {"identifier": "dataconnect-prod", "instanceClass": "db.r7g.xlarge", "allocatedStorage": 10},
    "aws:ecs/service:Service": {"name": "bi-1", "cluster": "arn:aws:ecs:us-east-2:222222222222:cluster/cluster-1"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "replicationGroupId": "dataconnect-prod-cache",
        "nodeType": "cache.r7g.large",
        "numCacheClusters": 2,
    },
    "aws:opensearch/domain:Domain": {
        "domainName": "dataconnect-prod",
        "ebsOptions": {"volumeSize": 10},
        "clusterConfig": {"instanceType": "r7g.large.search", "instanceCount": 3},
    },
    "aws:s3/bucket:Bucket": {},
}


def hinted(outputs: Path, cloudwatch: CloudWatch, *types: str) -> dict[str, dict[str, Any]]:
    file = outputs.with_name("state.json")
    made = [
        {"urn": f"urn:pulumi:prod::dataconnect::{type_}::it", "custom": True, "type": type_, "inputs": RESOURCES[type_]}
        for type_ in types or RESOURCES
    ]
    file.write_text(json.dumps({"deployment": {"resources": made}}))
    told = run(SimpleNamespace(cloudwatch=cloudwatch), outputs, "hints", "--state", str(file))
    return {each["type"]: each for each in told["hints"]}


QUIET = {
    "CPUUtilization": 20.0,
    "MemoryUtilization": 30.0,
    "EngineCPUUtilization": 5.0,
    "DatabaseMemoryUsagePercentage": 10.0,
    "JVMMemoryPressure": 40.0,
}


def test_what_was_used_little_is_told_with_what_was_seen_and_what_half_of_it_saves(outputs: Path) -> None:
    found = hinted(outputs, CloudWatch(QUIET))
    assert set(found) == {"rds", "ecs", "elasticache", "opensearch"}
    assert all(each["halved"] for each in found.values())
    assert found["rds"]["metrics"] == {"CPUUtilization": 20.0}
    assert found["rds"]["usd"] == round(730 * 0.478 / 2, 2)
    assert found["opensearch"]["usd"] == round(730 * 3 * 0.178 / 2, 2)


@pytest.mark.parametrize(
    ("metric", "value", "service"),
    [
        ("CPUUtilization", 40.0, "rds"),
        ("MemoryUtilization", 90.0, "ecs"),
        ("DatabaseMemoryUsagePercentage", 36.0, "elasticache"),
        ("JVMMemoryPressure", 61.0, "opensearch"),
    ],
)
def test_one_busy_hour_of_one_metric_is_enough_to_leave_it(outputs: Path, metric: str, value: float, service: str) -> None:
    found = hinted(outputs, CloudWatch({**QUIET, metric: value}))[service]
    assert not found["halved"] and found["usd"] == 0
    assert found["says"] == "as large as it is used"


def test_too_few_hours_give_no_hint(outputs: Path) -> None:
    found = hinted(outputs, CloudWatch(QUIET, hours=ENOUGH - 1))["rds"]
    assert (found["halved"], found["says"]) == (False, f"{ENOUGH - 1} hours of data: too few")
    assert found["metrics"] == {"CPUUtilization": None}


def test_a_metric_that_is_missing_gives_no_hint(outputs: Path) -> None:
    silent = {metric: value for metric, value in QUIET.items() if metric != "MemoryUtilization"}
    assert not hinted(outputs, CloudWatch(silent))["ecs"]["halved"]


def test_each_part_is_asked_for_by_its_own_dimensions(outputs: Path) -> None:
    cloudwatch = CloudWatch(QUIET)
    hinted(outputs, cloudwatch)
    asked = {
        (metric["Namespace"], *(f"{each['Name']}={each['Value']}" for each in metric["Dimensions"]))
        for metric in (each["MetricStat"]["Metric"] for each in cloudwatch.asked)
    }
    assert asked == {
        ("AWS/RDS", "DBInstanceIdentifier=dataconnect-prod"),
        ("AWS/ECS", "ClusterName=cluster-1", "ServiceName=bi-1"),
        ("AWS/ElastiCache", "CacheClusterId=dataconnect-prod-cache-001"),
        ("AWS/ElastiCache", "CacheClusterId=dataconnect-prod-cache-002"),
        ("AWS/ES", "DomainName=dataconnect-prod", f"ClientId={ACCOUNT}"),
    }
    assert {each["MetricStat"]["Stat"] for each in cloudwatch.asked} == {"Maximum"}
