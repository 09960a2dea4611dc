"""What each role of stack is made of."""

from collections.abc import Mapping

import pulumi

from components.security.boundary import bound_roles
from settings import PrimarySettings, RecoverySettings, Settings


def compose(settings: Settings) -> Mapping[str, pulumi.Input[object]]:
    """Declare everything of the stack these settings describe and return its outputs."""
    bound_roles(settings.permissions_boundary)
    # One role's module only: importing pulumi_aws services is most of a small preview's time.
    match settings:
        case PrimarySettings():
            from stacks import primary

            return primary.compose(settings)
        case RecoverySettings():
            from stacks import recovery

            return recovery.compose(settings)
        case _:
            from stacks import replication

            return replication.compose(settings)
