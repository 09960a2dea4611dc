"""Reading the copies of logs in S3: what Firehose wrote of what CloudWatch Logs sent."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

CLASSES: Final = ("application", "audit", "access")
"""Of logs; a subscription filter bears the name of its group's."""
LEAST: Final = CLASSES[0]
MEMBER_BYTES: Final = 64 * 2**20
"""What one part of an object may hold: CloudWatch Logs sends a megabyte or so, and no other part may fill the memory."""
_GZIP: Final = 31


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What CloudWatch Logs sent at once, of one stream.

    Attributes:
        log_class: One of `CLASSES`.
        group: The log group.
        stream: The log stream.
        events: Each with `id`, `timestamp` (milliseconds) and `message`, as it was sent.
    """

    log_class: str
    group: str
    stream: str
    events: list[dict[str, Any]]


@dataclass(frozen=True)
class Unreadable:
    """A part of an object, or all from there on, that holds nothing that CloudWatch Logs sends."""

    reason: str


def read(data: bytes) -> Iterator[Sent | Unreadable]:
    """What an object holds: parts of gzip, one behind the other, each a message of a subscription.

    docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html; messages that only try the way are left out.
    """
    rest = data
    while rest:
        at, inflate = len(data) - len(rest), zlib.decompressobj(wbits=_GZIP)
        try:
            text = inflate.decompress(rest, MEMBER_BYTES)
        except zlib.error:
            yield Unreadable(f"no gzip from byte {at} on")
            return
        if not inflate.eof:
            # Where the next part begins is not known.
            yield Unreadable(f"a part that does not end, or is too large, at byte {at}")
            return
        rest = inflate.unused_data
        found = _told(text, at)
        if found is not None:
            yield found


def _told(text: bytes, at: int) -> Sent | Unreadable | None:
    try:
        told = json.loads(text)
        if told["messageType"] != "DATA_MESSAGE":
            return None
        named = [each for each in told.get("subscriptionFilters", ()) if each in CLASSES]
        return Sent(
            log_class=named[0] if named else LEAST,
            group=str(told["logGroup"]),
            stream=str(told["logStream"]),
            events=[dict(each) for each in told["logEvents"]],
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return Unreadable(f"a part that is no message of a subscription, at byte {at}")
