"""The live counts on a real Valkey: a record counted against a bare XADD, memory, and the time from a request to a browser.

Topic and queue are moto's in this process, so the time holds its share and none of AWS's: the ratios are to be read.
"""

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from functions.live.window import Keys, Windows
from jobs.aggregate.records import judge
from tests.functions.deliveries import delivered, stored
from tests.functions.live_world import DAY, Live, far_end, live_world
from tests.functions.requests import request, sent, told
from tests.functions.world import ACME, World, world

RECORDS: Final = 5_000
MESSAGES: Final = 200
ACCEPTED: Final = 200
# What a change tells.
CHANGE: Final = (
    *("dataset", "loans", "day", DAY, "at", "2026-11-28T09:00:00+00:00", "record", "loan-1", "window", "0123456789abcdef"),
    *("number", "1234", "counts", "x" * 190),
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was measured; rates by second, of one client that waits for each answer."""

    bare: float
    counted: float
    repeated: float
    bytes_per_record: float
    latency: dict[str, float]


def measure(runs: int) -> Found:
    """Measure; of each rate the median of `runs`."""
    with world() as lake, live_world(lake) as live:
        rounds = [_rates(live) for _ in range(runs)]
        bare, counted, repeated = (statistics.median(each) for each in zip(*rounds, strict=True))
        memory = _memory(live)
        with redirect_stdout(StringIO()):  # what the functions log
            latency = sorted(_latencies(lake, live))
    quantiles = {name: latency[min(len(latency) - 1, int(part * len(latency)))] for name, part in PARTS.items()}
    return Found(bare=bare, counted=counted, repeated=repeated, bytes_per_record=memory, latency=quantiles)


PARTS: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1.0}


def _rates(live: Live) -> tuple[float, float, float]:
    live.empty()
    valkey = live.valkey("live")
    windows = Windows(valkey=valkey, replicas=False, ends=far_end)
    messages = [_message(number) for number in range(RECORDS)]

    def count() -> None:
        for message in messages:
            windows.count(ACME, "loans", DAY, message)

    def tell() -> None:
        for _ in range(RECORDS):
            valkey.call("XADD", "live:bare", "MAXLEN", "~", 10_000, "*", *CHANGE)

    return _rate(tell), _rate(count), _rate(count)


def _message(number: int) -> Any:
    made = stored(number, state=("OH", "TX", "CA")[number % 3], product=f"product {number % 20}")
    return judge(made.envelope, tenant=ACME, dataset="loans", message_id=made.id)


def _rate(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return RECORDS / (time.perf_counter() - began)


def _memory(live: Live) -> float:
    """Of the window that the last round has filled."""
    administrator = live.server.administrator()
    keys = Keys.of(ACME, "loans", DAY)
    used = sum(administrator.call("MEMORY", "USAGE", key, "SAMPLES", 0) for key in (keys.counts, keys.records))
    administrator.close()
    return used / RECORDS


def _latencies(lake: World, live: Live) -> Iterator[float]:
    """Send one record after the other, as a lender does; how long until a reader that waits has its change."""
    live.empty()
    live.take(delivered(stored(0)))  # the first record of a window is a snapshot
    seen: dict[int, float] = {}
    numbers, changed = itertools.count(1), threading.Event()
    reader = live.reader()
    reader.begin()

    def read(until: int) -> None:
        number = 0
        while number < until:
            for event in reader.follow(wait=1000):
                assert event.kind == "change"
                number = next(numbers)
                seen[number] = time.perf_counter()
                changed.set()

    watcher = threading.Thread(target=read, args=(MESSAGES,), daemon=True)
    watcher.start()
    ingestion, service = lake.ingest(), live.service()
    for number in range(1, MESSAGES + 1):
        changed.clear()
        began = time.perf_counter()
        assert told(ingestion.handle(request([sent(number)])))[0] == ACCEPTED
        assert service.handle({"Records": lake.received(1)}) == {"batchItemFailures": []}
        changed.wait(30)
        yield seen[number] - began
    watcher.join()
