"""What `newest` keeps, what it sets aside, and what it lets come again."""

import hashlib
import json
import re
from typing import Any

import pytest

from functions.newest.state import Newest
from functions.shared.batch import Batch
from functions.shared.delivered import Delivered
from functions.shared.messages import WHOLE_BYTES
from jobs.aggregate.records import Message, judge
from tests.functions.deliveries import RECEIVED, delivered, put, stored, take
from tests.functions.requests import request, sent
from tests.functions.world import ACME, QUIET, ZENITH, World
from tests.loans import record

REJECTED = f"tenant={ACME}/rejected/dataset=loans/date=2026-11-28/m1.json"


def set_aside(lake: World) -> dict[str, Any]:
    return {key: told for key, told in lake.objects().items() if "/rejected/" in key}


def test_a_record_that_is_sent_ends_in_the_table(lake: World) -> None:
    lake.ingest().handle(request([sent(1), sent(2, updated_at="2026-11-21T01:00:00+01:00")], tenant=ZENITH))
    assert lake.pump() == 0 and not lake.received()
    assert lake.states().keys() == {(ZENITH, "loans#loan-1"), (ZENITH, "loans#loan-2")}
    item = lake.states()[ZENITH, "loans#loan-2"]
    assert json.loads(item["state"]) == record(
        2, updated_at="2026-11-21T00:00:00+00:00", applied_at="2026-11-20T15:00:00+00:00"
    )
    assert (item["message_id"], item["updated_at"]) == ("m2", "2026-11-21T00:00:00.000000+00:00")
    assert item["received_at"] == "2026-11-28T09:00:00+00:00"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"updated_at": "2026-11-20T15:00:00Z"}, {"updated_at": "2026-11-20T15:00:00.000001Z"}),
        ({"updated_at": "2026-11-20T23:00:00Z"}, {"updated_at": "2026-11-20T22:59:00-05:00"}),
        ({"id": "a"}, {"id": "b"}),
        ({"id": "a"}, {"id": "a-"}),
        ({"id": "a-z"}, {"id": "a0"}),
        ({"id": "B"}, {"id": "a"}),
    ],
)
def test_the_newest_state_stays_in_whatever_order_they_come(lake: World, older: dict[str, str], newer: dict[str, str]) -> None:
    first, second = (delivered(stored(1, status=status, **told)) for status, told in (("approved", older), ("funded", newer)))
    assert take(lake, first, second) == [True, True]
    expected = lake.states()
    assert json.loads(expected[ACME, "loans#loan-1"]["state"])["status"] == "funded"
    lake.empty()
    assert take(lake, second, first, second) == [True] * 3
    assert lake.states() == expected


@pytest.mark.usefixtures("appraisals")
def test_what_was_too_large_for_the_topic_is_read_where_it_lies_and_stays_there(lake: World) -> None:
    big = stored(1, dataset="appraisals", report="x" * (2**20 - 1000))
    assert len(big.envelope) > WHOLE_BYTES
    assert take(lake, delivered(big)) == [False]  # not there yet, or not any more
    put(lake, big)
    assert take(lake, delivered(big)) == [True]
    item = lake.states()[ACME, "appraisals#loan-1"]
    assert item["object"] == big.key and "state" not in item


WRONG: dict[str, tuple[str, str]] = {
    "{": ("json", "expected one JSON object, no key twice, no NaN"),
    "[]": ("envelope", "the message is no object"),
    '{"tenant": "tacmeacmeacme222", "tenant": "tzenithzenith333"}': ("json", "expected one JSON object, no key twice, no NaN"),
    "{}": ("tenant", "tenant is not the one in whose folder the message lies"),
    stored(1, id="m2").envelope.decode(): ("id", "id is not the name of the object"),
    stored(1, state="Ohio").envelope.decode(): ("record", "record.state: expected two capital letters"),
}


@pytest.mark.parametrize("body", WRONG)
def test_what_is_wrong_is_set_aside_where_and_as_the_aggregation_does(lake: World, body: str) -> None:
    reason, detail = WRONG[body]
    told = put(lake, stored(1)._replace(envelope=body.encode()))
    assert take(lake, delivered(told), delivered(stored(2))) == [True, True]
    assert set_aside(lake) == {REJECTED: {"reason": reason, "detail": detail, "object": told.key, "bytes": len(body)}}
    assert lake.states().keys() == {(ACME, "loans#loan-2")}


def test_what_has_no_schema_is_set_aside(lake: World) -> None:
    assert take(lake, delivered(put(lake, stored(1, dataset="quotes")))) == [True]
    ((key, told),) = set_aside(lake).items()
    assert (key, told["reason"]) == (REJECTED.replace("loans", "quotes"), "dataset")


