"""Mondays: what fired in the week, those first that nobody acted on, to the team that owns it, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.notify.incident import Acknowledged
from tests.functions.notify.desks import LEADS, MONDAY, PLATFORM, World, alarm

NEXT = MONDAY + timedelta(days=7)


def week(desk: World) -> None:
    for name, times in (("ignored", 3), ("once", 1), ("handled", 2)):
        for _ in range(times):
            desk.advance(minutes=20)
            desk.take(alarm(name, severity="warning", at=desk.now))
            if name == "handled":
                found = next(each for each in desk.open() if each.notice.title == name)
                said = Acknowledged(by="ada", at=desk.now.isoformat())
                desk.notifier().store.change(found.identity, lambda each, said=said: each and replace(each, acknowledged=said))
            desk.advance(minutes=5)
            desk.take(alarm(name, "OK", severity="warning", at=desk.now))
            desk.advance(minutes=12)
            desk.tick()
    desk.services.empty()
    desk.mails()


def test_the_week_is_told_once_and_what_nobody_acted_on_first(desk: World) -> None:
    week(desk)
    desk.take(alarm("goes-on", severity="warning", at=desk.now))
    desk.now = NEXT
    desk.tick()
    desk.pass_minutes(2)
    reports = [each for each in desk.services.shown(PLATFORM) if "Alarms of the week" in str(each)]
    (report,) = reports
    assert report["blocks"][0]["text"]["text"] == "🔵 INFO: Alarms of the week until 2026-12-07: 4, nobody acted on 3"
    lines = report["blocks"][2]["text"]["text"].split("\n")
    assert [each.split(":")[0] for each in lines] == ["warning ignored", "warning goes-on", "warning once", "warning handled"]
    assert lines[0] == "warning ignored: 3 times, 15 min; nobody acted on it"
    assert "goes on" in lines[1] and lines[3].endswith("acknowledged by ada")
    assert "dataconnect alerts ack" not in str(report)
    assert sum("Alarms of the week" in head for head, _ in desk.mails()) == 1


def test_it_comes_at_eight_in_the_zone_of_the_settings_and_later_where_nothing_ran_then(desk: World) -> None:
    week(desk)
    desk.now = datetime(2026, 12, 7, 13, 59, tzinfo=UTC)
    desk.tick()
    assert not desk.services.calls
    desk.now = datetime(2026, 12, 9, 3, 0, tzinfo=UTC)
    desk.tick()
    assert "Alarms of the week until 2026-12-07" in str(desk.services.shown(PLATFORM))


def test_a_week_without_alarms_and_a_new_environment_tell_nothing(desk: World) -> None:
    desk.table.delete_item(Key={"kind": "report", "id": "2026-11-30"})
    desk.tick()
    desk.now = NEXT
    desk.pass_minutes(2)
    assert not desk.services.calls and not desk.mails() and not desk.open()


def test_what_was_silenced_in_the_week_is_told_to_whose_it_is_though_nothing_fired(desk: World) -> None:
    desk.silence("database-cpu", minutes=90)
    desk.silence("abcdef", minutes=60, thing="queue", title="queue-live-in-flight")
    desk.advance(minutes=30)
    desk.notifier().store.unsilence("abcdef", by="bob", now=desk.now.timestamp())
    desk.now = NEXT
    notifier = desk.another(owners={"queue": "leads"})
    desk.tick(notifier)
    (own,), (leads,) = desk.services.shown(PLATFORM), desk.services.shown(LEADS)
    assert own["blocks"][2]["text"]["text"] == "silenced database-cpu: 90 min by ada; a test of load"
    ended = "silenced queue-live-in-flight (abcdef): 30 min by ada, ended by bob; a test of load"
    assert leads["blocks"][2]["text"]["text"] == ended
    desk.services.empty()
    desk.now = NEXT + timedelta(days=7)
    desk.tick(notifier)
    assert not desk.services.calls, "it was another week's"


def test_a_silence_that_began_in_the_week_before_is_told_in_both(desk: World) -> None:
    desk.now = NEXT - timedelta(days=1)
    desk.silence("database-cpu", minutes=2 * 24 * 60)
    for monday in (NEXT, NEXT + timedelta(days=7)):
        desk.services.empty()
        desk.now = monday
        desk.tick()
        assert "silenced database-cpu: 2880 min" in str(desk.services.shown(PLATFORM))


def test_a_week_of_many_is_told_whole_by_mail_and_line_by_line_in_slack(desk: World) -> None:
    for number in range(200):
        desk.silence(f"database-kind{number:03}", minutes=1)
    desk.now = NEXT
    desk.tick()
    ((_, mail),) = desk.mails()
    assert mail.count("silenced database-kind") == 200
    text = desk.services.shown(PLATFORM)[0]["blocks"][2]["text"]["text"].split("\n")
    shown = len(text) - 1
    assert text[-1] == f"and {200 - shown} more" and 30 < shown < 200 and text[0].endswith("; a test of load")
