"""What is silenced, or comes while people sleep, nobody hears of, and what they were told stays true; and what follows then."""

import pytest

from tests.functions.notify.desks import CALLS, LEADS, NIGHT, PLATFORM, World, alarm
from tests.functions.notify.services import Fault

SHOWN = "CRITICAL: database-database-cpu (prod · prod · us-east-2)"
DAY, MORNING = NIGHT.replace(hour=23, day=30, month=11), NIGHT.replace(hour=14)
"""Five in the afternoon in Chicago, and eight in the morning after."""


@pytest.fixture(params=["the incident", "its kind"])
def silenced(request: pytest.FixtureRequest, desk: World) -> World:
    """A desk that has told of a critical alarm, which then was silenced for half an hour."""
    desk.take(alarm())
    desk.silence(desk.open()[0].reference if request.param == "the incident" else "database-cpu", minutes=30)
    return desk


def test_what_is_silenced_is_shown_as_it_is_and_nobody_hears_of_it(silenced: World) -> None:
    silenced.advance(minutes=1)
    silenced.take(alarm(state="OK", at=silenced.now))
    assert silenced.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu"]
    silenced.advance(minutes=1)
    silenced.take(alarm(at=silenced.now))
    assert silenced.services.headers(CALLS) == ["🔴 CRITICAL: database-database-cpu"]
    silenced.pass_minutes(25)
    assert silenced.words() == [] and silenced.pages() == ["trigger"]
    assert len(silenced.services.posted["/hook/secret"]) == 1 and not silenced.services.shown(PLATFORM)


def test_what_came_back_meanwhile_is_told_when_the_silence_ends(silenced: World) -> None:
    silenced.flap()
    silenced.pass_minutes(29)
    assert silenced.words() == [(SHOWN, True)]
    assert silenced.pages() == ["trigger", "resolve", "trigger"]
    assert [each["state"] for each in silenced.services.posted["/hook/secret"]] == ["firing", "firing"]


def test_what_ended_meanwhile_is_told_to_who_had_heard_of_it_when_the_silence_ends(silenced: World) -> None:
    silenced.advance(minutes=1)
    silenced.take(alarm(state="OK", at=silenced.now))
    silenced.pass_minutes(28)
    assert silenced.pages() == ["trigger"]
    silenced.pass_minutes(2)
    assert silenced.pages() == ["trigger", "resolve"] and silenced.words() == [(SHOWN.replace("CRITICAL", "RESOLVED"), False)]
    assert silenced.open() == []


def test_what_goes_on_as_before_is_not_told_again(silenced: World) -> None:
    silenced.pass_minutes(32)
    assert silenced.words() == [] and silenced.pages() == ["trigger"]


def test_the_end_of_a_silence_calls_nobody_at_once_and_each_step_comes_in_its_time(silenced: World) -> None:
    silenced.pass_minutes(44)
    assert not silenced.services.shown(PLATFORM)
    silenced.pass_minutes(1)
    assert silenced.services.shown(PLATFORM)
    silenced.pass_minutes(14)
    assert not silenced.services.shown(LEADS)
    silenced.pass_minutes(1)
    assert silenced.services.shown(LEADS)


def test_who_takes_care_of_what_is_silenced_ends_the_calls_of_pagerduty(silenced: World) -> None:
    silenced.acknowledge()
    silenced.pass_minutes(60)
    assert silenced.pages() == ["trigger", "acknowledge"] and silenced.words() == []


def test_a_silenced_message_that_is_gone_is_not_posted_anew(silenced: World) -> None:
    silenced.services.faults.append(Fault(body={"ok": False, "error": "cant_update_message"}))
    calls = len(silenced.services.calls)
    silenced.advance(minutes=1)
    assert silenced.take(alarm(state="OK", at=silenced.now)) == []
    assert silenced.tick() == "" and len(silenced.services.calls) == calls


def test_who_it_was_escalated_to_before_it_came_back_sees_it_and_hears_its_end(desk: World) -> None:
    desk.take(alarm())
    desk.pass_minutes(15)
    desk.silence("database-cpu", minutes=5)
    desk.flap()
    desk.pass_minutes(4)
    assert "Times: 2" in str(desk.services.shown(PLATFORM)), "what they see is true"
    assert [each for each, _ in desk.words()] == [SHOWN], "who is on call heard, and nobody else"
    desk.mails()
    desk.take(alarm(state="OK", at=desk.now))
    assert desk.services.headers(PLATFORM) == ["🟢 RESOLVED: database-database-cpu"]
    ((head, _),) = desk.mails()
    assert head.startswith("Re: ")


def test_a_warning_that_was_told_by_day_is_told_at_night_to_nobody(desk: World) -> None:
    desk.now = DAY
    desk.take(alarm(severity="warning", at=desk.now))
    assert len(desk.mails()) == 1
    desk.now = NIGHT
    desk.flap(severity="warning")
    assert "Times: 2" in str(desk.services.shown(PLATFORM))
    assert desk.words() == [] and desk.mails() == []
    desk.now = MORNING
    desk.tick()
    assert desk.words() == [(SHOWN.replace("CRITICAL", "WARNING"), True)] and len(desk.mails()) == 1


