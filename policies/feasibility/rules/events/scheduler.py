"""Schedules, event buses, connections and pipes that Amazon EventBridge refuses."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, choice
from policies.feasibility.engine.relations import names_fifo_queue
from policies.feasibility.engine.shapes import absent, each_block, given, of, only_one, parsed, present, when
from policies.feasibility.rules.events.targets import NO_GROUP, RETRIES, TASKS
from policies.kit.checks import all_of
from policies.kit.references import arn_of
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_SCHEDULE: Final = "scheduler/schedule"
_WINDOW: Final = "flexibleTimeWindow"

rules.named("schedule-settings", "F376", _SCHEDULE).add(
    all_of(
        each_block(
            _WINDOW,
            choice("mode", ("OFF", "FLEXIBLE")),
            when("mode", ("FLEXIBLE",), present("maximumWindowInMinutes", "because mode is FLEXIBLE")),
            when("mode", ("OFF",), absent("maximumWindowInMinutes", "because mode is OFF")),
            between("maximumWindowInMinutes", 1, 1440, unit="minutes"),
        ),
        of(present(f"{_WINDOW} target scheduleExpression", "because a schedule needs it"), only_one("name namePrefix")),
        each_block("target", present("arn roleArn", "because the scheduler calls the target with a role")),
        each_block("target.retryPolicy", *RETRIES),
        each_block("target.ecsParameters", *TASKS, at_most_items("placementStrategies", 5, "strategies")),
    ),
    description="A schedule has a window, a target and a role, in the ranges that the scheduler takes.",
    remediation=(
        "Set flexibleTimeWindow: {mode: OFF}, or FLEXIBLE with maximumWindowInMinutes from 1 to 1440; set target.roleArn."
    ),
)


@rules.rule("schedule-target", "F376", _SCHEDULE)
def _schedule(schedule: Resource) -> Answers:
    """A schedule's input is JSON, and its queue fits its parameters.

    Write target.input as JSON; set sqsParameters.messageGroupId for a FIFO queue; dead letters go to a standard one.
    """
    start, end = schedule.get("startDate"), schedule.get("endDate")
    if isinstance(start, str) and isinstance(end, str) and end <= start:
        yield Finding("endDate", end, f"a time after startDate, {start}", detail="end")
    dead = arn_of(schedule.get("target.deadLetterConfig.arn"))
    if dead is not None and (dead.service != "sqs" or dead.name.endswith(".fifo")):
        yield Finding("target.deadLetterConfig.arn", dead.name, "a standard queue", detail="dead letters")
    text = schedule.get("target.input")
    if text is UNKNOWN:
        yield NOT_JUDGED
    elif str(text or "").lstrip()[:1] in ("{", "["):
        try:
            parsed(text)
        except ValueError as error:
            yield Finding("target.input", text, f"JSON text ({error})", detail="input")
    path = "target.sqsParameters.messageGroupId"
    if names_fifo_queue(schedule, "target.arn") and not given(schedule.get(path)):
        yield Finding(path, schedule.get(path), "a message group, because the queue is FIFO", "group", NO_GROUP)


rules.named("event-bus-settings", "F371", "cloudwatch/eventBus cloudwatch/eventArchive").add(
    of(between("retentionDays", 0, 2147483647)),
    description="An archive keeps events for a number of days that can be.",
    remediation="Set retentionDays to 0 (for ever) or more.",
)


@rules.rule("event-bus-name", "F371", "cloudwatch/eventBus")
def _bus_name(bus: Resource) -> Answers:
    """An event bus has a name of its own, not that of the default bus.

    Choose another name; a partner's bus has the name of its eventSourceName.
    """
    name, partner = bus.get("name"), bus.get("eventSourceName")
    if name == "default":
        answer = "ResourceAlreadyExistsException: Event bus default already exists."
        yield Finding("name", name, "a name other than default", answer=answer)
    elif isinstance(name, str) and name.startswith("aws.") and not given(partner):
        yield Finding("name", name, "a name that does not start with aws.")


_AUTHORIZATION: Final = {"API_KEY": "apiKey", "BASIC": "basic", "OAUTH_CLIENT_CREDENTIALS": "oauth"}


@rules.rule("event-connection-parameters", "F371", "cloudwatch/eventConnection")
def _connection(connection: Resource) -> Answers:
    """A connection has the parameters of its kind of authorization.

    Set authParameters.apiKey, basic or oauth as authorizationType says, and only that.
    """
    kind = connection.get("authorizationType")
    wanted = _AUTHORIZATION.get(kind) if kind else None
    have = [name for name in _AUTHORIZATION.values() if given(connection.get(f"authParameters.{name}"))]
    if wanted is not None and have != [wanted] and connection.get("authParameters") is not UNKNOWN:
        yield Finding("authParameters", have, f"{wanted} alone, because authorizationType is {kind}")


rules.named("event-api-destination", "F371", "cloudwatch/eventApiDestination").add(
    of(
        between("invocationRateLimitPerSecond", 1, 300),
        choice("httpMethod", ("POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")),
    ),
    description="An API destination has a method and a rate that EventBridge takes.",
    remediation="Set invocationRateLimitPerSecond from 1 to 300.",
)
