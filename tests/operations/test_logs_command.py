"""`dataconnect logs`, against moto's S3 and SQS, with the log domain's own function in place of Lambda."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from functions.logs.archive import Sent
from functions.logs.documents import document
from functions.logs.ship import Shipper
from functions.shared.telling import Event, messages
from operations.command import app
from operations.logs.events import said
from tests.functions.logs_world import Domain, event, part
from tests.operations.world import ACCOUNT, REGION

BUCKET = "prod-log-archive"
ENDPOINT = "https://vpc-dataconnect-logs-prod.example"


@dataclass
class Function:
    """Answers as the function of the log domain does, and keeps what it was ordered."""

    orders: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "log-domain-configurer-1"
        self.orders.append(json.loads(Payload))
        told: dict[str, Any] = {"total": 7, "events": [{"@timestamp": "T2", "group": "g", "message": "b\x1b[2J\n"}]}
        if "show" in self.orders[-1]:
            held = {"indexes": 2, "documents": 5, "bytes": 2**20, "newest": "2026-11-30T12:00:00.000Z"}
            told = {"health": "green", "classes": {"application": held}, "reasons": {"mapper_parsing_exception": 3}}
        return {"Payload": io.BytesIO(json.dumps(told).encode())}


class Estate:
    def __init__(self, folder: Path) -> None:
        self.s3 = boto3.client("s3", region_name=REGION)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("logs", "logs-dead-letters")}
        self.function, self.file = Function(), folder / "outputs.json"
        self.outputs: dict[str, Any] = {
            "stack": "prod",
            "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
            "queues": {"logs": {"url": self.urls["logs"], "deadLettersUrl": self.urls["logs-dead-letters"]}},
            "logs": {
                "bucket": BUCKET,
                "prefix": "logs/",
                "stream": "log-delivery-1",
                "function": "log-domain-configurer-1",
                "endpoint": ENDPOINT,
                "queue": "logs",
            },
        }

    def put(self, when: datetime, *numbers: int) -> str:
        key = f"logs/{when:%Y/%m/%d/%H}/{numbers[0]}.json.gz"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=part(*map(event, numbers)))
        return key

    def run(self, *words: str, code: int = 0) -> Any:
        self.file.write_text(json.dumps(self.outputs))
        aws = SimpleNamespace(s3=lambda _: self.s3, sqs=self.sqs, cloudwatch=None, awslambda=self.function)
        told = CliRunner().invoke(
            app, ["logs", *words, "--stack", "prod", "--outputs", str(self.file), "--json"], obj=lambda _: aws
        )
        assert told.exit_code == code, told.output
        return json.loads(told.stdout)

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while got := self.sqs.receive_message(QueueUrl=self.urls["logs"], MaxNumberOfMessages=10).get("Messages"):
            found += [{"messageId": each["MessageId"], "body": each["Body"]} for each in got]
        return found


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    with mock_aws():
        yield Estate(tmp_path)


AT = datetime(2026, 11, 30, 10, tzinfo=UTC)


def test_a_span_of_copies_is_shipped_again_and_nothing_is_there_twice(estate: Estate) -> None:
    keys = [estate.put(AT + timedelta(hours=hour), hour, hour + 50) for hour in range(-1, 25)]
    told = estate.run("replay", "--since", "2026-11-30T10:30", "--until", "2026-11-30T12:00Z")
    # What happened at noon may have come after it.
    assert (told["objects"], told["told"]) == (3, 3)
    domain = Domain()
    shipper = Shipper(s3=estate.s3, bulk=domain, left=lambda: 120.0)  # pyright: ignore[reportArgumentType]
    for _ in range(2):
        records = estate.messages()
        assert sorted(json.loads(each["body"])["Records"][0]["s3"]["object"]["key"] for each in records) == keys[1:4]
        assert shipper.answer({"Records": records}) == {"batchItemFailures": []}
        estate.run("replay", "--since", "2026-11-30T10:30", "--until", "2026-11-30T12:00Z")
    assert domain.ids() == dict.fromkeys((event(number)["id"] for hour in range(3) for number in (hour, hour + 50)), 1)


def test_more_copies_than_a_request_holds_are_all_told_of(estate: Estate) -> None:
    for number in range(23):
        estate.s3.put_object(Bucket=BUCKET, Key=f"logs/2026/11/30/10/{number:02}.json.gz", Body=b"")
    assert estate.run("replay", "--since", "2026-11-30T10:00", "--until", "2026-11-30T10:01")["told"] == 23
    assert len(estate.messages()) == 23


def test_what_sqs_does_not_take_is_sent_again_and_then_told(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        estate.s3.put_object(Bucket=BUCKET, Key=f"logs/2026/11/30/10/{number}.json.gz", Body=b"")
    asked: list[int] = []

    def refuse(*, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803, ARG001
        asked.append(len(Entries))
        return {"Failed": [{"Id": Entries[-1]["Id"]}]}

    monkeypatch.setattr(estate.sqs, "send_message_batch", refuse)
    told = estate.run("replay", "--since", "2026-11-30T10:00", "--until", "2026-11-30T10:01", code=1)
    assert asked == [2, 1, 1, 1, 1]
    assert told["error"].startswith("SQS did not take 1 messages; run the command again")


def test_a_dry_run_tells_how_much_it_is(estate: Estate) -> None:
    estate.put(AT, 1)
    told = estate.run("replay", "--since", "2026-11-30T10:00", "--until", "2026-11-30T10:01", "--dry-run")
    assert (told["objects"], told["told"], estate.messages()) == (1, 0, [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--since", "yesterday"), "--since is 'yesterday'; expected e.g. 30m, 2h or 3d before now, or 2026-11-30T10:00, UTC"),
        (("--since", "1h", "--until", "2h"), "expected a moment before"),
    ],
)
def test_a_moment_that_is_none_is_named(estate: Estate, words: tuple[str, ...], expected: str) -> None:
    assert expected in estate.run("replay", *words, code=2)["error"]


def test_how_far_logs_are_is_shown(estate: Estate) -> None:
    estate.put(datetime.now(UTC), 1)
    estate.sqs.send_message(QueueUrl=estate.urls["logs-dead-letters"], MessageBody="{}")
    told = estate.run("show")
    assert told["copies"]["objects"] == 1 and told["copies"]["bytes"] > 0
    assert told["queue"]["dead_letters"]["waiting"] == 1
    assert told["searched"]["reasons"] == {"mapper_parsing_exception": 3}
    assert estate.function.orders == [{"endpoint": ENDPOINT, "region": REGION, "show": True}]


def test_events_are_found_and_cannot_move_a_terminal(estate: Estate) -> None:
    told = estate.run("find", "level:ERROR", "--since", "2026-11-30T10:00", "--until", "2026-11-30T11:00", "--class", "audit")
    assert told["total"] == 7
    assert estate.function.orders[0]["find"] == {
        "query": "level:ERROR",
        "since": "2026-11-30T10:00:00+00:00",
        "until": "2026-11-30T11:00:00+00:00",
        "classes": ["audit"],
        "most": 50,
    }
    aws = SimpleNamespace(awslambda=estate.function)
    words = ["logs", "find", "x", "--stack", "prod", "--outputs", str(estate.file)]
    shown = CliRunner().invoke(app, words, obj=lambda _: aws).stdout
    assert shown == "T2 g b\\x1b[2J\n1 of 7 events\n"
    assert "--class is 'other'; expected one of" in estate.run("find", "x", "--class", "other", code=2)["error"]


def test_a_line_that_a_service_tells_is_shown_by_its_members() -> None:
    lines: list[str] = []
    told = Event(tier="pool", trace="m-1")
    told.tell(tenant="tacmeacmeacme222", at="keep, line 7")
    told.fail("PutItem: ThrottlingException", "0123456789ab")
    messages("newest", "take-in", told, [1.5, 70], write=lines.append, environment={"TELEMETRY_NAMESPACE": "DataConnect/prod"})
    sent = Sent(log_class="application", group="newest-1", stream="a", events=[])
    found = document(sent, {"id": "1", "timestamp": 0, "message": lines[0]})
    assert said({"id": "1", **found.fields}) == (
        "newest take-in failed PutItem: ThrottlingException 0123456789ab tier=pool tenant=tacmeacmeacme222 trace=m-1"
        " requests=2 failed=2 at=keep, line 7 longest_wait=70"
    )
    other = document(sent, {"id": "2", "timestamp": 0, "message": '{"error": "no route", "outcome": 1}\n'})
    assert said({"id": "2", **other.fields}) == '{"error": "no route", "outcome": 1}'


def test_where_nothing_is_searched_the_copies_are_told(estate: Estate) -> None:
    estate.outputs["logs"] = {name: estate.outputs["logs"][name] for name in ("bucket", "prefix", "stream")}
    assert estate.run("show")["searched"] is None
    for words in (("find", "x"), ("replay", "--since", "1h")):
        assert estate.run(*words, code=2)["error"].startswith("nothing is searched in prod; expected a stack with")


def test_a_stack_without_logs_says_so(estate: Estate) -> None:
    del estate.outputs["logs"]
    assert "prod has no logs; expected a stack with dataconnect:logs" in estate.run("show", code=2)["error"]
