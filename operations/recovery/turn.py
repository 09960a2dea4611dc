"""What `failover`, `failback` and `rehearse` share: they order a run of the executor, and follow it."""

import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from functions.recovery import plan
from functions.recovery.record import LEASE_SECONDS, OVERTAKES, iso
from operations.errors import Code, OperationError
from operations.output import Output, printable
from operations.recovery import cold as from_backups
from operations.recovery.looks import by_hand, dry_run
from operations.recovery.place import Opener, Place, place_of
from operations.recovery.report import Report
from operations.recovery.runs import EXIT, JournalError, new_id, read, start
from operations.recovery.watch import watch

RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options that the three have.

    Attributes:
        stack: Of the region that is to work.
        run: Name of the run; None is: a new one.
        yes: The stack once more, as a promise; None where it is not given.
        no_wait: Whether the run is ordered and not followed.
        outputs: File with the stack's outputs; None asks Pulumi.
        as_json: Whether a program reads the answer.
        dry_run: Whether nothing is ordered.
        without: Databases that are left behind.
    """

    stack: str
    run: str | None
    yes: str | None
    no_wait: bool
    outputs: Path | None
    as_json: bool
    dry_run: bool
    without: tuple[str, ...] = ()


def turn(
    opener: Opener | None,
    role: Literal["primary", "recovery"] | None,
    mode: str,
    accept: str,
    options: Options,
    *,
    cold: bool = False,
) -> None:
    """Order a run in the region of a stack, and follow it; one that is known and named alone, without a mode, is only followed.

    `role` is the stack's; None is: either's, and the run is a rehearsal. `mode` and `accept`, seconds or `unknown`, are as they
    were given; `cold` has the region built first. It ends the program with the code that an error has; `EXIT` has that of a run
    that is not done.
    """
    output, stack = Output(as_json=options.as_json), options.stack
    with output.ending():
        if cold and (mode != plan.DISASTER or options.outputs):
            given = (
                "--outputs, which change meanwhile" if options.outputs else f"--mode {mode}: a backup lacks what came after it"
            )
            raise OperationError(f"--cold is given with {given}; expected --mode disaster alone", Code.USAGE)
        if role and not mode and options.run is not None:
            _follow(place_of(opener, stack, options.outputs, role), output, options.run)
            return
        chosen, accepted = _mode(mode) if role else plan.REHEARSAL, _accepted(accept, mode)
        if options.run is not None and not RUN.fullmatch(options.run):
            raise OperationError(
                f"--run is {options.run!r}; expected 1 to 64 letters, digits and hyphens, not a hyphen first", Code.USAGE
            )
        if options.yes != stack and not options.dry_run:
            given = "--yes is not given" if options.yes is None else f"--yes is {options.yes!r}"
            raise OperationError(f"{given}; give --yes {stack}, or --dry-run to see what would be done", Code.USAGE)
        if options.without and mode != plan.DISASTER:
            raise OperationError(
                f"--without is given with --mode {mode}, which loses nothing; expected it with --mode disaster", Code.USAGE
            )
        if cold and (found := from_backups.load(stack)):
            if options.dry_run:
                output.result(*from_backups.dry_run(found, accepted))
                return
            from_backups.build(found, accepted, _say)
        place = place_of(opener, stack, options.outputs, role)
        name = options.run or new_id(chosen, datetime.now(UTC))
        _refuse_needless(place, name)
        if options.dry_run:
            output.result(*dry_run(place, chosen, name, accepted))
            return
        # Whatever becomes of this command from here on, the run may go on: nobody is to order a second one.
        output.again = f"the run goes on without it; the same command with --run {name} follows it"
        output.result({"run": name}, [])
        _tell_of_other(place, name, chosen)
        order = start(place, run=name, mode=chosen, accept_loss=accepted, without=options.without, tell=_say)
        _say(f"run {name} is ordered; without this command: {by_hand(place, order)}")
        ordered = {"run": name, "order": order}
        if options.no_wait:
            output.result(ordered, [f"follow it: dataconnect recovery status --stack {stack}"])
            return
        output.result(ordered, [])
        _see_through(place, output, name)


def _follow(place: Place, output: Output, run: str) -> None:
    """Follow a run that somebody ordered."""
    known = read(place.record, run)
    if known is None:
        raise OperationError(
            f"--run is {run!r}, which is not known here, and --mode is not given; expected a run that was ordered, or a mode:"
            f" {' or '.join(plan.BOTH)}",
            Code.USAGE,
        )
    output.again = f"the run goes on without it; the same command with --run {run} follows it"
    _say(f"run {run} is followed: {known.mode}, ordered by {known.by}, accepting {known.accepted} s of loss")
    _see_through(place, output, run)


def _see_through(place: Place, output: Output, run: str) -> None:
    done = watch(place, run, _say)
    told = Report(run=done, stack=place.region.stack)
    then = ["", "done: go on with section 4 of docs/runbooks/failover.md"] if done.state == "done" else []
    output.result(told.facts(), [*told.markdown().splitlines(), *then])
    if done.state != "done":
        raise OperationError(f"run {run} is {done.state}: {done.why}", EXIT.get(done.state, Code.FAILED))


def _tell_of_other(place: Place, run: str, mode: plan.Mode) -> None:
    """Say whose lock is in the way: the executor waits for it, or takes it over."""
    held = place.record.locked(place.region.region)
    if held is None or held.run == run or held.until < time.time():
        return
    if OVERTAKES.index(mode) < OVERTAKES.index(held.mode):
        _say(f"run {held.run} ({held.mode}) works in {place.region.region}: this one stops it, and takes over")
        return
    _say(
        f"run {held.run} ({held.mode}) works in {place.region.region}, and showed a sign of life at"
        f" {iso(held.until - LEASE_SECONDS)}: this one waits up to three minutes for it to end, and is refused then; to follow"
        f" that one instead: --run {held.run}"
    )


def _refuse_needless(place: Place, run: str) -> None:
    """Refuse a run to the region that serves already; one that ended before that is taken up by a new one.

    Raises:
        OperationError: when there is nothing to turn.
    """
    active = place.record.active(place.region.primary)
    if active.region != place.region.region or active.run == run:
        return
    try:
        made = read(place.record, active.run) if active.run else None
    except JournalError:
        # Nobody knows how it ended: a new run finds what is done.
        return
    if made is None or (made.state == "done" and not made.result("gate").get("leftBehind")):
        by = f", made so by run {active.run}" if active.run else ""
        raise OperationError(f"{active.region} is the active region already{by}: there is nothing to turn", Code.CONFLICT)


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


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)
