"""Who is told of what, once, and what becomes of the message: alarms that begin, end, come back, wait and are escalated."""

from datetime import timedelta
from typing import Any

from tests.functions.notify.desks import CALLS, LEADS, MONDAY, NIGHT, PLATFORM, World, alarm, envelope
from tests.functions.notify.services import Fault


def later(desk: World, **times: float) -> Any:
    desk.advance(**times)
    return desk.now


def test_a_critical_alarm_is_told_to_who_is_on_call_with_all_that_is_needed(desk: World) -> None:
    assert desk.take(alarm()) == []
    (message,) = desk.services.shown(CALLS)
    text = str(message)
    for part in (
        "🔴 CRITICAL: database-database-cpu",
        "The CPU is busy.",
        "Since: 2026-11-30 15:00:00 UTC",
        "Threshold: above 90.0",
        "Metric: AWS/RDS CPUUtilization",
        "Owner: platform",
        "<https://runbooks.dataconnect.example/database/cpu|Runbook>",
        "<https://us-east-2.console.aws.amazon.com/cloudwatch/home?region=us-east-2#alarmsV2:alarm/database-database-cpu|Graph>",
        "aws rds describe-db-instances",
        "dataconnect alerts ack ",
        "prod · prod · us-east-2",
    ):
        assert part in text, part
    assert not desk.services.shown(PLATFORM)
    (hook,), (page,) = desk.services.posted["/hook/secret"], desk.services.posted["/pager"]
    assert (hook["state"], hook["severity"], hook["key"]) == ("firing", "critical", "database-cpu")
    assert (page["event_action"], page["payload"]["severity"], page["routing_key"]) == ("trigger", "critical", "routing-key")


def test_a_message_that_comes_twice_is_told_once(desk: World) -> None:
    desk.take(alarm(), alarm())
    desk.take(alarm())
    desk.tick()
    assert len(desk.services.calls) == 1 and len(desk.services.posted["/hook/secret"]) == 1


def test_the_end_edits_the_message_says_so_below_it_and_is_told_to_the_others(desk: World) -> None:
    desk.take(alarm(severity="warning"))
    desk.take(alarm(state="OK", severity="warning", at=later(desk, minutes=3)))
    assert desk.services.headers(PLATFORM) == ["🟢 RESOLVED: database-database-cpu"]
    below = [content for _, content in desk.services.calls if "thread_ts" in content]
    assert [each["reply_broadcast"] for each in below] == [False] and "RESOLVED" in below[0]["text"]
    first, second = desk.mails()
    assert second[0] == f"Re: {first[0]}" and first[0] == "[prod prod us-east-2] warning: database-database-cpu"
    assert first[1].startswith("WARNING: ") and second[1].startswith("RESOLVED: ")
    assert "dataconnect alerts ack" in first[1] and "dataconnect alerts ack" not in second[1]


def test_pagerduty_resolves_what_it_was_told_under_the_same_key(desk: World) -> None:
    desk.take(alarm(), alarm(state="OK", at=later(desk, minutes=1)))
    actions = [(each["event_action"], each["dedup_key"]) for each in desk.services.posted["/pager"]]
    assert [action for action, _ in actions] == ["trigger", "resolve"] and len({key for _, key in actions}) == 1


def test_what_comes_back_within_minutes_is_the_same_message_and_the_channel_hears_of_it(desk: World) -> None:
    desk.take(alarm(), alarm(state="OK", at=later(desk, minutes=1)))
    desk.take(alarm(at=later(desk, minutes=4)))
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: database-database-cpu"]
    assert "Times: 2" in str(desk.services.shown(CALLS))
    assert desk.services.calls[-1][1]["reply_broadcast"] is True


def test_what_comes_back_later_is_another_message(desk: World) -> None:
    desk.take(alarm(), alarm(state="OK", at=later(desk, minutes=1)))
    desk.pass_minutes(11)
    assert desk.open() == []
    desk.take(alarm(at=later(desk, minutes=1)))
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu", "🔴 CRITICAL: database-database-cpu"]


def test_an_end_that_comes_before_its_beginning_is_still_an_end(desk: World) -> None:
    desk.advance(minutes=2)
    desk.take(alarm(state="OK", at=MONDAY + timedelta(minutes=1)))
    assert not desk.services.calls
    desk.take(alarm())
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu"]
    desk.pass_minutes(11)
    assert desk.open() == []


def test_an_alarm_that_is_fine_and_was_nothing_else_tells_nothing(desk: World) -> None:
    desk.take(alarm(state="OK"))
    desk.pass_minutes(11)
    assert not desk.services.calls and not desk.open() and not desk.mails()


def test_an_alarm_without_data_is_told_and_goes_on_as_the_same(desk: World) -> None:
    desk.take(alarm(state="INSUFFICIENT_DATA"))
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: database-database-cpu: no data any more"]
    desk.take(alarm(at=later(desk, minutes=1)))
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: database-database-cpu"]


def test_a_warning_at_night_waits_until_people_work_and_a_critical_alarm_does_not(desk: World) -> None:
    desk.now = NIGHT
    desk.take(alarm("warned", severity="warning", at=NIGHT), alarm("woken", at=NIGHT))
    assert not desk.services.shown(PLATFORM) and desk.services.headers(CALLS) == ["🔴 CRITICAL: woken"]
    desk.now = NIGHT.replace(hour=14)
    desk.tick()
    assert "🔴 WARNING: warned" in desk.services.headers(PLATFORM)


