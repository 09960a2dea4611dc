"""The life of one environment by the commands: up, again, extended, down, kept, taken up again."""

from typing import Any

import pytest

from operations.environments.engine import EngineError
from operations.environments.registry import LEASE_SECONDS
from operations.environments.tasks import SERVICE
from tests.operations.environments.world import ADA, BEGAN, BOB, HOUR, World


def test_an_environment_comes_up_with_its_range_its_end_and_its_file(world: World) -> None:
    told = world.up()
    assert (told["state"], told["range"], told["until"]) == ("up", "10.128.0.0/20", "2027-01-15T16:00:00Z")
    assert told["url"] == "https://x.dev.dataconnect.example"
    assert told["email"] == "ada@dataconnect.example"
    config = world.backend.written["dev-x"]["config"]
    assert config["dataconnect:network"]["cidr"] == "10.128.0.0/20"
    assert config["dataconnect:network"]["zones"] == ["us-east-2a", "us-east-2b"]
    assert config["dataconnect:environment"] == {"of": "dev", "data": "discard"}
    tags = config["aws:defaultTags"]["tags"]
    assert (tags["Owner"], tags["Stack"], tags["Environment"]) == ("ada@dataconnect.example", "dev-x", "dev")
    assert world.get().lease is None


def test_each_has_a_range_of_its_own_and_a_free_one_is_taken_again(world: World) -> None:
    assert [world.up(name)["range"] for name in ("a", "b", "c")] == ["10.128.0.0/20", "10.128.16.0/20", "10.128.32.0/20"]
    world.run("down", "b", "--yes")
    assert world.up("d")["range"] == "10.128.16.0/20"


def test_one_that_failed_says_why_and_goes_on_with_its_range_and_end(world: World) -> None:
    world.backend.broken["up", "dev-x"] = EngineError("database-users: no such role")
    told = world.up(code=1)
    assert "no such role" in told["error"]
    failed = world.get()
    assert (failed.state, failed.why, failed.lease) == ("failed", "database-users: no such role", None)
    world.backend.broken.clear()
    world.now += HOUR
    told = world.up()
    assert (told["state"], told["why"], told["until"]) == ("up", "", "2027-01-15T16:00:00Z")
    assert told["range"] == failed.range


def test_an_interrupt_leaves_it_failed_and_says_what_to_run(world: World) -> None:
    world.backend.broken["up", "dev-x"] = KeyboardInterrupt()
    told = world.up(code=130)
    assert "`dataconnect environment up x --for 8h` goes on from there" in told["error"]
    assert "`dataconnect environment down x` ends it" in told["error"]
    assert (world.get().state, world.get().why) == ("failed", "interrupted")


def test_after_a_run_that_was_cut_off_the_world_is_looked_at_first(world: World) -> None:
    world.up()
    world.backend.pending.add("dev-x")
    world.backend.ran.clear()
    world.up()
    assert world.backend.ran == [("refresh", "dev-x"), ("up", "dev-x")]


def test_it_is_extended_from_its_end_on_by_the_registry_alone(world: World) -> None:
    world.up()
    world.backend.ran.clear()
    told = world.run("extend", "x", "--for", "4h", by=BOB)
    assert told["until"] == "2027-01-15T20:00:00Z"
    assert (world.get().expires, world.get().changed_by) == (BEGAN + 12 * HOUR, BOB)
    assert not world.backend.ran


def test_a_dry_run_of_an_extension_changes_nothing(world: World) -> None:
    world.up()
    assert world.run("extend", "x", "--for", "4h", "--dry-run")["until"] == "2027-01-15T20:00:00Z"
    assert world.get().expires == BEGAN + 8 * HOUR


def test_it_is_taken_down_and_its_name_and_range_are_free(world: World) -> None:
    world.up()
    told = world.run("down", "x", "--yes")
    assert told == {"name": "x", "range": "10.128.0.0/20", "kept_until": None}
    assert "dev-x" not in world.backend.stacks
    assert not world.registry.all() and not world.registry.ranges()
    assert world.up("x", by=BOB)["owner"] == BOB


def test_nobody_who_can_be_asked_is_an_error(world: World) -> None:
    world.up()
    assert "expected --yes, or a terminal" in world.run("down", "x", code=2)["error"]
    assert world.get().state == "up"


def test_a_destroy_that_failed_goes_on(world: World) -> None:
    world.up()
    world.backend.broken["destroy", "dev-x"] = EngineError("bucket is not empty")
    assert "bucket is not empty" in world.run("down", "x", "--yes", code=1)["error"]
    assert (world.get().state, world.get().why) == ("going-down", "bucket is not empty")
    assert world.up(code=4)["error"].startswith("environment x is going-down")
    assert world.run("extend", "x", "--for", "1h", code=4)["error"].startswith("environment x is going-down")
    world.backend.broken.clear()
    world.run("down", "x", "--yes")
    assert not world.registry.all()


