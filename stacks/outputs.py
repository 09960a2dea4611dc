"""Outputs of another stack of this project, read from its state: no AWS API is called."""

from typing import Any, cast

import pulumi

from components.base.errors import ComponentError


class StackOutputs:
    """The outputs of the stack `name`, which must have been deployed before."""

    def __init__(self, name: str) -> None:
        self.name = name
        organization, project = pulumi.get_organization(), pulumi.get_project()
        self._reference = pulumi.StackReference(name, stack_name=f"{organization}/{project}/{name}")

    def text(self, *path: str) -> pulumi.Output[str]:
        """One text among the outputs, by its name and, in nested ones, the names below.

        Raises:
            ComponentError: when the stack has no such output, once its outputs are known.
        """
        return self._reference.outputs.apply(lambda outputs: find_text(self.name, outputs, path))


def find_text(stack: str, outputs: Any, path: tuple[str, ...]) -> str:
    """The text at `path` among the outputs of `stack`; raises ComponentError where there is none."""
    found = outputs
    for key in path:
        found = cast("dict[str, Any]", found).get(key) if isinstance(found, dict) else None
    if not isinstance(found, str):
        output = f"output {'.'.join(path)} (found {found!r})"
        raise ComponentError(f"stack {stack} has no {output}; expected a text: deploy it first")
    return found
