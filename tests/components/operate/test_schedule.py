"""The schedule of a stack: what its function knows and may do, and who is told."""

import json
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.operate.schedule import SLEEPER, Schedule, ScheduleArgs
from components.operate.schedule_spec import ScheduleSpec
from components.operate.schedule_tables import SharedDatabase
from functions.sleep.lease import FENCE_SECONDS
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

DYNAMODB = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table"
SHARED = SharedDatabase(leases="dev-leases", leases_arn=f"{DYNAMODB}/dev-leases", key_arn=kms_key(), database="dataconnect-dev")


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
            for key in ("database-cpu", "service-cpu"):
                place.inventory.alarms.append((key, pulumi.Output.from_input(f"a-{key}-1")))
        given: dict[str, Any] = {
            "spec": ScheduleSpec(timezone="America/New_York", awake=("mon-fri 07:00-20:00",), holidays=("2026-12-25",)),
            "windows": ((10, 20),),
            "environment": "dev",
            "late_minutes": 120,
            "source": {"functions/sleep/handler.py": "..."},
        }
        Schedule("schedule", ScheduleArgs(here=place, key_arn=kms_key(), **{**given, **changes}))

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


def document(declared: Declaration) -> Any:
    code = declared.one("aws:lambda/function:Function").inputs["code"].assets
    return json.loads(code["functions/sleep/schedule.json"].text)


def test_alarms_of_a_database_are_turned_by_themselves() -> None:
    told = [each for each in document(declare())["targets"] if "alarms" in each["kind"]]
    assert told == [
        {"kind": "alarms", "name": "alarms", "facts": {"names": ["a-service-cpu-1"]}},
        {"kind": "database-alarms", "name": "database-alarms", "facts": {"names": ["a-database-cpu-1"]}},
    ]


def test_who_has_a_database_keeps_leases_and_who_shares_one_holds_its_own_alone() -> None:
    lends, shares = declare(), declare(kinds=("service",), shares=SHARED)
    assert {each.name for each in lends.of("aws:dynamodb/table:Table")} == {"schedule-table", "schedule-leases"}
    assert {each.name for each in shares.of("aws:dynamodb/table:Table")} == {"schedule-table"}
    assert document(lends)["leases"] and document(lends)["shares"] is None
    assert document(shares)["leases"] is None
    assert document(shares)["shares"] == {"leases": "dev-leases", "holder": "test"}
    assert {"kind": "shared", "name": "shared-database", "facts": {"identifier": "dataconnect-dev"}} in document(shares)[
        "targets"
    ]
    assert statements(lends, "lend")["Leases"]["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"]
    own = statements(shares, "share")
    assert own["OwnLease"] == {
        "Sid": "OwnLease",
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "Resource": [f"{DYNAMODB}/dev-leases"],
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["test"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    assert own["SharedDatabase"]["Action"] == ["rds:DescribeDBInstances"]
    assert own["SharedDatabase"]["Resource"] == [f"arn:aws:rds:us-east-2:{ACCOUNT}:db:dataconnect-dev"]
    assert "Databases" not in statements(shares, "turn")
    assert not [each for each in shares.of("aws:iam/policy:Policy") if each.name == "sleeper-lend"]


def test_who_has_a_database_shares_no_other() -> None:
    with pytest.raises(InvalidArgumentError, match="shares is 'a database'; expected none: a stack with a database of its own"):
        declare(shares=SHARED)


def test_a_lease_is_relied_on_only_once_each_round_that_has_not_seen_it_is_over() -> None:
    assert SLEEPER.timeout_seconds < FENCE_SECONDS


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


def test_it_tells_when_it_is_awake_to_whoever_reads_a_preview_or_the_state() -> None:
    assert declare().one("dataconnect:index:Schedule").inputs == {
        "timezone": "America/New_York",
        "hours": [[day, 7 * 60, 20 * 60] for day in range(5)],
        "holidays": ["2026-12-25"],
        "windows": [[10, 20]],
    }
