"""CloudWatch Logs: keys, owners and subscribers of log groups."""

import re
from collections.abc import Hashable
from typing import Final

from components.base.limits import LOG_RETENTION_DAYS
from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import at_most_alike
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.relations import documents, readable, region_of
from policies.feasibility.engine.shapes import given
from policies.feasibility.rules.kms.keys import KEY_POLICY
from policies.feasibility.rules.rds.families import text_of
from policies.kit.document import Statement, glob
from policies.kit.facts import KEYS
from policies.kit.holders import held
from policies.kit.references import arn_of, by_value, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError

rules: Final = Rules("feasibility", failures())

_ENCRYPTION_CONTEXT: Final = "kms:encryptioncontext:aws:logs:arn"
_RETENTION: Final = (0, *LOG_RETENTION_DAYS)  # 0 keeps them for ever


@rules.rule("log-group-key", "F110", "cloudwatch/logGroup")
def _key(group: Resource) -> Answers:
    """The key of a log group is named by its ARN, is of the group's region, and lets CloudWatch Logs in for the group.

    Allow kms:Encrypt*, Decrypt*, ReEncrypt*, GenerateDataKey*, Describe* to logs.REGION.amazonaws.com for the group's ARN.
    """
    value = group.get("kmsKeyId")
    if not given(value):
        return
    here = region_of(group)
    if isinstance(value, str):
        arn = arn_of(value)
        if arn is None or arn.resource.startswith("alias/"):
            yield Finding("kmsKeyId", value, "the ARN of a key (no id, no alias)")
            return
        if here and arn.region and arn.region != here:
            yield Finding("kmsKeyId", value, f"a key of {here}", "region")
            return
    key = target(group, "kmsKeyId", *KEYS)
    if key is None:
        return
    if here and region_of(key) and region_of(key) != here:
        yield Finding("kmsKeyId", key.name, f"a key of {here}; this one is in {region_of(key)}", "region")
        return
    unknown = False
    for _, _, document in documents(key, "policy", KEY_POLICY):
        try:
            if any(_lets_in(statement, group, here) for statement in readable(document)):
                return
        except UnknownValueError:
            unknown = True
    if unknown:
        yield NOT_JUDGED
    else:
        service = f"logs.{here or 'REGION'}.amazonaws.com"
        yield Finding("kmsKeyId", key.name, f"a key whose policy lets {service} encrypt for this log group")


def _lets_in(statement: Statement, group: Resource, region: str | None) -> bool:
    if not any(statement.allows(action) for action in ("kms:Encrypt", "kms:GenerateDataKey")):
        return False
    if not statement.not_principals and not any(
        principal.value is UNKNOWN
        or principal.everyone
        or (principal.type == "Service" and re.fullmatch(rf"logs\.({region or '.+'}\.)?amazonaws\.com(\.cn)?", principal.value))
        for principal in statement.principals
    ):
        return False
    name = group.get("name")
    for condition in statement.conditions:
        if condition.key == _ENCRYPTION_CONTEXT and condition.narrows and isinstance(name, str):
            if any(value is UNKNOWN for value in condition.values):
                raise UnknownValueError
            tails = [str(value).partition(":log-group:")[2] for value in condition.values]
            if not any(
                tail == "" or glob(tail).fullmatch(name) or glob(tail.removesuffix(":*")).fullmatch(name) for tail in tails
            ):
                return False
    return True


def _region(policy: Resource) -> Hashable:
    return None if given(policy.get("resourceArn")) else region_of(policy) or ""


rules.named("log-resource-policies-per-region", "F111", "cloudwatch/logResourcePolicy").add(
    at_most_alike(
        "cloudwatch/logResourcePolicy", _region, 10, "at most 10 log resource policies in a region; this stack has {count}"
    ),
    description="A region has at most 10 log resource policies.",
    remediation="Merge them into one policy with wildcard ARNs.",
)


