"""The committed stack files, with the defaults and services behind them, and a way to break one in a few places."""

import copy
import re
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from settings import SettingsError, StackSettings, parse
from settings.layers import layered
from settings.roles import ROLES

ROOT: Final = Path(__file__).parents[2]
STACKS: Final = tuple(sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml")))
OWN: Final[dict[str, dict[str, Any]]] = {
    stack: yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"] for stack in STACKS
}
"""What each committed stack file says."""


def _merged(stack: str) -> dict[str, Any]:
    own = OWN[stack]
    role, environment = own["dataconnect:role"], own["aws:defaultTags"]["tags"]["Environment"]
    layers = layered(
        own, stack=stack, model=ROLES[role], roles=tuple(ROLES.values()), environment=environment, recovery=role == "recovery"
    )
    return layers.values


CONFIG: Final[dict[str, dict[str, Any]]] = {stack: _merged(stack) for stack in STACKS}
"""The same with the defaults and the services' files: as if each stack file said everything itself."""


class _Removed:
    def __repr__(self) -> str:
        return "REMOVED"  # the same in every run: test ids are made of it


REMOVED: Final = _Removed()
T = TypeVar("T", bound=StackSettings)


def committed(stack: str, model: type[T]) -> T:
    """The settings of a committed stack file."""
    return accepted(stack, {}, model)


def accepted(stack: str, edits: dict[str, object], model: type[T]) -> T:
    """The settings of a committed stack file after `edits`."""
    settings = parse(edited(stack, edits), stack=stack)
    assert isinstance(settings, model)
    return settings


def dumped(content: Any, **how: Any) -> str:
    """The text of a file: times in quotes, as the house wants them, which YAML's own writer leaves out."""
    return re.sub(r"(?<=: )\d\d:\d\d$", r"'\g<0>'", yaml.safe_dump(content, **how), flags=re.MULTILINE)


def edited(stack: str, edits: dict[str, object]) -> dict[str, Any]:
    """The configuration of `stack` with values replaced.

    A key is written as in a message, e.g. `services.search.cpu`, without the namespace `dataconnect:`; `REMOVED` takes it away.
    """
    config = copy.deepcopy(CONFIG[stack])
    for key, value in edits.items():
        namespace, _, rest = key.rpartition(":")
        first, *parts = rest.replace("[", ".").replace("]", "").split(".")
        at: Any = config
        last: str | int = f"{namespace or 'dataconnect'}:{first}"
        if parts:
            config.setdefault(last, {})  # a section that no file has yet
        for part in parts:
            at, last = at[last], int(part) if part.isdecimal() else part
        if value is REMOVED:
            del at[last]
        else:
            at[last] = value
    return config


def refused(stack: str, edits: dict[str, object], secrets: frozenset[str] = frozenset()) -> list[str]:
    """The lines of the error that `edits` cause, without their common beginning."""
    try:
        parse(edited(stack, edits), stack=stack, secrets=secrets)
    except SettingsError as error:
        lines = str(error).splitlines()
        prefix = f"Pulumi.{stack}.yaml: "
        assert all(line.startswith(prefix) for line in lines)
        return [line.removeprefix(prefix) for line in lines]
    raise AssertionError(f"{edits} were accepted")
