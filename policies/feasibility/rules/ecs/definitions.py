"""The containers of a task definition, read from the JSON text in `containerDefinitions`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from policies.feasibility.engine.shapes import parsed
from policies.kit.resource import Resource
from policies.kit.rows import Block, BlockCheck, row
from policies.kit.rule import Answers, Check, Finding
from policies.kit.values import Value, as_list, read

_KEPT: Final = ("options", "dockerLabels")
"""Maps whose keys are the writer's own."""


@dataclass(frozen=True)
class Container:
    """One container definition; its keys start with a small letter, however they were written."""

    name: str
    fields: Block

    def get(self, path: str) -> Value:
        """The value at a dotted path."""
        return read(self.fields, path)

    def blocks(self, path: str) -> list[Block]:
        """The objects of a list."""
        return [cast(Block, block) for block in as_list(self.get(path)) if isinstance(block, Mapping)]

    def finding(self, path: str, expected: str, *, value: Value = None, answer: str = "") -> Finding:
        """A finding on a property of this container; its value, unless another one is told, is what stands there."""
        found = self.get(path) if value is None else value
        return Finding(
            f"containerDefinitions[{self.name}].{path}", found, expected, detail=f"{self.name} {path}", answer=answer
        )


def containers(task: Resource, path: str = "containerDefinitions") -> list[Container]:
    """The containers of a task definition; none where the text is no list of objects.

    Raises:
        UnknownValueError: if the text is known only after deployment.
    """
    try:
        value = parsed(task.get(path))
    except ValueError:
        return []
    found = [_uncapitalised(block) for block in as_list(value) if isinstance(block, Mapping)]
    return [Container(str(block.get("name") or index), block) for index, block in enumerate(found)]


@row
def each_container(*checks: BlockCheck, path: str = "containerDefinitions") -> Check:
    """The checks on every container of a task definition; their findings are of the container by its name."""

    def check(task: Resource) -> Answers:
        for container in containers(task, path):
            for part in checks:
                for found in part("", container.fields):
                    if isinstance(found, Finding):
                        where, told = f"{path}[{container.name}].{found.path}", f"{container.name} {found.path}"
                        yield replace(found, path=where, detail=told)

    return check


def _uncapitalised(value: Value) -> Value:
    if isinstance(value, list):
        return [_uncapitalised(element) for element in cast(list[Value], value)]
    if not isinstance(value, Mapping):
        return value
    named = {f"{key[:1].lower()}{key[1:]}": inner for key, inner in cast(Block, value).items()}
    return {key: inner if key in _KEPT else _uncapitalised(inner) for key, inner in named.items()}
