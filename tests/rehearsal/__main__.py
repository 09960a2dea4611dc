"""`make rehearse`: a region is lost on this machine, the other takes over, and it goes back; by the real command and functions.

With --hold it stops when the region is lost, and whoever wants to practise has the runbook and the command.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

# Before moto is loaded, which reads them then: the account of the runbook, and credentials that are nobody's.
os.environ["MOTO_ACCOUNT_ID"] = "222222222222"
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "emulated"

from operations.output import columns
from operations.recovery.times import expected
from sandbox.places import sandbox_dir
from tests.postgres import MAJORS
from tests.rehearsal.asked import ENVIRONMENT, ORDERS, AskedError, obey, order, parsed, refuse_second
from tests.rehearsal.clock import Clock
from tests.rehearsal.emulated import STANDS_IN, Emulated, emulated
from tests.rehearsal.story import Story


def main(arguments: Sequence[str]) -> int:
    """Rehearse; exit code 0 when every claim held, 1 when one did not, 2 for what was asked wrongly."""
    told = parsed(arguments, __doc__)
    folder = sandbox_dir() / "rehearsal"
    try:
        for name in ORDERS:
            if getattr(told, name):
                order(folder, name)
                return 0
        refuse_second(folder)
    except AskedError as error:
        print(f"make rehearse: {error}", file=sys.stderr)
        return 2
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # In the background of a script, SIGINT is ignored unless somebody asks for it.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    began = time.monotonic()
    _say(f"Starting two regions on this machine, where time goes by {told.factor:g} times faster. Nothing of it is AWS.")
    try:
        with emulated(Clock(told.factor), folder, expected("promote")) as world:
            return _hold(world) if told.hold else _play(world, began)
    except KeyboardInterrupt:
        _say("ended")
        return 0 if told.hold else 130
    finally:
        (folder / ENVIRONMENT).unlink(missing_ok=True)


def _play(world: Emulated, began: float) -> int:
    story = Story(world, _say)
    story.tell()
    (world.folder / "rehearsal.json").write_text(json.dumps(story.facts(), indent=2) + "\n", encoding="utf-8")
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
        *_stands_in(),
        "",
        *lines,
        "",
        "The primary region is lost. Practise by docs/runbooks/failover.md; add --outputs $PROD_RECOVERY_OUTPUTS, or",
        "--outputs $PROD_OUTPUTS, to each command. What needs the program or the search (4.2 to 4.4) is not here.",
        "  python -m tests.rehearsal --heal   the lost region answers again",
        "  python -m tests.rehearsal --seed   the database on standby follows: the next generation, before the way back",
        f"What the functions tell: {world.folder / 'functions.log'}. Ctrl-C ends everything.",
    ):
        _say(line)
    (world.folder / ENVIRONMENT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say("ready")
    while True:
        if done := obey(world.folder, lambda name: world.seed() if name == "seed" else world.heal()):
            _say(done)
        time.sleep(0.1)


def _stands_in() -> list[str]:
    rows: list[tuple[Any, ...]] = [(what, how.format(major=max(MAJORS))) for what, how in STANDS_IN]
    return [f"  {line}" for line in columns(rows)]


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
