import json
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link, Opening
from components.compute.function import NETWORK_ACTIONS
from components.data.database import Database
from components.data.database_users import DatabaseUsers, DatabaseUsersArgs, source
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.data.test_database import arguments as database_arguments
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

REGION = "us-east-2"
FUNCTION = "aws:lambda/function:Function"
INVOCATION = "aws:lambda/invocation:Invocation"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:database-credentials"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/secrets"


def users(**changes: Any) -> DatabaseUsers:
    own: dict[str, Any] = {
        "here": here(REGION, log_retention_days=365),
        "database": Database("database", database_arguments(**changes.pop("of_database", {}))),
        "workloads": {"search": "read", "data-products": "write"},
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
    }
    return DatabaseUsers("database-users", DatabaseUsersArgs(**(own | changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: users(**changes))


def order(**changes: Any) -> dict[str, Any]:
    return json.loads(declare(**changes).one(INVOCATION).inputs["input"])


def statements() -> dict[str, dict[str, Any]]:
    document = declare().one("aws:iam/rolePolicy:RolePolicy", "database-users-grants").document()
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_the_order_names_everything_the_function_needs_and_no_secret() -> None:
    assert order(of_database={"port": 6432}) == {
        "host": "database.c0example.rds.amazonaws.com",
        "port": 6432,
        "credentials": SECRET,
        "users": {"data_products": "write", "search": "read"},
        "connectionLimit": 640,
    }
    assert "secret" not in declare().one(FUNCTION).inputs.get("environment", {})


def test_the_order_of_the_workloads_makes_no_difference() -> None:
    assert order(workloads={"data-products": "write", "search": "read"}) == order()


def test_users_are_made_again_when_the_code_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = declare().one(INVOCATION).inputs
    assert declare().one(INVOCATION).inputs == before
    changed = {**source(), "users_function/users.py": "# other code\n"}
    monkeypatch.setattr("components.data.database_users.source", lambda: changed)
    after = declare().one(INVOCATION).inputs
    assert {name for name in before if before[name] != after[name]} == {"triggers"}


def test_the_code_is_what_stands_in_its_folder_and_nothing_that_lies_beside_it() -> None:
    names = ["__init__.py", "credentials.py", "endings.py", "environments.py", "groups.py", "handler.py", "names.py"]
    names += ["postgres_client.py", "rds-ca.pem", "tenants.py", "users.py"]
    assert list(source()) == [f"users_function/{name}" for name in names]
    code = declare().one(FUNCTION).inputs["code"]
    assert isinstance(code, pulumi.AssetArchive)
    assert sorted(code.assets) == list(source())
    assert all(isinstance(asset, pulumi.StringAsset) for asset in code.assets.values())


def test_the_function_is_small_alone_traced_and_in_the_network() -> None:
    inputs = declare().one(FUNCTION).inputs
    assert (inputs["runtime"], inputs["architectures"], inputs["handler"]) == (
        "python3.13",
        ["arm64"],
        "users_function.handler.handle",
    )
    assert inputs["reservedConcurrentExecutions"] == 1
    assert inputs["name"] == f"dataconnect-{pulumi.get_stack()}-database-users"
    assert inputs["tracingConfig"] == {"mode": "Active"}
    assert inputs["vpcConfig"] == {"subnetIds": ["subnet-a", "subnet-b"], "securityGroupIds": ["database-users-id"]}
    assert inputs["loggingConfig"] == {"logFormat": "JSON", "logGroup": "database-users"}
    assert "environment" not in inputs


def test_its_log_is_encrypted_and_kept() -> None:
    group = declare().one("aws:cloudwatch/logGroup:LogGroup", "database-users").inputs
    assert (group["kmsKeyId"], group["retentionInDays"]) == (kms_key(REGION, "mrk-logs"), 365)


def test_everything_is_in_the_region_of_the_database() -> None:
    assert children_without_region(declare(), REGION) == []


def test_the_function_reads_the_masters_credentials_and_no_more() -> None:
    found = statements()
    assert set(found) == {"ReadDatabaseCredentials", "DecryptDatabaseCredentials", "NotByTheCode", "BeTraced"}
    assert found["ReadDatabaseCredentials"]["Resource"] == [SECRET]


def test_the_network_is_lambdas_business_and_not_the_codes() -> None:
    attached = declare().one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "database-users-network").inputs
    assert attached["policyArn"] == "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    denied = statements()["NotByTheCode"]
    assert (denied["Effect"], denied["Action"]) == ("Deny", list(NETWORK_ACTIONS))
    assert denied["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


def test_only_functions_of_the_account_take_its_role() -> None:
    (trust,) = declare().one("aws:iam/role:Role", "database-users").document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_ways_to_aws_are_opened_and_waited_for() -> None:
    def program() -> None:
        group = SecurityGroup("endpoints", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="Endpoints"))
        opening = Opening(security_group=group, port=443, what="AWS inside the VPC")
        users(ways_to_aws=Link(openings=(opening,), needs=(group.group,)))

    declared = resources_of(program)
    called = declared.one(INVOCATION)
    rules = ("database-users-to-endpoints-443", "database-users-to-database-5432", "database-from-database-users-5432")
    assert all(called.depends_on(name) for name in (*rules, "endpoints"))


def test_a_workload_gets_the_databases_link_and_waits_for_its_user() -> None:
    links: list[Link] = []
    resources_of(lambda: links.append(users().link(workload="data-products")))
    (link,) = links
    assert link.environment["DATABASE_USER"] == "data_products"
    assert [type(need).__name__ for need in link.needs] == ["Invocation"]


def test_a_workload_without_a_user_gets_no_link() -> None:
    with pytest.raises(ValueError, match="bi has no user in database; expected one of search, data-products"):
        resources_of(lambda: users().link(workload="bi"))


def test_a_workload_that_reads_gets_no_link_to_write() -> None:
    links: list[Link] = []
    resources_of(lambda: links.extend(users().link(verb, workload="data-products") for verb in ("read", "write")))
    assert links[0].environment.keys() == links[1].environment.keys()
    with pytest.raises(ValueError, match="search only reads in database; expected workloads to let it write"):
        resources_of(lambda: users().link("write", workload="search"))


@pytest.mark.parametrize("access", ["admin", "", "Read", None])
def test_what_is_no_access_is_refused(access: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"workloads\['search'\] is {access!r}; expected one of read, write"):
        declare(workloads={"search": access})


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("workloads", {"postgres": "read"}, "another name: PostgreSQL, RDS or the platform has postgres"),
        ("workloads", {"rdsadmin": "read"}, "another name"),
        ("workloads", {"pg-monitor": "read"}, "another name"),
        ("workloads", {"information-schema": "read"}, "another name"),
        ("workloads", {"user": "read"}, "another name"),
        ("workloads", {"data_products": "read"}, "up to 20 lower-case letters"),
        ("subnet_ids", ["subnet-a"], "subnets in at least two zones"),
    ],
)
def test_what_could_not_work_is_refused(field: str, value: object, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"DatabaseUsersArgs\.{field} is .*; expected {expected}"):
        declare(**{field: value})


def test_nobody_is_made_while_the_database_follows_another_and_nobody_waits_for_it() -> None:
    link: list[Link] = []
    declared = resources_of(lambda: link.append(users(writable=False).link("read", workload="search")))
    assert not declared.of(INVOCATION)
    # It is there for the moment when the database can be written to.
    assert declared.one(FUNCTION).name == "database-users"
    assert link[0].needs == () and link[0].environment["DATABASE_USER"] == "search"


def test_other_databases_are_left_alone_as_long() -> None:
    def program() -> None:
        users(writable=False).keep_also(Database("silo", database_arguments(identifier="silo-test")))

    assert not resources_of(program).of(INVOCATION)
