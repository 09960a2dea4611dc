"""What a workload says that it fails at is heard, whatever the load balancer thinks of its answers."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from components.base.links import Link
from components.base.telemetry import telling
from components.compute.failing_spec import FailingSpec
from components.compute.service import Service
from functions.shared.telling import event
from tests.cloudwatch import Series, measures, states
from tests.components.compute.test_service import ALARM, arguments
from tests.components.harness import Declaration, resources_of

Periods = tuple[tuple[int, int], ...]
"""Of each five minutes: how many requests, and how many of them failed."""


@cache
def declared(percent: int = 5, failures: int = 10) -> Declaration:
    failing = FailingSpec(percent=percent, failures=failures)
    return resources_of(lambda: Service("search", arguments(link=telling(Link()), failing=failing)))


def told(requests: int, failed: int) -> list[Mapping[str, Any]]:
    """The lines of a service that answers each request with 200."""
    lines: list[str] = []
    for number in range(requests):
        with event("search", "find", write=lines.append, environment={"TELEMETRY_NAMESPACE": "DataConnect/test"}) as line:
            if number < failed:
                line.fail("half-an-answer")
            line.status(200)
    return [json.loads(each) for each in lines]


def series(alarm: Mapping[str, Any], periods: Periods) -> dict[str, Series]:
    """What CloudWatch makes of these lines for the metrics of an alarm: of what nobody told there is no datapoint."""
    found: dict[str, list[float | None]] = {}
    for identity, measure in measures(alarm).items():
        for requests, failed in periods:
            values = [
                line[measure.name]
                for line in told(requests, failed)
                for directive in line["_aws"]["CloudWatchMetrics"]
                if directive["Namespace"] == measure.namespace
                and sorted(name for name, _ in measure.dimensions) in map(sorted, directive["Dimensions"])
                and all(line[name] == value for name, value in measure.dimensions)
            ]
            found.setdefault(identity, []).append(sum(values) if values else None)
    return dict(found)


@pytest.mark.parametrize(
    ("periods", "fires"),
    [
        (((200, 10), (200, 10)), True),
        (((200, 10), (200, 0), (200, 10)), True),
        # A bad five minutes are none, nor are a few failures at night, nor a few in a hundred by day.
        (((200, 200),), False),
        (((3, 2), (3, 2), (9, 9)), False),
        (((400, 19), (400, 19), (400, 19)), False),
        (((0, 0), (0, 0), (0, 0)), False),
    ],
)
def test_what_is_answered_with_200_and_told_as_failed_fires_from_a_share_and_a_number_on(periods: Periods, fires: bool) -> None:
    alarm = declared().one(ALARM, "search-service-failing").inputs
    assert ("ALARM" in states(alarm, series(alarm, periods))) == fires


def test_the_settings_say_from_when_on() -> None:
    alarm = declared(50, 1).one(ALARM, "search-service-failing").inputs
    assert "ALARM" in states(alarm, series(alarm, ((2, 1), (2, 1))))
    assert "ALARM" not in states(alarm, series(alarm, ((3, 1), (3, 1), (3, 1))))


def test_who_was_not_told_where_to_tell_has_no_alarm_that_could_never_fire() -> None:
    names = {each.name for each in resources_of(lambda: Service("search", arguments())).of(ALARM)}
    assert "search-service-failing" not in names and "search-service-error-lines" in names
