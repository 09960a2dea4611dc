"""Event sources, permissions, aliases and addresses of functions that AWS Lambda refuses."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, choice
from policies.feasibility.engine.joins import key, target_then, unique, wants
from policies.feasibility.engine.patterns import each_pattern
from policies.feasibility.engine.relations import may, names_fifo_queue, services_named, unless_so
from policies.feasibility.engine.shapes import absent, exactly_one, given, inside, needs, of, requires_one, saying, when
from policies.kit.checks import all_of
from policies.kit.references import target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number

rules: Final = Rules("feasibility", failures())

_MAPPING: Final = "lambda/eventSourceMapping"
_SOURCES: Final = {
    "sqs/queue": "sqs",
    "kinesis/stream": "kinesis",
    "kinesis/streamConsumer": "kinesis",
    "dynamodb/table": "dynamodb",
    "msk/cluster": "kafka",
    "msk/serverlessCluster": "kafka",
    "mq/broker": "mq",
    "docdb/cluster": "rds",
}
_STREAM_SETTINGS: Final = (
    "startingPosition startingPositionTimestamp parallelizationFactor bisectBatchOnFunctionError maximumRecordAgeInSeconds "
    "maximumRetryAttempts tumblingWindowInSeconds destinationConfig"
)
_ALIASED: Final = ("lambda/function", "lambda/alias")


def source_service(mapping: Resource) -> str | None:
    """The service that a mapping reads from: `sqs`, `kinesis`, ...; None if the plan does not say."""
    if given(mapping.get("selfManagedEventSource")):
        return "kafka"
    found = services_named(mapping, "eventSourceArn", _SOURCES)
    return found.pop() if len(found) == 1 else None


def function_of(resource: Resource, prop: str) -> Resource | None:
    """The function that a property names, itself or by an alias; None if it is not in this stack."""
    found = targets(resource, prop, *_ALIASED)
    functions = [one for one in found if one.kind == "lambda/function"]
    if not functions:
        functions = [function for alias in found for function in targets(alias, "functionName", "lambda/function")]
    if len(functions) == 1:
        return functions[0]
    return target(resource, prop, "lambda/function") if not found else None


rules.named("event-source-shape", "F365", _MAPPING).add(
    of(
        exactly_one("eventSourceArn selfManagedEventSource"),
        between("maximumBatchingWindowInSeconds", 0, 300, unit="seconds"),
        between("batchSize", 1, 10000),
        between("parallelizationFactor", 1, 10),
        between("tumblingWindowInSeconds", 0, 900, unit="seconds"),
        between("maximumRetryAttempts", -1, 10000),
        between("maximumRecordAgeInSeconds", 60, 604800, also=(-1,), unit="seconds"),
        inside("scalingConfig", between("maximumConcurrency", 2, 1000)),
        at_most_items("topics", 1, "topic"),
        at_most_items("queues", 1, "queue"),
        choice("startingPosition", ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")),
        when("startingPosition", ("LATEST", "TRIM_HORIZON"), absent("startingPositionTimestamp", "without AT_TIMESTAMP")),
        requires_one("startingPositionTimestamp", "startingPosition"),
    ),
    description="An event source mapping has one source, and numbers in the range that Lambda takes.",
    remediation="Set a value in the range.",
)

_NO_SCALING: Final = absent("scalingConfig", "because only queues scale so")
_NAMED: Final = {
    "kafka": needs("topics", "a topic, because the source is Kafka", detail="topics"),
    "mq": needs("queues", "a queue, because the source is Amazon MQ", detail="queues"),
}


@rules.rule("event-source-settings", "F365", _MAPPING)
def _settings(mapping: Resource) -> Answers:
    """An event source mapping has the settings of its source: streams a starting position, queues none.

    Set startingPosition for streams; for queues remove it and what else belongs to streams.
    """
    service = source_service(mapping)
    if service is None:
        if mapping.get("eventSourceArn") is UNKNOWN:
            yield NOT_JUDGED
        return
    position = mapping.get("startingPosition")
    if service in ("kinesis", "dynamodb", "kafka", "rds") and position is None:
        answer = "InvalidParameterValueException: StartingPosition is required for stream event sources"
        yield Finding("startingPosition", None, "LATEST or TRIM_HORIZON, because the source is a stream", answer=answer)
    if position is UNKNOWN:
        yield NOT_JUDGED
    elif position == "AT_TIMESTAMP":
        if service == "dynamodb":
            answer = "InvalidParameterValueException: Unsupported starting position for stream type: AT_TIMESTAMP"
            yield Finding("startingPosition", position, "LATEST or TRIM_HORIZON for DynamoDB", answer=answer)
        elif not given(mapping.get("startingPositionTimestamp")):
            yield Finding("startingPositionTimestamp", None, "a time, because startingPosition is AT_TIMESTAMP")
    if service == "sqs":
        for name in _STREAM_SETTINGS.split():
            answer = f"InvalidParameterValueException: Unsupported parameter for SQS event source: {name}"
            yield from saying(answer, absent(name, "because the source is a queue"))("", mapping.properties)
    else:
        yield from _NO_SCALING("", mapping.properties)
    if service in _NAMED:
        yield from _NAMED[service]("", mapping.properties)


@rules.rule("event-source-batch", "F365", _MAPPING, needs_stack=True)
def _batch(mapping: Resource) -> Answers:
    """A batch from a queue is at most 10 messages, or has a window to wait in; a FIFO queue has no window.

    Set maximumBatchingWindowInSeconds to at least 1 for larger batches; keep FIFO batches to 10 without a window.
    """
    if source_service(mapping) != "sqs":
        return
    size, window = mapping.get("batchSize"), mapping.get("maximumBatchingWindowInSeconds")
    fifo = names_fifo_queue(mapping, "eventSourceArn")
    count, wait = as_number(size) or 10, as_number(window) or 0
    if fifo and count > 10:
        answer = "InvalidParameterValueException: Batch size cannot be greater than 10 for FIFO queues."
        yield Finding("batchSize", size, "at most 10, because the queue is FIFO", answer=answer)
    elif fifo and wait > 0:
        answer = "InvalidParameterValueException: Batching window is not supported for FIFO queues."
        yield Finding("maximumBatchingWindowInSeconds", window, "0, because the queue is FIFO", answer=answer)
    elif count > 10 and wait < 1:
        answer = (
            "InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10"
        )
        yield Finding("maximumBatchingWindowInSeconds", window, f"at least 1, because batchSize is {count:g}", answer=answer)


rules.named("event-source-filters", "F365", _MAPPING).add(
    all_of(
        of(at_most_items("filterCriteria.filters", 10, "filters", detail="")),
        each_pattern("filterCriteria.filters[].pattern", "InvalidParameterValueException: Invalid filter pattern definition."),
    ),
    description="Filters of an event source are patterns that Lambda can read, ten at most.",
    remediation='Write each pattern as JSON with lists as leaves, such as {"body": {"kind": ["order"]}}.',
)


@rules.rule("event-source-visibility", "F095", _MAPPING, needs_stack=True)
def _visibility(mapping: Resource) -> Answers:
    """A message stays invisible for at least as long as the function may take.

    Set visibilityTimeoutSeconds of the queue to six times the function's timeout.
    """
    queue = target(mapping, "eventSourceArn", "sqs/queue") if source_service(mapping) == "sqs" else None
    function = function_of(mapping, "functionName") if queue is not None else None
    if queue is None or function is None:
        return
    visible, timeout = queue.get("visibilityTimeoutSeconds"), function.get("timeout")
    hidden, longest = as_number(30 if visible is None else visible), as_number(3 if timeout is None else timeout)
    if hidden is not None and longest is not None and hidden < longest:
        answer = (
            f"InvalidParameterValueException: Queue visibility timeout: {hidden:g} seconds is less than Function timeout: "
            f"{longest:g} seconds"
        )
        expected = f"a queue with visibilityTimeoutSeconds of at least {longest:g} ({queue.name} has {hidden:g})"
        yield Finding("eventSourceArn", queue.name, expected, answer=answer)


_READS: Final = {
    "sqs": ("sqs:ReceiveMessage", "ReceiveMessage on SQS"),
    "kinesis": ("kinesis:GetRecords", "GetRecords on Kinesis"),
    "dynamodb": ("dynamodb:GetRecords", "GetRecords on DynamoDB"),
}


@rules.rule("event-source-permissions", "F366", _MAPPING, needs_stack=True)
def _permissions(mapping: Resource) -> Answers:
    """The function's role may read from the event source.

    Attach AWSLambdaSQSQueueExecutionRole (or the Kinesis or DynamoDB one), or allow the actions on the source.
    """
    action, what = _READS.get(source_service(mapping) or "", ("", ""))
    function = function_of(mapping, "functionName") if action else None
    role = None if function is None else target(function, "role", "iam/role")
    if role is not None:
        answer = f"InvalidParameterValueException: The provided execution role does not have permissions to call {what}"
        refused = Finding("functionName", role.name, f"a function whose role allows {action}", answer=answer)
        yield from unless_so(may(role, action), refused)


_STREAM: Final = target_then(
    "eventSourceArn",
    "dynamodb/table",
    wants("streamEnabled", (True,), "the stream of a table with streamEnabled: true"),
)


@rules.rule("event-source-stream-on", "F365", _MAPPING, needs_stack=True)
def _stream_on(mapping: Resource) -> Answers:
    """A table that functions read from has its stream on.

    Set streamEnabled: true and streamViewType on the table.
    """
    if source_service(mapping) == "dynamodb":
        yield from _STREAM(mapping)


rules.named("event-source-once", "F365", _MAPPING, needs_stack=True).add(
    unique(
        _MAPPING,
        key(f"eventSourceArn!:{' '.join(_SOURCES)}", f"functionName:{' '.join(_ALIASED)}", "topics?"),
        "eventSourceArn",
        "a source that {other} does not map",
        answer="ResourceConflictException: An event source mapping with this event source arn and function already exists",
        detail=False,
    ),
    description="A function reads from a source once.",
    remediation="Remove the second mapping.",
)
