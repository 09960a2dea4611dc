"""The outputs of a stack as Pulumi or a file tells them, and what is wrong with one of them."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from operations.errors import Code, OperationError

ROOT = Path(__file__).resolve().parent.parent


class Reader:
    """Outputs by path, with an error that names what is missing."""

    def __init__(self, outputs: object, source: str) -> None:
        self._outputs = outputs
        self._source = source

    def error(self, path: str, value: object, expected: str) -> OperationError:
        """The error of an output that is missing or not as `expected`."""
        said = "is missing" if value is None else f"is {_short(value)}"
        hint = "deploy the stack with this release first" if value is None else "is this the stack's own file?"
        return OperationError(f"{self._source}: output {path} {said}; expected {expected} ({hint})", Code.USAGE)

    def _get(self, *path: str) -> Any:
        found: Any = self._outputs
        for name in path:
            found = cast(Mapping[str, Any], found).get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        """A text of printable characters."""
        value = self._get(*path)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise self.error(".".join(path), value, "a text of printable characters")
        return value

    def place(self, service: str, expected: str, *path: str) -> tuple[str, str]:
        """Region and account of an ARN."""
        arn = self.text(*path)
        found = re.fullmatch(rf"arn:aws[a-z-]*:{service}:([a-z0-9-]+):([0-9]{{12}}):.+", arn)
        if not found:
            raise self.error(".".join(path), arn, expected)
        return found[1], found[2]

    def number(self, *path: str) -> int:
        """A whole number, 0 or more."""
        value = self._get(*path)
        # Pulumi prints numbers as floats.
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0 or value % 1:
            raise self.error(".".join(path), value, "a whole number, 0 or more")
        return int(value)

    def switch(self, *path: str) -> bool:
        """True or false."""
        value = self._get(*path)
        if not isinstance(value, bool):
            raise self.error(".".join(path), value, "true or false")
        return value

    def names(self, *path: str) -> list[str]:
        """The names in a mapping, in order."""
        value = self._get(*path)
        if not isinstance(value, Mapping):
            raise self.error(".".join(path), value, "a mapping by name")
        names = sorted(str(name) for name in cast(Mapping[str, Any], value))
        if wrong := [name for name in names if not name or not name.isprintable()]:
            raise self.error(".".join(path), wrong[0], "names of printable characters")
        return names

    def optional_names(self, *path: str) -> list[str]:
        """The same; none where there is no such output."""
        return [] if self._get(*path) is None else self.names(*path)

    def has(self, *path: str) -> bool:
        """Whether there is such an output."""
        return self._get(*path) is not None

    def text_by_name(self, path: str) -> dict[str, str]:
        """A mapping of texts."""
        return {name: self.text(path, name) for name in self.names(path)}

    def mapping(self, *path: str) -> dict[str, Any]:
        """A mapping of anything."""
        value = self._get(*path)
        if not isinstance(value, Mapping):
            raise self.error(".".join(path), value, "a mapping")
        return dict(cast(Mapping[str, Any], value))

    def buckets(self, what: str) -> tuple[str, ...]:
        """The buckets of the lake of whose class a switch is on."""
        return tuple(name for name in self.names("lakeBuckets") if self.switch("lakeClasses", name, what))

    def choice(self, known: Sequence[str], *path: str) -> str:
        """One of `known`."""
        value = self._get(*path)
        if value not in known:
            raise self.error(".".join(path), value, f"one of {', '.join(known)}")
        return cast(str, value)


def _short(value: object) -> str:
    """A value as an error tells it; of a long one, its first 200 characters."""
    return shown if len(shown := repr(value)) <= 200 else f"{shown[:200]}..."


def read_outputs(stack: str, outputs: Path | None) -> tuple[str, object, str]:
    """The last part of a stack's name (`prod` of `organization/dataconnect/prod`), its outputs, and where they are from."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}", stack) or stack.startswith("-"):
        raise OperationError(f"--stack is {stack!r}; expected the name of a stack, such as prod", Code.USAGE)
    name = stack.rpartition("/")[2]
    if outputs is None:
        return name, _from_pulumi(stack), f"stack {stack}"
    found = _from_file(outputs)
    _check_name(name, found.get("stack"), outputs)
    return name, found, str(outputs)


def _check_name(name: str, told: object, file: Path) -> None:
    """Refuse a file of another stack: its tenants would be entered, and looked for, in a cell that is not theirs."""
    if told is None:
        raise OperationError(
            f"{file}: output stack is missing, so that nobody knows whether these are outputs of {name}; deploy the stack with"
            f" this release first, then write them anew: pulumi stack output --json --stack {name} > {file}",
            Code.USAGE,
        )
    if told != name:
        raise OperationError(
            f"--stack is {name!r}, but --outputs {file} has the outputs of {_short(told)}; expected a stack and its own"
            " outputs",
            Code.USAGE,
        )


def _from_file(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        told = getattr(error, "strerror", None) or f"no JSON: {error}"
        raise _unreadable(file, told) from error
    if not isinstance(found, dict):
        raise _unreadable(file, f"a JSON {'list' if isinstance(found, list) else 'value'}, not a mapping")
    return cast(Mapping[str, object], found)


def _unreadable(file: Path, told: str) -> OperationError:
    return OperationError(f"--outputs {file}: {told}; expected what `pulumi stack output --json` prints", Code.USAGE)


def _from_pulumi(stack: str) -> object:
    command = ["pulumi", "stack", "output", "--json", "--stack", stack]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        # Whoever reads outputs goes on to ask AWS: those of the sandbox, which has no account, would help nobody.
        hint = (
            "install it, or give --outputs FILE; the command needs the stack's account, too: `make demo` shows it without one"
        )
        raise OperationError(f"there is no pulumi on the path; {hint}", Code.USAGE) from error
    if done.returncode:
        raise OperationError(f"pulumi does not tell the outputs of stack {stack}: {done.stderr.strip()}", Code.USAGE)
    try:
        return json.loads(done.stdout)
    except (ValueError, RecursionError) as error:
        raise OperationError(f"pulumi tells the outputs of stack {stack} as no JSON: {error}", Code.USAGE) from error
