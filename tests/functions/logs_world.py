"""What stands around the function that ships logs: copies as Firehose writes them, a domain, and a receiver before it."""

import gzip
import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from botocore.exceptions import ClientError

from functions.shared.bulk import Bulk, SearchError

BUCKET: Final = "logs-0123abc"
WRITTEN: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOON: Final = int(WRITTEN.timestamp() * 1000)


def event(number: int, message: str = "a line", *, timestamp: int = NOON) -> dict[str, Any]:
    """An event as CloudWatch Logs sends it."""
    return {"id": f"{number:056d}", "timestamp": timestamp, "message": message}


def part(
    *events: Mapping[str, Any], log_class: str = "application", kind: str = "DATA_MESSAGE", group: str = "ingest"
) -> bytes:
    """A message of a subscription, as it is sent: packed."""
    told = {
        "messageType": kind,
        "owner": "111111111111",
        "logGroup": group,
        "logStream": "a/b",
        "subscriptionFilters": [log_class],
        "logEvents": list(events),
    }
    return gzip.compress(json.dumps(told).encode(), mtime=0)


def notice(*keys: str, id: str = "m-1") -> dict[str, Any]:
    """A record of the queue that tells of objects."""
    records = [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}} for key in keys]
    return {"messageId": id, "body": json.dumps({"Records": records})}


class Crash(BaseException):
    """The run ends here, whatever it was doing."""


@dataclass
class S3:
    """A bucket of copies."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as boto3 calls them
        assert Bucket == BUCKET
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key]), "LastModified": WRITTEN}


Fault = Callable[[Callable[[], list[dict[str, Any]]], Sequence[tuple[str, str, dict[str, Any]]]], list[dict[str, Any]]]
"""What becomes of a request: it is given how to write all of it, and its documents (index, id, fields)."""


@dataclass
class Domain:
    """A log domain: it creates what is not there, and refuses what its mapping does not take.

    Attributes:
        indexes: Index -> id -> document.
        faults: What becomes of the next requests; those after are written.
        asked: Documents in each request.
    """

    indexes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])
    faults: list[Fault] = field(default_factory=list[Fault])
    asked: list[int] = field(default_factory=list[int])

    def post(self, path: str, body: bytes, documents: int) -> list[dict[str, Any]]:
        """In place of `Bulk.post`."""
        assert path == "/_bulk"
        lines = [json.loads(line) for line in body.splitlines()]
        named = ((each["create"]["_index"], each["create"]["_id"]) for each in lines[::2])
        told = [(*name, fields) for name, fields in zip(named, lines[1::2], strict=True)]
        assert len(told) == documents
        self.asked.append(documents)

        def write() -> list[dict[str, Any]]:
            return [self.create(*each) for each in told]

        return self.faults.pop(0)(write, told) if self.faults else write()

    def create(self, index: str, id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Create a document, or say why not."""
        found = self.indexes.setdefault(index, {})
        if id in found:
            return {"status": 409, "error": {"type": "version_conflict_engine_exception"}}
        if "quarantine" not in index and not isinstance(fields.get("duration", 0), int | float):
            return {"status": 400, "error": {"type": "mapper_parsing_exception"}}
        found[id] = fields
        return {"status": 201}

    def ids(self) -> Counter[str]:
        """How often each id is in the domain, in whichever index."""
        return Counter(id for documents in self.indexes.values() for id in documents)


def down(_write: Any, _told: Any) -> Any:
    """Nothing is written, and no answer comes."""
    raise SearchError("bulk: 503")


def deaf(write: Any, _told: Any) -> Any:
    """All is written, and the answer is lost."""
    write()
    raise SearchError("bulk: TimeoutError")


def crash_before(_write: Any, _told: Any) -> Any:
    """The run ends before the request is sent."""
    raise Crash


def crash_after(write: Any, _told: Any) -> Any:
    """The run ends before the answer is heard."""
    write()
    raise Crash


def throttled(domain: Domain, every: int) -> Fault:
    """Each so-manieth document is refused for now."""

    def fault(_write: Any, told: Any) -> Any:
        return [
            {"status": 429, "error": {"type": "rejected_execution_exception"}} if number % every == 0 else domain.create(*each)
            for number, each in enumerate(told)
        ]

    return fault


def answers(*statuses: tuple[int, str]) -> Fault:
    """Documents are answered so, and none is written."""
    return lambda _write, _told: [{"status": status, "error": {"type": kind}} for status, kind in statuses]


@contextmanager
def receiver(domain: Domain) -> Generator[Bulk]:
    """The domain behind HTTP: what a fault raises is an answer of 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["x-signed"] == "yes" and self.headers["content-type"] == "application/x-ndjson"
            try:
                items = domain.post(self.path, body, len(body.splitlines()) // 2)
            except SearchError:
                self.send_response(503)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            told = json.dumps({"errors": True, "items": [{"create": each} for each in items]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def sign(_method: str, _address: str, _body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        return {**headers, "X-Signed": "yes"}

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield Bulk(f"http://127.0.0.1:{listening.server_address[1]}", sign)
        finally:
            listening.shutdown()
            thread.join()
