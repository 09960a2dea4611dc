"""A database that stacks share: it is awake while one of them is, whatever its own stack is told; and sleeps once none is."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from functions.sleep.calendar import Calendar, Mode
from functions.sleep.handler import Sleeper
from functions.sleep.lease import FENCE_SECONDS, LEASE_SECONDS, LONGEST_SECONDS, Lease, LeaseError, Leases
from tests.functions.sleep.model import CALENDAR, NIGHT, NOON, TARGETS, Aws, Calls, CutOffError, refusal


class Constant(Calendar):
    """One that never changes, and says so at once."""

    def next(self, now: float, mode: Mode | None = None) -> float | None:  # noqa: ARG002 - there is none
        return None


ALWAYS = Constant(zone=CALENDAR.zone, hours=tuple((day, 0, 1440) for day in range(7)), holidays=frozenset(), windows=())
NEVER = Constant(zone=CALENDAR.zone, hours=(), holidays=frozenset(), windows=())
ROUND = 120
SHARED: dict[str, Any] = {"kind": "shared", "name": "shared-database", "facts": {"identifier": "dataconnect-dev"}}


class Estate:
    """dev, which has the database, and environments, which have a service each and share it; a clock for all."""

    def __init__(self, names: tuple[str, ...] = ("dev-ada",)) -> None:
        self.dev = World(self, [TARGETS[0]])
        self.environments = {name: World(self, [TARGETS[1], SHARED], name) for name in names}
        self.database = self.dev.database
        self.leases: dict[str, dict[str, Any]] = {}
        for each in self.environments.values():
            each.database = self.database
        self.now = NIGHT
        self.orphaned = 0

    def step(self, calendars: dict[str, Calendar], count: int = 1) -> None:
        """Rounds of all of them, with what AWS does meanwhile; and the count of moments in which tasks had no database."""
        for _ in range(count):
            for world in (self.dev, *self.environments.values()):
                world.now = self.now
                world.take(calendars.get(world.name, NEVER))
            self.pass_by()
            self.now += ROUND

    def pass_by(self) -> None:
        status = self.database["DBInstanceStatus"]
        self.database["DBInstanceStatus"] = {"stopping": "stopped", "starting": "available"}.get(status, status)
        for each in self.environments.values():
            each.service["running"] = each.service["desired"]
        self.orphaned += any(each.service["desired"] for each in self.environments.values()) and status in (
            "stopping",
            "stopped",
        )


class World(Aws):
    """What one of the stacks sees."""

    def __init__(self, estate: Estate, targets: list[dict[str, Any]], holder: str = "") -> None:
        super().__init__(targets)
        self.estate, self.name = estate, holder or "dev"
        self.fleet |= {"desired": 0, "there": 0}
        if not holder:
            self.service |= {"desired": 0, "running": 0}

    def document(self) -> str:
        shares = {"leases": "leases", "holder": self.name} if self.name != "dev" else None
        leases = "leases" if self.name == "dev" else None
        told = {"stack": self.name, "environment": "dev", "table": "schedule", "leases": leases, "shares": shares}
        return json.dumps({**told, "targets": self.targets})

    def take(self, calendar: Calendar, event: dict[str, Any] | None = None) -> dict[str, Any]:
        client = LeaseCalls(self)
        return Sleeper(self.document(), client.client, calendar, now=lambda: self.now).handle(event or {})


class LeaseCalls(Calls):
    """The clients of a run, of which the table of leases is the estate's."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world

    def client(self, service: str) -> Any:
        return LeaseClient(self, service) if service == "dynamodb" else super().client(service)


class LeaseClient:
    def __init__(self, calls: LeaseCalls, service: str) -> None:
        self._calls, self._other = calls, Calls.client(calls, service)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            if given["TableName"] != "leases":
                return getattr(self._other, method)(**given)
            self._calls.aws.before(self._calls.index, f"leases.{method}")
            self._calls.index += 1
            return getattr(LeaseTable, method)(self._calls.world, given)

        return call