def test_an_event_of_ours_that_does_not_wait_is_told_at_night_and_in_no_storm(desk: World) -> None:
    desk.now = NIGHT
    ours = {"source": "dataconnect", "severity": "warning", "text": "In an hour."}
    desk.take(*(envelope({**ours, "title": f"Waits {number}"}, at=NIGHT) for number in range(8)))
    assert not desk.services.shown(PLATFORM)
    desk.take(envelope({**ours, "title": "Ends", "waits": False}, at=NIGHT))
    assert desk.services.headers(PLATFORM) == ["🔵 WARNING: Ends"]


def test_a_warning_that_is_over_before_people_work_is_not_told(desk: World) -> None:
    desk.now = NIGHT
    desk.take(alarm(severity="warning", at=NIGHT))
    desk.take(alarm(state="OK", severity="warning", at=later(desk, minutes=3)))
    desk.pass_minutes(11)
    assert not desk.services.calls and not desk.open()
    assert len(desk.notifier().store.done_since("2026")) == 1


def test_what_nobody_acknowledges_is_escalated_step_by_step(desk: World) -> None:
    desk.take(alarm())
    desk.pass_minutes(14)
    assert not desk.services.shown(PLATFORM)
    desk.pass_minutes(1)
    assert desk.services.headers(PLATFORM) == ["🔴 CRITICAL: database-database-cpu"]
    assert "Escalated: 1 times: nobody acknowledged it" in str(desk.services.shown(CALLS))
    assert not desk.services.shown(LEADS)
    desk.pass_minutes(15)
    assert desk.services.headers(LEADS) == ["🔴 CRITICAL: database-database-cpu"]
    desk.pass_minutes(60)
    assert sum(method == "chat.postMessage" for method, _ in desk.services.calls) == 3


def test_what_somebody_acknowledged_is_not_escalated_until_that_ends(desk: World) -> None:
    desk.take(alarm())
    desk.acknowledge(minutes=60)
    desk.pass_minutes(59)
    assert not desk.services.shown(PLATFORM) and "Acknowledged: by ada" in str(desk.services.shown(CALLS))
    assert desk.pages() == ["trigger", "acknowledge"]
    desk.pass_minutes(15)
    assert not desk.services.shown(PLATFORM), "it is on call again for as long as at first"
    desk.pass_minutes(2)
    assert desk.services.shown(PLATFORM) and not desk.services.shown(LEADS)


def test_a_warning_is_never_escalated(desk: World) -> None:
    desk.take(alarm(severity="warning"))
    desk.pass_minutes(60)
    assert not desk.services.shown(LEADS)


def test_what_is_silenced_is_told_when_the_silence_ends_and_it_goes_on(desk: World) -> None:
    desk.silence("database-cpu", minutes=30)
    desk.take(alarm())
    desk.pass_minutes(29)
    assert not desk.services.calls
    desk.pass_minutes(2)
    assert desk.services.shown(CALLS)


def test_an_event_is_told_once_and_again_only_after_some_minutes(desk: World) -> None:
    body = envelope("Recovery run 7: done", "Recovery 7")
    desk.take(body)
    desk.acknowledge()
    desk.take(envelope("Recovery run 7: done", "Recovery 7", at=later(desk, minutes=2)))
    assert desk.services.headers(CALLS) == ["🔵 CRITICAL: Recovery 7"] and "Times: 2" in str(desk.services.shown(CALLS))
    desk.pass_minutes(11)
    assert desk.open() == []


def test_an_event_that_waits_for_the_morning_is_not_forgotten(desk: World) -> None:
    desk.now = NIGHT
    finding = {
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "id": "1",
        "detail": {"severity": 5, "title": "T"},
    }
    desk.take(envelope(finding, at=NIGHT))
    desk.pass_minutes(20)
    assert not desk.services.calls and len(desk.open()) == 1
    desk.now = NIGHT.replace(hour=15)
    desk.tick()
    assert desk.services.headers(PLATFORM) == ["🔵 WARNING: aws.guardduty: T"]


def test_a_critical_event_that_nobody_takes_care_of_stays_until_all_were_told(desk: World) -> None:
    desk.take(envelope("something"))
    desk.pass_minutes(29)
    assert len(desk.open()) == 1 and not desk.services.shown(LEADS)
    desk.pass_minutes(2)
    assert desk.services.shown(LEADS) and desk.open() == []


def test_a_message_that_can_be_edited_no_more_is_posted_anew(desk: World) -> None:
    desk.take(alarm())
    desk.services.messages.clear()
    desk.take(alarm(state="OK", at=later(desk, minutes=1)))
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu"]


def test_slack_that_refuses_an_edit_for_another_reason_is_tried_again(desk: World) -> None:
    desk.take(alarm())
    desk.services.faults.append(Fault(body={"ok": False, "error": "internal_error"}))
    assert desk.take(alarm(state="OK", at=later(desk, minutes=1))) == ["0"]
    assert desk.tick() == ""
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu"]
