"""What stands for the secrets of a stack file, whose key is in AWS: what the specs give as an example.

    python -m sandbox.stand_ins < Pulumi.prod.yaml

answers a JSON list of where each encrypted value stands in the text and what stands for it. Run by the sandbox in the clone's
environment.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any, cast

import yaml
from pydantic import BaseModel

from components.base.problems import Path, example
from settings.roles import ROLES

ANYTHING = "sandbox"
"""Stands for a secret that no spec has an example of."""


def stand_ins(text: str) -> list[dict[str, Any]]:
    """`key`, `start`, `end` (characters of `text`), `value` and `known` of each encrypted value; `known`: a spec gave it."""
    node = cast("yaml.Node | None", yaml.compose(text, Loader=yaml.SafeLoader))
    config = dict(_entries(node)).get("config")
    role = dict(_entries(config)).get("dataconnect:role")
    model = ROLES.get(str(role.value)) if isinstance(role, yaml.ScalarNode) else None
    return [_stand_in(path, value, model) for path, value in _encrypted(config, ())]


def _stand_in(path: Path, value: yaml.ScalarNode, model: type[BaseModel] | None) -> dict[str, Any]:
    found = example(model, path) if model else None
    return {
        "key": ".".join(map(str, path)),
        "start": value.start_mark.index,
        "end": value.end_mark.index,
        "value": ANYTHING if found is None else found if isinstance(found, str) else json.dumps(found),
        "known": found is not None,
    }


def _encrypted(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    below = list(_entries(node))
    if len(below) == 1 and below[0][0] == "secure" and isinstance(below[0][1], yaml.ScalarNode):
        yield path, below[0][1]
        return
    for key, value in below:
        yield from _encrypted(value, (*path, key))


def _entries(node: yaml.Node | None) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            yield str(key.value), value
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(cast("list[yaml.Node]", node.value))


if __name__ == "__main__":
    try:
        found = stand_ins(sys.stdin.read())
    except yaml.YAMLError:
        found = []  # The engine says what is wrong with the file.
    print(json.dumps(found))
