"""The stores of a region: the lake's buckets, the database, the tables, their backups."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pulumi

from components.base.here import Place, Store
from components.base.links import Link, variable
from components.base.statements import Statement
from components.base.uses import verbs_of
from components.data.backup import Backup, BackupArgs
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import LakeSpec
from components.data.database_spec import DatabaseSpec
from components.data.database_users import DatabaseUsers, DatabaseUsersArgs
from components.data.global_table import GlobalTable, GlobalTableArgs
from components.data.postgres import PostgresInstance
from components.data.secret import read_secrets_of_tenants
from components.data.table_spec import TableSpec
from components.data.table_statements import link_table
from components.data.users_function.groups import Access
from settings import PlatformSettings, PrimarySettings
from stacks.outputs import StackOutputs
from stacks.parts.region import Ground, Region
from stacks.parts.retention import confirm_retention

SILO: Final = "silo"
"""What the names of a silo's things begin with; the tenant's id follows."""
TENANTS_TABLES: Final = Path(__file__).parents[2] / "jobs" / "aggregate" / "schema.sql"
"""What makes the tables of tenants' data in the database, with who may see what."""


def declare_lake(
    settings: PlatformSettings, region: Ground, own: StackOutputs, *, copied: bool, silos: bool = True
) -> dict[str, Bucket]:
    """Declare the lake's buckets, each to be read and written as `lake/<name>`.

    Args:
        settings: The stack's.
        region: Where they are.
        own: The stack's outputs as it was deployed last: a protected one keeps what it kept then.
        copied: Whether there is another region that has their copies.
        silos: Whether tenants may have buckets of their own beside them, which the links of these reach, too.
    """
    retention = confirm_retention(settings.lake, own) if settings.protect else None
    lake = {
        name: Bucket(
            f"lake-{name}",
            replace(
                args_of_bucket(settings, region, name, key_arn=region.keys[spec.key], copied=copied, silos=silos),
                retention=retention,
                variable=variable("lake", name),
            ),
        )
        for name, spec in settings.lake.buckets.items()
    }
    for name, bucket in lake.items():
        region.links.offer(LakeSpec.link, bucket.link, name)
    return lake


def args_of_bucket(
    settings: PlatformSettings, region: Ground, name: str, *, key_arn: pulumi.Input[str], copied: bool, silos: bool = True
) -> BucketArgs:
    """What a bucket of the lake's class `name` is told, whether tenants share it or it is one's own."""
    spec = settings.lake.buckets[name]
    return BucketArgs(
        here=region.here,
        spec=spec,
        key_arn=key_arn,
        log_bucket=region.access_logs.bucket_name,
        data_classification="restricted",
        replicated=copied and spec.replicated,
        rebuilt_from="queries, which are asked again" if settings.catalog and name == settings.catalog.results else None,
        per_tenant=spec.per_tenant,
        data_class=name if spec.per_tenant and silos else None,
        tells_events=any(job.objects and job.objects.bucket == name for job in settings.jobs.values()),
    )


def offer_database(
    settings: PlatformSettings,
    region: Region,
    database: PostgresInstance,
    *,
    writable: bool,
    more_credentials: tuple[Statement, ...] = (),
    closed: bool = False,
) -> DatabaseUsers:
    """Offer a database as `database`: each workload that uses it has a user of its own there.

    The users are made, and kept, while it is `writable`: in the region that is active. It is `closed` where other databases are
    on its instance, and reading their credentials takes `more_credentials`.
    """
    users = DatabaseUsers(
        "database-users",
        DatabaseUsersArgs(
            here=region.here,
            database=database,
            workloads=users_of_database(settings),
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
            ways_to_aws=region.links.of((), workload="database-users"),
            schema=TENANTS_TABLES.read_text(encoding="utf-8"),
            more_credentials=(*read_credentials_of_silos(region.here), *more_credentials),
            writable=writable,
            closed=closed,
        ),
    )
    region.links.offer(DatabaseSpec.link, users.link)
    return users


def users_of_database(settings: PlatformSettings) -> dict[str, Access]:
    """Workload -> what it does in the database, of all that use it."""
    return {
        name: "write" if "write" in verbs else "read"
        for workloads in (settings.services, settings.jobs, settings.functions, settings.fleets)
        for name, workload in workloads.items()
        if (verbs := verbs_of(workload.uses, DatabaseSpec.link.name))
    }


def read_credentials_of_silos(here: Place) -> tuple[Statement, ...]:
    """Read the credentials of every silo's database, by their names: a new silo changes no policy."""
    arn = credentials_of_silos(here)
    return read_secrets_of_tenants("credentials of silos", arn, account_id=here.account_id, region=here.region)


def credentials_of_silos(here: Place, *, region: str | None = None) -> str:
    """The secrets of every silo's master user, as IAM is told of them; in `here`'s region, or another."""
    return f"arn:aws:secretsmanager:{region or here.region}:{here.account_id}:secret:{SILO}-t*-credentials-*"


def declare_tables(settings: PrimarySettings, region: Region) -> dict[str, GlobalTable]:
    """Declare the tables, each to be read and written as `table/<name>`."""
    tables = {
        name: GlobalTable(name, GlobalTableArgs(here=region.here, spec=spec, key_arn=region.keys["tables"]))
        for name, spec in settings.tables.items()
    }
    for name, table in tables.items():
        region.links.offer(TableSpec.link, table.link, name)
    return tables


def adopt_table_replicas(
    settings: PlatformSettings, region: Ground, arns: Mapping[str, pulumi.Input[str]], names: Mapping[str, pulumi.Input[str]]
) -> None:
    """Offer, and back up, the tables' replicas in this region, which another stack declares."""
    for name, arn in arns.items():
        loss = "seconds: replication is asynchronous"
        region.here.inventory.stores.append(Store(name=name, arn=arn, recovery="replicated", loss=loss, backed_up=True))
        link = partial(
            _link_replica,
            name,
            arn=arn,
            table_name=names[name],
            key_arn=region.keys["tables"],
            region=region.here.region,
            per_tenant=settings.tables[name].per_tenant,
        )
        region.links.offer(TableSpec.link, link, name)


def _link_replica(name: str, verb: str, _path: str, _workload: str, **table: Any) -> Link:
    return link_table(name, verb, **table)


def declare_backup(settings: PlatformSettings, region: Ground) -> None:
    """Declare daily backups of what is to be backed up, where the stack keeps backups at all."""
    if region.here.features.backups:
        Backup(
            "backup",
            BackupArgs(
                here=region.here,
                spec=settings.backups,
                key_arn=region.keys["backups"],
                resources=region.here.inventory.backed_up(),
            ),
        )
