"""A database that is to be kept: whatever its stack was deployed to do with it, and however often a `down` ends half-way."""

from typing import Any

import pytest

from operations.environments.databases import keep
from operations.environments.engine import EngineError
from operations.environments.place import Held
from tests.operations.environments.test_janitor import clean
from tests.operations.environments.world import BEGAN, HOUR, KEPT, REGION, World

DAY = 24 * HOUR


def left(world: World) -> Any:
    """Something of AWS's that a `down` of x meets; deleted by what is returned."""
    s3 = world.aws.client("s3")
    s3.create_bucket(Bucket="left", CreateBucketConfiguration={"LocationConstraint": REGION})
    world.tagging.left["dev-x"] = ["arn:aws:s3:::left"]
    return lambda: s3.delete_bucket(Bucket="left")


def kept(world: World) -> bool:
    """Whether the registry says that the database of x is kept, and it is."""
    return world.get().state == "kept" and world.users.databases == {"x": KEPT} and not world.users.orders


def test_what_was_deployed_to_be_discarded_is_kept_where_no_up_succeeds(world: World) -> None:
    world.up()
    world.backend.broken["up", "dev-x"] = EngineError("no such image")
    world.backend.ran.clear()
    told = world.run("down", "x", "--yes", "--data", "keep")
    assert told["kept_until"] == "2027-02-14T08:00:00Z"
    assert world.backend.ran == [("destroy", "dev-x")]
    assert kept(world) and not world.registry.ranges()


def test_nothing_is_destroyed_before_its_database_is_claimed(world: World) -> None:
    world.up()
    world.users.fails = True
    world.backend.ran.clear()
    assert "failed to keep the database of x" in world.run("down", "x", "--yes", "--data", "keep", code=1)["error"]
    assert not world.backend.ran and world.get().state == "going-down"
    world.users.fails = False
    clean(world)
    assert kept(world)


def test_a_failed_up_that_was_to_keep_keeps_whatever_was_deployed(world: World) -> None:
    world.up()
    world.backend.broken["up", "dev-x"] = EngineError("no")
    world.up("x", "--data", "keep", code=1)
    assert world.get().data == "keep"
    world.run("down", "x", "--yes")
    assert kept(world)


def test_what_down_was_to_keep_is_kept_by_who_goes_on(world: World) -> None:
    world.up()
    world.backend.broken["destroy", "dev-x"] = EngineError("no")
    world.run("down", "x", "--yes", "--data", "keep", code=1)
    world.backend.broken.clear()
    assert "its database is kept until" in clean(world)["x"]
    assert kept(world)


def test_what_was_dropped_by_an_earlier_down_is_not_said_to_be_kept(world: World) -> None:
    world.up()
    gone = left(world)
    world.run("down", "x", "--yes", code=6)
    assert not world.users.databases
    gone()
    assert world.run("down", "x", "--yes", "--data", "keep") == {"name": "x", "range": "", "kept_until": None}
    assert not world.registry.all()


def test_what_was_kept_by_an_earlier_down_is_kept(world: World) -> None:
    world.up()
    gone = left(world)
    world.run("down", "x", "--yes", "--data", "keep", code=6)
    gone()
    assert world.run("down", "x", "--yes")["kept_until"] == "2027-02-14T08:00:00Z"
    assert kept(world)


def test_of_what_never_had_a_database_nothing_is_kept_and_it_is_told(world: World) -> None:
    world.backend.broken["up", "dev-x"] = EngineError("no")
    world.up("x", "--data", "keep", code=1)
    world.now += 9 * HOUR
    assert clean(world)["x"].endswith("; nothing is kept, for it has no database")
    # Roles that were made before it.
    assert [each["action"] for each in world.users.orders] == ["drop"]
    assert not world.registry.all() and not world.registry.ranges()


def test_by_night_the_database_is_not_woken_for_what_is_left_in_aws(world: World) -> None:
    world.up("x", "--data", "keep")
    gone = left(world)
    world.run("down", "x", "--yes", code=6)
    sleeper = world.by_night()
    world.run("down", "x", "--yes", code=6)
    assert not sleeper.orders
    gone()
    world.run("down", "x", "--yes")
    assert sleeper.dev.database["DBInstanceStatus"] == "available" and kept(world)


@pytest.mark.parametrize("again", [(), ("--keep-for", "2d")])
def test_how_long_it_is_kept_is_as_the_last_down_said(world: World, again: tuple[str, ...]) -> None:
    world.up("x", "--data", "keep")
    world.backend.broken["destroy", "dev-x"] = EngineError("no")
    world.run("down", "x", "--yes", "--keep-for", "1d", code=1)
    if again:
        world.run("down", "x", "--yes", *again, code=1)
    world.backend.broken.clear()
    clean(world)
    assert world.get().kept_until == BEGAN + (2 if again else 1) * DAY
    world.up()
    world.run("down", "x", "--yes")
    assert world.get().kept_until == BEGAN + 30 * DAY


def test_a_time_that_is_none_is_named(world: World) -> None:
    world.up()
    told = world.run("down", "x", "--yes", "--keep-for", "", code=2)["error"]
    assert told.startswith("--keep-for is ''; expected a time such as 30m, 8h or 2d: 1 h to 30 d")
    assert world.get().state == "up"


def test_a_lease_outlives_the_order_to_keep(world: World) -> None:
    world.up()
    place = world.place()
    held = Held.take(place, "x", "down", ("up",), state="going-down")
    assert keep(place, held)
    world.now += 10 * 60
    assert world.get().held(world.now)
