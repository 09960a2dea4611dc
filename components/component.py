"""What every component shares: its identity in the Pulumi tree, its tags, and the error its arguments raise."""

from collections.abc import Mapping

import pulumi


class InvalidArgumentError(ValueError):
    """An argument that AWS or this component would refuse, found before any resource exists.

    The message names the argument, the value given and what would be right.
    """

    def __init__(self, arguments: object, field: str, value: object, expected: str) -> None:
        super().__init__(f"{type(arguments).__name__}.{field} is {value!r}; expected {expected}")
        self.field = field
        self.value = value
        self.expected = expected


class Component(pulumi.ComponentResource):
    """Base of the house's components.

    The type token is `dataconnect:index:<ClassName>`; renaming a class therefore needs an alias. Children are named
    `<component name>-<what they are>` and get their options from `child`.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"dataconnect:index:{type(self).__name__}", name, {}, opts)
        self.name = name

    def child(
        self,
        *,
        protect: bool | None = None,
        depends_on: pulumi.Input[list[pulumi.Resource]] | None = None,
        ignore_changes: list[str] | None = None,
        delete_before_replace: bool | None = None,
    ) -> pulumi.ResourceOptions:
        """Options for a child of this component: parented here, everything else off unless asked for."""
        return pulumi.ResourceOptions(
            parent=self,
            protect=protect,
            depends_on=depends_on,
            ignore_changes=ignore_changes,
            delete_before_replace=delete_before_replace,
        )


def tags(name: str, *, data_classification: str | None = None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tags of one resource on top of the stack's default tags.

    `Name` shows in the AWS console. `data_classification` (public, internal, confidential or restricted) is set where a
    component holds data more sensitive than the stack's default.
    """
    classification = {"DataClassification": data_classification} if data_classification else {}
    return {"Name": name, **classification, **(extra or {})}