def test_a_warning_that_ends_at_night_is_shown_then_and_told_in_the_morning(desk: World) -> None:
    desk.now = DAY
    desk.take(alarm(severity="warning", at=desk.now))
    desk.mails()
    desk.now = NIGHT
    desk.take(alarm(state="OK", severity="warning", at=desk.now))
    desk.pass_minutes(20)
    assert desk.services.headers(PLATFORM) == ["🟢 RESOLVED: database-database-cpu"]
    assert desk.words() == [] and desk.mails() == []
    desk.now = MORNING
    desk.tick()
    assert [heard for _, heard in desk.words()] == [False] and len(desk.mails()) == 1 and desk.open() == []


def test_once_a_word_for_a_time_has_ended_the_message_says_so_and_who_is_on_call_hears_of_it(desk: World) -> None:
    notifier = desk.notifier(buttons=True)
    desk.take(alarm(), notifier=notifier)
    desk.acknowledge(minutes=10)
    desk.tick(notifier)
    message = str(desk.services.shown(CALLS))
    assert "Acknowledged: by ada, 2026-11-30 15:00 UTC, until 2026-11-30 15:10 UTC" in message
    assert "dataconnect alerts ack" not in message and "'acknowledge'" not in message
    desk.advance(minutes=10)
    desk.tick(notifier)
    message = str(desk.services.shown(CALLS))
    assert "Acknowledged" not in message and "dataconnect alerts ack" in message and "'acknowledge'" in message
    assert desk.words() == [(SHOWN, True)]
    assert desk.pages() == ["trigger", "acknowledge", "resolve", "trigger"]
    desk.tick(notifier)
    assert len(desk.pages()) == 4 and len(desk.words()) == 1, "once"


def test_what_is_over_says_who_took_care_of_it_for_good(desk: World) -> None:
    desk.take(alarm())
    desk.acknowledge(minutes=5)
    desk.tick()
    desk.advance(minutes=2)
    desk.take(alarm(state="OK", at=desk.now))
    calls = len(desk.services.calls)
    desk.pass_minutes(9)
    assert "Acknowledged: by ada" in str(desk.services.shown(CALLS)) and len(desk.services.calls) == calls
    assert desk.pages() == ["trigger", "acknowledge", "resolve"]


def test_the_end_of_a_word_for_a_time_calls_no_later_team_at_once(desk: World) -> None:
    desk.take(alarm())
    desk.acknowledge(minutes=120)
    desk.pass_minutes(134)
    assert not desk.services.shown(PLATFORM)
    desk.pass_minutes(1)
    assert desk.services.shown(PLATFORM)
    desk.pass_minutes(14)
    assert not desk.services.shown(LEADS)
    desk.pass_minutes(1)
    assert desk.services.shown(LEADS)


BY_DAY = [
    {"team": "leads", "severities": [], "things": ["database"], "hours": [[day, 8 * 60, 18 * 60] for day in range(5)]},
    {"team": "on-call", "severities": ["critical"], "things": [], "hours": []},
]


def test_a_warning_of_the_night_goes_to_who_is_to_be_told_when_it_is(desk: World) -> None:
    notifier = desk.notifier(routes=BY_DAY)
    desk.now = NIGHT
    desk.take(alarm(severity="warning", at=NIGHT), notifier=notifier)
    desk.now = MORNING
    desk.tick(notifier)
    assert desk.services.headers(LEADS) == ["🔴 WARNING: database-database-cpu"] and not desk.services.shown(PLATFORM)
    assert desk.open()[0].teams == ("leads",)


def test_a_warning_that_comes_back_at_night_goes_to_who_is_to_be_told_by_day(desk: World) -> None:
    notifier = desk.notifier(routes=BY_DAY)
    desk.now = DAY
    desk.take(alarm(severity="warning", at=desk.now), notifier=notifier)
    desk.now = NIGHT
    desk.flap(severity="warning", notifier=notifier)
    assert desk.open()[0].teams == ("platform",) and desk.words() == []
    desk.now = MORNING
    desk.tick(notifier)
    assert desk.open()[0].teams == ("leads",) and [heard for _, heard in desk.words()] == [True]


def test_what_was_told_stays_with_who_was_told(desk: World) -> None:
    notifier = desk.notifier(routes=BY_DAY)
    desk.now = NIGHT
    desk.take(alarm(at=NIGHT), notifier=notifier)
    desk.now = MORNING
    desk.tick(notifier)
    assert desk.open()[0].teams[0] == "on-call" and not desk.services.headers(CALLS)[1:]


def test_a_storm_of_the_night_goes_to_all_who_are_to_be_told_of_its_alarms(desk: World) -> None:
    notifier = desk.notifier(routes=BY_DAY)
    desk.now = NIGHT
    desk.take(*(alarm(f"alarm-{number}", severity="warning", at=NIGHT) for number in range(5)), notifier=notifier)
    desk.take(alarm("queue", key="queue-in-flight", severity="warning", at=NIGHT), notifier=notifier)
    desk.now = MORNING
    desk.tick(notifier)
    (storm,) = [each for each in desk.open() if each.kind == "storm"]
    assert {*storm.teams} == {"platform", "leads"}
    assert "Storm: 2 alarms" in str(desk.services.headers(LEADS)) and "Storm: 2 alarms" in str(desk.services.headers(PLATFORM))
