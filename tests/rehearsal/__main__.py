"""`make rehearse`: a region is lost on this machine, the other takes over, and it goes back; by the real command and functions.

With --hold it stops when the region is lost, and whoever wants to practise has the runbook and the command.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

# Before moto is loaded, which reads them then: the account of the runbook, and credentials that are nobody's.
os.environ["MOTO_ACCOUNT_ID"] = "222222222222"
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "emulated"

from operations.output import columns
from operations.recovery.times import expected
from sandbox.places import sandbox_dir
from tests.postgres import MAJORS
from tests.rehearsal.clock import Clock
from tests.rehearsal.emulated import STANDS_IN, Emulated, emulated
from tests.rehearsal.story import Story

FACTOR: Final = 20.0
MOST: Final = 40.0
"""Faster, and what a call takes here would look like what it takes there."""
ORDERS: Final = ("heal", "seed")
ENVIRONMENT: Final = "environment.sh"
ANSWER_SECONDS: Final = 60.0


def main(arguments: Sequence[str]) -> int:
    """Rehearse; exit code 0 when every claim held, 1 when one did not, 2 for what was asked wrongly."""
    told = _parser().parse_args(arguments)
    folder = sandbox_dir() / "rehearsal"
    for order in ORDERS:
        if getattr(told, order):
            return _order(folder, order)
    if (folder / ENVIRONMENT).exists():
        return _wrong(f"a rehearsal is held already: end it first, or delete {folder / ENVIRONMENT} if none runs any more")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    _say(f"Starting two regions on this machine; a second lasts 1/{told.factor:g} of one. Nothing of it is AWS.")
    try:
        with emulated(Clock(told.factor), folder, expected("promote")) as world:
            return _hold(world) if told.hold else _play(world, began)
    except KeyboardInterrupt:
        _say("ended")
        return 0 if told.hold else 130
    finally:
        (folder / ENVIRONMENT).unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--hold", action="store_true", help="lose the primary region, and wait until it is interrupted")
    one.add_argument("--heal", action="store_true", help="let the lost region of a held rehearsal answer again")
    one.add_argument(
        "--seed", action="store_true", help="let the database on standby follow the active one, as its next generation does"
    )
    parser.add_argument(
        "--factor",
        type=_factor,
        default=FACTOR,
        metavar="N",
        help=f"how many times faster time goes by, 1 to {MOST:g} (%(default)g)",
    )
    return parser


def _factor(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 1 <= found <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST:g}")
    return found


def _play(world: Emulated, began: float) -> int:
    story = Story(world, _say)
    story.tell()
    facts = story.facts()
    (world.folder / "rehearsal.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    for line in (*story.summary(), "", "What was real, and what stood in for AWS", *_stands_in()):
        _say(line)
    wrong = [each.says for each in story.claims if not each.holds]
    seconds = f"in {time.monotonic() - began:.0f} s, emulated; files in {world.folder}"
    if wrong:
        _say(f"\n{len(wrong)} of {len(story.claims)} claims do not hold: {'; '.join(wrong)} ({seconds})")
        return 1
    _say(f"\nEach of {len(story.claims)} claims holds, {seconds}.")
    return 0


def _hold(world: Emulated) -> int:
    world.clock.sleep(60)
    outage = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(world.lose()))
    variables = {**world.environment(), "OUTAGE": outage} | {
        f"{stack.upper().replace('-', '_')}_OUTPUTS": str(world.outputs(stack)) for stack in ("prod", "prod-recovery")
    }
    lines = ["unset AWS_PROFILE AWS_SESSION_TOKEN", *(f"export {name}={value}" for name, value in variables.items())]
    for line in (
        *lines,
        "",
        "The primary region is lost. Practise by docs/runbooks/failover.md; add --outputs $PROD_RECOVERY_OUTPUTS, or",
        "--outputs $PROD_OUTPUTS, to each command. What needs the program or the search (4.2 to 4.4) is not here.",
        "  python -m tests.rehearsal --heal   the lost region answers again",
        "  python -m tests.rehearsal --seed   the database on standby follows: the next generation, before the way back",
        f"What the functions tell: {world.folder / 'functions.log'}. Ctrl-C ends everything.",
        *_stands_in(),
    ):
        _say(line)
    (world.folder / ENVIRONMENT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say("ready")
    while True:
        for order in ORDERS:
            if (asked := world.folder / order).exists():
                why = _carry_out(world, order)
                (world.folder / f"{order}.told").write_text(why, encoding="utf-8")
                asked.unlink()
                _say(f"{order}: {why or 'done'}")
        time.sleep(0.1)


def _carry_out(world: Emulated, order: str) -> str:
    if order == "seed":
        return world.seed()
    if not world.endpoint.lost:
        return "no region is lost"
    world.heal()
    return ""


def _order(folder: Path, order: str) -> int:
    if not (folder / ENVIRONMENT).exists():
        return _wrong(f"--{order}: no rehearsal is held; start one with `make rehearse HOLD=1`, and wait for the line ready")
    told = folder / f"{order}.told"
    told.unlink(missing_ok=True)
    (folder / order).touch()
    until = time.monotonic() + ANSWER_SECONDS
    while not told.exists() or (folder / order).exists():
        if time.monotonic() > until:
            return _wrong(f"--{order}: the held rehearsal does not answer: end it and start another one")
        time.sleep(0.1)
    if why := told.read_text(encoding="utf-8"):
        return _wrong(f"--{order}: {why}")
    return 0


def _stands_in() -> list[str]:
    rows: list[tuple[Any, ...]] = [(what, how.format(major=max(MAJORS))) for what, how in STANDS_IN]
    return [f"  {line}" for line in columns(rows)]


def _wrong(why: str) -> int:
    print(f"make rehearse: {why}", file=sys.stderr)
    return 2


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
