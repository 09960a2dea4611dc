import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.component import InvalidArgumentError
from components.permissions import Statement
from components.task import PULL_ACTIONS, SECRET_ACTIONS, Task, TaskArgs, _with_digest
from tests.components.harness import ACCOUNT, Declaration, children_without_region, resources_of

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/dataconnect/search@{DIGEST}"
SECRET = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:database-AbCdEf"
PULL = Statement(sid="Pull", actions=PULL_ACTIONS, resources=("arn:aws:ecr:us-east-2:111111111111:repository/search",))
READ_SECRET = Statement(sid="ReadSecret", actions=SECRET_ACTIONS, resources=(SECRET,))
ARGS = TaskArgs(
    region="us-east-2",
    account_id=ACCOUNT,
    image=IMAGE,
    cpu=512,
    memory=1024,
    port=8080,
    execution_grants=(PULL, READ_SECRET),
    log_key_arn=f"arn:aws:kms:us-east-2:{ACCOUNT}:key/mrk-1",
    log_retention_days=30,
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Task("search", replace(ARGS, **changes)))


def definition(**changes: Any) -> dict[str, Any]:
    return declare(**changes).one("aws:ecs/taskDefinition:TaskDefinition").inputs


def container(**changes: Any) -> dict[str, Any]:
    (only,) = json.loads(definition(**changes)["containerDefinitions"])
    return only


def policy(declared: Declaration, role: str) -> list[dict[str, Any]]:
    return declared.one("aws:iam/rolePolicy:RolePolicy", f"search-{role}-grants").document()["Statement"]


def test_the_container_can_change_nothing_but_tmp() -> None:
    hardened = container()
    assert hardened["readonlyRootFilesystem"] is True and hardened["privileged"] is False
    assert hardened["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert hardened["user"].split(":")[0] not in ("0", "root")
    assert [mount["containerPath"] for mount in hardened["mountPoints"]] == ["/tmp"]
    assert definition()["volumes"] == [{"name": "tmp"}]


def test_its_size_platform_and_network_are_explicit() -> None:
    inputs = definition()
    assert (inputs["cpu"], inputs["memory"], inputs["networkMode"]) == ("512", "1024", "awsvpc")
    assert inputs["requiresCompatibilities"] == ["FARGATE"]
    assert inputs["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}


def test_logs_go_to_a_group_of_its_own_under_the_key() -> None:
    declared = declare()
    group = declared.one("aws:cloudwatch/logGroup:LogGroup")
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"], group.protect) == (ARGS.log_key_arn, 30, True)
    log = container()["logConfiguration"]
    assert (log["logDriver"], log["options"]["awslogs-group"]) == ("awslogs", "search")
    (write,) = [statement for statement in policy(declared, "execution") if statement["Sid"] == "WriteLogs"]
    assert write["Resource"] == [f"arn:aws:cloudwatch:us-east-2:{ACCOUNT}:search:*"]


def test_variables_are_plain_and_secrets_go_by_reference() -> None:
    made = container(environment={"ZONE": "a", "HOST": "db"}, secrets={"DATABASE_PASSWORD": f"{SECRET}:password::"})
    assert made["environment"] == [{"name": "HOST", "value": "db"}, {"name": "ZONE", "value": "a"}]
    assert made["secrets"] == [{"name": "DATABASE_PASSWORD", "valueFrom": f"{SECRET}:password::"}]


def test_each_role_holds_its_own_grants_and_trusts_tasks_of_this_account_only() -> None:
    use = Statement(sid="Use", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/*",))
    declared = declare(grants=(use,))
    assert [statement["Sid"] for statement in policy(declared, "task")] == ["Use"]
    assert [statement["Sid"] for statement in policy(declared, "execution")] == ["Pull", "ReadSecret", "WriteLogs"]
    inputs = declared.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert inputs["taskRoleArn"] != inputs["executionRoleArn"]
    for role in declared.of("aws:iam/role:Role"):
        (trust,) = role.document("assumeRolePolicy")["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_a_task_without_grants_has_a_role_without_permissions() -> None:
    assert [found.name for found in declare().of("aws:iam/rolePolicy:RolePolicy")] == ["search-execution-grants"]


def test_its_family_is_stable_and_old_revisions_stay_for_a_rollback() -> None:
    inputs = definition()
    assert inputs["family"] == "test-search"
    assert inputs["skipDestroy"] is True


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


def test_an_image_known_only_later_is_checked_for_its_digest() -> None:
    assert container(image=pulumi.Output.from_input(IMAGE))["image"] == IMAGE
    # Not through a program: an error inside an output leaves pages of unretrieved futures on the terminal.
    with pytest.raises(ValueError, match="expected one by digest"):
        _with_digest("repository:latest")


def test_a_secret_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"secret KEY of search is .*; expected an ARN of us-east-2"):
        declare(secrets={"KEY": SECRET.replace("us-east-2", "us-west-2")})


def test_a_name_too_long_for_physical_names_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"TaskArgs\.name is 'a{21}'"):
        resources_of(lambda: Task("a" * 21, ARGS))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("cpu", {"cpu": 500}),
        ("memory", {"memory": 512}),
        ("cpu_architecture", {"cpu_architecture": "RISC"}),
        ("port", {"port": 80}),
        ("port", {"port": 70000}),
        ("log_retention_days", {"log_retention_days": 6}),
        ("image", {"image": IMAGE.replace(f"@{DIGEST}", ":latest")}),
        ("image", {"image": IMAGE.replace("us-east-2", "us-west-2")}),
        ("image", {"image": f"library/nginx@{DIGEST}"}),
        ("environment", {"environment": {"DATABASE_PASSWORD": "x"}}),
        ("environment", {"environment": {"api_key": "x"}}),
        ("environment", {"environment": {"URL": "postgresql://app:hunter2@db/dataconnect"}}),
        ("environment", {"environment": {"ID": "AKIA" + "A" * 16}}),
        ("environment", {"environment": {"HOOK": "https://hooks.slack.com/services/T/B/X"}}),
        ("environment", {"environment": {"NO-DASH": "x"}}),
        ("secrets", {"secrets": {"1ST": SECRET}}),
        ("secrets", {"secrets": {"KEY": "hunter2"}}),
        ("secrets", {"secrets": {"HOST": SECRET}, "environment": {"HOST": "db"}}),
        ("execution_grants", {"execution_grants": ()}),
        ("execution_grants", {"secrets": {"KEY": SECRET}, "execution_grants": (PULL,)}),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"TaskArgs\.{field} is .*; expected ") as caught:
        replace(ARGS, **changes)
    assert "hunter2" not in str(caught.value) or field == "secrets"


@pytest.mark.parametrize("name", ["DATABASE_SECRET_ARN", "TOKEN_LIFETIME_SECONDS", "PASSWORD_MIN_LENGTH"])
def test_a_variable_about_a_secret_is_no_secret(name: str) -> None:
    assert container(environment={name: "x"})["environment"] == [{"name": name, "value": "x"}]
