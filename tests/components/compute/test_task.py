import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.links import Link
from components.base.statements import Statement
from components.compute.container import PULL_ACTIONS, SECRET_ACTIONS, with_digest
from components.compute.service_spec import TaskSpec
from components.compute.task import Task, TaskArgs
from tests.components.compute.examples import DIGEST
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/dataconnect/search@{DIGEST}"
SECRET = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:database-AbCdEf"
PULL = Statement(sid="Pull", actions=PULL_ACTIONS, resources=(f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/search",))
READ_SECRET = Statement(sid="ReadSecret", actions=SECRET_ACTIONS, resources=(SECRET,))
ARGS = TaskArgs(
    here=here(),
    spec=TaskSpec(cpu=512, memory=1024, port=8080),
    image=IMAGE,
    pull=(PULL,),
    link=Link(start_statements=(READ_SECRET,)),
)


def link(**changes: Any) -> Link:
    """A link of which reading its secrets is granted."""
    return replace(Link(start_statements=(READ_SECRET,)), **changes)


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
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"], group.protect) == (kms_key(name="mrk-logs"), 30, True)
    log = container()["logConfiguration"]
    assert (log["logDriver"], log["options"]["awslogs-group"]) == ("awslogs", "search")
    (write,) = [statement for statement in policy(declared, "execution") if statement["Sid"] == "WriteLogs"]
    assert write["Resource"] == [f"arn:aws:cloudwatch:us-east-2:{ACCOUNT}:search:*"]


def test_variables_are_plain_and_secrets_go_by_reference() -> None:
    secrets = {"DATABASE_PASSWORD": f"{SECRET}:password::"}
    made = container(link=link(environment={"ZONE": "a", "HOST": "db"}, secrets=secrets))
    assert made["environment"] == [{"name": "HOST", "value": "db"}, {"name": "ZONE", "value": "a"}]
    assert made["secrets"] == [{"name": "DATABASE_PASSWORD", "valueFrom": f"{SECRET}:password::"}]


def test_each_role_holds_its_own_grants_and_trusts_tasks_of_this_account_only() -> None:
    use = Statement(sid="Use", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/*",))
    declared = declare(link=link(statements=(use,)))
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
        with_digest("repository:latest")


def test_a_secret_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"secret KEY of search is .*; expected an ARN of us-east-2"):
        declare(link=link(secrets={"KEY": SECRET.replace("us-east-2", "us-west-2")}))


def test_a_name_too_long_for_physical_names_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"TaskArgs\.name is 'a{21}'"):
        resources_of(lambda: Task("a" * 21, ARGS))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("image", {"image": IMAGE.replace(f"@{DIGEST}", ":latest")}),
        ("image", {"image": IMAGE.replace("us-east-2", "us-west-2")}),
        ("image", {"image": f"library/nginx@{DIGEST}"}),
        ("image", {"image": IMAGE[:-1]}),
        ("pull", {"pull": ()}),
        ("pull", {"pull": (replace(PULL, actions=PULL_ACTIONS[1:]),)}),
        ("link.environment", {"link": link(environment={"DATABASE_PASSWORD": "x"})}),
        ("link.environment", {"link": link(environment={"api_key": "x"})}),
        ("link.environment", {"link": link(environment={"URL": "postgresql://app:hunter2@db/dataconnect"})}),
        ("link.environment", {"link": link(environment={"ID": "AKIA" + "A" * 16})}),
        ("link.environment", {"link": link(environment={"HOOK": "https://hooks." + "slack.com/services/T/B/X"})}),
        ("link.environment", {"link": link(environment={"NO-DASH": "x"})}),
        ("link.secrets", {"link": link(secrets={"1ST": SECRET})}),
        ("link.secrets", {"link": link(secrets={"KEY": "hunter2"})}),
        ("link.secrets", {"link": link(secrets={"HOST": SECRET}, environment={"HOST": "db"})}),
        ("link.start_statements", {"link": Link(secrets={"KEY": SECRET})}),
        ("link.start_statements", {"link": Link(secrets={"KEY": SECRET}, start_statements=(PULL,))}),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"TaskArgs\.{field} is .*; expected ") as caught:
        replace(ARGS, **changes)
    assert "hunter2" not in str(caught.value) or field == "link.secrets"


def test_what_a_task_lacks_to_start_is_told() -> None:
    with pytest.raises(InvalidArgumentError, match=r"expected also ecr:GetAuthorizationToken, or the task never starts"):
        replace(ARGS, pull=(replace(PULL, actions=PULL_ACTIONS[1:]),))
    with pytest.raises(InvalidArgumentError, match=r"expected also secretsmanager:GetSecretValue, kms:Decrypt, or the task"):
        replace(ARGS, link=Link(secrets={"KEY": SECRET}))


def test_a_task_that_uses_nothing_needs_no_more_than_its_image() -> None:
    declared = resources_of(lambda: Task("search", TaskArgs(here=here(), spec=ARGS.spec, image=IMAGE, pull=(PULL,))))
    assert [statement["Sid"] for statement in policy(declared, "execution")] == ["Pull", "WriteLogs"]


@pytest.mark.parametrize("name", ["DATABASE_SECRET_ARN", "TOKEN_LIFETIME_SECONDS", "PASSWORD_MIN_LENGTH"])
def test_a_variable_about_a_secret_is_no_secret(name: str) -> None:
    assert container(link=link(environment={name: "x"}))["environment"] == [{"name": name, "value": "x"}]


def test_an_image_for_x86_is_run_on_x86() -> None:
    spec = TaskSpec(cpu=512, memory=1024, port=8080, cpu_architecture="X86_64")
    assert definition(spec=spec)["runtimePlatform"]["cpuArchitecture"] == "X86_64"


@pytest.mark.parametrize("where", [here(protect=False), here(log_retention_days=731)])
def test_its_logs_are_kept_as_everywhere(where: Here) -> None:
    group = declare(here=where).one("aws:cloudwatch/logGroup:LogGroup")
    assert (group.protect, group.inputs["retentionInDays"]) == (where.protect, where.log_retention_days)
