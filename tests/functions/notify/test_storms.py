"""Many alarms at once are one message; what is worse than it, or comes later, is still heard."""

from functions.notify.storm import refreshed
from tests.functions.notify.desks import CALLS, PLATFORM, World, alarm


def burst(desk: World, count: int, severity: str = "warning", first: int = 0) -> None:
    for number in range(first, first + count):
        desk.advance(seconds=1)
        desk.take(alarm(f"alarm-{number:02}", severity=severity, at=desk.now))


def end(desk: World, numbers: range, severity: str = "warning") -> None:
    desk.advance(minutes=1)
    desk.take(*(alarm(f"alarm-{number:02}", "OK", severity=severity, at=desk.now) for number in numbers))
    desk.tick()


def test_more_than_so_many_within_minutes_are_one_message_that_grows(desk: World) -> None:
    burst(desk, 10)
    headers = desk.services.headers(PLATFORM)
    assert headers[:4] == [f"🔴 WARNING: alarm-{number:02}" for number in range(4)]
    assert headers[4:] == ["🔴 WARNING: Storm: 6 alarms of platform at once"]
    storm = str(desk.services.shown(PLATFORM)[-1])
    assert all(f"alarm-{number:02} (" in storm for number in range(4, 10))
    assert len(desk.mails()) == 5


def test_a_storm_is_over_when_all_of_it_are_and_says_which_are_not(desk: World) -> None:
    burst(desk, 10)
    end(desk, range(8))
    assert "2 go on, 4 are over" in str(desk.services.shown(PLATFORM)[-1])
    end(desk, range(8, 10))
    assert desk.services.headers(PLATFORM)[-1] == "🟢 RESOLVED: Storm: 6 alarms of platform at once"
    desk.pass_minutes(13)
    assert desk.open() == []
    assert len(desk.notifier().store.done_since("2026")) == 11


def test_what_comes_when_the_storm_has_passed_is_told_by_itself(desk: World) -> None:
    burst(desk, 6)
    desk.advance(minutes=6)
    burst(desk, 1, first=20)
    assert desk.services.headers(PLATFORM)[-1] == "🔴 WARNING: alarm-20"


def test_what_is_silenced_is_in_no_storm(desk: World) -> None:
    burst(desk, 6)
    desk.silence("queue-in-flight", minutes=10)
    desk.take(alarm("silenced", key="queue-in-flight", severity="warning", at=desk.now))
    assert "silenced" not in str(desk.services.shown(PLATFORM))


def test_storms_are_of_a_team(desk: World) -> None:
    burst(desk, 4)
    burst(desk, 4, severity="critical", first=10)
    assert len(desk.services.shown(PLATFORM)) == len(desk.services.shown(CALLS)) == 4


def test_a_storm_that_grows_worse_is_mailed_again(desk: World) -> None:
    changes = {"routes": [], "storm": {"alarms": 2, "minutes": 5}}
    notifier = desk.notifier(**changes)
    for number in range(4):
        desk.take(alarm(f"alarm-{number}", severity="warning", at=desk.now), notifier=notifier)
    desk.mails()
    desk.take(alarm("worse", severity="critical", at=desk.now), notifier=notifier)
    ((head, text),) = desk.mails()
    assert head.startswith("Re: [prod prod us-east-2] critical: Storm: ") and "critical " in text and "worse" in text


def test_a_storm_of_critical_alarms_is_escalated_as_one(desk: World) -> None:
    burst(desk, 8, severity="critical")
    desk.pass_minutes(16)
    headers = desk.services.headers(PLATFORM)
    assert [each for each in headers if "Storm" in each] == ["🔴 CRITICAL: Storm: 4 alarms of on-call at once"]
    assert len(headers) == 5


def test_a_storm_that_comes_back_is_told_again(desk: World) -> None:
    burst(desk, 6)
    end(desk, range(6))
    assert desk.services.headers(PLATFORM)[-1].startswith("🟢 RESOLVED: Storm")
    desk.advance(minutes=1)
    burst(desk, 6)
    assert any(each.startswith("🔴 WARNING: Storm") for each in desk.services.headers(PLATFORM))
    assert not any(each.startswith("🟢") and "Storm" in each for each in desk.services.headers(PLATFORM))


def test_a_storm_of_thousands_fits_a_message(desk: World) -> None:
    for number in range(8):
        desk.take(alarm(f"{number}-{'n' * 130}", severity="warning", at=desk.now))
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    notifier = desk.notifier()
    members = [each for each in desk.open() if each.storm] * 500
    from functions.notify.render import blocks, message_of
    from tests.functions.notify.services import wrong_with

    found = message_of(refreshed(storm, members, desk.now), notifier.routing, members)
    assert wrong_with({"text": "x", "blocks": blocks(found)}) == "" and " more" in str(blocks(found))


def test_a_storm_without_members_tells_nothing(desk: World) -> None:
    burst(desk, 5)
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    alone = refreshed(storm, [], desk.now)
    assert alone.state == "resolved"
    desk.empty()
    desk.notifier().store.change(storm.identity, lambda _: alone)
    desk.tick()
    assert not desk.services.calls
