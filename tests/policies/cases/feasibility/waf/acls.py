"""Cases of policies/feasibility/rules/waf/acls.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import LOAD_BALANCER
from tests.policies.given.feasibility.services import EAST
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases


def matched(expression: object) -> list[Planned]:
    rule = {"name": "a", "statement": {"regexMatchStatement": {"regexString": expression}}}
    return [planned(ACL, rules=[rule])]


ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LB_ARN = "arn:aws:elasticloadbalancing:us-east-2:111111111111:loadbalancer/"


def rule(name: str = "a", priority: object = 1, **parts: Any) -> dict[str, Any]:
    return {"name": name, "priority": priority, **parts}


MANAGED = {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}}
GEO = {"geoMatchStatement": {"countryCodes": ["US"]}}


def rated(**rate: Any) -> dict[str, Any]:
    statement = {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "IP", **rate}}
    return {"rules": [rule(statement=statement, action={"block": {}})]}


def with_set(acl: object, ips: object) -> list[Planned]:
    statement = {"ipSetReferenceStatement": {"arn": ref(IP_SET, "ips")}}
    return [planned(IP_SET, "ips", scope=ips), planned(ACL, scope=acl, rules=[rule(statement=statement, action={"block": {}})])]


def associated(acl: Mapping[str, Any], balancer: Mapping[str, Any]) -> list[Planned]:
    return [
        planned(ACL, "acl", **acl),
        planned(LOAD_BALANCER, "lb", **balancer),
        linked(ASSOCIATION, "it", webAclArn=(ACL, "acl"), resourceArn=(LOAD_BALANCER, "lb")),
    ]


def logging_to(logical: str, **inputs: Any) -> list[Planned]:
    return [planned(LOG_GROUP, logical, **inputs), planned(LOGGING, logDestinationConfigs=[ref(LOG_GROUP, logical)])]


CASES: dict[str, Cases] = {
    "web-acl-rule": Cases(
        token=ACL,
        fails=[
            {"rules": [rule(statement=MANAGED, action={"block": {}})]},
            {"rules": [rule(statement=MANAGED)]},
            {"rules": [rule(statement=GEO)]},
            {"rules": [rule(statement=GEO, overrideAction={"none": {}})]},
            {"rules": [rule(statement=GEO, action={"block": {}, "allow": {}})]},
            {"rules": [rule(statement={**GEO, **MANAGED}, action={"block": {}})]},
            {"rules": [rule(action={"block": {}})]},
            *(rated(limit=limit) for limit in (5, 9, 2_000_000_001)),
            rated(evaluationWindowSec=90),
            rated(aggregateKeyType="FORWARDED_IP"),
            {"rules": [rule(statement={"andStatement": {"statements": [GEO]}}, action={"block": {}})]},
        ],
        passes=[
            {"rules": [rule(statement=MANAGED, overrideAction={"none": {}}), rule(statement=GEO, action={"block": {}})]},
            {"rules": [rule(statement={"orStatement": {"statements": [GEO, GEO]}}, action={"block": {}})]},
            rated(evaluationWindowSec=300),
            rated(limit=10),
            rated(limit=2_000_000_000),
            {},
        ],
        unknown=[{"rules": UNKNOWN}, {"rules": [rule(statement=UNKNOWN, action={"block": {}})]}],
    ),
    "web-acl-priorities": Cases(
        token=ACL,
        fails=[{"rules": [rule("a", 1), rule("b", 1)]}, {"rules": [rule("a", 1), rule("a", 2)]}],
        passes=[{"rules": [rule("a", 1), rule("b", 2)]}, {}],
        unknown=[{"rules": [rule("a", UNKNOWN)]}, {"rules": UNKNOWN}],
    ),
    "web-acl-metric-name": Cases(
        token=ACL,
        fails=[{"visibilityConfig": {"metricName": "my metric"}}, {"rules": [rule(visibilityConfig={"metricName": "a b"})]}],
        passes=[{"visibilityConfig": {"metricName": "my-metric"}}, {}],
        unknown=[{"visibilityConfig": {"metricName": UNKNOWN}}],
    ),
    "waf-scope-region": Cases(
        token=ACL,
        fails=[{"scope": "CLOUDFRONT", "region": "us-east-2"}, planned(IP_SET, scope="CLOUDFRONT").with_provider(EAST)],
        passes=[{"scope": "CLOUDFRONT", "region": "us-east-1"}, {"scope": "REGIONAL", "region": "us-east-2"}],
        unknown=[{"scope": "CLOUDFRONT"}, {"scope": UNKNOWN, "region": "us-east-2"}],
    ),
    "waf-scope-of-parts": Cases(
        token=ACL,
        fails=[with_set("CLOUDFRONT", "REGIONAL")],
        passes=[with_set("REGIONAL", "REGIONAL"), {"scope": "REGIONAL"}],
        unknown=[with_set("REGIONAL", UNKNOWN)],
    ),
    "waf-association": Cases(
        token=ASSOCIATION,
        fails=[
            associated({"scope": "CLOUDFRONT"}, {}),
            associated({"scope": "REGIONAL"}, {"loadBalancerType": "network"}),
            associated({"scope": "REGIONAL", "region": "us-east-1"}, {"region": "us-east-2"}),
            {"webAclArn": "a", "resourceArn": f"{LB_ARN}net/a/b"},
            {"webAclArn": "a", "resourceArn": "arn:aws:cloudfront::111111111111:distribution/E1"},
        ],
        passes=[associated({"scope": "REGIONAL"}, {}), {"webAclArn": "a", "resourceArn": f"{LB_ARN}app/a/b"}],
        unknown=[associated({"scope": UNKNOWN}, {}), associated({"scope": "REGIONAL"}, {"loadBalancerType": UNKNOWN})],
    ),
    "waf-association-once": Cases(
        token=ASSOCIATION,
        fails=[
            [
                planned(LOAD_BALANCER, "lb"),
                *(linked(ASSOCIATION, name, resourceArn=(LOAD_BALANCER, "lb")) for name in ("first", "it")),
            ]
        ],
        passes=[[planned(LOAD_BALANCER, "lb"), linked(ASSOCIATION, "it", resourceArn=(LOAD_BALANCER, "lb"))]],
        unknown=[{"resourceArn": UNKNOWN}],
    ),
    "waf-log-destination": Cases(
        token=LOGGING,
        fails=[
            {"logDestinationConfigs": ["arn:aws:logs:us-east-2:111111111111:log-group:waf"]},
            {"logDestinationConfigs": ["arn:aws:s3:::logs"]},
            {"logDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-a", "arn:aws:s3:::aws-waf-logs-b"]},
            logging_to("waf"),
            logging_to("aws-waf-logs-a", name="waf"),
        ],
        passes=[
            {"logDestinationConfigs": ["arn:aws:logs:us-east-2:111111111111:log-group:aws-waf-logs-a:*"]},
            {"logDestinationConfigs": ["arn:aws:firehose:us-east-2:111111111111:deliverystream/aws-waf-logs-a"]},
            logging_to("aws-waf-logs-a"),
            logging_to("logs", name="aws-waf-logs-a"),
        ],
        unknown=[{"logDestinationConfigs": [UNKNOWN]}, logging_to("logs", name=UNKNOWN)],
    ),
    "waf-regex": Cases(
        token="aws:wafv2/regexPatternSet:RegexPatternSet",
        fails=[
            {"regularExpressions": [{"regexString": "(a"}]},
            {"regularExpressions": [{"regexString": "a)"}]},
            matched("[a-z"),
        ],
        passes=[
            {"regularExpressions": [{"regexString": "(?i)a{2,}\\("}]},
            {"regularExpressions": [{"regexString": "\\p{L}+(?<name>x)"}]},
            matched("^/a/[0-9]+$"),
        ],
        unknown=[{"regularExpressions": [{"regexString": UNKNOWN}]}, matched(UNKNOWN)],
    ),
}
