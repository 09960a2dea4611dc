from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.firewall import Firewall, FirewallArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ARGS = FirewallArgs(
    here=here(log_retention_days=365),
    load_balancer_arn=f"arn:aws:elasticloadbalancing:us-east-2:{ACCOUNT}:loadbalancer/app/ingress/1",
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Firewall("firewall", replace(ARGS, **changes)))


def rules(**where: Any) -> list[dict[str, Any]]:
    return declare(here=here(**where)).one(WEB_ACL).inputs["rules"]


def test_it_holds_awss_managed_rules_and_a_limit_per_address() -> None:
    managed = {rule["name"] for rule in rules() if "managedRuleGroupStatement" in rule["statement"]}
    assert managed == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    (limit,) = [rule for rule in rules() if "rateBasedStatement" in rule["statement"]]
    assert limit["statement"]["rateBasedStatement"]["aggregateKeyType"] == "IP"
    assert limit["action"] == {"block": {}}


@pytest.mark.parametrize("switched", [True, False])
def test_no_two_rules_share_a_priority(switched: bool) -> None:
    priorities = [rule["priority"] for rule in rules(switched=switched)]
    assert len(set(priorities)) == len(priorities)


def test_nothing_keeps_the_checkers_of_route_53_from_the_latch() -> None:
    first = min(rules(switched=True), key=lambda rule: rule["priority"])
    assert first["action"] == {"allow": {}}
    match = first["statement"]["byteMatchStatement"]
    assert (match["searchString"], match["positionalConstraint"]) == ("/active", "EXACTLY")
    assert match["fieldToMatch"] == {"uriPath": {}}
    assert {rule["name"] for rule in rules(switched=True)} - {rule["name"] for rule in rules()} == {"latch"}


def test_large_bodies_are_counted_and_not_blocked() -> None:
    (common,) = [rule for rule in rules() if rule["name"] == "AWSManagedRulesCommonRuleSet"]
    (override,) = common["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    assert override == {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}


def test_its_log_has_the_name_that_waf_insists_on_and_is_encrypted() -> None:
    group = declare().one("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["namePrefix"].startswith("aws-waf-logs-")
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"], group.protect) == (kms_key(name="mrk-logs"), 365, True)


def test_credentials_are_redacted_from_its_log() -> None:
    logging = declare().one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    assert [field["singleHeader"]["name"] for field in logging["redactedFields"]] == ["authorization", "cookie"]


def test_it_is_regional_and_stands_before_the_load_balancer() -> None:
    declared = declare()
    assert declared.one(WEB_ACL).inputs["scope"] == "REGIONAL"
    assert declared.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs["resourceArn"] == ARGS.load_balancer_arn


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


def test_a_retention_that_cloudwatch_lacks_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.log_retention_days is 6; expected one of"):
        replace(ARGS, here=here(log_retention_days=6))


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the key of log group firewall-log is .*; expected an ARN of us-east-2"):
        declare(here=here(log_key_arn=kms_key("us-west-2")))


def test_without_protection_its_log_can_be_deleted() -> None:
    assert declare(here=here(protect=False)).one("aws:cloudwatch/logGroup:LogGroup").protect is False


def test_where_a_signature_is_verified_bodies_are_not_searched_and_all_else_of_the_firewall_holds() -> None:
    signed = declare(signed_path="/slack/orders").one(WEB_ACL).inputs["rules"]
    scoped = {
        each["name"]: each["statement"]["managedRuleGroupStatement"]["scopeDownStatement"]
        for each in signed
        if "scopeDownStatement" in each["statement"].get("managedRuleGroupStatement", {})
    }
    assert {*scoped} == {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"}
    for scope in scoped.values():
        match = scope["notStatement"]["statement"]["byteMatchStatement"]
        assert (match["searchString"], match["positionalConstraint"]) == ("/slack/orders", "EXACTLY")
        assert match["fieldToMatch"] == {"uriPath": {}}
    for each in signed:
        each["statement"].get("managedRuleGroupStatement", {}).pop("scopeDownStatement", None)
    assert signed == rules()