_PRODUCERS: Final = (
    (r"/aws/lambda/([^/]+)", "lambda/function", "name", ""),
    (r"/aws/rds/(?:instance|cluster)/([^/]+)/[^/]+", "rds/instance", "identifier", "enabledCloudwatchLogsExports"),
    (r"/aws/rds/cluster/([^/]+)/[^/]+", "rds/cluster", "clusterIdentifier", "enabledCloudwatchLogsExports"),
    (r"/aws/docdb/([^/]+)/[^/]+", "docdb/cluster", "clusterIdentifier", "enabledCloudwatchLogsExports"),
    (r"/aws/neptune/([^/]+)/[^/]+", "neptune/cluster", "clusterIdentifier", "enableCloudwatchLogsExports"),
    (r"/aws/eks/([^/]+)/cluster", "eks/cluster", "name", "enabledClusterLogTypes"),
    (r"/aws/codebuild/([^/]+)", "codebuild/project", "name", ""),
)
"""Form of a log group's name, the kind that writes it, the property with its name, and the switch that makes it write."""


@rules.rule("log-group-before-its-writer", "F112", "cloudwatch/logGroup")
def _before(group: Resource) -> Answers:
    """A log group that a service would create itself is created before what writes into it.

    dependsOn the log group on the function, database or cluster that writes into it.
    """
    name = text_of(group.get("name"))
    for pattern, kind, prop, needed in _PRODUCERS:
        match = re.fullmatch(pattern, name)
        for writer in by_value(group.graph, kind, prop).get(match[1], ()) if match else ():
            if needed and not given(writer.get(needed)):
                continue
            lazily = not needed and group.after(writer)  # its first run comes after the stack has made both
            if region_of(writer) == region_of(group) and not writer.after(group) and not lazily:
                yield Finding("name", name, f"{writer.name} with dependsOn this log group", writer.name)


@rules.rule("log-subscription-role", "F113", "cloudwatch/logSubscriptionFilter")
def _subscription(subscription: Resource) -> Answers:
    """A subscription has a role exactly where its destination is a stream, and the role's policy is there before.

    Set roleArn for Kinesis and Firehose, not for Lambda; dependsOn the role's policy.
    """
    service = _destination(subscription)
    role = subscription.get("roleArn")
    if service is None:
        yield NOT_JUDGED
    elif service == "lambda" and given(role):
        answer = "InvalidParameterException: destinationArn for vendor lambda cannot be used with roleArn"
        yield Finding("roleArn", role, "nothing for a Lambda function", answer=answer)
    elif service in ("kinesis", "firehose"):
        if not given(role):
            answer = f"InvalidParameterException: destinationArn for vendor {service} cannot be used without roleArn"
            yield Finding("roleArn", role, f"a role that may write to {service}", answer=answer)
        for holder in targets(subscription, "roleArn", "iam/role"):
            policies = [policy.by for policy in held(holder) if policy.by is not holder]
            yield from after_any(subscription, policies, "roleArn", holder.name, ", which lets it write", detail="order")


def _destination(subscription: Resource) -> str | None:
    """The service of the destination; None if the plan does not say."""
    arn = arn_of(subscription.get("destinationArn"))
    if arn is not None:
        return arn.service
    services = {
        "lambda/function": "lambda",
        "lambda/alias": "lambda",
        "kinesis/stream": "kinesis",
        "kinesis/firehoseDeliveryStream": "firehose",
        "cloudwatch/logDestination": "logs",
    }
    found = targets(subscription, "destinationArn", *services)
    return services[found[0].kind] if len(found) == 1 else None


