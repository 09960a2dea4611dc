"""How tenants query the lake: where results go, with which engine, and how much one query may scan."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ..base.problems import between
from ..base.spec import LinkedSpec, PartName, Whole
from ..base.uses import LinkKind

# docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html: 10 MB or more; an end of our own
CUTOFF_GIB: Final = (1, 10_000)
GIB: Final = 1024**3


class QueryCatalogSpec(LinkedSpec):
    """The tables over the lake, and what every tenant's workgroup of Athena enforces."""

    link: ClassVar[LinkKind] = LinkKind("catalog", verbs=("query", "cap"))

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - there is one
        """Athena, and STS for the session of a tenant. Glue is called by Athena."""
        return ("athena", "sts")

    results: PartName = Field(
        default="queries",
        description="bucket of the lake that takes the results, perTenant and not replicated; queries by default",
    )
    curated: PartName = Field(
        default="curated", description="bucket of the lake whose files the tables are of; curated by default"
    )
    engine: Literal["Athena engine version 3"] = Field(
        default="Athena engine version 3",
        description="engine of every workgroup, pinned: Athena moves none by itself; Athena engine version 3 by default",
    )
    cutoff_gib: Annotated[Whole, between(*CUTOFF_GIB, "GiB")] = Field(
        default=50, description="GiB after which Athena cancels a query, 1 to 10,000; 50 by default"
    )

    @property
    def cutoff_bytes(self) -> int:
        """The same in bytes, as Athena takes it."""
        return self.cutoff_gib * GIB
