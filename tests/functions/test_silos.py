"""A silo's records go to the silo's bucket, or nowhere, whatever the registry says in between."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared.messages import WHOLE_BYTES
from jobs.aggregate.place import POOL, SILO
from tests.functions.deliveries import delivered, put, stored, take
from tests.functions.requests import request, sent, told
from tests.functions.world import ACME, BUCKETS, RAW, SILO_TENANTS, ZENITH, World, silo_of

OWN: Any = silo_of(ACME)
END = request(path="/ingest/loans/2026-11-28/complete")
MALFORMED: dict[str, dict[str, Any]] = {
    "no buckets": {"buckets": {"M": {}}},
    "no map": {"buckets": {"S": OWN}},
    "one bucket too few": {"buckets": {"M": {"raw": {"S": OWN}, "curated": {"S": "curated-acme"}}}},
    "no bucket's name": {
        "buckets": {"M": {"raw": {"S": "Raw"}, "curated": {"S": "curated-acme"}, "dumps": {"S": "dumps-acme"}}}
    },
    "no host": {"database_host": {"S": ""}},
    "the pool's bucket": {
        "buckets": {"M": {"raw": {"S": RAW}, "curated": {"S": "curated-acme"}, "dumps": {"S": "dumps-acme"}}}
    },
}


def as_silo(lake: World, tenant: str = ACME) -> None:
    lake.register(tenant, tier=SILO)
    lake.settle(tenant)


def nowhere(lake: World) -> bool:
    return not any(map(lake.objects, BUCKETS)) and not lake.states() and not lake.received()


# What a silo's records do


def test_a_silos_record_lies_in_its_bucket_under_the_key_that_it_would_have_in_the_pool(lake: World) -> None:
    service = lake.ingest()
    service.handle(request(sent(1)))
    in_the_pool = lake.objects()
    as_silo(lake)
    assert told(service.handle(request(sent(1))))[0] == 202
    assert lake.objects(OWN) == lake.objects() == in_the_pool


def test_its_delivery_is_ended_in_its_bucket(lake: World) -> None:
    as_silo(lake)
    assert told(lake.ingest().handle(END))[0] == 202
    assert list(lake.objects(OWN)) == [f"tenant={ACME}/dataset=loans/date=2026-11-28/_SUCCESS"] and not lake.objects()


def test_an_id_that_is_used_again_is_found_where_the_first_record_lies(lake: World) -> None:
    as_silo(lake)
    service = lake.ingest()
    service.handle(request(sent(1)))
    assert told(service.handle(request(sent(1, status="funded"))))[0] == 409


def test_its_messages_say_the_tier_and_their_newest_state_is_kept_as_everybodys(lake: World) -> None:
    as_silo(lake)
    lake.ingest().handle(request(sent(1)))
    lake.ingest().handle(request(sent(1), tenant=ZENITH))
    messages = lake.received()
    tiers = {each["attributes"]["MessageGroupId"]: each["messageAttributes"]["tier"]["stringValue"] for each in messages}
    assert tiers == {ACME: "silo", ZENITH: "pool"}
    assert take(lake, *messages) == [True, True]
    assert lake.states().keys() == {(ACME, "loans#loan-1"), (ZENITH, "loans#loan-1")}


@pytest.mark.usefixtures("appraisals")
def test_a_claim_check_is_redeemed_in_its_own_bucket_and_nowhere_else(lake: World) -> None:
    as_silo(lake)
    big = stored(1, dataset="appraisals", report="x" * WHOLE_BYTES)
    put(lake, big)  # in the pool, under the same key
    assert take(lake, delivered(big)) == [False]
    put(lake, big._replace(tier=SILO))
    assert take(lake, delivered(big)) == [True]


def test_what_is_wrong_is_set_aside_in_its_own_bucket(lake: World) -> None:
    as_silo(lake)
    wrong = put(lake, stored(1, tier=SILO, state="Ohio"))
    assert take(lake, delivered(wrong)) == [True]
    assert sorted(lake.objects(OWN)) == sorted([f"tenant={ACME}/rejected/dataset=loans/date=2026-11-28/m1.json", wrong.key])
    assert not lake.objects()


# Where nobody knows where it is


@pytest.mark.parametrize("tier", [None, "", "Pool", "cell"])
def test_a_tier_that_nobody_knows_is_not_the_pool(lake: World, tier: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    lake.register(ACME, tier=tier)
    lake.settle(ACME)
    for event in (request(sent(1)), END):
        answer = lake.ingest().handle(event)
        assert (answer["statusCode"], answer["multiValueHeaders"]["retry-after"]) == (503, ["5"])
        assert json.loads(capsys.readouterr().out)["error"]["kind"] == "registry: expected the tier pool or silo"
    assert take(lake, delivered(stored(1)), delivered(stored(1, tenant=ZENITH))) == [False, True]
    assert not any(map(lake.objects, BUCKETS)) and (ACME, "loans#loan-1") not in lake.states()


def test_a_silo_without_a_place_in_this_region_is_unavailable_until_it_has_one(
    lake: World, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.register(ACME, tier=SILO)
    lake.settle(ACME, region="us-west-2")
    ingest, newest = lake.ingest(), lake.newest()
    batch = {"Records": [delivered(stored(1))]}
    assert told(ingest.handle(request(sent(1))))[0] == 503
    assert newest.handle(batch)["batchItemFailures"]
    trouble = "registry: expected the place of the silo in us-east-2"
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["error"]["kind"] for line in lines] == [trouble] * 2
    assert nowhere(lake)
    lake.settle(ACME)
    assert told(ingest.handle(request(sent(1))))[0] == 202
    assert not newest.handle(batch)["batchItemFailures"]
    lake.unsettle(ACME, region="us-west-2")


@pytest.mark.parametrize("what", MALFORMED)
def test_a_place_that_is_none_is_not_used_and_neither_is_the_pool(lake: World, what: str) -> None:
    lake.register(ACME, tier=SILO)
    lake.settle(ACME, **MALFORMED[what])
    assert told(lake.ingest().handle(request(sent(1))))[0] == 503
    assert take(lake, delivered(stored(1))) == [False]
    assert nowhere(lake)


# How often it is asked


def test_the_row_is_read_each_time_and_the_place_once_for_a_session(lake: World) -> None:
    as_silo(lake)
    service = lake.ingest()
    for number in range(3):
        assert told(service.handle(request(sent(number))))[0] == 202
    assert lake.guard.calls.count("GetItem") == 3 + 1
    lake.guard.calls.clear()
    service.handle(request(sent(1), tenant=ZENITH))
    assert lake.guard.calls.count("GetItem") == 1


@pytest.mark.parametrize("event", [request(sent(1)), END])
def test_a_place_that_is_not_there_any_more_is_read_anew(lake: World, event: dict[str, Any]) -> None:
    elsewhere = {"raw": {"S": "raw-elsewhere"}, "curated": {"S": "curated-acme"}, "dumps": {"S": "dumps-acme"}}
    lake.register(ACME, tier=SILO)
    lake.settle(ACME, buckets={"M": elsewhere})
    service = lake.ingest()
    assert told(service.handle(event))[0] == 503
    lake.settle(ACME)
    assert told(service.handle(event))[0] == 202
    assert lake.guard.calls.count("AssumeRole") == 1


def test_newest_reads_a_place_anew_that_is_not_there_any_more(lake: World) -> None:
    elsewhere = {"raw": {"S": "raw-elsewhere"}, "curated": {"S": "curated-acme"}, "dumps": {"S": "dumps-acme"}}
    lake.register(ACME, tier=SILO)
    lake.settle(ACME, buckets={"M": elsewhere})
    service, wrong = lake.newest(), put(lake, stored(1, tier=SILO, state="Ohio"))
    batch = {"Records": [delivered(wrong)]}
    assert service.handle(batch)["batchItemFailures"]
    lake.settle(ACME)
    assert not service.handle(batch)["batchItemFailures"]


def test_a_session_that_is_expired_when_the_place_is_asked_for_is_forgotten(
    lake: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_silo(lake)
    services = lake.ingest(), lake.newest()

    def handle() -> list[bool]:
        batch = {"Records": [delivered(stored(1))]}
        return [told(services[0].handle(request(sent(1))))[0] == 202, not services[1].handle(batch)["batchItemFailures"]]

    def expired(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "no"}}, "GetItem")

    with monkeypatch.context() as patch:
        patch.setattr("functions.shared.tenants.read_place", expired)
        assert handle() == [False, False]
    assert handle() == [True, True]
    assert lake.guard.calls.count("AssumeRole") == 4


# Whatever happens

TENANTS = st.sampled_from(SILO_TENANTS)
ROWS = st.tuples(
    st.just("row"),
    TENANTS,
    st.sampled_from(["active", "active", "active", "suspended", "removing", "onboarding"]),
    st.sampled_from([POOL, SILO, SILO, None, "cell"]),
)
PLACES = st.tuples(st.just("place"), TENANTS, st.sampled_from(["right", "right", "none", *MALFORMED]))
ENDS = st.none() | st.none() | st.integers(0, 14)
WORK = st.tuples(st.sampled_from(["send", "wrong", "claim", "complete"]), TENANTS, st.integers(1, 3), ENDS)
PUMP = st.tuples(st.just("pump"), ENDS)
STEPS = st.lists(ROWS | PLACES | WORK | WORK | PUMP, min_size=3, max_size=14)


def lies(lake: World) -> dict[tuple[str, str], set[str]]:
    """What lies in the pool and in the silos, by bucket and tenant."""
    found = {bucket: lake.objects(bucket) for bucket in BUCKETS}
    for bucket, objects in found.items():
        assert {key[7:23] for key in objects} <= ({bucket.removeprefix("raw-")} if bucket != RAW else {*SILO_TENANTS})
    return {
        (bucket, tenant): {json.dumps([key, said], sort_keys=True) for key, said in objects.items() if key[7:23] == tenant}
        for bucket, objects in found.items()
        for tenant in SILO_TENANTS
    }


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("appraisals")
def test_nothing_of_a_silo_ever_lies_in_the_pool_and_nothing_of_the_pool_in_a_silo(lake: World, steps: Any) -> None:
    lake.empty()
    rows: dict[str, tuple[str, str | None]] = dict.fromkeys(SILO_TENANTS, ("active", POOL))
    places = dict.fromkeys(SILO_TENANTS, "none")
    ingest, newest, waiting = lake.ingest(), lake.newest(), list[dict[str, Any]]()
    for what, *told_of in steps:
        before, answers = lies(lake), list[Any]()
        if what == "row":
            tenant, status, wanted = told_of
            rows[tenant] = (status, wanted)
            lake.register(tenant, status, wanted)
        elif what == "place":
            tenant, kind = told_of
            places[tenant] = kind
            lake.unsettle(tenant) if kind == "none" else lake.settle(tenant, **MALFORMED.get(kind, {}))
        elif what in ("send", "complete"):
            tenant, number, end = told_of
            path = END["path"] if what == "complete" else "/ingest/loans"
            event = request("" if what == "complete" else sent(number), tenant=tenant, path=path)
            with lake.guard.lit(end):
                answers.append(told(ingest.handle(event))[0])
            status, tier = rows[tenant]
            if answers and status != "active":
                assert answers == [403]
            elif answers and (tier == POOL or (tier == SILO and places[tenant] == "right")):
                assert answers == [202]
            elif answers and tier != SILO:  # of a silo, the place may be known from before
                assert answers == [503]
            published = lake.received()
            assert all(each["messageAttributes"]["tier"]["stringValue"] == tier for each in published)
            waiting += published
        else:
            records, end = waiting, told_of[-1]
            if what != "pump":
                records = [poison(lake, what, *told_of[:2])]
                before = lies(lake)
            with lake.guard.lit(end):
                answers.append(newest.handle({"Records": records}))
        if not answers and what not in ("row", "place"):
            ingest, newest = lake.ingest(), lake.newest()
        after = lies(lake)
        for tenant in SILO_TENANTS:
            status, at = rows[tenant]
            if (status, at) != ("active", POOL):
                assert after[RAW, tenant] == before[RAW, tenant], f"{what} of {tenant}, {status} and {at}"
            if (status, at) != ("active", SILO):
                assert after[silo_of(tenant), tenant] == before[silo_of(tenant), tenant]


def poison(lake: World, kind: str, tenant: str, number: int) -> dict[str, Any]:
    """A message that makes `newest` read or write the raw bucket; its object lies in both."""
    dataset, changes = ("appraisals", {"report": "x" * WHOLE_BYTES}) if kind == "claim" else ("loans", {"state": "Ohio"})
    made = stored(number, id=f"{kind}-{number}", tenant=tenant, dataset=dataset, **changes)
    put(lake, made)
    return delivered(put(lake, made._replace(tier=SILO)))
