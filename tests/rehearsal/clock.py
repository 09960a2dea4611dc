"""Emulated time: the real one, but faster by one factor, for everything that a rehearsal does by the clock."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unittest.mock import patch


@dataclass(frozen=True)
class Clock:
    """A clock that goes faster than others.

    Attributes:
        factor: Emulated seconds that go by in a real one.
    """

    factor: float
    _began: float = field(default_factory=time.monotonic)
    _since: float = field(default_factory=time.time)

    def now(self) -> float:
        """The time, Unix seconds."""
        return self._since + (time.monotonic() - self._began) * self.factor

    def real(self, seconds: float) -> float:
        """How long so many emulated seconds last."""
        return max(0.0, seconds / self.factor)

    def sleep(self, seconds: float) -> None:
        """Wait so many emulated seconds."""
        time.sleep(self.real(seconds))


class _RunnerClock:
    """The same for the runner of durable functions, whose waits and retries go by it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def arm(self, wake: datetime) -> float:
        return self._clock.real(wake.timestamp() - self._clock.now())


@contextmanager
def runners_by(clock: Clock) -> Generator[None]:
    """Runners that are made meanwhile wait by this clock; the runner itself knows only real time, or none."""
    with patch("aws_durable_execution_sdk_python_testing.runner.SkipClock", lambda: _RunnerClock(clock)):
        yield
