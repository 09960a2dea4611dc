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
    ADD: ("add-limits", "add-folders", "add-database", "add-queries", "add-isolation", "add-activate"),
    ("suspend", "acme"): ("suspend-status", "suspend-access", "suspend-sessions", "suspend-queries"),
    ("resume", "acme"): ("resume-status", "resume-access", "resume-database", "resume-queries"),
    REMOVE: (
        *("remove-deactivate", "remove-access", "remove-sessions", "remove-queries", "remove-inventory", "remove-export"),
        *("remove-objects", "remove-items", "remove-database", "remove-workgroup", "remove-probe"),
    ),
}
SILO = (*ADD, "--tier", "silo")
BEFORE: dict[Sequence[str], tuple[Sequence[str], ...]] = {
    ADD: (),
    ("suspend", "acme"): (ADD,),
    ("resume", "acme"): (ADD, ("suspend", "acme")),
    REMOVE: (ADD,),
}


TIERS = ("pool", "silo")


def prepared(world: World, tier: str, arguments: Sequence[str]) -> None:
    if tier == "silo":
        world.run(*SILO, code=6)
        world.deploy_silo()
    for each in BEFORE[arguments]:
        world.run(*each)
    if BEFORE[arguments]:
        world.fill()


_ENDS: dict[tuple[str, Sequence[str]], dict[str, Any]] = {}


def ends(world: World, tier: str, arguments: Sequence[str]) -> dict[str, Any]:
    """What a run that nothing interrupts leaves in a world of its own; the world is new again afterwards."""
    if (tier, arguments) in _ENDS:
        return _ENDS[tier, arguments]
    prepared(world, tier, arguments)
    world.run(*arguments)
    state = _ENDS[tier, arguments] = world.everything()
    anew(world)
    return state


def anew(world: World) -> None:
    """Make the world as it was at the beginning of the test."""
    moto_api_backend.reset()
    world.database.__init__()
    world.own_database.__init__()
    world.silos.clear()
    world.athena.groups.clear()
    world.athena.statements.clear()
    world.__post_init__()
    world.calls.clear()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("tier", "arguments", "step"),
    # The limits of a silo are set before it waits to be deployed.
    [(tier, run, step) for tier in TIERS for run, steps in STEPS.items() for step in steps[tier == "silo" and run == ADD :]],
)
def test_a_run_that_is_killed_at_a_step_ends_as_one_that_was_not(
    world: World, monkeypatch: pytest.MonkeyPatch, tier: str, arguments: tuple[str, ...], step: str, when: str
) -> None:
    expected = ends(world, tier, arguments)
    prepared(world, tier, arguments)
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


@pytest.mark.parametrize(("tier", "calls"), [("pool", 15), ("silo", 14)])
def test_onboarding_that_is_killed_within_a_step_makes_nothing_twice(world: World, tier: str, calls: int) -> None:
    expected = ends(world, tier, ADD)
    prepared(world, tier, ADD)
    before = len(world.calls)
    world.run(*ADD)
    within = [number for number, call in enumerate(world.calls, 1) if number > before and call != "dynamodb:UpdateItem"]
    # The claim, which is a silo's before it waits, three folders, the database's order, a workgroup and its eight queries.
    assert len(within) == calls
    for number in within:
        anew(world)
        prepared(world, tier, ADD)
        world.kill_at, world.kill_after = number, True
        world.run(*ADD, code=None)
        world.revive()
        world.run(*ADD)
        assert world.everything() == expected


@pytest.mark.parametrize("after", [False, True])
def test_a_silos_onboarding_that_is_killed_before_it_waits_claims_one_tenant_and_waits(world: World, after: bool) -> None:
    expected = ends(world, "silo", ADD)
    world.run(*SILO, code=6)
    calls = len(world.calls)
    assert calls == 6  # the claim, the limits, and four entries of the journal
    for number in range(1, calls + 1):
        anew(world)
        world.kill_at, world.kill_after = number, after
        world.run(*SILO, code=None)
        world.revive()
        world.run(*SILO, code=6)
        world.deploy_silo()
        world.run(*SILO)
        assert world.everything() == expected


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("arguments", STEPS)
@pytest.mark.parametrize("tier", TIERS)
def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(
    world: World, clock: Clock, tier: str, arguments: tuple[str, ...], after: bool
) -> None:
    expected = ends(world, tier, arguments)
    prepared(world, tier, arguments)
    killed = 0
    while True:
        # Each life is some calls long that change something: up to 8, which is more than the step with the lock takes.
        world.kill_at, world.kill_after = len(world.calls) + 1 + killed % 8, after
        clock.now += 200  # what held the lock is dead
        if world.lives(*arguments):
            break
        killed += 1
        world.revive()
    assert killed >= 2
    assert world.everything() == expected
    if arguments == REMOVE:
        orders = [database.orders.count("remove") for database in (world.database, world.own_database)]
        assert orders == ([1, 0] if tier == "pool" else [0, 1])


@pytest.mark.parametrize("tier", TIERS)
def test_a_second_run_does_nothing(world: World, tier: str) -> None:
    prepared(world, tier, ADD)
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
