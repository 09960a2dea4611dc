"""The rotation of the masters' passwords as it is declared: who asks for it, and what the function may do."""

import json
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.severity import severity_of
from components.base.statements import Statement
from components.data.database import Database
from components.data.database_rotation import DatabaseRotation, DatabaseRotationArgs, OtherRegion, source
from components.data.secret import change_secret
from tests.components.data.test_database import RUNBOOKS
from tests.components.data.test_database import arguments as database_arguments
from tests.components.harness import ACCOUNT, Declaration, Declared, children_without_region, here, resources_of

REGION, OTHER = "us-east-2", "us-west-2"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:database-credentials"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
READ_TABLE = Statement(sid="ReadWhoIsActive", actions=("dynamodb:GetItem",), resources=("arn:aws:dynamodb:::table/recovery",))


def rotation(**changes: Any) -> DatabaseRotation:
    own: dict[str, Any] = {
        "here": here(REGION, log_retention_days=365),
        "databases": {"database": Database("database", database_arguments())},
        "days": {"database": 30},
        "statements": (change_secret("credentials", ARN),),
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
    }
    return DatabaseRotation("database-rotation", DatabaseRotationArgs(**(own | changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: rotation(**changes))


def other() -> OtherRegion:
    return OtherRegion(region=OTHER, primary_region=REGION, table_name="recovery", read_table=(READ_TABLE,))


def statements(**changes: Any) -> dict[str, dict[str, Any]]:
    document = declare(**changes).one("aws:iam/rolePolicy:RolePolicy", "database-rotation-grants").document()
    return {each["Sid"]: each for each in document["Statement"]}


def function(**changes: Any) -> Declared:
    return declare(**changes).one("aws:lambda/function:Function")


def facts(**changes: Any) -> dict[str, Any]:
    code = function(**changes).inputs["code"]
    assert isinstance(code, pulumi.AssetArchive)
    file = code.assets["rotation.json"]
    assert isinstance(file, pulumi.StringAsset)
    return json.loads(file.text)


def test_secrets_manager_asks_for_it_in_time_and_not_at_once() -> None:
    declared = declare(days={"database": 7})
    asked = declared.one("aws:secretsmanager/secretRotation:SecretRotation")
    assert asked.inputs["secretId"] == ARN and asked.inputs["rotationRules"] == {"automaticallyAfterDays": 7}
    assert asked.inputs["rotateImmediately"] is False
    allowed = declared.one("aws:lambda/permission:Permission", "database-rotation-database")
    assert (allowed.inputs["principal"], allowed.inputs["sourceArn"]) == ("secretsmanager.amazonaws.com", ARN)
    assert asked.depends_on(allowed.name) and asked.depends_on("database-rotation-to-database-5432")


def test_it_changes_these_secrets_and_can_do_nothing_else_with_any_database() -> None:
    found = statements()
    assert set(found) == {"ChangeCredentials", "NotByTheCode", "BeTraced"}
    assert found["ChangeCredentials"]["Resource"] == [ARN]
    assert not [action for each in found.values() for action in each["Action"] if action.startswith("rds")]


def test_with_another_region_it_reads_who_is_active_and_may_ask_the_same_function_there() -> None:
    found = statements(other=other())
    assert found["ReadWhoIsActive"]["Action"] == ["dynamodb:GetItem"]
    assert found["AskTheOtherRegion"]["Resource"] == [
        f"arn:aws:lambda:{OTHER}:{ACCOUNT}:function:dataconnect-*-database-rotation"
    ]


def test_where_the_secrets_are_copies_nobody_asks_for_it_and_it_asks_nobody() -> None:
    declared = declare(days={}, other=other())
    for kind in ("secretsmanager/secretRotation:SecretRotation", "lambda/permission:Permission", "scheduler/schedule:Schedule"):
        assert declared.of(f"aws:{kind}") == []
    assert "AskTheOtherRegion" not in statements(days={}, other=other())
    assert not [each for each in declared.of(ALARM) if "credentials" in each.name]


def test_it_is_alone_in_the_network_and_called_as_the_other_region_expects() -> None:
    inputs = function().inputs
    assert (inputs["reservedConcurrentExecutions"], inputs["handler"]) == (1, "data.rotation_function.handler.handle")
    assert inputs["name"] == f"dataconnect-{pulumi.get_stack()}-database-rotation"
    assert inputs["vpcConfig"]["subnetIds"] == ["subnet-a", "subnet-b"]
    assert {name.split("/")[1] for name in source()} == {"users_function", "rotation_function"}


def test_it_is_told_where_each_database_is_and_no_password() -> None:
    place = {"host": "database.c0example.rds.amazonaws.com", "port": 5432, "credentials": ARN}
    assert facts()["databases"] == [place] and facts()["recovery"] is None
    assert facts(other=other())["recovery"] == {"table": "recovery", "primary": REGION, "other": OTHER}


def test_one_that_does_not_end_and_one_that_is_overdue_are_told() -> None:
    declared = declare(days={"database": 7})
    found = {each.name.rpartition("-")[2]: each.inputs for each in declared.of(ALARM) if "credentials-credentials" in each.name}
    assert {name: (each["metricName"], each["threshold"], each["evaluationPeriods"]) for name, each in found.items()} == {
        "failed": ("Unfinished", 0, 2),
        "overdue": ("AgeDays", 10, 1),
    }
    for name in found:
        assert (RUNBOOKS / "credentials" / f"{name}.md").is_file() and severity_of(f"credentials-{name}") == "warning"
    assert declared.one("aws:scheduler/schedule:Schedule").inputs["target"]["input"] == '{"do": "look"}'


def test_everything_is_in_the_region_of_the_databases() -> None:
    assert children_without_region(declare(other=other()), REGION) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"databases": {}, "days": {}}, r"databases is \{\}; expected one or more"),
        ({"days": {"other": 30}}, r"days is \['other'\]; expected of databases: database"),
        ({"subnet_ids": ["subnet-a"]}, "subnet_ids is .*; expected subnets in at least two"),
    ],
)
def test_what_cannot_work_is_refused_by_name(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=expected):
        declare(**changes)
