"""Outputs of a stack of this project, as its state has them: no AWS API is called."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi.output import UNKNOWN

from components.base.errors import ComponentError


class StackOutputs:
    """The outputs of the stack `name`: another, which must have been deployed before, or this one, as it was left last."""

    def __init__(self, name: str) -> None:
        self.name = name
        organization, project = pulumi.get_organization(), pulumi.get_project()
        self._reference = pulumi.StackReference(name, stack_name=f"{organization}/{project}/{name}")

    def text(self, *path: str) -> pulumi.Output[str]:
        """One text among the outputs, by its name and, in nested ones, the names below.

        An output that the stack does not have yet, because the same change brings it, is unknown in a preview, with a warning.

        Raises:
            ComponentError: in an `up`, when the stack has no such output; always, when it has something else there.
        """
        return self._reference.outputs.apply(lambda outputs: self._text(outputs, path))

    def all(self) -> pulumi.Output[Mapping[str, Any]]:
        """All outputs; none of a stack that was never deployed."""
        return self._reference.outputs.apply(lambda outputs: cast("Mapping[str, Any]", outputs or {}))

    def is_true(self, name: str) -> pulumi.Output[bool]:
        """Whether the output `name` is true; false where there is none."""
        return self._reference.outputs.apply(lambda outputs: outputs.get(name) is True)

    def _text(self, outputs: Any, path: tuple[str, ...]) -> str:
        try:
            return find_text(self.name, outputs, path)
        except MissingOutputError as error:
            if not pulumi.runtime.is_dry_run():
                raise
            pulumi.log.warn(f"{error}. It is unknown in this preview.")
            return cast("str", UNKNOWN)


class MissingOutputError(ComponentError):
    """A stack lacks an output that another one reads."""


def find_text(stack: str, outputs: Any, path: tuple[str, ...]) -> str:
    """The text at `path` among the outputs of `stack`.

    Raises:
        MissingOutputError: where there is nothing.
        ComponentError: where there is something else.
    """
    found = outputs
    for key in path:
        found = cast("dict[str, Any]", found).get(key) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found
    says = f"stack {stack} has no output {'.'.join(path)} (found {found!r}); expected a text: deploy it first"
    raise MissingOutputError(says) if found is None else ComponentError(says)
