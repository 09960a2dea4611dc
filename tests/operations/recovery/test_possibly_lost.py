"""Whatever was delivered, in whichever requests, and whatever of it arrived: each object is counted once, as what it is."""

import os
from collections.abc import Iterator
from typing import Any, Final
from unittest.mock import patch

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from functions.shared.ledger import END, Entry
from operations.recovery.ledger import find
from operations.recovery.lost import possibly_lost

ACME, BUCKET, REGION = "tacmeacmeacme222", "raw-west", "us-west-2"
# Names of which some begin with others, and that sort otherwise with their ending than without.
NAMES: Final = st.sampled_from([END, *(f"{id}.json" for id in ("a", "a-b", "a_b", "aa", "ab", "b", "b1", "_SUCCESS"))])
ENTRIES = st.lists(
    st.builds(
        Entry,
        tenant=st.just(ACME),
        region=st.just("us-east-2"),
        received_at=st.integers(0, 59).map(lambda second: f"2026-11-28T09:00:{second:02}.000Z"),
        dataset=st.sampled_from(["loans", "appraisals"]),
        day=st.sampled_from(["2026-11-27", "2026-11-28"]),
        objects=st.frozensets(NAMES, min_size=1, max_size=4),
    ),
    max_size=6,
).map(lambda entries: sorted(entries, key=lambda entry: entry.received_at))


def key_of(dataset: str, day: str, id: str | None) -> str:
    return f"tenant={ACME}/dataset={dataset}/date={day}/{END if id is None else f'{id}.json'}"


@given(entries=ENTRIES, data=st.data())
@settings(deadline=None, derandomize=True)
def test_each_object_has_arrived_or_is_missing_once_with_the_time_it_was_sent_last(entries: list[Entry], data: Any) -> None:
    sent = {key: entry.received_at for entry in entries for key in entry.keys}
    here = data.draw(st.sets(st.sampled_from(sorted(sent)))) if sent else set[str]()
    lost = possibly_lost(entries, here.__contains__)
    missing = [key_of(each.dataset, each.day, each.id) for each in lost.missing]
    assert lost.arrived == len(here)
    assert sorted(missing) == sorted(sent.keys() - here)
    assert [each.received_at for each in lost.missing] == [sent[key] for key in missing]
    assert [each.received_at for each in lost.missing] == sorted(each.received_at for each in lost.missing)


@given(entry=ENTRIES.filter(bool).map(lambda entries: entries[0]))
@settings(deadline=None, derandomize=True)
def test_an_entry_is_what_it_was_once_it_has_been_an_item(entry: Entry) -> None:
    assert Entry.of(entry.item()) == entry


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with mock_aws(), patch.dict(os.environ, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x"):
        client: Any = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


# What nobody stores, but may lie between a key and the letters before its last: a listing that begins there must still go on.
IDS: Final = st.sampled_from(["", "a", "a-b", "aa", "b", ".jso/", "a.jso/", "a.jso/a", "a.jso/b", "a.json", "b.jso"])
KEYS = st.sets(st.builds(key_of, st.sampled_from(["loans", "appraisals"]), st.just("2026-11-28"), IDS))


@given(stored=KEYS, asked=KEYS, page=st.integers(1, 3))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_listing_finds_what_is_there_however_short_its_pages_are(
    s3: Any, stored: set[str], asked: set[str], page: int
) -> None:
    for each in s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1_000).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    for key in stored:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    with patch.dict(os.environ, MOTO_S3_DEFAULT_MAX_KEYS=str(page)):
        assert find(s3, BUCKET, asked) == asked & stored
