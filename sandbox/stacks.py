"""The stacks of this project: which there are, what they read of one another, what is deployed here. Standard library only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

from sandbox.places import CLONE, SetupError, state_file

PROJECT = "dataconnect"


def names(clone: Path = CLONE) -> list[str]:
    """The stacks that have a file."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in clone.glob("Pulumi.*.yaml"))


def upstreams(stack: str, clone: Path = CLONE) -> list[str]:
    """The stacks whose outputs this one reads, in the order in which they must be deployed."""
    return upstreams_in(Path(clone, f"Pulumi.{stack}.yaml").read_text())


def upstreams_in(text: str) -> list[str]:
    """The same of a stack file's text."""
    patterns = [rf"^\s+{PROJECT}:{key}:\s*['\"]?([\w.-]+)" for key in ("primaryStack", "recoveryStack")]
    patterns.append(rf"^\s+{PROJECT}:environment:[ ]*(?:\{{.*?|\n(?:\s+.*\n)*?\s+)\bof:\s*['\"]?([\w.-]+)")
    found = [name for pattern in patterns for name in re.findall(pattern, text, re.MULTILINE)]
    # Region -> stack, in braces or a line each.
    platforms = re.search(rf"^\s+{PROJECT}:platforms:(?:[ ]*\{{(.*)\}}|\n((?:    +.*\n)*))", text, re.MULTILINE)
    return [*found, *re.findall(r":\s*['\"]?([\w.-]+)", "".join(filter(None, platforms.groups())) if platforms else "")]


def is_deployed(stack: str) -> bool:
    """Whether a deployment of `stack` came to its end in this sandbox: its outputs are there to be read.

    Raises:
        SetupError: its state cannot be read.
    """
    resources = cast("list[dict[str, Any]]", (state(PROJECT, stack).get("latest") or {}).get("resources") or [])
    return any(resource.get("type") == "pulumi:pulumi:Stack" and resource.get("outputs") for resource in resources)


def state(project: str, stack: str) -> dict[str, Any]:
    """The checkpoint of a stack; empty where it has none.

    Raises:
        SetupError: the file is damaged; the message says how to go on.
    """
    file = state_file(project, stack)
    try:
        return cast("dict[str, Any]", json.loads(file.read_text())["checkpoint"])
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise SetupError(
            f"the state of {stack} in this sandbox is damaged: delete {file}, and the stack is as if never deployed "
            "(here nothing real is behind it)"
        ) from None
