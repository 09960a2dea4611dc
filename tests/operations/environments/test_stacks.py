"""Whose a stack is: an environment's only once a command entered that it made it; and stacks that dry runs make."""

from typing import Any

import pytest

from operations.environments.asked import name_of
from operations.environments.engine import EngineError
from operations.environments.registry import LEASE_SECONDS
from operations.environments.stacks import preview_began, preview_name
from operations.errors import OperationError
from tests.operations.environments.test_janitor import MINUTE, clean
from tests.operations.environments.world import ACCOUNT, BEGAN, HOUR, REGION, TEMPLATE, FakeEngine, World

THEIRS = [{"urn": "somebody's database"}]


class Killed(BaseException):
    """What nothing catches, and nothing is entered after."""


def killed_at(world: World, monkeypatch: pytest.MonkeyPatch, at: str, *words: str) -> None:
    """Run a command that is killed as it calls a method of the engine."""

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(FakeEngine, at, killed)
        patched.setattr("operations.environments.place.Held.fail", lambda *_: None)
        patched.setattr(FakeEngine, "remove", killed)
        with pytest.raises(Killed):
            world.run(*words)


def entered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """x is entered, its command was killed before it made a stack, and somebody makes one of that name."""
    killed_at(world, monkeypatch, "init", "up", "x", "--for", "8h")
    assert (world.get().state, world.get().made) == ("coming-up", False)
    world.backend.stacks["dev-x"] = [*THEIRS]
    world.now += LEASE_SECONDS + 15 * MINUTE


def test_a_stack_of_somebody_else_s_is_not_destroyed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(world, monkeypatch)
    for told in (clean(world, code=6)["x"], world.run("down", "x", "--yes", code=4)["error"]):
        assert told.startswith("there is a stack dev-x, which no command made for an environment x: nothing of it is touched;")
        assert "`pulumi stack rm dev-x`" in told
    assert world.backend.stacks["dev-x"] == THEIRS and not world.backend.ran
    assert world.registry.ranges() == {"10.128.0.0/20": "x"}
    world.backend.stacks.pop("dev-x")
    assert clean(world)["x"].startswith("taken down") and not world.registry.ranges()


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_nor_is_it_taken_over(world: World, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    entered(world, monkeypatch)
    assert "which no command made for an environment x" in world.up("x", *options, code=4)["error"]
    assert world.backend.stacks["dev-x"] == THEIRS and not world.backend.ran
    assert world.registry.ranges() == {"10.128.0.0/20": "x"}


def test_nor_one_that_is_made_after_it_was_looked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(world, monkeypatch, "init", "up", "x", "--for", "8h")
    world.now += LEASE_SECONDS
    world.backend.foreign = "dev-x"
    assert "is there already" in world.up(code=4)["error"]
    assert (world.get().state, world.get().made) == ("failed", False)
    assert world.registry.ranges() == {"10.128.0.0/20": "x"} and not world.backend.ran


def test_one_of_the_same_name_after_it_is_gone_is_somebody_else_s(world: World) -> None:
    world.up()
    world.tagging.left["dev-x"] = ["arn:aws:unheardof:::left"]
    world.run("down", "x", "--yes", code=6)
    world.backend.stacks["dev-x"] = [*THEIRS]
    world.backend.ran.clear()
    world.run("down", "x", "--yes", code=4)
    assert world.backend.stacks["dev-x"] == THEIRS and not world.backend.ran


def test_what_a_killed_command_made_is_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(world, monkeypatch, "up", "up", "x", "--for", "8h")
    world.now += LEASE_SECONDS
    assert world.up()["state"] == "up"


@pytest.mark.parametrize("gone", ["deleted", "broken", "of another account"])
def test_an_environment_outlives_its_template_no_longer_than_its_end(world: World, gone: str) -> None:
    world.template("small", TEMPLATE)
    world.up("x", "--template", "small")
    file = world.folder / "environments" / "small.yaml"
    match gone:
        case "deleted":
            file.unlink()
        case "broken":
            file.write_text("config: {")
        case _:
            file.write_text(file.read_text().replace(ACCOUNT, "333333333333"))
    world.backend.pending.add("dev-x")
    world.now += 9 * HOUR
    assert clean(world)["x"].startswith("taken down")
    assert "dev-x" not in world.backend.stacks and not world.registry.all()
    config = world.backend.written["dev-x"]["config"]
    assert (config["aws:region"], config["aws:allowedAccountIds"]) == (REGION, [ACCOUNT])
    assert config["dataconnect:environment"] == {"of": "dev", "data": "discard"}


def test_a_dry_run_previews_under_a_name_of_its_own_and_leaves_nothing(world: World) -> None:
    told = world.up("x", "--dry-run")
    assert (told["range"], told["stack"], told["dry_run"]) == ("10.128.0.0/20", "dev-x", True)
    assert world.backend.ran == [("preview", f"dev-{preview_name(BEGAN)}")]
    written = world.backend.written[f"dev-{preview_name(BEGAN)}"]["config"]
    assert written["aws:defaultTags"]["tags"]["Stack"] == f"dev-{preview_name(BEGAN)}"
    assert [*world.backend.stacks] == ["dev"] and not world.registry.all() and not world.registry.ranges()
    world.backend.broken["preview", f"dev-{preview_name(BEGAN)}"] = EngineError("no")
    world.up("x", "--dry-run", code=1)
    assert [*world.backend.stacks] == ["dev"]


def test_a_dry_run_of_one_that_is_there_previews_its_stack(world: World) -> None:
    world.up()
    world.backend.ran.clear()
    world.up("x", "--dry-run")
    assert world.backend.ran == [("preview", "dev-x")] and "dev-x" in world.backend.stacks


def test_a_dry_run_that_was_killed_blocks_no_name_and_is_removed_once_it_is_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(world, monkeypatch, "preview", "up", "x", "--for", "8h", "--dry-run")
    stack = f"dev-{preview_name(BEGAN)}"
    assert stack in world.backend.stacks
    assert world.up()["state"] == "up"
    world.now += HOUR - 1
    assert stack not in clean(world)
    world.now += 1
    assert clean(world, "--dry-run")[stack] == "would be: removed, it is a dry run's that died"
    assert clean(world)[stack] == "removed: it is a dry run's that died"
    assert [*world.backend.stacks] == ["dev", "dev-x"]


def test_what_is_called_as_a_dry_run_and_has_resources_is_told_and_left(world: World) -> None:
    stack = f"dev-{preview_name(BEGAN)}"
    world.backend.stacks[stack] = [*THEIRS]
    world.now += HOUR
    assert clean(world, code=6)[stack] == "is called as a dry run's stack is, and has resources: look who made it"
    assert world.backend.stacks[stack] == THEIRS


def test_no_environment_is_called_as_a_dry_run() -> None:
    for name in ("dry-6b49d200", "dry-run", preview_name(BEGAN)):
        with pytest.raises(OperationError, match="no dry- at its beginning"):
            name_of(name)
    assert name_of("dry") and name_of("dryer")
    assert preview_began(preview_name(BEGAN)) == BEGAN
    assert [preview_began(each) for each in ("dry-run", "x", "dry-6b49d2000")] == [None, None, None]
