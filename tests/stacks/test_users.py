"""Who has a user in the database, who makes it, and who waits for that."""

import base64
import json
import re
from typing import Any, Final

import pytest

from tests.stacks.estate import PLATFORMS, PRIMARIES, RECOVERIES, WRITABLE, Estate, estate_of

DEFINITION: Final = "ecs/taskDefinition:TaskDefinition"
FUNCTION: Final = "lambda/function:Function"
INVOCATION: Final = "lambda/invocation:Invocation"


def expected_users(estate: Estate) -> list[str]:
    return sorted(workload.replace("-", "_") for workload in estate.database_verbs)


def order(estate: Estate) -> dict[str, Any]:
    return json.loads(estate.inputs(INVOCATION, "database-users")["input"])


@pytest.mark.parametrize("name", WRITABLE)
def test_each_service_that_uses_the_database_has_a_user_there_and_nobody_else(name: str) -> None:
    estate = estate_of(name)
    assert sorted(order(estate)["users"]) == expected_users(estate)
    assert expected_users(estate)
    logins = [
        resource.partition("/")[2]
        for policy in estate.of("iam/rolePolicy:RolePolicy").values()
        for statement in policy.document()["Statement"]
        if "rds-db:connect" in statement["Action"]
        for resource in statement["Resource"]
    ]
    of_tenants = [f"${{aws:PrincipalTag/tenant}}_{user}" for user in expected_users(estate)]
    assert sorted(logins) == sorted([*expected_users(estate), *of_tenants])


@pytest.mark.parametrize("name", WRITABLE)
def test_who_only_reads_in_the_database_is_told_to_the_function(name: str) -> None:
    estate = estate_of(name)
    expected = {
        workload.replace("-", "_"): "write" if "write" in verbs else "read" for workload, verbs in estate.database_verbs.items()
    }
    assert order(estate)["users"] == expected and set(expected.values()) == {"read", "write"}


@pytest.mark.parametrize("name", WRITABLE)
def test_the_function_makes_the_tables_of_tenants_data(name: str) -> None:
    assert "CREATE TABLE IF NOT EXISTS lending.loan " in order(estate_of(name))["schema"]


@pytest.mark.parametrize("name", WRITABLE)
def test_the_function_is_sent_to_the_database_of_its_region_with_the_credentials_of_its_region(name: str) -> None:
    estate = estate_of(name)
    database = estate.state("rds/instance:Instance")
    home = (estate.others or (estate,))[0]
    secret = home.arn("secretsmanager/secret:Secret", "database-credentials")
    sent = order(estate)
    assert (sent["host"], sent["port"]) == (database["address"], estate.file["database"].get("port", 5432))
    assert sent["credentials"] == secret.replace(f":{home.region}:", f":{estate.region}:")
    assert estate.inputs(INVOCATION, "database-users")["functionName"] == estate.state(FUNCTION, "database-users")["name"]


@pytest.mark.parametrize("name", WRITABLE)
def test_one_user_takes_half_of_the_sessions_at_the_most(name: str) -> None:
    estate = estate_of(name)
    parameters = estate.inputs("rds/parameterGroup:ParameterGroup")["parameters"]
    (most,) = [int(each["value"]) for each in parameters if each["name"] == "max_connections"]
    assert order(estate)["connectionLimit"] == most // 2


@pytest.mark.parametrize("name", WRITABLE)
def test_the_function_is_in_the_application_tier_with_a_group_of_its_own(name: str) -> None:
    estate = estate_of(name)
    network = estate.inputs(FUNCTION, "database-users")["vpcConfig"]
    assert network["subnetIds"] == estate.subnets("application")
    assert network["securityGroupIds"] == [estate.id("ec2/securityGroup:SecurityGroup", "database-users")]
    assert (
        estate.inputs(FUNCTION, "database-users")["loggingConfig"]["logGroup"]
        == estate.state("cloudwatch/logGroup:LogGroup", "database-users")["name"]
    )


@pytest.mark.parametrize("name", WRITABLE)
def test_the_function_is_called_once_it_can_reach_the_database_and_aws(name: str) -> None:
    estate = estate_of(name)
    rules = {
        logical
        for token in (
            "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        )
        for logical in estate.of(token)
        if logical.startswith("database-users-to-") or "-from-database-users-" in logical
    }
    assert len(rules) >= 3
    assert all(
        estate.one(INVOCATION, "database-users").depends_on(each)
        for each in rules | estate.names("ec2/vpcEndpoint:VpcEndpoint")
    )


@pytest.mark.parametrize("name", PRIMARIES)
def test_a_service_starts_once_its_user_is_there_if_it_has_one(name: str) -> None:
    estate = estate_of(name)
    for service in estate.services:
        waits_for = estate.one("ecs/service:Service", service).dependencies
        waits = any(urn.endswith("aws:lambda/invocation:Invocation::database-users") for urn in waits_for)
        assert waits == (service in estate.database_verbs), service


@pytest.mark.parametrize("name", [name for name in (*RECOVERIES, "standby") if name not in WRITABLE])
def test_in_a_database_that_follows_another_nobody_is_made_and_nobody_waits_for_it(name: str) -> None:
    estate = estate_of(name)
    assert "database-users" in estate.names(FUNCTION) and "database-users" not in estate.of(INVOCATION)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_names_of_the_users_are_the_same_in_both_regions(name: str) -> None:
    estate = estate_of(name)
    services = (json.loads(each.inputs["containerDefinitions"]) for each in estate.of(DEFINITION).values())
    jobs = (json.loads(each.inputs["containerProperties"]) for each in estate.of("batch/jobDefinition:JobDefinition").values())
    scripts = (
        base64.b64decode(each.inputs["userData"]).decode() for each in estate.of("ec2/launchTemplate:LaunchTemplate").values()
    )
    exported = [each for script in scripts for each in re.findall(r"^export DATABASE_USER=(.*)$", script, re.MULTILINE)]
    containers = [*(container for (container,) in services), *jobs]
    told = [each["value"] for container in containers for each in container["environment"] if each["name"] == "DATABASE_USER"]
    assert sorted([*told, *exported]) == expected_users(estate)
