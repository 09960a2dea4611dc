"""A rehearsal from its beginning to its end: played through, or held where the region is lost."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from operations.output import columns
from operations.recovery.times import expected
from tests.postgres import MAJORS
from tests.rehearsal.asked import ENVIRONMENT, obey
from tests.rehearsal.clock import Clock
from tests.rehearsal.emulated import STANDS_IN, Emulated, emulated
from tests.rehearsal.story import Story, StoryError


def play(folder: Path, factor: float) -> int:
    """The whole story, told as it goes; 0, or 1 when a claim does not hold, or it can't go on."""
    began = time.monotonic()
    with emulated(Clock(factor), folder, expected("promote")) as world:
        story = Story(world, _say)
        try:
            story.tell()
        except StoryError as error:
            _say(f"\nIt can't go on: {error}")
            return 1
        (world.folder / "rehearsal.json").write_text(json.dumps(story.facts(), indent=2) + "\n", encoding="utf-8")
        for line in (*story.summary(), "", "What was real, and what stood in for AWS", *_stands_in()):
            _say(line)
    wrong = [each.says for each in story.claims if not each.holds]
    seconds = f"in {time.monotonic() - began:.0f} s, emulated; files in {folder}"
    if wrong:
        _say(f"\n{len(wrong)} of {len(story.claims)} claims do not hold: {'; '.join(wrong)} ({seconds})")
        return 1
    _say(f"\nEach of {len(story.claims)} claims holds, {seconds}.")
    return 0


def hold(folder: Path, factor: float) -> int:
    """Lose the primary region, hand out the way there, and do what is ordered, until it is interrupted."""
    with emulated(Clock(factor), folder, expected("promote")) as world:
        world.clock.sleep(60)
        _hand_out(world)
        while True:
            if done := obey(folder, lambda name: world.seed() if name == "seed" else world.heal()):
                _say(done)
            time.sleep(0.1)


def _hand_out(world: Emulated) -> None:
    outage = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(world.lose()))
    variables = {**world.environment(), "OUTAGE": outage} | {
        f"{stack.upper().replace('-', '_')}_OUTPUTS": str(world.outputs(stack)) for stack in ("prod", "prod-recovery")
    }
    lines = ["unset AWS_PROFILE AWS_SESSION_TOKEN"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    # `dataconnect` lies beside the interpreter.
    lines += [f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"']
    for line in (
        *_stands_in(),
        "",
        *lines,
        "",
        "The primary region is lost. Practise by docs/runbooks/failover.md, in another shell that has read these lines:",
        f"  . {shlex.quote(str(world.folder / ENVIRONMENT))}",
        'Add --outputs "$PROD_RECOVERY_OUTPUTS", or --outputs "$PROD_OUTPUTS", to each command. What needs the program or the',
        "search (2 to 5 of section 4, 1, 2 and 5 of section 5) is not here.",
        "  python -m tests.rehearsal --heal   the lost region answers again",
        "  python -m tests.rehearsal --seed   the database on standby follows: the next generation, before the way back",
        f"What the functions tell: {world.folder / 'functions.log'}. Ctrl-C ends everything.",
    ):
        _say(line)
    (world.folder / ENVIRONMENT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say("ready")


def _stands_in() -> list[str]:
    rows: list[tuple[Any, ...]] = [(what, how.format(major=max(MAJORS))) for what, how in STANDS_IN]
    return [f"  {line}" for line in columns(rows)]


def _say(line: str) -> None:
    print(line, flush=True)
