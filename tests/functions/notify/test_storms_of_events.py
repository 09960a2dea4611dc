"""Events of a storm: nothing says that they are over, so they go on until somebody took care of them, or all were told."""

from functions.notify.incident import Incident
from tests.functions.notify.desks import CALLS, LEADS, PLATFORM, World, alarm, envelope

HEADER = "🔵 CRITICAL: Storm: 8 alarms of on-call at once"


def happen(desk: World, count: int) -> None:
    for number in range(count):
        desk.advance(seconds=1)
        desk.take(envelope(f"What happened {number}", f"Event {number}", at=desk.now))


def storm_of(desk: World) -> Incident:
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    return storm


def test_a_storm_of_events_that_nobody_cares_for_is_escalated_to_the_last(desk: World) -> None:
    happen(desk, 12)
    assert desk.services.headers(CALLS)[-1] == HEADER
    assert "8 are events, which have no end." in str(desk.services.shown(CALLS)[-1])
    desk.pass_minutes(14)
    assert HEADER not in desk.services.headers(PLATFORM) and storm_of(desk).state == "event"
    desk.pass_minutes(1)
    assert HEADER in desk.services.headers(PLATFORM)
    desk.pass_minutes(15)
    assert HEADER in desk.services.headers(LEADS)
    desk.pass_minutes(3)
    assert desk.open() == [] and len(desk.notifier().store.done_since("2026")) == 13
    assert set(desk.pages()) == {"trigger"}, "what has no end is not resolved"


def test_a_storm_of_events_that_somebody_took_care_of_ends_without_a_word(desk: World) -> None:
    happen(desk, 12)
    desk.acknowledge(storm_of(desk))
    desk.pass_minutes(13)
    assert not any(each.kind == "storm" for each in desk.open()) and HEADER not in desk.services.headers(PLATFORM)
    assert desk.words() == [] and "resolve" not in desk.pages()


def test_the_end_of_a_storms_alarms_does_not_end_its_events(desk: World) -> None:
    happen(desk, 4)
    happening = [envelope("What happened", "Event", at=desk.now), *(alarm(f"alarm-{each}", at=desk.now) for each in range(3))]
    desk.take(*happening)
    assert "3 go on, 0 are over, 1 are events" in str(desk.services.shown(CALLS)[-1])
    pages = len(desk.pages())
    desk.advance(minutes=2)
    desk.take(*(alarm(f"alarm-{each}", "OK", at=desk.now) for each in range(3)))
    desk.tick()
    assert desk.services.headers(CALLS)[-1].startswith("🔵 CRITICAL: Storm: 4 alarms")
    assert "resolve" not in desk.pages()[pages:] and desk.words() == []
    desk.pass_minutes(14)
    assert storm_of(desk).escalated == 1, "fifteen minutes after it began"


def test_a_storm_of_an_event_that_was_over_is_heard_anew_when_its_alarms_come_back(desk: World) -> None:
    happen(desk, 4)
    desk.take(envelope("What happened", "Event", at=desk.now), *(alarm(f"alarm-{each}", at=desk.now) for each in range(3)))
    desk.acknowledge(storm_of(desk))
    desk.pass_minutes(11)
    desk.take(*(alarm(f"alarm-{each}", "OK", at=desk.now) for each in range(3)))
    desk.tick()
    assert desk.words() == []
    desk.flap(name="alarm-1")
    assert [heard for _, heard in desk.words()] == [True] and storm_of(desk).acknowledged is None
    assert "1 go on" in str(desk.services.shown(CALLS)[-1])


def test_an_urgent_event_keeps_its_storm_urgent_while_nobody_took_care_of_it(desk: World) -> None:
    notifier = desk.notifier(routes=[{"team": "on-call", "severities": [], "things": [], "hours": []}])
    desk.take(*(alarm(f"alarm-{each}", severity="warning", at=desk.now) for each in range(5)), notifier=notifier)
    desk.take(envelope("What happened", "Event", at=desk.now), notifier=notifier)
    for _ in range(16):
        desk.advance(minutes=1)
        desk.tick(notifier)
    assert storm_of(desk).escalated == 1 and storm_of(desk).notice.severity == "critical"
