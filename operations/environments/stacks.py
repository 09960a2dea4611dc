"""The stack of an environment: whose it is, and that its state is true; and stacks that only preview one."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from operations.environments.engine import Engine
from operations.environments.items import Environment
from operations.environments.locks import unlocked
from operations.environments.place import Place
from operations.environments.progress import Progress
from operations.errors import Code, OperationError

PREVIEWS: Final = "dry-"
"""What names of stacks begin with that a dry run makes, instead of an environment's; no environment may be called so."""
_PREVIEW: Final = re.compile(rf"{PREVIEWS}([0-9a-f]{{8}})")


def own_stack(place: Place, found: Environment) -> bool:
    """Whether an environment has a stack.

    By its name alone none is an environment's: what says so is that a command entered that it made it.

    Raises:
        OperationError: there is one which no command made for it: it would be changed into it, and destroyed with its data.
    """
    stands = place.engine(found.stack).exists()
    if stands and not found.made:
        raise OperationError(
            f"there is a stack {found.stack}, which no command made for an environment {found.name}: nothing of it is touched;"
            " expected another name, or look who made it. One without resources may be what a killed `up` left:"
            f" `pulumi stack rm {found.stack}`, then run it again",
            Code.CONFLICT,
        )
    return stands


def as_the_world_is(engine: Engine, beat: Callable[[], None], place: Place) -> None:
    """After a run that was cut off, write down what there is: else what it was creating would stay in the way."""
    if engine.interrupted():
        progress = Progress(what=f"refresh of {engine.stack}, whose last run was cut off", beat=beat)
        unlocked(partial(engine.refresh, progress), engine, place.now)


def preview_name(began: int) -> str:
    """The name in which a dry run that begins at a time, in Unix seconds, previews a new environment."""
    return f"{PREVIEWS}{began:08x}"


def preview_began(name: str) -> int | None:
    """When the dry run of a name began; None where it is the name of none."""
    found = _PREVIEW.fullmatch(name)
    return int(found[1], 16) if found else None
