"""One address for the endpoints of AWS in both regions, for every process of this machine: moto, whose regions can be lost.

A request says by its signature which service of which region it is for. Calls from within this process take the same way.
"""

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber

from tests.rehearsal.clock import Clock

HANGS_SECONDS: Final = 5
"""So long (emulated) a call to a lost region gets no answer; then its connection is closed, so that real timeouts, which go by
no factor, are not waited for."""
_SIGNED: Final = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_HOST: Final = re.compile(r"(?:[a-z0-9.-]+\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.amazonaws\.com")
"""Some services' begin with `api`, and those of S3 with the name of a bucket."""
_HOST_OF: Final = {"ecr": "api.ecr"}
"""Service as requests are signed for it -> what its host begins with, where that differs."""
_INVOKE: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_OURS: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
"""Headers that the server writes itself."""

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of AWS.

    Attributes:
        service: As its host is called.
        region: Whose endpoint.
        operation: As the API names it; "" where it can't be told.
        function: Of an Invoke: the function's name.
        headers: Of the request.
        body: Of the request: JSON or a form, as an object; empty where it is neither.
    """

    service: str
    region: str
    operation: str
    function: str
    headers: Mapping[str, Any]
    body: Mapping[str, Any]


@dataclass
class Endpoint:
    """Both regions' endpoints.

    Attributes:
        clock: Emulated time.
        lost: The regions that do not answer.
        own: Answers of ours in place of moto's, by service and operation.
        after: Called after each call that moto answered, with the status.
    """

    clock: Clock
    lost: set[str] = field(default_factory=set[str])
    own: dict[tuple[str, str], Callable[[Call], Answer]] = field(
        default_factory=dict[tuple[str, str], Callable[[Call], Answer]]
    )
    after: Callable[[Call, int], None] = lambda _call, _status: None
    alone: threading.RLock = field(default_factory=threading.RLock)
    """Moto expects no threads."""

    def answer(self, request: AWSPreparedRequest, moto: Callable[[AWSPreparedRequest], Any]) -> Answer:
        """The answer to a request.

        Raises:
            ReadTimeoutError: its region is lost.
        """
        call = _call_of(request)
        if call.region in self.lost:
            self.clock.sleep(HANGS_SECONDS)
            raise ReadTimeoutError(endpoint_url=request.url)
        if own := self.own.get((call.service, call.operation)):
            return own(call)
        with self.alone:
            status, headers, body = moto(request)
        self.after(call, status)
        return status, headers, body.encode() if isinstance(body, str) else body


@contextmanager
def serving(endpoint: Endpoint) -> Generator[str]:
    """Serve the endpoint on loopback; its address. While moto is on."""
    stubber = BotocoreStubber()
    process = BotocoreStubber.process_request

    def moto(request: AWSPreparedRequest) -> Any:
        return process(stubber, request)

    class Handler(_Handler):
        def ask(self, request: AWSPreparedRequest) -> Answer:
            return endpoint.answer(request, moto)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="endpoint")
    thread.start()
    try:
        with patch.object(BotocoreStubber, "process_request", lambda _, request: endpoint.answer(request, moto)):
            yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # A connection that nobody uses any more ends by itself: the server is not held up by it.
    timeout = 30

    def ask(self, request: AWSPreparedRequest) -> Answer:
        raise NotImplementedError

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = _SIGNED.search(self.headers.get("Authorization") or "")
        if signed is None:
            self._send(403, {}, b"this is an endpoint of AWS: sign the request for a service and a region\n")
            return
        region, service = signed.groups()
        host, headers = f"{_HOST_OF.get(service, service)}.{region}.amazonaws.com", HTTPHeaders()
        for name, told in self.headers.items():
            headers[name] = host if name.lower() == "host" else told
        try:
            told = self.ask(AWSPreparedRequest(self.command or "", f"https://{host}{self.path}", headers, body, False))
        except ReadTimeoutError:
            self.close_connection = True
            return
        self._send(*told)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _do  # noqa: N815 - http.server names them

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, told in headers.items():
            if name.lower() not in _OURS:
                self.send_header(name, str(told))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


def _call_of(request: AWSPreparedRequest) -> Call:
    url = urlsplit(request.url)
    host = _HOST.fullmatch(url.netloc)
    service, region = host.groups() if host else (url.netloc.partition(".")[0], "")
    body, headers = _parsed(request.body), {name.lower(): _text(told) for name, told in request.headers.items()}
    invoke = _INVOKE.fullmatch(url.path)
    operation = headers.get("x-amz-target", "").rpartition(".")[2] or str(body.get("Action", ""))
    return Call(
        service=service,
        region=region,
        operation="Invoke" if invoke else operation,
        # By name, ARN, or ARN with an alias.
        function=unquote(invoke[1]).partition(":function:")[2].partition(":")[0] or unquote(invoke[1]) if invoke else "",
        headers=headers,
        body=body,
    )


def _text(told: Any) -> str:
    return told.decode() if isinstance(told, bytes) else str(told)


def _parsed(body: Any) -> dict[str, Any]:
    try:
        text = _text(body or "")
    except UnicodeDecodeError:
        return {}
    if text.startswith("{"):
        found: Any = json.loads(text)
        return found
    return {name: told[0] for name, told in parse_qs(text).items()}
