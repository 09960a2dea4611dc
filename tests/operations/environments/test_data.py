"""What becomes of data: nothing that somebody relies on is dropped, and nothing of it is left for the next of that name."""

import json
from dataclasses import replace
from typing import Any

import pytest

from operations.environments.engine import EngineError
from operations.environments.registry import LEASE_SECONDS
from tests.operations.environments.test_janitor import MINUTE, clean, half_way
from tests.operations.environments.world import ADA, BEGAN, BOB, DEPLOYED, HOUR, REGION, TEMPLATE, World, stack_file


def kept(world: World, name: str = "x") -> None:
    """One whose database is kept."""
    world.up(name, "--data", "keep")
    world.run("down", name, "--yes")


def data_of(world: World, name: str = "x") -> str:
    """What the stack of an environment does with its data at its end, as deployed."""
    resource = world.backend.stacks[f"dev-{name}"][-1]
    return json.loads(resource["inputs"]["input"])["data"]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_stack_that_is_no_environment_is_not_taken_over(world: World, options: tuple[str, ...]) -> None:
    world.backend.stacks["dev-east"] = [{"urn": "somebody's database"}]
    assert "there is a stack dev-east, which no command made" in world.up("east", *options, code=4)["error"]
    world.backend.stacks.pop("dev-east")
    (world.folder / "Pulumi.dev-east.yaml").write_text(stack_file("123456789012", "dev"))
    assert "dev-east is a stack of its own (Pulumi.dev-east.yaml)" in world.up("east", *options, code=4)["error"]
    assert not world.backend.ran and not world.registry.all() and not world.registry.ranges()


def test_a_stack_that_somebody_makes_meanwhile_is_left_to_them(world: World) -> None:
    kept(world)
    before = world.get()
    world.backend.foreign = "dev-x"
    world.backend.ran.clear()
    assert "is there already" in world.up(code=4)["error"]
    after = world.get()
    assert (after.state, after.data, after.kept_until) == ("kept", "keep", before.kept_until)
    world.backend.foreign = "dev-y"
    world.up("y", code=4)
    assert [each.name for each in world.registry.all()] == ["x"]
    assert not world.backend.ran and not world.registry.ranges() and not world.users.orders


def test_the_janitor_leaves_what_was_extended_while_it_was_at_another(world: World) -> None:
    world.up("a")
    world.up("b")
    world.now = BEGAN + 8 * HOUR

    def meanwhile(_: Any) -> None:
        world.backend.during = lambda _: None
        world.change("b", expires=world.now + 4 * HOUR)

    world.backend.during = meanwhile
    assert clean(world)["b"].startswith("is up until")
    assert world.get("b").state == "up"


def test_the_janitor_leaves_what_is_changed_between_its_look_and_its_lease(world: World, monkeypatch: Any) -> None:
    world.up("x")
    kept(world, "y")
    world.now = world.get("y").kept_until
    lease = world.registry.lease

    def slower(name: str, *given: Any, **values: Any) -> Any:
        found = world.get(name)
        later = world.now + HOUR
        world.change(name, **({"kept_until": later} if found.state == "kept" else {"expires": later}))
        return lease(name, *given, **values)

    monkeypatch.setattr(world.registry, "lease", slower)
    world.backend.ran.clear()
    told = clean(world)
    assert told["x"] == "environment x was changed meanwhile; it is left as it is" and "was changed" in told["y"]
    assert not world.users.orders and not world.backend.ran
    assert (world.get("x").state, world.get("y").state) == ("up", "kept")


def test_a_second_down_tells_until_when_it_is_kept_and_drops_nothing(world: World) -> None:
    kept(world)
    told = world.run("down", "x", "--yes", code=0)
    assert told["kept_until"] == "2027-02-14T08:00:00Z"
    assert not world.users.orders and world.get().state == "kept"


def test_up_again_is_as_it_was_unless_told_otherwise(world: World) -> None:
    world.template("large", TEMPLATE)
    mine = ("--data", "keep", "--template", "large", "--owner", "team@dataconnect.example")
    world.up("x", *mine)
    world.up("x")
    found = world.get()
    assert (found.data, found.template, found.email, data_of(world)) == ("keep", "large", "team@dataconnect.example", "keep")
    world.run("down", "x", "--yes")
    world.up("x")
    found = world.get()
    assert (found.data, found.template, found.email, data_of(world)) == ("keep", "large", "team@dataconnect.example", "keep")
    world.up("x", "--data", "discard")
    assert (world.get().data, data_of(world)) == ("discard", "discard")


def test_a_failed_up_that_was_to_discard_discards_nothing_yet(world: World) -> None:
    world.up("x", "--data", "keep")
    world.backend.broken["up", "dev-x"] = EngineError("no")
    world.up("x", "--data", "discard", code=1)
    assert world.get().data == "keep"
    world.backend.broken.clear()
    kept_again = world.run("down", "x", "--yes")
    assert kept_again["kept_until"] and not world.users.orders


