"""Every alarm that a stack plans fires: on datapoints of its own metrics, which exist, in CloudWatch's own arithmetic."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components.base.severity import URGENCY
from tests.cloudwatch import INSUFFICIENT, Measure, composite, measures, states
from tests.found import some
from tests.stacks.alarms import COMPOSITE, LONG, METRIC, STACKS, alarms, estate, key_of, series
from tests.stacks.estate import Estate
from tests.stacks.metrics import values_of, wrong_with

# Kind -> why an alarm of it tells of a metric that has not begun, from the first minute on, as of one that is bad.
BREACHING: Final = {
    "recovery-backups": "until RDS has made its first copy, which takes hours, nothing could be restored there",
}

FAILING: Final = ("fleet-failing", "function-failing", "service-failing")


@pytest.mark.parametrize("name", STACKS)
def test_an_alarm_looks_at_metrics_that_there_are(name: str) -> None:
    planned = estate(name)
    found = {
        each: wrong
        for each, alarm in alarms(planned).items()
        for measure in some(measures(alarm)).values()
        if (wrong := wrong_with(measure, alarm["region"], planned))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": "CPUUtilisation"}, "AWS/RDS has no metric CPUUtilisation"),
        ({"dimensions": (("DBInstanceID", "dataconnect-prod"),)}, "AWS/RDS tells none by DBInstanceID"),
        (
            {"dimensions": (("DBInstanceIdentifier", "dataconnect-prd"),)},
            "DBInstanceIdentifier is dataconnect-prd, which is nothing",
        ),
        ({"namespace": "DataConnect/Batch"}, "nobody writes CPUUtilization, DataConnect/Batch of DataConnect/Batch"),
        (
            {"namespace": "AWS/Route53", "name": "DNSSECInternalFailure", "dimensions": (("HostedZoneId", "Z"),)},
            "us-east-1 only",
        ),
        ({}, ""),
    ],
)
def test_a_metric_that_is_misspelt_is_found(change: Any, wrong: str) -> None:
    right: dict[str, Any] = {"namespace": "AWS/RDS", "name": "CPUUtilization", "statistic": "Average"}
    measure = Measure(**({**right, "dimensions": (("DBInstanceIdentifier", "dataconnect-prod"),)} | change))
    found = wrong_with(measure, "us-east-2", estate("prod"))
    assert wrong in found and bool(found) == bool(wrong)


@pytest.mark.parametrize("name", STACKS)
def test_an_alarm_fires_when_something_is_wrong_and_only_then(name: str) -> None:
    planned = estate(name)
    for each, alarm in alarms(planned).items():
        told = f"{name}: {each}"
        needed = int(alarm.get("datapointsToAlarm") or alarm["evaluationPeriods"])
        seen = list(states(alarm, series(alarm, planned, ("well", LONG), ("wrong", LONG), ("well", LONG))))
        well, wrong, again = seen[:LONG], seen[LONG : 2 * LONG], seen[2 * LONG :]
        assert "ALARM" not in well and (well[-1] == "OK" or all_silent(alarm, planned)), told
        if is_told_by_silence(alarm, planned):
            assert wrong[-1] == INSUFFICIENT and alarm["insufficientDataActions"] == alarm["alarmActions"], told
        else:
            assert "ALARM" in wrong[:needed] and set(wrong[needed:]) <= {"ALARM"}, told
        assert again[-1] == well[-1], told


UNREACHABLE: Final = (
    ("prod", "database-connections", 2560),
    ("dev", "database-connections", 320),
    ("prod", "database-load", 8),
    ("prod", "function-duration", 900_000),
    ("prod", "search-shards", 3000),
    ("prod", "queue-oldest-message", 14 * 24 * 3600),
    ("prod", "database-cpu", 100),
    ("prod", "cache-connections", 65_000),
)
"""Kind of alarm -> what its metric is at the most, of the largest thing that it watches."""


@pytest.mark.parametrize(("name", "key", "most"), UNREACHABLE)
def test_on_a_threshold_that_its_metric_cannot_pass_an_alarm_does_not_fire(name: str, key: str, most: float) -> None:
    planned = estate(name)
    for each, alarm in some({each: alarm for each, alarm in alarms(planned).items() if key_of(alarm) == key}).items():
        seen = states({**alarm, "threshold": most}, series(alarm, planned, ("wrong", LONG)))
        assert "ALARM" not in seen, each


def all_silent(alarm: Mapping[str, Any], planned: Estate) -> bool:
    """Whether an alarm's metrics have no datapoint while all is well."""
    return all(values_of(each, planned).well is None for each in measures(alarm).values())


def is_told_by_silence(alarm: Mapping[str, Any], planned: Estate) -> bool:
    """Whether what is wrong is that there is no datapoint any more."""
    return all(values_of(each, planned).wrong is None for each in measures(alarm).values())


@pytest.mark.parametrize("name", STACKS)
def test_where_metrics_have_not_begun_nobody_is_woken_but_by_what_takes_that_for_a_breach(name: str) -> None:
    planned = estate(name)
    for each, alarm in alarms(planned).items():
        seen = list(states(alarm, series(alarm, planned, ("silent", LONG))))
        assert ("ALARM" in seen) == (alarm["treatMissingData"] == "breaching"), f"{name}: {each}"
        # A state that stays as it began is told by no action.
        assert "ALARM" in seen or {*seen} <= {"OK"} or {*seen} == {INSUFFICIENT}, f"{name}: {each}"


