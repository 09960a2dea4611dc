"""`dataconnect stream` and `dataconnect queue`, against moto's S3, SQS and CloudWatch.

moto's Firehose takes everything and knows no limits, and its SQS moves no dead letters: for these two calls a stand-in keeps
what AWS's pages say of them.
"""

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner

from operations.aws import Aws
from operations.command import app
from operations.streams import queues, replay
from tests.operations.world import ACCOUNT, REGION, Killed

PREFIX = "errors/loans/"
BUCKET = "prod-stream"


@dataclass
class Firehose:
    """Takes records within AWS's limits, but for those that it is to refuse a number of times."""

    taken: list[bytes] = field(default_factory=list[bytes])
    refuses: Counter[bytes] = field(default_factory=Counter[bytes])
    calls: int = 0

    def put_record_batch(self, *, DeliveryStreamName: str, Records: Sequence[dict[str, bytes]]) -> Any:  # noqa: N803
        assert DeliveryStreamName == "prod-loans" and 0 < len(Records) <= 500
        assert sum(len(each["Data"]) for each in Records) <= 4 * 2**20
        self.calls += 1
        answers: list[dict[str, str]] = []
        for data in (each["Data"] for each in Records):
            if self.refuses[data] > 0:
                self.refuses[data] -= 1
                answers.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"})
            else:
                self.taken.append(data)
                answers.append({"RecordId": "1"})
        return {"FailedPutCount": sum("ErrorCode" in each for each in answers), "RequestResponses": answers}


@dataclass
class Sqs:
    """moto's SQS, and tasks that move dead letters in two steps."""

    real: Any
    tasks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    started: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ends_as: str = "COMPLETED"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def start_message_move_task(self, **asked: Any) -> Any:
        self.started.append(asked)
        self.tasks.insert(0, {"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 0})
        return {"TaskHandle": "handle"}

    def list_message_move_tasks(self, **_: Any) -> Any:
        if not self.tasks:
            return {"Results": []}
        told = dict(self.tasks[0])
        if told["Status"] == "RUNNING":
            urls = {name: self.real.get_queue_url(QueueName=name)["QueueUrl"] for name in ("newest", "newest-dead")}
            for each in self.real.receive_message(QueueUrl=urls["newest-dead"], MaxNumberOfMessages=2).get("Messages", ()):
                self.real.send_message(QueueUrl=urls["newest"], MessageBody=each["Body"])
                self.real.delete_message(QueueUrl=urls["newest-dead"], ReceiptHandle=each["ReceiptHandle"])
                self.tasks[0]["ApproximateNumberOfMessagesMoved"] += 1
            if told["ApproximateNumberOfMessagesMoved"] == self.tasks[0]["ApproximateNumberOfMessagesMoved"]:
                self.tasks[0] |= {"Status": self.ends_as, "FailureReason": "AccessDenied"}
        return {"Results": [told]}


class Estate:
    """A stack with a stream and a queue."""

    def __init__(self, folder: Path) -> None:
        clients: dict[str, Any] = {name: boto3.client(name, region_name=REGION) for name in ("s3", "sqs", "cloudwatch")}  # pyright: ignore[reportArgumentType]
        self.s3, self.cloudwatch = clients["s3"], clients["cloudwatch"]
        self.firehose, self.sqs = Firehose(), Sqs(clients["sqs"])
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("newest", "newest-dead")}
        self.outputs: dict[str, Any] = {
            "stack": "prod",
            "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
            "streams": {
                "loans": {"stream": "prod-loans", "bucket": BUCKET, "errorPrefix": f"{PREFIX}!{{firehose:error-output-type}}/"}
            },
            "queues": {"newest": {"url": self.urls["newest"], "deadLettersUrl": self.urls["newest-dead"]}},
        }
        self.file = folder / "outputs.json"
        self.left: int | None = None
        self.s3.meta.events.register("before-call", self.burn)
        self.s3.meta.events.register("after-call", self.burn)
        put = self.firehose.put_record_batch

        def burning(**asked: Any) -> Any:
            self.burn()
            told = put(**asked)
            self.burn()
            return told

        self.firehose.put_record_batch = burning

    def burn(self, **_: Any) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed

    def run(self, *arguments: str, code: int = 0) -> Any:
        self.file.write_text(json.dumps(self.outputs))
        told = [*arguments, "--stack", "prod", "--outputs", str(self.file)]
        nothing: Any = None
        own: dict[str, Any] = {"firehose": self.firehose, "sqs": self.sqs, "cloudwatch": self.cloudwatch}
        own["s3"] = lambda _: self.s3
        aws = Aws(**own, **{each.name: nothing for each in fields(Aws) if each.name not in own})
        done = CliRunner().invoke(app, told, obj=lambda _: aws, catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def fail(self, name: str, *records: bytes, compressed: bool = False, **more: Any) -> None:
        """Leave an error object, as Firehose does."""
        told = more or {"lastErrorCode": "DataFormatConversion.ParseError"}
        lines = [json.dumps({"attemptsMade": 1, "rawData": base64.b64encode(each).decode(), **told}) for each in records]
        body = "\n".join(lines).encode()
        self.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}{name}", Body=gzip.compress(body) if compressed else body)

    def objects(self) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def send(self, queue: str, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body)

    def grew(self, *values: int) -> None:
        """What CloudWatch knows of the dead letters, a minute each, the latest last."""
        now = datetime.now(UTC)
        for minutes, value in enumerate(reversed(values), 1):
            data = {
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": "newest-dead"}],
                "Timestamp": now - timedelta(minutes=minutes),
                "Value": value,
            }
            self.cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[data])


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    for module in (replay, queues):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _: None))
    with mock_aws():
        yield Estate(tmp_path)


