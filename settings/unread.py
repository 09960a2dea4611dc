"""Files that look like settings and that nobody reads: all that they say would pass in silence."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from components.base import checks
from components.base.problems import shown_key
from settings import layers
from settings.environments import ENVIRONMENTS

_PROJECT_FILES: Final = ("pulumi.yaml", "pulumi.yml", "pulumi.json")
_SUFFIX: Final = re.compile(r"\.(ya?ml|json)$", re.IGNORECASE)


def unread() -> Iterator[str]:
    """A line for each file that stands among those which are read, and is not; hidden ones and editors' copies may."""
    for file in _seen(Path()):
        if file.name.lower().startswith("pulumi.") and (expected := _stack_file(file.name)):
            yield f"{shown_key(file.name)}: is read by nobody; {expected}"
    names = [f"{name}.yaml" for name in ("all", *ENVIRONMENTS)]
    for file in _seen(layers.DEFAULTS):
        if file.name not in names:
            yield f"{shown_key(str(file))}: is read by nobody; expected one of {', '.join(names)}"
    for file in _seen(layers.SERVICES):
        if file.suffix != ".yaml" or (layers.ROOT / file).is_dir() or checks.service_name(file.stem):
            name = checks.service_name(file.stem)
            advice = f"<service>.yaml, the name of {name}" if name else f"{layers.SERVICES / file.stem}.yaml"
            yield f"{shown_key(str(file))}: is read by nobody; expected {advice}"


def unlisted(services: Collection[str]) -> Iterator[str]:
    """A line for each service's file whose service is none of `services`, those that some stack names."""
    for file in _seen(layers.SERVICES):
        if file.stem not in services:
            advice = f"expected `{file.stem}: {{}}` below {layers.NAMESPACE}services of the stacks that run it, or no such file"
            yield f"{file}: is read by nobody, as no stack names the service; {advice}"


def _seen(folder: Path) -> list[Path]:
    """What is in a folder of the project, each from the project's own."""
    found = sorted((layers.ROOT / folder).iterdir()) if (layers.ROOT / folder).is_dir() else []
    return [folder / each.name for each in found if not each.name.startswith(".") and not each.name.endswith("~")]


def _stack_file(name: str) -> str | None:
    """What would be right in place of `name` in the project's folder, or None if it is the project's file or a stack's."""
    stack = _SUFFIX.sub("", name).partition(".")[2].lower()
    if name.lower() in _PROJECT_FILES:
        right = "Pulumi.yaml"
    elif re.fullmatch(layers.STACK_NAME, stack):
        right = f"Pulumi.{stack}.yaml"
    else:
        return f"expected Pulumi.<stack>.yaml, the stack's name of {layers.STACK_NAMES}"
    return None if name == right else f"expected {right}"
