"""What a person reads while the engine works."""

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from operations.durations import duration, spelled
from operations.environments.engine import Tools
from operations.environments.progress import Progress
from operations.errors import OperationError

BEGAN = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Watched:
    """A run whose engine says what a test says."""

    def __init__(self, folder: Path, **given: Any) -> None:
        self.file, self.said, self.seconds = folder / "events.json", list[str](), 0.0
        self.progress = Progress(
            what="up of dev-x", tell=self.said.append, clock=lambda: self.seconds, now=lambda: BEGAN, **given
        )

    def says(self, *events: dict[str, Any], after: float = 0, cut: str = "") -> None:
        self.seconds += after
        with self.file.open("a") as file:
            file.write("".join(f"{json.dumps(each)}\n" for each in events) + cut)
        self.progress.read(self.file)


NUMBERS = count()


def done(op: str = "create", *, planning: bool = False) -> dict[str, Any]:
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": f"urn:{next(NUMBERS)}"}, "planning": planning}}


PLANNED = {"summaryEvent": {"isPreview": True, "resourceChanges": {"create": 3, "same": 9}}}


def test_steps_are_told_of_those_planned_with_time_and_expected_end(tmp_path: Path) -> None:
    run = Watched(tmp_path, durations=[600, 1200, 900])
    assert run.said == ["up of dev-x begins; expected to end at 12:15, as earlier runs did"]
    run.says({"preludeEvent": {}}, PLANNED)
    run.says({"preludeEvent": {}}, done("same"), done(), done(), after=10)
    assert run.said[1:] == [
        "up of dev-x: 3 steps are planned",
        "up of dev-x: 2 of 3 steps done, 10 s, expected to end at 12:14",
    ]
    run.says(done(), after=1000)
    assert run.said[-1] == "up of dev-x: 3 of 3 steps done, 17 min, later than earlier runs"


def test_a_resource_that_tells_its_outputs_twice_or_replaces_another_is_one_step(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    once = done()
    parts = [{"resOutputsEvent": {"metadata": {"op": op, "urn": "urn:new"}}} for op in ("create-replacement", "replace")]
    run.says({"summaryEvent": {"isPreview": True, "resourceChanges": {"create": 1, "replace": 1, "create-replacement": 1}}})
    run.says(once, once, *parts)
    assert (run.progress.done, run.progress.planned) == (2, 2)


def test_without_earlier_runs_nobody_knows_when_it_ends(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    run.says(done(), after=11)
    assert run.said == ["up of dev-x begins", "up of dev-x: 1 steps done, 11 s"]


def test_a_line_is_told_every_ten_seconds_at_the_most_and_only_where_something_was_done(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    for _ in range(5):
        run.says(done(), after=1)
    run.says(after=60)
    run.says(after=60)
    assert run.said[1:] == ["up of dev-x: 5 steps done, 65 s"]


def test_an_event_that_is_not_written_whole_yet_is_read_later(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    run.says(cut='{"resOutputsEvent": {"metadata":')
    assert run.progress.done == 0
    run.says(cut=' {"op": "create", "urn": "urn"}}}\n')
    assert run.progress.done == 1


def test_the_last_line_knows_the_plan_though_its_events_were_gone_too_soon(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    run.says({"preludeEvent": {}}, done(), done("update"), done("delete"), after=3)
    said = "Resources:\n    + 1 to create\n    ~ 1 to update\n    +-1 to replace\nResources:\n    + 1 created\n"
    run.progress.end(said)
    assert run.said[-1] == "up of dev-x: 3 of 3 steps done, 3 s"


def test_a_file_that_the_engine_begins_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    run.says({"preludeEvent": {}}, *[done(planning=True)] * 3, PLANNED)
    run.file.write_text(f'{{"preludeEvent": {{"config": "{"x" * 900}"}}}}\n{json.dumps(done())}\n')
    run.progress.read(run.file)
    run.progress.read(run.file)
    assert (run.progress.done, run.progress.planned) == (1, 3)


def test_the_first_errors_are_told_whole_and_once_without_colours_or_what_moves_a_cursor(tmp_path: Path) -> None:
    run = Watched(tmp_path)
    for number in (1, 1, 2, 3, 4):
        message = f"<{{%fg 1%}}>error {number}<{{%reset%}}>"
        run.says(
            {"diagnosticEvent": {"severity": "error", "urn": "urn:pulumi:dev-x::p::aws:sqs/queue:Queue::q", "message": message}}
        )
    assert run.said[1:] == [f"error: q: error {number}" for number in (1, 2, 3)]
    run.says({"diagnosticEvent": {"severity": "warning", "message": "no"}})
    assert len(run.said) == 4


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("8h", 480), ("2d", 2880), ("0h", None), ("h", None), ("8", None)])
def test_spans_of_time_are_read_by_one_reader(text: str, minutes: int | None) -> None:
    found = duration(text)
    assert (found and found.total_seconds() / 60) == minutes


def test_spans_of_time_are_told_in_two_units() -> None:
    told = [spelled(duration(text) or pytest.fail(text)) for text in ("1m", "90m", "24h", "1501m")]
    assert told == ["1 min", "1 h 30 min", "1 d", "1 d 1 h"]


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(OperationError, match=r"--pulumi is './none', and there is no such command"):
        Tools(pulumi="./none", account="111111111111").found()
