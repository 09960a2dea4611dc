"""What every component shares: its identity in the Pulumi tree, and its tags."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pulumi

from .recovery import RECOVERY_TAG, Recovery

_TYPE: Final = "dataconnect:index:"


class Component(pulumi.ComponentResource):
    """Base of the house's components.

    The type token is `dataconnect:index:<ClassName>`. A class that is renamed keeps its old name in `former_names`, so that
    what is deployed is found again. Children are named `<component name>-<what they are>` and get their options from `child`.
    What `told` holds is kept in the stack's state as the component's inputs, for whoever reads a preview or a state.
    """

    former_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, told: Mapping[str, Any] | None = None) -> None:
        aliases = [pulumi.Alias(type_=f"{_TYPE}{former}") for former in self.former_names]
        own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases)) if aliases else opts
        super().__init__(f"{_TYPE}{type(self).__name__}", name, {**(told or {})}, own)
        self.name = name

    def child(
        self,
        *,
        protect: bool | None = None,
        depends_on: pulumi.Input[list[pulumi.Resource]] | None = None,
        ignore_changes: list[str] | None = None,
        delete_before_replace: bool | None = None,
        import_: str | None = None,
    ) -> pulumi.ResourceOptions:
        """Options for a child of this component: parented here, everything else off unless asked for.

        `import_` is the id of what is in AWS already, and is taken over in place of creating another.
        """
        return pulumi.ResourceOptions(
            parent=self,
            protect=protect,
            depends_on=depends_on,
            ignore_changes=ignore_changes,
            delete_before_replace=delete_before_replace,
            import_=import_,
        )


def tags(
    name: str,
    *,
    data_classification: str | None = None,
    recovery: Recovery | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Tags of one resource on top of the stack's default tags.

    `Name` shows in the AWS console. `data_classification` (public, internal, confidential or restricted) is set where a
    component holds data more sensitive than the stack's default, and `recovery` where it holds data at all: what becomes of
    that when the region is lost.
    """
    classification = {"DataClassification": data_classification} if data_classification else {}
    recovers = {RECOVERY_TAG: recovery} if recovery else {}
    return {"Name": name, **classification, **recovers, **(extra or {})}
