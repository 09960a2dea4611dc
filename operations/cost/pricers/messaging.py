"""Queues, topics, streams, clocks and state machines."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from operations.cost.awake import HOURS
from operations.cost.lines import Context, Line, Pricer, fixed, used
from operations.cost.resources import Resource

HOURS_OF: Final[Mapping[str, Decimal]] = {"minute": Decimal(1) / 60, "hour": Decimal(1), "day": Decimal(24)}


def _queue(resource: Resource, context: Context) -> Iterator[Line]:
    """Dead letters are looked at by nobody until there are some."""
    if not resource.name.endswith("-dead-letters"):
        yield used(resource, "requests", "sqs/requests", context.usage["queue_requests"])


def _topic(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "messages", "sns/requests", context.usage["topic_requests"])


def _stream(resource: Resource, context: Context) -> Iterator[Line]:
    """What it converts and partitions has prices of its own, which the table lacks."""
    yield used(resource, "data taken in", "firehose/gb", context.usage["stream_gb"])
    s3 = cast("Mapping[str, Any]", resource.inputs.get("extendedS3Configuration") or {})
    for option, key in (
        ("dataFormatConversionConfiguration", "conversion"),
        ("dynamicPartitioningConfiguration", "partitioning"),
    ):
        if s3.get(option):
            yield used(resource, key, f"firehose/{key}", context.usage["stream_gb"])


def _clock(resource: Resource, _: Context) -> Iterator[Line]:
    """One that follows a calendar is taken as once an hour: ours come once a day, or less often."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", str(resource.inputs.get("scheduleExpression")))
    hours = Decimal(int(rate[1])) * HOURS_OF[rate[2]] if rate else Decimal(1)
    calls = HOURS / hours if resource.inputs.get("state", "ENABLED") == "ENABLED" else Decimal(0)
    yield fixed(resource, "calls by the clock", "scheduler/invocations", calls / 1_000_000)


def _machine(resource: Resource, context: Context) -> Iterator[Line]:
    if resource.inputs.get("type") == "EXPRESS":
        yield used(resource, "express runs", "sfn/express", context.usage["express_runs"])
    else:
        yield used(resource, "transitions", "sfn/transitions", context.usage["transitions"])


PRICERS: Final[Mapping[str, Pricer]] = {
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _topic,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _stream,
    "aws:scheduler/schedule:Schedule": _clock,
    "aws:sfn/stateMachine:StateMachine": _machine,
}
