"""Runs of several executors beside each other, on the virtual time of one world."""

from collections.abc import Callable
from typing import Any

from functions.recovery.execute import Json
from functions.recovery.executor import recover
from functions.recovery.plan import Mode

from .checkpoints import Checkpoints, KilledError, SuspendedError
from .faults import Fault
from .world import World


class Run:
    """A run that goes on whenever it is its turn.

    Attributes:
        told: How it ended; None while it goes on.
        until: When it goes on.
    """

    def __init__(
        self, world: World, to: str, mode: Mode, run: str, *, accept: int | str = 0, fault: Fault = lambda _: ""
    ) -> None:
        self.world, self.to = world, to
        self.event: dict[str, Any] = {"run": run, "mode": mode, "acceptLoss": accept, "by": "somebody", "to": to}
        self.kept = Checkpoints(lambda: world.now)
        self.way = world.way(to, lambda: self.kept.step, fault)
        self.told: Json | None = None
        self.until = world.now

    def go_on(self) -> None:
        """One invocation, until it waits."""
        world = self.world
        if self.told is not None or self.until > world.now:
            return
        world.event = self.event
        try:
            self.told = recover(
                self.event, self.kept.context(), world.sites[self.to], self.way, now=lambda: world.now, smoke=world.smoke
            )
        except SuspendedError as suspended:
            self.until = max(suspended.until, world.now + 0.001)
        except KilledError:
            self.until = world.now + 1

    @property
    def state(self) -> str:
        """How it ended; "" while it goes on."""
        return self.told["state"] if self.told else ""


def together(world: World, *runs: Run, seconds: float = 9000, stop: Callable[[], bool] = lambda: False) -> None:
    """Have runs go on beside each other until all are over, the time is up, or `stop` says so."""
    end = world.now + seconds
    while world.now < end and any(run.told is None for run in runs) and not stop():
        for run in runs:
            run.go_on()
        if waits := [run.until for run in runs if run.told is None]:
            world.advance(max(0.001, min([*waits, end]) - world.now))
