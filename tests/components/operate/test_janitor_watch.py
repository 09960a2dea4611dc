"""Who hears of the janitor of environments."""

from components.operate.janitor_watch import METRICS, JanitorWatch, JanitorWatchArgs
from operations.environments import janitor
from tests.components.harness import children_without_region, here, resources_of


def test_silence_and_what_cannot_be_mended_are_told_of_this_stacks_janitor() -> None:
    declared = resources_of(lambda: JanitorWatch("janitor", JanitorWatchArgs(here=here())))
    found = {each.name: each.inputs for each in declared.of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    silent, unmended = found["janitor-environment-janitor"], found["janitor-environment-unmended"]
    assert (silent["metricName"], silent["treatMissingData"]) == ("JanitorRuns", "missing")
    assert silent["insufficientDataActions"] == silent["alarmActions"]
    assert silent["period"] * silent["evaluationPeriods"] == 3 * 3600
    assert (unmended["metricName"], unmended["treatMissingData"], unmended["threshold"]) == ("Unmended", "ignore", 0)
    for each in found.values():
        assert set(each["dimensions"]) == {"Stack"}
        assert "Severity: warning." in each["alarmDescription"]
    assert not children_without_region(declared, "us-east-2")


def test_the_alarms_watch_what_the_janitor_tells() -> None:
    assert janitor.METRICS == METRICS
