"""How large the cache is, how many nodes it has, and into which spaces its keys are divided."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, checked, duplicates, fail_on, matching
from ..base.spec import LinkedSpec, NumberAsText, PartName, Whole, context
from ..base.uses import LinkKind
from . import database_checks

# docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html: current Graviton nodes that Valkey runs on
NODE_TYPES: Final = (
    *("cache.t4g.micro", "cache.t4g.small", "cache.t4g.medium"),
    *(f"cache.{family}.{size}" for family in ("m7g", "r7g") for size in ("large", "xlarge", "2xlarge", "4xlarge")),
)
# A primary and up to five replicas: docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html
NODES: Final = (1, 6)
PORTS: Final = (1150, 65535)
PLAIN_PORT: Final = 6379
# docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html: SnapshotRetentionLimit, days
SNAPSHOT_DAYS: Final = (0, 35)
# docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html: AutomaticallyAfterDays; one that takes
# longer than a quarter is none.
ROTATION_DAYS: Final = (1, 90)
MAJORS: Final = (8, 9)


def _node_type(name: str) -> str | None:
    return None if name in NODE_TYPES else f"one of {', '.join(NODE_TYPES)}"


class CacheSpec(LinkedSpec):
    """The Valkey cache of a stack."""

    link: ClassVar[LinkKind] = LinkKind("cache", verbs=("read", "write"), named_in="spaces")
    called: ClassVar[tuple[str, ...]] = ("secretsmanager", "elasticache")

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - all spaces alike
        """Secrets Manager: a workload reads its password itself, whenever it changes."""
        return ("secretsmanager",)

    node_type: Annotated[str, checked(_node_type)] = Field(
        description="ElastiCache node type, e.g. cache.r7g.large; decides memory and vCPUs"
    )
    nodes: Annotated[Whole, between(*NODES)] = Field(
        description="the primary and its replicas, each in the next zone; with 2 or more it fails over by itself; 1 to 6"
    )
    engine_version: Annotated[
        NumberAsText, matching(r"[89]\.\d", f"a version of Valkey {MAJORS[0]} or {MAJORS[1]}, e.g. 8.1")
    ] = Field(default="8.1", description="version of Valkey; 8.1 by default")
    port: Annotated[Whole, between(*PORTS)] = Field(
        default=6380,
        description=f"TCP port, {PORTS[0]} to {PORTS[1]} but {PLAIN_PORT}, which scanners try first; 6380 by default",
    )
    spaces: tuple[PartName, ...] = Field(
        description="names that keys begin with, `<space>:`; a workload uses a space, and reaches no other's keys"
    )
    maintenance_window: Annotated[str, checked(database_checks.maintenance_window)] = Field(
        default="sun:10:00-sun:11:00", description="weekly, UTC; a node is replaced then; sun:10:00-sun:11:00 by default"
    )
    snapshot_window: Annotated[str, checked(database_checks.backup_window)] = Field(
        default="06:00-07:00",
        validate_default=True,
        description="daily, UTC, apart from the maintenance window; 06:00-07:00 by default",
    )
    snapshot_days: Annotated[Whole, between(*SNAPSHOT_DAYS, "days")] = Field(
        default=1, description="days to keep daily snapshots; 1 by default, 0 takes none"
    )
    rotation_days: Annotated[Whole, between(*ROTATION_DAYS, "days")] = Field(
        default=30,
        description="days after which a password is changed; the one before it opens for as long again; 30 by default",
    )

    @field_validator("nodes")
    @classmethod
    def _survives_a_zone(cls, nodes: int, info: ValidationInfo) -> int:
        if nodes < 2 and context(info).environment == "prod":
            fail_on([Problem(value=nodes, expected="2 or more: prod must survive the loss of a zone")])
        return nodes

    @field_validator("port")
    @classmethod
    def _another_port(cls, port: int) -> int:
        if port == PLAIN_PORT:
            fail_on([Problem(value=port, expected=f"another port than {PLAIN_PORT}, which scanners try first, e.g. 6380")])
        return port

    @field_validator("spaces")
    @classmethod
    def _some(cls, spaces: tuple[str, ...]) -> tuple[str, ...]:
        if not spaces:
            fail_on([Problem(value=[], expected="one space or more: nobody could use the cache")])
        fail_on(duplicates(spaces, what="a space"))
        return spaces

    @field_validator("snapshot_window")
    @classmethod
    def _apart_from_maintenance(cls, window: str, info: ValidationInfo) -> str:
        maintenance = info.data.get("maintenance_window")
        if maintenance and database_checks.windows_overlap(window, maintenance):
            expected = f"a window that does not overlap maintenanceWindow {maintenance} (ElastiCache refuses it)"
            fail_on([Problem(value=window, expected=expected)])
        return window

    @property
    def family(self) -> str:
        """Parameter group family of the version."""
        return f"valkey{self.engine_version.partition('.')[0]}"
