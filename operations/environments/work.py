"""Bringing an environment up and taking it down; done again, each goes on where it was."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from operations.cost import resources
from operations.cost.hourly import hourly
from operations.environments import asked
from operations.environments.awake import Hold
from operations.environments.databases import drop
from operations.environments.engine import Engine
from operations.environments.items import Data, Environment, moment
from operations.environments.leftovers import told
from operations.environments.locks import unlocked
from operations.environments.place import Held, Place
from operations.environments.progress import Progress, say
from operations.environments.registry import LIST
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
        email: Whom its tags name.
        data: What becomes of its database.
    """

    name: str
    span: timedelta
    template: Template
    email: str
    data: Data


def new_of(place: Place, wanted: Asked, taken: str) -> Environment:
    """A new environment's item."""
    now = place.seconds
    return Environment(
        name=wanted.name,
        owner=place.by,
        email=wanted.email,
        of=place.dev.name,
        template=wanted.template.name,
        range=taken,
        data=wanted.data,
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
    new = new_of(place, wanted, asked.free_range(place.dev, place.registry.ranges()))
    return new, asked.room(place.aws, wanted.template)


def _goes_on(place: Place, wanted: Asked, found: Environment) -> Environment:
    """An environment that is there already."""
    _owned(place, found)
    if found.template != wanted.template.name:
        raise OperationError(
            f"environment {found.name} is of the template {found.template}, --template is {wanted.template.name!r};"
            f" expected {found.template}, or take it down first",
            Code.CONFLICT,
        )
    if holder := found.held(place.seconds):
        raise OperationError(
            f"environment {found.name} is being worked on by {holder}; run it again when that has ended", Code.CONFLICT
        )
    if found.state == "going-down":
        raise OperationError(f"environment {found.name} is going-down; run `down` again to its end", Code.CONFLICT)
    if found.expires <= place.seconds:
        raise OperationError(
            f"environment {found.name} expired at {moment(found.expires)}; expected an expiry to come: take it down first",
            Code.CONFLICT,
        )
    return replace(found, data=wanted.data)


def _owned(place: Place, found: Environment) -> None:
    if found.owner != place.by:
        raise OperationError(
            f"NAME is {found.name!r}, and {found.owner} has an environment of that name, {found.state}; expected another name",
            Code.CONFLICT,
        )


def bring_up(place: Place, wanted: Asked) -> Environment:
    """Bring an environment up, or go on with it.

    Raises:
        OperationError: on what cannot be brought up; the item says why it failed.
        KeyboardInterrupt: it was told to stop, and has stopped.
    """
    found, unknown = check(place, wanted)
    for line in unknown:
        say(line)
    hold = Hold(place, found.stack)
    held = _enter(place, wanted, found)
    engine, beat = place.engine(found.stack), hold.beside(held.beat)
    try:
        engine.write(render(wanted.template, place.dev, held.environment, place.secrets_provider))
        engine.init(place.secrets_provider or wanted.template.secrets_provider)
        hold.wait(held.beat)
        _as_the_world_is(engine, beat, place)
        what = f"up {wanted.template.name}"
        progress = Progress(what=f"up of {engine.stack}", durations=place.registry.durations(what), beat=beat)
        unlocked(partial(engine.up, progress), engine, place.now)
        awake, asleep = _usd_an_hour(engine)
        url = str(engine.outputs().get("url", ""))
        up = held.change(release=True, state="up", why="", url=url, usd_awake=awake, usd_asleep=asleep)
    except BaseException as error:
        held.fail("failed", error)
        raise
    place.registry.took(what, progress.seconds)
    return up


def _enter(place: Place, wanted: Asked, found: Environment) -> Held:
    """Enter the environment with this command's lease: of several commands at once one wins."""
    before = place.registry.get(found.name)
    if before and before.state != "kept":
        return Held.take(place, found.name, "up", LIVING, state="coming-up", data=wanted.data, email=wanted.email)
    for _ in range(_TRIES):
        lease = place.new_lease("up")
        new = replace(found, range=asked.free_range(place.dev, place.registry.ranges()), lease=lease)
        match place.registry.claim(new, kept=before is not None):
            case "":
                return Held(place, new, lease)
            case "name":
                raise OperationError(
                    f"environment {found.name} was entered by another command meanwhile; see {LIST}",
                    Code.CONFLICT,
                )
            case "range":
                continue
    raise OperationError(f"others took a range of the pool {_TRIES} times in a row; run it again", Code.CONFLICT)


def _as_the_world_is(engine: Engine, beat: Callable[[], None], place: Place) -> None:
    """After a run that was cut off, write down what there is: else what it was creating would stay in the way."""
    if engine.interrupted():
        progress = Progress(what=f"refresh of {engine.stack}, whose last run was cut off", beat=beat)
        unlocked(partial(engine.refresh, progress), engine, place.now)


def _usd_an_hour(engine: Engine) -> tuple[str, str]:
    """What it costs an hour awake and asleep, typically."""
    hour = hourly(engine.stack, resources.of_state({"deployment": engine.state()}))
    return f"{hour.awake.typical:.2f}", f"{hour.asleep.typical:.2f}"


def take_down(place: Place, name: str, doing: str, *, data: Data | None = None, kept: timedelta = asked.KEPT) -> Environment:
    """Take an environment down, and give its range back once nothing of it is left.

    Args:
        place: What it works with.
        name: The environment's.
        doing: `down` or `janitor`.
        data: What becomes of its database; by default as it was brought up.
        kept: How long a database is kept.

    Raises:
        OperationError: when it cannot be taken down, or something is left; the item says what.
        KeyboardInterrupt: it was told to stop, and has stopped.
    """
    before = place.registry.known(name)
    if before.state == "kept":
        return _drop_kept(place, before, doing, data)
    engine = place.engine(before.stack)
    # What is left of a stack that is gone needs no database.
    hold = Hold(place, before.stack) if engine.exists() else None
    held = Held.take(place, name, doing, (*LIVING, "going-down"), state="going-down")
    found = replace(held.environment, data=data or held.environment.data)
    try:
        if hold:
            beat = hold.beside(held.beat)
            template = load_template(found.template, place.dev, place.templates, place.root)
            engine.write(render(template, place.dev, found, place.secrets_provider))
            hold.wait(held.beat)
            _as_the_world_is(engine, beat, place)
            if found.data != held.environment.data:
                # What destroys the database does what it was deployed with.
                progress = Progress(what=f"up of {engine.stack}, for another end of its data", beat=beat)
                unlocked(partial(engine.up, progress), engine, place.now)
                held.change(data=found.data)
            what = f"down {found.template}"
            progress = Progress(
                what=f"destroy of {engine.stack}",
                durations=place.registry.durations(what),
                planned=len(engine.state().get("resources") or ()),
                beat=beat,
            )
            unlocked(partial(engine.destroy, progress), engine, place.now)
            engine.remove()
            place.registry.took(what, progress.seconds)
        if left := place.leftovers.of(found.stack):
            raise OperationError(
                f"environment {name}: its stack is gone, and this is left in AWS: {told(left)}. Its range {found.range} is not"
                " given back before that is deleted; then run it again",
                Code.INCOMPLETE,
            )
    except BaseException as error:
        held.fail("going-down", error)
        raise
    token = held.lease.token
    until = place.seconds + int(kept.total_seconds())
    done = place.registry.keep(found, token, until=until) if found.data == "keep" else place.registry.forget(found, token)
    if not done:
        raise OperationError(f"environment {name} was taken over by another command; look at it", Code.CONFLICT)
    return replace(found, kept_until=until if found.data == "keep" else 0, lease=None)


def _drop_kept(place: Place, found: Environment, doing: str, data: Data | None) -> Environment:
    if data == "keep":
        raise OperationError(
            f"environment {found.name} is kept already, until {moment(found.kept_until)}; --data discard drops its database",
            Code.CONFLICT,
        )
    hold = Hold(place, found.stack)
    held = Held.take(place, found.name, doing, ("kept",))
    try:
        hold.wait(held.beat)
        drop(place, found)
    except BaseException as error:
        held.fail("kept", error)
        raise
    place.registry.forget(found, held.lease.token)
    return replace(found, data="discard", kept_until=0, lease=None)
