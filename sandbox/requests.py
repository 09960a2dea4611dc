"""What a command asks for; and what the sandbox refuses because it would be lost. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sandbox import stacks
from sandbox.places import SetupError

_WITH_VALUE = {
    *("-s", "--stack", "-C", "--cwd", "-v", "--verbose", "--color", "--config-file"),
    *("--memprofilerate", "--otel-traces", "--profiling", "--tracing"),
}
"""The engine's global flags that a value follows: it is no word of the command."""

_RUNS_THE_PROGRAM = {"preview", "pre", "up", "update", "u", "watch"}

_WRITES = {
    ("config", "set"): "",
    ("config", "set-all"): "",
    ("config", "rm"): "",
    ("config", "remove"): "",
    ("config", "rm-all"): "",
    ("config", "remove-all"): "",
    ("config", "refresh"): "",
    ("config", "cp"): "",
    ("config", "copy"): "",
    ("config", "env"): "",
    ("stack", "rename"): "rename the file",
    ("stack", "change-secrets-provider"): "",
    ("stack", "migrate"): "",
    ("new", ""): "a new stack is a new file, a new project a folder of its own",
    ("install", ""): "`make setup` installs what requirements.lock names",
    ("package", "add"): "",
}
"""Commands that write into a project or stack file, which is a copy here; what to do where that is not to edit the file."""


def words(arguments: list[str]) -> list[str]:
    """The command's words without its flags: `config`, `set`, ..."""
    found: list[str] = []
    previous = ""
    for word in arguments:
        if not word.startswith("-") and previous not in _WITH_VALUE:
            found.append(word)
        previous = word
    return found


def stack(arguments: list[str]) -> str:
    """The stack that the flags name; empty where none does."""
    named = [*_values(arguments, "-s"), *_values(arguments, "--stack")]
    return named[-1] if named else ""


def config_file(arguments: list[str]) -> str:
    """The file that the stack's configuration is read from in place of its own; empty where none is named."""
    return next(_values(arguments, "--config-file"), "")


def runs_on(arguments: list[str]) -> bool:
    """Whether the command reads a stack's file, and writes nothing into it."""
    asked = words(arguments)
    return bool(asked) and asked[0] in _RUNS_THE_PROGRAM | {"destroy", "down", "refresh"}


def _values(arguments: list[str], flag: str) -> Iterator[str]:
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before == flag:
            yield word
        elif word.startswith(f"{flag}="):
            yield word.partition("=")[2]


def check(arguments: list[str]) -> None:
    """See that a command on this project does what it says.

    Raises:
        SetupError: it would write into a copy and be lost, or read a stack that is not deployed; the message says what to do.
    """
    asked = words(arguments)
    if not {"-h", "--help"} & set(arguments):
        _refuse_lost_writes(asked, arguments)
    if asked and asked[0] in _RUNS_THE_PROGRAM:
        _need_upstreams(stack(arguments), config_file(arguments))


def _refuse_lost_writes(asked: list[str], arguments: list[str]) -> None:
    command, below = (*asked, "", "")[:2]
    if any(word.partition("=")[0] == "--config-file" for word in arguments):
        return  # The engine writes into that file, which is no copy.
    if command == "stack" and below in {"init", "new"}:
        name = (*asked[2:], stack(arguments))[0]
        if name and name not in stacks.names():
            raise SetupError(
                f"there is no Pulumi.{name}.yaml: write it first (docs/changing.md); the stacks are {', '.join(stacks.names())}"
            )
    key = next((each for each in ((command, below), (command, "")) if each in _WRITES), None)
    if key is None:
        return
    name = stack(arguments)
    file = f"Pulumi.{name}.yaml" if name else "the stack's file, Pulumi.<stack>.yaml,"
    remedy = _WRITES[key] or f"edit {file} itself"
    raise SetupError(
        f"`{' '.join(filter(None, key))}` would be lost: the sandbox works on copies of the project's files; {remedy}"
    )


def _need_upstreams(name: str, file: str) -> None:
    if name not in stacks.names() and not Path(file).is_file():
        return
    for upstream in stacks.upstreams_in(Path(file).read_text(encoding="utf-8")) if file else stacks.upstreams(name):
        if not stacks.is_deployed(upstream):
            reads = f"{name} reads the outputs of {upstream}, and {upstream} is not deployed in this sandbox"
            raise SetupError(f"{reads}: make up STACK={upstream}")
