"""The tenants that have a key, buckets and a database of their own: an entry adds them, and changes nothing else.

What workloads need for them stands in their roles from the start, by names that hold the tenant's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import pulumi
from pulumi_aws import dynamodb

from components.base.here import Here
from components.base.tenants import OWN_ALIAS
from components.compute.job_spec import REGISTRY
from components.data.bucket import Bucket
from components.data.database_users import DatabaseUsers, login_of
from components.data.postgres import PostgresInstance
from components.data.secret import SecretReplica
from components.data.silo_spec import SiloSpec
from components.data.table_statements import link_table
from components.security.key import Key, KeyArgs
from settings import PlatformSettings, PrimarySettings, RecoverySettings
from stacks.outputs import StackOutputs
from stacks.parts.data import SILO, args_of_bucket
from stacks.parts.databases import Databases, Owner, declare_primary, declare_replicas, source_of
from stacks.parts.region import Region

Outputs = dict[str, dict[str, Any]]
"""Tenant -> what `dataconnect`, recovery and replication read of its silo."""


@dataclass(frozen=True, kw_only=True)
class Silo:
    """What a tenant has of its own in a region.

    Attributes:
        spec: Its entry.
        buckets: Class of data -> bucket.
        database: Its database, or the replica of that.
        outputs: What only this region tells of it.
    """

    spec: SiloSpec
    buckets: Mapping[str, Bucket]
    database: PostgresInstance
    outputs: Mapping[str, pulumi.Input[str]]

    @property
    def bucket_names(self) -> dict[str, pulumi.Output[str]]:
        """Class of data -> name of its bucket."""
        return {name: bucket.bucket_name for name, bucket in self.buckets.items()}


def declare_silos(
    settings: PrimarySettings, region: Region, shared: Databases, recovery: StackOutputs | None
) -> dict[str, Silo]:
    """Declare what each silo has, by tenant.

    `shared` is the database whose security groups the others have, too, and `recovery` the stack whose databases they follow;
    None while this one is active.
    """
    silos: dict[str, Silo] = {}
    for tenant, spec in settings.silos.items():
        name, here, opts = _name(tenant), _here(region.here, spec), _tagged(spec)
        own = spec.of(settings.database)
        key = Key(
            f"{name}-key",
            KeyArgs(
                here=here,
                data_class="tenant",
                alias=f"{OWN_ALIAS}{tenant}",
                administrators=settings.key_administrators,
                replica_region=settings.recovery_region,
                tenant=tenant,
            ),
            opts,
        )
        secrets_replica = (
            SecretReplica(region=settings.recovery_region, key_arn=key.replica_arn)
            if settings.recovery_region and key.replica_arn is not None
            else None
        )
        databases = declare_primary(
            region,
            own,
            source_of(recovery, settings.recovery_region, "silos", tenant),
            secrets_replica,
            _owner(region, tenant, spec, shared, key.arn),
        )
        credentials = databases.credentials
        silos[tenant] = Silo(
            spec=spec,
            buckets=_declare_buckets(settings, region, tenant, spec, key.arn, copied=key.replica_arn is not None),
            database=databases.current,
            outputs={
                "keyArn": key.arn,
                "databaseInstanceClass": own.instance_class,
                **_known(replicaKeyArn=key.replica_arn, credentialsReplicaArn=credentials.replica_arn),
            },
        )
    return silos


def declare_silo_replicas(
    settings: RecoverySettings, region: Region, primary: StackOutputs, shared: Databases
) -> dict[str, Silo]:
    """Declare what each silo of the primary stack has in the recovery region; see `declare_silos`."""
    silos: dict[str, Silo] = {}
    for tenant, spec in settings.silos.items():
        key_arn, own = primary.text("silos", tenant, "replicaKeyArn"), spec.of(settings.database)
        databases = declare_replicas(
            region,
            own,
            None if settings.active else source_of(primary, settings.primary_region, "silos", tenant),
            _owner(region, tenant, spec, shared, key_arn),
            credentials_arn=primary.text("silos", tenant, "credentialsReplicaArn"),
            database_name=primary.text("databaseName"),
        )
        silos[tenant] = Silo(
            spec=spec,
            buckets=_declare_buckets(settings, region, tenant, spec, key_arn, copied=True),
            database=databases.current,
            outputs={"keyArn": key_arn, "databaseInstanceClass": own.instance_class},
        )
    return silos


def _owner(region: Region, tenant: str, spec: SiloSpec, shared: Databases, key_arn: pulumi.Input[str]) -> Owner:
    return Owner(
        name=_name(tenant),
        physical=tenant,
        first=spec.first_generation,
        shared=shared,
        changes={"here": _here(region.here, spec, key_arn), "key_arn": key_arn, "secrets_key_arn": key_arn},
        opts=_tagged(spec),
    )


def keep_users(silos: Mapping[str, Silo], users: DatabaseUsers) -> None:
    """Make the workloads' users in the silos' databases, too."""
    for silo in silos.values():
        users.keep_also(silo.database)


def outputs_of_silos(silos: Mapping[str, Silo], users: DatabaseUsers) -> Outputs:
    """What other stacks and `dataconnect` read of the silos; `users` is what keeps their users."""
    return {
        tenant: {
            "slug": silo.spec.slug,
            "buckets": silo.bucket_names,
            "databaseArn": silo.database.arn,
            "databaseAddress": silo.database.address,
            **silo.outputs,
            "usersFunction": users.function_name,
            "login": login_of(silo.database),
        }
        for tenant, silo in silos.items()
    }


def register(silos: Mapping[str, Silo], region: Region, table_name: pulumi.Input[str]) -> None:
    """Tell the workloads of this region where the silos are."""
    for tenant, silo in silos.items():
        declare_place(
            tenant,
            region=region.here.region,
            written_in=region.here.region,
            table_name=table_name,
            buckets=silo.bucket_names,
            host=silo.database.address,
        )


def declare_place(
    tenant: str,
    *,
    region: str,
    written_in: str,
    table_name: pulumi.Input[str],
    buckets: Mapping[str, pulumi.Input[str]],
    host: pulumi.Input[str],
) -> None:
    """Tell the workloads of `region` where a silo is: by an item of the registry, which is written in `written_in`."""
    item = {
        "tenant": {"S": tenant},
        "item": {"S": f"place#{region}"},
        "database_host": {"S": host},
        "buckets": {"M": {name: {"S": bucket} for name, bucket in buckets.items()}},
    }
    dynamodb.TableItem(
        f"{_name(tenant)}-place-{region}",
        region=written_in,
        table_name=table_name,
        hash_key="tenant",
        range_key="item",
        item=pulumi.Output.json_dumps(item),
    )


def tell_places(region: Region, *, arn: pulumi.Input[str], table_name: pulumi.Input[str]) -> None:
    """Let every session of a tenant read what the registry says of that tenant: `arn` is the table's in this region."""
    region.links.for_tenants = link_table(
        REGISTRY,
        "read",
        arn=arn,
        table_name=table_name,
        key_arn=region.keys["tables"],
        region=region.here.region,
        per_tenant=True,
    )


