"""Bringing an environment up and taking it down; done again, each goes on where it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from operations.cost import resources
from operations.cost.hourly import hourly
from operations.environments import asked
from operations.environments.awake import Hold
from operations.environments.databases import deployed, drop
from operations.environments.engine import Engine, ForeignStackError
from operations.environments.hours import awake_until_its_end, sleeper_of
from operations.environments.items import Data, Environment, moment
from operations.environments.locks import unlocked
from operations.environments.place import Held, Place
from operations.environments.progress import Progress, say
from operations.environments.registry import LIST, taken_over
from operations.environments.room import room
from operations.environments.tasks import missing_tasks
from operations.environments.template import Template, load_template, render
from operations.errors import Code, OperationError

LIVING: Final = ("coming-up", "up", "failed")
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
        _free(place, found)
    new = new_of(place, wanted, asked.free_range(place.dev, place.registry.ranges()), found)
    _refuse_foreign(place, new)
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
    _free(place, found)
    if found.state == "going-down":
        raise OperationError(f"environment {found.name} is going-down; run `down` again to its end", Code.CONFLICT)
    if found.expires <= place.seconds:
        raise OperationError(
            f"environment {found.name} expired at {moment(found.expires)}; expected an expiry to come: take it down first",
            Code.CONFLICT,
        )
    return replace(found, data=wanted.data or found.data, email=wanted.email or found.email)


def _free(place: Place, found: Environment) -> None:
    if holder := found.held(place.seconds):
        raise OperationError(
            f"environment {found.name} is being worked on by {holder}; run it again when that has ended", Code.CONFLICT
        )


def _refuse_foreign(place: Place, new: Environment) -> None:
    """See that no stack of that name is there: it would be changed into an environment, and destroyed with its data."""
    if (place.root / f"Pulumi.{new.stack}.yaml").exists():
        raise OperationError(
            f"NAME is {new.name!r}, and {new.stack} is a stack of its own (Pulumi.{new.stack}.yaml); expected another name",
            Code.CONFLICT,
        )
    if place.engine(new.stack).exists():
        raise OperationError(
            f"NAME is {new.name!r}, and there is a stack {new.stack}, which no environment in the registry has; expected"
            " another name, or look who made it",
            Code.CONFLICT,
        )


def _owned(place: Place, found: Environment) -> None:
    if found.owner != place.by:
        raise OperationError(
            f"NAME is {found.name!r}, and {found.owner} has an environment of that name, {found.state}; expected another name",
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
        is_new = before is None or before.state == "kept"
        engine.init(place.secrets_provider or wanted.template.secrets_provider, new=is_new)
        hold.wait(held.beat)
        _as_the_world_is(engine, beat, place)
        what = f"up {wanted.template.name}"
        progress = Progress(what=f"up of {engine.stack}", durations=place.registry.durations(what), beat=beat)
        unlocked(partial(engine.up, progress), engine, place.now)
        state, outputs = engine.state(), engine.outputs()
        awake, asleep = _usd_an_hour(engine.stack, state)
        values = {"url": str(outputs.get("url", "")), "usd_awake": awake, "usd_asleep": asleep, **sleeper_of(outputs)}
        came_up = held.environment.came_up or place.seconds
        up = held.change(release=True, state="up", why="", data=data, came_up=came_up, **values)
    except ForeignStackError:
        # Somebody made it since it was looked for: nothing of it may be taken down as this environment's.
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
    if before and before.state != "kept":
        asked_for: dict[str, Any] = {
            **({"data": "keep"} if wanted.data == "keep" else {}),
            **({"email": wanted.email} if wanted.email else {}),
        }
        return Held.take(place, found.name, "up", LIVING, state="coming-up", **asked_for), before
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


def _as_the_world_is(engine: Engine, beat: Callable[[], None], place: Place) -> None:
    """After a run that was cut off, write down what there is: else what it was creating would stay in the way."""
    if engine.interrupted():
        progress = Progress(what=f"refresh of {engine.stack}, whose last run was cut off", beat=beat)
        unlocked(partial(engine.refresh, progress), engine, place.now)


def _usd_an_hour(stack: str, state: Mapping[str, Any]) -> tuple[str, str]:
    """What it costs an hour awake and asleep, typically."""
    hour = hourly(stack, resources.of_state({"deployment": state}))
    return f"{hour.awake.typical:.2f}", f"{hour.asleep.typical:.2f}"


def take_down(
    place: Place,
    name: str,
    doing: str,
    *,
    data: Data | None = None,
    kept: timedelta = asked.KEPT,
    seen: Environment | None = None,
) -> Environment:
    """Take an environment down, and give its range back once nothing of it is left.

    One that is kept already stays so: only `discard` drops its database.

    Args:
        place: What it works with.
        name: The environment's.
        doing: `down` or `janitor`.
        data: What becomes of its database; by default as it was brought up.
        kept: How long a database is kept.
        seen: What it was when that was decided; by default as it is.

    Raises:
        ChangedError: it is not as it was `seen`.
        OperationError: when it cannot be taken down, or something is left; the item says what.
        KeyboardInterrupt: it was told to stop, and has stopped.
    """
    before = seen or place.registry.known(name)
    if before.state == "kept":
        return _drop_kept(place, before, doing, data, seen)
    engine = place.engine(before.stack)
    stands = engine.exists()
    # What is left of a stack that is gone needs no database, unless that was kept and is to be dropped.
    hold = Hold(place, before.stack) if stands or (data == "discard" and before.data == "keep") else None
    # That it is kept is entered at once: who goes on with it must not drop it.
    keeps = {"data": data} if data == "keep" else {}
    held = Held.take(place, name, doing, (*LIVING, "going-down"), seen=seen, state="going-down", **keeps)
    found = replace(held.environment, data=data or held.environment.data)
    try:
        if hold:
            hold.wait(held.beat)
        if hold and stands:
            beat = hold.beside(held.beat)
            template = load_template(found.template, place.dev, place.templates, place.root)
            engine.write(render(template, place.dev, found, place.secrets_provider))
            _as_the_world_is(engine, beat, place)
            if found.data == "keep" and deployed(engine.state()) == "discard":
                # What destroys the database does what it was deployed with.
                progress = Progress(what=f"up of {engine.stack}, for another end of its data", beat=beat)
                unlocked(partial(engine.up, progress), engine, place.now)
            what = f"down {found.template}"
            progress = Progress(
                what=f"destroy of {engine.stack}",
                durations=place.registry.durations(what),
                planned=len(engine.state().get("resources") or ()),
                beat=beat,
            )
            unlocked(partial(engine.destroy, progress), engine, place.now)
            place.registry.took(what, progress.seconds)
        if hold and found.data == "discard":
            # What was cut off while the database was made does not drop it, and the stack's end does as it was deployed.
            drop(place, held)
            held.change(data="discard")
        if stands:
            engine.remove()
        if left := place.leftovers.of(found.stack, found.created, found.range):
            said = f"environment {name}: its stack is gone, and this is left in AWS: {left}."
            if left.network:
                said += f" Its range {found.range} is not given back before {', '.join(left.network)} is deleted;"
            else:
                # Nothing has an address any more.
                place.registry.give_back(found, held.lease.token)
                said += " Its range is given back; delete what is left,"
            raise OperationError(f"{said} then run it again", Code.INCOMPLETE)
    except BaseException as error:
        held.fail("going-down", error)
        raise
    token = held.lease.token
    until = place.seconds + int(kept.total_seconds())
    done = place.registry.keep(found, token, until=until) if found.data == "keep" else place.registry.forget(found, token)
    if not done:
        raise taken_over(name)
    return replace(found, kept_until=until if found.data == "keep" else 0, lease=None)


def _drop_kept(place: Place, found: Environment, doing: str, data: Data | None, seen: Environment | None) -> Environment:
    if data is None:
        return found
    if data == "keep":
        raise OperationError(
            f"environment {found.name} is kept already, until {moment(found.kept_until)}; --data discard drops its database",
            Code.CONFLICT,
        )
    hold = Hold(place, found.stack)
    held = Held.take(place, found.name, doing, ("kept",), seen=seen)
    try:
        hold.wait(held.beat)
        drop(place, held)
    except BaseException as error:
        held.fail("kept", error)
        raise
    if not place.registry.forget(found, held.lease.token):
        raise taken_over(found.name)
    return replace(found, data="discard", kept_until=0, lease=None)
