"""Cases of policies/controls/audit/edge.py."""

import json
from typing import Any

from tests.policies.harness import KEY, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
ZONE = "aws:route53/zone:Zone"
QUERY_LOG = "aws:route53/queryLog:QueryLog"
ACL = "aws:wafv2/webAcl:WebAcl"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
RULE = "aws:wafv2/webAclRule:WebAclRule"
ASSOCIATION = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
WAF = "aws:waf/webAcl:WebAcl"
REGIONAL_WAF = "aws:wafregional/webAcl:WebAcl"
GROUP_ARN = "arn:aws:logs:us-east-2:111111111111:log-group:flows"


def flow_log(**inputs: Any) -> Planned:
    return planned(FLOW_LOG, "flows", vpcId=ref(VPC, "it"), **inputs)


def to_group(log: dict[str, Any], *, prop: str = "logDestination", value: object = ref(LOG_GROUP, "flows")) -> list[Planned]:
    return [planned(LOG_GROUP, "flows", **log), planned(FLOW_LOG, **{prop: value})]


COMMON, BAD_INPUTS = "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"
VISIBLE = {"cloudwatchMetricsEnabled": True, "metricName": "it", "sampledRequestsEnabled": True}


def managed(name: str, override: str = "none", **statement: Any) -> dict[str, Any]:
    return {
        "name": name,
        "overrideAction": {override: {}},
        "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name, **statement}},
        "visibilityConfig": VISIBLE,
    }


def acl(*rules: Any, **inputs: Any) -> dict[str, Any]:
    return {"scope": "REGIONAL", "rules": list(rules), "visibilityConfig": VISIBLE, **inputs}


def on_acl(token: str, inputs: dict[str, Any], prop: str = "webAclArn") -> Planned:
    return planned(token, f"on-{token}", **{prop: ref(ACL, "it")}, **inputs)


def as_json(*rules: dict[str, Any]) -> str:
    return json.dumps(
        [
            {
                "Name": rule["name"],
                "OverrideAction": {key.title(): value for key, value in rule["overrideAction"].items()},
                "Statement": {
                    "ManagedRuleGroupStatement": {
                        "VendorName": "AWS",
                        "Name": rule["statement"]["managedRuleGroupStatement"]["name"],
                    }
                },
            }
            for rule in rules
        ]
    )


