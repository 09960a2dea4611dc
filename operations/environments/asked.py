"""What is asked for, checked before anything exists."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from operations.durations import duration, spelled
from operations.environments.items import Environment, moment
from operations.environments.outputs import Dev
from operations.environments.stacks import PREVIEWS
from operations.environments.template import EMAIL
from operations.errors import Code, OperationError

NAME: Final = re.compile(r"(?=.{1,12}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""As components/data/users_function/names.py has it, which says why so short; `TAKEN` as database_checks.py beside it."""
TAKEN: Final = ("lake", "products")
"""A stack's own databases in Glue end so: an environment that is called so would have another stack's."""
SHORTEST: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(days=7)
"""From its beginning, however often it is extended: what lives longer is a stack of its own (docs/changing.md)."""
KEPT: Final = timedelta(days=30)
"""So long a database without its environment may be kept."""


def name_of(text: str) -> str:
    """A name for an environment.

    Raises:
        OperationError: when it is none.
    """
    if not NAME.fullmatch(text) or text.rpartition("-")[2] in TAKEN or text.startswith(PREVIEWS):
        expected = "up to 12 lower-case letters, digits and single hyphens, a letter first, no dry- at its beginning, and"
        expected += " no lake or products at its end"
        raise OperationError(f"NAME is {text!r}; expected {expected}", Code.USAGE)
    return text


def span_of(option: str, text: str, shortest: timedelta = SHORTEST, longest: timedelta = LONGEST) -> timedelta:
    """How long something is to last.

    Raises:
        OperationError: when it is no span of time, or not within the bounds.
    """
    found = duration(text)
    if found is None or not shortest <= found <= longest:
        bounds = f"{spelled(shortest)} to {spelled(longest)}"
        said = "" if found is None else f", which is {'too short' if found < shortest else 'too long'}"
        raise OperationError(f"{option} is {text!r}{said}; expected a time such as 30m, 8h or 2d: {bounds}", Code.USAGE)
    return found


def email_of(option: str | None, arn: str) -> str:
    """Whom the tags of an environment name: as given, or the caller's session where that is an address.

    Raises:
        OperationError: when it is no address.
    """
    session = re.split("[:/]", arn)[-1]
    if EMAIL.fullmatch(option or session):
        return option or session
    said = f"--owner is {option!r}" if option else f"--owner is missing, and the session {session!r} is no e-mail address"
    raise OperationError(f"{said}; expected the address of who owns the environment, e.g. ada@dataconnect.example", Code.USAGE)


def later(found: Environment, span: timedelta, now: int) -> int:
    """When an environment ends that lives on for `span`.

    Raises:
        OperationError: when it is over, or would live for more than 7 days in all.
    """
    if found.state in ("going-down", "kept"):
        raise OperationError(f"environment {found.name} is {found.state}; expected one that is up", Code.CONFLICT)
    if found.expires <= now:
        raise OperationError(
            f"environment {found.name} expired at {moment(found.expires)}; expected an expiry to come: it is taken down,"
            " and can be brought up again then",
            Code.CONFLICT,
        )
    new = found.expires + int(span.total_seconds())
    last = found.created + int(LONGEST.total_seconds())
    if new > last:
        left = spelled(timedelta(seconds=last - found.expires))
        raise OperationError(
            f"--for would have environment {found.name} live until {moment(new)}; expected {moment(last)} at the latest,"
            f" {spelled(LONGEST)} after its beginning: {left} more at the most",
            Code.CONFLICT,
        )
    return new


def free_range(dev: Dev, taken: Mapping[str, str]) -> str:
    """The first range of the pool that nobody has.

    Raises:
        OperationError: when all are taken, or there are as many environments as there may be.
    """
    if len(taken) >= dev.most:
        raise OperationError(
            f"there are {len(taken)} environments, as many as {dev.name} takes (dataconnect:environments.most):"
            f" {', '.join(sorted(set(taken.values())))}; take one down first",
            Code.CONFLICT,
        )
    for each in dev.pool.subnets(new_prefix=dev.prefix):
        if str(each) not in taken:
            return str(each)
    raise OperationError(
        f"all {len(taken)} ranges of the pool {dev.pool} are taken, by {', '.join(sorted(set(taken.values())))};"
        " take an environment down first",
        Code.CONFLICT,
    )
