"""The janitor: who is warned, what is taken down, what is left to people."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from components.base.severity import URGENCY
from functions.notify.events import read
from operations.environments.engine import EngineError
from operations.environments.items import Lease
from operations.environments.registry import LEASE_SECONDS
from tests.operations.environments.world import ACCOUNT, ADA, BEGAN, BOB, HOUR, World

MINUTE = 60


def clean(world: World, *options: str, code: int = 0) -> dict[str, str]:
    """What the janitor did, by name."""
    told = world.run("janitor", *options, code=code, by=f"arn:aws:sts::{ACCOUNT}:assumed-role/janitor/ci")
    return {each["name"]: each["did"] for each in told["lines"]}


def half_way(world: World, name: str = "x", state: Any = "coming-up", *, locked: str = "", came_up: int = 0) -> None:
    """A command that was killed while it worked on an environment, the first one that brought it up by default."""
    world.up(name)
    lease = Lease(token="dead", by=ADA, doing="up", since=world.now, until=world.now + LEASE_SECONDS)
    world.change(name, state=state, lease=lease, came_up=came_up)
    world.backend.pending.add(f"dev-{name}")
    if locked:
        world.backend.locked[f"dev-{name}"] = locked
    world.backend.ran.clear()


def test_dev_s_alerts_are_told_once_an_hour_before_the_end_whose_it_is_and_what_extends_it(world: World) -> None:
    world.up()
    world.now = BEGAN + 7 * HOUR - 1
    assert clean(world) == {"x": "is up until 2027-01-15 16:00 UTC"} and not world.told()
    world.now = BEGAN + 7 * HOUR
    assert clean(world) == {"x": "dev's alerts are told, 1 h before its end: it is ada@dataconnect.example's"}
    (body,) = world.told()
    notice = read(body, runbooks="https://runbooks.example", now=datetime.now(UTC), stack="dev")
    assert (notice.severity, notice.key, notice.runbook) == (
        URGENCY["environment-expiring"],
        "environment-expiring",
        "https://runbooks.example/environment/expiring",
    )
    assert notice.title == "Environment x is taken down at 2027-01-15 16:00 UTC"
    assert "dataconnect environment extend x --for 4h --stack dev" in notice.text
    assert "ada@dataconnect.example" in notice.text
    world.now += 10 * MINUTE
    assert clean(world) == {"x": "is up until 2027-01-15 16:00 UTC"} and not world.told()


def test_who_extends_is_warned_again_before_the_new_end(world: World) -> None:
    world.up()
    world.now = BEGAN + 7 * HOUR
    clean(world)
    world.run("extend", "x", "--for", "4h")
    clean(world)
    assert len(world.told()) == 1
    world.now = BEGAN + 11 * HOUR
    clean(world)
    assert len(world.told()) == 1


def test_a_warning_that_reached_nobody_is_told_again(world: World) -> None:
    world.up()
    world.now = BEGAN + 7 * HOUR
    topic = world.outputs["alertTopicArn"]
    world.outputs["alertTopicArn"] = f"{topic}-gone"
    told = world.run("janitor", code=6)
    assert "x" in told["error"] and "AWS" not in told["lines"][0]["name"]
    world.outputs["alertTopicArn"] = topic
    clean(world)
    assert len(world.told()) == 1


def test_what_expired_is_taken_down_with_its_own_end_of_data(world: World) -> None:
    world.up("x")
    world.up("y", "--data", "keep", by=BOB)
    world.now = BEGAN + 8 * HOUR
    told = clean(world)
    assert told["x"] == "taken down: it expired at 2027-01-15 16:00 UTC"
    assert told["y"].endswith("its database is kept until 2027-02-14 16:00 UTC")
    assert [each.name for each in world.registry.all()] == ["y"] and not world.registry.ranges()


def test_one_that_failed_is_its_owners_until_it_expires(world: World) -> None:
    world.backend.broken["up", "dev-x"] = EngineError("no")
    world.up(code=1)
    assert clean(world) == {"x": "is failed until 2027-01-15 16:00 UTC"}
    world.now = BEGAN + 8 * HOUR
    assert clean(world)["x"].startswith("taken down")


def test_what_died_half_way_is_looked_at_and_taken_down_but_not_before_it_is_dead(world: World) -> None:
    half_way(world)
    assert clean(world)["x"].startswith(f"is being worked on by {ADA} (up)")
    world.now += LEASE_SECONDS + 14 * MINUTE
    assert clean(world)["x"] == "is coming-up until 2027-01-15 16:00 UTC"
    assert not world.backend.ran
    world.now += MINUTE
    assert "brought it up died half-way" in clean(world)["x"]
    assert world.backend.ran == [("refresh", "dev-x"), ("destroy", "dev-x")]
    assert not world.registry.all() and not world.registry.ranges()


def test_one_that_died_on_its_way_down_goes_on(world: World) -> None:
    half_way(world, state="going-down")
    world.now += LEASE_SECONDS + 15 * MINUTE
    assert clean(world)["x"] == "taken down: it is half-way down"


LOCK = "the stack is currently locked by 1 lock(s)\n  lock.json: created by {user}@{host} (pid {pid}) at {at}"


def lock(at: int, *, host: str = "elsewhere", pid: int = 1) -> str:
    return LOCK.format(user="ada", host=host, pid=pid, at=datetime.fromtimestamp(at, UTC).isoformat())


def test_a_lock_whose_holder_may_be_alive_is_left_and_told(world: World) -> None:
    half_way(world, locked=lock(BEGAN))
    world.now += LEASE_SECONDS + 15 * MINUTE
    world.backend.silent = world.now - 14 * MINUTE
    told = clean(world, code=6)["x"]
    assert "ada@elsewhere (pid 1)" in told and "the state was silent for 14 of 15 minutes" in told
    assert world.registry.ranges() and ("cancel", "dev-x") not in world.backend.ran
    world.now += MINUTE
    assert clean(world)["x"].startswith("taken down")
    assert world.backend.ran[0] == ("cancel", "dev-x")


def test_the_failure_of_one_stops_no_other(world: World) -> None:
    for name in ("a", "b", "c"):
        world.up(name)
    world.now = BEGAN + 8 * HOUR
    world.backend.broken["destroy", "dev-b"] = EngineError("bucket is not empty")
    told = clean(world, code=6)
    assert told["b"] == "bucket is not empty"
    assert [each.name for each in world.registry.all()] == ["b"]
    assert world.registry.ranges() == {"10.128.16.0/20": "b"}
    assert world.metric("Unmended") == [1.0]


def test_a_kept_database_is_dropped_when_its_days_are_over(world: World) -> None:
    world.up("x", "--data", "keep")
    world.run("down", "x", "--yes", "--keep-for", "1d")
    world.now += 23 * HOUR
    assert clean(world) == {"x": "is kept until 2027-01-16 08:00 UTC"} and not world.users.orders
    world.now += HOUR
    world.users.fails = True
    assert "asleep" in clean(world, code=6)["x"]
    assert world.get().state == "kept"
    world.users.fails = False
    assert clean(world)["x"].startswith("its database is dropped")
    assert world.users.orders[-1] == {**world.outputs["databaseLogin"], "action": "drop", "environment": "x"}
    assert not world.registry.all()


def test_a_kept_database_is_dropped_by_its_owner_sooner(world: World) -> None:
    world.up("x", "--data", "keep")
    world.run("down", "x", "--yes")
    assert "is kept already" in world.run("down", "x", "--yes", "--data", "keep", code=4)["error"]
    world.run("down", "x", "--yes", "--data", "discard")
    assert not world.registry.all() and world.users.orders


def test_a_range_that_nobody_has_is_given_back_unless_aws_has_something_there(world: World) -> None:
    world.up()
    world.aws.dynamodb.delete_item(TableName="environments", Key={"id": {"S": "environment"}, "item": {"S": "x"}})
    world.backend.stacks.pop("dev-x")
    world.users.databases.clear()
    ec2 = world.aws.client("ec2")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Stack", "Value": "dev-x"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.128.0.0/20", TagSpecifications=tags)["Vpc"]["VpcId"]
    assert f"is in use: {vpc}" in clean(world, code=6)["10.128.0.0/20"]
    ec2.delete_vpc(VpcId=vpc)
    assert clean(world)["10.128.0.0/20"].startswith("given back")
    assert not world.registry.ranges()


def test_a_stack_that_no_command_made_is_told(world: World) -> None:
    world.backend.stacks["dev-other"] = []
    assert "look who made it" in clean(world, code=6)["dev-other"]


def test_a_dry_run_tells_all_of_it_and_does_nothing(world: World) -> None:
    world.up("a")
    half_way(world, "b")
    world.now = BEGAN + 7 * HOUR
    told = clean(world, "--dry-run")
    assert told["a"].startswith("would be: told") and told["b"].startswith("would be: taken down")
    assert not world.told() and not world.backend.ran and not world.metric("JanitorRuns")


def test_each_run_is_measured(world: World) -> None:
    clean(world)
    assert (world.metric("JanitorRuns"), world.metric("Unmended"), world.metric("Environments")) == ([1.0], [0.0], [0.0])


@pytest.mark.parametrize("data", ["discard", "keep"])
def test_the_warning_says_what_becomes_of_its_data(world: World, data: str) -> None:
    world.up("x", "--data", data)
    world.now = BEGAN + 7 * HOUR
    clean(world)
    assert ("its database is kept" in json.loads(world.told()[0])["Message"]) == (data == "keep")