class LeaseTable:
    @staticmethod
    def scan(world: World, given: dict[str, Any]) -> Any:
        assert given["ConsistentRead"] and world.name == "dev"
        return {"Items": [*world.estate.leases.values()]}

    @staticmethod
    def get_item(world: World, given: dict[str, Any]) -> Any:
        found = world.estate.leases.get(given["Key"]["holder"]["S"])
        return {"Item": found} if found else {}

    @staticmethod
    def put_item(world: World, given: dict[str, Any]) -> Any:
        holder = given["Item"]["holder"]["S"]
        assert world.name in ("dev", holder), "IAM lets an environment write its own lease alone"
        found = world.estate.leases.get(holder)
        if values := given.get("ExpressionAttributeValues"):
            fits = found is not None and (found["at"], found["since"]) == (values[":at"], values[":since"])
        else:
            fits = found is None or "ConditionExpression" not in given
        if not fits:
            raise refusal("ConditionalCheckFailedException", "PutItem")
        world.estate.leases[holder] = given["Item"]


def awake(estate: Estate, name: str = "dev-ada") -> bool:
    return estate.environments[name].service["running"] > 0


def test_by_night_an_environment_wakes_the_shared_database_and_waits_for_it() -> None:
    estate = Estate()
    estate.step({}, 10)
    assert (estate.database["DBInstanceStatus"], awake(estate)) == ("stopped", False)
    started: list[str] = []
    for _ in range(12):
        estate.step({"dev-ada": ALWAYS})
        if not awake(estate):
            started.append(estate.database["DBInstanceStatus"])
    assert started and awake(estate), "it waits first"
    assert estate.database["DBInstanceStatus"] == "available"
    assert not estate.orphaned
    estate.step({}, 3)
    assert not awake(estate)
    estate.step({}, LEASE_SECONDS // ROUND + 4)
    assert estate.database["DBInstanceStatus"] == "stopped"
    assert not estate.orphaned


def test_the_database_sleeps_only_once_none_of_them_is_awake() -> None:
    estate = Estate(("dev-ada", "dev-bob"))
    estate.step({"dev-ada": ALWAYS, "dev-bob": ALWAYS}, 14)
    assert awake(estate) and awake(estate, "dev-bob")
    estate.step({"dev-bob": ALWAYS}, 20)
    assert not awake(estate) and awake(estate, "dev-bob")
    assert estate.database["DBInstanceStatus"] == "available"
    estate.step({}, 20)
    assert estate.database["DBInstanceStatus"] == "stopped"


def test_who_orders_sleep_is_told_who_holds_the_database_awake_and_all_else_sleeps() -> None:
    estate = Estate()
    estate.step({"dev-ada": ALWAYS}, 14)
    estate.dev.now = estate.now
    told = estate.dev.take(ALWAYS, {"do": "order", "state": "asleep", "until": "23:59", "by": "ada"})
    assert [each["stack"] for each in told["holders"]] == ["dev-ada"]
    assert (told["mode"], told["order"]["state"]) == ("databases", "asleep")
    estate.step({"dev": ALWAYS, "dev-ada": ALWAYS}, 10)
    assert estate.database["DBInstanceStatus"] == "available"
    assert estate.dev.take(ALWAYS, {"do": "show"})["holders"]


def test_while_the_database_is_awake_for_others_its_alarms_are_heard_and_no_others() -> None:
    estate = Estate()
    estate.dev.targets = [each for each in TARGETS if each["kind"] in ("database", "alarms", "database-alarms")]
    estate.step({}, 10)
    heard = {name: on for name, (on, _) in estate.dev.alarms.items()}
    assert heard == {"database-cpu": False, "service-bi": False}
    estate.step({"dev-ada": ALWAYS}, 3)
    assert not estate.dev.alarms["database-cpu"][0], "the numbers of starting are no trouble"
    estate.step({"dev-ada": ALWAYS}, 12)
    heard = {name: on for name, (on, _) in estate.dev.alarms.items()}
    assert heard == {"database-cpu": True, "service-bi": False}
    estate.step({}, 20)
    assert estate.database["DBInstanceStatus"] == "stopped" and not estate.dev.alarms["database-cpu"][0]


def test_a_round_that_has_not_seen_the_lease_stops_no_database_under_tasks() -> None:
    """The environment wakes just as the other one stops what it found nobody to need; it waits until that round is over."""
    estate = Estate()
    estate.step({"dev": ALWAYS}, 14)
    environment = estate.environments["dev-ada"]

    def before(_index: int, name: str) -> None:
        if name == "rds.stop_db_instance":
            estate.dev.before = lambda _index, _name: None
            environment.take(ALWAYS)

    estate.dev.before = before
    estate.dev.now = environment.now = estate.now
    estate.dev.take(NEVER)
    assert estate.database["DBInstanceStatus"] == "stopping"
    assert not environment.service["desired"]
    estate.step({"dev-ada": ALWAYS}, 6)
    assert awake(estate) and not estate.orphaned


def test_an_environment_that_dies_holds_nothing_for_longer_than_its_lease() -> None:
    estate = Estate()
    estate.step({"dev-ada": ALWAYS}, 14)
    for _ in range(LEASE_SECONDS // ROUND + 6):
        estate.dev.now = estate.now
        estate.dev.take(NEVER)
        estate.pass_by()
        estate.now += ROUND
    assert estate.database["DBInstanceStatus"] == "stopped"


def test_services_do_not_start_while_nobody_knows_how_the_shared_database_is() -> None:
    """Else than with a database of its own, which failed to wake: they would fill it with trouble of another stack."""
    estate = Estate()
    estate.step({}, 8)
    world = estate.environments["dev-ada"]

    def refuse(_index: int, name: str) -> None:
        if name == "rds.describe_db_instances":
            raise refusal("Throttling", "DescribeDBInstances")

    world.before = refuse
    estate.step({"dev-ada": ALWAYS}, 12)
    assert not awake(estate)
    assert world.metrics["Failed"] == 1
    world.before = lambda _index, _name: None
    estate.step({"dev-ada": ALWAYS}, 4)
    assert awake(estate)


def test_without_a_lease_nothing_starts() -> None:
    estate = Estate()
    estate.step({}, 8)
    world = estate.environments["dev-ada"]

    def refuse(_index: int, name: str) -> None:
        if name == "leases.put_item":
            raise refusal("AccessDeniedException", "PutItem")

    world.before = refuse
    world.now = estate.now
    with pytest.raises(ClientError, match="AccessDenied"):
        world.take(ALWAYS)
    assert not world.service["desired"]


def test_who_only_looks_takes_no_lease() -> None:
    estate = Estate()
    world = estate.environments["dev-ada"]
    told = world.take(ALWAYS, {"do": "show"})
    assert (estate.leases, told["holders"]) == ({}, [])
    assert {each["kind"] for each in told["things"]} == {"service", "shared"}
    assert [each["name"] for each in world.take(ALWAYS, {"do": "report", "days": 1})["things"]] == ["bi"]


def test_a_stack_that_is_being_made_is_given_a_lease_by_the_one_that_has_the_database() -> None:
    estate = Estate(())
    estate.step({}, 8)
    estate.dev.now = estate.now
    told = estate.dev.take(NEVER, {"do": "hold", "holder": "dev-new", "seconds": 3600, "by": "ada"})
    assert [(each["stack"], each["by"]) for each in told["holders"]] == [("dev-new", "ada")]
    estate.step({}, 29)
    assert estate.database["DBInstanceStatus"] == "available"
    estate.step({}, 6)
    assert estate.database["DBInstanceStatus"] == "stopped"


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"holder": "Dev New"}, "holder is 'Dev New'; expected the name of a stack, e.g. dev-ada"),
        ({}, "holder is ''; expected the name of a stack"),
        ({"holder": "dev-new", "seconds": 59}, f"seconds is 59; expected 60 to {LONGEST_SECONDS}"),
        ({"holder": "dev-new", "seconds": 7201}, "seconds is 7201; expected 60 to 7200"),
    ],
)
def test_a_lease_that_cannot_be_given_is_named(event: dict[str, Any], says: str) -> None:
    estate = Estate()
    assert says in estate.dev.take(NEVER, {"do": "hold", **event})["error"]
    assert not estate.leases


