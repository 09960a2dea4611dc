"""What a search domain is to be: its nodes, where they stand, and how many tenants they have room for."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, checked, fail_on, matching
from ..base.spec import LinkedSpec, Spec, Whole, context
from ..base.uses import LinkKind

MEMORY_GIB: Final[Mapping[str, int]] = {
    "t3.small.search": 2,
    "t3.medium.search": 4,
    "m7g.medium.search": 4,
    "m7g.large.search": 8,
    "m7g.xlarge.search": 16,
    "m7g.2xlarge.search": 32,
    "r7g.large.search": 16,
    "r7g.xlarge.search": 32,
    "r7g.2xlarge.search": 64,
    "r7g.4xlarge.search": 128,
}
"""Types of nodes that a domain may have -> memory:
docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html"""
VOLUME_GIB: Final[Mapping[str, int]] = {
    "t3.small.search": 100,
    "t3.medium.search": 200,
    # Not in the table that could be read: less than half of the next larger one's.
    "m7g.medium.search": 400,
    "m7g.large.search": 1024,
    "m7g.xlarge.search": 2048,
    "m7g.2xlarge.search": 3072,
    "r7g.large.search": 2048,
    "r7g.xlarge.search": 3072,
    "r7g.2xlarge.search": 6144,
    "r7g.4xlarge.search": 12_288,
}
"""Types of nodes -> the largest gp3 volume of one: docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html, of
2023, whose m6g and r6g of the same size these are."""
LEAST_VOLUME_GIB: Final = 10
# docs.aws.amazon.com/wellarchitected/latest/amazon-opensearch-service-lens/aosperf01-bp03.html: half of a node's memory is the
# heap, 32 GiB at the most, and a GiB of it bears 25 shards: 800 on a node at the most. What the server itself refuses is more
# (`cluster.max_shards_per_node`): docs/decisions/search.md.
MOST_HEAP_GIB: Final = 32
SHARDS_PER_HEAP_GIB: Final = 25
MASTERS: Final = 3
ENGINES: Final = ("3.3",)
"""Releases that a domain may run. From 3.3 on AWS reads an identity provider's keys where it publishes them."""


def _node_type(text: str) -> str | None:
    return None if text in MEMORY_GIB else f"one of {', '.join(MEMORY_GIB)}: of another, memory and volume are not known here"


NodeType = Annotated[str, checked(_node_type)]


def shards_of_node(node_type: str) -> int:
    """How many shards a node bears."""
    return int(min(MEMORY_GIB[node_type] / 2, MOST_HEAP_GIB) * SHARDS_PER_HEAP_GIB)


class NodesSpec(Spec):
    """The nodes of an OpenSearch domain, and where they stand."""

    engine_version: Annotated[str, matching("|".join(ENGINES).replace(".", r"\."), f"one of {', '.join(ENGINES)}")] = Field(
        default=ENGINES[0], description=f"OpenSearch, in quotes: {', '.join(ENGINES)}, the default; AWS keeps the patch current"
    )
    node_type: NodeType = Field(description="type of the data nodes, e.g. r7g.large.search; another replaces all nodes")
    nodes: Annotated[Whole, between(1, 80)] = Field(description="data nodes; a multiple of zones")
    zones: Annotated[Whole, between(1, 3)] = Field(
        validate_default=True, description="zones that they stand in, no more than the network's; prod must have 2 or 3"
    )
    volume_gib: Whole = Field(
        description="gp3 volume of each data node, GiB; 10 to what its type has, e.g. 2048 of r7g.large.search"
    )
    master_type: NodeType | None = Field(
        default=None,
        validate_default=True,
        description="type of three dedicated master nodes; none by default, prod must have them",
    )
    off_peak_hour: Annotated[Whole, between(0, 23)] = Field(
        default=7, description="hour, UTC, from which AWS changes nodes by itself for ten hours; 7 by default"
    )

    @field_validator("zones")
    @classmethod
    def _spread(cls, zones: int, info: ValidationInfo) -> int:
        if zones == 1 and context(info).environment == "prod":
            fail_on([Problem(value=zones, expected="2 or 3: prod must survive the loss of a zone")])
        nodes = info.data.get("nodes")
        if nodes and nodes % zones:
            fail_on([Problem(value=zones, expected=f"a divisor of nodes ({nodes}): a zone with fewer would bear more")])
        return zones

    @field_validator("volume_gib")
    @classmethod
    def _borne(cls, gib: int, info: ValidationInfo) -> int:
        kind = info.data.get("node_type")
        most = VOLUME_GIB[kind] if kind else max(VOLUME_GIB.values())
        if not LEAST_VOLUME_GIB <= gib <= most:
            of = f" with {kind}" if kind else ""
            fail_on([Problem(value=gib, expected=f"{LEAST_VOLUME_GIB} to {most} GiB{of}: a node has no other volume")])
        return gib

    @field_validator("master_type")
    @classmethod
    def _apart(cls, kind: str | None, info: ValidationInfo) -> str | None:
        if kind is None and context(info).environment == "prod":
            fail_on([Problem(value=kind, expected="a type: in prod a data node that is busy must not lose the cluster")])
        return kind

    @property
    def replicas(self) -> int:
        """Copies of each shard besides itself: one where there is another zone for it."""
        return _replicas(self.zones)


class SearchSpec(NodesSpec, LinkedSpec):
    """An OpenSearch domain in which every tenant has an index of its own for each dataset."""

    link: ClassVar[LinkKind] = LinkKind("search", verbs=("read", "write"))

    tenants: Annotated[Whole, between(1, 40_000)] = Field(
        description="tenants that it has room for; with their copies no more shards than the nodes bear"
    )

    @field_validator("tenants")
    @classmethod
    def _room(cls, tenants: int, info: ValidationInfo) -> int:
        kind, nodes, zones = (info.data.get(name) for name in ("node_type", "nodes", "zones"))
        if kind and nodes and zones and (expected := no_room(tenants, 1, kind, nodes, zones)):
            fail_on([Problem(value=tenants, expected=expected)])
        return tenants


def _replicas(zones: int) -> int:
    return min(zones - 1, 1)


def no_room(tenants: int, datasets: int, node_type: str, nodes: int, zones: int) -> str | None:
    """How many tenants there is room for, where that is fewer; each has a shard of each dataset, and its copy."""
    room = nodes * shards_of_node(node_type) // (datasets * (1 + _replicas(zones)))
    if tenants <= room:
        return None
    bears = f"{nodes} nodes of {node_type} bear {shards_of_node(node_type)} shards each"
    return f"{room} or fewer, or more or larger nodes: {bears}, and a tenant takes {datasets * (1 + _replicas(zones))}"
