"""`dataconnect recovery`: failing over to the other region and back, and what there is to know before, meanwhile and after."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from functions.recovery import plan
from functions.recovery.record import iso
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.recovery.looks import checks_of, heartbeat_of, status_lines
from operations.recovery.place import Place, place_of
from operations.recovery.report import Report
from operations.recovery.runs import JournalError, Run, read
from operations.recovery.turn import Options, turn

recovery = typer.Typer(
    help="Recovery: fail over to the other region and back; see before, meanwhile and after.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

LISTED: Final = 10

Yes = Annotated[str | None, typer.Option("--yes", metavar="STACK", help="The stack's name once more; required.")]
AcceptLoss = Annotated[
    str,
    typer.Option(
        "--accept-data-loss",
        metavar="SECONDS",
        help="In a disaster: seconds of writes that may be lost, or the word unknown: even a loss that nobody can measure.",
    ),
]
RunId = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="Name of the run: a new one by default; an earlier one is followed.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Order it, and do not follow it.")]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="planned|disaster", help="Without loss, or the other region is lost.")
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="DATABASE",
        help="In a disaster: leave a database behind that can't be promoted, e.g. one silo's; may be given again.",
    ),
]
Cold = Annotated[
    bool,
    typer.Option(
        "--cold", help="The region is cold: build it from backups first, with Pulumi and the rights of who deploys it."
    ),
]


@recovery.command()
def failover(
    context: typer.Context,
    stack: OfStack,
    mode: ModeOption = "",
    accept_data_loss: AcceptLoss = "0",
    without: Without = None,
    cold: Cold = False,
    run: RunId = None,
    yes: Yes = None,
    no_wait: NoWait = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the recovery region the active one; --stack is the recovery stack, e.g. prod-recovery.

    planned: the other region works, is brought to rest, and nothing is lost; what fails before the promotion is given back.
    disaster: the other region is lost, or as good as; writes that had not arrived here are lost, as many as --accept-data-loss
    allows. The function `recover` does it in that region: the command only orders and follows, and may be run again, or not at
    all. It needs the role recovery-operator.
    """
    options = Options(
        stack=stack,
        run=run,
        yes=yes,
        no_wait=no_wait,
        outputs=outputs,
        as_json=as_json,
        dry_run=dry_run,
        without=tuple(without or ()),
    )
    turn(context.obj, "recovery", mode or (plan.DISASTER if cold else ""), accept_data_loss, options, cold=cold)


