from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import ComponentError, InvalidArgumentError
from components.base.links import Link, Opening
from components.base.statements import Statement
from components.compute.function import Function, FunctionArgs
from components.compute.function_package import digest, source_files
from components.compute.function_spec import FunctionSpec
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

FUNCTION, POLICY, ALARM = (
    "aws:lambda/function:Function",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
)
SEND = Statement(sid="Send", actions=("sqs:SendMessage",), resources=(f"arn:aws:sqs:us-east-2:{ACCOUNT}:ingest",))
READ = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/tenant=${aws:PrincipalTag/tenant}/*",))
ARGS = FunctionArgs(
    here=here(),
    spec=FunctionSpec(memory_mib=512, timeout_seconds=20, concurrency=7),
    description="Takes records in",
    source={"ingest/handler.py": "def handle(event, context): ...\n"},
    handler="ingest.handler.handle",
    vpc_id="vpc-1",
    subnet_ids=("subnet-a", "subnet-b"),
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Function("ingest", replace(ARGS, **changes)))


def test_it_runs_what_it_is_given_as_large_and_as_often_as_its_spec_says() -> None:
    inputs = declare().one(FUNCTION).inputs
    assert (inputs["handler"], inputs["memorySize"], inputs["timeout"]) == ("ingest.handler.handle", 512, 20)
    assert inputs["reservedConcurrentExecutions"] == 7
    assert list(inputs["code"].assets) == ["ingest/handler.py"]
    assert inputs["tracingConfig"] == {"mode": "Active"}
    assert inputs["loggingConfig"] == {"logFormat": "JSON", "logGroup": "ingest"}
    assert inputs["vpcConfig"] == {"subnetIds": ["subnet-a", "subnet-b"], "securityGroupIds": ["ingest-id"]}


def test_its_role_may_do_what_its_link_says_and_the_code_touches_no_interface() -> None:
    found = {each["Sid"]: each for each in declare(link=Link(statements=(SEND,))).one(POLICY).document()["Statement"]}
    assert list(found) == ["Send", "NotByTheCode", "BeTraced"]
    assert found["NotByTheCode"]["Effect"] == "Deny"


def test_tenants_data_is_reached_in_its_tenant_role() -> None:
    declared = declare(link=Link(statements=(SEND,), tenant_statements=(READ,), environment={"LAKE": "lake"}))
    assert [each["Sid"] for each in declared.one(POLICY, "ingest-grants").document()["Statement"]][:2] == [
        "Send",
        "TakeTenantRole",
    ]
    assert declared.one(POLICY, "ingest-tenant-grants").document()["Statement"] == [READ.document()]
    told = declared.one(FUNCTION).inputs["environment"]["variables"]
    assert told == {"LAKE": "lake", "TENANT_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:ingest-tenant"}


def test_it_waits_for_its_permissions_and_its_callers_for_its_ways() -> None:
    waited: list[str] = []

    def program() -> None:
        group = SecurityGroup("database", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="Database"))
        opening = Opening(security_group=group, port=5432, what="PostgreSQL for {workload}")
        link = Link(openings=(opening,), needs=(group.group,))
        waited.extend(each._name for each in Function("ingest", replace(ARGS, link=link)).opened)

    declared = resources_of(program)
    function = declared.one(FUNCTION)
    assert function.depends_on("ingest-grants") and function.depends_on("ingest-network")
    assert {"database-from-ingest-5432", "ingest-to-database-5432", "database"} <= set(waited)


def test_each_function_is_watched_against_its_own_limits() -> None:
    alarms = {alarm.name: alarm.inputs for alarm in declare().of(ALARM)}
    assert sorted(alarms) == ["ingest-function-duration", "ingest-function-errors", "ingest-function-throttles"]
    assert alarms["ingest-function-duration"]["threshold"] == 18_000
    assert {each["treatMissingData"] for each in alarms.values()} == {"notBreaching"}


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("handler", {"handler": "ingest.other.handle"}),
        ("handler", {"handler": "ingest.handler.run"}),
        ("handler", {"source": {}}),
        ("link.secrets", {"link": Link(secrets={"TOKEN": "arn"})}),
        ("subnet_ids", {"subnet_ids": ("subnet-a",)}),
    ],
)
def test_what_could_not_run_is_refused(where: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"FunctionArgs\.{where} is "):
        replace(ARGS, **changes)


@pytest.mark.parametrize(
    ("field", "value"), [("memory_mib", 64), ("memory_mib", 10_241), ("timeout_seconds", 901), ("concurrency", 0)]
)
def test_a_size_that_lambda_does_not_offer_is_refused(field: str, value: int) -> None:
    values: dict[str, Any] = {field: value}
    with pytest.raises(InvalidArgumentError, match=rf"FunctionSpec\.{field} is {value}; expected "):
        FunctionSpec(**values)


def test_its_files_are_read_as_they_stand_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "schema.sql", "notes.md", "a.pyc"):
        (tmp_path / name).write_text(name)
    files = source_files(tmp_path, "ingest")
    assert files == {"ingest/a.py": "a.py", "ingest/b.py": "b.py", "ingest/schema.sql": "schema.sql"}
    assert digest(files) != digest({**files, "ingest/a.py": "other"})


def test_a_folder_without_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="holds no code"):
        source_files(tmp_path, "ingest")
