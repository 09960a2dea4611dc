"""Many alarms at once are one message; what is worse than it, or comes later, is still heard."""

from dataclasses import replace

import pytest

from functions.notify.desk import Desk
from functions.notify.incident import Acknowledged
from functions.notify.store import ContendedError
from functions.notify.storm import refreshed
from functions.notify.weekly import summary
from tests.functions.notify.desks import CALLS, PLATFORM, World, alarm, envelope
from tests.functions.notify.services import mentions


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


def test_a_storm_counts_itself_once_it_has_come_back_and_not_before(desk: World) -> None:
    burst(desk, 6)
    assert "Times" not in str(desk.services.shown(PLATFORM)[-1])
    end(desk, range(6))
    desk.advance(minutes=1)
    burst(desk, 6)
    (storm,) = [each for each in desk.services.shown(PLATFORM) if "Storm" in str(each["blocks"][0])]
    assert "Times: 2" in str(storm)


def test_whoever_takes_care_of_a_storm_has_acted_on_each_alarm_of_it(desk: World) -> None:
    burst(desk, 8)
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    said = Acknowledged(by="ada", at=desk.now.isoformat())
    desk.notifier().store.change(storm.identity, lambda each: each and replace(each, acknowledged=said))
    desk.tick()
    burst(desk, 1, first=8)
    desk.tick()
    lines = {each.title: each.by for each in summary(desk.open(), lambda _: "", desk.now)}
    alone, together = (
        [lines[f"alarm-{number:02}"] for number in range(4)],
        [lines[f"alarm-{number:02}"] for number in range(4, 9)],
    )
    assert (alone, together) == (4 * [()], 5 * [("ada",)])


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


def test_a_batch_of_many_tells_its_storm_once_and_each_alarm_that_is_in_it_is_kept(desk: World) -> None:
    assert desk.take(*(alarm(f"alarm-{number:02}", severity="warning") for number in range(30))) == []
    assert [method for method, _ in desk.services.calls] == 5 * ["chat.postMessage"]
    assert desk.services.headers(PLATFORM)[-1] == "🔴 WARNING: Storm: 26 alarms of platform at once"
    assert len(desk.open()) == 31


def test_alarms_of_a_storm_that_could_not_be_told_come_again(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[str]:
        raise ContendedError("storm")

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "tell_storm", broken)
        failed = desk.take(*(alarm(f"alarm-{number:02}", severity="warning") for number in range(6)))
    assert failed == ["4", "5"]
    assert desk.tick() == "" and desk.services.headers(PLATFORM)[-1] == "🔴 WARNING: Storm: 2 alarms of platform at once"


def test_a_batch_of_the_greatest_messages_is_told_in_one_run(desk: World) -> None:
    bodies = [envelope(f"{number}" + "<!channel> \u202e" * 15_000) for number in range(10)]
    assert all(250_000 < len(body) < 256 * 1024 for body in bodies)
    assert desk.take(*bodies, notifier=desk.another(storm={"alarms": 100, "minutes": 5})) == []
    assert len(desk.services.shown(CALLS)) == 10
    assert [each for shown in desk.services.shown(CALLS) for each in mentions(shown)] == []
