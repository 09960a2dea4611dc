"""What the commands on environments work with, and the lease that shows the others that one of them is at work."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from operations.environments.engine import Engine, Tools
from operations.environments.items import Environment, Lease, State
from operations.environments.leftovers import Leftovers
from operations.environments.outputs import Dev
from operations.environments.progress import say
from operations.environments.registry import BEAT_SECONDS, LEASE_SECONDS, Registry, taken_over
from operations.environments.template import TEMPLATES
from operations.errors import OperationError
from operations.pulumi_outputs import ROOT

_LONGEST_WHY: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a command works with.

    Attributes:
        dev: The stack beside which environments are.
        registry: Of environments.
        aws: Clients of AWS.
        tools: The engine.
        by: ARN of who runs the command.
        now: The time.
        sleep: Waits for so many seconds.
        secrets_provider: Of new stacks, in place of the template's; empty for that.
        templates: Folder of the templates.
        root: Folder of the stack files, which say what is production.
    """

    dev: Dev
    registry: Registry
    aws: Any
    tools: Tools
    by: str
    now: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    secrets_provider: str = ""
    templates: Path = TEMPLATES
    root: Path = ROOT

    @property
    def seconds(self) -> int:
        """Unix seconds."""
        return int(self.now().timestamp())

    @property
    def leftovers(self) -> Leftovers:
        """Asks AWS what is left of an environment."""
        return Leftovers(client=self.aws.client, dev=self.dev)

    def engine(self, stack: str) -> Engine:
        """The engine on a stack."""
        return Engine(stack, self.tools)

    def new_lease(self, doing: str) -> Lease:
        """A lease that nobody has yet."""
        now = self.seconds
        return Lease(token=secrets.token_hex(8), by=self.by, doing=doing, since=now, until=now + LEASE_SECONDS)

    def changed(self) -> dict[str, Any]:
        """Who changes an item, and when."""
        return {"changed_by": self.by, "changed_at": self.seconds}


class Held:
    """An environment whose lease this command has."""

    def __init__(self, place: Place, environment: Environment, lease: Lease) -> None:
        self._place, self.environment, self.lease = place, environment, lease
        self._shown = place.seconds
        self._until = lease.until

    @classmethod
    def take(
        cls, place: Place, name: str, doing: str, allowed: Sequence[State], *, seen: Environment | None = None, **values: Any
    ) -> "Held":
        """Take the lease of an environment, and change its item; `seen` as `Registry.lease` has it.

        Raises:
            OperationError: as `Registry.lease` does.
        """
        lease = place.new_lease(doing)
        found = place.registry.lease(name, lease, allowed, seen=seen, **place.changed(), **values)
        return cls(place, found, lease)

    def beat(self) -> None:
        """Show that this command is alive, every now and then.

        Raises:
            OperationError: another command took it over, or the registry was silent for as long as a lease lasts.
        """
        now = self._place.seconds
        if now - self._shown < BEAT_SECONDS:
            return
        self._shown = now
        name = self.environment.name
        try:
            mine = self._place.registry.renew(name, self.lease.token, now + LEASE_SECONDS)
        except (BotoCoreError, ClientError) as error:
            if now >= self._until:
                raise OperationError(f"the registry does not answer, and the lease of {name} has ended: {error}") from error
            say(f"the registry does not answer ({error}); it is tried again")
            return
        if not mine:
            raise taken_over(name)
        self._until = now + LEASE_SECONDS

    def last(self, seconds: int) -> None:
        """Have the lease last for so long from now on, for what shows no sign of life meanwhile.

        Raises:
            OperationError: another command took it over.
        """
        until = self._place.seconds + seconds
        if not self._place.registry.renew(self.environment.name, self.lease.token, until):
            raise taken_over(self.environment.name)
        self._until = until

    def change(self, *, release: bool = False, **values: Any) -> Environment:
        """Change the item; `release` gives the lease back."""
        told = {**self._place.changed(), **values}
        self.environment = self._place.registry.change(self.environment.name, self.lease.token, release=release, **told)
        return self.environment

    def fail(self, state: State, why: BaseException) -> None:
        """Enter what went wrong, and give the lease back; what cannot be entered is told, for the error itself comes after."""
        said = "interrupted" if isinstance(why, KeyboardInterrupt) else str(why) or type(why).__name__
        try:
            self.change(release=True, state=state, why=said[:_LONGEST_WHY])
        except (BotoCoreError, ClientError, OperationError) as error:
            say(f"the registry does not know that {self.environment.name} is {state}: {error}")