def test_a_kept_one_is_not_taken_up_while_it_is_dropped(world: World) -> None:
    kept(world)
    said: list[str] = []

    def meanwhile() -> None:
        # For longer than a lease lasts by itself.
        world.now += 10 * MINUTE
        said.append(world.up(code=4)["error"])
        new = replace(world.get(), range="10.128.0.0/20", changed_at=world.now, lease=None)
        assert world.registry.claim(new, kept=True) == "name"

    world.users.during = meanwhile
    world.run("down", "x", "--yes", "--data", "discard")
    assert said[0].startswith(f"environment x is being worked on by {ADA} (down)")
    assert not world.registry.all() and not world.registry.ranges()


def test_a_drop_that_was_taken_over_is_told(world: World, monkeypatch: Any) -> None:
    kept(world)
    monkeypatch.setattr(world.registry, "forget", lambda *_: False)
    assert "was taken over by another command" in world.run("down", "x", "--yes", "--data", "discard", code=4)["error"]


def test_what_is_discarded_is_ordered_to_be_dropped_before_it_is_forgotten(world: World) -> None:
    world.up()
    world.users.fails = True
    assert "asleep" in world.run("down", "x", "--yes", code=1)["error"]
    assert world.get().state == "going-down" and "dev-x" in world.backend.stacks
    world.users.fails = False
    world.run("down", "x", "--yes")
    assert world.users.orders[-1] == {**world.outputs["databaseLogin"], "action": "drop", "environment": "x"}
    assert not world.registry.all()


def test_what_was_kept_with_something_left_in_aws_is_dropped_on_demand(world: World) -> None:
    world.up("x", "--data", "keep")
    s3 = world.aws.client("s3")
    s3.create_bucket(Bucket="left", CreateBucketConfiguration={"LocationConstraint": REGION})
    world.tagging.left["dev-x"] = ["arn:aws:s3:::left"]
    world.run("down", "x", "--yes", code=6)
    assert not world.users.orders
    s3.delete_bucket(Bucket="left")
    world.run("down", "x", "--yes", "--data", "discard")
    assert world.users.orders and not world.registry.all()


def test_a_database_of_nobody_is_told_unless_the_instance_sleeps(world: World) -> None:
    world.up()
    world.users.databases["gone"] = DEPLOYED
    told = clean(world, code=6)
    assert "is not in the registry: look whose data it is" in told["gone"] and told["x"].startswith("is up")
    world.by_night()
    assert "gone" not in clean(world)


def test_a_second_up_that_dies_costs_nothing_before_its_end(world: World) -> None:
    half_way(world, came_up=BEGAN)
    world.now += LEASE_SECONDS + 15 * MINUTE
    assert clean(world)["x"].startswith("is failed until 2027-01-15 16:00 UTC: the command of")
    found = world.get()
    assert (found.state, found.lease) == ("failed", None) and "died half-way" in found.why
    assert not world.backend.ran and not world.users.orders
    assert world.up()["state"] == "up"
    half_way(world, "y", came_up=BEGAN)
    world.now = BEGAN + 8 * HOUR + HOUR
    assert clean(world)["y"].startswith("taken down")


def test_when_it_came_up_first_is_remembered(world: World) -> None:
    world.up()
    began = world.get().came_up
    assert began == BEGAN
    world.now += HOUR
    world.up()
    assert world.get().came_up == began


def test_a_range_whose_environment_is_there_again_is_not_given_back(world: World) -> None:
    world.up()
    taken = world.get().range
    assert not world.registry.free(taken, "x")
    assert world.registry.ranges() == {taken: "x"}


@pytest.mark.parametrize(
    "values", [{"expires": {"N": "9" * 30}}, {"state": {"S": "other"}}, {"lease": {"M": {"by": {"S": "x"}}}}, {"owner": None}]
)
def test_an_item_that_is_none_is_told_and_stops_nothing(world: World, values: dict[str, Any]) -> None:
    world.up("a")
    world.up("b")
    key = {"id": {"S": "environment"}, "item": {"S": "a"}}
    item = world.aws.dynamodb.get_item(TableName="environments", Key=key)["Item"]
    changed = {name: value for name, value in {**item, **values}.items() if value}
    world.aws.dynamodb.put_item(TableName="environments", Item=changed)
    told = world.run("list")
    assert [each["name"] for each in told["environments"]] == ["b"]
    assert "cannot be read" in told["unreadable"][0]["why"] and told["unreadable"][0]["name"] == "a"
    world.now = BEGAN + 8 * HOUR
    lines = clean(world, code=6)
    assert "cannot be read" in lines["a"] and lines["b"].startswith("taken down") and "dev-a" not in lines
    assert world.registry.ranges() == {"10.128.0.0/20": "a"}
    assert "environment a cannot be read" in world.run("extend", "a", "--for", "1h", code=1, by=BOB)["error"]
