"""Which messages are right, and what is said about those that are not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.aggregate.records import MAX_BYTES, SCHEMAS, Message, RefusedError, Schema, judge
from tests.jobs.aggregate.platform import ACME, ZENITH, message


def judged(body: bytes | dict[str, Any]) -> Message:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge(text, tenant=ACME, dataset="loans", message_id="m1")


def refusal(body: bytes | dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(RefusedError) as refused:
        judged(body)
    return refused.value.reason, refused.value.detail


def test_a_message_that_is_right_is_read() -> None:
    found = judged(message(1, product="größer: 30 years"))
    applied = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert found.values == ("loan-1", "größer: 30 years", 25_000_000, 612, "OH", "application", applied, applied)
    assert found.received_at == datetime(2026, 11, 28, 9, tzinfo=UTC)


def test_records_that_say_the_same_have_the_same_digest_and_no_others() -> None:
    first = judged(message(1, applied_at="2026-11-20T10:00:00-05:00"))
    again = judged(message(1) | {"received_at": "2026-11-29T00:00:00Z"})
    assert first.digest == again.digest
    assert first.digest != judged(message(1, rate_bp=613)).digest


def text(**record: Any) -> bytes:
    return json.dumps(message(1, **record)).encode()


BODIES = {
    "nothing": (b"", "json", "expected one JSON object"),
    "half a message": (text()[:-5], "json", "expected one JSON object"),
    "two messages": (text() + b"\n" + text(), "json", "expected one JSON object"),
    "no UTF-8": (text().replace(b"loan-1", b"loan-\xff"), "encoding", "expected UTF-8"),
    "NaN": (text(amount_cents=float("nan")), "json", "no NaN"),
    "infinity": (text(amount_cents=float("-inf")), "json", "no NaN"),
    "a number of 5,000 digits": (text(amount_cents=1).replace(b": 1,", b": " + b"1" * 5000 + b",", 1), "json", "expected one"),
    "a key twice": (text().replace(b'"tenant":', b'"tenant": "x", "tenant":'), "json", "no key twice"),
    "brackets without end": (b"[" * 500_000, "json", "expected one JSON object"),
    "more than 1 MB": (text(product="x" * MAX_BYTES), "size", "at most 1048576 bytes"),
    "a list": (b"[]", "envelope", "the message is no object"),
    "a text": (b'"x"', "envelope", "the message is no object"),
}


@pytest.mark.parametrize("what", BODIES)
def test_what_is_no_message_is_told(what: str) -> None:
    body, reason, detail = BODIES[what]
    found = refusal(body)
    assert found[0] == reason and detail in found[1]


ENVELOPES: dict[str, tuple[dict[str, Any], str, str]] = {
    "another tenant's": ({"tenant": ZENITH}, "tenant", "not the one in whose folder"),
    "no tenant": ({"tenant": None}, "tenant", "not the one in whose folder"),
    "another dataset": ({"dataset": "quotes"}, "dataset", "not the one in whose folder"),
    "another id": ({"id": "m2"}, "id", "not the name of the object"),
    "an id of another type": ({"id": 1}, "id", "not the name of the object"),
    "a field too many": ({"color": "red"}, "envelope", "with unknown fields 'color'"),
    "no time": ({"received_at": None}, "envelope", "received_at: expected a time"),
    "a time without offset": ({"received_at": "2026-11-28T09:00:00"}, "envelope", "received_at: expected a time"),
    "no record": ({"record": None}, "record", "record is no object"),
    "an empty record": ({"record": {}}, "record", "record without amount_cents, applied_at, loan_id"),
}


@pytest.mark.parametrize("what", ENVELOPES)
def test_an_envelope_that_is_wrong_is_told(what: str) -> None:
    changes, reason, detail = ENVELOPES[what]
    found = refusal(message(1) | changes)
    assert found[0] == reason and detail in found[1]


@pytest.mark.parametrize("name", ["id", "tenant", "dataset", "received_at", "record"])
def test_an_envelope_without_a_field_is_refused(name: str) -> None:
    envelope = message(1)
    del envelope[name]
    assert refusal(envelope)[0] == ("tenant" if name == "tenant" else "envelope")


@pytest.mark.parametrize("name", list(message()["record"]))
def test_a_record_without_a_field_is_refused(name: str) -> None:
    told = message(1)
    del told["record"][name]
    assert refusal(told) == ("record", f"record without {name}")


WRONG: dict[str, list[Any]] = {
    "loan_id": ["", 1, None, "x" * 201, "a\0b", "\ud800", "a\nb", ["x"]],
    "product": ["", 1, None, "\x1f", "x" * 201],
    "amount_cents": [-1, 10**12 + 1, 10**400, 1.0, 1e300, True, "1", None, [1]],
    "rate_bp": [-1, 10_001, 6.5, False, "612"],
    "state": ["", "O", "oh", "OHI", "ÖH", 7, None],
    "status": ["", "Funded", "paid", 0, None, {}],
    "applied_at": [
        *("", "yesterday", "2026-11-28", "2026-11-28T09:00:00", "2026-02-30T09:00:00Z", 1764000000, None),
        *(
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:00:00-14:00",
            "2026-11-28\x0009:00:00Z",
            "2026-11-28T09:00:00Z" + "0" * 40,
        ),
    ],
    "updated_at": ["2026-11-28", "2099-01-01T00:00:00Z", "2026-11-29T09:00:01Z", 0],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_field_that_is_wrong_is_named_without_its_value(name: str, value: Any) -> None:
    reason, detail = refusal(changed(name, value))
    assert reason == "record" and detail.startswith(f"record.{name}: expected ")
    assert not isinstance(value, str) or not value or len(value) < 8 or value not in detail


def changed(name: str, value: Any) -> dict[str, Any]:
    told = message(1)
    told["record"][name] = value
    return told


def test_names_that_nobody_knows_are_told_shortened_and_without_their_values() -> None:
    found = refusal({**message(1), "record": message(1)["record"] | {"ssn": "123-45-6789", "x" * 100: 1, "\ud800": 2}})
    assert found == ("record", f"record with unknown fields 'ssn', '{'x' * 40}', '\\ud800'")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5
    )
)
@settings(max_examples=60, derandomize=True)
def test_whatever_a_field_holds_the_message_is_read_or_refused(value: Any) -> None:
    for name in message()["record"]:
        try:
            judged(changed(name, value))
        except RefusedError as refused:
            assert refused.reason in ("record", "json")


@given(st.binary(max_size=200))
@settings(max_examples=200, derandomize=True)
def test_whatever_an_object_holds_it_is_refused(body: bytes) -> None:
    assert refusal(body)[0] in ("json", "encoding", "envelope", "tenant")


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_says_which_thing_a_record_tells_of_and_when(schema: Schema) -> None:
    assert {schema.key, "updated_at"} <= set(schema.names) and len(set(schema.names)) == len(schema.names)
