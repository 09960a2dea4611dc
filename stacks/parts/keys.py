"""The customer managed keys of a stack, one per data class."""

from typing import get_args

import pulumi

from components.base.here import Place
from components.security.key import DataClass, Key, KeyArgs
from settings import PlatformSettings, PrimarySettings


def data_classes(settings: PlatformSettings) -> tuple[DataClass, ...]:
    """The classes that a stack has data of: a key costs as much where it encrypts nothing.

    The key of a tenant is its silo's, that of a share the share's, and none of the stack's.
    """
    domains = settings.search or (settings.logs and settings.logs.search)
    # What an environment on demand has of the stack that it stands beside.
    own = not (isinstance(settings, PrimarySettings) and settings.on_demand)
    there = {
        "volumes": settings.fleets,
        "cache": settings.cache,
        "search": domains,
        "tenant": None,
        "share": None,
        "audit": None,
    }
    there |= {"alerts": own, "database": own, "backups": own}
    return tuple(name for name in get_args(DataClass) if there.get(name, True))


def declare_keys(settings: PrimarySettings, place: Place) -> dict[DataClass, Key]:
    """Declare a key for each data class, with its replica where there is a recovery region."""
    return {
        data_class: declare_key(settings, place, data_class, replica_region=settings.recovery_region)
        for data_class in data_classes(settings)
    }


def declare_key(
    settings: PrimarySettings, place: Place, data_class: DataClass, *, prefix: str = "", replica_region: str | None = None
) -> Key:
    """Declare the key of a data class in `place`; `prefix` tells a second one from the first, e.g. `dns-`."""
    owner = pulumi.get_stack() if settings.on_demand else settings.environment
    return Key(
        f"{prefix}{data_class}-key",
        KeyArgs(
            here=place,
            data_class=data_class,
            alias=f"alias/dataconnect/{owner}/{prefix}{data_class}",
            administrators=settings.key_administrators,
            replica_region=replica_region,
        ),
    )
