"""Many alarms at once are one message; what is worse than it, or comes later, is still heard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.notify.desk import Desk
from functions.notify.incident import Incident
from functions.notify.store import ContendedError
from functions.notify.storm import joins, refreshed
from functions.notify.weekly import summary
from tests.functions.notify.desks import CALLS, LEADS, PLATFORM, World, alarm, envelope
from tests.functions.notify.services import mentions


def burst(desk: World, count: int, severity: str = "warning", first: int = 0) -> None:
    for number in range(first, first + count):
        desk.advance(seconds=1)
        desk.take(alarm(f"alarm-{number:02}", severity=severity, at=desk.now))


def storm_of(desk: World) -> Incident:
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    return storm


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
    desk.acknowledge(storm_of(desk))
    desk.tick()
    burst(desk, 1, first=8)
    desk.tick()
    lines = {each.title: each.by for each in summary(desk.open(), lambda _: "", desk.now)}
    alone, together = (
        [lines[f"alarm-{number:02}"] for number in range(4)],
        [lines[f"alarm-{number:02}"] for number in range(4, 9)],
    )
    assert (alone, together) == (4 * [()], [*4 * [("ada",)], ()]), "the last one came after her word"


def test_a_storm_of_thousands_fits_a_message(desk: World) -> None:
    for number in range(8):
        desk.take(alarm(f"{number}-{'n' * 130}", severity="warning", at=desk.now))
    storm = storm_of(desk)
    notifier = desk.notifier()
    members = [each for each in desk.open() if each.storm] * 500
    from functions.notify.render import blocks, message_of
    from tests.functions.notify.services import wrong_with

    found = message_of(refreshed(storm, members, desk.now), notifier.routing, desk.now, members)
    assert wrong_with({"text": "x", "blocks": blocks(found)}) == "" and " more" in str(blocks(found))


def test_a_storm_without_members_tells_nothing(desk: World) -> None:
    burst(desk, 5)
    storm = storm_of(desk)
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


def test_a_silenced_storm_silences_no_later_one_of_its_team(desk: World) -> None:
    burst(desk, 6)
    first = storm_of(desk)
    desk.silence(first.reference, minutes=60)
    end(desk, range(6))
    desk.pass_minutes(13)
    burst(desk, 6, first=20)
    assert desk.services.headers(PLATFORM)[-1] == "🔴 WARNING: Storm: 2 alarms of platform at once"
    desk.advance(minutes=60)
    desk.tick()
    assert storm_of(desk).reference != first.reference
    assert [text for text, _ in desk.words()][-1].startswith("RESOLVED: Storm: 2 alarms"), "its end is told once it may be"


def test_what_fires_after_a_storm_was_silenced_is_told_and_begins_a_storm_of_its_own(desk: World) -> None:
    burst(desk, 6)
    first = storm_of(desk)
    desk.silence(first.reference, minutes=60)
    before = len(desk.services.calls)
    burst(desk, 6, first=20)
    assert desk.services.headers(PLATFORM)[5:] == [
        *(f"🔴 WARNING: alarm-{number:02}" for number in range(20, 24)),
        "🔴 WARNING: Storm: 2 alarms of platform at once",
    ]
    desk.take(alarm("alarm-05", "OK", severity="warning", at=desk.now))
    desk.take(alarm("alarm-05", severity="warning", at=desk.now))
    desk.tick()
    assert not any("thread_ts" in content for _, content in desk.services.calls[before:]), "its own alarms stay silent"


def test_alarms_of_a_storm_that_come_back_while_it_is_silenced_tell_nobody(desk: World) -> None:
    burst(desk, 8, severity="critical")
    desk.silence(storm_of(desk).reference, minutes=60)
    calls, pages = len(desk.services.calls), len(desk.pages())
    end(desk, range(8), severity="critical")
    burst(desk, 8, severity="critical")
    desk.pass_minutes(20)
    storms = [content for _, content in desk.services.calls[calls:] if "Storm" in str(content)]
    assert storms and not any("thread_ts" in each for each in storms)
    assert desk.pages()[pages:] == 4 * ["resolve"] + 4 * ["trigger"], "of the four that are told alone"


def test_a_kind_that_is_silenced_while_its_storm_goes_on_does_not_make_it_heard(desk: World) -> None:
    burst(desk, 5)
    desk.take(alarm("queue", key="queue-in-flight", severity="warning", at=desk.now))
    desk.acknowledge(storm_of(desk))
    desk.tick()
    desk.silence("queue-in-flight", minutes=30)
    desk.flap(name="queue", key="queue-in-flight", severity="warning")
    assert desk.words() == [] and storm_of(desk).acknowledged
    desk.pass_minutes(31)
    assert [heard for _, heard in desk.words()] == [True] and storm_of(desk).acknowledged is None


def test_who_takes_care_of_a_storm_takes_care_of_nothing_that_fires_afterwards(desk: World) -> None:
    notifier = desk.notifier(routes=[{"team": "on-call", "severities": [], "things": [], "hours": []}])
    for number in range(7):
        desk.take(alarm(f"alarm-{number}", severity="warning", at=desk.now), notifier=notifier)
    desk.acknowledge(storm_of(desk))
    desk.tick(notifier)
    before, pages = len(desk.words()), len(desk.pages())
    desk.advance(minutes=2)
    desk.take(alarm("database-lost", at=desk.now), notifier=notifier)
    desk.tick(notifier)
    assert desk.words()[before:] == [("CRITICAL: Storm: 4 alarms of on-call at once (prod · prod · us-east-2)", True)]
    assert desk.pages()[pages:] == ["resolve", "trigger"], "what is acknowledged there calls nobody before it is resolved"
    storm = storm_of(desk)
    assert storm.acknowledged is None and "dataconnect alerts ack" in str(desk.services.shown(CALLS)[-1])
    by = {each.notice.title: each.acknowledged and each.acknowledged.by for each in desk.open() if each.storm}
    assert by == {"alarm-4": "ada", "alarm-5": "ada", "alarm-6": "ada", "database-lost": None}
    for _ in range(16):
        desk.advance(minutes=1)
        desk.tick(notifier)
    assert storm_of(desk).escalated == 1 and desk.services.headers(PLATFORM) == [
        "🔴 CRITICAL: Storm: 4 alarms of on-call at once"
    ]


def test_an_alarm_of_an_acknowledged_storm_that_comes_back_is_heard(desk: World) -> None:
    burst(desk, 7)
    desk.acknowledge(storm_of(desk))
    desk.tick()
    desk.flap(name="alarm-05", severity="warning")
    assert desk.words()[-1] == ("WARNING: Storm: 3 alarms of platform at once (prod · prod · us-east-2)", True)
    assert storm_of(desk).acknowledged is None


def test_a_storm_that_becomes_critical_is_heard_and_escalated_from_then_on(desk: World) -> None:
    notifier = desk.notifier(routes=[{"team": "on-call", "severities": [], "things": [], "hours": []}])
    for number in range(6):
        desk.take(alarm(f"alarm-{number}", severity="warning", at=desk.now), notifier=notifier)
    desk.advance(minutes=40)
    for number in range(4):
        desk.take(alarm(f"more-{number}", severity="warning", at=desk.now), notifier=notifier)
    words = len(desk.words())
    desk.take(alarm("worse", at=desk.now), notifier=notifier)
    assert [heard for _, heard in desk.words()[words:]] == [True]
    desk.tick(notifier)
    assert not desk.services.shown(PLATFORM) and not desk.services.shown(LEADS)


def test_an_alarm_that_comes_back_as_its_storm_ends_is_told_alone(desk: World) -> None:
    burst(desk, 6)
    end(desk, range(6))
    storm = storm_of(desk)
    desk.notifier().store.close(storm, desk.now.timestamp())
    desk.advance(minutes=1)
    desk.take(alarm("alarm-05", severity="warning", at=desk.now))
    desk.tick()
    assert desk.services.headers(PLATFORM)[-1] == "🔴 WARNING: alarm-05"


def test_two_runs_that_begin_a_storm_at_once_begin_one(desk: World) -> None:
    burst(desk, 4)
    found = desk.open()
    late = [replace(found[0], notice=replace(found[0].notice, identity=f"late-{number}")) for number in range(2)]
    routing = desk.notifier().routing
    begun = [
        joins(each, [*found, *late], routing, desk.now + timedelta(seconds=number), lambda _: False)
        for number, each in enumerate(late)
    ]
    assert all(begun) and len({each.identity for each in begun if each}) == 1