@pytest.mark.usefixtures("appraisals")
def test_an_object_that_says_another_tenant_is_set_aside_for_the_one_in_whose_folder_it_lies(lake: World) -> None:
    big = stored(1, dataset="appraisals", report="x" * WHOLE_BYTES)
    put(lake, big._replace(envelope=big.envelope.replace(ACME.encode(), ZENITH.encode())))
    assert take(lake, delivered(big)) == [True]
    assert [(key[:23], told["reason"]) for key, told in set_aside(lake).items()] == [(f"tenant={ACME}", "tenant")]
    assert not lake.states()


def test_the_only_copy_of_what_is_wrong_is_not_given_up(lake: World) -> None:
    assert take(lake, delivered(stored(1), body="{")) == [False]
    assert not lake.objects()


UNCERTAIN = {
    "no tenant": delivered(stored(1), tenant=None),
    "no dataset": delivered(stored(1), dataset=None),
    "no key": delivered(stored(1), key=None),
    "another tenant": delivered(stored(1), tenant=ZENITH),
    "another dataset": delivered(stored(1), dataset="quotes"),
    "another tenant's key": delivered(stored(1), key=stored(1, tenant=ZENITH).key),
    "another tenant's body": delivered(stored(1), body=stored(1, tenant=ZENITH).envelope.decode()),
    "another group": delivered(stored(1), group=ZENITH),
    "a key outside": delivered(stored(1), key=f"tenant={ACME}/dataset=loans/date=2026-11-28/../{ZENITH}.json"),
    "a claim to another object": delivered(
        stored(1),
        body=json.dumps(
            {"id": "m1", "tenant": ACME, "dataset": "loans", "received_at": RECEIVED, "key": stored(1, tenant=ZENITH).key}
        ),
    ),
    "no attributes": delivered(stored(1)) | {"messageAttributes": {}},
}


@pytest.mark.parametrize("what", UNCERTAIN)
def test_what_is_not_certain_to_be_one_tenants_fails_and_touches_nothing(lake: World, what: str) -> None:
    put(lake, stored(1))
    put(lake, stored(1, tenant=ZENITH))
    before = lake.objects()
    assert take(lake, UNCERTAIN[what], delivered(stored(2))) == [False, True]
    assert lake.objects() == before and lake.states().keys() == {(ACME, "loans#loan-2")}


