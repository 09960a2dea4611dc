"""The function that ships logs: what of a copy becomes which document, and what becomes of what a domain does not take."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.logs import archive, ship, shipping
from functions.logs.ship import Shipper
from functions.shared.bulk import Bulk, SearchError
from stacks.parts.functions import source_of

from .logs_world import BUCKET, NOON, S3, Domain, answers, down, event, notice, part, receiver, throttled

KEY = "logs/2026/11/30/12/logs-1-2026-11-30-12-00-00-a b"
DAY = "2026.11.30"


class World:
    def __init__(self, domain: Domain, bulk: Bulk) -> None:
        self.domain, self.s3, self.slept = domain, S3(), list[float]()
        self.time = 120.0
        self.shipper = Shipper(s3=self.s3, bulk=bulk, left=lambda: self.time, sleep=self.slept.append)

    def ship(self, *parts: bytes, body: dict[str, Any] | None = None) -> list[str]:
        """Ship an object of these parts; the ids of the records that come again."""
        self.s3.objects[KEY] = b"".join(parts)
        record = notice(KEY.replace(" ", "+")) if body is None else {"messageId": "m-1", "body": json.dumps(body)}
        return [each["itemIdentifier"] for each in self.shipper.answer({"Records": [record]})["batchItemFailures"]]


@pytest.fixture
def world() -> Iterator[World]:
    domain = Domain()
    with receiver(domain) as bulk:
        yield World(domain, bulk)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_each_event_is_in_the_index_of_its_class_and_day_under_its_own_id(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    late = NOON - 86_400_000
    assert world.ship(part(event(1), event(2, timestamp=late)), part(event(3), log_class="audit", group="dns")) == []
    assert {index: [*found] for index, found in world.domain.indexes.items()} == {
        f"logs-application-{DAY}": [event(1)["id"]],
        "logs-application-2026.11.29": [event(2)["id"]],
        f"logs-audit-{DAY}": [event(3)["id"]],
    }
    assert world.domain.indexes[f"logs-audit-{DAY}"][event(3)["id"]] == {
        "@timestamp": "2026-11-30T12:00:00.000+00:00",
        "class": "audit",
        "group": "dns",
        "stream": "a/b",
        "message": "a line",
    }
    assert world.domain.asked == [3]
    line = told(capsys)
    assert line.pop("duration") >= 0
    assert line == {
        "service": "logs",
        "operation": "ship",
        "outcome": "ok",
        "requests": 1,
        "failed": 0,
        "created": 3,
        "known": 0,
        "quarantined": 0,
        "gone": 0,
        "again": 0,
    }


@pytest.mark.parametrize(
    ("message", "members"),
    [
        (
            '{"level": "ERROR", "tenant": "t1", "loan": {"id": 7}}',
            {"level": "ERROR", "tenant": "t1", "fields": {"loan": {"id": 7}}},
        ),
        ('{"duration": 7.5}', {"duration": 7.5}),
        (
            json.dumps({"error": {"kind": "Timeout", "fingerprint": "0123456789ab"}, "waited": [1, 70.5], "_aws": {"a": 1}}),
            {"error": {"kind": "Timeout", "fingerprint": "0123456789ab"}, "waited": [1, 70.5]},
        ),
        # Of others' lines it may be anything.
        ('{"error": "no route"}', {"fields": {"error": "no route"}}),
        ('{"error": {"kind": "a", "code": 7}}', {"fields": {"error": {"kind": "a", "code": 7}}}),
        ('{"status": null, "a": 1}', {"fields": {"status": None, "a": 1}}),
        ("{}", {}),
        ("{ no JSON", {}),
        ("[1]", {}),
        ('{"a":' * 5_000, {}),
        *(('{"a":' * 50 + each + "}" * 50, {}) for each in ("[1]", "{}")),
        *(('{"a":' + "[" * depth + "]" * depth + "}", {}) for depth in (50, 300, 970, 990, 5_000)),
        ('{"a":' + "[" * 49 + "]" * 49 + "}", {"fields": json.loads('{"a":' + "[" * 49 + "]" * 49 + "}")}),
        (json.dumps({"a": "b" * 40_000}), {}),
    ],
)
def test_members_of_a_message_in_json_are_fields(world: World, message: str, members: dict[str, Any]) -> None:
    assert world.ship(part(event(1, message))) == []
    (found,) = world.domain.indexes[f"logs-application-{DAY}"].values()
    assert {name: found[name] for name in found if name not in ("@timestamp", "class", "group", "stream", "message")} == members
    assert found["message"] == message


def test_what_the_mapping_refuses_is_quarantined_as_text_and_the_others_are_kept(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.ship(part(event(1, '{"duration": "long"}'), event(2))) == []
    assert [*world.domain.indexes[f"logs-application-{DAY}"]] == [event(2)["id"]]
    assert world.domain.indexes[f"logs-quarantine-{DAY}"][event(1)["id"]] == {
        "@timestamp": "2026-11-30T12:00:00.000+00:00",
        "class": "application",
        "group": "ingest",
        "stream": "a/b",
        "message": '{"duration": "long"}',
        "reason": "mapper_parsing_exception",
    }
    assert told(capsys)["quarantined"] == 1


def test_only_what_is_throttled_is_tried_again_and_later_each_time(world: World) -> None:
    world.domain.faults = [throttled(world.domain, 2), throttled(world.domain, 2)]
    assert world.ship(part(*map(event, range(8)))) == []
    assert world.domain.asked == [8, 4, 2]
    assert len(world.domain.ids()) == 8
    first, second = world.slept
    assert 0.5 <= first <= 1 <= second <= 2


def test_what_comes_again_is_written_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert world.ship(part(event(1, '{"duration": "long"}'), event(2))) == []
    assert set(world.domain.ids().values()) == {1}
    assert (told(capsys)["known"], len(world.domain.ids())) == (2, 2)


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (down, "bulk: 503"),
        (answers((403, "security_exception")), "bulk: 1 of 1 documents"),
        (answers((400, "validation_exception")), "bulk: 1 of 1 documents"),
        (answers((201, ""), (201, "")), "bulk: expected an answer for each document"),
    ],
)
def test_a_domain_that_takes_nothing_has_the_object_come_again(
    world: World, capsys: pytest.CaptureFixture[str], fault: Any, trouble: str
) -> None:
    world.domain.faults = [fault] * shipping.TRIES
    assert world.ship(part(event(1))) == ["m-1"]
    assert (told(capsys)["troubles"], world.domain.indexes) == ([trouble], {})
    assert world.ship(part(event(1))) == []
    assert len(world.domain.ids()) == 1


def test_a_quarantine_that_refuses_has_it_come_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    refused = answers((400, "mapper_parsing_exception"))
    world.domain.faults = [refused, refused]
    assert world.ship(part(event(1))) == ["m-1"]
    assert told(capsys)["troubles"] == ["the quarantine refuses 1 documents"]


def test_nothing_is_begun_that_could_not_be_heard_of(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.time = 24.0
    assert world.ship(part(event(1))) == ["m-1"]
    assert (world.domain.asked, told(capsys)["troubles"]) == ([], ["there is no time left"])


@pytest.mark.parametrize(("documents", "size", "expected"), [(2, 10**6, [2, 2, 1]), (100, 700, [3, 2])])
def test_requests_hold_so_many_documents_or_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch, documents: int, size: int, expected: list[int]
) -> None:
    monkeypatch.setattr(shipping, "DOCUMENTS", documents)
    monkeypatch.setattr(shipping, "BYTES", size)
    assert world.ship(part(*map(event, range(5)))) == []
    assert world.domain.asked == expected


def test_a_message_that_tries_the_way_is_none(world: World) -> None:
    assert world.ship(part(event(1), kind="CONTROL_MESSAGE")) == []
    assert world.ship(body={"Service": "Amazon S3", "Event": "s3:TestEvent"}) == []
    assert world.domain.asked == []


def test_an_unknown_class_is_that_of_applications(world: World) -> None:
    assert world.ship(part(event(1), log_class="somebody's own")) == []
    assert [*world.domain.indexes] == [f"logs-application-{DAY}"]


NONE = "a part that is no message of a subscription"


@pytest.mark.parametrize(
    ("broken", "reason", "behind"),
    [
        (b"no gzip", "no gzip from byte ", False),
        (part(event(2))[:-9], "a part that does not end, or is too large, at byte ", False),
        (gzip.compress(b"no json", mtime=0), NONE, True),
        (gzip.compress(b"[]", mtime=0), NONE, True),
        (gzip.compress(b"[" * 100_000, mtime=0), NONE, True),
        (gzip.compress(b'{"messageType": "DATA_MESSAGE"}', mtime=0), NONE, True),
    ],
)
def test_what_cannot_be_read_is_told_once_and_keeps_nothing_back(
    world: World, broken: bytes, reason: str, behind: bool
) -> None:
    for _ in range(2):
        assert world.ship(part(event(1)), broken, part(event(3)) if behind else b"") == []
    expected = [event(1)["id"], *([event(3)["id"]] if behind else [])]
    assert [*world.domain.indexes[f"logs-application-{DAY}"]] == expected
    (found,) = world.domain.indexes[f"logs-quarantine-{DAY}"].values()
    assert found["reason"].startswith(reason) and found["message"] == KEY


@pytest.mark.parametrize(
    "wrong", [{"timestamp": NOON, "message": ""}, {"id": "1", "timestamp": 10**20, "message": ""}, {"id": "1", "timestamp": 1}]
)
def test_an_event_that_is_none_is_quarantined_and_the_others_are_kept(world: World, wrong: dict[str, Any]) -> None:
    assert world.ship(part(wrong, event(1))) == []
    assert [*world.domain.indexes[f"logs-application-{DAY}"]] == [event(1)["id"]]
    (found,) = world.domain.indexes[f"logs-quarantine-{DAY}"].values()
    assert found["reason"].startswith("an event ")


def test_a_part_that_would_fill_the_memory_is_left_in_s3(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBER_BYTES", 1_000)
    assert world.ship(part(event(1, "a" * 100_000))) == []
    (found,) = world.domain.indexes[f"logs-quarantine-{DAY}"].values()
    assert "too large" in found["reason"]


def test_an_object_that_is_gone_is_no_failure(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told_of = {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": "logs/expired"}}}]}
    assert world.ship(body=told_of) == []
    assert told(capsys)["gone"] == 1


def test_a_message_that_breaks_the_code_takes_no_other_with_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.s3.objects[KEY] = part(event(1))
    records = [{"messageId": "m-0", "body": '{"Records": [{}]}'}, notice(KEY)]
    assert world.shipper.answer({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert (len(world.domain.ids()), told(capsys)["troubles"]) == (1, ["KeyError in _objects"])


def test_the_role_signs_and_an_error_of_s3_comes_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 120_000

    asked: list[dict[str, str]] = []

    def post(self: Bulk, path: str, body: bytes, documents: int) -> Any:
        asked.append(dict(self.sign("POST", f"{self.endpoint}{path}", body, {"Content-Type": "application/x-ndjson"})))
        return [{"status": 201}] * documents

    for name, value in {
        "LOGS_ENDPOINT": "https://logs.example",
        "AWS_REGION": "us-east-2",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Bulk, "post", post)
    ship._clients.cache_clear()
    with mock_aws():
        assert len(ship.handle({"Records": [notice(KEY)]}, Context())["batchItemFailures"]) == 1
        assert told(capsys)["troubles"] == ["GetObject: NoSuchBucket"]
        s3 = boto3.client("s3", region_name="us-east-2")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=part(event(1)))
        assert ship.handle({"Records": [notice(KEY)]}, Context()) == {"batchItemFailures": []}
    ship._clients.cache_clear()
    assert "/us-east-2/es/aws4_request" in asked[0]["Authorization"]


def test_a_way_that_breaks_off_is_told_without_a_value() -> None:
    bulk = Bulk("http://127.0.0.1:9", lambda _method, _address, _body, headers: headers)
    with pytest.raises(SearchError, match=r"^bulk: \w+$"):
        bulk.post("/_bulk", b"", 0)


def test_it_starts_from_its_archive_alone(tmp_path: Path) -> None:
    for path, text in source_of("functions.logs.ship").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    code = "from functions.logs import ship; print(ship.handle.__name__, ship.__file__)"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["handle", str(tmp_path / "functions/logs/ship.py")]