def test_its_database_is_kept_for_the_same_name_and_the_same_owner(world: World) -> None:
    world.up("x", "--data", "keep")
    told = world.run("down", "x", "--yes", "--keep-for", "7d")
    assert told["kept_until"] == "2027-01-22T08:00:00Z"
    kept = world.get()
    assert (kept.state, kept.range, kept.data) == ("kept", "", "keep")
    assert not world.registry.ranges()
    assert "has an environment of that name, kept; expected another name" in world.up("x", by=BOB, code=4)["error"]
    world.now += HOUR
    told = world.up("x", "--data", "keep")
    assert (told["state"], told["until"], told["range"]) == ("up", "2027-01-15T17:00:00Z", "10.128.0.0/20")


def test_of_two_commands_at_once_one_wins_and_the_other_says_who_has_it(world: World) -> None:
    said: list[Any] = []

    def meanwhile(_: Any) -> None:
        world.backend.during = lambda _: None
        said.append(world.up(code=4, by=ADA))
        said.append(world.run("down", "x", "--yes", code=4, by=BOB))

    world.backend.during = meanwhile
    assert world.up()["state"] == "up"
    for each in said:
        assert f"is being worked on by {ADA} (up) since 2027-01-15 08:00 UTC" in each["error"]


def test_a_command_whose_lease_was_taken_stops_and_changes_nothing_any_more(world: World) -> None:
    def sleeps(progress: Any) -> None:
        world.now += LEASE_SECONDS + 1
        world.backend.during = lambda _: None
        world.run("down", "x", "--yes", by=BOB)
        progress.beat()

    world.backend.during = sleeps
    assert "was taken over by another command" in world.up(code=4)["error"]
    assert not world.registry.all() and not world.registry.ranges()


def test_a_command_that_lives_keeps_its_lease_for_hours(world: World) -> None:
    def works(progress: Any) -> None:
        for _ in range(60):
            world.now += 60
            progress.beat()
            held = world.get().held(world.now)
            assert held and held.until == world.now + LEASE_SECONDS

    world.backend.during = works
    assert world.up()["state"] == "up"


def test_the_list_tells_whose_how_and_until_when(world: World) -> None:
    assert world.run("list") == {"environments": [], "unreadable": []}
    world.up("a")
    world.backend.broken["up", "dev-b"] = EngineError("no")
    world.up("b", by=BOB, code=1)
    world.now += 9 * HOUR
    told = {each["name"]: each for each in world.run("list")["environments"]}
    assert (told["a"]["state"], told["a"]["expired"], told["a"]["owner"]) == ("up", True, ADA)
    assert (told["b"]["state"], told["b"]["why"], told["b"]["email"]) == ("failed", "no", "bob@dataconnect.example")


@pytest.mark.parametrize("action", ["up", "down"])
def test_how_long_it_took_is_known_the_next_time(world: World, action: str) -> None:
    world.up()
    world.run("down", "x", "--yes")
    assert len(world.registry.durations(f"{action} standard")) == 1


def test_a_service_without_tasks_is_told_when_its_environment_is_up(world: World) -> None:
    ecs, cluster = world.aws.client("ecs"), "dev-x-cluster"
    ecs.create_cluster(clusterName=cluster)
    container = [{"name": "bi", "image": "bi", "memory": 128}]
    ecs.register_task_definition(family="bi", containerDefinitions=container)
    for name, desired in (("bi", 1), ("idle", 0)):
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="bi", desiredCount=desired)
    outputs = [{"name": name, "cluster": cluster} for name in ("bi", "idle")]
    world.backend.made = [{"urn": each["name"], "type": SERVICE, "outputs": each} for each in outputs]
    assert world.up()["notes"] == ["bi: 0 of 1 tasks run until now"]


OWN_HOURS = {"schedule": {"function": "dataconnect-dev-x-sleeper", "timezone": "America/New_York"}}


def test_it_is_awake_until_its_end_whatever_dev_s_hours_are(world: World) -> None:
    """16:00 in UTC is 11:00 in New York; the end is awake to its last second."""
    world.backend.told = OWN_HOURS
    world.now += 30
    assert world.up()["notes"] == []
    order = {"do": "order", "state": "awake", "by": ADA}
    assert world.ordered == [("dataconnect-dev-x-sleeper", {**order, "until": "2027-01-15T11:01"})]
    world.run("extend", "x", "--for", "12h", "--dry-run", by=BOB)
    world.run("extend", "x", "--for", "12h", by=BOB)
    assert world.ordered[1:] == [("dataconnect-dev-x-sleeper", {**order, "by": BOB, "until": "2027-01-15T23:01"})]


def test_an_order_that_its_schedule_does_not_take_is_told_and_stops_nothing(world: World) -> None:
    world.backend.told, world.answer = OWN_HOURS, {"error": "is past"}
    told = world.up()
    assert told["state"] == "up"
    (note,) = told["notes"]
    assert note.startswith("it sleeps by the hours of dev: is past;")
    assert note.endswith("dataconnect schedule keep-awake --until 2027-01-15T11:00 --stack dev-x")
    assert world.get().sleeper == "dataconnect-dev-x-sleeper"
