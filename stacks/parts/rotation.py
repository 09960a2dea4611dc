"""The rotation of the databases' master users: asked for where the secrets are, done where the databases are written to."""

from collections.abc import Mapping

import pulumi

from components.base.arn import in_region
from components.base.statements import Statement, use_key, use_tenants_key
from components.data.database_rotation import DatabaseRotation, DatabaseRotationArgs, OtherRegion
from components.data.postgres import PostgresInstance
from components.data.secret import change_secret, read_all_versions
from settings import PlatformSettings, PrimarySettings, RecoverySettings
from stacks.parts.data import credentials_of_silos
from stacks.parts.databases import SHARED
from stacks.parts.region import Region
from stacks.parts.silos import Silo


def declare_rotation(
    settings: PrimarySettings | RecoverySettings,
    region: Region,
    database: PostgresInstance,
    silos: Mapping[str, Silo],
    *,
    table_name: pulumi.Input[str] | None,
    table_arn: pulumi.Input[str] | None,
) -> DatabaseRotation:
    """Declare it for the shared database and those of silos. `table_name` and `table_arn` are the table's `recovery` here."""
    databases = {SHARED: database, **{tenant: silo.database for tenant, silo in silos.items()}}
    days: dict[str, int] = {}
    if isinstance(settings, PrimarySettings):
        shared = settings.database
        days = {SHARED: shared.rotation_days, **{tenant: silo.spec.of(shared).rotation_days for tenant, silo in silos.items()}}
    return DatabaseRotation(
        "database-rotation",
        DatabaseRotationArgs(
            here=region.here,
            databases=databases,
            days=days,
            statements=_secrets(settings, region, database),
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
            ways_to_aws=region.links.of((), workload="database-rotation"),
            other=_other(settings, region, table_name, table_arn),
        ),
    )


def outputs_of_rotation(rotation: DatabaseRotation) -> dict[str, pulumi.Input[object]]:
    """What `dataconnect credentials` reads: the secret of each master, `database` or a silo's tenant, and what rotates it."""
    args = rotation.args
    secrets = {name: args.databases[name].credentials_arn for name in args.days}
    return {"databaseRotation": {"function": rotation.function_name, "secrets": secrets}}


def _secrets(settings: PlatformSettings, region: Region, database: PostgresInstance) -> tuple[Statement, ...]:
    """Change the secrets where they are; from the other region, read them there: what is pending may not be copied yet."""
    here, own = region.here, isinstance(settings, PrimarySettings)
    where = settings.primary_region if isinstance(settings, RecoverySettings) else here.region
    statement = change_secret if own else read_all_versions
    arn, key_arn = database.credentials_arn, region.keys["secrets"]
    silos = credentials_of_silos(here)
    if not own:
        arn, key_arn, silos = in_region(arn, where), in_region(key_arn, where), credentials_of_silos(here, region=where)
    return (
        statement("credentials", arn),
        use_key(key_arn, service="secretsmanager", region=where, write=own, sid="UseKeyOfCredentials"),
        statement("credentials of silos", silos),
        use_tenants_key(
            "*", service="secretsmanager", account_id=here.account_id, region=where, write=own, sid="UseKeysOfSilos"
        ),
    )


def _other(
    settings: PrimarySettings | RecoverySettings,
    region: Region,
    table_name: pulumi.Input[str] | None,
    table_arn: pulumi.Input[str] | None,
) -> OtherRegion | None:
    here = region.here
    primary = settings.region if isinstance(settings, PrimarySettings) else settings.primary_region
    other = settings.recovery_region if isinstance(settings, PrimarySettings) else settings.primary_region
    if other is None or settings.recovery is None or table_name is None or table_arn is None:
        return None
    read = (
        Statement(sid="ReadWhoIsActive", actions=("dynamodb:GetItem",), resources=(table_arn,)),
        use_key(region.keys["tables"], service="dynamodb", region=here.region, sid="UseKeyOfTables"),
    )
    return OtherRegion(region=other, primary_region=primary, table_name=table_name, read_table=read)
