"""Whatever comes twice, late, in another order, to two runs at once, with runs that die and a Slack that fails: in the end each
channel shows the truth. What may happen is a message too many, where a run died between telling and noting; never silence.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.notify.desk import LEASE_SECONDS
from functions.notify.store import Store
from tests.functions.notify.desks import CALLS, MONDAY, World, alarm
from tests.functions.notify.services import Fault


class Killed(BaseException):
    """The process ended here."""


@contextmanager
def dying(after: int) -> Generator[None]:
    """A process that ends at the write after so many; 0 for one that does not."""
    whole, left = Store._put, [after]

    def put(self: Store, *arguments: Any) -> bool:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return whole(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_put", put)
        yield


# Per alarm how often it changes; which message is taken in when, how often; and what happens meanwhile.
CHANGES = st.lists(st.integers(1, 3), min_size=1, max_size=2)
ORDER = st.lists(st.integers(0, 20), max_size=6)
HAPPENS = st.lists(
    st.sampled_from(["", "", "throttled", "ill", "refused", "killed 1", "killed 2", "killed 3", "killed 4", "at once", "tick"]),
    max_size=10,
)
FAULTS = {
    "throttled": Fault(status=429, headers={"Retry-After": "30"}),
    "ill": Fault(status=503),
    "refused": Fault(body={"ok": False, "error": "internal_error"}),
}


def take(desk: World, body: str, happens: str, other: str) -> bool:
    """Take a message in while something happens; whether it comes again."""
    if happens in FAULTS:
        desk.services.faults.append(FAULTS[happens])
    if happens == "at once":
        desk.services.during = lambda: desk.take(other)
    try:
        with dying(int(happens.removeprefix("killed ")) if happens.startswith("killed") else 0):
            failed = desk.take(body)
    except Killed:
        return True
    desk.services.during = None
    if happens == "tick":
        desk.tick()
    return bool(failed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(CHANGES, ORDER, HAPPENS)
def test_in_the_end_the_channel_shows_the_truth(desk: World, changes: list[int], order: list[int], happens: list[str]) -> None:
    desk.empty()
    desk.now = MONDAY + timedelta(minutes=2)
    messages: list[tuple[int, str]] = []
    for number, count in enumerate(changes):
        states = ("ALARM", "OK")
        at = (MONDAY + timedelta(seconds=10 * change + number) for change in range(count))
        messages += [
            (number, alarm(f"alarm-{number}", states[each % 2], at=when)) for each, when in zip(range(count), at, strict=True)
        ]
    # All of them once, in an order of their own, and some again.
    waiting = [messages[each % len(messages)] for each in order] + messages
    meanwhile = iter(happens)
    for _ in range(6):
        waiting = [each for each in waiting if take(desk, each[1], next(meanwhile, ""), waiting[0][1])]
        if not waiting:
            break
        desk.advance(seconds=LEASE_SECONDS + 1)
    assert not waiting
    desk.services.faults.clear()
    desk.advance(seconds=LEASE_SECONDS + 1)
    assert desk.tick() == ""
    shown = desk.services.headers(CALLS)
    for number, count in enumerate(changes):
        own = [each for each in shown if f"alarm-{number}" in each]
        assert own, "somebody was told"
        assert own[-1].split()[1] == ("CRITICAL:" if count % 2 else "RESOLVED:")
    deaths = sum(each.startswith("killed") for each in happens)
    assert len(shown) - len(changes) <= deaths
    assert Counter(each["state"] for each in desk.services.posted["/hook/secret"])["firing"] >= 1 or 1 not in {
        count % 2 for count in changes
    }
