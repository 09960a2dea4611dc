from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.ingress import Ingress, IngressArgs
from components.edge.ingress_spec import IngressSpec
from components.edge.token_spec import TokenSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of
from tests.found import some

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SPEC = IngressSpec(domain="app.prod.dataconnect.example")
ARGS = IngressArgs(
    here=here(log_retention_days=365),
    spec=SPEC,
    vpc_id="vpc-1",
    subnet_ids=("subnet-1", "subnet-2"),
    certificate_arn=f"arn:aws:acm:us-east-2:{ACCOUNT}:certificate/1",
    access_log_bucket="access-logs",
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Ingress("ingress", replace(ARGS, **changes)))


def test_http_only_redirects_to_https() -> None:
    (action,) = declare().one(LISTENER, "ingress-http").inputs["defaultActions"]
    assert action["type"] == "redirect"
    assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


def test_https_speaks_modern_tls_with_the_certificate() -> None:
    inputs = declare().one(LISTENER, "ingress-https").inputs
    assert inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert (inputs["certificateArn"], inputs["protocol"], inputs["port"]) == (ARGS.certificate_arn, "HTTPS", 443)


def test_what_no_service_answers_gets_a_404_that_tells_nothing() -> None:
    inputs = declare().one(LISTENER, "ingress-https").inputs
    assert inputs["defaultActions"] == [
        {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
    ]
    assert inputs["routingHttpResponseServerEnabled"] is False
    assert inputs["routingHttpResponseStrictTransportSecurityHeaderValue"].startswith("max-age=31536000")


def test_malformed_requests_are_dropped_and_access_is_logged() -> None:
    inputs = declare().one(LOAD_BALANCER).inputs
    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] == "strictest"
    assert inputs["accessLogs"] == {"enabled": True, "bucket": "access-logs", "prefix": "ingress"}


@pytest.mark.parametrize("protect", [True, False])
def test_protection_holds_in_pulumi_and_in_aws(protect: bool) -> None:
    declared = declare(here=here(protect=protect))
    balancer = declared.one(LOAD_BALANCER)
    assert balancer.protect is balancer.inputs["enableDeletionProtection"] is protect
    assert declared.one("aws:cloudwatch/logGroup:LogGroup").protect is protect


