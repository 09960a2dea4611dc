from dataclasses import replace
from typing import Any

import pytest

from components.component import InvalidArgumentError
from components.dns import AliasRecord, AliasRecordArgs, Failover, FailoverRole, HostedZone, HostedZoneArgs
from tests.components.harness import Declaration, resources_of

RECORD = "aws:route53/record:Record"
CHECK = "aws:route53/healthCheck:HealthCheck"
DOMAIN = "app.prod.dataconnect.example"
ARGS = AliasRecordArgs(
    zone_id="ZZONE",
    domain_name=DOMAIN,
    load_balancer_dns_name="ingress.us-east-2.elb.amazonaws.com",
    load_balancer_zone_id="ZLOADBALANCER",
)


def declare(role: FailoverRole | None = None) -> Declaration:
    failover = Failover(role=role, health_path="/search/healthz") if role else None
    return resources_of(lambda: AliasRecord("app", replace(ARGS, failover=failover)))


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_zone_can_be_changed_while_us_east_1_is_down(protect: bool) -> None:
    args = HostedZoneArgs(domain_name="prod.dataconnect.example", protect=protect)
    zone = resources_of(lambda: HostedZone("zone", args)).one("aws:route53/zone:Zone")
    assert zone.protect is zone.inputs["enableAcceleratedRecovery"] is protect
    assert zone.inputs["forceDestroy"] is not protect


def test_a_name_without_failover_is_a_plain_alias() -> None:
    declared = declare()
    record = declared.one(RECORD).inputs
    (alias,) = record["aliases"]
    assert (record["name"], record["type"]) == (DOMAIN, "A")
    assert (alias["name"], alias["zoneId"]) == ("ingress.us-east-2.elb.amazonaws.com", "ZLOADBALANCER")
    assert "failoverRoutingPolicies" not in record and "setIdentifier" not in record
    assert declared.of(CHECK) == []


@pytest.mark.parametrize(("role", "decides"), [("PRIMARY", "app-serving"), ("SECONDARY", "app-endpoint")])
def test_a_health_check_decides_on_each_failover_record(role: FailoverRole, decides: str) -> None:
    record = declare(role).one(RECORD, "app").inputs
    assert record["failoverRoutingPolicies"] == [{"type": role}]
    assert (record["setIdentifier"], record["healthCheckId"]) == (role.lower(), f"{decides}-id")


@pytest.mark.parametrize("role", ["PRIMARY", "SECONDARY"])
def test_each_region_is_asked_itself_and_not_through_the_shared_name(role: FailoverRole) -> None:
    check = declare(role).one(CHECK, "app-endpoint").inputs
    assert check["fqdn"] == "ingress.us-east-2.elb.amazonaws.com"
    assert (check["type"], check["port"], check["resourcePath"]) == ("HTTPS", 443, "/search/healthz")
    assert (check["requestInterval"], check["failureThreshold"], check["invertHealthcheck"]) == (10, 3, False)


def test_the_primary_counts_as_unhealthy_while_the_standby_serves() -> None:
    declared = declare("PRIMARY")
    idle = declared.one(CHECK, "app-standby-idle").inputs
    assert (idle["fqdn"], idle["invertHealthcheck"]) == (f"standby.{DOMAIN}", True)
    serving = declared.one(CHECK, "app-serving").inputs
    assert (serving["type"], serving["childHealthThreshold"]) == ("CALCULATED", 2)
    assert set(serving["childHealthchecks"]) == {"app-endpoint-id", "app-standby-idle-id"}


def test_the_secondary_answers_under_the_name_that_the_primary_asks() -> None:
    standby = declare("SECONDARY").one(RECORD, "app-standby").inputs
    assert standby["name"] == declare("PRIMARY").one(CHECK, "app-standby-idle").inputs["fqdn"]
    assert "failoverRoutingPolicies" not in standby


def test_one_ailing_service_does_not_move_the_platform() -> None:
    for role in (None, "PRIMARY", "SECONDARY"):
        assert {record.inputs["aliases"][0]["evaluateTargetHealth"] for record in declare(role).of(RECORD)} == {False}


@pytest.mark.parametrize(
    ("what", "field", "make"),
    [
        ("HostedZoneArgs", "domain_name", lambda: HostedZoneArgs(domain_name="prod")),
        ("AliasRecordArgs", "domain_name", lambda: replace(ARGS, domain_name="App.example")),
        ("Failover", "role", lambda: Failover(role="THIRD", health_path="/")),  # pyright: ignore[reportArgumentType]
        ("Failover", "health_path", lambda: Failover(role="PRIMARY", health_path="healthz")),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(what: str, field: str, make: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{what}\.{field} is .*; expected "):
        make()
