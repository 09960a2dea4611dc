"""The alarms of a promise speak on a fast and on a slow burn, and not on a blip, on few requests, nor on silence."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import InvalidArgumentError
from components.operate.burn import LEAST_BAD, PAIRS, threshold
from components.operate.indicators import Indicator, indicators_of
from components.operate.objective import Objective, ObjectiveArgs, written
from components.operate.objective_spec import HIGHEST, LOWEST, ObjectiveSpec
from tests.components.harness import Declaration, children_without_region, here, resources_of
from tests.components.operate.cloudwatch import ALARM, COMPOSITE, CloudWatch, Minute

FAST, SLOW = "search-objective-fast-burn-test", "search-objective-slow-burn-test"
BALANCED = {"LoadBalancer": "app/ingress/1", "TargetGroup": "targetgroup/search/1"}
HOUR, DAY = 60, 24 * 60
FINE, DEAD = Minute(100), Minute(100, 100)
LATENCY = {"latency": {"percent": 95, "milliseconds": 800}}


def indicators(spec: dict[str, Any], *, balanced: bool = True) -> tuple[Indicator, ...]:
    return indicators_of("search", ObjectiveSpec(**spec), namespace="DataConnect/test", balanced=BALANCED if balanced else None)


def declared(spec: dict[str, Any], where: Any = None) -> Declaration:
    known = ObjectiveSpec(**spec)
    return resources_of(
        lambda: Objective(
            "search",
            ObjectiveArgs(here=where or here(), service="search", window_days=known.window_days, indicators=indicators(spec)),
        )
    )


@cache
def promised(availability: float = 99.9, window_days: int = 30) -> CloudWatch:
    return CloudWatch(declared({"availability": availability, "window_days": window_days}))


@cache
def slow_ones() -> CloudWatch:
    return CloudWatch(declared(LATENCY))


def test_a_fast_burn_is_told_and_ends_when_it_ends() -> None:
    """A fiftieth of the requests of an hour: 14.4 times 0.1 % is 1.44 %."""
    burning = [FINE] * DAY + [Minute(100, 2)] * HOUR
    assert promised().told(burning) == {FAST}
    assert promised().told([*burning, *[FINE] * 6]) == set()


def test_an_outage_of_all_requests_is_told_within_minutes() -> None:
    assert promised().told([FINE] * DAY + [DEAD] * 3) == {FAST}
    assert slow_ones().told([FINE] * DAY + [DEAD] * 50) == {FAST}


def test_tasks_that_refuse_connections_fail_their_requests() -> None:
    """The load balancer answers 502 then, which it counts under no target group."""
    refusing = [FINE] * DAY + [Minute(100, 0, refused=2)] * HOUR
    assert promised().told(refusing) == {FAST}
    assert promised().told([FINE] * DAY + [Minute(100, 1, refused=1)] * HOUR) == {FAST}
    assert promised().told([FINE] * DAY + [Minute(100, 0, refused=1)] * HOUR) == set()


def test_a_burn_over_six_hours_that_is_too_slow_for_one_is_told() -> None:
    burning = [FINE] * DAY + [Minute(100, 1 if minute % 3 else 0) for minute in range(6 * HOUR)]
    assert promised().told(burning) == {FAST}
    alarms = {name for name in promised().alarms if promised().speaks(name, burning)}
    assert "search-objective-fast-burn-availability-1h" not in alarms
    assert {"search-objective-fast-burn-availability-6h", "search-objective-fast-burn-availability-6h-30m"} <= alarms


def test_a_slow_burn_is_told_as_one_and_wakes_nobody() -> None:
    drained = [Minute(100, 1 if minute % 5 == 0 else 0) for minute in range(3 * DAY)]
    assert promised().told(drained) == {SLOW}


def test_what_is_promised_and_no_more_is_told_to_nobody() -> None:
    steady = [Minute(100, 1 if minute % 20 == 0 else 0) for minute in range(4 * DAY)]
    assert promised().told(steady) == set()


def test_a_blip_is_told_to_nobody() -> None:
    """Ten failures in a minute of an hour of 6,000 requests burn, but have ended."""
    blip = [FINE] * DAY + [Minute(100, 100)] + [FINE] * 10
    assert promised().told(blip) == set()


@pytest.mark.parametrize("requests", [1, 2, 3, LEAST_BAD - 1])
def test_a_few_requests_at_night_that_all_fail_wake_nobody(requests: int) -> None:
    night = [Minute(0)] * (3 * DAY) + [Minute(1, 1)] * requests
    for service in (promised(), slow_ones()):
        assert service.told(night) == set()
    assert promised().told([*night, *[Minute(1, 1)] * LEAST_BAD]) != set()


def test_silence_is_no_alarm_and_no_datapoint() -> None:
    """A fresh environment: nobody asked anything yet."""
    for service in (promised(), slow_ones()):
        silent = [Minute(0)] * (3 * DAY)
        assert service.told(silent) == set()
        assert {service.value(name, silent) for name in service.alarms} == {None}


def test_a_slow_service_burns_as_a_failing_one_does() -> None:
    assert slow_ones().told([FINE] * DAY + [Minute(100, 80)] * HOUR) == {FAST}
    assert slow_ones().told([FINE] * DAY + [Minute(100, 4)] * DAY) == set()


@settings(max_examples=25, deadline=None)
@given(target=st.floats(LOWEST, HIGHEST), window_days=st.sampled_from([28, 30]))
def test_there_is_no_target_whose_outage_nobody_hears_of(target: float, window_days: int) -> None:
    for pair in PAIRS:
        rate = threshold(pair, target=target, window_days=window_days)
        assert rate * (100 - target) <= 90.1
        assert rate > 0


@settings(max_examples=10, deadline=None)
@given(bad=st.integers(0, 100), hours=st.integers(1, 7))
def test_whatever_is_told_has_burnt_more_than_was_promised(bad: int, hours: int) -> None:
    """Of 1 % in 30 days: 14.4 % of an hour's requests, or 6 % of six hours'."""
    minutes = [FINE] * DAY + [Minute(100, bad)] * (hours * HOUR)
    told = promised(99.0).told(minutes)
    assert bool(told & {FAST}) == (bad >= 15 or bad * min(hours, 6) >= 6 * 6)


def test_the_rates_are_those_of_the_workbook() -> None:
    assert [threshold(pair, target=99.9, window_days=30) for pair in PAIRS] == [14.4, 6, 1]
    assert [threshold(pair, target=99.9, window_days=28) for pair in PAIRS] == [13.44, 5.6, 0.933]
    assert threshold(PAIRS[0], target=90, window_days=30) == 9


def test_only_the_two_that_say_something_tell_people_and_each_has_its_page() -> None:
    where = here()
    found = declared({"availability": 99.9, **LATENCY, "tiers": {"silo": {"availability": 99.95}}}, where)
    quiet, loud = found.of(ALARM), found.of(COMPOSITE)
    assert len(quiet) == 3 * 6
    assert not [each.name for each in quiet if each.inputs.get("alarmActions") or each.inputs.get("okActions")]
    assert {each.inputs["alarmName"] for each in loud} == {FAST, SLOW}
    for each in loud:
        assert each.inputs["alarmActions"] == each.inputs["okActions"] == [where.alarms.topic_arn]
        speed = "fast" if "fast" in each.name else "slow"
        assert each.inputs["alarmDescription"].endswith(f"Runbook: https://runbooks.dataconnect.example/objective/{speed}-burn")
        assert "99.95 % do not fail (silo)" in each.inputs["alarmDescription"]
    assert len(where.inventory.loud) == 2
    assert where.inventory.rows == []
    assert not children_without_region(found, "us-east-2")


def test_an_alarm_asks_for_what_it_looks_at_and_no_more() -> None:
    """Each metric of an alarm is paid for."""
    for alarm in declared({"availability": 99.9, **LATENCY}).of(ALARM):
        (expression,) = (each["expression"] for each in alarm.inputs["metricQueries"] if each["returnData"])
        asked = {each["id"] for each in alarm.inputs["metricQueries"] if not each["returnData"]}
        assert asked == {name for name in ("requests", "bad", "refused", "within") if name in expression}


def test_each_part_is_in_one_rule_that_cloudwatch_takes() -> None:
    found = declared({"availability": 99.9, **LATENCY})
    rules = [each.inputs["alarmRule"] for each in found.of(COMPOSITE)]
    for each in found.of(ALARM):
        assert sum(f'"{each.name}' in rule for rule in rules) >= 1, each.name
    assert all(rule.count("ALARM(") <= 100 and len(rule) < 10_240 for rule in rules)


def test_no_alarm_looks_back_longer_than_cloudwatch_does() -> None:
    for alarm in declared({"availability": 99.9}).of(ALARM):
        (period,) = {each["metric"]["period"] for each in alarm.inputs["metricQueries"] if "metric" in each}
        assert period * alarm.inputs["evaluationPeriods"] <= (604_800 if period >= 3600 else 86_400)


def test_a_service_is_measured_by_its_load_balancer_and_its_tiers_by_its_lines() -> None:
    spec = {
        "availability": 99.9,
        **LATENCY,
        "tiers": {"silo": {"availability": 99.95, "freshness": {"percent": 99, "seconds": 60}}},
    }
    found = {each.name: each for each in indicators(spec)}
    assert [*found] == ["availability", "latency", "silo-availability", "silo-freshness"]
    assert {metric.namespace for metric in found["latency"].metrics.values()} == {"AWS/ApplicationELB"}
    assert found["latency"].metrics["within"].statistic == "PR(:0.8)"
    assert found["availability"].metrics["refused"].name == "TargetConnectionErrorCount"
    assert "refused" not in found["silo-availability"].metrics
    assert found["silo-availability"].metrics["bad"].dimensions == {"service": "search", "tier": "silo"}
    assert found["silo-freshness"].metrics["within"].statistic == "PR(:60)"
    own = {each.name: each for each in indicators(spec, balanced=False)}
    assert own["latency"].metrics["within"].statistic == "PR(:800)"
    assert own["availability"].metrics["requests"].dimensions == {"service": "search"}


def test_two_indicators_of_a_name_or_none_are_refused() -> None:
    one = indicators({"availability": 99.9})
    for wrong in ((), (*one, *one)):
        with pytest.raises(InvalidArgumentError, match="ObjectiveArgs.indicators"):
            ObjectiveArgs(here=here(), service="search", window_days=30, indicators=wrong)


@pytest.mark.parametrize(("seconds", "text"), [(300, "5m"), (1800, "30m"), (3600, "1h"), (21600, "6h"), (259200, "3d")])
def test_windows_are_written_as_people_do(seconds: int, text: str) -> None:
    assert written(seconds) == text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"availability": 100}, r"ObjectiveSpec.availability is 100\.0; expected 90 to 99.99 %: nothing is right always"),
        ({"availability": 99.995}, "expected 90 to 99.99 %"),
        ({"availability": 89.9}, "expected 90 to 99.99 %"),
        ({"availability": float("nan")}, "expected 90 to 99.99 %"),
        ({"availability": 99.9, "window_days": 90}, "ObjectiveSpec.window_days is 90; expected 28 or 30|28, 30"),
        ({}, "expected availability, latency or freshness beside it"),
        ({"tiers": {"silo": {}}}, "ObjectiveSpec.tiers.silo.*expected availability, latency or freshness"),
        ({"availability": 99, "tiers": {"gold": {"availability": 99}}}, "gold"),
        ({"latency": {"percent": 95, "milliseconds": 0}}, "ObjectiveSpec.latency.milliseconds is 0"),
        ({"freshness": {"percent": 101, "seconds": 60}}, "ObjectiveSpec.freshness.percent is 101"),
    ],
)
def test_a_promise_that_nobody_can_keep_or_measure_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        ObjectiveSpec(**values)
