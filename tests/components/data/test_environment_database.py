"""A database of an environment on demand, as declared: the orders to the other stack's function, the secret, the link."""

import json
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.environment_database import EnvironmentDatabase, EnvironmentDatabaseArgs, Instance
from components.network.security_group import PeerSecurityGroup
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

INVOCATION = "aws:lambda/invocation:Invocation"
SECRET = "aws:secretsmanager/secret:Secret"
MASTER = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:database-credentials"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/secrets"


def database(**changes: Any) -> EnvironmentDatabase:
    instance = Instance(
        host="database.example",
        port=5432,
        database_name="dataconnect",
        credentials_arn=MASTER,
        resource_id="db-ABC",
        users_function=changes.pop("users_function", "database-users-1"),
        secrets_key_arn=KEY,
        connections=16,
        security_group=PeerSecurityGroup("shared-database", here(), "sg-peer"),
    )
    own: dict[str, Any] = {
        "here": here(),
        "environment": "two-b",
        "data": "discard",
        "instance": instance,
        "workloads": {"bi": "read", "data-products": "write"},
        "schema": "SELECT 1",
    }
    return EnvironmentDatabase("environment-database", EnvironmentDatabaseArgs(**(own | changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: database(**changes))


def order(name: str, **changes: Any) -> dict[str, Any]:
    return json.loads(declare(**changes).one(INVOCATION, name).inputs["input"])


def test_it_is_made_and_ended_with_its_resource_and_nothing_replaces_that_but_another_function() -> None:
    inputs = declare().one(INVOCATION, "environment-database").inputs
    assert (inputs["lifecycleScope"], inputs["functionName"]) == ("CRUD", "database-users-1")
    assert "triggers" not in inputs
    told = order("environment-database")
    assert (told["data"], told["connections"], told["claim"]) == ("discard", 16, "database-users-1")
    assert order("environment-database", users_function="database-users-2")["claim"] == "database-users-2"
    assert order("environment-database", data="keep")["data"] == "keep"


def test_its_users_bear_its_name_and_share_its_connections() -> None:
    told = order("environment-database-users")
    assert told["users"] == {"bi__two_b": "read", "data_products__two_b": "write"}
    assert (told["connectionLimit"], told["schema"]) == (8, "SELECT 1")
    assert told["credentials"] == order("environment-database")["credentials"] != MASTER


def test_its_secret_is_under_the_key_by_which_the_function_reads_it_and_names_the_master_s() -> None:
    declared = declare()
    assert declared.one(SECRET).inputs["kmsKeyId"] == KEY
    login = json.loads(declared.one("aws:secretsmanager/secretVersion:SecretVersion").inputs["secretString"])
    assert len(login.pop("password")) == 40
    assert login == {
        "engine": "postgres",
        "dbname": "dataconnect__two_b",
        "username": "owner__two_b",
        "environment": "two-b",
        "master": MASTER,
    }


def test_a_workload_logs_in_as_its_own_user_of_this_database() -> None:
    found: list[Any] = []

    def program() -> EnvironmentDatabase:
        made = database()
        link = made.link("write", workload="data-products")
        found.append(link)
        statement, tenant = link.statements[0], link.tenant_statements[0]
        statement.resources[0].apply(lambda arn: found.append(arn))  # type: ignore[union-attr]
        tenant.resources[0].apply(lambda arn: found.append(arn))  # type: ignore[union-attr]
        link.environment["DATABASE_NAME"].apply(lambda name: found.append(name))  # type: ignore[union-attr]
        return made

    resources_of(program)
    link, *told = found
    prefix = f"arn:aws:rds-db:us-east-2:{ACCOUNT}:dbuser:db-ABC/"
    assert {*told} == {
        f"{prefix}data_products__two_b",
        f"{prefix}${{aws:PrincipalTag/tenant}}_data_products__two_b",
        "dataconnect__two_b",
    }
    assert link.environment["DATABASE_USER"] == "data_products__two_b"
    assert [(each.security_group.name, each.port) for each in link.openings] == [("shared-database", 5432)]
    assert [each._name for each in link.needs] == ["environment-database-users"]


@pytest.mark.parametrize("name", ["", "X", "a--b", "1a", "a" * 13, "lake", "my-products"])
def test_a_name_that_cannot_be_a_database_s_is_named(name: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"EnvironmentDatabaseArgs.environment is .*expected up to 12 lower-case"
    ):
        declare(environment=name)


def test_a_workload_that_cannot_have_a_user_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="workloads is 'public'; expected another name"):
        declare(workloads={"public": "read"})


def test_every_child_is_told_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