# Streams

REPLAY = ("stream", "replay", "loans")


def test_records_are_put_back_and_their_objects_moved_aside(estate: Estate) -> None:
    estate.fail("format-conversion-failed/2026/11/28/a", b"one", b"two\xff")
    estate.fail("processing-failed/b", b"three", compressed=True, errorCode="DynamicPartitioning.MetadataExtractionFailed")
    estate.s3.put_object(Bucket=BUCKET, Key="dataset=loans/date=2026-11-28/pool=a/x.parquet", Body=b"x")
    told = estate.json(*REPLAY)
    assert sorted(estate.firehose.taken) == [b"one", b"three", b"two\xff"]
    assert told == {
        "stream": "loans",
        "objects": 2,
        "records": 3,
        "reasons": {"DataFormatConversion.ParseError": 2, "DynamicPartitioning.MetadataExtractionFailed": 1},
        "put_back": 3,
        "unreadable": [],
        "dry_run": False,
    }
    aside = {f"replayed/{PREFIX}format-conversion-failed/2026/11/28/a", f"replayed/{PREFIX}processing-failed/b"}
    assert {key for key in estate.objects() if "journal" not in key} == aside | {
        "dataset=loans/date=2026-11-28/pool=a/x.parquet"
    }
    assert estate.json(*REPLAY)["objects"] == 0 and len(estate.firehose.taken) == 3


def test_a_dry_run_counts_and_changes_nothing(estate: Estate) -> None:
    estate.fail("a", b"one", b"two")
    before = estate.objects()
    told = estate.run(*REPLAY, "--dry-run")
    assert "would do" in told.stderr and "0 of 2 records put back" in told.stdout
    assert "DataFormatConversion.ParseError  2" in told.stdout
    assert (estate.objects(), estate.firehose.calls) == (before, 0)


def test_as_many_go_at_once_as_firehose_takes(estate: Estate) -> None:
    many, large = [b"%d" % number for number in range(501)], [b"x" * 1_000_000] * 9
    estate.fail("a", *many)
    estate.fail("b", *large)
    estate.run(*REPLAY)
    assert estate.firehose.calls == 2 + 3 and len(estate.firehose.taken) == 510


def test_records_that_firehose_refuses_are_sent_again_alone(estate: Estate) -> None:
    estate.fail("a", b"one", b"two", b"three")
    estate.firehose.refuses[b"two"] = 3
    estate.run(*REPLAY)
    assert estate.firehose.taken == [b"one", b"three", b"two"] and estate.firehose.calls == 4


