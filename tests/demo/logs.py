"""The demonstration's chapter of logs: from what functions and services print to what somebody finds, through an outage."""

import io
import json
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from components.analytics.logs_function.handler import Order, fulfil
from components.analytics.search_access import configure_all, create_in_bulk
from components.analytics.search_function.domain import Domain
from functions.logs.ship import Shipper
from functions.shared.bulk import Bulk
from functions.shared.telling import event
from tests.demo.aws import Aws
from tests.demo.cloudwatch_logs import LogGroups
from tests.demo.commands import dataconnect
from tests.demo.page import Refusal, Seen, Table
from tests.demo.reading import Reading
from tests.functions.logs_world import deaf
from tests.functions.world import as_record
from tests.search.front import DOMAIN, Front, front, signed
from tests.search.server import MASTER
from tests.search.test_logs import Plugins

REQUESTS: Final = 40
HOSTILE: Final = json.dumps({"status": "<script>alert(503)</script>", "durationMs": "\x1b[2J long"})
"""Of types that the index does not take, with what would be markup in a page and an order to a terminal."""


@dataclass
class LosesAnswers:
    """The way to a domain, on which the first answer is lost: all is written, and nobody hears of it."""

    bulk: Bulk
    lost: int = 0

    def post(self, path: str, body: bytes, documents: int) -> list[dict[str, Any]]:
        """As `Bulk`."""

        def write() -> list[dict[str, Any]]:
            return self.bulk.post(path, body, documents)

        self.lost += 1
        return deaf(write, ()) if self.lost == 1 else write()


