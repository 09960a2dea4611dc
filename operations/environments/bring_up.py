"""Bringing an environment up; done again, it goes on where it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from operations.cost import resources
from operations.cost.hourly import hourly
from operations.environments import asked
from operations.environments.awake import Hold
from operations.environments.engine import ForeignStackError
from operations.environments.hours import awake_until_its_end, sleeper_of
from operations.environments.items import Data, Environment, moment
from operations.environments.locks import unlocked
from operations.environments.place import Held, Place
from operations.environments.progress import Progress, say
from operations.environments.registry import LIST, held_by, taken_over
from operations.environments.room import room
from operations.environments.stacks import as_the_world_is, own_stack
from operations.environments.tasks import missing_tasks
from operations.environments.template import Template, render
from operations.errors import Code, OperationError

_LIVING: Final = ("coming-up", "up", "failed")
_TRIES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What `up` was asked for, checked.

    Attributes:
        name: The environment's.
        span: How long it is to live.
        template: What it is rendered from.
        email: Whom its tags name; None for as it was, or the caller.
        data: What becomes of its database; None for as it was, `discard` of a new one.
    """

    name: str
    span: timedelta
    template: Template
    email: str | None = None
    data: Data | None = None


def new_of(place: Place, wanted: Asked, taken: str, kept: Environment | None = None) -> Environment:
    """A new environment's item; `kept` is the one of that name whose database it takes up."""
    now = place.seconds
    return Environment(
        name=wanted.name,
        owner=place.by,
        email=wanted.email or (kept.email if kept else asked.email_of(None, place.by)),
        of=place.dev.name,
        template=wanted.template.name,
        range=taken,
        data=wanted.data or (kept.data if kept else "discard"),
        state="coming-up",
        created=now,
        expires=now + int(wanted.span.total_seconds()),
        changed_by=place.by,
        changed_at=now,
    )


def check(place: Place, wanted: Asked) -> tuple[Environment, list[str]]:
    """What `up` would work on, and what nobody can tell of the account's room; it changes nothing.

    Raises:
        OperationError: on what cannot be brought up.
    """
    found = place.registry.get(wanted.name)
    if found and found.state != "kept":
        return _goes_on(place, wanted, found), []
    if found:
        _owned(place, found)
        _refuse_held(place, found)
    new = new_of(place, wanted, asked.free_range(place.dev, place.registry.ranges()), found)
    _refuse_file(place, new)
    own_stack(place, new)
    return new, room(place.aws, wanted.template)


def _goes_on(place: Place, wanted: Asked, found: Environment) -> Environment:
    """An environment that is there already."""
    _owned(place, found)
    if found.template != wanted.template.name:
        raise OperationError(
            f"environment {found.name} is of the template {found.template}, --template is {wanted.template.name!r};"
            f" expected {found.template}, or take it down first",
            Code.CONFLICT,
        )
    _refuse_held(place, found)
    if found.state == "going-down":
        raise OperationError(f"environment {found.name} is going-down; run `down` again to its end", Code.CONFLICT)
    if found.expires <= place.seconds:
        raise OperationError(
            f"environment {found.name} expired at {moment(found.expires)}; expected an expiry to come: take it down first",
            Code.CONFLICT,
        )
    own_stack(place, found)
    return replace(found, data=wanted.data or found.data, email=wanted.email or found.email)


def _owned(place: Place, found: Environment) -> None:
    if found.owner != place.by:
        raise OperationError(
            f"NAME is {found.name!r}, and {found.owner} has an environment of that name, {found.state}; expected another name",
            Code.CONFLICT,
        )


def _refuse_held(place: Place, found: Environment) -> None:
    if holder := found.held(place.seconds):
        raise held_by(found, holder)


def _refuse_file(place: Place, new: Environment) -> None:
    """See that it is not called after a stack of its own, which may not be there yet."""
    if (place.root / f"Pulumi.{new.stack}.yaml").exists():
        raise OperationError(
            f"NAME is {new.name!r}, and {new.stack} is a stack of its own (Pulumi.{new.stack}.yaml); expected another name",
            Code.CONFLICT,
        )


