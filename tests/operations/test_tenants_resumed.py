"""Every command may be killed anywhere and repeated: the end is the same, and nothing is done twice."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from operations.steps import Step
from operations.tenants import command
from tests.operations.conftest import Clock
from tests.operations.world import ID, Killed, World

ADD = ("add", "acme", "--name", "Acme")
REMOVE = ("remove", "acme", "--yes", "acme", "--export-to", "handover")
STEPS = {
    ADD: ("add-limits", "add-folders", "add-database", "add-isolation", "add-activate"),
    ("suspend", "acme"): ("suspend-status", "suspend-access", "suspend-sessions"),
    ("resume", "acme"): ("resume-status", "resume-access", "resume-database"),
    REMOVE: (
        *("remove-deactivate", "remove-access", "remove-sessions", "remove-inventory", "remove-export", "remove-objects"),
        *("remove-items", "remove-database", "remove-probe"),
    ),
}
BEFORE: dict[Sequence[str], tuple[Sequence[str], ...]] = {
    ADD: (),
    ("suspend", "acme"): (ADD,),
    ("resume", "acme"): (ADD, ("suspend", "acme")),
    REMOVE: (ADD,),
}


def prepared(world: World, arguments: Sequence[str]) -> None:
    for each in BEFORE[arguments]:
        world.run(*each)
    if BEFORE[arguments]:
        world.fill()


_ENDS: dict[Sequence[str], dict[str, Any]] = {}


def ends(world: World, arguments: Sequence[str]) -> dict[str, Any]:
    """What a run that nothing interrupts leaves in a world of its own; the world is new again afterwards."""
    if arguments in _ENDS:
        return _ENDS[arguments]
    prepared(world, arguments)
    world.run(*arguments)
    state = _ENDS[arguments] = world.everything()
    anew(world)
    return state


def anew(world: World) -> None:
    """Make the world as it was at the beginning of the test."""
    moto_api_backend.reset()
    world.database.__init__()
    world.__post_init__()
    world.calls.clear()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("arguments", "step"), [(run, step) for run, steps in STEPS.items() for step in steps])
def test_a_run_that_is_killed_at_a_step_ends_as_one_that_was_not(
    world: World, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], step: str, when: str
) -> None:
    expected = ends(world, arguments)
    prepared(world, arguments)
    real: Callable[..., Any] = command.run

    def killed(steps: Sequence[Step], *others: Any) -> Any:
        return real([_killing(each, when) if each.name == step else each for each in steps], *others)

    monkeypatch.setattr(command, "run", killed)
    world.run(*arguments, code=None)
    monkeypatch.setattr(command, "run", real)
    assert world.everything() != expected
    world.run(*arguments)
    assert world.everything() == expected


def _killing(step: Step, when: str) -> Step:
    def act() -> Any:
        if when == "after":
            step.act()
        raise Killed

    return Step(name=step.name, says=step.says, check=step.check, act=act, verify=step.verify)


def test_onboarding_that_is_killed_within_a_step_makes_nothing_twice(world: World) -> None:
    expected = ends(world, ADD)
    world.run(*ADD)
    within = [number for number, call in enumerate(world.calls, 1) if call != "dynamodb:UpdateItem"]
    assert len(within) == 5  # the claim, three folders, the database's order
    for number in within:
        anew(world)
        world.kill_at, world.kill_after = number, True
        world.run(*ADD, code=None)
        world.revive()
        world.run(*ADD)
        assert world.everything() == expected


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("arguments", STEPS)
def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(
    world: World, clock: Clock, arguments: tuple[str, ...], after: bool
) -> None:
    expected = ends(world, arguments)
    prepared(world, arguments)
    killed = 0
    while True:
        # Each life is some calls long that change something: up to 7, which is more than the step with the lock takes.
        world.kill_at, world.kill_after = len(world.calls) + 1 + killed % 7, after
        clock.now += 200  # what held the lock is dead
        if world.lives(*arguments):
            break
        killed += 1
        world.revive()
    assert killed >= 2
    assert world.everything() == expected
    if arguments == REMOVE:
        assert world.database.orders.count("remove") == 1


def test_a_second_run_does_nothing(world: World) -> None:
    for arguments in STEPS:
        world.run(*arguments)
        before, state = len(world.calls), world.everything()
        world.run(*arguments)
        changed = [call for call in world.calls[before:] if not call.startswith("dynamodb:UpdateItem")]
        assert (changed, world.everything()) == ([], state), arguments


def test_the_journal_tells_each_step_with_its_times(world: World) -> None:
    world.run(*ADD)
    steps = world.json("show", "acme")["steps"]
    assert [each["step"] for each in steps] == ["add-claim", *STEPS[ADD]]
    assert all(each["state"] == "done" and each["started_at"] <= each["finished_at"] for each in steps)
    assert steps[2]["result"] == {"folders": [f"s3://prod-{name}/tenant={ID}/" for name in ("curated", "dumps", "raw")]}


def test_a_lock_of_a_command_that_runs_is_respected_and_of_a_dead_one_is_not(world: World, clock: Clock) -> None:
    world.run(*ADD)
    space = world.open(world.stack)
    with space.registry.only_one():
        told = world.run("suspend", "acme", code=4).stderr
        assert "another command is changing who has access" in told
    world.run("suspend", "acme")
    with pytest.raises(Killed), space.registry.only_one():
        world.dead = True
        raise Killed
    world.revive()
    world.run("resume", "acme", code=4)
    clock.now += 121
    world.run("resume", "acme")
