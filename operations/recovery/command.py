"""`dataconnect recovery`: failing over to the other region and back, and what there is to know before, meanwhile and after."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from functions.recovery import plan
from operations.errors import Code, OperationError
from operations.invoke import invoke
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns, printable
from operations.recovery import cold as from_backups
from operations.recovery.looks import by_hand, heartbeat_of, status_lines
from operations.recovery.looks import dry_run as dry
from operations.recovery.place import Opener, Place, load, open_place
from operations.recovery.report import Report
from operations.recovery.runs import EXIT, Run, new_id, read, start
from operations.recovery.watch import watch

recovery = typer.Typer(
    help="Recovery: fail over to the other region and back; see before, meanwhile and after.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
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
    _turn(
        context,
        "recovery",
        stack=stack,
        mode=mode or (plan.DISASTER if cold else ""),
        cold=cold,
        accept=accept_data_loss,
        run=run,
        yes=yes,
        no_wait=no_wait,
        outputs=outputs,
        as_json=as_json,
        dry_run=dry_run,
    )


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
    _turn(
        context,
        "primary",
        stack=stack,
        mode=mode,
        accept=accept_data_loss,
        run=run,
        yes=yes,
        no_wait=no_wait,
        outputs=outputs,
        as_json=as_json,
        dry_run=dry_run,
    )


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
    _turn(
        context,
        None,
        stack=stack,
        mode=plan.REHEARSAL,
        accept="0",
        run=run,
        yes=yes,
        no_wait=no_wait,
        outputs=outputs,
        as_json=as_json,
        dry_run=dry_run,
    )


@recovery.command()
def status(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show the active region, the fence, what a promotion would lose now, and the latest run; --stack is either stack."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        active = place.record.active(_primary(place))
        latest = _latest(place)
        told = {
            "active": {"region": active.region, "epoch": active.epoch, "since": active.since, "run": active.run},
            "fence": {each: place.record.fence(each) for each in (place.region.region, place.region.other)},
            "heartbeat": heartbeat_of(place),
            "run": Report(run=latest, stack=stack).facts() if latest else None,
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
        place = _place(context, stack, outputs)
        told = invoke(place.awslambda, place.region.ready, {}, "look whether a failover would succeed")
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
        place = _place(context, stack, outputs)
        told = Report(run=_known(place, run), stack=stack, outage=began)
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


def _turn(
    context: typer.Context,
    role: Literal["primary", "recovery"] | None,
    *,
    stack: str,
    mode: str,
    accept: str,
    run: str | None,
    yes: str | None,
    no_wait: bool,
    outputs: Path | None,
    as_json: bool,
    dry_run: bool,
    cold: bool = False,
) -> None:
    output = Output(as_json=as_json)
    with output.ending():
        if cold and (mode != plan.DISASTER or outputs):
            given = "--outputs, which change meanwhile" if outputs else f"--mode {mode}: a backup lacks what came after it"
            raise OperationError(f"--cold is given with {given}; expected --mode disaster alone", Code.USAGE)
        chosen, accepted = _mode(mode) if role else plan.REHEARSAL, _accepted(accept, mode)
        if run is not None and not RUN.fullmatch(run):
            raise OperationError(
                f"--run is {run!r}; expected 1 to 64 letters, digits and hyphens, not a hyphen first", Code.USAGE
            )
        if yes != stack and not dry_run:
            given = "--yes is not given" if yes is None else f"--yes is {yes!r}"
            raise OperationError(f"{given}; give --yes {stack}, or --dry-run to see what would be done", Code.USAGE)
        if cold and (found := from_backups.load(stack)):
            if dry_run:
                output.result(*from_backups.dry_run(found, accepted))
                return
            from_backups.build(found, accepted, _say)
        place = _place(context, stack, outputs)
        if role and place.region.role != role:
            other = "failback" if role == "recovery" else "failover"
            raise OperationError(
                f"{stack} is the {place.region.role} stack; expected the {role} stack, or the command {other}", Code.USAGE
            )
        name = run or new_id(chosen, datetime.now(UTC))
        _refuse_needless(place, name)
        if dry_run:
            output.result(*dry(place, chosen, name, accepted))
            return
        order = start(place, run=name, mode=chosen, accept_loss=accepted)
        _say(f"run {name} is ordered; without this command: {by_hand(place, order)}")
        if no_wait:
            output.result({"run": name, "order": order}, [f"follow it: dataconnect recovery status --stack {stack}"])
            return
        done = watch(place, name, _say)
        told = Report(run=done, stack=stack)
        output.result(told.facts(), told.markdown().splitlines())
        if done.state != "done":
            raise OperationError(f"run {name} is {done.state}: {done.why}", EXIT[done.state])


def _refuse_needless(place: Place, run: str) -> None:
    """Refuse a run to the region that serves already; one that ended before that is taken up by a new one.

    Raises:
        OperationError: when there is nothing to turn.
    """
    active = place.record.active(_primary(place))
    if active.region != place.region.region or active.run == run:
        return
    made = read(place.record, active.run) if active.run else None
    if made is None or made.state == "done":
        by = f", made so by run {active.run}" if active.run else ""
        raise OperationError(f"{active.region} is the active region already{by}: there is nothing to turn", Code.CONFLICT)


def _latest(place: Place) -> Run | None:
    runs = sorted(place.record.runs().items(), key=lambda told: str(told[1].get("started", "")))
    return read(place.record, runs[-1][0]) if runs else None


def _known(place: Place, run: str) -> Run:
    found = read(place.record, run)
    if found is None:
        latest = sorted(place.record.runs(), reverse=True)[:LISTED]
        raise OperationError(f"there is no run {run!r}; known are {', '.join(latest) or 'none'}", Code.UNKNOWN)
    return found


def _primary(place: Place) -> str:
    return place.region.region if place.region.role == "primary" else place.region.other


def _mode(mode: str) -> plan.Mode:
    for known in plan.BOTH:
        if mode == known:
            return known
    raise OperationError(f"--mode is {mode!r}; expected {' or '.join(plan.BOTH)}", Code.USAGE)


def _accepted(accept: str, mode: str) -> int | Literal["unknown"]:
    if mode == plan.PLANNED and accept != "0":
        raise OperationError(
            f"--accept-data-loss is {accept!r}; expected none with --mode planned, which loses nothing", Code.USAGE
        )
    if accept == "unknown":
        return "unknown"
    if re.fullmatch(r"[0-9]{1,9}", accept, re.ASCII):
        return int(accept)
    raise OperationError(
        f"--accept-data-loss is {accept!r}; expected whole seconds, 0 or more, or the word unknown", Code.USAGE
    )


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


def _place(context: typer.Context, stack: str, outputs: Path | None) -> Place:
    opener: Opener = context.obj or open_place
    return opener(load(stack, outputs))


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)
