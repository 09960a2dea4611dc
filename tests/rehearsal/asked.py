"""What `make rehearse` is asked for, and how a rehearsal that is held is told to go on: by a file in its folder."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

FACTOR: Final = 20.0
HELD_FACTOR: Final = 5.0
"""People read and decide in real time."""
MOST: Final = 40.0
"""Faster, and the time that a call takes here would be most of what is seen."""
ORDERS: Final = ("heal", "seed")
ENVIRONMENT: Final = "environment.sh"
"""Has the variables of a rehearsal that is held; it lies there as long as that is."""
ANSWER_SECONDS: Final = 60.0


class AskedError(Exception):
    """It can't be done; the message says why, and what would be right."""


def parsed(arguments: Sequence[str], description: str | None) -> argparse.Namespace:
    """`hold`, `heal`, `seed` (whether), and `factor` (times faster). Ends the program on what is wrong."""
    parser = argparse.ArgumentParser(prog="make rehearse", description=description)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--hold", action="store_true", help="lose the primary region, and wait until it is interrupted")
    one.add_argument("--heal", action="store_true", help="let the lost region of a held rehearsal answer again")
    one.add_argument(
        "--seed", action="store_true", help="let the database on standby follow the active one, as its next generation does"
    )
    parser.add_argument(
        "--factor",
        type=_factor,
        metavar="N",
        help=f"how many times faster time goes by, 1 to {MOST:g}; {FACTOR:g} by default, {HELD_FACTOR:g} with --hold",
    )
    told = parser.parse_args(arguments)
    told.factor = told.factor or (HELD_FACTOR if told.hold else FACTOR)
    return told


def _factor(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 1 <= found <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST:g}")
    return found


def refuse_second(folder: Path) -> None:
    """Two rehearsals would write into one folder.

    Raises:
        AskedError: one is held.
    """
    if (folder / ENVIRONMENT).exists():
        raise AskedError(f"a rehearsal is held already: end it first, or delete {folder / ENVIRONMENT} if none runs any more")


def order(folder: Path, name: str, *, seconds: float = ANSWER_SECONDS) -> None:
    """Have the rehearsal that is held do something, and wait for its answer.

    Raises:
        AskedError: none is held, it does not do it, or does not answer.
    """
    if not (folder / ENVIRONMENT).exists():
        raise AskedError(f"--{name}: no rehearsal is held; start one with `make rehearse HOLD=1`, and wait for the line ready")
    told = folder / f"{name}.told"
    told.unlink(missing_ok=True)
    (folder / name).touch()
    until = time.monotonic() + seconds
    while (folder / name).exists():
        if time.monotonic() > until:
            raise AskedError(f"--{name}: the rehearsal that is held does not answer: end it, and start another one")
        time.sleep(0.05)
    if why := told.read_text(encoding="utf-8"):
        raise AskedError(f"--{name}: {why}")


def obey(folder: Path, carry_out: Callable[[str], str]) -> str:
    """Do what is ordered, if anything is: `carry_out` says why not, or ""; what was done, or "" where nothing was."""
    for name in ORDERS:
        if (asked := folder / name).exists():
            why = carry_out(name)
            (folder / f"{name}.told").write_text(why, encoding="utf-8")
            asked.unlink()
            return f"{name}: {why or 'done'}"
    return ""
