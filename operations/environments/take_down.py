"""Taking an environment down; done again, it goes on where it was."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from operations.environments.asked import KEPT
from operations.environments.awake import Hold
from operations.environments.databases import drop, keep
from operations.environments.items import Data, Environment, moment
from operations.environments.locks import unlocked
from operations.environments.place import Held, Place
from operations.environments.progress import Progress
from operations.environments.registry import held_by, taken_over
from operations.environments.stacks import as_the_world_is, own_stack
from operations.environments.template import Template, render
from operations.errors import Code, OperationError

_BEFORE: Final = ("coming-up", "up", "failed", "going-down")


def take_down(
    place: Place,
    name: str,
    doing: str,
    *,
    data: Data | None = None,
    keep_for: timedelta | None = None,
    seen: Environment | None = None,
) -> Environment:
    """Take an environment down, and give its range back once nothing of it is left.

    One that is kept already stays so: only `discard` drops its database. Of one that was to be kept, and has no database,
    nothing is kept: `kept_until` of what is returned is 0.

    Args:
        place: What it works with.
        name: The environment's.
        doing: `down` or `janitor`.
        data: What becomes of its database; by default as it was brought up, or as the last `down` said.
        keep_for: How long a database is kept; by default as the last `down` said, or 30 days.
        seen: What it was when that was decided; by default as it is.

    Raises:
        ChangedError: it is not as it was `seen`.
        OperationError: when it cannot be taken down, or something is left; the item says what.
        KeyboardInterrupt: it was told to stop, and has stopped.
    """
    before = seen or place.registry.known(name)
    if before.state == "kept":
        return _drop_kept(place, before, doing, data, seen)
    if holder := before.held(place.seconds):
        raise held_by(before, holder)
    stands = own_stack(place, before)
    # What is left of a stack that is gone needs no database, unless that was kept and is to be dropped.
    hold = Hold(place, before.stack) if stands or (data == "discard" and before.data == "keep") else None
    # That it is kept, and for how long, is entered at once: who goes on with it must not drop it.
    says: dict[str, Any] = {
        **({"data": data} if data == "keep" else {}),
        **({"keep_for": int(keep_for.total_seconds())} if keep_for else {}),
    }
    held = Held.take(place, name, doing, _BEFORE, seen=seen, state="going-down", **says)
    found = replace(held.environment, data=data or held.environment.data)
    try:
        if hold:
            hold.wait(held.beat)
        if hold and stands:
            _destroy(place, held, hold, found)
        if hold and found.data == "discard":
            # What was cut off while the database was made does not drop it, and the stack's end does as it was deployed.
            drop(place, held)
            held.change(data="discard")
        if stands:
            place.engine(found.stack).remove()
            # From now on a stack of that name is somebody else's.
            held.change(made=False)
        _refuse_leftovers(place, held)
        until = _kept_until(place, held, hold or Hold(place, found.stack)) if found.data == "keep" else 0
    except BaseException as error:
        held.fail("going-down", error)
        raise
    gone, token = replace(held.environment, data=found.data), held.lease.token
    if not (place.registry.keep(gone, token, until=until) if until else place.registry.forget(gone, token)):
        raise taken_over(name)
    return replace(gone, kept_until=until, lease=None)


def _destroy(place: Place, held: Held, hold: Hold, found: Environment) -> None:
    """Destroy what its state has. Its template is not asked: it may be another by now, or gone."""
    engine, beat = place.engine(found.stack), hold.beside(held.beat)
    config = {"aws:region": place.dev.region, "aws:allowedAccountIds": [place.dev.account]}
    engine.write(render(Template(name=found.template, content={"config": config}), place.dev, found, place.secrets_provider))
    as_the_world_is(engine, beat, place)
    if found.data == "keep":
        # What destroys the database does what it was deployed with, unless that was claimed since.
        keep(place, held)
    what = f"down {found.template}"
    progress = Progress(
        what=f"destroy of {engine.stack}",
        durations=place.registry.durations(what),
        planned=len(engine.state().get("resources") or ()),
        beat=beat,
    )
    unlocked(partial(engine.destroy, progress), engine, place.now)
    place.registry.took(what, progress.seconds)


def _refuse_leftovers(place: Place, held: Held) -> None:
    """See that AWS has nothing of it any more.

    Raises:
        OperationError: it has; as long as that is in its range, the range is not given back.
    """
    found = held.environment
    left = place.leftovers.of(found.stack, found.created, found.range)
    if not left:
        return
    said = f"environment {found.name}: its stack is gone, and this is left in AWS: {left}."
    if left.network:
        said += f" Its range {found.range} is not given back before {', '.join(left.network)} is deleted;"
    else:
        # Nothing has an address any more.
        place.registry.give_back(found, held.lease.token)
        said += " Its range is given back; delete what is left,"
    raise OperationError(f"{said} then run it again", Code.INCOMPLETE)


def _kept_until(place: Place, held: Held, hold: Hold) -> int:
    """Until when its database is kept, in Unix seconds; 0 where it has none.

    The instance says whether there is one: an earlier `down` may have dropped it, and an `up` that failed have made none.
    """
    hold.wait(held.beat)
    if not keep(place, held):
        # Its roles, if any: the next of its name is to find nothing.
        drop(place, held)
        return 0
    return place.seconds + (held.environment.keep_for or int(KEPT.total_seconds()))


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
