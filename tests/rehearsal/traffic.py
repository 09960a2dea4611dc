"""How people get to a region: load balancers that answer by their rules, Route 53 that asks their latches, and who writes."""

import http.client
import http.server
import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import psycopg
import trustme

from components.edge.dns import FAILURE_THRESHOLD, REQUEST_INTERVAL_SECONDS
from components.edge.edge_checks import LATCH_PATH
from tests.functions.recovery.built import PRIMARY, RECOVERY
from tests.postgres import DATABASE
from tests.postgres_pair import Node
from tests.rehearsal.clock import Clock
from tests.rehearsal.databases import WRITER

DOMAIN = "app.example.com"
ROW_SECONDS = 0.25
"""Emulated seconds from one row to the next."""


@contextmanager
def balancer(
    authority: trustme.CA, rules: Callable[[], list[Any]], service: Callable[[], int], is_lost: Callable[[], bool]
) -> Generator[int]:
    """The port of a load balancer: rules in order (moto's own), then the service's status; a lost one hangs up."""

    class Visit(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if not is_lost():
                self.send_response(next((status for status in map(self._ruled, rules()) if status), 0) or service())
                self.end_headers()

        def _ruled(self, rule: Any) -> int:
            (condition,) = rule.conditions
            patterns = condition.get("PathPatternConfig", condition)["Values"]
            fixed = rule.actions[0].data["FixedResponseConfig"]["StatusCode"]
            return int(fixed) if any(fnmatchcase(self.path, pattern) for pattern in patterns) else 0

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(DOMAIN).configure_cert(context)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visit)
    # The handshake is the visitor's thread's: nobody who only connects holds the others up.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Route53:
    """The pair of records and its health checks, as `components/edge/dns.py` declares them.

    Attributes:
        clock: Emulated time.
        ports: Of the load balancers, by region.
    """

    clock: Clock
    ports: Mapping[str, int]
    ended: threading.Event = field(default_factory=threading.Event)
    _opened: dict[str, bool] = field(default_factory=lambda: {PRIMARY: False, RECOVERY: False})
    _counts: dict[str, int] = field(default_factory=lambda: {PRIMARY: 0, RECOVERY: 0})

    def answer(self) -> str:
        """The region that people are sent to."""
        return RECOVERY if self._opened[RECOVERY] and not self._opened[PRIMARY] else PRIMARY

    @contextmanager
    def checking(self) -> Generator[None]:
        """Check, until the end of the `with`."""
        thread = threading.Thread(target=self._check)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def __post_init__(self) -> None:
        # Whose certificate it is, Route 53 does not ask either:
        # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE

    def _check(self) -> None:
        while not self.ended.wait(self.clock.real(REQUEST_INTERVAL_SECONDS)):
            for region, port in self.ports.items():
                seen = self._is_open(port)
                self._counts[region] = 0 if seen == self._opened[region] else self._counts[region] + 1
                if self._counts[region] >= FAILURE_THRESHOLD:
                    self._opened[region], self._counts[region] = seen, 0

    def _is_open(self, port: int) -> bool:
        try:
            with closing(http.client.HTTPSConnection("localhost", port, timeout=2, context=self._context)) as connection:
                connection.request("GET", LATCH_PATH)
                return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False


@dataclass
class Writer:
    """Who writes on, wherever Route 53 sends: nobody tells it of a failover, and what was acknowledged to it is written down.

    Attributes:
        clock: Emulated time.
        nodes: The databases' servers, by region.
        region: Where it is sent.
        acknowledged: Row -> when it was acknowledged, Unix seconds, and by which region.
    """

    clock: Clock
    nodes: Mapping[str, Node]
    region: Callable[[], str]
    acknowledged: dict[int, tuple[float, str]] = field(default_factory=dict[int, tuple[float, str]])
    ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Write, until the end of the `with`."""
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def _write(self) -> None:
        row = 0
        while not self.ended.is_set():
            region = self.region()
            where = f"host=127.0.0.1 port={self.nodes[region].port} user={WRITER} dbname={DATABASE} connect_timeout=2"
            with suppress(psycopg.Error), psycopg.connect(where, autocommit=True) as session:
                while not self.ended.is_set():
                    row += 1
                    session.execute("INSERT INTO work VALUES (%s)", (row,))
                    self.acknowledged[row] = (self.clock.now(), region)
                    self.ended.wait(self.clock.real(ROW_SECONDS))
            time.sleep(0.02)
