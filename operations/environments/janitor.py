"""The janitor: tells what ends soon, takes down what expired or died half-way, and tells what it cannot mend."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from operations.durations import spelled
from operations.environments.databases import owners
from operations.environments.items import Environment, moment
from operations.environments.outputs import Dev
from operations.environments.place import Held, Place
from operations.environments.registry import ChangedError
from operations.environments.stacks import preview_began
from operations.environments.take_down import take_down
from operations.environments.told import database_of
from operations.errors import OperationError

WARN_SECONDS: Final = 3600
PREVIEW_SECONDS: Final = 3600
"""So long after its beginning a dry run counts as dead: a preview takes minutes."""
GRACE: Final = timedelta(minutes=15)
"""So long after its lease has ended a command counts as dead: a machine that slept for a while may wake."""
METRICS: Final = "Environments"
"""As components/operate/janitor_watch.py, whose alarms watch `JanitorRuns` and `Unmended`."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of one thing.

    Attributes:
        name: The environment, or what else it was.
        did: What was done, or is the matter.
        mended: Whether nobody has to look at it.
    """

    name: str
    did: str
    mended: bool = True


def clean(place: Place, *, dry_run: bool = False) -> list[Line]:
    """Do all of it, and tell it; the failure of one environment stops no other.

    Raises:
        OperationError, or as boto3: where the registry cannot be read.
    """
    found, broken = place.registry.read()
    lines = [Line(name=name, did=why, mended=False) for name, why in broken.items()]
    lines += [line for each in found for line in _guarded(each.name, lambda each=each: _one(place, each.name, dry_run=dry_run))]
    lines += _guarded("ranges", lambda: _orphans(place, dry_run=dry_run))
    lines += _guarded("stacks", lambda: _unknown_stacks(place, dry_run=dry_run))
    lines += _guarded("databases", lambda: _unknown_databases(place))
    if not dry_run:
        _measure(place, lines, len(found))
    return lines


def _guarded(name: str, do: Callable[[], Iterator[Line]]) -> list[Line]:
    lines: list[Line] = []
    try:
        lines.extend(do())
    except ChangedError as error:
        lines.append(Line(name=name, did=str(error)))
    except (OperationError, BotoCoreError, ClientError, OSError, ValueError) as error:
        lines.append(Line(name=name, did=str(error), mended=False))
    return lines


def _one(place: Place, name: str, *, dry_run: bool) -> Iterator[Line]:
    # Read anew: those before it took minutes each.
    found, now = place.registry.get(name), place.seconds
    if found is None:
        yield Line(name=name, did="was taken down by somebody meanwhile")
        return
    if holder := found.held(now):
        yield Line(name=found.name, did=f"is being worked on by {holder}")
        return
    why = _end_of(found, now)
    if why and found.came_up and found.state == "coming-up" and now < found.expires:
        yield _failed(place, found, why, dry_run=dry_run)
    elif why:
        yield _taken(place, found, why, dry_run=dry_run)
    elif found.state in ("up", "failed") and found.expires - now <= WARN_SECONDS and found.warned != found.expires:
        yield _warned(place, found, now, dry_run=dry_run)
    else:
        until = found.kept_until if found.state == "kept" else found.expires
        yield Line(name=found.name, did=f"is {found.state} until {moment(until)}")


def _end_of(found: Environment, now: int) -> str:
    """Why an environment, which nobody works on, is taken down; empty where it lives on."""
    if found.state == "kept":
        return f"its database was kept until {moment(found.kept_until)}" if found.kept_until <= now else ""
    dead = found.lease is None or found.lease.until + GRACE.total_seconds() <= now
    if found.state == "going-down" and dead:
        return "it is half-way down"
    if found.state == "coming-up" and dead:
        holder = f" of {found.lease}" if found.lease else ""
        return f"the command{holder} that brought it up died half-way"
    return f"it expired at {moment(found.expires)}" if found.expires <= now and dead else ""


def _taken(place: Place, found: Environment, why: str, *, dry_run: bool) -> Line:
    what = "its database is dropped" if found.state == "kept" else "taken down"
    if dry_run:
        return Line(name=found.name, did=f"would be: {what} ({why})")
    data = "discard" if found.state == "kept" else None
    done = take_down(place, found.name, "janitor", data=data, seen=found)
    return Line(name=found.name, did=f"{what}: {why}{database_of(done)}")


def _failed(place: Place, found: Environment, why: str, *, dry_run: bool) -> Line:
    """One that was up before is whole as far as anybody knows, and its data is somebody's work: its owner mends it."""
    did = f"is failed until {moment(found.expires)}: {why}"
    if dry_run:
        return Line(name=found.name, did=f"would be: {did}")
    held = Held.take(place, found.name, "janitor", ("coming-up",), seen=found)
    held.change(release=True, state="failed", why=why)
    return Line(name=found.name, did=did)


