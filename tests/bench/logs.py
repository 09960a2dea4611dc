"""How many events the shipper of logs takes in: one full copy, in a process of its own, against a receiver that only counts.

The receiver answers each document with 201, so what is measured is the function: reading, unpacking, making documents, sending.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from components.analytics.log_domain import SHIPPER
from components.messaging.log_delivery import BUFFER_MIB
from functions.shared.telling import NAMESPACE, Event, messages
from tests.functions.logs_world import event, part

MEMORY_MIB: Final = SHIPPER.memory_mib
FULL_VCPU_MIB: Final = 1_769
"""docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: a whole vCPU."""
GIB_SECOND_USD: Final = 0.0000133334
"""Of an Arm function, first tier: aws.amazon.com/lambda/pricing."""
_A_PART: Final = 400

_RUN: Final = """
import json, re, sys, time
from functions.logs.ship import Shipper
from functions.shared.bulk import Bulk
from tests.functions.logs_world import S3, notice

s3 = S3({"logs/a": sys.stdin.buffer.read()})
bulk = Bulk(sys.argv[1], lambda method, address, body, headers: headers)
shipper = Shipper(s3=s3, bulk=bulk, left=lambda: 120.0)
cpu = time.process_time()
assert shipper.answer({"Records": [notice("logs/a")]}) == {"batchItemFailures": []}
used = time.process_time() - cpu
peak = re.search(r"VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())
print(json.dumps([used, int(peak[1]) / 1024]))
"""


@dataclass(frozen=True)
class Run:
    """One copy: its events, the CPU it took, and the most memory that the process had, Python and the SDK with it."""

    events: int
    cpu_seconds: float
    peak_mib: float

    @property
    def events_per_cpu_second(self) -> float:
        """Events a second of a whole vCPU."""
        return self.events / self.cpu_seconds


@dataclass(frozen=True)
class Figures:
    """What follows for a size of function: events a second of one run at a time, and what a million of them cost."""

    per_second: float
    dollars: float


def figures(per_cpu_second: float, memory_mib: int = MEMORY_MIB) -> Figures:
    """CPU grows with memory, and the price with both: what a run waits for the domain comes on top."""
    per_second = per_cpu_second * min(1.0, memory_mib / FULL_VCPU_MIB)
    return Figures(per_second, 1_000_000 / per_second * memory_mib / 1024 * GIB_SECOND_USD)


def measure() -> Run:
    """Ship one full copy of events as our functions write them."""
    data, events = _copy()
    with _receiver() as address:
        done = subprocess.run([sys.executable, "-c", _RUN, address], input=data, capture_output=True, check=True)
    used, peak = json.loads(done.stdout.splitlines()[-1])
    return Run(events, used, peak)


def _copy() -> tuple[bytes, int]:
    """A file as large as Firehose makes one; ids and times differ, words mostly do not, as in logs."""
    parts, size, number = list[bytes](), 0, 0
    while size < BUFFER_MIB * 2**20:
        made: list[dict[str, Any]] = []
        for _ in range(_A_PART):
            number += 1
            made.append(event(number, _line(number)))
        parts.append(part(*made))
        size += len(parts[-1])
    return b"".join(parts), number


def _line(number: int) -> str:
    """What a function tells of messages."""
    told = Event(tier="pool", trace=f"{number * 2654435761 % 2**64:016x}-{number * 40503 % 2**48:012x}")
    told.tell(tenant=f"t{number % 997:015}", result="kept")
    if not number % 50:
        told.fail("PutItem: ThrottlingException")
    lines: list[str] = []
    messages("newest", "take-in", told, [number % 1_009 / 7], write=lines.append, environment={NAMESPACE: "DataConnect/prod"})
    return lines[0]


@contextmanager
def _receiver() -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told = b'{"items": [' + b",".join([b'{"create": {"status": 201}}'] * (body.count(b"\n") // 2)) + b"]}"
            self.send_response(200)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()
