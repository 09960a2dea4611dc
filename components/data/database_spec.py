"""What a PostgreSQL database, or its replica in another region, is to be."""

from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, checked, fail_on, matching
from ..base.spec import LinkedSpec, NumberAsText, Whole, context
from ..base.uses import LinkKind
from . import database_checks

# docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html: Port
PORTS: Final = (1150, 65535)
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html: gp3 for PostgreSQL, GiB
STORAGE_GIB: Final = (20, 65536)
# The most of which 1.1 times, the least ceiling of autoscaling, RDS has.
MOST_AT_START: Final = STORAGE_GIB[1] * 10 // 11

# At most what the rule workloads/secret-rotates asks for; AWS takes up to 1,000.
ROTATION_DAYS: Final = (1, 90)

Generation = Annotated[Whole, between(1, 99)]
"""Number of an instance among those that a database has had in a region, one after another."""


def suffix_of(generation: int) -> str:
    """What the names of that generation end with: a promoted instance never follows again, the next replica is another."""
    return "" if generation == 1 else f"-{generation}"


class PostgresSpec(LinkedSpec):
    """What a database and its replica both decide for themselves."""

    link: ClassVar[LinkKind] = LinkKind("database", verbs=("read", "write"))
    called: ClassVar[tuple[str, ...]] = ("secretsmanager",)

    instance_class: Annotated[str, checked(database_checks.instance_class)] = Field(
        description="RDS class, e.g. db.r7g.large; decides memory, vCPUs and the number of connections"
    )
    engine_version: Annotated[NumberAsText, checked(database_checks.engine_version)] = Field(
        description="PostgreSQL major, e.g. 17; RDS keeps the minor current"
    )
    port: Annotated[Whole, between(*PORTS)] = Field(
        default=5432, description=f"TCP port, {PORTS[0]} to {PORTS[1]}; 5432 by default"
    )
    storage_gib: Annotated[Whole, between(STORAGE_GIB[0], MOST_AT_START, "GiB")] = Field(
        description="gp3 storage at the start, GiB; a replica begins with its source's, its alarm derives from this"
    )
    max_storage_gib: Annotated[Whole, between(*STORAGE_GIB, "GiB")] = Field(
        description="ceiling of storage autoscaling, GiB; at least 1.1 times storageGiB"
    )
    multi_az: bool = Field(default=True, description="a standby in a second zone, true by default; prod must have one")
    backup_retention_days: Annotated[Whole, checked(database_checks.backup_retention)] = Field(
        description="days to keep automated backups, 1 to 35"
    )
    backup_window: Annotated[str, checked(database_checks.backup_window)] = Field(
        description="daily, UTC, 30 minutes or longer, e.g. 07:00-08:00"
    )
    maintenance_window: Annotated[str, checked(database_checks.maintenance_window)] = Field(
        description="weekly, UTC, e.g. sun:09:00-sun:10:00; apart from the backup window"
    )
    generation: Generation = Field(
        default=1,
        description="1 by default; raise by one, while the other region is active, to seed another replica of its database: a "
        "promoted instance never follows again",
    )
    kept: tuple[Generation, ...] = Field(
        default=(),
        description="earlier generations that stay as they are; none by default. What is taken out is deleted, once `pulumi "
        "state unprotect` lets it go",
    )

    @property
    def suffix(self) -> str:
        """What the names of its generation end with."""
        return suffix_of(self.generation)

    @field_validator("kept")
    @classmethod
    def _before_this_one(cls, kept: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        generation = info.data.get("generation")
        if generation and (len({*kept}) < len(kept) or any(each >= generation for each in kept)):
            expected = f"generations before {generation}, each once" if generation > 1 else "none before generation 1"
            fail_on([Problem(value=[*kept], expected=expected)])
        return kept

    @field_validator("max_storage_gib")
    @classmethod
    def _room_to_grow(cls, ceiling: int, info: ValidationInfo) -> int:
        storage = info.data.get("storage_gib")
        if storage and (expected := database_checks.storage_ceiling(storage, ceiling)):
            fail_on([Problem(value=ceiling, expected=expected)])
        return ceiling

    @field_validator("multi_az")
    @classmethod
    def _survives_a_zone(cls, multi_az: bool, info: ValidationInfo) -> bool:
        if not multi_az and context(info).environment == "prod":
            fail_on([Problem(value=multi_az, expected="true: prod must survive the loss of a zone")])
        return multi_az

    @field_validator("maintenance_window")
    @classmethod
    def _apart_from_backups(cls, window: str, info: ValidationInfo) -> str:
        backup = info.data.get("backup_window")
        if backup and database_checks.windows_overlap(backup, window):
            fail_on([Problem(value=window, expected=f"a window that does not overlap backupWindow {backup} (RDS refuses it)")])
        return window


class DatabaseSpec(PostgresSpec):
    """The PostgreSQL instance that applications write to: what a replica has, and what its source alone decides."""

    name: Annotated[str, checked(database_checks.name)] = Field(
        description="database created at the start; changing it replaces the instance"
    )
    username: Annotated[
        str, checked(database_checks.username), matching(r"(?!postgres$).*", "a name that is not PostgreSQL's default")
    ] = Field(description="master user; the password is generated; changing it replaces the instance")
    rotation_days: Annotated[Whole, between(*ROTATION_DAYS, "days")] = Field(
        default=30,
        description="days after which the master user's password is changed, without a deployment; 1 to 90, 30 by default",
    )


class ReplicaSpec(PostgresSpec):
    """The cross-region replica: name, users and data come from its source."""