def _declare_buckets(
    settings: PlatformSettings, region: Region, tenant: str, spec: SiloSpec, key_arn: pulumi.Input[str], *, copied: bool
) -> dict[str, Bucket]:
    """Declare a bucket for each class of tenants' data, kept as long and locked as the shared one."""
    return {
        name: Bucket(
            f"{_name(tenant)}-{name}",
            replace(
                args_of_bucket(settings, region, name, key_arn=key_arn, copied=copied),
                here=_here(region.here, spec),
                tenant=tenant,
            ),
            _tagged(spec),
        )
        for name, shared in settings.lake.buckets.items()
        if shared.per_tenant
    }


def _known(**outputs: pulumi.Output[str] | None) -> dict[str, pulumi.Output[str]]:
    return {name: output for name, output in outputs.items() if output is not None}


def _name(tenant: str) -> str:
    return f"{SILO}-{tenant}"


def _here(here: Here, spec: SiloSpec, key_arn: pulumi.Input[str] | None = None) -> Here:
    """Where a silo is: PostgreSQL's log, which may tell values, is under its own key, too."""
    return replace(here, protect=here.protect and spec.protect, log_key_arn=key_arn or here.log_key_arn)


def _tagged(spec: SiloSpec) -> pulumi.ResourceOptions:
    """Say of everything below whose it is, in the stack's own tag: what a silo costs is what bears its slug."""

    def tag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        props = cast("Mapping[str, Any]", args.props)
        if not props.get("tags"):
            return None
        return pulumi.ResourceTransformationResult({**props, "tags": {**props["tags"], "Tenant": spec.slug}}, args.opts)

    return pulumi.ResourceOptions(transformations=[tag])
