"""Queues, topics, streams and state machines."""

from collections.abc import Iterator, Mapping
from typing import Final

from operations.cost.lines import Context, Line, Pricer, used
from operations.cost.resources import Resource


def _queue(resource: Resource, context: Context) -> Iterator[Line]:
    """Dead letters are looked at by nobody until there are some."""
    if not resource.name.endswith("-dead-letters"):
        yield used(resource, "requests", "sqs/requests", context.usage["queue_requests"])


def _topic(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "messages", "sns/requests", context.usage["topic_requests"])


def _stream(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "data taken in, converted and partitioned", "firehose/gb", context.usage["stream_gb"])


def _machine(resource: Resource, context: Context) -> Iterator[Line]:
    if resource.inputs.get("type") == "EXPRESS":
        yield used(resource, "express runs", "sfn/express", context.usage["express_runs"])
    else:
        yield used(resource, "transitions", "sfn/transitions", context.usage["transitions"])


PRICERS: Final[Mapping[str, Pricer]] = {
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _topic,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _stream,
    "aws:sfn/stateMachine:StateMachine": _machine,
}
