"""The database of the stack beside, held awake while an environment is made or taken down: both log in there."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.sleep.lease import FENCE_SECONDS
from operations.durations import spelled
from operations.environments.place import Place
from operations.environments.progress import say
from operations.errors import Code, OperationError
from operations.schedule.command import Place as Schedule

HOLD_SECONDS: Final = 1800
"""How long one hold lasts. Nobody gives it back: so long the database stays awake after the command, at the most."""
RENEW_SECONDS: Final = 600
AGAIN_SECONDS: Final = 60
"""How soon a hold that failed is tried again."""
LOOK_SECONDS: Final = 20
TELL_SECONDS: Final = 60
WAKES: Final = timedelta(minutes=15)
"""What waking takes as a rule (docs/schedules.md)."""
LONGEST: Final = timedelta(minutes=45)
"""So long it is waited for at the most."""
_FAILURES: Final = (OperationError, BotoCoreError, ClientError)


class Hold:
    """That a stack keeps the database of the stack beside awake; where that has no schedule, nothing is asked.

    Raises:
        OperationError: it is refused; so nothing may begin.
    """

    def __init__(self, place: Place, holder: str) -> None:
        self._place, self._holder = place, holder
        self._since = place.seconds
        self._next = self._since + RENEW_SECONDS
        try:
            self._told = self._ask()
        except _FAILURES as error:
            raise OperationError(
                f"the database of {place.dev.name} is not held awake for {holder}, so nothing has begun: {error}"
            ) from error

    def beside(self, beat: Callable[[], None]) -> Callable[[], None]:
        """What a long run calls at each look: `beat`, and every ten minutes the hold is renewed."""

        def both() -> None:
            beat()
            if self._place.seconds >= self._next:
                self._renew()

        return both

    def wait(self, beat: Callable[[], None]) -> None:
        """Wait until the database is awake, and tell what is waited for; `beat` shows meanwhile that the command lives.

        Raises:
            OperationError: when it is not awake after 45 minutes.
        """
        dev, told = self._place.dev.name, 0
        while why := self._why():
            now = self._place.seconds
            waited = timedelta(seconds=now - self._since)
            if waited >= LONGEST:
                raise OperationError(
                    f"the database of {dev} is not awake after {spelled(waited)}: {why}; `dataconnect schedule show --stack"
                    f" {dev}` says more",
                    Code.INCOMPLETE,
                )
            if now - told >= TELL_SECONDS:
                end = (self._place.now() - waited + WAKES).astimezone()
                say(f"waits for the database of {dev}, {spelled(waited)} until now: {why}; expected awake at {end:%H:%M}")
                told = now
            self._place.sleep(LOOK_SECONDS)
            beat()
            self._renew()

    def _ask(self) -> Mapping[str, Any]:
        place = self._place
        if not place.dev.sleeper:
            return {"mode": "awake", "things": ()}
        schedule = Schedule(awslambda=place.aws.awslambda, function=place.dev.sleeper, by=place.by)
        return schedule.hold(self._holder, seconds=HOLD_SECONDS)

    def _renew(self) -> None:
        """Hold it for longer. A failure is told and tried again: the hold outlives several."""
        now = self._place.seconds
        try:
            self._told = self._ask()
            self._next = now + RENEW_SECONDS
        except _FAILURES as error:
            self._next = now + AGAIN_SECONDS
            say(f"the hold on the database of {self._place.dev.name} is not renewed; it is tried again: {error}")

    def _why(self) -> str:
        """Why it cannot be relied on yet; empty when it can."""
        databases = [each for each in self._told["things"] if each["kind"] == "database"]
        if asleep := [f"it is {each['says'] or 'unknown'}" for each in databases if each["state"] != "awake"]:
            return ", ".join(asleep)
        fence = FENCE_SECONDS - (self._place.seconds - self._since)
        # Where its hours are over, a round that began before the hold may still put it to sleep.
        return f"it is awake for sure in {fence} s" if self._told["mode"] != "awake" and fence > 0 else ""