def test_a_stream_that_takes_no_more_ends_the_command_and_the_next_goes_on_there(estate: Estate) -> None:
    estate.fail("a", *(b"%d" % number for number in range(600)))
    estate.firehose.refuses[b"599"] = 8
    told = estate.run(*REPLAY, code=1).stderr
    assert "does not take 1 records: ServiceUnavailableException" in told
    assert len(estate.firehose.taken) == 599 and f"{PREFIX}a" in estate.objects()
    estate.run(*REPLAY)
    assert len(estate.firehose.taken) == 599 + 100 and f"{PREFIX}a" not in estate.objects()


@pytest.mark.parametrize("line", ["{", "[]", '{"rawData": "!"}', '{"lastErrorCode": "x"}', '{"rawData": 7}'])
def test_an_object_with_a_line_that_is_no_record_stays_and_the_others_go(estate: Estate, line: str) -> None:
    estate.fail("good", b"one")
    estate.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}bad", Body=line.encode())
    told = estate.run(*REPLAY, code=6)
    assert f"the first is s3://{BUCKET}/{PREFIX}bad" in told.stderr and "unreadable" in told.stdout
    assert estate.firehose.taken == [b"one"] and f"{PREFIX}bad" in estate.objects()


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=st.lists(st.integers(0, 30), max_size=5), sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_wherever_it_is_killed_the_next_ones_put_all_back_and_at_most_a_batch_twice(
    estate: Estate, lives: list[int], sizes: list[int]
) -> None:
    for key in estate.objects():
        estate.s3.delete_object(Bucket=BUCKET, Key=key)
    estate.firehose.taken.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "BATCH_RECORDS", 2)
        records = [[b"%d-%d" % (number, at) for at in range(size)] for number, size in enumerate(sizes)]
        for number, each in enumerate(records):
            estate.fail(f"{number}", *each)
        killed = 0
        for exchanges in lives:
            estate.left = exchanges
            try:
                estate.run(*REPLAY)
            except Killed:
                killed += 1
            estate.left = None
        estate.run(*REPLAY)
    assert set(estate.firehose.taken) == {each for some in records for each in some}
    assert len(estate.firehose.taken) <= sum(sizes) + 2 * killed
    assert sorted(key for key in estate.objects() if "journal" not in key) == [
        f"replayed/{PREFIX}{at}" for at in range(len(sizes))
    ]


@pytest.mark.parametrize("prefix", ["!{firehose:error-output-type}/", "r", "replayed/errors/"])
def test_a_prefix_that_is_no_folder_of_errors_is_refused(estate: Estate, prefix: str) -> None:
    estate.outputs["streams"]["loans"]["errorPrefix"] = prefix
    told = estate.run(*REPLAY, code=2).stderr
    assert f"errorPrefix of stream prod-loans is {prefix!r}; expected one that begins with a folder of its own" in told


def test_what_the_stack_does_not_have_is_named(estate: Estate) -> None:
    assert (
        "no 'quotes' among the stack's streams; expected one of loans"
        in estate.run("stream", "replay", "quotes", code=3).stderr
    )
    del estate.outputs["streams"], estate.outputs["queues"]
    assert "expected one of none: its outputs tell none" in estate.run(*REPLAY, code=3).stderr
    assert "among the stack's queues" in estate.run("queue", "show", "newest", code=3).stderr
    estate.outputs["alertTopicArn"] = "alerts"
    assert "output alertTopicArn is 'alerts'; expected the ARN of an SNS topic" in estate.run(*REPLAY, code=2).stderr
    estate.outputs["alertTopicArn"] = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    estate.outputs["queues"] = {"newest": {"url": "x"}}
    assert "output queues.newest.deadLettersUrl is missing" in estate.run("queue", "show", "newest", code=2).stderr


# Queues

REDRIVE = ("queue", "redrive", "newest")


