"""What `live` counts, what it leaves out, and what it lets come again."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.live import window
from functions.live.handler import credentials_in
from functions.live.window import Keys, ends_at
from functions.shared.messages import WHOLE_BYTES
from functions.shared.valkey import ValkeyError
from jobs.aggregate.datasets import DATASETS
from tests.functions.deliveries import delivered, put, stored
from tests.functions.live_reader import CHECK_SECONDS, Browser, EndedError, Event
from tests.functions.live_world import DAY, Live, far_end, live_world
from tests.functions.world import ACME, QUIET, ZENITH, World


@pytest.fixture(scope="module")
def whole_live(whole: World) -> Iterator[Live]:
    with live_world(whole) as made:
        yield made


@pytest.fixture
def live(whole_live: Live) -> Live:
    whole_live.empty()
    return whole_live


def results(told: str) -> dict[str, int]:
    """How many messages became what, by the lines of a batch."""
    lines = [json.loads(line) for line in told.splitlines()]
    return {each.get("result", each["outcome"]): each["requests"] for each in lines}


ONE = {
    f"{name}:{what}": value
    for name in ("all", "status:application", "product:30-year fixed", "state:OH")
    for what, value in (("count", 1), ("cents", 25_000_000))
}


def test_a_record_counts_by_status_product_and_state(live: Live) -> None:
    assert live.take(delivered(stored(1))) == [True]
    assert live.counts() == ONE
    assert live.counts(ZENITH) == {}


def test_one_that_changes_counts_where_it_is_now(live: Live) -> None:
    live.take(delivered(stored(1)), delivered(stored(2)))
    live.take(delivered(stored(1, id="m3", updated_at="2026-11-21T00:00:00Z", status="funded", amount_cents=1)))
    counts = live.counts()
    assert (counts["all:count"], counts["all:cents"]) == (2, 25_000_001)
    assert (counts["status:application:count"], counts["status:funded:count"], counts["status:funded:cents"]) == (1, 1, 1)


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
def test_the_newest_state_counts_in_whatever_order_they_come(live: Live, older: dict[str, str], newer: dict[str, str]) -> None:
    first, second = (delivered(stored(1, status=status, **told)) for status, told in (("approved", older), ("funded", newer)))
    live.take(first, second)
    expected = live.counts()
    assert expected["status:funded:count"] == 1 and "status:approved:count" not in expected
    live.empty()
    assert live.take(second, first, second) == [True] * 3
    assert live.counts() == expected


def test_nothing_that_comes_again_is_told_again(live: Live) -> None:
    live.take(delivered(stored(1)))
    reader = live.reader()
    reader.begin()
    live.take(delivered(stored(1)), delivered(stored(1)))
    assert list(reader.follow()) == []


def test_the_days_are_apart_and_an_old_one_counts_nowhere(live: Live) -> None:
    yesterday, ended = (
        stored(number)._replace(key=f"tenant={ACME}/dataset=loans/date={day}/m{number}.json")
        for number, day in ((2, "2026-11-27"), (3, "2026-11-26"))
    )
    assert live.take(delivered(stored(1)), delivered(yesterday), delivered(ended)) == [True] * 3
    assert live.counts()["all:count"] == live.counts(day="2026-11-27")["all:count"] == 1
    assert live.counts(day="2026-11-26") == {}


def test_every_key_ends_a_day_after_its_window(live: Live) -> None:
    live.take(delivered(stored(1)))
    administrator = live.server.administrator()
    assert datetime.fromtimestamp(ends_at(DAY), UTC).isoformat() == "2026-11-30T00:00:00+00:00"
    assert {administrator.call("EXPIRETIME", key) for key in live.all_keys()} == {far_end(DAY)}
    administrator.close()
    assert live.all_keys() == set(vars(Keys.of(ACME, "loans", DAY)).values())


def test_what_is_wrong_or_not_counted_is_left_to_the_others(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = (delivered(stored(1), body="{"), delivered(stored(1, state="Ohio")), delivered(stored(1, dataset="quotes")))
    assert live.take(*wrong, delivered(stored(2))) == [True] * 4
    assert results(capsys.readouterr().out) == {"wrong": 3, "counted": 1}
    assert live.counts() == ONE


@pytest.mark.usefixtures("appraisals")
def test_what_was_too_large_for_the_topic_is_read_where_it_lies(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    for table, told in ((window.GROUPS, ("status",)), (window.AMOUNTS, "amount_cents")):
        monkeypatch.setitem(table, "appraisals", told)  # pyright: ignore[reportArgumentType]
    big = stored(1, dataset="appraisals", report="x" * (2**20 - 1000))
    assert len(big.envelope) > WHOLE_BYTES
    assert live.take(delivered(big)) == [False]  # not there yet
    put(live.lake, big)
    assert live.take(delivered(big)) == [True]
    assert Keys.of(ACME, "appraisals", DAY).counts in live.all_keys()


def test_no_session_of_a_tenant_is_taken_for_what_the_message_says_itself(live: Live) -> None:
    live.take(delivered(stored(1)))
    assert "AssumeRole" not in live.lake.guard.calls


@pytest.mark.parametrize("state", ["suspended", "onboarding", ""])
def test_messages_of_a_tenant_that_is_not_active_wait(live: Live, state: str) -> None:
    live.lake.register(ACME, state)
    messages = delivered(stored(1)), delivered(stored(1, tenant=ZENITH))
    assert live.take(*messages) == [False, True]
    assert live.counts() == {}
    live.lake.register(ACME)
    assert live.take(messages[0]) == [True]


@pytest.mark.parametrize("state", ["removing", "removed"])
def test_data_of_a_tenant_that_has_left_does_not_come_back_out_of_a_queue(live: Live, state: str) -> None:
    live.lake.register(ACME, state)
    assert live.take(delivered(stored(1))) == [True]
    assert not live.all_keys()


def test_a_removed_tenant_leaves_no_key_and_the_others_keep_theirs(live: Live) -> None:
    live.take(*(delivered(stored(1, tenant=tenant)) for tenant in (ACME, ZENITH)))
    live.lake.now += timedelta(days=1)
    service = live.service()
    assert service.obey("left", ACME) == {"left": 3}
    with pytest.raises(ValueError, match="not being removed"):
        service.obey("erase", ACME)
    live.lake.register(ACME, "removing")
    assert service.obey("erase", ACME) == {"erased": 3, "left": 0}
    assert service.obey("erase", ACME) == {"erased": 0, "left": 0}
    assert live.all_keys() == set(vars(Keys.of(ZENITH, "loans", DAY)).values())


@pytest.mark.parametrize(("action", "tenant"), [("erase", "*"), ("left", "tacme"), ("drop", ACME), ("erase", f"{ACME}}}:x{{")])
def test_an_order_that_makes_no_sense_is_refused(live: Live, action: str, tenant: str) -> None:
    with pytest.raises(ValueError, match=r"no tenant's id|expected erase, left or state"):
        live.service().obey(action, tenant)


def test_a_cache_that_does_not_answer_lets_messages_come_again(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    live.server.allow("live", "off -@all")
    assert live.take(delivered(stored(1)), delivered(stored(2))) == [False, False]
    told = json.loads(capsys.readouterr().out)
    assert (told["failed"], told["outcome"], told["error"]["kind"]) == (2, "failed", "cache: WRONGPASS")


def test_a_change_that_no_replica_has_comes_again_and_counts_once(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    service, record = live.service(replicas=True), delivered(stored(1))
    for _ in range(2):
        assert service.handle({"Records": [record]})["batchItemFailures"]
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["error"]["kind"] == "cache: expected a replica to have the change"
    assert live.counts() == ONE


def test_a_tenant_that_floods_is_counted_up_to_a_limit_and_the_window_says_so(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "MOST_RECORDS", 2)
    live.take(delivered(stored(1)))
    browser, reader = Browser(), live.reader()
    shown(browser, reader.begin())
    records = [delivered(stored(number)) for number in (2, 3, 4)]
    assert live.take(*records, delivered(stored(3, tenant=QUIET))) == [True] * 4
    counts = live.counts()
    assert (counts["all:count"], counts["incomplete"]) == (2, 1)
    # Who watches is told, once.
    assert shown(browser, reader.follow()) == ["change", "change"] and browser.counts == counts
    live.take(delivered(stored(2, id="m9", status="funded")))  # what is counted goes on
    assert live.counts()["status:funded:count"] == 1
    assert "incomplete" not in live.counts(QUIET)


def test_an_order_tells_how_full_each_window_is_and_changes_nothing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST_RECORDS", 2)
    live.take(*(delivered(stored(number)) for number in (1, 2)), delivered(stored(1, tenant=QUIET)))
    before, service = live.counts(), live.service()
    state = {"dataset": "loans", "day": DAY, "records": 2, "complete": True}
    assert service.obey("state", ACME) == {"most": 250_000, "windows": [state]}
    live.take(delivered(stored(3)))
    assert service.obey("state", ACME)["windows"] == [{**state, "complete": False}]
    assert service.obey("state", QUIET)["windows"] == [{**state, "records": 1}]
    assert service.obey("state", ZENITH)["windows"] == []
    assert live.counts() == {**before, "incomplete": 1}


def test_values_beyond_a_limit_are_counted_together(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST_FIELDS", 12)
    live.take(*(delivered(stored(number, product=f"product:{number}")) for number in range(9)))
    counts = live.counts()
    assert counts["all:count"] == 9 and counts["product:*:count"] > 0 and len(counts) < 25
    assert sum(value for name, value in counts.items() if name.startswith("product:") and name.endswith(":count")) == 9
    live.take(*(delivered(stored(number, id=f"n{number}", product="one")) for number in range(9)))
    assert sum(value for name, value in live.counts().items() if name.startswith("product:") and name.endswith("count")) == 9


def test_sums_are_right_beyond_what_a_float_holds(live: Live) -> None:
    live.take(delivered(stored(0, amount_cents=2)), delivered(stored(1, amount_cents=0)))
    administrator = live.server.administrator()
    administrator.call("HINCRBY", Keys.of(ACME, "loans", DAY).counts, "all:cents", 2**53)
    administrator.close()
    reader = live.reader()
    reader.begin()
    live.take(delivered(stored(0, id="n", amount_cents=1)))
    (event,) = reader.follow()
    assert event.counts["all:cents"] == live.counts()["all:cents"] == 2**53 + 1


def test_no_window_adds_up_to_more_than_the_server_counts() -> None:
    """Beyond 64 bits it would refuse in the midst of a step, and count what comes again twice."""
    for dataset, amount in window.AMOUNTS.items():
        (most,) = (column.most for column in DATASETS[dataset].columns if column.name == amount)
        assert most is not None
        assert most * window.MOST_RECORDS < 2**63


def shown(browser: Browser, events: Iterable[Event]) -> list[str]:
    kinds = list[str]()
    for event in events:
        kinds.append(event.kind)
        browser.take(event)
    return kinds


@pytest.mark.parametrize("status", ["suspended", "removing", "removed"])
def test_who_watches_sees_nothing_more_once_its_tenant_has_no_access(live: Live, status: str) -> None:
    live.take(delivered(stored(1)))
    reader = live.reader()
    reader.begin()
    live.take(delivered(stored(2)))
    assert [event.kind for event in reader.follow()] == ["change"]
    live.lake.register(ACME, status)
    with pytest.raises(EndedError, match="the tenant is not active"):
        live.reader().begin()
    # One that is open goes on for as long as its answer holds.
    live.lake.now += timedelta(seconds=CHECK_SECONDS)
    with pytest.raises(EndedError, match="the tenant is not active"):
        list(reader.follow())
    live.lake.register(ACME)
    assert [event.kind for event in live.reader().begin()] == ["snapshot"]


def test_nobody_watches_while_nobody_knows_who_may(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = live.reader()
    monkeypatch.setattr(reader.access.registry, "_table", "another")
    with pytest.raises(EndedError, match="does not answer"):
        reader.begin()


def test_a_reader_that_has_missed_a_change_begins_with_the_counts(live: Live) -> None:
    browser, reader = Browser(), live.reader()
    live.take(delivered(stored(1)))
    assert shown(browser, reader.begin()) == ["snapshot"]
    live.take(*(delivered(stored(number)) for number in (2, 3, 4)))
    live.trim(kept=1)
    assert shown(browser, reader.follow()) == ["snapshot"]
    assert browser.counts == live.counts()
    live.take(delivered(stored(5)))
    assert shown(browser, reader.follow()) == ["change"]
    assert browser.counts == live.counts()


def test_a_browser_that_was_away_gets_what_it_has_missed_and_no_more(live: Live) -> None:
    browser = Browser()
    live.take(delivered(stored(1)))
    reader = live.reader()
    shown(browser, reader.begin())
    live.take(delivered(stored(2)), delivered(stored(2, id="m9", tenant=ZENITH)))
    assert shown(browser, reader.follow()) == ["change"]
    live.take(delivered(stored(3)), delivered(stored(4)))
    assert shown(browser, live.reader().begin(browser.last_event_id)) == ["change", "change"]
    assert browser.counts == live.counts()
    live.take(delivered(stored(5)), delivered(stored(6)))
    live.trim(kept=1)
    assert shown(browser, live.reader().begin(browser.last_event_id)) == ["snapshot"]
    assert browser.counts == live.counts()


@pytest.mark.parametrize(
    "told", ["", "x", "0123456789abcdef.1.99-9", "0123456789abcdef.1.-", "0123456789abcdef.1.0-0 STREAMS", "*"]
)
def test_a_place_that_is_none_is_answered_with_the_counts(live: Live, told: str) -> None:
    live.take(delivered(stored(1)))
    assert [event.kind for event in live.reader().begin(told)] == ["snapshot"]


def seen_from_anothers_place(live: Live) -> list[tuple[str, int]]:
    """What a browser of ACME's, with one record, is sent for a place among ZENITH's changes."""
    browser = Browser()
    live.take(*(delivered(stored(1, tenant=tenant)) for tenant in (ACME, ZENITH)))
    reader = live.reader(ZENITH)
    shown(browser, reader.begin())
    live.take(delivered(stored(2, tenant=ZENITH)))
    shown(browser, reader.follow())
    return [(event.kind, event.counts["all:count"]) for event in live.reader(ACME).begin(browser.last_event_id)]


def test_the_place_of_another_tenant_is_none(live: Live) -> None:
    assert seen_from_anothers_place(live) == [("snapshot", 1)]


def test_keys_without_the_tenant_show(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Keys.of
    monkeypatch.setattr(Keys, "of", lambda _tenant, dataset, day: of("", dataset, day))
    assert seen_from_anothers_place(live) != [("snapshot", 1)]
    assert live.counts()["all:count"] == live.counts(ZENITH)["all:count"] > 1


def test_the_service_reads_and_cannot_write(live: Live) -> None:
    live.take(delivered(stored(1)))
    valkey = live.valkey("realtime")
    for command in (["SET", "live:x", "1"], ["DEL", Keys.of(ACME, "loans", DAY).counts], ["XTRIM", "live:x", "MAXLEN", "0"]):
        with pytest.raises(ValkeyError, match="NOPERM"):
            valkey.call(*command)
    valkey.close()


def test_the_log_tells_counts_and_no_value(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    live.take(delivered(stored(1, product="SSN-078-05-1120")), delivered(stored(2), tenant="SSN-078-05-1120"))
    told = capsys.readouterr().out
    assert "SSN" not in told and results(told) == {"counted": 1, "failed": 1}


def test_the_password_is_read_once_and_again_when_it_does_not_open() -> None:
    asked = list[str]()

    class Manager:
        def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
            asked.append(SecretId)
            return {"SecretString": json.dumps({"username": "live", "password": str(len(asked)), "user_id": "dev-live"})}

    credentials = credentials_in(Manager(), "arn")
    assert [credentials(anew) for anew in (False, False, True, False)] == [
        ("live", "1"),
        ("live", "1"),
        ("live", "2"),
        ("live", "2"),
    ]
    assert asked == ["arn", "arn"]
