"""The schedule of a stack: what its function knows and may do, and who is told."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.base.errors import ComponentError, InvalidArgumentError
from components.base.here import Place
from components.operate.recovery_table import RecoveryTable
from components.operate.schedule import Schedule, ScheduleArgs, rules_of
from components.operate.schedule_spec import ScheduleSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

TABLE = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/schedule"


def declare(*, kinds: tuple[str, ...] = ("database", "service", "fleet", "batch"), **changes: Any) -> Declaration:
    def program() -> None:
        place = here(sleeps=True)
        facts: dict[str, dict[str, Any]] = {
            "database": {"identifier": "dataconnect-dev"},
            "service": {"cluster": "cluster", "service": "bi", "min": 1, "max": 2},
            "fleet": {"group": "dev-convert", "min": 1, "max": 6},
            "batch": {"queue": "queue", "environments": [pulumi.Output.from_input("spot")]},
        }
        for kind in kinds:
            place.sleeper(kind, kind, **facts[kind])  # type: ignore[arg-type]
        if kinds:
            place.inventory.alarms.append(("database-cpu", pulumi.Output.from_input("database-database-cpu-1")))
        given: dict[str, Any] = {
            "spec": ScheduleSpec(timezone="America/New_York", awake=("mon-fri 07:00-20:00",), holidays=("2026-12-25",)),
            "windows": ((10, 20),),
            "environment": "dev",
            "late_minutes": 120,
            "source": {"functions/sleep/handler.py": "..."},
        }
        table = RecoveryTable(name="schedule", arn=TABLE, key_arn=kms_key(), region="us-east-2")
        Schedule("schedule", ScheduleArgs(here=place, table=table, **{**given, **changes}))

    return resources_of(program)


def statements(declared: Declaration, policy: str) -> dict[str, Any]:
    (found,) = [each for each in declared.of("aws:iam/policy:Policy") if each.name == f"sleeper-{policy}"]
    return {each["Sid"]: each for each in json.loads(found.inputs["policy"])["Statement"]}


def test_the_function_may_turn_what_sleeps_by_its_name_and_nothing_else() -> None:
    turn = statements(declare(), "turn")
    arn = f"us-east-2:{ACCOUNT}"
    assert {sid: each["Resource"] for sid, each in turn.items() if sid != "Alarms"} == {
        "Databases": [f"arn:aws:rds:{arn}:db:dataconnect-dev"],
        "Services": [f"arn:aws:ecs:{arn}:service/cluster/bi"],
        "Scaling": [f"arn:aws:application-autoscaling:{arn}:scalable-target/*"],
        "Fleets": [f"arn:aws:autoscaling:{arn}:autoScalingGroup:*:autoScalingGroupName/dev-convert"],
        "Batch": [f"arn:aws:batch:{arn}:compute-environment/spot"],
        "LookAtAlarms": [f"arn:aws:cloudwatch:{arn}:alarm:*"],
    }
    assert turn["Databases"]["Action"] == ["rds:DescribeDBInstances", "rds:StartDBInstance", "rds:StopDBInstance"]
    assert f"arn:aws:cloudwatch:{arn}:alarm:*-database-*" in turn["Alarms"]["Resource"]


def test_it_may_turn_nothing_of_a_kind_that_is_not_there() -> None:
    assert set(statements(declare(kinds=("database",)), "turn")) == {"Databases", "LookAtAlarms", "Alarms"}


def test_it_runs_each_two_minutes_and_one_at_a_time() -> None:
    declared = declare()
    assert declared.one("aws:scheduler/schedule:Schedule").inputs["scheduleExpression"] == "rate(2 minutes)"
    function = declared.one("aws:lambda/function:Function").inputs
    assert function["reservedConcurrentExecutions"] == 1
    assert function["timeout"] < 120


def test_people_are_told_of_what_is_late_and_of_what_fails() -> None:
    alarms = {each.name: each.inputs for each in declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    late, failing = alarms["schedule-sleep-late"], alarms["schedule-sleep-failing"]
    assert (late["metricName"], late["threshold"]) == ("MinutesLate", 120)
    assert (failing["metricName"], failing["threshold"]) == ("Failed", 0)
    assert late["dimensions"] == failing["dimensions"] == {"Stack": "test"}


def test_all_of_it_is_in_its_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


def test_production_and_what_has_nothing_that_sleeps_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="environment is 'prod'; expected another one: production never sleeps"):
        declare(environment="prod")
    with pytest.raises(InvalidArgumentError, match=r"here\.inventory\.sleepers"):
        declare(kinds=())


def test_what_another_region_takes_over_from_never_sleeps() -> None:
    with pytest.raises(InvalidArgumentError, match="sleeps is True; expected false"):
        Place(region="us-east-2", account_id=ACCOUNT, switched=True, sleeps=True)


def test_where_nothing_sleeps_nothing_is_told_and_nothing_left_alone() -> None:
    place = Place(region="us-east-2", account_id=ACCOUNT)
    place.sleeper("database", "database", identifier="dataconnect-dev")
    assert place.inventory.sleepers == []
    assert place.slept("minSize") == []


def test_the_rules_of_a_zone_are_a_file_and_of_none_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert rules_of("America/New_York").read_bytes().startswith(b"TZif")
    monkeypatch.setattr("components.operate.schedule.TZPATH", (str(tmp_path),))
    with pytest.raises(ComponentError, match="there are no rules of America/New_York"):
        rules_of("America/New_York")


def test_it_tells_when_it_is_awake_to_whoever_reads_a_preview_or_the_state() -> None:
    assert declare().one("dataconnect:index:Schedule").inputs == {
        "timeZone": "America/New_York",
        "hours": [[day, 7 * 60, 20 * 60] for day in range(5)],
        "holidays": ["2026-12-25"],
        "windows": [[10, 20]],
    }
