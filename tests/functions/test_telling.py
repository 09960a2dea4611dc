"""What a service tells of each request makes metrics, finds its error again, and tells no value."""

import ast
import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.operate.objective_spec import TIERS
from functions.shared import telling
from functions.shared.telling import Event, event, fingerprint, measured

FILE = Path(telling.__file__)
PAGE = Path(__file__).parents[2] / "docs" / "telling.md"
SPACE = {"TELEMETRY_NAMESPACE": "DataConnect/test"}
SECRET = "SSN-078-05-1120"


def ticks(*moments: float) -> Any:
    told: Iterator[float] = iter(moments)
    return lambda: next(told)


def line_of(change: Any = lambda _: None, environment: dict[str, str] = SPACE) -> dict[str, Any]:
    """The one line of a request that took 1.5 s."""
    lines: list[str] = []
    with event("search", "find", write=lines.append, clock=ticks(10, 11.5), environment=environment) as told:
        change(told)
    (line,) = lines
    return json.loads(line)


def embedded(line: dict[str, Any]) -> dict[str, Any]:
    """The directive of a line, once it holds what the format asks of it."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert 1 <= len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        values = line[metric["Name"]]
        numbers = values if isinstance(values, list) else [values]
        assert 1 <= len(numbers) <= 100
        assert all(isinstance(each, int | float) for each in numbers)
    for dimensions in directive["Dimensions"]:
        assert len(dimensions) <= 30
        assert all(isinstance(line[each], str) and 1 <= len(line[each]) <= 1024 for each in dimensions)
    return directive


def test_a_request_is_counted_for_its_service_and_for_the_tier_of_its_tenant() -> None:
    def silo(told: Event) -> None:
        told.tier = "silo"

    line = line_of(silo)
    directive = embedded(line)
    assert directive["Namespace"] == "DataConnect/test"
    assert directive["Dimensions"] == [["service"], ["service", "tier"]]
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        "requests": "Count",
        "failed": "Count",
        "duration": "Milliseconds",
    }
    assert (line["service"], line["tier"], line["requests"], line["failed"], line["duration"]) == ("search", "silo", 1, 0, 1500)


@pytest.mark.parametrize("tier", [None, "", "gold", "tacmeacmeacme222"])
def test_what_is_no_tier_is_no_dimension(tier: str | None) -> None:
    assert embedded(line_of(lambda told: setattr(told, "tier", tier)))["Dimensions"] == [["service"]]


def test_the_tiers_are_those_that_objectives_name() -> None:
    assert telling.TIERS == TIERS


@pytest.mark.parametrize(("code", "outcome"), [(200, "ok"), (399, "ok"), (400, "refused"), (499, "refused"), (500, "failed")])
def test_only_what_is_the_services_own_fault_counts_as_failed(code: int, outcome: str) -> None:
    line = line_of(lambda told: told.status(code))
    assert (line["outcome"], line["failed"]) == (outcome, int(outcome == "failed"))


def test_what_failed_stays_failed_whatever_it_is_answered_with() -> None:
    def half_an_answer(told: Event) -> None:
        told.fail("database-gone")
        told.status(200)

    line = line_of(half_an_answer)
    assert (line["outcome"], line["failed"], line["error"]["kind"]) == ("failed", 1, "database-gone")


def test_an_error_is_told_by_its_kind_and_way_and_goes_on() -> None:
    lines: list[str] = []
    with (
        pytest.raises(KeyError, match=SECRET),
        event("search", "find", write=lines.append, environment=SPACE) as told,
    ):
        told.trace = "Root=1-67891233-abcdef012345678912345678"
        raise KeyError(SECRET)
    line = json.loads(lines[0])
    assert SECRET not in lines[0]
    assert (line["outcome"], line["failed"], line["error"]["kind"]) == ("failed", 1, "KeyError")
    assert line["trace"] == told.trace


@pytest.mark.parametrize("ends", [asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_cut_off_is_told_as_failed_and_goes_on(ends: type[BaseException]) -> None:
    lines: list[str] = []
    with pytest.raises(ends), event("search", "find", write=lines.append, environment=SPACE):
        raise ends
    line = json.loads(lines[0])
    assert (line["outcome"], line["failed"], line["error"]["kind"]) == ("failed", 1, ends.__name__)


def _raised(way: Any) -> BaseException:
    try:
        way()
    except Exception as error:
        return error
    raise AssertionError


def _one() -> None:
    raise ValueError(SECRET)


def _other() -> None:
    raise ValueError("else")


def test_a_fingerprint_is_of_the_kind_and_the_place_and_not_of_the_words() -> None:
    one, again, other = (fingerprint(_raised(way)) for way in (_one, _one, _other))
    assert one == again != other
    assert fingerprint(KeyError("never raised")) == fingerprint(KeyError("nor this"))


def _read(text: str) -> None:
    json.loads(text)


def _read_otherwise(text: str) -> None:
    json.loads(text)


def test_a_fingerprint_is_of_the_services_own_way_and_not_of_a_librarys() -> None:
    one, again, other = (fingerprint(_raised(lambda way=way: way("{"))) for way in (_read, _read, _read_otherwise))
    assert one == again != other


def batch_of(told: Event, waited: list[float]) -> list[dict[str, Any]]:
    lines: list[str] = []
    telling.messages("newest", "take-in", told, waited, write=lines.append, environment=SPACE)
    return [json.loads(line) for line in lines]


def test_each_message_of_a_batch_tells_how_long_it_waited() -> None:
    told = Event(tier="silo")
    told.tell(tenant="tacmeacmeacme222")
    (line,) = batch_of(told, [1.5, 0.25, 7])
    assert {each["Name"]: each["Unit"] for each in embedded(line)["Metrics"]} == {
        "requests": "Count",
        "failed": "Count",
        "waited": "Seconds",
    }
    assert (line["requests"], line["failed"], line["waited"], line["longest_wait"]) == (3, 0, [1.5, 0.25, 7], 7)
    assert (line["outcome"], line["tenant"], line["tier"]) == ("ok", "tacmeacmeacme222", "silo")


@given(number=st.integers(0, 1050), outcome=st.sampled_from(["ok", "refused", "failed"]))
def test_however_many_messages_each_is_counted_once_in_lines_that_cloudwatch_takes(number: int, outcome: str) -> None:
    lines = batch_of(Event(outcome=outcome), [each / 1000 for each in range(number)])
    assert [value for line in lines for value in line["waited"]] == [each / 1000 for each in range(number)]
    assert sum(line["requests"] for line in lines) == number
    assert sum(line["failed"] for line in lines) == (number if outcome == "failed" else 0)
    for line in lines:
        embedded(line)
        assert len(json.dumps(line)) < 16 * 1024


def test_what_is_promised_to_nobody_makes_no_metric() -> None:
    lines: list[str] = []
    with event("index", "rebuild", counted=False, write=lines.append, environment=SPACE):
        pass
    assert "_aws" not in json.loads(lines[0])


def test_without_a_namespace_a_line_is_a_line_and_no_metric() -> None:
    line = line_of(environment={})
    assert "_aws" not in line
    assert line["service"] == "search"
    assert measured("search", "pool", "failed", environment={}) == {"service": "search", "tier": "pool"}


@pytest.mark.parametrize("name", ["service", "requests", "error", "Tenant", "x" * 41, ""])
def test_a_property_that_the_line_has_already_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="property"):
        Event().tell(**{name: 1})


def test_more_than_twenty_properties_are_refused_and_twenty_are_told() -> None:
    told = Event()
    told.tell(**{f"p{number}": number for number in range(20)})
    told.tell(p0=5)
    with pytest.raises(ValueError, match="at most 20"):
        told.tell(more=1)
    assert told.properties["p0"] == 5


@given(text=st.text(max_size=2000), error=st.text(min_size=1, max_size=40))
def test_whatever_is_told_is_one_line_that_no_driver_splits(text: str, error: str) -> None:
    def change(told: Event) -> None:
        told.tell(**{f"p{number}": text for number in range(20)})
        told.trace = text
        told.fail(error)

    lines: list[str] = []
    with event("search", "find", write=lines.append, environment=SPACE) as told:
        change(told)
    assert "\n" not in lines[0]
    assert len(lines[0].encode()) < 16 * 1024
    embedded(json.loads(lines[0]))


def test_it_prints_its_line_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with event("search", "find"):
        pass
    assert json.loads(capsys.readouterr().out)["operation"] == "find"


def test_a_copy_of_the_file_is_all_that_a_service_needs(tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path / "telling.py")
    code = "import telling\nwith telling.event('search', 'find') as told: told.tier = 'pool'"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        env=SPACE,
    )
    assert embedded(json.loads(done.stdout))["Namespace"] == "DataConnect/test"
    modules = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(FILE.read_text()))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + ([each.name for each in node.names] if isinstance(node, ast.Import) else [])
    }
    assert modules <= sys.stdlib_module_names


def test_what_the_page_shows_to_other_languages_is_what_this_one_prints() -> None:
    page = PAGE.read_text()
    (block,) = re.findall(r"`_aws` of a request is\n\n((?: {4}.*\n)+)", page)
    shown = json.loads(block.replace("<milliseconds>", "0").replace("<TELEMETRY_NAMESPACE>", '"DataConnect/test"'))
    assert shown == line_of(lambda told: setattr(told, "tier", "pool"))["_aws"] | {"Timestamp": 0}
    assert f"without a tier `Dimensions` is `{json.dumps(embedded(line_of())['Dimensions'])}`" in page
    *same, last = embedded(batch_of(Event(), [1])[0])["Metrics"]
    assert same == shown["CloudWatchMetrics"][0]["Metrics"][:-1] and f"the last metric is\n`{json.dumps(last)}`" in page


def test_the_example_of_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FILE, tmp_path / "telling.py")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TELEMETRY_NAMESPACE", "DataConnect/test")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    request = {"headers": {"x-amzn-trace-id": "Root=1"}, "tier": "silo", "tenant": "tacmeacmeacme222"}
    assert names["answer"](request) == (200, "...")
    line = json.loads(capsys.readouterr().out)
    assert embedded(line)["Dimensions"] == [["service"], ["service", "tier"]]
    assert (line["service"], line["operation"], line["tenant"], line["trace"]) == (
        "reports",
        "monthly",
        request["tenant"],
        "Root=1",
    )
