"""The function `ingest`: what lenders send goes into the raw bucket and onto the topic `deliveries` (docs/ingestion.md)."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple, NoReturn

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import telling
from functions.shared.ledger import END, Entry
from functions.shared.raw import Raw, folder_of
from functions.shared.request import RefusedRequestError, Request, answer, read
from functions.shared.tenants import CONFIG, NotNowError, Registry, Session, Sessions, tenants_of, trouble_of
from jobs.aggregate.place import ACTIVE
from jobs.aggregate.records import SCHEMAS

from .delivery import MAX_RECORDS, Delivery, Result
from .token import tenant_of

TRACE: Final = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}")
"""Of the header that the load balancer adds: its own part, whatever else a sender wrote there.

docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
"""
ONE: Final = "application/json"
MANY: Final = "application/x-ndjson"
RETRY_SECONDS: Final = "5"
_PATH: Final = re.compile(r"/ingest/(?P<dataset>[a-z][a-z0-9_-]{0,39})(?:/(?P<day>[0-9-]{10})/complete)?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_REFUSED_AS: Final = {"size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "id-reused": HTTPStatus.CONFLICT} | dict.fromkeys(
    ("json", "encoding"), HTTPStatus.BAD_REQUEST
)
"""Of a single record that is refused: status by reason; 422 by default."""


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Answer a request of the load balancer; what AWS does not do at the moment is answered with 503."""
    return _service().handle(event)


@cache
def _service() -> "Service":
    return Service.of(os.environ)


