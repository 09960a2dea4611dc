"""Web ACLs, their rules, associations and logs that AWS WAF refuses."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import key, target_then, unique, wants
from policies.feasibility.engine.shapes import blocks, distinct, given
from policies.kit.checks import all_of, each_is
from policies.kit.references import arn_of, target, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, read

rules: Final = Rules("feasibility", failures())

_ACL: Final = "wafv2/webAcl"
_WITH_RULES: Final = "wafv2/webAcl wafv2/ruleGroup"
_GROUPS: Final = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")
_ONE_FIELD: Final = (
    "WAFInvalidParameterException: Error reason: You have used none or multiple values for a field that requires exactly one "
    "value., field: {}"
)
_ASSOCIATION: Final = "wafv2/webAclAssociation"


def _set(block: Block) -> list[str]:
    """Names of the blocks that are there, empty ones included."""
    return [name for name, value in block.items() if value is not None]


def _parts(rule: Block, name: str) -> Block | None:
    """A block of a rule; None if it is absent.

    Raises:
        UnknownValueError: if it is unknown.
    """
    found = as_list(rule.get(name))
    return cast(Block, found[0]) if found and isinstance(found[0], Mapping) else None


@rules.rule("web-acl-rule", "F390", _WITH_RULES)
def _rule(acl: Resource) -> Answers:
    """A rule has one statement, an action, or, for a group of rules, an override.

    Set overrideAction: {none: {}} on rules with a rule group, and action on all others.
    """
    for where, rule in blocks(acl, "rules[]"):
        name = str(rule.get("name"))
        statement, action, override = (_parts(rule, part) for part in ("statement", "action", "overrideAction"))
        kinds = _set(statement or {})
        if len(kinds) != 1:
            answer = _ONE_FIELD.format("STATEMENT")
            yield Finding(f"{where}.statement", kinds, "exactly one statement", detail=f"{name} statement", answer=answer)
            continue
        group = kinds[0] in _GROUPS
        right, wrong = ("overrideAction", "action") if group else ("action", "overrideAction")
        have, other = (override, action) if group else (action, override)
        answer = _ONE_FIELD.format("RULE_ACTION")
        if have is None or len(_set(have)) != 1:
            expected = "none or count" if group else "one of allow, block, count, captcha and challenge"
            yield Finding(f"{where}.{right}", rule.get(right), expected, detail=f"{name} {right}", answer=answer)
        if other is not None:
            expected = f"nothing: a rule {'with a rule group' if group else 'of its own'} has {right}"
            yield Finding(f"{where}.{wrong}", rule.get(wrong), expected, detail=f"{name} {wrong}", answer=answer)
        yield from _statement(f"{where}.statement", name, statement or {})


def _statement(where: str, name: str, statement: Block) -> Iterator[Finding]:
    for kind in ("andStatement", "orStatement"):
        inner = read(statement, f"{kind}.statements")
        if inner is not None and inner is not UNKNOWN and len(as_list(inner)) < 2:
            yield Finding(f"{where}.{kind}.statements", len(as_list(inner)), "two statements at least", detail=f"{name} {kind}")
    rate = statement.get("rateBasedStatement")
    for block in [] if rate is UNKNOWN else as_list(rate):
        yield from _rate(f"{where}.rateBasedStatement", name, cast(Block, block))


def _rate(where: str, name: str, rate: Block) -> Iterator[Finding]:
    limit, window = rate.get("limit"), rate.get("evaluationWindowSec")
    number = None if limit is UNKNOWN else as_number(limit)
    if number is not None and not 10 <= number <= 2_000_000_000:
        yield Finding(f"{where}.limit", limit, "10 to 2000000000", detail=f"{name} limit")
    if window is not UNKNOWN and window not in (None, 60, 120, 300, 600, "60", "120", "300", "600"):
        yield Finding(f"{where}.evaluationWindowSec", window, "60, 120, 300 or 600", detail=f"{name} window")
    key = rate.get("aggregateKeyType")
    needs = {"FORWARDED_IP": "forwardedIpConfig", "CUSTOM_KEYS": "customKeys", "CONSTANT": "scopeDownStatement"}
    part = needs.get(key) if isinstance(key, str) else None
    if part and not given(rate.get(part)):
        yield Finding(f"{where}.{part}", None, f"a value, because aggregateKeyType is {key}", detail=f"{name} {part}")


rules.named("web-acl-priorities", "F135", _WITH_RULES).add(
    lambda acl: (*distinct(acl, "rules[].priority", "priority"), *distinct(acl, "rules[].name", "name")),
    description="Rules have priorities and names of their own.",
    remediation="Number the rules of the ACL without repetition.",
)


def _is_metric(value: Value) -> bool:
    return value is None or re.fullmatch(r"[\w#:./\-]{1,255}", str(value)) is not None


rules.named("web-acl-metric-name", "F390", _WITH_RULES).add(
    all_of(
        *(
            each_is(path, _is_metric, "letters, digits and _-#:./", detail=True)
            for path in ("visibilityConfig.metricName", "rules[].visibilityConfig.metricName")
        )
    ),
    description="Metric names have the letters that WAF takes.",
    remediation="Use letters, digits and _-#:./ in visibilityConfig.metricName.",
)


@rules.rule("waf-scope-region", "F134", "wafv2/webAcl wafv2/ipSet wafv2/ruleGroup wafv2/regexPatternSet")
def _scope_region(resource: Resource) -> Answers:
    """What is for CloudFront is in us-east-1.

    Set region: us-east-1 on resources with scope CLOUDFRONT.
    """
    if resource.get("scope") == "CLOUDFRONT":
        if resource.region is None:
            yield NOT_JUDGED
        elif resource.region != "us-east-1":
            yield Finding("scope", "CLOUDFRONT", f"REGIONAL in {resource.region}, or the region us-east-1")


_INVALID_ARN: Final = (
    "WAFInvalidParameterException: Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other "
    "information separated by colons or slashes."
)
_NOT_AN_ALB: Final = f"{_INVALID_ARN}, field: RESOURCE_ARN"
_REFERENCES: Final = (
    ("ipSetReferenceStatement", "wafv2/ipSet"),
    ("ruleGroupReferenceStatement", "wafv2/ruleGroup"),
    ("regexPatternSetReferenceStatement", "wafv2/regexPatternSet"),
)


@rules.rule("waf-scope-of-parts", "F134", _WITH_RULES, needs_stack=True)
def _scope_parts(acl: Resource) -> Answers:
    """IP sets, patterns and groups of an ACL are of its scope.

    Give them the same scope and region.
    """
    scope = acl.get("scope")
    for name, kind in _REFERENCES:
        for part in targets(acl, f"rules[].statement.{name}.arn", kind):
            have = part.get("scope")
            if have is UNKNOWN or scope is UNKNOWN:
                yield NOT_JUDGED
            elif have is not None and scope is not None and have != scope:
                expected = f"an {kind.split('/')[1]} with scope {scope}, not {have}"
                yield Finding("rules", part.name, expected, detail=part.name, answer=_INVALID_ARN)


def _of_balancer(association: Resource) -> Answers:
    value = association.get("resourceArn")
    if value is UNKNOWN and "lb/loadBalancer" not in (association.sources("resourceArn") or ()):
        return
    balancer, acl = target(association, "resourceArn", "lb/loadBalancer"), target(association, "webAclArn", _ACL)
    if balancer is not None:
        if acl is not None and acl.region and balancer.region and acl.region != balancer.region:
            yield Finding("webAclArn", acl.name, f"an ACL of {balancer.region}, not of {acl.region}", detail="region")
        kind = balancer.get("loadBalancerType") or "application"
        if kind != "application":
            expected = f"an application load balancer, not a {kind} one"
            yield Finding("resourceArn", balancer.name, expected, detail="type", answer=_NOT_AN_ALB)
    arn = arn_of(value)
    if arn is not None and arn.resource.startswith(("loadbalancer/net/", "loadbalancer/gwy/")):
        yield Finding("resourceArn", arn.resource, "an application load balancer", detail="type", answer=_NOT_AN_ALB)
    if arn is not None and arn.service == "cloudfront":
        expected = "no distribution: it names its ACL in webAclId"
        yield Finding("resourceArn", arn.resource, expected, detail="cloudfront", answer=_NOT_AN_ALB)


rules.named("waf-association", "F134", _ASSOCIATION, needs_stack=True).add(
    all_of(
        target_then(
            "webAclArn",
            _ACL,
            wants(
                "scope", (None, "REGIONAL"), "an ACL with scope REGIONAL: distributions name theirs in webAclId", detail="scope"
            ),
        ),
        _of_balancer,
    ),
    description="A regional ACL is associated with an application load balancer, an API or a pool of its region.",
    remediation="Associate regional ACLs with application load balancers; set webAclId on a CloudFront distribution.",
)
rules.named("waf-association-once", "F391", _ASSOCIATION, needs_stack=True).add(
    unique(
        _ASSOCIATION,
        key("resourceArn:lb/loadBalancer apigateway/stage cognito/userPool appsync/graphQLApi"),
        "resourceArn",
        "a resource that {other} does not associate",
        answer="No error: the second association replaces the first",
        detail=False,
    ),
    description="A resource has one web ACL.",
    remediation="Keep one association per resource.",
)

_LOGGING: Final = "wafv2/webAclLoggingConfiguration"
_PREFIX: Final = "aws-waf-logs-"
_PLACES: Final = {"cloudwatch/logGroup": "name", "s3/bucket": "bucket", "kinesis/firehoseDeliveryStream": "name"}


@rules.rule("waf-log-destination", "F132", _LOGGING)
def _logs(logging: Resource) -> Answers:
    """WAF logs go to one place, whose name starts with aws-waf-logs-.

    Name the log group, bucket or delivery stream aws-waf-logs-...
    """
    entries: list[Value] = as_list(logging.get("logDestinationConfigs"))
    if len(entries) > 1:
        answer = "WAFLimitsExceededException: You can only configure one logging destination"
        yield Finding("logDestinationConfigs", len(entries), "one destination", detail="count", answer=answer)
    for entry in entries:
        arn = arn_of(entry)
        name = arn.resource.removeprefix("log-group:").removeprefix("deliverystream/").split(":")[0] if arn else _PREFIX
        if not name.startswith(_PREFIX):
            yield Finding("logDestinationConfigs", name, f"a name that starts with {_PREFIX}", detail=name)
    if not any(entry is UNKNOWN for entry in entries):
        return
    found = targets(logging, "logDestinationConfigs[]", *_PLACES)
    if not found:
        yield NOT_JUDGED
    for place in found:
        prop = _PLACES[place.kind]
        name = place.get(prop) or place.get(f"{prop}Prefix") or place.name
        if not str(name).startswith(_PREFIX):
            shown = place.get(prop) or place.name
            yield Finding("logDestinationConfigs", shown, f"a name that starts with {_PREFIX}", detail=place.name)


_REGEX: Final = {
    "wafv2/regexPatternSet": "regularExpressions[].regexString",
    "wafv2/webAcl": "rules[].statement.regexMatchStatement.regexString",
    "wafv2/ruleGroup": "rules[].statement.regexMatchStatement.regexString",
}
_BROKEN: Final = ("missing )", "unbalanced parenthesis", "unterminated character set", "bad escape (end of pattern)")


@rules.rule("waf-regex", "F529", " ".join(_REGEX))
def _regex(resource: Resource) -> Answers:
    """Parentheses and brackets of regular expressions close.

    Close them, or escape them with a backslash.
    """
    for where, value in resource.each(_REGEX[resource.kind]):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str):
            try:
                re.compile(value)
            except re.error as error:
                if error.msg.startswith(_BROKEN):  # other errors may be what this engine alone does not know
                    yield Finding(where, value, f"an expression that can be read: {error.msg}", detail=value)
