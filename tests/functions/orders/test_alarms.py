"""The buttons of the notifier's messages: who presses takes care of it, or silences it, as on the command line."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.notify.incident import Incident
from functions.notify.store import ContendedError, Store
from tests.functions.notify.desks import CALLS, LEADS, PLATFORM, alarm
from tests.functions.notify.services import mentions
from tests.functions.orders.office import GRACE, Office, buttons, shown

BY = "ada@dataconnect.example (Slack)"


def fire(office: Office, **changes: Any) -> None:
    assert office.desk.take(alarm(**changes), notifier=office.notifier) == []


def press(office: Office, action: str, **changes: str) -> dict[str, object]:
    """Press it in the message as it is now; what Slack is told then."""
    return press_in(office, action, shown(office), **changes)


def press_in(office: Office, action: str, message: dict[str, Any], **changes: str) -> dict[str, object]:
    assert office.send(office.press(action, message, **changes)) == (200, "")
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
    for _ in range(16):
        office.desk.advance(minutes=1)
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


def meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> str:
    """Press Acknowledge while something happens between what is read and what is written; what who pressed hears."""
    named = Store.named

    def then(store: Store, reference: str) -> Incident | None:
        found = named(store, reference)
        happens()
        return found

    assert office.send(office.press("acknowledge", shown(office)))[0] == 200
    with monkeypatch.context() as patch:
        patch.setattr(Store, "named", then)
        office.work()
    return str(office.told.pop()[1]["text"])


def test_what_was_over_meanwhile_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fire(office)
    office.desk.advance(minutes=1)
    said = meanwhile(office, monkeypatch, lambda: fire(office, state="OK", at=office.desk.now))
    assert said == "it was over meanwhile" and office.desk.open()[0].acknowledged is None


def test_of_two_who_press_at_once_one_takes_care_and_the_other_hears_who(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire(office)
    assert meanwhile(office, monkeypatch, lambda: office.desk.acknowledge(by="grace")) == "grace takes care of it already"
    (found,) = office.desk.open()
    assert found.acknowledged and found.acknowledged.by == "grace"


def test_a_word_whose_time_has_ended_is_nobodys_and_the_button_is_there_again(office: Office) -> None:
    fire(office)
    office.desk.acknowledge(by="grace", minutes=10)
    office.desk.advance(minutes=11)
    office.desk.tick(office.notifier)
    assert (
        press(office, "acknowledge")["text"] == f"{BY} takes care of {office.desk.open()[0].reference}: database-database-cpu"
    )


def test_the_button_makes_no_longer_silence_shorter(office: Office) -> None:
    fire(office)
    reference = office.desk.open()[0].reference
    office.desk.silence(reference, minutes=72 * 60, title="database-database-cpu")
    told = press(office, "silence")
    assert told["response_type"] == "ephemeral"
    assert told["text"] == "ada silenced it until 2026-12-03 15:00 UTC already: a test of load"
    now = office.desk.now.timestamp()
    silence = office.desk.notifier().store.silences(now)[reference]
    assert (silence.until - now, silence.why) == (72 * 3600, "a test of load")
    assert len(office.desk.notifier().store.silenced(now - 60, now + 60)) == 1


def test_the_button_makes_a_shorter_silence_longer(office: Office) -> None:
    fire(office)
    reference = office.desk.open()[0].reference
    office.desk.silence(reference, minutes=10)
    assert press(office, "silence")["response_type"] == "in_channel"
    assert office.desk.notifier().store.silences(0)[reference].by == BY


def test_what_is_silenced_by_the_button_comes_back_and_tells_nobody(office: Office) -> None:
    fire(office)
    press(office, "silence")
    office.desk.flap(notifier=office.notifier)
    for _ in range(50):
        office.desk.advance(minutes=1)
        office.desk.tick(office.notifier)
    assert "Times: 2" in str(shown(office)) and buttons(shown(office)) == ["acknowledge", "silence"]
    assert office.desk.words() == [] and office.desk.pages() == ["trigger"]
    assert len(office.desk.services.posted["/hook/secret"]) == 1 and not office.desk.services.shown(PLATFORM)


def test_silence_of_a_storm_is_of_that_storm(office: Office) -> None:
    fire_many(office, "first", 6)
    told = press_in(office, "silence", storm_message(office))
    assert "Storm: 2 alarms of on-call at once" in str(told["text"])
    fire_many(office, "second", 6)
    headers = office.desk.services.headers(CALLS)
    assert headers[5:9] == [f"🔴 CRITICAL: second-{number}" for number in range(4)] and "Storm: 2 alarms" in headers[9]


def fire_many(office: Office, name: str, count: int) -> None:
    for number in range(count):
        office.desk.advance(seconds=1)
        fire(office, name=f"{name}-{number}", at=office.desk.now)


def storm_message(office: Office) -> dict[str, Any]:
    found = [(ts, each) for ts, each in office.desk.services.messages[CALLS].items() if "Storm" in str(each["blocks"][0])]
    ((ts, content),) = found
    return {**content, "ts": ts}


def test_a_table_that_others_write_all_the_time_is_told_and_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def contended(*_: object, **__: object) -> None:
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
