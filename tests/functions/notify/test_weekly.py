"""Mondays: what fired in the week, those first that nobody acted on, to the team that owns it, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.notify.incident import Acknowledged
from tests.functions.notify.desks import MONDAY, PLATFORM, World, alarm

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