@recovery.command()
def failback(
    context: typer.Context,
    stack: OfStack,
    mode: ModeOption = plan.PLANNED,
    accept_data_loss: AcceptLoss = "0",
    run: RunId = None,
    yes: Yes = None,
    no_wait: NoWait = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the primary region the active one again; --stack is the primary stack, e.g. prod.

    The same plan the other way round, planned by default. Its database must follow the recovery region's first
    (docs/decisions/database-replica.md says how).
    """
    options = Options(stack=stack, run=run, yes=yes, no_wait=no_wait, outputs=outputs, as_json=as_json, dry_run=dry_run)
    turn(context.obj, "primary", mode, accept_data_loss, options)


@recovery.command()
def rehearse(
    context: typer.Context,
    stack: OfStack,
    run: RunId = None,
    yes: Yes = None,
    no_wait: NoWait = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Rehearse in the region on standby, --stack: promote copies of its databases, start its services, take all of it away.

    Nobody is sent there, nothing is fenced, and no data of production is written to. It costs two hours of a database and
    some minutes of tasks, holds up no failover, and readiness asks when the last one was.
    """
    options = Options(stack=stack, run=run, yes=yes, no_wait=no_wait, outputs=outputs, as_json=as_json, dry_run=dry_run)
    turn(context.obj, None, plan.REHEARSAL, "0", options)


@recovery.command()
def status(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show the active region, the fence, what a promotion would lose now, and the latest run; --stack is either stack."""
    output = Output(as_json=as_json)
    with output.ending():
        place = place_of(context.obj, stack, outputs)
        active = place.record.active(place.region.primary)
        latest, trouble = _latest(place)
        told = {
            "active": {"region": active.region, "epoch": active.epoch, "since": active.since, "run": active.run},
            "fence": {each: place.record.fence(each) for each in (place.region.region, place.region.other)},
            "heartbeat": heartbeat_of(place),
            "others": [] if latest is None else _after(place, latest),
            "run": Report(run=latest, stack=stack).facts() if latest else {"error": trouble} if trouble else None,
        }
        output.result(told, status_lines(place, told, latest))


@recovery.command()
def readiness(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Look whether a failover to the region of --stack would succeed now; it also runs by the clock, and an alarm tells.

    It changes nothing. Of the region that is active, it looks at what the way back needs of it. It ends with 4 when something
    is not ready, or cannot be found out.
    """
    output = Output(as_json=as_json)
    with output.ending():
        place = place_of(context.obj, stack, outputs)
        told = checks_of(place)
        rows: list[tuple[object, ...]] = [("check", "", "found", "expected")]
        rows += [(each["name"], each["verdict"], each["found"], each["expected"]) for each in told["checks"]]
        output.result(told, columns(rows))
        wrong = [each["name"] for each in told["checks"] if each["verdict"] in ("not ready", "unknown")]
        if wrong:
            raise OperationError(f"{told['region']} is not ready to take over: {', '.join(wrong)}", Code.CONFLICT)


@recovery.command()
def report(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of the run; `status` tells the latest.")],
    stack: OfStack,
    outage: Annotated[
        str | None, typer.Option("--outage", metavar="TIME", help="When the outage began, ISO 8601, e.g. 2026-11-30T08:00:00Z.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Write report.md, report.json and report.html there.")
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Tell a run: its timeline, both clocks, the loss, who ordered it, what each step found and did."""
    output = Output(as_json=as_json)
    with output.ending():
        began = moment("--outage", outage) if outage else None
        place = place_of(context.obj, stack, outputs)
        known = _known(place, run)
        if began and began > known.started:
            raise OperationError(
                f"--outage is {outage!r}, after {iso(known.started.timestamp())}, when run {run} was declared; expected a time"
                " before that",
                Code.USAGE,
            )
        told = Report(run=known, stack=stack, outage=began)
        written: list[str] = []
        if to is not None:
            files = {
                "report.md": told.markdown(),
                "report.json": json.dumps(told.facts(), indent=2) + "\n",
                "report.html": told.page(),
            }
            try:
                to.mkdir(parents=True, exist_ok=True)
                for name, text in files.items():
                    (to / name).write_text(text, encoding="utf-8")
                    written.append(str(to / name))
            except OSError as error:
                raise OperationError(f"--to is {to}: {error.strerror}; expected a folder to write to", Code.USAGE) from error
        output.result({**told.facts(), "written": written}, [*told.markdown().splitlines(), *written])


def _latest(place: Place) -> tuple[Run | None, str]:
    """The run that is at work; else the latest that came to something, else the latest. Or why it cannot be read, which must
    not end a command."""
    runs = sorted(place.record.runs().items(), key=lambda told: str(told[1].get("started", "")))
    locks = [place.record.locked(each) for each in (place.region.region, place.region.other)]
    works = {lock.run for lock in locks if lock and lock.until >= time.time()}
    names = [name for name, _ in runs]
    came = [name for name, told in runs if told.get("state") not in ("refused", "overtaken")]
    chosen = next((some for some in ([name for name in names if name in works], came, names) if some), [])
    try:
        return (read(place.record, chosen[-1]) if chosen else None), ""
    except JournalError as error:
        return None, str(error)


def _after(place: Place, run: Run) -> list[str]:
    """The runs that were ordered after one, and what has become of each."""
    told = {id: each for id, each in place.record.runs().items() if str(each.get("started", "")) > iso(run.started.timestamp())}
    return [f"{id}: {each.get('state')} {each.get('why', '')}".rstrip() for id, each in sorted(told.items())]


def _known(place: Place, run: str) -> Run:
    found = read(place.record, run)
    if found is None:
        latest = sorted(place.record.runs(), reverse=True)[:LISTED]
        raise OperationError(f"there is no run {run!r}; known are {', '.join(latest) or 'none'}", Code.UNKNOWN)
    return found


def moment(option: str, text: str) -> datetime:
    """The time that an option gives.

    Raises:
        OperationError: when it is none, or has no zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise OperationError(f"{option} is {text!r}; expected a time with its zone, e.g. 2026-11-30T08:00:00Z", Code.USAGE)
    return found
