"""What a tenant has of its own, on request."""

from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from ..base import limits
from ..base.problems import between, checked, matching
from ..base.spec import Spec, Whole
from ..base.tenants import ID
from . import database_checks
from .database_spec import MOST_AT_START, STORAGE_GIB, Generation, PostgresSpec

P = TypeVar("P", bound=PostgresSpec)

MOST: Final = int(limits.DB_INSTANCES_PER_REGION * 0.7) - 1
"""Silos of a stack: a database each and the one that tenants share are 70 % of what RDS gives a region. RDS gives it 50 groups
of parameters and of subnets, more than these take; and 20 event subscriptions, of which silos have none."""

TenantId = Annotated[str, matching(ID, "a tenant's id, as `dataconnect tenant show` tells it: t and 15 of a-z and 2-7")]
Slug = Annotated[
    str, matching(r"[a-z][a-z0-9-]{1,38}", "the tenant's slug: 2 to 39 lower-case letters, digits and -, a letter first")
]


class SiloSpec(Spec):
    """A key, buckets and a database that are one tenant's own; what is not said here is as what tenants share."""

    slug: Slug = Field(description="the tenant's slug, for people; `dataconnect` refuses another than the registry's")
    instance_class: Annotated[str, checked(database_checks.instance_class)] | None = Field(
        default=None, description="RDS class of its database; that of the stack's own by default"
    )
    storage_gib: Annotated[Whole, between(STORAGE_GIB[0], MOST_AT_START, "GiB")] | None = Field(
        default=None, description="gp3 storage of its database at the start, GiB; that of the stack's own by default"
    )
    max_storage_gib: Annotated[Whole, between(*STORAGE_GIB, "GiB")] | None = Field(
        default=None, description="ceiling of its storage autoscaling, GiB; that of the stack's own by default"
    )
    first_generation: Generation = Field(
        default=1, description="generation of the stack's database when the entry was made: it has no earlier one; 1 by default"
    )
    protect: bool = Field(
        default=True,
        description="refuse to delete or replace what it holds, where the stack does; true by default, false to let a removed "
        "tenant's go",
    )

    def of(self, shared: P) -> P:
        """The spec of its database: `shared` with what it says otherwise.

        Raises:
            InvalidArgumentError: where the two together are no database that RDS makes.
        """
        told: dict[str, Any] = {name: getattr(shared, name) for name in type(shared).model_fields}
        own: dict[str, Any] = {name: getattr(self, name) for name in ("instance_class", "storage_gib", "max_storage_gib")}
        own["kept"] = tuple(each for each in shared.kept if each >= self.first_generation)
        return type(shared)(**{**told, **{name: value for name, value in own.items() if value is not None}})
