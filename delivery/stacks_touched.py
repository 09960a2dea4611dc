"""Names the stacks that a change touches: changed paths in (each ended by a NUL byte), a JSON list of stack names out."""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

STACK_FILE = re.compile(r"Pulumi\.([A-Za-z0-9_-]+)\.yaml")

# What no preview reads. A path that is not listed touches every stack: a new folder is previewed until someone says why not.
WITHOUT_EFFECT = (".ci/", "docs/", "examples/", "operations/", "sandbox/", "tests/", ".gitignore", "Jenkinsfile", "Makefile")


def stacks(root: Path) -> list[str]:
    """Return the names of the stacks that have a file in `root`, sorted, which is also the order in which they are deployed."""
    return sorted(match[1] for file in root.iterdir() if (match := STACK_FILE.fullmatch(file.name)))


def stacks_touched(changed: Iterable[str], existing: Iterable[str]) -> list[str]:
    """Return those of the `existing` stacks whose preview the `changed` paths can change, in the order given.

    A rename is two paths, the old and the new. A stack whose file is gone has nothing left to preview.
    """
    everything = list(existing)
    named: set[str] = set()
    for path in changed:
        if match := STACK_FILE.fullmatch(path):
            named.add(match[1])
        elif not (path.startswith(WITHOUT_EFFECT) or path.endswith(".md")):
            return everything
    return [stack for stack in everything if stack in named]


if __name__ == "__main__":
    print(json.dumps(stacks_touched(sys.stdin.read().split("\0")[:-1], stacks(Path.cwd()))))
