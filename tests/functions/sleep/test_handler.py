"""What people order and ask of the function: until when, who, what would be done, and how many hours what slept."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.base.hours import rules_of
from functions.sleep import calendar, handler
from functions.sleep.record import hours_of
from functions.sleep.rounds import ALARMS
from tests.functions.sleep.model import NIGHT, NOON, Aws, Calls
from tests.functions.sleep.test_rounds import asleep, awake


def order(aws: Aws, state: str, until: str | None = None, **more: Any) -> dict[str, Any]:
    return aws.round({"do": "order", "state": state, "until": until, "by": "arn:aws:iam::111111111111:user/ada", **more})


def test_somebody_keeps_it_awake_until_a_time_and_then_it_sleeps() -> None:
    aws = Aws()
    aws.rounds(2)
    told = order(aws, "awake", "22:00")
    assert (told["mode"], told["until"]) == ("awake", "2026-12-01 22:00 EST")
    assert told["order"]["by"].endswith("user/ada")
    # 21:00
    aws.now = NOON + 9 * 3600
    aws.rounds(10)
    assert awake(aws)
    aws.now = NOON + 10 * 3600
    told = aws.rounds()
    assert asleep(aws)
    assert told["order"] is None


def test_somebody_wakes_it_by_night_for_two_hours() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    told = order(aws, "awake")
    assert told["order"]["until"] == "2026-12-02 01:00 EST"
    aws.rounds()
    assert awake(aws)
    aws.rounds(24)
    assert asleep(aws)


def test_somebody_puts_it_to_sleep_by_day_until_its_next_hours() -> None:
    aws = Aws()
    told = order(aws, "asleep")
    assert told["order"]["until"] == "2026-12-02 07:00 EST"
    aws.rounds()
    assert asleep(aws)
    aws.now = NOON + 86400
    aws.rounds()
    assert awake(aws)


def test_the_hours_count_again_once_the_order_is_taken_back() -> None:
    aws = Aws()
    order(aws, "asleep")
    aws.rounds()
    told = aws.round({"do": "resume", "dry": True})
    assert told["mode"] == "awake"
    aws.rounds()
    assert asleep(aws), "nothing was taken back"
    aws.round({"do": "resume"})
    aws.rounds()
    assert awake(aws)


@pytest.mark.parametrize(
    ("state", "until", "says"),
    [("awake", "11:00", "'11:00' is past"), ("awake", "soon", "no time"), ("up", "22:00", "state is 'up'; expected awake or")],
)
def test_an_order_that_cannot_be_used_changes_nothing(state: str, until: str, says: str) -> None:
    aws = Aws()
    assert says in order(aws, state, until)["error"]
    assert aws.items == {}
    assert aws.calls == []


def test_a_stack_that_never_wakes_by_itself_needs_a_time() -> None:
    aws = Aws()
    never = calendar.Calendar(zone=calendar.ZoneInfo("UTC"), hours=(), holidays=frozenset(), windows=())
    made = handler.Sleeper(aws.document(), Calls(aws).client, never, now=lambda: aws.now)
    told = made.handle({"do": "order", "state": "asleep"})
    assert told == {"error": "the schedule wakes nothing within a month; expected --until"}
    assert made.handle({"do": "show"})["until"] is None


@pytest.mark.parametrize("event", [{"do": "show"}, {"do": "order", "state": "asleep", "dry": True}])
def test_who_only_looks_changes_and_writes_nothing(event: dict[str, Any]) -> None:
    aws = Aws()
    aws.now = NIGHT
    told = aws.round(event)
    assert told["dry"]
    assert [each["calls"] for each in told["things"] if each["kind"] in ALARMS] == [
        ["cloudwatch.disable_alarm_actions(AlarmNames=['service-bi'])"],
        ["cloudwatch.disable_alarm_actions(AlarmNames=['database-cpu'])"],
    ]
    assert {each["says"] for each in told["things"] if each["kind"] not in ALARMS} >= {"waits for alarms, database-alarms"}
    assert (aws.items, aws.calls, aws.metrics) == ({}, [], {})


def test_the_report_tells_the_hours_that_were_measured() -> None:
    aws = Aws()
    for _ in range(2):
        aws.rounds(96, minutes=15)
    told = aws.round({"do": "report", "days": 30})
    rows = {each["name"]: each for each in told["things"]}
    assert set(rows) == {"database", "bi", "convert", "batch"}
    for row in rows.values():
        assert row["hours"] == pytest.approx(48, abs=0.5)
    # Two nights of eleven hours, less what going to sleep and waking take.
    assert rows["database"]["asleep"] == pytest.approx(22, abs=2)
    assert rows["bi"]["asleep"] == pytest.approx(22, abs=2)


@pytest.mark.parametrize(
    ("journal", "hours"),
    [
        ([], (0.0, 0.0)),
        ([("", "awake", 0)], (24.0, 0.0)),
        ([("", "awake", 6)], (18.0, 0.0)),
        ([("awake", "asleep", 6), ("asleep", "moving", 18)], (24.0, 12.0)),
        # Begun before, and after the end
        ([("asleep", "awake", -2), ("awake", "asleep", 12), ("asleep", "awake", 30)], (24.0, 12.0)),
        ([("asleep", "awake", 12)], (24.0, 12.0)),
    ],
)
def test_hours_between_two_times_are_those_of_the_journal(
    journal: list[tuple[str, str, int]], hours: tuple[float, float]
) -> None:
    told = [{"before": before, "state": state, "at": NOON + 3600 * hour} for before, state, hour in journal]
    assert hours_of(told, NOON, NOON + 24 * 3600) == hours


def test_the_function_reads_what_lies_in_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = Aws()
    document = {**json.loads(aws.document()), "timezone": "America/New_York", "hours": [], "holidays": [], "windows": []}
    (tmp_path / "schedule.json").write_text(json.dumps(document))
    monkeypatch.setattr(handler, "DOCUMENT", tmp_path / "schedule.json")
    monkeypatch.setattr(handler, "client", Calls(aws).client)
    monkeypatch.setattr(handler, "calendar_of", lambda text: calendar.calendar_of(text, rules_of("America/New_York")))
    told = handler.handle({}, None)
    assert told["mode"] == "asleep"
    said = json.loads(capsys.readouterr().out)
    assert [each["kind"] for each in said["changed"]] == [*ALARMS]
    handler.handle({"do": "show"}, None)
    assert capsys.readouterr().out == ""