@rules.rule("log-subscription-allowed", "F297", "cloudwatch/logSubscriptionFilter")
def _allowed(subscription: Resource) -> Answers:
    """A function that gets logs lets CloudWatch Logs in, before the subscription is made.

    Add a lambda.Permission with principal logs.amazonaws.com (or logs.REGION), and dependsOn it.
    """
    if subscription.get("destinationArn") is UNKNOWN and _destination(subscription) is None:
        yield NOT_JUDGED
        return
    for function in targets(subscription, "destinationArn", "lambda/function", "lambda/alias"):
        permissions = [
            permission
            for permission in referrers(function, "lambda/permission", "function")
            if permission.get("principal") is UNKNOWN
            or re.fullmatch(r"logs(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?|\*", text_of(permission.get("principal")))
        ]
        if not permissions:
            yield Finding("destinationArn", function.name, "a function with a permission for logs.amazonaws.com")
        yield from after_any(subscription, permissions, "destinationArn", function.name, ", which lets it in", detail="order")


def _group(subscription: Resource) -> Hashable:
    found = targets(subscription, "logGroup", "cloudwatch/logGroup")
    return found[0].urn if len(found) == 1 else subscription.get("logGroup")


rules.named("log-subscriptions-per-group", "F113", "cloudwatch/logSubscriptionFilter").add(
    at_most_alike(
        "cloudwatch/logSubscriptionFilter",
        _group,
        2,
        "at most two filters on a log group",
        path="logGroup",
        shown="{count} filters",
        answer="LimitExceededException: Resource limit exceeded.",
    ),
    description="A log group has at most two subscription filters.",
    remediation="Send the logs to one stream or function that fans out.",
)


@rules.rule(
    "log-class-features", "F297", "cloudwatch/logSubscriptionFilter cloudwatch/logMetricFilter cloudwatch/logAnomalyDetector"
)
def _class(resource: Resource) -> Answers:
    """Filters are on log groups of the standard class.

    Set logGroupClass: STANDARD on the log group (a new group: the class cannot be changed).
    """
    path = {
        "cloudwatch/logSubscriptionFilter": "logGroup",
        "cloudwatch/logMetricFilter": "logGroupName",
        "cloudwatch/logAnomalyDetector": "logGroupArnLists[]",
    }[resource.kind]
    for group in targets(resource, path, "cloudwatch/logGroup"):
        kind = text_of(group.get("logGroupClass"))
        if kind == "INFREQUENT_ACCESS" or (kind == "DELIVERY" and resource.kind != "cloudwatch/logSubscriptionFilter"):
            answer = "InvalidOperationException / ValidationException: the log group class does not support this feature"
            yield Finding(
                path.removesuffix("[]"), f"{group.name} ({kind})", "a log group of class STANDARD", group.name, answer
            )


@rules.rule("log-metric-filter-form", "F297", "cloudwatch/logMetricFilter")
def _metric(metric: Resource) -> Answers:
    """A metric filter has a default value or up to three dimensions.

    Remove defaultValue beside dimensions; keep three dimensions.
    """
    dimensions = metric.get("metricTransformation.dimensions")
    if given(dimensions) and metric.get("metricTransformation.defaultValue") not in (None, ""):
        answer = (
            "InvalidParameterException: Invalid metric transformation: dimensions and default value are mutually "
            "exclusive properties."
        )
        yield Finding("metricTransformation.defaultValue", "set", "nothing beside dimensions", "default", answer)
    if len(dimensions or ()) > 3:
        answer = "InvalidParameterException: a metric filter takes at most three dimensions"
        yield Finding("metricTransformation.dimensions", f"{len(dimensions)} dimensions", "at most three", "number", answer)


@rules.rule(
    "log-retention-value",
    "F297",
    "cloudwatch/logGroup",
    description="Logs are kept for a period that CloudWatch Logs knows.",
    remediation=f"Choose {', '.join(map(str, LOG_RETENTION_DAYS[:-1]))} or {LOG_RETENTION_DAYS[-1]} days.",
)
def _retention(group: Resource) -> Answers:
    days = group.get("retentionInDays")
    if days is not None and days not in _RETENTION:
        near = min(_RETENTION, key=lambda known: abs(known - float(days)))
        answer = (
            "InvalidParameterException: 1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint"
        )
        yield Finding("retentionInDays", days, f"a known period, such as {near}", answer=answer)
