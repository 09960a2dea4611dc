"""`dataconnect alerts`: what is open, taking care of it, silencing and ending that, and what fired in the last days."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import boto3
import typer

from functions.notify.incident import Acknowledged, Incident
from functions.notify.store import LONGEST_SILENCE, ContendedError, Silence, Store, TakenError
from functions.notify.weekly import Line, silences, summary
from operations.alerts.outputs import Alerting, load
from operations.aws import connect
from operations.durations import duration
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns

alerts = typer.Typer(help="Alarms: list, acknowledge, silence, unsilence, report.", no_args_is_help=True, rich_markup_mode=None)

KEPT: Final = 35
For = Annotated[str, typer.Option("--for", metavar="TIME", help="How long, e.g. 30m, 2h or 1d; 7d at the most.")]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a command works with: the table, who runs it, and the time."""

    store: Store
    who: str
    now: datetime


Opener = Callable[[Alerting], Place]


def open_place(stack: Alerting) -> Place:
    """The table of a stack, with the credentials at hand, whose name is who it was.

    Raises:
        OperationError: when the credentials are of another account, or there are none.
    """
    who = re.split("[:/]", connect(stack).sts.get_caller_identity()["Arn"])[-1]
    dynamodb: Any = boto3.Session(region_name=stack.region).resource("dynamodb")
    return Place(store=Store(dynamodb.Table(stack.table)), who=who, now=datetime.now(UTC))


@alerts.callback()
def _alerts() -> None:
    """Alarms: list, acknowledge, silence, unsilence, report."""


@alerts.command("list")
def list_open(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """List what is open, the most urgent and oldest first, and what is silenced until when."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _open(context, load(stack, outputs))
        order = {"critical": 0, "warning": 1, "info": 2}
        found = sorted(place.store.open(), key=lambda each: (order.get(each.notice.severity, 0), each.opened))
        shown = [_shown(each, place.now) for each in found if each.opened]
        silences = {what: _of_silence(told) for what, told in place.store.silences(place.now.timestamp()).items()}
        names = ("reference", "severity", "state", "since", "title", "acknowledged")
        rows = [names, *(tuple(each[name] for name in names) for each in shown)]
        said = [f"{what} is silenced until {told['until']} by {told['by']}: {told['why']}" for what, told in silences.items()]
        output.result({"open": shown, "silenced": silences}, [*(columns(rows) if shown else ["nothing is open"]), *said])


@alerts.command()
def ack(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The six characters that its message shows.")],
    stack: OfStack,
    lasts: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long, e.g. 2h, before it is escalated again; until it is over."),
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Take care of an incident: nobody else is called, and its message says who you are, within a minute."""
    output = Output(as_json=as_json)
    with output.ending():
        seconds = _seconds(lasts) if lasts else 0
        place = _open(context, load(stack, outputs))
        found = _named(place, reference)
        until = int(place.now.timestamp()) + seconds if seconds else 0
        said = Acknowledged(by=place.who, at=place.now.isoformat(timespec="seconds"), until=until)
        if not found.is_open:
            raise OperationError(f"{found.reference}: it is over, there is nothing to take care of", Code.CONFLICT)
        before = found.acknowledged.by if found.acknowledged and found.cared_for(place.now) else ""
        if not dry_run:
            _change(place, found, said)
        told = {"reference": found.reference, "title": found.notice.title, "by": place.who, "before": before, "until": until}
        instead = f", instead of {before}" if before not in ("", place.who) else ""
        line = f"{place.who} takes care of {found.reference}{instead}: {found.notice.title}"
        output.result({**told, "dry_run": dry_run}, [line])


@alerts.command()
def silence(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="A kind of alarm, e.g. database-cpu, or a reference.")],
    stack: OfStack,
    lasts: For,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why, for whoever wonders.")],
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Tell nobody of a kind of alarm, or of one incident, for a time; what still goes on then is told then."""
    output = Output(as_json=as_json)
    with output.ending():
        seconds = _seconds(lasts)
        if not because.strip():
            raise OperationError("--because is empty; expected why", Code.USAGE)
        alerting = load(stack, outputs)
        place = _open(context, alerting)
        thing, title = _what(place, alerting, what)
        since, why = int(place.now.timestamp()), because.strip()[:300]
        said = Silence(by=place.who, why=why, since=since, until=since + seconds, thing=thing, title=title)
        holds = said if dry_run else _silence(place, what, said)
        told = _of_silence(holds)
        already = "" if holds == said else f" already, by {holds.by}: {holds.why}"
        output.result({"silenced": what, **told, "dry_run": dry_run}, [f"{what} is silenced until {told['until']}{already}"])


@alerts.command()
def unsilence(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What was silenced, as `alerts list` shows it.")],
    stack: OfStack,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """End a silence before its time: what still goes on is told within a minute."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _open(context, load(stack, outputs))
        now = place.now.timestamp()
        known = place.store.silences(now)
        ended = known.get(what) if dry_run else place.store.unsilence(what, by=place.who, now=now)
        if ended is None:
            expected = f"expected one of {', '.join(sorted(known)) or 'none: nothing is silenced'}"
            raise OperationError(f"nothing silenced is called {what!r}; {expected}", Code.UNKNOWN)
        output.result({"unsilenced": what, "by": place.who, "dry_run": dry_run}, [f"{what} is heard again"])