BOTH = (managed(COMMON), managed(BAD_INPUTS))
COUNTED = [{"name": "Log4JRCE_BODY", "actionToUse": {"count": {}}}]
ALLOWED = [{"name": "Log4JRCE_HEADER", "actionToUse": {"allow": {}}}]
HARMLESS = [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
PLAIN_ACL = planned(ACL, scope="REGIONAL", visibilityConfig=VISIBLE)
RATE = {"name": "rate", "statement": {"rateBasedStatement": {"limit": 100}}, "visibilityConfig": VISIBLE}

CASES: dict[str, Cases] = {
    "vpc-flow-log": Cases(
        token=VPC,
        fails=[
            {},
            planned("aws:ec2/defaultVpc:DefaultVpc"),
            [planned(VPC, "other"), flow_log()],
            [planned(VPC), planned(FLOW_LOG, subnetId=UNKNOWN)],
        ],
        passes=[[planned(VPC), flow_log()], [flow_log()]],
        unknown=[[planned(VPC), planned(FLOW_LOG, vpcId=UNKNOWN)], [planned(VPC), planned(FLOW_LOG, vpcId=ref(SUBNET, "a"))]],
    ),
    "flow-log-all-traffic": Cases(
        token=FLOW_LOG,
        fails=[{"vpcId": "vpc-1", "trafficType": "REJECT"}, {"vpcId": UNKNOWN, "trafficType": "ACCEPT"}],
        passes=[
            {"vpcId": "vpc-1", "trafficType": "ALL"},
            {"vpcId": "vpc-1"},
            {"subnetId": "subnet-1", "trafficType": "REJECT"},
            {"transitGatewayId": "tgw-1"},
        ],
        unknown=[{"vpcId": "vpc-1", "trafficType": UNKNOWN}],
    ),
    "flow-log-encrypted": Cases(
        token=FLOW_LOG,
        fails=[
            to_group({}),
            to_group({"kmsKeyId": ""}),
            to_group({"name": "flows"}, value=GROUP_ARN),
            to_group({"name": "flows"}, value=f"{GROUP_ARN}:*"),
            to_group({"name": "flows"}, prop="logGroupName", value="flows"),
        ],
        passes=[
            {"logDestination": UNKNOWN},
            {"logDestination": "arn:aws:s3:::flows", "logDestinationType": "s3"},
            to_group({"kmsKeyId": KEY}),
            to_group({"name": "flows", "kmsKeyId": UNKNOWN}, value=GROUP_ARN),
        ],
        never_unknown=True,
    ),
    "load-balancer-access-logs": Cases(
        token="aws:lb/loadBalancer:LoadBalancer",
        fails=[
            {},
            {"accessLogs": {"bucket": "logs"}},
            {"accessLogs": {"enabled": False, "bucket": "logs"}},
            {"accessLogs": {"enabled": True, "bucket": ""}},
            {"accessLogs": {"enabled": True}},
            {"loadBalancerType": "network"},
            {"loadBalancerType": UNKNOWN},
            planned("aws:alb/loadBalancer:LoadBalancer", accessLogs={"enabled": "false", "bucket": "logs"}),
            planned(CLASSIC),
            planned(CLASSIC, accessLogs={"bucket": "logs", "enabled": False}),
        ],
        passes=[
            {"accessLogs": {"enabled": True, "bucket": "logs"}},
            {"accessLogs": [{"enabled": "true", "bucket": UNKNOWN}]},
            {"loadBalancerType": "gateway"},
            planned(CLASSIC, accessLogs={"bucket": "logs"}),
        ],
        unknown=[{"accessLogs": UNKNOWN}, {"accessLogs": {"enabled": UNKNOWN, "bucket": "logs"}}],
    ),
    "dns-query-log": Cases(
        token=ZONE,
        fails=[
            {"name": "example.com"},
            {"name": "example.com", "vpcs": []},
            [planned(ZONE), planned(QUERY_LOG, zoneId=ref(ZONE, "other"))],
        ],
        passes=[
            {"name": "internal", "vpcs": [{"vpcId": "vpc-1"}]},
            {"name": "internal", "vpcs": [UNKNOWN]},
            [planned(ZONE), planned(QUERY_LOG, zoneId=ref(ZONE, "it"))],
            planned(QUERY_LOG),
        ],
        unknown=[{"vpcs": UNKNOWN}, [planned(ZONE), planned(QUERY_LOG, zoneId=UNKNOWN)]],
    ),
    "waf-managed-rules": Cases(
        token=ACL,
        fails=[
            {},
            acl(),
            acl(RATE),
            acl(managed(COMMON)),
            acl(managed(BAD_INPUTS)),
            acl(managed(COMMON), managed(BAD_INPUTS, "count")),
            acl(managed(COMMON, "count"), managed(BAD_INPUTS)),
            acl(managed(COMMON), managed(BAD_INPUTS, ruleActionOverrides=COUNTED)),
            acl(managed(COMMON), managed(BAD_INPUTS, ruleActionOverrides=ALLOWED)),
            acl(managed(COMMON), managed(BAD_INPUTS, excludedRules=[{"name": "Log4JRCE"}])),
            {"ruleJson": as_json(managed(COMMON))},
            {"ruleJson": as_json(managed(COMMON, "count"), managed(BAD_INPUTS))},
            [planned(ACL, **acl(managed(COMMON))), on_acl(RULE, managed(BAD_INPUTS, "count"))],
            [
                planned(ACL, **acl(managed(COMMON))),
                on_acl(ASSOCIATION, {"managedRuleGroup": {"name": BAD_INPUTS}, "overrideAction": "count"}),
            ],
        ],
        passes=[
            acl(*BOTH),
            acl(RATE, managed(COMMON, ruleActionOverrides=HARMLESS), managed(BAD_INPUTS)),
            acl(*({**rule, "statement": [rule["statement"]], "overrideAction": [rule["overrideAction"]]} for rule in BOTH)),
            {"ruleJson": as_json(*BOTH)},
            [PLAIN_ACL, on_acl(RULE, managed(COMMON)), on_acl(ASSOCIATION, {"managedRuleGroup": [{"name": BAD_INPUTS}]})],
        ],
        unknown=[
            {"rules": UNKNOWN},
            {"ruleJson": UNKNOWN},
            {"ruleJson": "no JSON"},
            acl(UNKNOWN),
            acl(managed(COMMON), managed(UNKNOWN)),
            [PLAIN_ACL, planned(RULE, webAclArn=UNKNOWN)],
        ],
    ),
    "waf-classic-rules": Cases(
        token=WAF,
        fails=[{}, {"rules": []}, planned(REGIONAL_WAF)],
        passes=[{"rules": [{"priority": 1}]}, planned(REGIONAL_WAF, rules=[{"priority": 1}])],
        unknown=[{"rules": UNKNOWN}],
    ),
    "waf-logging": Cases(
        token=ACL,
        fails=[
            {},
            acl(*BOTH),
            [PLAIN_ACL, planned(ACL_LOGGING, resourceArn="arn:aws:wafv2:us-east-2:1:regional/webacl/b/c")],
            planned(WAF, rules=[{"priority": 1}]),
            planned(REGIONAL_WAF),
        ],
        passes=[
            [PLAIN_ACL, on_acl(ACL_LOGGING, {"logDestinationConfigs": [UNKNOWN]}, "resourceArn")],
            [planned(ACL, name="b"), planned(ACL_LOGGING, resourceArn="arn:aws:wafv2:us-east-2:1:regional/webacl/b/c")],
            planned(WAF, loggingConfiguration={"logDestination": UNKNOWN}),
            planned(ACL_LOGGING),
        ],
        unknown=[[PLAIN_ACL, planned(ACL_LOGGING, resourceArn=UNKNOWN)]],
    ),
    "waf-metrics": Cases(
        token=ACL,
        fails=[
            {},
            {"visibilityConfig": {**VISIBLE, "cloudwatchMetricsEnabled": False}},
            acl({**RATE, "visibilityConfig": {**VISIBLE, "cloudwatchMetricsEnabled": "false"}}),
            planned(RULE_GROUP, visibilityConfig={"cloudwatchMetricsEnabled": False}),
        ],
        passes=[
            acl(),
            acl(*BOTH),
            acl({"name": "rate"}),
            planned(RULE_GROUP, visibilityConfig={"cloudwatchMetricsEnabled": "true"}),
        ],
        unknown=[{"visibilityConfig": UNKNOWN}, acl({**RATE, "visibilityConfig": {"cloudwatchMetricsEnabled": UNKNOWN}})],
    ),
}
