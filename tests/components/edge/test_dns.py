from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.dns import AliasRecord, AliasRecordArgs, Failover, FailoverRole, HostedZone, HostedZoneArgs
from components.edge.dns_spec import DnsSpec
from tests.components.harness import Declaration, Declared, here, resources_of

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


def zone(*, protect: bool = True, **changes: Any) -> Declared:
    args = HostedZoneArgs(here=here(protect=protect), spec=DnsSpec(zone="prod.dataconnect.example"), **changes)
    return resources_of(lambda: HostedZone("zone", args)).one("aws:route53/zone:Zone")


@pytest.mark.parametrize("protect", [True, False])
def test_protection_holds_in_pulumi_and_in_aws(protect: bool) -> None:
    declared = zone(protect=protect)
    assert declared.protect is protect
    assert declared.inputs["forceDestroy"] is not protect


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("accelerated", [True, False])
def test_whether_a_zone_can_be_changed_while_us_east_1_is_down_is_said_by_itself(protect: bool, accelerated: bool) -> None:
    declared = zone(protect=protect, accelerated_recovery=accelerated)
    assert declared.inputs["enableAcceleratedRecovery"] is accelerated


def test_a_zone_has_no_accelerated_recovery_by_default_as_it_could_not_simply_be_deleted() -> None:
    assert zone().inputs["enableAcceleratedRecovery"] is False


def test_a_zone_is_named_by_its_spec_and_says_whose_it_is() -> None:
    inputs = zone().inputs
    assert (inputs["name"], inputs["comment"]) == ("prod.dataconnect.example", "prod.dataconnect.example, stack test")


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


@pytest.mark.parametrize("path", ["/", f"/{'a' * 254}"])
def test_the_shortest_and_the_longest_path_can_be_asked_for(path: str) -> None:
    assert Failover(role="SECONDARY", health_path=path).health_path == path


@pytest.mark.parametrize(
    ("what", "field", "make"),
    [
        ("AliasRecordArgs", "domain_name", lambda: replace(ARGS, domain_name="App.example")),
        ("Failover", "role", lambda: Failover(role="THIRD", health_path="/")),  # pyright: ignore[reportArgumentType]
        ("Failover", "health_path", lambda: Failover(role="PRIMARY", health_path="healthz")),
        ("Failover", "health_path", lambda: Failover(role="PRIMARY", health_path=f"/{'a' * 255}")),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(what: str, field: str, make: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{what}\.{field} is .*; expected "):
        make()