@alerts.command()
def report(
    context: typer.Context,
    stack: OfStack,
    days: Annotated[int, typer.Option(min=1, max=KEPT, metavar="N", help="Days to look back at, 1 to 35.")] = 7,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Tell what fired in the last days, how often and how long; what nobody acted on comes first."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _open(context, load(stack, outputs))
        since = (place.now - timedelta(days=days)).isoformat(timespec="milliseconds")
        everything = {(each.identity, each.opened): each for each in (*place.store.done_since(since), *place.store.open())}
        lines = summary(everything.values(), lambda _: "", place.now)
        quiet = place.store.silenced(place.now.timestamp() - days * 86_400, place.now.timestamp() + 1)
        said = [sentence for _, sentence in silences(quiet, lambda _: "")]
        rows = [("severity", "alarm", "times", "minutes", "acted"), *map(_row, lines)]
        told = [{**vars(each), "by": [*each.by]} for each in lines]
        shown = columns(rows) if lines else [f"nothing fired in {days} days"]
        output.result({"days": days, "alarms": told, "silenced": said}, [*shown, *said])


def _row(line: Line) -> tuple[object, ...]:
    return line.severity, line.title, line.times, line.minutes, ", ".join(line.by) or "nobody"


def _open(context: typer.Context, stack: Alerting) -> Place:
    opener: Opener = context.obj or open_place
    return opener(stack)


def _what(place: Place, alerting: Alerting, what: str) -> tuple[str, str]:
    """The thing and the title of what is to be silenced: a kind of alarm that there is, or an incident that is open."""
    if re.fullmatch(r"[a-z0-9]{6}", what):
        found = _named(place, what)
        return found.notice.thing, found.notice.title
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", what):
        expected = "expected <thing>-<symptom>, as its runbook is called, or the reference of an incident"
        raise OperationError(f"WHAT is {what!r}; {expected}", Code.USAGE)
    if alerting.kinds and what not in alerting.kinds:
        near = difflib.get_close_matches(what, alerting.kinds, n=3) or sorted(alerting.kinds)
        raise OperationError(f"WHAT is {what!r}; expected a kind of alarm, e.g. {', '.join(near[:3])}", Code.UNKNOWN)
    return what.partition("-")[0], what


def _named(place: Place, reference: str) -> Incident:
    found = place.store.named(reference)
    if found is None:
        known = ", ".join(each.reference for each in place.store.open() if each.opened) or "none: nothing is open"
        raise OperationError(f"nothing open is called {reference!r}; expected one of {known}", Code.UNKNOWN)
    return found


def _change(place: Place, found: Incident, said: Acknowledged) -> None:
    try:
        place.store.acknowledge(found.identity, said, seen=found.acknowledged, now=place.now)
    except ContendedError as error:
        raise OperationError(f"{found.reference} is being changed again and again; try again") from error
    except TakenError as error:
        raise OperationError(f"{found.reference}: {error}", Code.CONFLICT) from error


def _silence(place: Place, what: str, said: Silence) -> Silence:
    try:
        return place.store.silence(what, said)
    except ContendedError as error:
        raise OperationError(f"{what} is being changed again and again; try again") from error


def _seconds(text: str) -> int:
    span = duration(text)
    if span is None or span > LONGEST_SILENCE:
        raise OperationError(f"--for is {text!r}; expected a time such as 30m, 2h or 1d, 7d at the most", Code.USAGE)
    return int(span.total_seconds())


def _shown(found: Incident, now: datetime) -> dict[str, Any]:
    cared = found.acknowledged
    return {
        "reference": found.reference,
        "kind": found.kind,
        "severity": found.notice.severity,
        "state": found.state,
        "since": found.opened,
        "title": found.notice.title,
        "times": found.count,
        "teams": [*found.teams],
        "runbook": found.notice.runbook,
        "acknowledged": f"by {cared.by}" if cared and found.cared_for(now) else "",
    }


def _of_silence(told: Silence) -> dict[str, str]:
    until = datetime.fromtimestamp(told.until, UTC).isoformat(timespec="seconds")
    return {"until": until, "by": told.by, "why": told.why}
