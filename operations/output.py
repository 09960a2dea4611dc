"""What a command prints: its result on the standard output, as text or JSON; progress and errors on the error stream."""

import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from operations.aws import explained
from operations.errors import Code, OperationError
from operations.steps import Step


class Output:
    """Where a command prints, and how."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json

    def progress(self, number: int, count: int, step: Step, outcome: str) -> None:
        """One line for a step."""
        print(f"[{number}/{count}] {outcome:11} {step.name}: {step.says}", file=sys.stderr, flush=True)

    def result(self, value: Mapping[str, Any], lines: Sequence[str]) -> None:
        """The result: `value` for programs, `lines` for people."""
        print(json.dumps(value, indent=2) if self._json else "\n".join(lines), flush=True)

    @contextmanager
    def ending(self) -> Generator[None]:
        """End the program with the code that an error has, and the error in one line."""
        try:
            with explained():
                yield
        except OperationError as error:
            if self._json:
                print(json.dumps({"error": str(error), "code": int(error.code), "kind": error.code.name.lower()}))
            print(f"dataconnect: {error}", file=sys.stderr)
            raise typer.Exit(int(error.code)) from error
        except KeyboardInterrupt as error:
            print("dataconnect: interrupted; the same command goes on from there", file=sys.stderr)
            raise typer.Exit(int(Code.INTERRUPTED)) from error


def columns(rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows in columns; the first is the heading."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in texts) for index in range(len(texts[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]