def _warned(place: Place, found: Environment, now: int, *, dry_run: bool) -> Line:
    left = spelled(timedelta(seconds=found.expires - now))
    if dry_run:
        return Line(name=found.name, did=f"would be: told, {left} before its end")
    # Entered first: of two janitors at once one tells.
    if not place.registry.warned(found.name, found.expires, found.warned):
        return Line(name=found.name, did="was extended, or told, meanwhile")
    try:
        place.aws.sns.publish(TopicArn=place.dev.topic_arn, Message=json.dumps(warning(place.dev, found)))
    except (BotoCoreError, ClientError):
        place.registry.unwarned(found.name, found.expires)
        raise
    return Line(name=found.name, did=f"{place.dev.name}'s alerts are told, {left} before its end: it is {found.email}'s")


def warning(dev: Dev, found: Environment) -> dict[str, Any]:
    """What dev's topic is told, in the form that the notifier reads as our own (functions/notify/events.py).

    It is of the thing `environment`, and reaches whoever that is routed to, with the owner's address in it.
    """
    extend = f"dataconnect environment extend {found.name} --for 4h --stack {found.of}"
    ends = "its database is kept" if found.data == "keep" else "its data goes with it"
    return {
        "source": "dataconnect",
        "title": f"Environment {found.name} is taken down at {moment(found.expires)}",
        "text": f"It is {found.email}'s; {ends}. Who needs it for longer: {extend}",
        "severity": "warning",
        "runbook": f"{dev.runbooks}/environment/expiring",
        # In the morning it would be over.
        "waits": False,
    }


def _orphans(place: Place, *, dry_run: bool) -> Iterator[Line]:
    """Ranges of environments that are not there, and of which AWS has nothing."""
    # Ranges first: what is entered meanwhile has its item before it is looked for.
    taken = place.registry.ranges()
    found, broken = place.registry.read()
    has = {each.name: each.range for each in found}
    for each, name in sorted(taken.items()):
        if has.get(name) == each or name in broken:
            continue
        stack = f"{place.dev.name}-{name}"
        if left := place.leftovers.network(stack, each):
            did = f"is of {name}, which the registry does not know, and is in use: {', '.join(left)}"
            yield Line(name=each, did=did, mended=False)
        elif dry_run:
            yield Line(name=each, did=f"would be: given back, {name} is not there any more")
        elif place.registry.free(each, name):
            yield Line(name=each, did=f"given back: {name} is not there any more")


def _unknown_stacks(place: Place, *, dry_run: bool) -> Iterator[Line]:
    """Stacks that are called as environments are, which no command made: whose they are nobody knows."""
    begins = f"{place.dev.name}-"
    known = {f"{begins}{name}" for name in _names(place)}
    files = {file.name.split(".")[1] for file in place.root.glob("Pulumi.*.yaml")}
    for stack in place.engine(place.dev.name).stacks():
        if not stack.startswith(begins) or stack in known | files:
            continue
        name = stack.removeprefix(begins)
        began = preview_began(name)
        if began is not None:
            if began + PREVIEW_SECONDS <= place.seconds:
                yield from _guarded(stack, partial(_dead_preview, place, stack, dry_run=dry_run))
            continue
        did = f"is in the state of stacks, and the registry has no environment {name}: look who made it"
        yield Line(name=stack, did=did, mended=False)


def _dead_preview(place: Place, stack: str, *, dry_run: bool) -> Iterator[Line]:
    """What a dry run left that was killed: a stack without resources."""
    engine = place.engine(stack)
    if engine.state().get("resources"):
        yield Line(name=stack, did="is called as a dry run's stack is, and has resources: look who made it", mended=False)
    elif dry_run:
        yield Line(name=stack, did="would be: removed, it is a dry run's that died")
    else:
        engine.remove()
        yield Line(name=stack, did="removed: it is a dry run's that died")


def _unknown_databases(place: Place) -> Iterator[Line]:
    """Databases of environments that are not there: the next of that name would get another's data."""
    # Asked before and after: what comes and what goes meanwhile has its item at one of both times.
    known = _names(place)
    found = owners(place)
    for name in found:
        if name not in known | _names(place):
            did = f"has a database on the instance of {place.dev.name}, and is not in the registry: look whose data it is"
            yield Line(name=name, did=did, mended=False)


def _names(place: Place) -> set[str]:
    found, broken = place.registry.read()
    return {each.name for each in found} | broken.keys()


def _measure(place: Place, lines: list[Line], count: int) -> None:
    """Tell CloudWatch that it ran, and how much it could not mend."""
    unmended = sum(1 for line in lines if not line.mended)
    values = {"JanitorRuns": 1, "Unmended": unmended, "Environments": count}
    dimensions = [{"Name": "Stack", "Value": place.dev.name}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in values.items()]
    place.aws.cloudwatch.put_metric_data(Namespace=f"DataConnect/{place.dev.name}/{METRICS}", MetricData=data)
