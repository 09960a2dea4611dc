"""What a browser shows is the truth, whatever comes twice, late, in another order, while it is away or after it was trimmed.

The truth: of each record the newest state of what came in that day, counted by a few lines that know nothing of the cache.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.live.window import Keys
from tests.functions.deliveries import delivered, stored
from tests.functions.live_reader import Browser, Reader
from tests.functions.live_world import DAY, Live, live_world
from tests.functions.world import ACME, ZENITH, World


@pytest.fixture(scope="module")
def live(whole: World) -> Iterator[Live]:
    with live_world(whole) as made:
        yield made


TIMES = ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00.000001Z", "2026-11-23T00:00:00+02:00")
MESSAGE = st.fixed_dictionaries(
    {
        "number": st.integers(1, 3),
        "id": st.sampled_from(["a", "b", "B-", "b-", "c"]),
        "updated_at": st.sampled_from(TIMES),
        "status": st.sampled_from(["application", "funded"]),
        "amount_cents": st.integers(0, 3),
        "state": st.sampled_from(["OH", "TX"]),
    }
)
STEP = st.one_of(
    st.tuples(st.just("come"), st.lists(st.tuples(st.integers(0, 11), st.booleans()), min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["look", "away", "trim", "lost", "restarted"]), st.none()),
)


def truth(came: list[dict[str, Any]]) -> dict[str, int]:
    newest: dict[int, dict[str, Any]] = {}
    for each in came:
        before = newest.get(each["number"])
        if before is None or _order(each) > _order(before):
            newest[each["number"]] = each
    counts = Counter[str]()
    for each in newest.values():
        groups = ("all", f"status:{each['status']}", "product:30-year fixed", f"state:{each['state']}")
        for name in groups:
            counts[f"{name}:count"] += 1
            counts[f"{name}:cents"] += each["amount_cents"]
    return {name: value for name, value in counts.items() if value}


def _order(each: dict[str, Any]) -> tuple[datetime, bytes]:
    return datetime.fromisoformat(each["updated_at"]), each["id"].encode()


@given(messages=st.lists(MESSAGE, min_size=12, max_size=12), steps=st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_browser_shows_the_truth(live: Live, messages: list[dict[str, Any]], steps: list[Any]) -> None:
    live.empty()
    # Of one record, an id is used once.
    messages = [*{(each["number"], each["id"]): each for each in messages}.values()]
    came = list[dict[str, Any]]()
    browser, reader = Browser(), live.reader()

    def show(events: Any) -> None:
        for event in events:
            browser.take(event)

    def look(reader: Reader) -> None:
        # A gap ends what was begun; the next look goes on from there.
        for _ in range(2):
            show(reader.follow())

    show(reader.begin())
    for kind, drawn in steps:
        match kind:
            case "come":
                batch = list[dict[str, Any]]()
                for index, other in drawn:
                    told = messages[index % len(messages)]
                    tenant = ZENITH if other else ACME
                    batch.append(delivered(stored(**told, tenant=tenant)))
                    came += [] if other else [told]
                assert all(live.take(*batch))
            case "look":
                look(reader)
                assert browser.counts == truth(came)
            case "away":
                reader.valkey.close()
                reader = live.reader()
                show(reader.begin(browser.last_event_id))
                assert browser.counts == truth(came)
            case "trim":
                live.trim()
            case "restarted":
                reader.valkey.close()
            case _:
                # The cache is lost with all connections, and begins anew.
                administrator = live.server.administrator()
                administrator.call("DEL", *vars(Keys.of(ACME, "loans", DAY)).values())
                administrator.close()
                reader.valkey.close()
                came.clear()
    look(reader)
    assert browser.counts == truth(came)
