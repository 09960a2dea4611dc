"""A region's databases through their generations: which instance is in use, which are kept, and whom the one in use follows.

A promoted instance never follows again: whoever is to follow next is another generation, with another name, and the one before
is kept until nothing in it is needed (docs/decisions/database-replica.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.base.errors import ComponentError
from components.data.database import Database, DatabaseArgs, Stage
from components.data.database_replica import DatabaseReplica, DatabaseReplicaArgs, ReplicaSource
from components.data.database_spec import DatabaseSpec, PostgresSpec, suffix_of
from components.data.postgres import PostgresInstance
from components.data.secret import Secret, SecretReplica, generate_password
from stacks.outputs import StackOutputs
from stacks.parts.region import Region

SHARED: Final = "database"
"""What the database that tenants share is called."""


@dataclass(frozen=True, kw_only=True)
class Databases:
    """A database of a region.

    Attributes:
        generation: Of the instance in use.
        instances: Generation -> instance: the one in use and those that are kept.
    """

    generation: int
    instances: Mapping[int, PostgresInstance]

    @property
    def current(self) -> PostgresInstance:
        """The instance in use."""
        return self.instances[self.generation]


@dataclass(frozen=True, kw_only=True)
class PrimaryDatabases(Databases):
    """A database of a primary stack.

    Attributes:
        credentials: Of the master user of all its generations.
    """

    credentials: Secret


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose a database is.

    Attributes:
        name: What its components and recovery call it.
        physical: What the identifiers of its instances begin with; the stack's name follows.
        first: Its first generation.
        shared: The database that tenants share, whose security groups and whose subscription to events it has, too; None where
            this is that one.
        changes: What is otherwise in the arguments of its components.
        opts: Their options.
    """

    name: str = SHARED
    physical: str = "dataconnect"
    first: int = 1
    shared: Databases | None = None
    changes: Mapping[str, Any] | None = None
    opts: pulumi.ResourceOptions | None = None


def declare_primary(
    region: Region, spec: DatabaseSpec, source: ReplicaSource | None, secrets_replica: SecretReplica | None, owner: Owner
) -> PrimaryDatabases:
    """Declare a database of a primary stack: its first generation is made there, those after it follow the other region's.

    `source` is what the generation in use follows while the other region is active; None while this one is.
    """
    stage: Stage = "serving" if spec.generation == owner.first else "kept" if owner.first in spec.kept else "gone"
    first = Database(
        owner.name,
        DatabaseArgs(
            spec=spec,
            password=generate_password(),
            secrets_replica=secrets_replica,
            stage=stage,
            **_arguments(region, spec, owner, owner.first),
        ),
        owner.opts,
    )
    later = sorted({*spec.kept, spec.generation} - {owner.first})
    followers = _replicas(region, spec, later, source, owner, credentials_arn=first.credentials.arn, database_name=spec.name)
    instances = {**({} if stage == "gone" else {owner.first: first}), **followers}
    return PrimaryDatabases(generation=spec.generation, instances=instances, credentials=first.credentials)


def declare_replicas(
    region: Region,
    spec: PostgresSpec,
    source: ReplicaSource | None,
    owner: Owner,
    *,
    credentials_arn: pulumi.Input[str],
    database_name: pulumi.Input[str],
    restored_from: pulumi.Input[str] | None = None,
) -> Databases:
    """Declare a database of a recovery stack: each generation follows, or followed, the primary's.

    Args:
        region: Where it is.
        spec: What each generation is to be.
        source: What the generation in use follows while the primary is active; None while this stack is.
        owner: Whose it is.
        credentials_arn: The replica of the primary's secret in this region.
        database_name: What its source made.
        restored_from: Copies of the primary's backups, of which the generation in use is made in a region that was cold.
    """
    instances = _replicas(
        region,
        spec,
        [*spec.kept, spec.generation],
        source,
        owner,
        restored_from=restored_from,
        credentials_arn=credentials_arn,
        database_name=database_name,
    )
    return Databases(generation=spec.generation, instances=instances)


def source_of(stack: StackOutputs | None, region: str | None, *path: str) -> ReplicaSource | None:
    """What a stack's database, or the one at `path` among its outputs, is to whom follows it; None of no stack."""
    if stack is None or region is None:
        return None
    return ReplicaSource(
        arn=stack.text(*path, "databaseArn"), region=region, instance_class=stack.text(*path, "databaseInstanceClass")
    )


def confirm_generation(generation: int, own: StackOutputs, *, follows: bool) -> pulumi.Output[int]:
    """The generation, once the stack's last outputs are known.

    Raises:
        ComponentError: in the output, when there is a new one, and nobody whom it follows.
    """
    return own.all().apply(lambda outputs: _confirmed(generation, int(outputs.get("databaseGeneration", 1)), follows=follows))


def _confirmed(generation: int, deployed: int, *, follows: bool) -> int:
    if generation > deployed and not follows:
        raise ComponentError(
            f"dataconnect:database.generation is {generation}, and deployed as {deployed}, while this stack is the active one: "
            "the new instance would have nobody to follow, and no data; expected it to be raised while the other one is active"
        )
    return generation


def _replicas(
    region: Region,
    spec: PostgresSpec,
    generations: list[int],
    source: ReplicaSource | None,
    owner: Owner,
    *,
    restored_from: pulumi.Input[str] | None = None,
    **login: pulumi.Input[str],
) -> dict[int, PostgresInstance]:
    return {
        generation: DatabaseReplica(
            f"{owner.name}{suffix_of(generation)}",
            DatabaseReplicaArgs(
                spec=spec,
                source=source if generation == spec.generation else None,
                restored_from=restored_from if generation == spec.generation else None,
                **login,
                **_arguments(region, spec, owner, generation),
            ),
            owner.opts,
        )
        for generation in generations
    }


def _arguments(region: Region, spec: PostgresSpec, owner: Owner, generation: int) -> dict[str, Any]:
    """What every instance is told."""
    current = generation == spec.generation
    return {
        "here": region.here,
        "identifier": f"{owner.physical}-{pulumi.get_stack()}{suffix_of(generation)}",
        "vpc_id": region.network.vpc_id,
        "subnet_ids": region.network.data_subnet_ids,
        "key_arn": region.keys["database"],
        "secrets_key_arn": region.keys["secrets"],
        "groups_of": owner.shared.instances.get(generation) if owner.shared else None,
        "has_silos": owner.shared is None,
        # RDS's own subscription is to all instances of the region.
        "subscribed": "all" if current and owner.shared is None else "none",
        "switch": owner.name if current else None,
        **(owner.changes or {}),
    }
