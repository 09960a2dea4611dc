"""Services tell what they did: containers, functions, state machines, search domains, topics; and the logs stay for a year."""

from functools import partial
from typing import Final

from policies.controls.audit.events import LOG_GROUP
from policies.kit.checks import all_of, at_least, equals, is_given, is_on, one_of, unless_one
from policies.kit.conditions import some_is, unless, where_given
from policies.kit.containers import Container, each_container, task_containers
from policies.kit.references import by_value, referrers, sure_referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_list, certain, given

rules: Final = Rules("audit")

# Who is told by these protocols cannot be logged per delivery (SMS is logged for the account as a whole).
# https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
_UNLOGGED_PROTOCOLS: Final = ("email", "email-json", "sms")
_DELIVERIES: Final = ("application", "firehose", "http", "lambda", "sqs")


@rules.rule("sns-delivery-status", "C068", "sns/topic")
def _sns_delivery_status(topic: Resource) -> Answers:
    """Topics log whether messages were delivered, where the protocol allows that.

    Set httpFailureFeedbackRoleArn, sqsFailureFeedbackRoleArn, ... for the protocols of the subscriptions.
    """
    roles = [topic.get(f"{protocol}{result}FeedbackRoleArn") for protocol in _DELIVERIES for result in ("Success", "Failure")]
    if any(map(given, roles)):
        return
    subscriptions = sure_referrers(topic, ("sns/topicSubscription", "topic"))
    if not subscriptions or any(each.get("protocol") not in _UNLOGGED_PROTOCOLS for each in subscriptions):
        yield Finding("httpFailureFeedbackRoleArn", None, "a feedback role for a protocol of its subscriptions")


@rules.rule("ecs-container-logs", "C087", "ecs/taskDefinition", on=partial(each_container, task_containers))
def _container_logs(_: Resource, container: Container) -> Answers:
    """Every container of a task logs.

    Set logConfiguration: {logDriver: awslogs, options} on each container.
    """
    if not given(container.get("logConfiguration.logDriver")):
        name = container.get("name")
        yield Finding("containerDefinitions", name, "a logConfiguration with a logDriver", detail=str(name))


@rules.rule(
    "ecs-container-insights",
    "C090",
    "ecs/cluster",
    remediation_values={"settings": [{"name": "containerInsights", "value": "enhanced"}]},
)
def _container_insights(cluster: Resource) -> Answers:
    """Clusters are measured by Container Insights.

    Set settings: [{name: containerInsights, value: enhanced}].
    """
    values = [entry.get("value") for entry in as_list(cluster.get("settings")) if entry.get("name") == "containerInsights"]
    missing = Finding("settings", values[0] if values else None, "containerInsights enabled or enhanced")
    yield from unless_one(values, ("enabled", "enhanced"), missing)


_EXEC: Final = "configuration.executeCommandConfiguration"
_EXEC_LOG: Final = f"{_EXEC}.logConfiguration"
rules.named("ecs-exec-log-encrypted", "C091", "ecs/cluster").add(
    where_given(  # where it is missing, ecs-exec-logged says so
        _EXEC,
        some_is(f"{_EXEC_LOG}.cloudWatchEncryptionEnabled {_EXEC_LOG}.s3BucketEncryptionEnabled", (True,), "true"),
    ),
    description="What people type in ECS Exec sessions is logged encrypted.",
    remediation="Set logConfiguration.cloudWatchEncryptionEnabled or s3BucketEncryptionEnabled: true.",
)
rules.named("lambda-tracing", "C150", "lambda/function").add(
    equals("tracingConfig.mode", "Active"),
    description="Functions are traced by X-Ray.",
    remediation="Set tracingConfig: {mode: Active}.",
    remediation_values={"tracingConfig.mode": "Active"},
)


def _logs_of(function: Resource) -> list[Resource]:
    """The log groups of the stack that a function writes to.

    Raises:
        UnknownValueError: if the plan does not say whether its log group is in the stack.
    """
    custom = function.get("loggingConfig.logGroup")
    if custom is not None:
        found = targets(function, "loggingConfig.logGroup", LOG_GROUP)
        if not found:
            raise UnknownValueError
        return found
    name = function.get("name")
    found = by_value(function.graph, LOG_GROUP, "name").get(f"/aws/lambda/{name}", ()) if isinstance(name, str) else ()
    return list(found) or [
        group for group in sure_referrers(function, (LOG_GROUP, "name")) if not certain(group.get("name"), name)
    ]


def _takes_function_logs(group: Resource) -> bool:
    """Whether a function writes to the log group, by its name or by the function's `loggingConfig`.

    Raises:
        UnknownValueError: if its name is known only after deployment, and comes from nowhere known.
    """
    name, sources = group.get("name"), group.sources("name") or set()
    if "lambda/function" in sources or referrers(group, "lambda/function", "loggingConfig.logGroup"):
        return True
    if name is UNKNOWN and not sources:
        raise UnknownValueError
    return isinstance(name, str) and name.startswith("/aws/lambda/")


@rules.rule("lambda-log-group", "C152", f"lambda/function {LOG_GROUP}", needs_stack=True)
def _lambda_log_group(resource: Resource) -> Answers:
    """Functions write to a log group of the stack with a key and a retention, not to one that Lambda makes.

    Add a LogGroup named /aws/lambda/<function> (or loggingConfig.logGroup) with kmsKeyId and retentionInDays.
    """
    if resource.kind != LOG_GROUP:
        if not _logs_of(resource):
            yield Finding("", None, "a log group /aws/lambda/<function>")
        return
    for prop, expected in (("kmsKeyId", "a customer managed key"), ("retentionInDays", "a number of days")):
        if not (resource.get(prop) is UNKNOWN or resource.get(prop)) and _takes_function_logs(resource):
            yield Finding(prop, resource.get(prop), expected, detail=prop)


_YEAR: Final = 365
rules.named("log-group-retention", "C171", LOG_GROUP).add(
    unless("logGroupClass", ("DELIVERY",), at_least("retentionInDays", _YEAR, unit="days")),
    description="Log groups keep events for a year or longer, and not for ever.",
    remediation="Set retentionInDays: 365 or more.",
    remediation_values={"retentionInDays": _YEAR},
)
_DOMAIN_LOGS: Final = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")


@rules.rule("opensearch-logs", "C213", "opensearch/domain elasticsearch/domain")
def _opensearch_logs(domain: Resource) -> Answers:
    """Search domains publish audit, error and slow logs.

    Set logPublishingOptions with cloudwatchLogGroupArn for each of AUDIT_LOGS, ES_APPLICATION_LOGS and both slow logs.
    """
    options = as_list(domain.get("logPublishingOptions"))
    for kind in _DOMAIN_LOGS:
        switches = [option.get("enabled", True) for option in options if option.get("logType") == kind]
        found = [option.get("logType") for option in options]
        yield from unless_one(switches, (True,), Finding("logPublishingOptions", found, f"{kind} too", detail=kind))


rules.named("state-machine-logs", "C217", "sfn/stateMachine").add(
    all_of(
        one_of("loggingConfiguration.level", ("ALL", "ERROR", "FATAL"), default="OFF"),
        is_given("loggingConfiguration.logDestination", "the ARN of a log group, ending in :*"),
        is_on("tracingConfiguration.enabled"),
    ),
    description="State machines log and are traced.",
    remediation="Set loggingConfiguration: {level: ALL, logDestination} and tracingConfiguration: {enabled: true}.",
)