@pytest.mark.parametrize("what", ["another tenant's body", "a claim to another object"])
def test_a_body_that_is_not_compared_shows(lake: World, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.shared.delivered._agreeing", lambda *_: False)
    put(lake, stored(1))
    before = lake.objects()
    assert take(lake, UNCERTAIN[what]) == [True]
    assert lake.objects() != before


@pytest.mark.usefixtures("appraisals")
def test_an_object_that_is_believed_shows(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def believing(body: bytes, **told: Any) -> Message:
        return judge(body, **{**told, "tenant": json.loads(body)["tenant"]})

    monkeypatch.setattr("functions.shared.judged.judge", believing)
    big = stored(1, dataset="appraisals", report="x" * WHOLE_BYTES)
    put(lake, big._replace(envelope=big.envelope.replace(ACME.encode(), ZENITH.encode())))
    assert take(lake, delivered(big)) == [True]
    assert lake.states() and not set_aside(lake)


@pytest.mark.parametrize("state", ["suspended", "onboarding", ""])
def test_messages_of_a_tenant_that_is_not_active_wait(lake: World, state: str) -> None:
    lake.register(ACME, state)
    messages = delivered(stored(1)), delivered(stored(1, tenant=ZENITH))
    assert take(lake, *messages) == [False, True]
    lake.register(ACME)
    assert take(lake, messages[0]) == [True]
    assert len(lake.states()) == 2


@pytest.mark.parametrize("state", ["removing", "removed"])
def test_data_of_a_tenant_that_has_left_does_not_come_back_out_of_a_queue(lake: World, state: str) -> None:
    lake.register(ACME, state)
    assert take(lake, delivered(put(lake, stored(1))), delivered(put(lake, stored(2)), body="{")) == [True, True]
    assert not lake.states() and not set_aside(lake) and "AssumeRole" not in lake.guard.calls


def test_a_tenant_that_nobody_knows_fails(lake: World) -> None:
    assert take(lake, delivered(stored(1, tenant="tnobodynobody555"))) == [False]
    assert "AssumeRole" not in lake.guard.calls


@pytest.mark.parametrize("operation", ["GetItem", "AssumeRole", "PutItem"])
def test_what_aws_does_not_do_comes_again(lake: World, operation: str) -> None:
    lake.guard.failing[operation] = "ThrottlingException"
    messages = delivered(stored(1)), delivered(stored(2))
    assert take(lake, *messages) == [False, False]
    lake.guard.failing.clear()
    assert take(lake, *messages) == [True, True]


def test_a_message_that_breaks_the_code_takes_no_other_with_it(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Batch._row

    def broken(self: Batch, tenant: str) -> Any:
        if tenant == ACME:
            raise ZeroDivisionError
        return real(self, tenant)

    monkeypatch.setattr(Batch, "_row", broken)
    assert take(
        lake, delivered(stored(1)), delivered(stored(1, tenant=QUIET)), {"messageId": "x", "messageAttributes": None}
    ) == [False, True, False]


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def told(outcome: str, *waited: float, **said: Any) -> dict[str, Any]:
    """The line of messages of a tenant of the pool, without the trace."""
    counts = {"requests": len(waited), "failed": len(waited) * (outcome == "failed")}
    waits = {"waited": [*waited], "longest_wait": max(waited)}
    line = {"service": "newest", "tier": "pool", "operation": "take-in", "tenant": ACME, "outcome": outcome}
    return {name: value for name, value in {**line, **counts, **waits, **said}.items() if value is not None}


def test_the_log_tells_counts_and_reasons_and_no_value(lake: World, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "SSN-078-05-1120"
    put(lake, stored(3, state=secret))
    take(lake, delivered(stored(1, product=secret)), delivered(stored(3, state=secret)), delivered(stored(2), tenant=secret))
    said = capsys.readouterr().out
    assert secret not in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert all(line.pop("trace") for line in lines)
    kind = "attributes tenant and dataset: expected those of attribute key"
    error = {"kind": kind, "fingerprint": hashlib.sha256(kind.encode()).hexdigest()[:12]}
    assert lines == [
        told("ok", 0.0, result="kept"),
        told("refused", 0.0, result="set-aside"),
        # Whose it is nobody knows; it has failed all the same.
        told("failed", 0.0, error=error, tenant=None, tier=None),
    ]


def test_an_expired_session_is_forgotten(lake: World) -> None:
    service = lake.newest()
    event = {"Records": [delivered(stored(1))]}
    lake.guard.failing["PutItem"] = "ExpiredTokenException"
    assert service.handle(event)["batchItemFailures"]
    lake.guard.failing.clear()
    assert not service.handle(event)["batchItemFailures"]
    assert lake.guard.calls.count("AssumeRole") == 2


def test_the_log_counts_by_tenant_what_was_taken_what_comes_again_and_how_long_it_waited(
    lake: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`dataconnect tenant usage` adds these lines up, and `dataconnect slo failures` finds the third."""
    slow, slower = delivered(stored(1)), delivered(stored(5, tenant=ACME))
    slow["attributes"] |= {"SentTimestamp": "1000", "ApproximateFirstReceiveTimestamp": "8500"}
    slower["attributes"] |= {"SentTimestamp": "1000", "ApproximateFirstReceiveTimestamp": "9500"}
    real = Newest.keep

    def keep(self: Newest, told: Delivered, message: Any) -> Any:
        if told.id == "m2":
            raise ZeroDivisionError
        return real(self, told, message)

    monkeypatch.setattr(Newest, "keep", keep)
    broken = delivered(stored(2))
    take(lake, slow, broken, slower, delivered(stored(3, tenant=ZENITH)))
    ok, failed, other = lines_of(capsys)
    assert (ok.pop("trace"), failed.pop("trace")) == (slow["messageId"], broken["messageId"])
    assert ok == told("ok", 7.5, 8.5, result="kept")
    assert re.fullmatch(r"keep, line [0-9]+", failed.pop("at"))
    assert re.fullmatch(r"[0-9a-f]{12}", failed["error"].pop("fingerprint"))
    assert failed == told("failed", 0.0, error={"kind": "ZeroDivisionError"})
    assert (other["tenant"], other["waited"]) == (ZENITH, [0.0])


def test_what_aws_refuses_is_told_by_call_and_code(lake: World, capsys: pytest.CaptureFixture[str]) -> None:
    lake.guard.failing["PutItem"] = "ThrottlingException"
    take(lake, delivered(stored(1)), delivered(stored(2)))
    (line,) = lines_of(capsys)
    assert (line["outcome"], line["failed"], line["error"]["kind"]) == ("failed", 2, "PutItem: ThrottlingException")


def test_metrics_are_of_all_messages_and_of_their_tenants_tier(
    lake: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_NAMESPACE", "DataConnect/test")
    take(lake, *(delivered(stored(number)) for number in range(3)))
    (line,) = lines_of(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"], ["service", "tier"]]
    assert {each["Name"] for each in directive["Metrics"]} == {"requests", "failed", "waited"}
    assert len(line["waited"]) == line["requests"] == 3
