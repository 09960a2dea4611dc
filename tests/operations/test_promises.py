"""`dataconnect slo`: CloudWatch answers from synthetic requests, and what it is asked is held against boto's own model."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters
from typer.testing import CliRunner

from components.operate.error_search import FAILURES
from operations.aws import Aws
from operations.command import app
from operations.promises import command
from operations.promises.measured import measure
from operations.promises.outputs import Promise

QUERY = " ".join(FAILURES.split())
ACCOUNT, REGION = "222222222222", "us-east-2"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def model(service: str, operation: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


@dataclass
class Cloudwatch:
    """Answers of five-minute counts; a percentile rank is of the requests that were good."""

    counts: dict[datetime, tuple[int, int]] = field(default_factory=dict[datetime, tuple[int, int]])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    page: int = 100_000
    refused: int = 0

    def get_paginator(self, name: str) -> "Cloudwatch":
        assert name == "get_metric_data"
        return self

    def paginate(self, **told: Any) -> Iterator[dict[str, Any]]:
        validate_parameters(told, model("cloudwatch", "GetMetricData"))
        self.asked.append(told)
        for query in told["MetricDataQueries"]:
            points = self._points(query["MetricStat"], told["StartTime"], told["EndTime"])
            for start in range(0, len(points), self.page):
                moments, values = zip(*points[start : start + self.page], strict=True)
                yield {"MetricDataResults": [{"Id": query["Id"], "Timestamps": [*moments], "Values": [*values]}]}

    def _points(self, stat: Mapping[str, Any], start: datetime, end: datetime) -> list[tuple[datetime, float]]:
        sums: dict[datetime, list[int]] = {}
        for moment, (requests, bad) in self.counts.items():
            if start <= moment < end:
                at = moment.replace(minute=0) if stat["Period"] == 3600 else moment
                total = sums.setdefault(at, [0, 0, 0])
                total[:] = total[0] + requests, total[1] + bad, total[2] + self.refused
        name = stat["Metric"]["MetricName"]
        if stat["Stat"].startswith("PR("):
            return [(at, 100 * (requests - bad) / requests) for at, (requests, bad, _) in sums.items()]
        if name == "TargetConnectionErrorCount":
            return [(at, refused) for at, (_, _, refused) in sums.items() if refused]
        if "5XX" in name:
            return [(at, bad) for at, (_, bad, _) in sums.items() if bad]
        return [(at, requests) for at, (requests, _, _) in sums.items()]

    def happened(self, before: timedelta, lasting: timedelta, requests: int, bad: int = 0) -> None:
        """So much in each five minutes of a span that began so long before now."""
        for number in range(lasting // FIVE):
            self.counts[NOW - before + number * FIVE] = (requests, bad)


def metric(name: str, statistic: str) -> dict[str, Any]:
    dimensions = {"LoadBalancer": "app/ingress/1", "TargetGroup": "targetgroup/search/1"}
    return {"namespace": "AWS/ApplicationELB", "name": name, "dimensions": dimensions, "statistic": statistic}


AVAILABLE: dict[str, Any] = {
    "kind": "availability",
    "promise": "99.9 % do not fail",
    "target": 99.9,
    "metrics": {
        "requests": metric("RequestCount", "Sum"),
        "bad": metric("HTTPCode_Target_5XX_Count", "Sum"),
        "refused": metric("TargetConnectionErrorCount", "Sum"),
    },
}
FAST: dict[str, Any] = {
    "kind": "latency",
    "promise": "95 % within 800 ms",
    "target": 95.0,
    "tier": "silo",
    "metrics": {"requests": metric("TargetResponseTime", "SampleCount"), "within": metric("TargetResponseTime", "PR(:0.8)")},
}
OUTPUTS: dict[str, Any] = {
    "stack": "prod",
    "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
    "objectives": {
        "search": {"windowDays": 30.0, "indicators": [AVAILABLE, FAST]},
        "bi": {"windowDays": 28, "indicators": [AVAILABLE]},
    },
    "errorLogs": {"search": "search-1", "ingest": "ingest-1"},
    "errorQuery": QUERY,
}


@dataclass
class Logs:
    """Answers one query of Logs Insights, at the second look."""

    results: list[list[dict[str, str]]] = field(default_factory=list[list[dict[str, str]]])
    status: str = "Complete"
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    looks: int = 0

    def start_query(self, **told: Any) -> Any:
        validate_parameters(told, model("logs", "StartQuery"))
        self.asked.append(told)
        if self.status == "none":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "StartQuery")
        return {"queryId": "q"}

    def get_query_results(self, *, queryId: str) -> Any:  # noqa: N803
        assert queryId == "q"
        self.looks += 1
        return {"status": "Running" if self.looks == 1 else self.status, "results": self.results}


@dataclass
class Stack:
    """A stack, and who runs the command."""

    file: Path
    cloudwatch: Cloudwatch = field(default_factory=Cloudwatch)
    logs: Logs = field(default_factory=Logs)
    outputs: dict[str, Any] = field(default_factory=lambda: dict(OUTPUTS))

    def run(self, *arguments: str, code: int = 0) -> Any:
        self.file.write_text(json.dumps(self.outputs))
        nothing: Any = None
        own: dict[str, Any] = {"cloudwatch": self.cloudwatch, "logs": self.logs, "s3": nothing}
        aws = Aws(**own, **{each.name: nothing for each in fields(Aws) if each.name not in own})
        told = ["slo", *arguments, "--stack", "prod", "--outputs", str(self.file)]
        done = CliRunner().invoke(app, told, obj=lambda _: aws, catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return done


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "datetime":
            return NOW.astimezone(tz)

    monkeypatch.setattr("operations.promises.measured.datetime", Clock)
    monkeypatch.setattr(command.time, "sleep", lambda _: None)
    return Stack(tmp_path / "outputs.json")


def promise(told: Mapping[str, Any], window_days: int = 30) -> Promise:
    metrics = {
        name: {"Metric": {"MetricName": each["name"]}, "Stat": each["statistic"]} for name, each in told["metrics"].items()
    }
    return Promise(
        service="search",
        kind=told["kind"],
        says=told["promise"],
        target=told["target"],
        window_days=window_days,
        tier=told.get("tier"),
        metrics=metrics,
    )


@pytest.mark.parametrize("told", [AVAILABLE, FAST])
def test_what_is_left_of_a_budget_and_how_fast_it_burns(told: dict[str, Any]) -> None:
    """A share of the requests of the last hour is bad, all else is good."""
    cloudwatch, budget = Cloudwatch(page=7), (100 - told["target"]) / 100
    cloudwatch.happened(timedelta(days=30), timedelta(days=30), 1000)
    cloudwatch.happened(timedelta(hours=1), timedelta(hours=1), 1000, 100)
    kept = measure(promise(told), cloudwatch, NOW)
    requests = 30 * 24 * 12 * 1000
    assert (kept.requests, kept.bad) == (requests, pytest.approx(1200))
    assert kept.good_percent == pytest.approx(100 * (1 - 1200 / requests))
    assert kept.left_percent == pytest.approx(100 * (1 - 1200 / (requests * budget)))
    assert kept.burn == {
        "1h": pytest.approx(0.1 / budget),
        "6h": pytest.approx(0.1 / 6 / budget),
        "3d": pytest.approx(0.1 / 72 / budget),
    }


def test_requests_that_no_task_took_were_bad_also_where_no_other_was() -> None:
    cloudwatch = Cloudwatch(refused=2)
    cloudwatch.happened(timedelta(hours=1), timedelta(hours=1), 1000)
    kept = measure(promise(AVAILABLE), cloudwatch, NOW)
    assert (kept.requests, kept.bad, kept.burn["1h"]) == (12_000, 24, pytest.approx(2))


def test_where_nobody_asked_anything_nothing_is_measured() -> None:
    for told in (AVAILABLE, FAST):
        kept = measure(promise(told), Cloudwatch(), NOW)
        assert (kept.requests, kept.bad, kept.good_percent, kept.left_percent) == (0, 0, None, None)
        assert set(kept.burn.values()) == {None}


def test_each_promise_is_asked_for_over_its_own_window() -> None:
    for days in (28, 30):
        cloudwatch = Cloudwatch()
        measure(promise(AVAILABLE, days), cloudwatch, NOW)
        spans = {
            each["MetricDataQueries"][0]["MetricStat"]["Period"]: each["EndTime"] - each["StartTime"]
            for each in cloudwatch.asked
        }
        assert spans == {3600: timedelta(days=days), 300: timedelta(days=3)}


def test_a_person_and_a_program_read_the_same(stack: Stack) -> None:
    stack.cloudwatch.happened(timedelta(days=2), timedelta(days=2), 1000, 2)
    told = json.loads(stack.run("show", "search", "--json").stdout)["promises"]
    assert [(each["kind"], each["tier"]) for each in told] == [("availability", None), ("latency", "silo")]
    assert told[0]["burn"] == {"1h": pytest.approx(2), "6h": pytest.approx(2), "3d": pytest.approx(2)}
    assert told[0]["budget_left_percent"] == pytest.approx(-100)
    lines = stack.run("show").stdout.splitlines()
    assert lines[0].split() == ["service", "promise", "days", "requests", "good", "%", "budget", "left", "%", "1h", "6h", "3d"]
    assert [line.split()[0] for line in lines[1:]] == ["bi", "search", "search"]
    assert "latency (silo): 95 % within 800 ms" in lines[3]
    assert lines[2].split()[-5:] == ["99.800", "-100.0", "2.0", "2.0", "2.0"]


def test_a_service_that_promises_nothing_is_named(stack: Stack) -> None:
    assert "promises nothing of 'live'; there is bi, search" in stack.run("show", "live", code=3).stderr
    stack.outputs["objectives"] = {}
    assert stack.run("show").stdout == "nothing is promised there\n"


@pytest.mark.parametrize(
    ("output", "value", "told"),
    [
        ("objectives", None, "output objectives is missing"),
        ("objectives", {"search": {"windowDays": 30}}, "output objectives.search is not as expected"),
        ("objectives", {"search": {"windowDays": 30, "indicators": [{**AVAILABLE, "target": "x"}]}}, "objectives.search"),
        ("objectives", {"search": {"windowDays": 0.5, "indicators": []}}, "windowDays is 0.5"),
        ("errorLogs", None, "output errorLogs is missing"),
        ("errorQuery", None, "output errorQuery is missing"),
    ],
)
def test_outputs_that_are_not_the_stacks_are_named(stack: Stack, output: str, value: Any, told: str) -> None:
    stack.outputs[output] = value
    assert told in stack.run("show", code=2).stderr


def row(**fields: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in fields.items()]


def test_what_fails_is_listed_with_an_example(stack: Stack) -> None:
    stack.logs.results = [
        row(
            failed="12",
            service="search",
            operation="find",
            kind="KeyError",
            fingerprint="0123456789ab",
            last="x",
            example="1-2",
        ),
        row(failed="3", service="ingest", operation="answer"),
    ]
    told = json.loads(stack.run("failures", "--hours", "6", "--json").stdout)["failures"]
    assert told[0]["fingerprint"] == "0123456789ab"
    assert told[1]["kind"] == ""
    (asked,) = stack.logs.asked
    assert asked["logGroupNames"] == ["ingest-1", "search-1"]
    assert asked["endTime"] - asked["startTime"] == 6 * 3600
    assert asked["queryString"] == QUERY
    columns = {*re.findall(r"\bas (\w+)", QUERY), "service", "operation", "tier"}
    assert columns == {*command.FIELDS}
    assert "KeyError" in stack.run("failures", "search").stdout
    assert stack.logs.asked[-1]["logGroupNames"] == ["search-1"]


def test_nothing_that_failed_and_logs_that_cannot_be_asked_are_told_apart(stack: Stack) -> None:
    assert stack.run("failures").stdout == "nothing failed in 3 hours\n"
    for status in ("none", "Failed"):
        stack.logs.status = status
        assert "the logs cannot be asked" in stack.run("failures", code=1).stderr
    assert "has no 'bi'; there is ingest, search" in stack.run("failures", "bi", code=3).stderr