def test_a_queue_and_its_dead_letters_are_counted(estate: Estate) -> None:
    estate.send("newest", "a", "b")
    estate.send("newest-dead", "c")
    estate.sqs.receive_message(QueueUrl=estate.urls["newest"])
    told = estate.json("queue", "show", "newest")
    assert told == {
        "name": "newest",
        "queue": {"waiting": 1, "in_flight": 1, "delayed": 0},
        "dead_letters": {"waiting": 1, "in_flight": 0, "delayed": 0},
        "urls": {"queue": estate.urls["newest"], "dead_letters": estate.urls["newest-dead"]},
        "latest_move": {},
    }
    shown = estate.run("queue", "show", "newest").stdout
    assert "dead letters  1" in shown and estate.urls["newest-dead"] in shown


def test_dead_letters_of_services_are_counted_and_have_no_queue_to_go_back_to(estate: Estate) -> None:
    estate.outputs["deadLetters"] = {"batch-dead-letters": estate.urls["newest-dead"]}
    estate.send("newest-dead", "a", "b")
    told = estate.json("queue", "show", "batch-dead-letters")
    assert told == {
        "name": "batch-dead-letters",
        "dead_letters": {"waiting": 2, "in_flight": 0, "delayed": 0},
        "urls": {"dead_letters": estate.urls["newest-dead"]},
        "latest_move": {},
    }
    refused = estate.run("queue", "redrive", "batch-dead-letters", code=2).stderr
    assert "batch-dead-letters came from no queue" in refused and not estate.sqs.started


def test_an_address_of_dead_letters_that_is_none_is_told(estate: Estate) -> None:
    estate.outputs["deadLetters"] = {"batch-dead-letters": 7}
    told = estate.run("queue", "show", "newest", code=2).stderr
    assert "output deadLetters.batch-dead-letters is 7; expected a text of printable characters" in told


def test_dead_letters_are_moved_back(estate: Estate) -> None:
    estate.send("newest-dead", *"abcde")
    told = estate.run(*REDRIVE, "--per-second", "7")
    assert "5 of 5 dead letters moved back into newest" in told.stdout and "2 of 2 moved" in told.stderr
    assert estate.json("queue", "show", "newest")["latest_move"]["moved"] == 5
    (started,) = estate.sqs.started
    assert started["MaxNumberOfMessagesPerSecond"] == 7 and started["SourceArn"].endswith(":newest-dead")
    assert estate.json(*REDRIVE)["moved"] == 0 and len(estate.sqs.started) == 1


def test_a_move_that_is_under_way_is_followed_and_not_started_again(estate: Estate) -> None:
    estate.send("newest-dead", "a", "b", "c")
    estate.grew(0, 3)
    estate.sqs.tasks.append({"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 0})
    assert estate.json(*REDRIVE)["moved"] == 3
    assert not estate.sqs.started


def test_nothing_is_moved_while_consumers_still_fail(estate: Estate) -> None:
    estate.send("newest-dead", "a")
    estate.grew(4, 4, 9)
    told = estate.run(*REDRIVE, code=4).stderr
    assert "dead letters grew from 4 to 9 within 30 minutes: consumers still fail" in told
    assert "grew" in estate.run(*REDRIVE, "--dry-run", code=4).stderr and not estate.sqs.started
    assert estate.json(*REDRIVE, "--although-they-fail")["moved"] == 1


@pytest.mark.parametrize("values", [(), (9, 9, 9), (9, 4)])
def test_dead_letters_that_do_not_grow_are_moved(estate: Estate, values: tuple[int, ...]) -> None:
    estate.send("newest-dead", "a")
    estate.grew(*values)
    assert estate.json(*REDRIVE)["moved"] == 1


def test_a_dry_run_moves_nothing(estate: Estate) -> None:
    estate.send("newest-dead", "a")
    assert "would do" in estate.run(*REDRIVE, "--dry-run").stderr and not estate.sqs.started


def test_a_move_that_fails_tells_why(estate: Estate) -> None:
    estate.send("newest-dead", "a")
    estate.sqs.ends_as = "FAILED"
    assert "ended as FAILED after 1: AccessDenied" in estate.run(*REDRIVE, code=1).stderr


@pytest.mark.parametrize("rate", ["0", "501", "-1"])
def test_a_rate_that_sqs_does_not_take_is_refused(estate: Estate, rate: str) -> None:
    assert f"--per-second is {rate}; expected 1 to 500" in estate.run(*REDRIVE, "--per-second", rate, code=2).stderr
