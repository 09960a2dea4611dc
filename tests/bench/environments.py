"""Environments on demand at once in the sandbox, each its own process with its own engine: how long, how much memory."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.measure import SAMPLE_SECONDS, tree_mib
from tests.end_to_end.on_demand import Estate, ended
from tests.engine import Engine
from tests.operations.environments.shared_table import shared_table
from tests.operations.environments.world import make_table


@dataclass
class Found:
    """What was measured.

    Attributes:
        seconds: Name of an environment -> how long its `up` took, all of them at once.
        peak_mib: Peak memory of each one's process tree.
        together_mib: Peak of all trees together.
        down_seconds: How long all of them took to go down, at once.
        ranges: Ranges of the pool that they had.
    """

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    peak_mib: dict[str, float] = field(default_factory=dict[str, float])
    together_mib: float = 0
    down_seconds: float = 0
    ranges: set[str] = field(default_factory=set[str])


def measure(folder: Path, count: int) -> Found:
    """Bring `count` up at once beside dev, and take them down at once.

    Raises:
        RuntimeError: when one fails, with what it said.
    """
    engine = Engine(folder)
    engine.up("dev").ok()
    outputs = engine.outputs("dev")
    names, found = [f"e{number}" for number in range(count)], Found()
    with shared_table() as (endpoint, client):
        make_table(client, outputs["environments"]["table"])
        here = Estate(folder, outputs, endpoint)
        _at_once(here, {name: ("up", name, "--for", "8h") for name in names}, found)
        began = time.monotonic()
        told = here.run("list").json["environments"]
        found.ranges = {each["range"] for each in told if each["state"] == "up"}
        _at_once(here, {name: ("down", name, "--yes") for name in names}, Found())
        found.down_seconds = time.monotonic() - began
    return found


def _at_once(here: Estate, commands: dict[str, tuple[str, ...]], found: Found) -> None:
    began = time.monotonic()
    running = {name: here.start(*words) for name, words in commands.items()}
    over = threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS * 10):
            trees = {name: tree_mib(each.pid) for name, each in running.items() if each.poll() is None}
            found.together_mib = max(found.together_mib, sum(trees.values()))
            for name, mib in trees.items():
                found.peak_mib[name] = max(found.peak_mib.get(name, 0), mib)

    def wait(name: str, wrong: list[str]) -> None:
        done = ended(running[name])
        found.seconds[name] = time.monotonic() - began
        if done.code:
            wrong.append(f"{name}:\n{done.output}")

    wrong: list[str] = []
    waiting: list[Any] = [threading.Thread(target=wait, args=(name, wrong)) for name in running]
    sampler = threading.Thread(target=sample)
    for each in (sampler, *waiting):
        each.start()
    for each in waiting:
        each.join()
    over.set()
    sampler.join()
    if wrong:
        raise RuntimeError("\n".join(wrong))
