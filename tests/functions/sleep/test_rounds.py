"""What sleeps, sleeps and wakes in the order of its dependencies, with what it had; whatever happens on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.functions.sleep.model import NIGHT, NOON, SCALING, TARGETS, Aws, CutOffError, refusal


def awake(aws: Aws) -> bool:
    return (
        aws.database["DBInstanceStatus"] == "available"
        and not any(aws.service["suspended"].values())
        and aws.service["running"] == aws.service["desired"] > 0
        and aws.fleet["there"] == aws.fleet["desired"] > 0
        and set(aws.environments.values()) == {"ENABLED"}
        and all(each[0] for each in aws.alarms.values())
    )


def asleep(aws: Aws) -> bool:
    return (
        aws.database["DBInstanceStatus"] == "stopped"
        and all(aws.service["suspended"].values())
        and aws.service["running"] == aws.service["desired"] == aws.service["min"] == 0
        and aws.fleet["there"] == aws.fleet["max"] == 0
        and set(aws.environments.values()) == {"DISABLED"}
        and not any(each[0] for each in aws.alarms.values())
    )


def test_a_night_gives_back_what_the_day_had() -> None:
    aws = Aws()
    aws.rounds(2)
    before = aws.sizes()
    aws.now = NIGHT
    told = aws.rounds()
    assert asleep(aws)
    assert {each["state"] for each in told["things"]} == {"asleep"}
    aws.now = NOON + 24 * 3600
    aws.rounds()
    assert awake(aws)
    assert aws.sizes() == before


def test_a_stack_that_is_as_it_should_be_is_asked_for_nothing() -> None:
    aws = Aws()
    aws.rounds(3)
    aws.now = NIGHT
    aws.rounds()
    done = len(aws.calls)
    aws.rounds()
    assert len(aws.calls) == done


def test_things_go_to_sleep_and_wake_in_the_order_of_their_dependencies() -> None:
    """Alarms, then what works, then what it asks; and the other way round. The model refuses what has no database."""
    aws = Aws()
    aws.rounds(2)
    aws.now = NIGHT
    aws.calls.clear()
    aws.rounds()
    order = [call.partition(".")[0] for call in aws.calls]
    assert order == ["cloudwatch", "cloudwatch", "autoscaling", "batch", "batch", "application-autoscaling", "ecs", "rds"]
    aws.now = NOON + 24 * 3600
    aws.calls.clear()
    aws.rounds()
    order = [call.partition(".")[0] for call in aws.calls]
    assert order == ["rds", "ecs", "application-autoscaling", "batch", "batch", "autoscaling", "cloudwatch", "cloudwatch"]


def test_the_database_waits_for_jobs_that_run() -> None:
    aws = Aws()
    aws.now = NIGHT
    for _ in range(3):
        aws.round()
        aws.pass_by()
        aws.jobs = 2
    assert aws.database["DBInstanceStatus"] == "available"
    aws.rounds()
    assert asleep(aws)


def test_the_window_of_the_database_wakes_nothing_else() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    # Sunday, 09:00 UTC
    aws.now = NOON + 4 * 86400 + 16 * 3600
    aws.rounds(3)
    assert aws.database["DBInstanceStatus"] == "available"
    assert aws.service["desired"] == aws.fleet["max"] == 0
    assert not any(each[0] for each in aws.alarms.values())
    # After it
    aws.now = NOON + 4 * 86400 + 18 * 3600
    aws.rounds()
    assert asleep(aws)


def test_what_rds_starts_by_itself_after_seven_days_is_stopped_again_and_no_delay_is_told() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    aws.now += 7 * 86400
    aws.database["DBInstanceStatus"] = "starting"
    aws.round({"do": "order", "state": "asleep", "until": "2026-12-20T07:00"})
    assert aws.metrics["MinutesLate"] == 0
    aws.pass_by()
    aws.rounds(4)
    assert asleep(aws)


@pytest.mark.parametrize("status", ["backing-up", "modifying", "storage-optimization", "maintenance"])
def test_rds_is_not_asked_to_stop_what_it_is_at_work_on(status: str) -> None:
    aws = Aws()
    aws.rounds(2)
    aws.now = NIGHT
    aws.database["DBInstanceStatus"] = status
    told: dict[str, Any] = {}
    for _ in range(6):
        told = aws.round()
        aws.service["running"] = aws.service["desired"]
        aws.fleet["there"] = aws.fleet["desired"]
    assert not [call for call in aws.calls if call.startswith("rds")]
    assert not told["things"][0]["failed"]
    aws.database["DBInstanceStatus"] = "available"
    aws.rounds(3)
    assert asleep(aws)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ReadReplicaSourceDBInstanceIdentifier": "prod"}, "it is a replica of prod"),
        ({"ReadReplicaDBInstanceIdentifiers": ["copy"]}, "it has the replica copy"),
        ({"TagList": [{"Key": "Environment", "Value": "prod"}]}, "it is prod's by its tag Environment"),
    ],
)
def test_sources_replicas_and_what_is_prods_stay_awake_and_are_told(changes: dict[str, Any], says: str) -> None:
    aws = Aws()
    aws.database |= changes
    aws.now = NIGHT
    told = aws.rounds()
    assert aws.database["DBInstanceStatus"] == "available"
    assert (told["things"][0]["refused"], told["things"][0]["says"]) == (True, says)
    assert aws.metrics["Failed"] == 1
    assert aws.service["desired"] == 0, "the others sleep"


def test_a_function_of_prod_does_nothing() -> None:
    aws = Aws()
    aws.environment = "prod"
    with pytest.raises(ValueError, match="environment is 'prod'; expected another one"):
        aws.round()
    assert not aws.calls


def test_one_thing_that_fails_to_wake_keeps_the_others_from_nothing() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    aws.now = NOON + 86400

    def refuse(_index: int, name: str) -> None:
        if name == "autoscaling.update_auto_scaling_group":
            raise refusal("Throttling", "UpdateAutoScalingGroup")

    aws.before = refuse
    told = aws.rounds()
    assert aws.service["running"] == 2
    assert aws.metrics["Failed"] == 1
    assert aws.metrics["MinutesLate"] >= 50
    assert "Throttling" in told["things"][2]["says"]
    aws.before = lambda _index, _name: None
    aws.rounds()
    assert awake(aws)
    assert aws.metrics == {"MinutesLate": 0, "Failed": 0}


def test_what_people_changed_by_day_is_what_the_next_day_has() -> None:
    aws = Aws()
    aws.rounds(2)
    aws.service |= {"min": 2, "max": 5, "desired": 4, "running": 4}
    aws.fleet |= {"min": 2, "max": 2, "desired": 2, "there": 2}
    aws.alarms["service-bi"][0] = False
    aws.rounds(2)
    before = aws.sizes()
    aws.now = NIGHT
    aws.rounds()
    aws.now = NOON + 86400
    aws.rounds()
    assert aws.sizes() == before


def test_half_of_scaling_that_was_suspended_stays_so() -> None:
    aws = Aws()
    aws.service["suspended"][SCALING[0]] = True
    aws.now = NIGHT
    aws.rounds()
    aws.now = NOON + 86400
    aws.rounds()
    assert aws.service["suspended"] == {SCALING[0]: True, SCALING[1]: False, SCALING[2]: False}


def test_what_somebody_starts_by_night_sleeps_again_and_is_not_remembered() -> None:
    aws = Aws()
    aws.rounds(2)
    before = aws.sizes()
    aws.now = NIGHT
    aws.rounds()
    aws.service |= {"min": 1, "suspended": dict.fromkeys(SCALING, False), "desired": 1, "running": 1}
    aws.rounds()
    assert asleep(aws)
    aws.now = NOON + 86400
    aws.rounds()
    assert aws.sizes() == before


@pytest.mark.parametrize("by_night", [True, False])
def test_bounds_that_the_program_changes_arrive_by_day_and_by_night(by_night: bool) -> None:
    """An `up` leaves them alone, and gives the function another document."""
    aws = Aws()
    aws.rounds(2)
    if by_night:
        aws.now = NIGHT
        aws.rounds()
    other = [
        {**each, "facts": {**each["facts"], **({"min": 3, "max": 3} if "min" in each["facts"] else {})}} for each in TARGETS
    ]
    aws.targets = other
    if by_night:
        aws.rounds(2)
        assert asleep(aws)
        aws.now = NOON + 86400
    aws.rounds()
    assert (aws.service["min"], aws.service["max"], aws.service["desired"]) == (3, 3, 3)
    assert aws.fleet == {"min": 3, "max": 3, "desired": 3, "there": 3}


def test_without_its_table_it_wakes_with_what_the_program_declares() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    aws.items.clear()
    aws.now = NOON + 86400
    aws.rounds()
    assert awake(aws)
    assert (aws.service["min"], aws.service["max"], aws.fleet["desired"]) == (1, 4, 1)


@pytest.mark.parametrize("start", [NOON, NIGHT])
def test_what_it_sees_for_the_first_time_gets_the_declared_bounds(start: float) -> None:
    """Where a service had a schedule of its own before, which is gone, and left it with no tasks."""
    aws = Aws()
    aws.service |= {"min": 0, "max": 0, "desired": 0, "running": 0}
    aws.now = start
    aws.rounds(8)
    aws.now = NOON + 86400
    aws.rounds()
    assert awake(aws)
    assert (aws.service["min"], aws.service["max"], aws.service["desired"]) == (1, 4, 1)


def test_alarms_are_heard_only_once_all_has_been_awake_for_a_while() -> None:
    aws = Aws()
    aws.now = NIGHT
    aws.rounds()
    aws.alarms["database-cpu"][1] = "ALARM"
    aws.now = NOON + 86400
    heard: list[tuple[float, bool]] = []
    for _ in range(20):
        aws.round()
        aws.pass_by()
        whole = aws.service["running"] == 2 and aws.fleet["there"] == 3
        heard.append((aws.now if whole else 0, aws.alarms["database-cpu"][0]))
        aws.now += 120
    first_whole = min(when for when, _ in heard if when)
    first_heard = next(when for when, on in heard if on)
    assert first_heard - first_whole >= 600
    # What fires still is told, for it changes again.
    assert aws.alarms["database-cpu"][1] == "OK"


def test_what_fires_as_it_is_put_to_sleep_is_told_to_be_over() -> None:
    """Who was told that it fires would hear nothing of its end by night, and be called on and on."""
    aws = Aws()
    aws.rounds(2)
    aws.alarms["database-cpu"][1] = "ALARM"
    aws.now = NIGHT
    aws.rounds()
    assert aws.told == [("database-cpu", "OK")]
    assert not any(each[0] for each in aws.alarms.values())


def test_alarms_that_an_up_by_night_lets_tell_are_silent_in_the_next_round_and_leave_nothing_open() -> None:
    """CloudWatch replaces an alarm whole, with the actions that the state has; a new one tells from the start."""
    aws = Aws()
    aws.rounds(2)
    before = aws.sizes()
    aws.now = NIGHT
    aws.rounds()
    aws.alarms["service-bi"] = [True, "ALARM"]
    aws.round()
    assert aws.told == [("service-bi", "OK")]
    assert not any(each[0] for each in aws.alarms.values())
    aws.now = NOON + 86400
    aws.rounds()
    assert aws.sizes() == before


def test_what_is_gone_is_told() -> None:
    aws = Aws()
    del aws.environments["spot"]
    told = aws.round()
    assert told["things"][3]["says"] == "MissingError: no compute environment spot"
    assert aws.metrics["Failed"] == 1


# What may happen to one thing, in any order. A round is cut off, refused, or has another one in between, before its call of
# that number; the other one may have another clock, and so want the opposite, and be cut off itself.
CALLS = st.integers(0, 9)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["day", "night"]), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(["round", "passes by", "restart", "back-up"]), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(["cut off", "throttled"]), CALLS, st.just(0)),
        st.tuples(st.sampled_from(["two at once", "two opposite", "stalled"]), CALLS, st.integers(0, 12)),
        st.tuples(st.just("jump"), st.integers(-2 * 86400, 2 * 86400), st.just(0)),
    ),
    min_size=3,
    max_size=16,
)


def on_call(aws: Aws, number: int, work: Callable[[], Any]) -> None:
    """A round in which something happens before a call of it."""

    def before(index: int, _name: str) -> None:
        if index == number:
            aws.before = quiet
            work()

    aws.before = before
    try:
        aws.round()
    except (CutOffError, ClientError):
        pass
    finally:
        aws.before = quiet


def quiet(_index: int, _name: str) -> None:
    pass


def cut_off() -> None:
    raise CutOffError


def throttle() -> None:
    raise refusal("ThrottlingException", "Call")


def other(aws: Aws, at: float, number: int) -> None:
    now, aws.now = aws.now, at
    on_call(aws, number, cut_off)
    aws.now = now


def others(aws: Aws, at: float, count: int) -> None:
    """Whole rounds pass while one run hangs, which goes on afterwards."""
    now, aws.now = aws.now, at
    aws.rounds(count // 2)
    aws.now = now


def happen(aws: Aws, event: str, number: int, inner: int) -> None:
    status = aws.database["DBInstanceStatus"]
    opposite = NIGHT if aws.now == NOON else NOON
    if event == "jump":
        aws.now += number
    elif event in ("day", "night"):
        aws.now = NOON if event == "day" else NIGHT
    elif event == "restart" and status == "stopped":
        aws.database["DBInstanceStatus"] = "starting"
    elif event == "back-up" and status == "available":
        aws.database["DBInstanceStatus"] = "backing-up"
    elif event == "passes by":
        aws.pass_by()
    else:
        works: dict[str, Callable[[], Any]] = {
            "cut off": cut_off,
            "throttled": throttle,
            "two at once": lambda: other(aws, aws.now, inner),
            "two opposite": lambda: other(aws, opposite, inner),
            "stalled": lambda: others(aws, opposite, inner),
        }
        on_call(aws, number, works.get(event, lambda: None))


def alone(kind: str) -> Aws:
    """A world in which but one thing sleeps, and the rest asks nothing of it."""
    aws = Aws([each for each in TARGETS if each["kind"] == kind])
    if kind == "database":
        aws.service |= {"desired": 0, "running": 0}
        aws.fleet |= {"desired": 0, "there": 0}
    return aws


@pytest.mark.parametrize("kind", [each["kind"] for each in TARGETS])
def test_whatever_happens_it_ends_as_the_schedule_says_with_what_it_had(kind: str) -> None:
    @settings(max_examples=50, deadline=None)
    @given(EVENTS, st.integers(2, 4), st.integers(2, 6))
    def holds(events: list[tuple[str, int, int]], tasks: int, instances: int) -> None:
        aws = alone(kind)
        if kind != "database":
            aws.service |= {"desired": tasks, "running": tasks}
            aws.fleet |= {"desired": instances, "there": instances}
        before = aws.sizes()
        for event in events:
            happen(aws, *event)
        for start, state in (
            (NIGHT, "asleep"),
            (NOON + 86400, "awake"),
            (NIGHT + 86400, "asleep"),
            (NOON + 2 * 86400, "awake"),
        ):
            aws.now = start
            told = aws.rounds(5)
            assert [each["state"] for each in told["things"]] == [state]
        assert aws.sizes() == before
        assert aws.metrics == {"MinutesLate": 0, "Failed": 0}

    holds()


@pytest.mark.parametrize("start", [NOON, NIGHT])
@pytest.mark.parametrize("kind", ["cut off", "two at once", "two opposite", "throttled"])
def test_all_of_it_bears_one_disturbance_before_any_of_its_calls(start: float, kind: str) -> None:
    """With the order of dependencies, in which nobody may start without the database (the model refuses)."""
    for number in range(0, 40, 3):
        aws = Aws()
        before = aws.sizes()
        aws.rounds(2)
        aws.now = start
        for event in ("round", kind, "passes by", kind, "passes by", kind):
            happen(aws, event, number, 40)
        for begin, right in ((NIGHT, asleep), (NOON + 86400, awake)):
            aws.now = begin
            aws.rounds(16)
            assert right(aws), (number, kind)
        assert aws.sizes() == before
