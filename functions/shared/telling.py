"""What a service tells of its work: lines of JSON, of which CloudWatch makes metrics without a call (docs/telling.md).

This file imports the standard library alone. Functions of the platform import it; a service takes a copy of it into its image.

The line is in the embedded metric format, docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
CloudWatch_Embedded_Metric_Format_Specification.html: at most 100 metrics and 30 dimensions, a number or 100 of them for each.
"""

import hashlib
import json
import os
import re
import time
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

NAMESPACE: Final = "TELEMETRY_NAMESPACE"
"""The variable that every workload has. Without it, as on a desk, lines are printed, and make no metrics."""
TIERS: Final = ("pool", "silo")
"""The one dimension besides the service: each pair is metrics of its own, and each of them costs by the month."""
UNITS: Final = {"requests": "Count", "failed": "Count", "duration": "Milliseconds", "waited": "Seconds"}
"""The metrics that a line may bring, and their units."""
LONGEST: Final = 256
"""Characters of a property. Docker splits what is longer than 16 KiB, and half a line is no JSON."""
MOST_PROPERTIES: Final = 20
MOST_VALUES: Final = 100
"""Of one metric in one line."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_ODD: Final = re.compile(r"[^ -~]")
_LIBRARIES: Final = re.compile(r"/lib/python3|/var/runtime/|<frozen")
"""Files that are no code of the service: the same way of a library leads to many errors."""
_RESERVED: Final = frozenset({"service", "tier", "operation", "outcome", "trace", "error", "longest_wait", *UNITS})


def measured(service: str, tier: str | None, *metrics: str, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The members that make metrics of a line, whose own members `metrics` are: of the service, and of it and the tier.

    What is no tier makes no dimension: one of many values would cost more than the service.
    """
    known = tier in TIERS
    own = {"service": service, **({"tier": tier} if known else {})}
    if not (namespace := environment.get(NAMESPACE)):
        return own
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service"], *([["service", "tier"]] if known else [])],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in metrics],
    }
    return {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}, **own}


@dataclass
class Event:
    """A request, or messages of which the same became, while it is worked on.

    Attributes:
        outcome: `ok`, `refused` (the caller's fault: it counts against no objective) or `failed`.
        tier: Of the tenant whose it is, `pool` or `silo`; None where it is nobody's, or not known yet.
        trace: What finds it elsewhere, e.g. the header X-Amzn-Trace-Id.
        properties: What else the line says, to be searched by and not to be counted: see `tell`.
        error: What went wrong: `kind` and `fingerprint`; None where nothing did.
    """

    outcome: str = "ok"
    tier: str | None = None
    trace: str | None = None
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    error: dict[str, str] | None = None

    def tell(self, **properties: Any) -> None:
        """Add properties, JSON each: ids, counts, words out of a short list. Never what a tenant sent.

        Of text, 256 characters of ASCII are told: what is told of a request must not end it.

        Raises:
            ValueError: on more than twenty, or a name that the line has already: whoever writes the code sees it at once.
        """
        for name in properties:
            if not _NAME.fullmatch(name) or name in _RESERVED:
                own = ", ".join(sorted(_RESERVED))
                raise ValueError(f"property {name!r}; expected lower case, up to 40 characters, none of {own}")
        if len(self.properties | properties) > MOST_PROPERTIES:
            raise ValueError(f"expected at most {MOST_PROPERTIES} properties")
        self.properties |= {name: _short(each) if isinstance(each, str) else each for name, each in properties.items()}

    def status(self, code: int) -> None:
        """Take the outcome from a status of HTTP: from 500 on it failed, from 400 on it was refused; what failed stays so."""
        if self.error is not None:
            return
        self.outcome = "ok" if code < 400 else "refused" if code < 500 else "failed"

    def fail(self, kind: str, fingerprint: str | None = None) -> None:
        """It failed by an error of that kind: a word that the code has, never the error's text."""
        self.outcome = "failed"
        self.error = {"kind": _short(kind), "fingerprint": fingerprint or _digest(kind)}


@contextmanager
def event(
    service: str,
    operation: str,
    *,
    counted: bool = True,
    write: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    environment: Mapping[str, str] = os.environ,
) -> Generator[Event]:
    """Work on one request, and print its line at the end; an error that leaves the block is told, and goes on its way.

    Args:
        service: Its name, as in the settings.
        operation: What is asked for: a word of the code, e.g. `search`.
        counted: Whether CloudWatch makes metrics of it; not of what is promised to nobody, e.g. an operator's order.
        write: Takes the line; prints it by default.
        clock: Tells seconds.
        environment: Where `TELEMETRY_NAMESPACE` is.
    """
    began, told = clock(), Event()
    try:
        yield told
    except BaseException as error:
        # Also one that is cancelled or interrupted was not answered.
        told.fail(type(error).__name__, fingerprint(error))
        raise
    finally:
        numbers = {"requests": 1, "failed": int(told.outcome == "failed"), "duration": round((clock() - began) * 1000, 1)}
        (write or _print)(_line(service, operation, told, numbers, environment if counted else {}))


def messages(
    service: str,
    operation: str,
    told: Event,
    waited: Sequence[float],
    *,
    write: Callable[[str], None] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Print the line of the messages of a batch of which the same became, or several lines where they are more than 100.

    Args:
        service: Its name, as in the settings.
        operation: What is done with them: a word of the code, e.g. `keep`.
        told: What became of each of them. Those of two tenants, or of two outcomes, are two lines.
        waited: Seconds that each of them waited in its queue; one value for one message.
        write: Takes a line; prints it by default.
        environment: Where `TELEMETRY_NAMESPACE` is.
    """
    for first in range(0, len(waited), MOST_VALUES):
        part = waited[first : first + MOST_VALUES]
        numbers = {"requests": len(part), "failed": len(part) if told.outcome == "failed" else 0, "waited": [*part]}
        (write or _print)(_line(service, operation, told, numbers, environment))


def _line(service: str, operation: str, told: Event, numbers: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    line = {
        **measured(service, told.tier, *numbers, environment=environment),
        "operation": operation,
        "outcome": told.outcome,
        **({"trace": _short(told.trace)} if told.trace else {}),
        **({"error": told.error} if told.error else {}),
        **told.properties,
        # A list is no number where lines are searched.
        **({"longest_wait": max(numbers["waited"])} if "waited" in numbers else {}),
        **numbers,
    }
    return json.dumps(line)


def fingerprint(error: BaseException) -> str:
    """Twelve characters, the same wherever an error of that kind comes by the same way: its type, and where it was raised.

    Line numbers and words of the error are not in it: it outlives a deployment, and tells no value. Of a way that leads into
    a library the service's own part counts.
    """
    way = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in way if not _LIBRARIES.search(frame.filename)][-3:]
    return _digest(type(error).__qualname__, *(f"{PurePath(frame.filename).name}:{frame.name}" for frame in frames))


def _short(text: str) -> str:
    return _ODD.sub("?", text)[:LONGEST]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _print(line: str) -> None:
    print(line, flush=True)
