from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge import edge_checks
from components.edge.dns import AliasRecord, AliasRecordArgs, Failover, FailoverRole, HostedZone, HostedZoneArgs
from components.edge.dns_spec import DnsSpec
from tests.components.harness import Declaration, Declared, here, resources_of

RECORD = "aws:route53/record:Record"
CHECK = "aws:route53/healthCheck:HealthCheck"
DOMAIN = "app.prod.dataconnect.example"
OTHER = "ingress.us-west-2.elb.amazonaws.com"
ARGS = AliasRecordArgs(
    zone_id="ZZONE",
    domain_name=DOMAIN,
    load_balancer_dns_name="ingress.us-east-2.elb.amazonaws.com",
    load_balancer_zone_id="ZLOADBALANCER",
)


def declare(role: FailoverRole | None = None) -> Declaration:
    failover = Failover(role=role, other=OTHER) if role else None
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


@pytest.mark.parametrize("role", ["PRIMARY", "SECONDARY"])
def test_a_health_check_decides_on_each_failover_record(role: FailoverRole) -> None:
    record = declare(role).one(RECORD, "app").inputs
    assert record["failoverRoutingPolicies"] == [{"type": role}]
    assert (record["setIdentifier"], record["healthCheckId"]) == (role.lower(), "app-serving-id")


@pytest.mark.parametrize("role", ["PRIMARY", "SECONDARY"])
def test_each_region_is_asked_itself_and_not_through_the_shared_name(role: FailoverRole) -> None:
    asked = [check.inputs for check in declare(role).of(CHECK) if check.inputs["type"] != "CALCULATED"]
    assert {check["fqdn"] for check in asked} == {"ingress.us-east-2.elb.amazonaws.com", OTHER}
    for check in asked:
        assert (check["type"], check["port"], check["resourcePath"]) == ("HTTPS", 443, "/active")
        assert (check["requestInterval"], check["failureThreshold"], check["enableSni"]) == (10, 3, True)


def answers(role: FailoverRole, opened: Mapping[str, bool]) -> bool:
    """Whether Route 53 calls the record of `role` healthy, by its rules, when the names of `opened` answer 200 or do not."""
    declared = declare(role)
    healthy = {
        f"{check.name}-id": opened[check.inputs["fqdn"]] is not check.inputs["invertHealthcheck"]
        for check in declared.of(CHECK)
        if check.inputs["type"] == "HTTPS"
    }
    (deciding,) = [check.inputs for check in declared.of(CHECK) if check.inputs["type"] == "CALCULATED"]
    return sum(healthy[child] for child in deciding["childHealthchecks"]) >= deciding["childHealthThreshold"]


@pytest.mark.parametrize(
    ("primary", "recovery", "users"),
    [
        (False, False, "PRIMARY"),  # as ever, or recovery is lost
        (False, True, "SECONDARY"),  # failed over, or home is lost afterwards
        (True, True, "PRIMARY"),  # failed back while recovery could not be told; it may come back
        (True, False, "PRIMARY"),
    ],
)
def test_users_are_where_the_two_latches_say(primary: bool, recovery: bool, users: str) -> None:
    here_ = "ingress.us-east-2.elb.amazonaws.com"
    home = answers("PRIMARY", {here_: primary, OTHER: recovery})
    away = answers("SECONDARY", {here_: recovery, OTHER: primary})
    assert home is not away  # one bit: Route 53 never has to choose between two that are well, or two that are not
    assert ("PRIMARY" if home else "SECONDARY") == users


def test_the_secondary_answers_under_the_name_that_the_primary_asks() -> None:
    standby = declare("SECONDARY").one(RECORD, "app-standby").inputs
    assert standby["name"] == edge_checks.standby_name(DOMAIN)
    assert "failoverRoutingPolicies" not in standby


def test_one_ailing_service_does_not_move_the_platform() -> None:
    for role in (None, "PRIMARY", "SECONDARY"):
        assert {record.inputs["aliases"][0]["evaluateTargetHealth"] for record in declare(role).of(RECORD)} == {False}


@pytest.mark.parametrize(
    ("what", "field", "make"),
    [
        ("AliasRecordArgs", "domain_name", lambda: replace(ARGS, domain_name="App.example")),
        ("Failover", "role", lambda: Failover(role="THIRD", other=OTHER)),  # pyright: ignore[reportArgumentType]
    ],
)
def test_arguments_that_aws_would_refuse_are_named(what: str, field: str, make: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{what}\.{field} is .*; expected "):
        make()