class Admitted(NamedTuple):
    """A tenant that may deliver: its session, its tier, and its raw bucket by that session."""

    session: Session
    tier: str
    raw: Raw


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the function works with, from one invocation to the next.

    Attributes:
        registry: Of tenants.
        sessions: Of tenants.
        sns: A client of SNS.
        topic: ARN of the topic `deliveries`.
        ledger: Name of the table `deliveries`.
        bucket: Name of the pool's raw bucket.
        now: The clock, UTC.
    """

    registry: Registry
    sessions: Sessions
    sns: Any
    topic: str
    ledger: str
    bucket: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Service":
        """The service that variables tell of; a missing one is an error at the first request."""
        registry, sessions = tenants_of(environment, "ingest")
        make: Any = boto3.client
        return cls(
            registry=registry,
            sessions=sessions,
            sns=make("sns", region_name=environment["AWS_REGION"], config=CONFIG),
            topic=environment["DELIVERIES_TOPIC_ARN"],
            ledger=environment["DELIVERIES_TABLE"],
            bucket=environment["LAKE_RAW"],
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request, and log one line without a value of it."""
        with telling.event("ingest", "answer") as line:
            try:
                request = read(event)
                line.trace = _trace(request)
                told = self._answer(request, line)
            except RefusedRequestError as refused:
                line.tell(reason=refused.reason)
                told = answer(refused.status, {"reason": refused.reason, "detail": refused.detail}, **refused.headers)
            except (ClientError, BotoCoreError, NotNowError) as error:
                line.fail(str(error) if isinstance(error, NotNowError) else trouble_of(error))
                told = _unavailable({"reason": "unavailable", "detail": "send the request again"})
            line.tell(status=told["statusCode"])
            line.status(told["statusCode"])
        return told

    def _answer(self, request: Request, line: telling.Event) -> dict[str, Any]:
        path = _PATH.fullmatch(request.path)
        if not path or path["dataset"] not in SCHEMAS:
            _refuse(HTTPStatus.NOT_FOUND, "path", f"expected /ingest/<dataset>, a dataset of {', '.join(sorted(SCHEMAS))}")
        dataset: str = path["dataset"]
        if request.method != "POST":
            _refuse(HTTPStatus.METHOD_NOT_ALLOWED, "method", "expected POST", allow="POST")
        tenant = tenant_of(request)
        line.tell(tenant=tenant, dataset=dataset)
        if unknown := request.query.keys() - (set() if path["day"] else {"date"}):
            _refuse(HTTPStatus.BAD_REQUEST, "query", f"expected no other parameter than date; there are {len(unknown)}")
        now = self.now()
        if path["day"]:
            day = _day(path["day"], oldest=date.min, today=now.date(), expected="YYYY-MM-DD, not after today (UTC)")
            return self._complete(tenant, dataset, day, now, line)
        today = now.date()
        yesterday = today - timedelta(days=1)
        expected = "date=YYYY-MM-DD, today or yesterday (UTC)"
        told = request.parameter("date")
        day = _day(today.isoformat() if told is None else told, oldest=yesterday, today=today, expected=expected)
        return self._deliver(request, tenant, dataset, day, now, line)

    @contextmanager
    def _admitted(self, tenant: str, line: telling.Event) -> Generator[Admitted]:
        """A tenant that may deliver.

        Why the registry is asked: the roles deny a suspended tenant, too, but later by seconds, and S3 would say neither who is
        refused nor why; a tenant that nobody knows would be denied nothing.
        """
        row = self.registry.row(tenant)
        if row.status != ACTIVE:
            _refuse(HTTPStatus.FORBIDDEN, "tenant", "expected the token of an active tenant")
        line.tier = row.tier
        with self.sessions.watched(tenant) as session:
            bucket = self.registry.raw_bucket(session, row.tier, pool=self.bucket)
            yield Admitted(session, row.tier, Raw(session.client("s3"), bucket))

    def _deliver(
        self, request: Request, tenant: str, dataset: str, day: str, now: datetime, line: telling.Event
    ) -> dict[str, Any]:
        kind = request.content_type((ONE, MANY))
        body = request.body()
        texts = [body] if kind == ONE else body.split(b"\n")
        lines = {number: text for number, text in enumerate(texts, 1) if text.strip()}
        if not lines:
            _refuse(HTTPStatus.BAD_REQUEST, "empty", "expected a record")
        if len(lines) > MAX_RECORDS:
            _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "records", f"expected at most {MAX_RECORDS} records")
        with self._admitted(tenant, line) as admitted:
            delivery = Delivery(
                **admitted._asdict(),
                sns=self.sns,
                topic=self.topic,
                ledger=self.ledger,
                dataset=dataset,
                day=day,
                received_at=_text(now),
                troubles=[],
            )
            results = delivery.bring_in(lines)
        line.tell(records=len(results), results=_counts(results))
        if delivery.troubles:
            self.sessions.failed(delivery.session, *delivery.troubles)
            # The one that met most records; the others are told beside it.
            (most, _), *_ = Counter(delivery.troubles).most_common(1)
            line.tell(troubles=sorted(set(delivery.troubles)))
            line.fail(most)
        return _told(results, day, single=kind == ONE)

    def _complete(self, tenant: str, dataset: str, day: str, now: datetime, line: telling.Event) -> dict[str, Any]:
        """End a delivery: the job starts, each time. A run that finds nothing new changes nothing."""
        told = {
            "tenant": tenant,
            "dataset": dataset,
            "date": day,
            "completed_at": _text(now),
        }
        with self._admitted(tenant, line) as admitted:
            session = admitted.session
            Entry(
                tenant=tenant,
                region=session.region,
                received_at=told["completed_at"],
                dataset=dataset,
                day=day,
                objects=frozenset({END}),
            ).enter(session.client("dynamodb"), self.ledger)
            admitted.raw.put(f"{folder_of(tenant, dataset, day)}{END}", json.dumps(told).encode())
        return answer(HTTPStatus.ACCEPTED, {"date": day, "result": "completed"})


def _trace(request: Request) -> str | None:
    found = TRACE.search(" ".join(request.headers.get("x-amzn-trace-id", ())))
    return found and found[0]


def _told(results: Sequence[Result], day: str, *, single: bool) -> dict[str, Any]:
    counts = Counter(each.result for each in results)
    body = {"date": day, "accepted": counts["accepted"], "results": [each.told() for each in results]}
    if counts["unavailable"]:
        return _unavailable(body)
    if not single:
        return answer(HTTPStatus.OK, body)
    (only,) = results
    if only.result == "accepted":
        return answer(HTTPStatus.ACCEPTED, body)
    return answer(_REFUSED_AS.get(only.reason, HTTPStatus.UNPROCESSABLE_ENTITY), body)


def _text(moment: datetime) -> str:
    """A moment as what reads the topic takes it, Firehose among them: with Z for UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _counts(results: Sequence[Result]) -> dict[str, int]:
    return dict(Counter(each.reason or each.result for each in results))


def _unavailable(body: Mapping[str, Any]) -> dict[str, Any]:
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, body, retry_after=RETRY_SECONDS)


def _day(text: str, *, oldest: date, today: date, expected: str) -> str:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not oldest <= found <= today:
        _refuse(HTTPStatus.BAD_REQUEST, "date", f"expected {expected}")
    return text


def _refuse(status: HTTPStatus, reason: str, detail: str, **headers: str) -> NoReturn:
    raise RefusedRequestError(status, reason, detail, **headers)