def test_who_has_no_database_lends_none() -> None:
    told = Estate().environments["dev-ada"].take(NEVER, {"do": "hold", "holder": "dev-new"})
    assert told == {"error": "dev-ada has no database that others share; expected the stack that has it"}


# What may happen, in any order: hours of each, rounds that are cut off or refused before any of their calls, another round of
# the same or of the other stack in between, orders to dev, and a clock that jumps.
NAMES = ("dev", "dev-ada", "dev-bob")
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["wakes", "sleeps"]), st.sampled_from(NAMES), st.just(0)),
        st.tuples(
            st.sampled_from(["cut off", "refused", "two at once", "dev between"]), st.sampled_from(NAMES), st.integers(0, 14)
        ),
        st.tuples(st.just("ordered asleep"), st.just("dev"), st.just(0)),
        st.tuples(st.just("pass"), st.just(""), st.integers(1, 4)),
    ),
    min_size=3,
    max_size=14,
)


def happen(estate: Estate, calendars: dict[str, Calendar], event: str, name: str, number: int) -> None:
    if event == "pass":
        estate.step(calendars, number)
        return
    if event in ("wakes", "sleeps"):
        calendars[name] = ALWAYS if event == "wakes" else NEVER
        return
    if event == "ordered asleep":
        estate.dev.now = estate.now
        estate.dev.take(calendars.get("dev", NEVER), {"do": "order", "state": "asleep", "until": "23:59", "by": "ada"})
        return
    world = estate.dev if name == "dev" else estate.environments[name]
    other = estate.dev if event == "dev between" else world
    other.now = world.now = estate.now

    def before(index: int, _name: str) -> None:
        if index == number:
            world.before = lambda _index, _name: None
            if event == "cut off":
                raise CutOffError
            if event == "refused":
                raise refusal("ThrottlingException", "Call")
            other.take(calendars.get(other.name, NEVER))

    world.before = before
    try:
        world.take(calendars.get(name, NEVER))
    except (CutOffError, ClientError):
        pass
    finally:
        world.before = lambda _index, _name: None


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_whatever_happens_no_task_runs_without_the_shared_database(events: list[tuple[str, str, int]]) -> None:
    """As long as each round comes within the life of a lease; and in the end all is as the hours say."""
    estate = Estate(("dev-ada", "dev-bob"))
    calendars: dict[str, Calendar] = {}
    for world in estate.environments.values():
        world.service |= {"desired": 0, "running": 0, "min": 0, "suspended": dict.fromkeys(world.service["suspended"], True)}
    estate.database["DBInstanceStatus"] = "stopped"
    for event in events:
        happen(estate, calendars, *event)
        estate.step(calendars)
        assert not estate.orphaned
    for name in estate.environments:
        estate.step({name: ALWAYS}, 24)
        assert [each for each in estate.environments if awake(estate, each)] == [name]
        assert estate.database["DBInstanceStatus"] == "available"
    estate.step({}, 24)
    assert estate.database["DBInstanceStatus"] == "stopped"
    assert not estate.orphaned


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-2 * 86400, 2 * 86400), min_size=1, max_size=4))
def test_a_clock_that_jumps_leaves_no_lease_behind(jumps: list[int]) -> None:
    estate = Estate()
    for jump in jumps:
        estate.step({"dev-ada": ALWAYS}, 3)
        estate.now += jump
    estate.step({"dev-ada": ALWAYS}, 20)
    assert awake(estate) and estate.database["DBInstanceStatus"] == "available"
    estate.step({}, (LEASE_SECONDS + LONGEST_SECONDS) // ROUND + 6)
    assert estate.database["DBInstanceStatus"] == "stopped"


def test_a_lease_that_is_renewed_goes_on_and_one_that_ended_begins_anew() -> None:
    estate = Estate()
    client = LeaseCalls(estate.environments["dev-ada"]).client("dynamodb")
    leases = Leases(client, "leases")
    first = leases.hold("dev-ada", NOON, by="ada", seconds=3600)
    again = leases.hold("dev-ada", NOON + 60, by="its schedule")
    assert (again.since, again.until) == (first.since, first.until), "it is never shortened"
    assert (first.fence(NOON), again.fence(NOON + 60), again.fence(NOON + FENCE_SECONDS)) == (FENCE_SECONDS, 60, 0)
    late = leases.hold("dev-ada", NOON + 4000, by="its schedule")
    assert late.since == NOON + 4000
    assert not Lease(holder="x", since=0, at=0, until=10**9, by="").lives(LONGEST_SECONDS), "however long it says"
    assert late.fence(NOON) == FENCE_SECONDS, "a clock that was put back"


GOOD: dict[str, Any] = {
    "holder": {"S": "dev-bad"},
    "by": {"S": "x"},
    **{name: {"N": str(int(NIGHT))} for name in ("since", "at")},
    "until": {"N": str(int(NIGHT) + 900)},
}


@pytest.mark.parametrize(
    "bad",
    [
        {name: value for name, value in GOOD.items() if name != "by"},
        {**GOOD, "until": {"S": "never"}},
        {**GOOD, "at": {"N": "1.5"}},
        {**GOOD, "since": {"N": "-1"}},
        {**GOOD, "until": {"N": "1" + "0" * 30}},
    ],
)
def test_an_item_that_is_no_lease_is_told_and_keeps_nobody_from_the_others(bad: dict[str, Any]) -> None:
    estate = Estate()
    estate.dev.now = NIGHT
    estate.leases["dev-bad"] = bad
    told = estate.dev.take(NEVER)
    assert (told["mode"], told["unreadable"], told["holders"]) == ("asleep", ["dev-bad"], [])
    estate.leases["dev-ada"] = {**GOOD, "holder": {"S": "dev-ada"}}
    told = estate.dev.take(NEVER)
    assert (told["mode"], [each["stack"] for each in told["holders"]]) == ("databases", ["dev-ada"])
    # Its holder gives itself one in its place, which counts.
    told = estate.dev.take(NEVER, {"do": "hold", "holder": "dev-bad", "by": "ada"})
    assert (told["unreadable"], len(told["holders"])) == ([], 2)


def test_a_lease_says_no_longer_life_than_the_longest_and_needs_no_end_of_its_item() -> None:
    estate = Estate()
    estate.leases["dev-bad"] = {**GOOD, "until": {"N": "9" * 10}}
    (lease,), _ = Leases(LeaseCalls(estate.dev).client("dynamodb"), "leases").living(NIGHT)
    assert lease.until == int(NIGHT) + LONGEST_SECONDS
    estate.dev.now = NIGHT + LONGEST_SECONDS
    told = estate.dev.take(NEVER)
    assert (told["holders"], told["unreadable"]) == ([], [])


def test_of_two_who_renew_at_once_one_is_refused_and_has_what_the_other_wrote() -> None:
    estate = Estate()
    world = estate.environments["dev-ada"]
    leases = Leases(LeaseCalls(world).client("dynamodb"), "leases")

    def before(_index: int, name: str) -> None:
        if name == "leases.put_item":
            world.before = lambda _index, _name: None
            leases.hold("dev-ada", NOON + 1, by="the other")

    world.before = before
    assert leases.hold("dev-ada", NOON, by="this").by == "the other"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        make: Any = boto3.client
        client = make("dynamodb", region_name="us-east-2")
        client.create_table(
            TableName="leases",
            KeySchema=[{"AttributeName": "holder", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "holder", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def test_leases_by_boto3(table: Any) -> None:
    leases = Leases(table, "leases")
    first = leases.hold("dev-ada", NOON, by="ada")
    assert leases.hold("dev-ada", NOON + 300, by="ada").since == first.since
    # More than a page
    for number in range(8):
        padding = {"S": "x" * 300_000}
        numbers = {name: {"N": str(int(NOON))} for name in ("since", "at")}
        until = {"until": {"N": str(int(NOON) + 900)}}
        item = {"holder": {"S": f"dev-{number}"}, "by": {"S": ""}, "padding": padding, **numbers, **until}
        table.put_item(TableName="leases", Item=item)
    assert len(leases.living(NOON + 600)[0]) == 9
    assert [each.holder for each in leases.living(NOON + 1000)[0]] == ["dev-ada"]
    with pytest.raises(LeaseError, match="holder is 'x '"):
        leases.hold("x ", NOON, by="")