@dataclass
class Logs:
    """The way of log lines.

    Attributes:
        made: AWS's things.
        reading: The engines: the node of the search is that of the domain of logs, too.
        outputs: File with the stack's outputs; this chapter's own is written beside it.
        ids: Slug -> tenant; requests of acme fail.
        seen: What there is to show.
    """

    made: Aws
    reading: Reading
    outputs: Path
    ids: Mapping[str, str]
    seen: list[Seen] = field(default_factory=list[Seen])

    def __post_init__(self) -> None:
        told = json.loads(self.made.estate.inputs("lambda/invocation:Invocation", "log-domain-configured")["input"])
        # One node has no place for copies.
        self._order: dict[str, Any] = {**told["configure"], "replicas": 0}
        self._groups = LogGroups()
        self._names: Mapping[str, str] = self.made.outputs["errorLogs"]
        self._bucket: str = self.made.outputs["logs"]["bucket"]
        self._queue = ""
        self._domain: Domain | None = None

    def follow(self) -> Iterable[str]:
        """Ship lines, lose the domain and get it back; find what failed."""
        self._deploy()
        for group, lines in self.reading.logs.events.items():
            if lines:
                self._groups.write(group, lines, datetime.now(UTC))
        count, places = len(self._groups.ids()), [*self._groups.events]
        with self._reached() as found:
            order = Order(endpoint=found.endpoint, region=self.made.estate.region, configure=self._order)
            fulfil(order, Plugins(found.endpoint, signed(MASTER), found.tls))
            self._copy(*places)
            yield f"{count} lines that functions have logged in this run, in {len(places)} log groups: {self._ship(found)}"
        self._answer_requests()
        self._copy(self._names["search"])
        for _ in range(2):
            if (told := self._ship(found)) != "1 comes again":
                raise SystemExit(f"the domain of logs is gone, and the shipper says: {told}")
        yield f"search tells of {REQUESTS} requests, and writes one hostile line; the domain is gone: they wait in the queue"
        with self._reached() as found:
            yield f"the domain is back, its first answer is lost: {self._ship(found, LosesAnswers(self._bulk(found)))}"
            copies = self._run("logs", "replay", "--since", "1h")["objects"]
            yield f"dataconnect logs replay: {copies} copies are shipped again: {self._ship(found)}"
            yield from self._find(self._count())

    def _find(self, held: Counter[str]) -> Iterable[str]:
        lost, twice = len(self._groups.ids()) - len(held), sum(number > 1 for number in held.values())
        if lost or twice:
            raise SystemExit(f"{lost} events are lost, {twice} are there more than once")
        yield f"{len(held)} events were logged: {lost} lost, {twice} there twice"
        domain = self._run("logs", "show")["searched"]
        (reason,) = domain["reasons"]
        classes = {name: each["documents"] for name, each in sorted(domain["classes"].items())}
        told = ", ".join(f"{name} {number}" for name, number in classes.items())
        yield f"dataconnect logs show: {told}; quarantined: {reason}"
        failures = self._run("slo", "failures", "search")["failures"]
        for each in failures:
            told = f"{each['failed']} times {each['kind']} ({each['fingerprint']}), last in {each['example']}"
            yield f"dataconnect slo failures search: {told}"
        trace = failures[0]["example"]
        found = self._run("logs", "find", f'"{trace}"')
        (hit,) = found["events"]
        line = json.loads(hit["message"])
        what = f"{line['service']} {line['operation']}, {line['outcome']}, of {line['tenant']}"
        yield f"dataconnect logs find {trace}: {found['total']} event, {what}"
        self._show(classes, failures, hit, reason)

    def _show(self, classes: Mapping[str, int], failures: Any, hit: Mapping[str, Any], reason: str) -> None:
        names = ("failed", "kind", "fingerprint", "last", "example")
        rows = [tuple(str(each[name]) for name in names) for each in failures]
        members = json.loads(hit["message"]).items()
        found = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in members]
        self.seen.append(
            Seen(
                who="logs",
                id=self.made.outputs["logs"]["bucket"],
                parts=[
                    Table(
                        title="Events in the domain, by class",
                        source="dataconnect logs show: OpenSearch",
                        head=("class", "events"),
                        rows=[(name, str(number)) for name, number in classes.items()],
                    ),
                    Table(
                        title="The line of the newest request that failed",
                        source=f"dataconnect logs find, by its trace; logged at {hit['@timestamp']}",
                        head=("member", "value"),
                        rows=found,
                    ),
                    Table(title="What fails", source="dataconnect slo failures search", head=names, rows=rows),
                ],
                refusals=[Refusal(what=HOSTILE, by="the index, and kept in the quarantine as text", said=reason)],
            )
        )

    def _deploy(self) -> None:
        """The archive's bucket, which tells the shipper's queue of each object."""
        s3, sqs, region = self.made.client("s3"), self.made.client("sqs"), self.made.estate.region
        self._queue = sqs.create_queue(QueueName="logs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
        letters = sqs.create_queue(QueueName="logs-dead-letters")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        s3.create_bucket(Bucket=self._bucket, CreateBucketConfiguration={"LocationConstraint": region})
        told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(Bucket=self._bucket, NotificationConfiguration=told)
        queues = {**self.made.outputs["queues"], "logs": {"url": self._queue, "deadLettersUrl": letters}}
        self.outputs = self.outputs.with_name("logs.json")
        self.outputs.write_text(json.dumps({**self.made.outputs, "queues": queues}), encoding="utf-8")

    def _copy(self, *groups: str) -> None:
        """What Firehose writes."""
        prefix = self.made.outputs["logs"]["prefix"]
        key = f"{prefix}{datetime.now(UTC):%Y/%m/%d/%H}/{groups[0]}-{len(self._groups.ids())}"
        self.made.client("s3").put_object(Bucket=self._bucket, Key=key, Body=self._groups.sent(*groups))

    def _answer_requests(self) -> None:
        """What the service search, which is not here, tells of its requests: with its copy of functions/shared/telling.py."""
        lines = list[str]()
        for number in range(REQUESTS):
            try:
                with event("search", "find", write=lines.append) as told:
                    told.trace, told.tier = f"Root=1-692c5a00-{number:024x}", "pool"
                    told.tell(tenant=self.ids["acme"])
                    _look_up(number)
            except (TimeoutError, KeyError):
                continue
        self._groups.write(self._names["search"], [*lines, HOSTILE], datetime.now(UTC))

    def _ship(self, found: Front, way: Any = None) -> str:
        """One run of the shipper over what waits in its queue; what it told."""
        sqs, outcomes, output = self.made.client("sqs"), Counter[str](), io.StringIO()
        waiting = sqs.receive_message(QueueUrl=self._queue, AttributeNames=["All"], MaxNumberOfMessages=10)["Messages"]
        shipper = Shipper(s3=self.made.client("s3"), bulk=way or self._bulk(found), left=lambda: 120.0, sleep=lambda _: None)
        with redirect_stdout(output):
            answer = shipper.answer({"Records": [as_record(each) for each in waiting]})
        again = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for each in waiting:
            if each["MessageId"] not in again:
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=each["ReceiptHandle"])
        line = json.loads(output.getvalue().splitlines()[-1])
        outcomes.update({name: line[name] for name in ("created", "known", "quarantined")})
        told = [f"{number} {name}" for name, number in outcomes.items() if number]
        return ", ".join([*told, *([f"{len(again)} comes again"] if again else [])])

    def _bulk(self, found: Front) -> Bulk:
        (shipper,) = self._order["shippers"]
        return Bulk(found.endpoint, signed(shipper), found.tls)

    @contextmanager
    def _reached(self) -> Generator[Front]:
        """The domain behind its front, while it is there."""
        (shipper,) = self._order["shippers"]
        policies = {None: [], MASTER: [configure_all(DOMAIN).document()], shipper: [create_in_bulk("Ship", DOMAIN).document()]}
        with front(self.reading.search.server.port, policies, (MASTER, shipper)) as found:
            self._domain = Domain(found.endpoint, signed(MASTER), found.tls)
            yield found

    def _count(self) -> Counter[str]:
        """How often each event is in the domain, in whichever index; an index shows what is new after half a minute."""
        master = self.reading.search.server.master
        master("POST", "/logs-*/_refresh")
        asked = {"size": 1000, "_source": False, "query": {"match_all": {}}}
        return Counter(each["_id"] for each in master("POST", "/logs-*/_search", asked)["hits"]["hits"])

    def _run(self, *words: str) -> Any:
        """`dataconnect`, with the function of the domain called here."""
        s3, sqs = self.made.client("s3"), self.made.client("sqs")
        aws = SimpleNamespace(s3=lambda _: s3, sqs=sqs, cloudwatch=None, awslambda=self, logs=self._groups)
        return dataconnect(self.outputs, lambda _: aws, *words)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        """What `dataconnect logs` calls the function of the domain with."""
        assert FunctionName == self.made.outputs["logs"]["function"] and self._domain
        return {"Payload": io.BytesIO(json.dumps(fulfil(json.loads(Payload), self._domain)).encode())}


def _look_up(number: int) -> None:
    """What the service does in a request: each eighth waits for the database in vain."""
    if number % 8 == 5:
        raise TimeoutError("the database did not answer")
    if number == 11:
        raise KeyError("state")
