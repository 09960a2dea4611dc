"""The recovery role (prod-recovery): a pilot light in the other region that calls no AWS API of the primary's."""

from collections.abc import Mapping
from typing import Any, get_args

import pulumi

from components.arn import in_region
from components.dashboard import Dashboard, DashboardArgs
from components.database_replica import DatabaseReplica, DatabaseReplicaArgs
from components.dns import AliasRecord, AliasRecordArgs, Failover
from components.key import DataClass
from components.secret import read_secret
from components.table_statements import read_write_table
from settings import RecoverySettings
from stacks.outputs import StackOutputs
from stacks.platform import Platform, declare_backup, declare_certificate, declare_ingress, declare_platform
from stacks.tables import TABLES
from stacks.workloads import Handle, database_handle, declare_services, lake_handles, tables_handle


def compose(settings: RecoverySettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare the recovery stack and return its outputs: what replication reads."""
    primary = StackOutputs(settings.primary_stack)
    data_classes: tuple[DataClass, ...] = get_args(DataClass)
    platform = declare_platform(settings, {name: primary.text("replicaKeyArns", name) for name in data_classes})
    replica = _replica(settings, platform, primary)
    # The primary stack owns the records that prove the names: they are the same in every region of the account.
    certificate = declare_certificate(settings, platform, validation_zone_id=None)
    ingress = declare_ingress(settings, platform, certificate)
    # The replica's own backups count from the moment it is promoted.
    declare_backup(settings, platform, {"database": replica.arn, **_table_arns(settings, primary)})
    credentials_arn = primary.text("databaseCredentialsReplicaArn")
    services = declare_services(
        settings,
        platform,
        ingress,
        {
            **lake_handles(platform),
            "sessions": _tables_handle(settings, platform, primary),
            "database": database_handle(
                replica,
                credentials_arn=credentials_arn,
                secret_grants=read_secret(
                    "database-credentials", credentials_arn, key_arn=platform.keys["secrets"], region=settings.region
                ),
            ),
        },
        running=settings.active,
    )
    AliasRecord(
        "app",
        AliasRecordArgs(
            zone_id=primary.text("zoneId"),
            domain_name=settings.ingress.domain,
            load_balancer_dns_name=ingress.dns_name,
            load_balancer_zone_id=ingress.zone_id,
            failover=Failover(role="SECONDARY", health_path=settings.ingress.health_path),
        ),
    )
    rows = [
        *platform.dashboard_rows,
        certificate.dashboard_row,
        *(thing.dashboard_row for thing in (ingress, replica, *services)),
    ]
    Dashboard("dashboard", DashboardArgs(region=settings.region, rows=rows))
    return {
        "active": settings.active,
        "alertTopicArn": platform.alerts.arn,
        "databaseArn": replica.arn,
        "databaseAddress": replica.address,
        "lakeBuckets": {role: bucket.bucket_name for role, bucket in platform.lake.items()},
    }


def _replica(settings: RecoverySettings, platform: Platform, primary: StackOutputs) -> DatabaseReplica:
    wanted = settings.database
    # A promoted instance never follows again: the next replica is another instance under another name.
    suffix = "" if wanted.generation == 1 else f"-{wanted.generation}"
    return DatabaseReplica(
        f"database{suffix}",
        DatabaseReplicaArgs(
            region=settings.region,
            account_id=settings.account_id,
            identifier=f"dataconnect-{pulumi.get_stack()}{suffix}",
            source_arn=primary.text("databaseArn"),
            source_region=settings.primary_region,
            source_instance_class=primary.text("databaseInstanceClass"),
            promoted=settings.active or wanted.promoted,
            instance_class=wanted.instance_class,
            engine_version=wanted.engine_version,
            port=wanted.port,
            storage_gib=wanted.storage_gib,
            max_storage_gib=wanted.max_storage_gib,
            multi_az=wanted.multi_az,
            backup_retention_days=wanted.backup_retention_days,
            backup_window=wanted.backup_window,
            maintenance_window=wanted.maintenance_window,
            vpc_id=platform.network.vpc_id,
            subnet_ids=platform.network.data_subnet_ids,
            key_arn=platform.keys["database"],
            logs_key_arn=platform.keys["logs"],
            log_retention_days=settings.log_retention_days,
            alarms=platform.alerts.target,
            protect=settings.protect,
        ),
    )


def _table_arns(settings: RecoverySettings, primary: StackOutputs) -> dict[str, pulumi.Output[str]]:
    """ARNs of the tables' replicas, which the replication stack declares: the tables' own in this region."""
    return {name: in_region(primary.text("tables", name, "arn"), settings.region) for name in TABLES}


def _tables_handle(settings: RecoverySettings, platform: Platform, primary: StackOutputs) -> Handle:
    return tables_handle(
        {name: primary.text("tables", name, "name") for name in TABLES},
        [
            grant
            for name, arn in _table_arns(settings, primary).items()
            for grant in read_write_table(name, arn, key_arn=platform.keys["tables"], region=settings.region)
        ],
    )
