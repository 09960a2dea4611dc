"""The network and its edge tell what came in: flow logs, access logs of load balancers, the firewall's and the zone's logs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.controls.audit.events import LOG_GROUP
from policies.kit.checks import all_of, each_is, equals, is_given, is_on, named_by, only_where, unless_one
from policies.kit.conditions import for_kinds, missing, where_given, where_missing
from policies.kit.references import sure_referrers, targets
from policies.kit.resource import Resource, parse_json
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, certain, given, read, switch

rules: Final = Rules("audit")

_FLOW_LOG: Final = "ec2/flowLog"


rules.named("vpc-flow-log", "C116", "ec2/vpc ec2/defaultVpc", needs_stack=True).add(
    named_by("a flow log", (_FLOW_LOG, "vpcId")),
    description="Every VPC has a flow log.",
    remediation="Add an ec2.FlowLog with the vpcId, trafficType ALL and an encrypted log group.",
)


rules.named("flow-log-all-traffic", "C116", _FLOW_LOG).add(
    where_given("vpcId", equals("trafficType", "ALL", default="ALL")),
    description="The flow log of a VPC records accepted and refused traffic.",
    remediation="Set trafficType: ALL.",
)


@rules.rule("flow-log-encrypted", "C116", _FLOW_LOG)
def _encrypted(flow_log: Resource) -> Answers:
    """Flow logs go to a log group with a key (S3 encrypts by itself).

    Set kmsKeyId on the log group.
    """
    for prop in ("logDestination", "logGroupName"):
        for group in targets(flow_log, prop, LOG_GROUP):
            if not given(group.get("kmsKeyId")):
                yield Finding(prop, group.name, "a log group with a kmsKeyId")


@rules.rule("load-balancer-access-logs", "C104", "lb/loadBalancer elb/loadBalancer")
def _access_logs(balancer: Resource) -> Answers:
    """Load balancers log each request to a bucket.

    Set accessLogs: {enabled: true, bucket: <log bucket of the region>}.
    """
    if certain(balancer.get("loadBalancerType"), "gateway"):
        return  # has none
    classic, enabled = balancer.kind == "elb/loadBalancer", balancer.get("accessLogs.enabled")
    if not switch(enabled, default=classic and bool(balancer.get("accessLogs"))):
        yield Finding("accessLogs.enabled", enabled, "true")
    else:
        yield from is_given("accessLogs.bucket", "the log bucket of the region")(balancer)


rules.named("dns-query-log", "C204", "route53/zone", needs_stack=True).add(
    only_where("vpcs", named_by("a query log", ("route53/queryLog", "zoneId")), values=(None, [])),
    description="Public zones log queries.",
    remediation="Add a route53.QueryLog with the zoneId and a log group of us-east-1 named /aws/route53/<zone>.",
)

_ACL: Final = "wafv2/webAcl"
_CLASSIC: Final = ("waf/webAcl", "wafregional/webAcl")
_MANAGED: Final = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")


@dataclass(frozen=True)
class _Group:
    """A managed rule group in a web ACL: whether it only counts, and which of its rules do."""

    name: str
    counts: bool
    counted_rules: tuple[str, ...]


def _lower(value: Any) -> Any:
    """JSON of the WAF API with keys as Pulumi writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower(inner) for key, inner in cast(dict[str, Any], value).items()}
    return [_lower(element) for element in cast(list[Any], value)] if isinstance(value, list) else value


def _group(statement: Value, override: Value) -> _Group:
    silenced = [
        rule
        for rule in as_list(statement.get("ruleActionOverrides"))
        if read(rule, "actionToUse.count") is not None or read(rule, "actionToUse.allow") is not None
    ]
    counted = tuple(rule.get("name") for rule in (*as_list(statement.get("excludedRules")), *silenced))
    return _Group(statement.get("name"), override == "count" or read({"o": override}, "o.count") is not None, counted)


def _rules_of(acl: Resource) -> list[Value]:
    written = parse_json(acl.get("ruleJson"))
    if written is UNKNOWN or isinstance(written, str):
        raise UnknownValueError
    return [*as_list(acl.get("rules")), *as_list(_lower(written))]


def _groups(acl: Resource) -> Iterator[_Group]:
    """The managed rule groups of the ACL, from its own rules and from resources that add one."""
    more = [rule.properties for rule in sure_referrers(acl, ("wafv2/webAclRule", "webAclArn"))]
    for rule in (*_rules_of(acl), *more):
        statement = read(rule, "statement.managedRuleGroupStatement")
        if statement is not None:
            yield _group(next(iter(as_list(statement))), rule.get("overrideAction"))
    for other in sure_referrers(acl, ("wafv2/webAclRuleGroupAssociation", "webAclArn")):
        for statement in as_list(other.get("managedRuleGroup")):
            yield _group(statement, other.get("overrideAction"))


@rules.rule("waf-managed-rules", "C112", _ACL)
def _waf_managed_rules(acl: Resource) -> Answers:
    """Web ACLs block what AWS's common and known-bad-inputs rule sets find.

    Add rules with managedRuleGroupStatement {vendorName: AWS, name} of both, overrideAction {none: {}}.
    """
    groups = {group.name: group for group in _groups(acl)}
    for name in _MANAGED:
        group = groups.get(name)
        if group is None:
            yield from unless_one(groups, (), Finding("rules", [*groups], f"the managed rule group {name} too", detail=name))
        elif group.counts:
            yield Finding("rules", f"{name} only counts", f"{name} with overrideAction none", detail=name)
        elif any(str(rule).startswith("Log4JRCE") for rule in group.counted_rules):
            yield Finding("rules", "Log4JRCE only counts", "Log4JRCE with its own action", detail="Log4JRCE")


rules.named("waf-classic-rules", "C112", " ".join(_CLASSIC)).add(
    each_is("rules", bool, "one rule or more"),
    description="Web ACLs of WAF Classic have rules.",
    remediation="Add rules, or move to wafv2 with AWS's managed rule sets.",
)


rules.named("waf-logging", "C112", f"{_ACL} {' '.join(_CLASSIC)}").add(
    all_of(
        for_kinds(_ACL, named_by("a logging configuration", ("wafv2/webAclLoggingConfiguration", "resourceArn"))),
        for_kinds(" ".join(_CLASSIC), where_missing("loggingConfiguration", missing("a logging configuration"))),
    ),
    description="Web ACLs log what they inspect.",
    remediation="Add a WebAclLoggingConfiguration with the resourceArn (loggingConfiguration in WAF Classic).",
)


def _rules_measured(acl: Resource) -> Answers:
    for where, value in acl.each("rules[].visibilityConfig.cloudwatchMetricsEnabled"):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif not switch(value, default=True):
            yield Finding(where, value, "true", detail="rules")


rules.named("waf-metrics", "C112", f"{_ACL} wafv2/ruleGroup").add(
    all_of(is_on("visibilityConfig.cloudwatchMetricsEnabled"), _rules_measured),
    description="Web ACLs, rule groups and their rules are measured.",
    remediation="Set visibilityConfig.cloudwatchMetricsEnabled: true.",
)