def test_only_what_is_reviewed_takes_silence_for_a_breach() -> None:
    found = {
        key_of(alarm) for name in STACKS for alarm in alarms(estate(name)).values() if alarm["treatMissingData"] == "breaching"
    }
    assert found == {*BREACHING}


@pytest.mark.parametrize("name", STACKS)
def test_an_alarm_that_tells_silence_does_once_its_metric_ends(name: str) -> None:
    planned = estate(name)
    telling = {each: alarm for each, alarm in alarms(planned).items() if alarm.get("insufficientDataActions")}
    for each, alarm in telling.items():
        seen = list(states(alarm, series(alarm, planned, ("well", LONG), ("silent", LONG))))
        assert (seen[LONG - 1], seen[-1]) == ("OK", INSUFFICIENT), f"{name}: {each}"


@pytest.mark.parametrize("name", STACKS)
def test_what_an_alarm_says_reaches_a_topic_of_its_region_or_an_alarm_over_it(name: str) -> None:
    planned = estate(name)
    over = " ".join(each.inputs["alarmRule"] for each in planned.of(COMPOSITE).values())
    topics = {
        state["arn"]: state["region"]
        for each in (planned, *planned.others)
        for (kind, _), state in each.states.items()
        if kind == "aws:sns/topic:Topic"
    }
    for each, alarm in alarms(planned).items():
        if actions := alarm.get("alarmActions"):
            assert actions == alarm["okActions"] and {topics[action] for action in actions} == {alarm["region"]}, (
                f"{name}: {each}"
            )
        else:
            assert f'ALARM("{planned.state(METRIC, each)["name"]}")' in over, f"{name}: {each}"


@pytest.mark.parametrize("name", STACKS)
def test_an_alarm_over_alarms_fires_where_both_of_a_pair_do_and_not_for_one(name: str) -> None:
    planned = estate(name)
    parts = {planned.state(METRIC, each)["name"] for each in alarms(planned)}
    overs = {each.inputs["alarmName"]: each.inputs for each in planned.of(COMPOSITE).values()}
    for each, alarm in overs.items():
        rule = alarm["alarmRule"]
        pairs = re.findall(r'\(ALARM\("([^"]+)"\) AND ALARM\("([^"]+)"\)\)', rule)
        assert {*re.findall(r'ALARM\("([^"]+)"\)', rule)} <= parts | {*overs}, f"{name}: {each}"
        assert not composite(rule, lambda _: False), f"{name}: {each}"
        for pair in some(pairs):
            assert composite(rule, lambda part, pair=pair: part in pair), f"{name}: {each}"
            assert not any(composite(rule, lambda part, one=one: part == one) for one in pair), f"{name}: {each}"
        assert alarm["alarmActions"] == alarm["okActions"], f"{name}: {each}"


@pytest.mark.parametrize("name", [each for each in STACKS if each != "replication"])
def test_what_counts_its_requests_has_an_alarm_on_its_failures_in_the_namespace_that_it_tells_in(name: str) -> None:
    planned, own = estate(name), f"DataConnect/{estate(name).stack}"
    clocked = {each for each, spec in estate("prod").functions.items() if "everyMinutes" in spec}
    told_where = {
        each: (function.inputs.get("environment") or {"variables": {}})["variables"].get("TELEMETRY_NAMESPACE")
        for each, function in planned.of("lambda/function:Function").items()
    }
    assert {*told_where.values()} <= {own, None}
    found = {each: alarm for each, alarm in alarms(planned).items() if key_of(alarm) in FAILING}
    wanted = {
        *(f"{each}-service-failing" for each in planned.names("ecs/service:Service")),
        *(f"{each}-function-failing" for each, space in told_where.items() if space and each not in clocked),
        *(f"{each}-fleet-failing" for each in planned.names("autoscaling/group:Group")),
    }
    assert {*found} == wanted
    for each, alarm in found.items():
        workload = each.rsplit("-", 2)[0]
        assert {(told.namespace, told.dimensions) for told in measures(alarm).values()} == {(own, (("service", workload),))}


def test_every_kind_of_alarm_and_event_has_an_urgency_and_each_urgency_a_kind() -> None:
    found = {key_of(each) for name in STACKS for each in alarms(estate(name)).values()}
    found |= {key_of(each.inputs) for name in STACKS for each in estate(name).of(COMPOSITE).values()}
    for name in STACKS:
        for each in estate(name).of("cloudwatch/eventTarget:EventTarget").values():
            template = (each.inputs.get("inputTransformer") or {}).get("inputTemplate", "")
            found |= {page.replace("/", "-", 1) for page in re.findall(r'"runbook": "\S+/([a-z0-9]+/[a-z0-9-]+)"', template)}
    # What AWS's own services send of costs comes in a form of theirs; what ends soon, a command tells.
    assert found | {"cost-over-budget", "environment-expiring"} == {*URGENCY}
