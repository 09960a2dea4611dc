"""The buttons of the notifier's messages: who presses takes care of it, or silences it, as on the command line."""

from typing import Any

import pytest

from functions.notify.store import ContendedError, Store
from tests.functions.notify.desks import CALLS, LEADS, PLATFORM, alarm
from tests.functions.notify.services import mentions
from tests.functions.orders.office import GRACE, Office, buttons, shown

BY = "ada@dataconnect.example (Slack)"


def fire(office: Office, **changes: Any) -> None:
    assert office.desk.take(alarm(**changes), notifier=office.notifier) == []


def press(office: Office, action: str, **changes: str) -> dict[str, object]:
    """Press it in the message as it is now; what Slack is told then."""
    assert office.send(office.press(action, shown(office), **changes)) == (200, "")
    office.work()
    return dict(office.told.pop()[1])


def test_a_message_has_buttons_where_something_takes_them_and_nowhere_else(office: Office) -> None:
    fire(office)
    assert buttons(shown(office)) == ["acknowledge", "silence"]
    office.desk.empty()
    office.desk.take(alarm())
    assert buttons(shown(office)) == []


def test_who_presses_takes_care_of_it_the_message_says_so_and_nobody_else_is_called(office: Office) -> None:
    fire(office)
    told = press(office, "acknowledge")
    (found,) = office.desk.open()
    assert (told["response_type"], told["thread_ts"]) == ("in_channel", shown(office)["ts"])
    assert told["replace_original"] is False
    assert told["text"] == f"{BY} takes care of {found.reference}: database-database-cpu"
    assert found.acknowledged and (found.acknowledged.by, found.acknowledged.until) == (BY, 0)
    assert office.desk.tick(office.notifier) == ""
    message = shown(office)
    assert f"Acknowledged: by {BY}, 2026-11-30 15:00 UTC" in str(message) and buttons(message) == ["silence"]
    for _ in range(40):
        office.desk.advance(minutes=1)
        office.desk.tick(office.notifier)
    assert not office.desk.services.shown(LEADS) and not office.desk.services.shown(PLATFORM)


def test_what_somebody_takes_care_of_already_stays_theirs(office: Office) -> None:
    fire(office)
    press(office, "acknowledge")
    told = press(office, "acknowledge", by=GRACE)
    assert (told["response_type"], told["text"]) == ("ephemeral", f"{BY} takes care of it already")
    (found,) = office.desk.open()
    assert found.acknowledged and found.acknowledged.by == BY


def test_a_silence_is_for_an_hour_of_that_incident_and_the_weeks_report_says_whose(office: Office) -> None:
    fire(office)
    (found,) = office.desk.open()
    told = press(office, "silence")
    assert told["text"] == f"{BY} silenced {found.reference} until 16:00 UTC: database-database-cpu"
    assert told["response_type"] == "in_channel"
    now = office.desk.now.timestamp()
    ((what, silence),) = office.desk.notifier().store.silences(now).items()
    assert (what, silence.by, silence.until - silence.since) == (found.reference, BY, 3600)
    assert (silence.thing, silence.title) == ("database", "database-database-cpu")
    assert office.desk.notifier().store.silenced(now - 60, now + 60)
    for _ in range(59):
        office.desk.advance(minutes=1)
        office.desk.tick(office.notifier)
    assert not office.desk.services.shown(PLATFORM), "it is not escalated while it is silenced"
    office.desk.advance(minutes=2)
    office.desk.tick(office.notifier)
    assert office.desk.services.shown(PLATFORM)


def test_what_is_over_has_no_buttons_and_an_old_one_does_nothing(office: Office) -> None:
    fire(office)
    before = office.press("acknowledge", shown(office))
    office.desk.advance(minutes=1)
    fire(office, state="OK", at=office.desk.now)
    assert buttons(shown(office)) == []
    assert office.send(before)[0] == 200
    office.work()
    assert office.told[0][1]["text"] == "it is over: there is nothing to take care of"
    assert office.desk.open()[0].acknowledged is None


def test_a_message_that_another_one_has_replaced_does_nothing(office: Office) -> None:
    fire(office)
    old = {**shown(office), "ts": "1.000009"}
    assert office.send(office.press("silence", old))[0] == 200
    office.work()
    assert office.told[0][1]["text"] == "this message is an old one: a newer one tells of it"
    assert not office.desk.notifier().store.silences(office.desk.now.timestamp())


def test_a_button_of_one_channel_does_nothing_in_another(office: Office) -> None:
    fire(office)
    assert office.send(office.press("acknowledge", shown(office), where=PLATFORM))[0] == 200
    office.work()
    assert "old one" in office.told[0][1]["text"] and office.desk.open()[0].acknowledged is None


def test_what_was_over_meanwhile_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fire(office)
    event = office.press("acknowledge", shown(office))
    assert office.send(event)[0] == 200
    monkeypatch.setattr(Store, "acknowledge", lambda *_: None)
    office.work()
    assert office.told[0][1]["text"] == "it was over meanwhile"


def test_a_table_that_others_write_all_the_time_is_told_and_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def contended(*_: object) -> None:
        raise ContendedError

    fire(office)
    assert office.send(office.press("acknowledge", shown(office)))[0] == 200
    monkeypatch.setattr(Store, "acknowledge", contended)
    with pytest.raises(ContendedError):
        office.work()
    assert "it was not done: ContendedError" in office.told[0][1]["text"]


def test_the_name_of_an_alarm_mentions_nobody(office: Office) -> None:
    fire(office, name="<!channel> <https://example.com|run>")
    told = press(office, "acknowledge")
    assert mentions({"text": told["text"]}) == []


def test_an_acknowledgement_in_slack_is_what_the_command_line_reads(office: Office) -> None:
    fire(office)
    reference = office.desk.open()[0].reference
    press(office, "acknowledge")
    found = office.desk.notifier().store.named(reference)
    assert found and found.cared_for(office.desk.now) and found.told[f"slack:{CALLS}"].message == shown(office)["ts"]
