"""What each role of stack is made of."""

from collections.abc import Mapping
from typing import Final

import pulumi

from components.base.errors import InvalidArgumentError
from components.security.boundary import bound_roles
from settings import AccountSettings, PrimarySettings, RecoverySettings, Settings, SettingsError

# What only a component can count, with the settings it grows with.
_GROWS_WITH: Final = {
    "DashboardArgs.rows": (
        "dataconnect:services, dataconnect:tables, dataconnect:queues, dataconnect:lake.buckets and dataconnect:objectives"
    ),
    "ErrorSearchArgs.logs": "dataconnect:services and dataconnect:functions",
}


def compose(settings: Settings) -> Mapping[str, pulumi.Input[object]]:
    """Declare everything of the stack these settings describe and return its outputs.

    Raises:
        SettingsError: A component refuses what the settings make of it; what it counts is told with the keys it grows with.
    """
    try:
        # Which stack a file of outputs is of: `dataconnect` compares it with --stack.
        return {"stack": pulumi.get_stack(), **_composed(settings)}
    except InvalidArgumentError as error:
        grows = next((keys for argument, keys in _GROWS_WITH.items() if str(error).startswith(argument)), None)
        because = f"; it grows with {grows}" if grows else ""
        raise SettingsError(f"Pulumi.{pulumi.get_stack()}.yaml: {error}{because}") from error


def _composed(settings: Settings) -> Mapping[str, pulumi.Input[object]]:
    bound_roles(settings.permissions_boundary)
    # One role's module only: importing pulumi_aws services is most of a small preview's time.
    match settings:
        case PrimarySettings(on_demand=spec) if spec is not None:
            from stacks import on_demand

            return on_demand.compose(settings, spec)
        case PrimarySettings():
            from stacks import primary

            return primary.compose(settings)
        case RecoverySettings():
            from stacks import recovery

            return recovery.compose(settings)
        case AccountSettings():
            from stacks import account

            return account.compose(settings)
        case _:
            from stacks import replication

            return replication.compose(settings)