def test_a_firewall_stands_in_front() -> None:
    association = declare().one("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.depends_on("ingress") and association.depends_on("ingress-firewall")


def test_the_allowed_ranges_and_nobody_else_reach_both_listeners() -> None:
    allowed = ("192.0.2.0/24", "198.51.100.0/24")
    spec = IngressSpec(domain=SPEC.domain, allowed_cidrs=allowed)
    rules = declare(spec=spec).of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {(rule.inputs["cidrIpv4"], rule.inputs["fromPort"]) for rule in rules} == {
        (cidr, port) for cidr in allowed for port in (80, 443)
    }


def test_where_tokens_are_believed_it_reaches_the_keys_of_their_issuer_and_elsewhere_nobody_outside() -> None:
    assert not declare().of(EGRESS)
    tokens = TokenSpec(issuer="https://login.example", jwks_url="https://login.example/keys", audience="ingest")
    declared = declare(spec=SPEC.model_copy(update={"tokens": tokens}))
    (way,) = declared.of(EGRESS)
    assert (way.inputs["cidrIpv4"], way.inputs["fromPort"], way.inputs["toPort"]) == ("0.0.0.0/0", 443, 443)
    assert way.depends_on("ingress")
    assert declared.one(LISTENER, "ingress-https").depends_on(way.name)


def test_its_listener_carries_what_a_service_needs() -> None:
    def program() -> None:
        ingress = Ingress("ingress", ARGS)
        assert ingress.listener.security_group is ingress.security_group
        assert ingress.listener.arn is ingress.listener_arn

    resources_of(program)


def test_error_rates_ignore_quiet_minutes_and_divide_by_no_zero() -> None:
    declared = declare()
    for key in ("ingress-target-errors", "ingress-errors"):
        alarm = declared.one(ALARM, f"ingress-{key}").inputs
        assert alarm["metricQueries"][0]["expression"].startswith("IF(") and ">= 20" in alarm["metricQueries"][0]["expression"]
        assert alarm["treatMissingData"] == "notBreaching"
        for query in some(alarm["metricQueries"][1:]):
            assert query["metric"]["dimensions"] == {"LoadBalancer": "app/a-load-balancer/1"}


def test_a_region_is_watched_the_same_before_and_after_it_has_taken_over() -> None:
    expected = {f"ingress-ingress-{key}" for key in ("errors", "target-errors", "response-time", "rejected-connections")}
    for running in (True, False):
        assert {alarm.name for alarm in declare(here=here(switched=True), running=running).of(ALARM)} == expected


def test_a_single_region_has_no_switches() -> None:
    where = here()
    assert not declare(here=where).of(RULE) and not where.inventory.switches


@pytest.mark.parametrize("running", [True, False])
def test_the_latch_comes_first_and_begins_closed_wherever_it_is(running: bool) -> None:
    latch = declare(here=here(switched=True), running=running).one(RULE, "ingress-active")
    assert latch.inputs["priority"] == 1
    assert latch.inputs["conditions"] == [{"pathPattern": {"values": ["/active"]}}]
    (action,) = latch.inputs["actions"]
    assert (action["type"], action["fixedResponse"]["messageBody"]) == ("fixed-response", "standby")
    # To Route 53 unhealthy, to the alarm on the load balancer's own errors nothing.
    assert 400 <= int(action["fixedResponse"]["statusCode"]) < 500
    assert latch.ignore_changes == ("actions",)


@pytest.mark.parametrize(("running", "path"), [(True, "/closed"), (False, "/*")])
def test_the_gate_comes_second_and_keeps_everybody_out_of_a_region_on_standby(running: bool, path: str) -> None:
    gate = declare(here=here(switched=True), running=running).one(RULE, "ingress-closed")
    assert gate.inputs["priority"] == 2
    assert gate.inputs["conditions"] == [{"pathPattern": {"values": [path]}}]
    assert gate.inputs["actions"][0]["fixedResponse"]["statusCode"] == "503"
    assert gate.ignore_changes == ("conditions",)


def test_recovery_is_told_the_rules_and_what_opens_and_closes_them() -> None:
    where = here(switched=True)
    declare(here=where)
    told = {switch.kind: (switch.name, switch.facts["open"], switch.facts["closed"]) for switch in where.inventory.switches}
    assert told == {"latch": ("ingress", "200", "404"), "gate": ("ingress", "/closed", "/*")}


def test_errors_without_a_target_count_though_the_load_balancer_does_not_count_their_requests() -> None:
    expression = declare().one(ALARM, "ingress-ingress-errors").inputs["metricQueries"][0]["expression"]
    assert "FILL(requests, 0) + FILL(errors, 0)" in expression


def test_slow_answers_and_rejected_connections_are_told() -> None:
    declared = declare()
    slow = declared.one(ALARM, "ingress-ingress-response-time").inputs
    assert (slow["extendedStatistic"], slow["threshold"]) == ("p95", 2)
    rejected = declared.one(ALARM, "ingress-ingress-rejected-connections").inputs
    assert (rejected["statistic"], rejected["threshold"], rejected["evaluationPeriods"]) == ("Sum", 0, 1)


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(here=here(switched=True)), "us-east-2")


def test_a_certificate_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"certificate_arn is .*; expected an ARN of us-east-2"):
        declare(certificate_arn=f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1")


@pytest.mark.parametrize("name", ["a" * 25, "internal-ingress", "Ingress"])
def test_a_name_that_a_load_balancer_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"IngressArgs\.name is .*; expected "):
        resources_of(lambda: Ingress(name, ARGS))


def test_everybody_reaches_it_by_default() -> None:
    rules = declare().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {rule.inputs["cidrIpv4"] for rule in rules} == {"0.0.0.0/0"}
    assert {rule.name for rule in rules} == {"ingress-from-0.0.0.0-0-80", "ingress-from-0.0.0.0-0-443"}


def test_its_firewall_logs_as_everything_here_does() -> None:
    group = declare().one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert (group["kmsKeyId"], group["retentionInDays"]) == (kms_key(name="mrk-logs"), 365)


def test_it_has_a_row_on_the_dashboard() -> None:
    where = here()
    declare(here=where)
    (row,) = where.inventory.rows
    assert (row.title, len(row.alarms)) == ("ingress", 4)


@pytest.mark.parametrize("name", ["a", "a" * 24])
def test_the_shortest_and_the_longest_name_are_taken(name: str) -> None:
    assert resources_of(lambda: Ingress(name, ARGS)).one(LOAD_BALANCER).name == name


def test_one_subnet_is_refused_and_two_are_enough() -> None:
    with pytest.raises(InvalidArgumentError, match=r"IngressArgs\.subnet_ids is .*; expected two subnets or more"):
        replace(ARGS, subnet_ids=("subnet-1",))
    assert declare().one(LOAD_BALANCER).inputs["subnets"] == ["subnet-1", "subnet-2"]


def test_a_retention_that_cloudwatch_lacks_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.log_retention_days is 6; expected one of"):
        replace(ARGS, here=here(log_retention_days=6))
