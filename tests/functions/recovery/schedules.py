"""Fault schedules, each made of its number alone, and what is seen of one."""

import random
from dataclasses import dataclass, field
from typing import Final

from functions.recovery.execute import Json

from .aws import PRIMARY, RECOVERY, REGIONS, other
from .faults import Called
from .world import World

KINDS: Final = ("throttled", "broken", "unanswered", "slow", "kill-before", "kill-after")


@dataclass
class Seen:
    """What came of a schedule: how each run ended, and what did not hold."""

    number: int
    runs: list[Json] = field(default_factory=list)
    broken: list[str] = field(default_factory=list[str])


class Faults:
    """Befalls calls until it is used up."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.chance, self.left = chance, count
        self.likelihood = chance.choice((0.03, 0.1, 0.3))

    def __call__(self, called: Called) -> str:
        if not self.left or self.chance.random() > self.likelihood:
            return ""
        self.left -= 1
        kind = self.chance.choice(KINDS)
        return kind if called.is_act or kind != "unanswered" else "throttled"


def play(world: World, number: int) -> Seen:
    """Play a schedule; the same number gives the same one."""
    chance, seen = random.Random(number), Seen(number)
    to = chance.choice((RECOVERY, RECOVERY, PRIMARY))
    mode = chance.choice(("planned", "disaster", "disaster"))
    there = other(to)
    world.reset(there)
    world.replica_lag = chance.choice((1.0, 1.0, 20.0))
    world.advance(chance.choice((60, 90, 200)))
    if chance.random() < 0.3:
        _leave_lock(world, to, chance)
    if mode == "disaster":
        world.condition[there] = chance.choice(("fine", "dead", "dead", "cut off"))
    elif chance.random() < 0.3:
        world.put_message(there, chance.choice((30, 200)))
    world.advance(chance.choice((0, 5, 40)))
    if chance.random() < 0.15:
        world.set_database(to, status="backing-up")
        world.at.append((world.now + chance.choice((30, 400)), lambda: _available(world, to)))
    turns = chance.choice(("", "", "lost", "back", "lost and back"))
    if "lost" in turns:
        condition = chance.choice(("dead", "cut off"))
        world.at.append((world.now + chance.randrange(0, 200), lambda: world.condition.update({there: condition})))
    if "back" in turns:
        world.at.append((world.now + chance.randrange(100, 500), lambda: world.condition.update({there: "fine"})))
    faults = Faults(chance, chance.choice((0, 3, 8, 20)))
    accept = chance.choice((0, 10, 60, "unknown")) if mode == "disaster" else 0
    seen.runs.append(world.run(to, mode, accept, "run-1", faults, chance))
    faults.left = 0
    for _, event in world.at:
        event()
    world.at.clear()
    _settle(world, seen, to, mode, there)
    seen.broken += world.broken
    return seen


def _settle(world: World, seen: Seen, to: str, mode: str, there: str) -> None:
    """Faults are over, and the other region comes back at last: what was ordered comes about when it is ordered again."""
    state = seen.runs[-1]["state"]
    if state in ("given-back", "refused", "failed") and mode == "planned":
        world.advance(120)
        if state == "given-back" and world.condition[there] == "fine":
            world.expect(world.serves(there), f"given back, and {there} does not serve")
        if world.condition[there] == "fine":
            seen.runs.append(world.run(to, mode, 0, "run-2"))
    if seen.runs[-1]["state"] != "done":
        seen.runs.append(world.run(to, "disaster", "unknown", "run-3"))
    told = seen.runs[-1]
    world.expect(told["state"] == "done", f"faults are over, and the run is {told['state']}: {told['why']}")
    world.condition.update(dict.fromkeys(REGIONS, "fine"))
    world.advance(250)
    world.expect(world.serves(to), f"{to} does not serve in the end")
    world.expect(world.traffic() == to, f"people are not sent to {to} in the end")
    world.expect(not world.is_writable(there), f"{there} is writable in the end")
    world.expect(not world.gate_is_open(there), f"the gate of {there} is open in the end")
    world.expect(
        world.latch_is_open(RECOVERY) == (to == RECOVERY), "the recovery region's latch is not as it should be in the end"
    )
    world.expect(not world.latch_is_open(PRIMARY), "the primary's latch is open in the end")
    world.expect(world.promotions.accepted.count(f"main-{to}") == 1, f"promotions: {world.promotions.accepted}")
    world.expect(f"main-{there}" not in world.promotions.accepted, f"{there} was promoted")
    world.expect(len(world.regions.run_tokens) <= 1, "reconciled twice")


def _available(world: World, region: str) -> None:
    if world.regions.database(region).status == "backing-up":
        world.set_database(region, status="available")


def _leave_lock(world: World, region: str, chance: random.Random) -> None:
    """As a run leaves it that died: over already, or for some time yet."""
    until = int(world.now) + chance.choice((-1000, 100))
    item = {
        "id": {"S": "lock"},
        "item": {"S": region},
        "run": {"S": "dead"},
        "mode": {"S": "disaster"},
        "until": {"N": str(until)},
    }
    world.regions.call("dynamodb", region, "put_item", {"TableName": "recovery", "Item": item})
    world.dirty[region]["lock", region] = world.now
