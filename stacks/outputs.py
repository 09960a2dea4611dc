"""Outputs of a stack of this project, as its state has them: no AWS API is called."""

from typing import Any, cast

import pulumi


class StackOutputs:
    """The outputs of the stack `name`: another, which must have been deployed before, or this one, as it was left last."""

    def __init__(self, name: str) -> None:
        self.name = name
        organization, project = pulumi.get_organization(), pulumi.get_project()
        self._reference = pulumi.StackReference(name, stack_name=f"{organization}/{project}/{name}")

    def text(self, *path: str) -> pulumi.Output[str]:
        """One text among the outputs, by its name and, in nested ones, the names below.

        Raises:
            ValueError: when the stack has no such output, once its outputs are known.
        """
        return self._reference.outputs.apply(lambda outputs: find_text(self.name, outputs, path))

    def is_true(self, name: str) -> pulumi.Output[bool]:
        """Whether the output `name` is true; false where there is none."""
        return self._reference.outputs.apply(lambda outputs: outputs.get(name) is True)


def find_text(stack: str, outputs: Any, path: tuple[str, ...]) -> str:
    """The text at `path` among the outputs of `stack`; raises ValueError where there is none."""
    found = outputs
    for key in path:
        found = cast("dict[str, Any]", found).get(key) if isinstance(found, dict) else None
    if not isinstance(found, str):
        raise ValueError(f"stack {stack} has no output {'.'.join(path)} (found {found!r}); expected a text: deploy it first")
    return found
