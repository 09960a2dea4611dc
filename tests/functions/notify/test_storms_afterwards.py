"""Storms of what began long before it is told, and storms each alarm of which somebody takes care of."""

import pytest

from functions.notify.incident import Incident
from functions.notify.weekly import summary
from tests.functions.notify.desks import CALLS, LEADS, NIGHT, PLATFORM, World, alarm
from tests.functions.notify.services import Fault

MORNING = NIGHT.replace(hour=14)


def burst(desk: World, count: int, first: int = 0, **changes: str) -> None:
    for number in range(first, first + count):
        desk.take(alarm(f"alarm-{number:02}", at=desk.now, **changes))


def members(desk: World) -> list[Incident]:
    return [each for each in desk.open() if each.storm]


def storm_of(desk: World) -> Incident:
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    return storm


def test_what_was_silenced_together_is_told_together(desk: World) -> None:
    desk.silence("database-cpu", minutes=30)
    burst(desk, 12)
    desk.tick()
    assert not desk.services.calls
    desk.advance(minutes=31)
    desk.tick()
    assert desk.pages() == ["trigger"] and desk.services.headers(CALLS) == ["🔴 CRITICAL: Storm: 12 alarms of on-call at once"]


def test_what_waited_for_the_morning_is_told_together(desk: World) -> None:
    desk.now = NIGHT
    for number in range(12):
        desk.advance(minutes=10)
        desk.take(alarm(f"alarm-{number:02}", severity="warning", at=desk.now))
    desk.tick()
    assert not any(each.kind == "storm" for each in desk.open())
    desk.now = MORNING
    desk.tick()
    assert desk.services.headers(PLATFORM) == ["🔴 WARNING: Storm: 12 alarms of platform at once"] and len(desk.mails()) == 1


def test_few_are_told_alone_and_those_that_come_soon_afterwards_make_a_storm(desk: World) -> None:
    desk.silence("database-cpu", minutes=30)
    burst(desk, 4)
    desk.advance(minutes=31)
    desk.tick()
    assert len(desk.services.shown(CALLS)) == 4
    desk.advance(minutes=1)
    burst(desk, 2, first=10)
    assert desk.services.headers(CALLS)[4:] == ["🔴 CRITICAL: Storm: 2 alarms of on-call at once"]
    desk.advance(minutes=6)
    burst(desk, 1, first=20)
    assert desk.services.headers(CALLS)[5:] == ["🔴 CRITICAL: alarm-20"], "people heard of the others too long ago"


def test_what_could_not_be_told_for_long_is_told_together(desk: World) -> None:
    desk.services.down, notifier = Fault(status=503), desk.notifier(routes=[], teams=SLACK)
    for number in range(8):
        desk.take(
            alarm(f"alarm-{number:02}", key="queue-in-flight", at=desk.now), notifier=desk.notifier(routes=[], teams=SLACK)
        )
        desk.advance(minutes=6)
    desk.services.down = None
    desk.tick(notifier)
    assert desk.services.headers(PLATFORM) == ["🔴 CRITICAL: Storm: 8 alarms of platform at once"]


SLACK = {"platform": {"slack": PLATFORM}, "leads": {"slack": LEADS}}


def test_what_is_over_when_the_silence_ends_is_in_no_storm(desk: World) -> None:
    desk.silence("database-cpu", minutes=30)
    burst(desk, 12)
    desk.advance(minutes=5)
    desk.take(*(alarm(f"alarm-{number:02}", "OK", at=desk.now) for number in range(8)))
    desk.pass_minutes(26)
    assert desk.services.headers(CALLS) == [f"🔴 CRITICAL: alarm-{number:02}" for number in range(8, 12)]


def test_warnings_that_wait_make_no_storm_of_what_does_not(desk: World) -> None:
    notifier = desk.notifier(routes=[])
    desk.now = NIGHT
    desk.take(*(alarm(f"alarm-{number:02}", severity="warning", at=NIGHT) for number in range(8)), notifier=notifier)
    desk.take(alarm("woken", at=NIGHT), notifier=notifier)
    assert desk.services.headers(PLATFORM) == ["🔴 CRITICAL: woken"]


def test_who_takes_care_of_each_alarm_of_a_storm_takes_care_of_it(desk: World) -> None:
    burst(desk, 8)
    for each, by in zip(members(desk), ("ada", "bob", "ada", "ada"), strict=True):
        desk.acknowledge(each, by=by)
    desk.pass_minutes(20)
    assert len(desk.services.shown(PLATFORM)) == 4, "those that are told alone"
    assert storm_of(desk).escalated == 0
    assert "Acknowledged: by ada, bob, 2026-11-30 15:00 UTC" in str(desk.services.shown(CALLS)[-1])
    assert "acknowledge" in desk.pages()


def test_a_storm_one_alarm_of_which_nobody_takes_care_of_is_escalated(desk: World) -> None:
    burst(desk, 8)
    for each in members(desk)[1:]:
        desk.acknowledge(each)
    desk.pass_minutes(16)
    assert storm_of(desk).escalated == 1 and storm_of(desk).acknowledged is None
    desk.take(alarm(members(desk)[0].notice.title, "OK", at=desk.now))
    desk.tick()
    assert storm_of(desk).cared_for(desk.now), "all that goes on"
    by = {each.title: each.by for each in summary(members(desk), lambda _: "", desk.now)}
    assert by[members(desk)[0].notice.title] == (), "nobody took care of the one that is over"


def test_the_words_for_a_storms_alarms_hold_until_the_first_ends(desk: World) -> None:
    burst(desk, 8)
    for each, minutes in zip(members(desk), (30, 60, 0, 0), strict=True):
        desk.acknowledge(each, minutes=minutes)
    desk.pass_minutes(29)
    assert desk.words() == []
    desk.pass_minutes(1)
    assert [heard for _, heard in desk.words()] == [True]


@pytest.mark.parametrize("fires", ["alarm-05", "alarm-30"], ids=["an alarm of it", "another"])
def test_what_fires_after_the_words_for_each_alarm_is_heard(desk: World, fires: str) -> None:
    burst(desk, 8)
    for each in members(desk):
        desk.acknowledge(each)
    desk.tick()
    desk.advance(minutes=1)
    desk.take(alarm(fires, "OK", at=desk.now))
    desk.advance(minutes=1)
    desk.take(alarm(fires, at=desk.now))
    desk.tick()
    assert [heard for _, heard in desk.words()] == [True] and storm_of(desk).acknowledged is None