def bring_up(place: Place, wanted: Asked) -> tuple[Environment, list[str]]:
    """Bring an environment up, or go on with it; with what its owner should know, e.g. which services have no tasks yet.

    Raises:
        OperationError: on what cannot be brought up; the item says why it failed.
        KeyboardInterrupt: it was told to stop, and has stopped.
    """
    found, unknown = check(place, wanted)
    for line in unknown:
        say(line)
    hold = Hold(place, found.stack)
    held, before = _enter(place, wanted, found)
    data = wanted.data or held.environment.data
    engine, beat = place.engine(found.stack), hold.beside(held.beat)
    try:
        engine.write(render(wanted.template, place.dev, replace(held.environment, data=data), place.secrets_provider))
        engine.init(place.secrets_provider or wanted.template.secrets_provider, new=not held.environment.made)
        if not held.environment.made:
            held.change(made=True)
        hold.wait(held.beat)
        as_the_world_is(engine, beat, place)
        what = f"up {wanted.template.name}"
        progress = Progress(what=f"up of {engine.stack}", durations=place.registry.durations(what), beat=beat)
        unlocked(partial(engine.up, progress), engine, place.now)
        state, outputs = engine.state(), engine.outputs()
        awake, asleep = _usd_an_hour(engine.stack, state)
        values = {"url": str(outputs.get("url", "")), "usd_awake": awake, "usd_asleep": asleep, **sleeper_of(outputs)}
        came_up = held.environment.came_up or place.seconds
        up = held.change(release=True, state="up", why="", data=data, came_up=came_up, **values)
    except ForeignStackError as error:
        # Somebody made it since it was looked for: nothing of it may be taken down as this environment's.
        if before and before.state != "kept":
            held.fail("failed", error)
        else:
            _leave(place, held, before)
        raise
    except BaseException as error:
        held.fail("failed", error)
        raise
    place.registry.took(what, progress.seconds)
    return up, [*missing_tasks(place.aws.client, state.get("resources") or ()), *awake_until_its_end(place, up)]


def _enter(place: Place, wanted: Asked, found: Environment) -> tuple[Held, Environment | None]:
    """Enter the environment with this command's lease, and tell what was there: of several commands at once one wins.

    That its database is kept is entered at once, that it is not once that is deployed: what dies between loses nothing.
    """
    before = place.registry.get(found.name)
    if before:
        # It may have come since it was looked for.
        _owned(place, before)
    if before and before.state != "kept":
        asked_for: dict[str, Any] = {
            **({"data": "keep"} if wanted.data == "keep" else {}),
            **({"email": wanted.email} if wanted.email else {}),
        }
        return Held.take(place, found.name, "up", _LIVING, state="coming-up", **asked_for), before
    for _ in range(_TRIES):
        lease = place.new_lease("up")
        taken = asked.free_range(place.dev, place.registry.ranges())
        new = replace(found, range=taken, lease=lease, changed_at=lease.since, data="keep" if before else found.data)
        match place.registry.claim(new, kept=before is not None):
            case "":
                return Held(place, new, lease), before
            case "name":
                raise OperationError(
                    f"environment {found.name} was entered by another command meanwhile; see {LIST}",
                    Code.CONFLICT,
                )
            case "range":
                continue
    raise OperationError(f"others took a range of the pool {_TRIES} times in a row; run it again", Code.CONFLICT)


def _leave(place: Place, held: Held, before: Environment | None) -> None:
    """Give back what was entered of an environment that has no stack; a database that was kept stays so."""
    found, token = held.environment, held.lease.token
    if not (place.registry.keep(found, token, until=before.kept_until) if before else place.registry.forget(found, token)):
        raise taken_over(found.name)


def _usd_an_hour(stack: str, state: Mapping[str, Any]) -> tuple[str, str]:
    """What it costs an hour awake and asleep, typically."""
    hour = hourly(stack, resources.of_state({"deployment": state}))
    return f"{hour.awake.typical:.2f}", f"{hour.asleep.typical:.2f}"
