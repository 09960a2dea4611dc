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
    """Where a command prints, and how. As JSON it prints one document, whatever becomes of it.

    Attributes:
        again: What whoever interrupts the command may do then.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.again = "the same command goes on from there"
        self._json = as_json
        self._value: Mapping[str, Any] = {}

    def progress(self, number: int, count: int, step: Step, outcome: str) -> None:
        """One line for a step."""
        print(printable(f"[{number}/{count}] {outcome:11} {step.name}: {step.says}"), file=sys.stderr, flush=True)

    def result(self, value: Mapping[str, Any], lines: Sequence[str]) -> None:
        """The result so far: `value` for programs, once the command has ended; `lines` for people, at once."""
        self._value = value
        if lines and not self._json:
            print("\n".join(map(printable, lines)), flush=True)

    @contextmanager
    def ending(self) -> Generator[None]:
        """End the program with the code that an error has, and the error in one line; as JSON beside the result."""
        try:
            with explained():
                yield
        except OperationError as error:
            raise self._failed(str(error), error.code) from error
        except KeyboardInterrupt as error:
            raise self._failed(f"interrupted; {self.again}", Code.INTERRUPTED) from error
        if self._json:
            print(json.dumps(self._value, indent=2), flush=True)

    def _failed(self, message: str, code: Code) -> typer.Exit:
        if self._json:
            print(json.dumps({**self._value, **error_as_json(message, code)}, indent=2), flush=True)
        print(f"dataconnect: {printable(message)}", file=sys.stderr)
        return typer.Exit(int(code))


def printable(text: str) -> str:
    """A text in which nothing moves a terminal's cursor or turns its direction: such characters stand as their escapes."""
    return "".join(each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode() for each in text)


def error_as_json(message: str, code: Code) -> dict[str, Any]:
    """An error for programs."""
    return {"error": message, "code": int(code), "kind": code.name.lower()}


def columns(rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows in columns; the first is the heading."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in texts) for index in range(len(texts[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]
