"""The primary role (dev, prod): keys, network, data stores, services and the edge they are reached by."""

from collections.abc import Mapping
from typing import Any, get_args

import pulumi

from components.dashboard import Dashboard, DashboardArgs
from components.database import Database, DatabaseArgs
from components.dns import AliasRecord, AliasRecordArgs, Failover, HostedZone, HostedZoneArgs
from components.global_table import GlobalTable, GlobalTableArgs
from components.key import DataClass, Key, KeyArgs
from components.secret import SecretReplica, generate_password
from components.zone_guard import REGION as ZONE_REGION
from components.zone_guard import ZoneGuard, ZoneGuardArgs
from settings import PrimarySettings
from stacks.platform import (
    Platform,
    declare_alert_topic,
    declare_backup,
    declare_certificate,
    declare_ingress,
    declare_platform,
)
from stacks.tables import TABLES, TTL_ATTRIBUTE
from stacks.workloads import database_handle, declare_services, lake_handles, tables_handle


def compose(settings: PrimarySettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare a primary stack and return its outputs: what recovery and replication read."""
    keys = _keys(settings)
    platform = declare_platform(settings, {data_class: key.arn for data_class, key in keys.items()})
    database = _database(settings, platform, keys["secrets"])
    tables = _tables(settings, platform)
    declare_backup(settings, platform, {"database": database.arn, **{name: table.arn for name, table in tables.items()}})
    zone = HostedZone("zone", HostedZoneArgs(domain_name=settings.dns.zone, protect=settings.protect))
    guard = _guard_zone(settings, zone) if settings.protect else None
    certificate = declare_certificate(settings, platform, validation_zone_id=zone.zone_id)
    ingress = declare_ingress(settings, platform, certificate)
    services = declare_services(
        settings,
        platform,
        ingress,
        {
            **lake_handles(platform),
            "sessions": tables_handle(
                {name: table.table_name for name, table in tables.items()},
                [grant for table in tables.values() for grant in table.read_write()],
            ),
            "database": database_handle(
                database, credentials_arn=database.credentials.arn, secret_grants=database.read_credentials()
            ),
        },
        running=True,
    )
    AliasRecord(
        "app",
        AliasRecordArgs(
            zone_id=zone.zone_id,
            domain_name=settings.ingress.domain,
            load_balancer_dns_name=ingress.dns_name,
            load_balancer_zone_id=ingress.zone_id,
            failover=Failover(role="PRIMARY", health_path=settings.ingress.health_path) if settings.recovery_region else None,
        ),
    )
    guards = [] if guard is None else [guard]
    watched = [*guards, ingress, database, *tables.values(), *services]
    rows = [*platform.dashboard_rows, certificate.dashboard_row, *(thing.dashboard_row for thing in watched)]
    Dashboard("dashboard", DashboardArgs(region=settings.region, rows=rows))
    return {
        "keyArns": {data_class: key.arn for data_class, key in keys.items()},
        "replicaKeyArns": {data_class: key.replica_arn for data_class, key in keys.items() if key.replica_arn},
        "alertTopicArn": platform.alerts.arn,
        "databaseArn": database.arn,
        "databaseAddress": database.address,
        "databaseInstanceClass": settings.database.instance_class,
        "databaseCredentialsReplicaArn": database.credentials.replica_arn,
        "tables": {name: {"arn": table.arn, "name": table.table_name} for name, table in tables.items()},
        "lakeBuckets": {role: bucket.bucket_name for role, bucket in platform.lake.items()},
        "zoneId": zone.zone_id,
        "nameServers": zone.name_servers,
        **({} if guard is None else {"dsRecord": guard.ds_record}),
        "url": f"https://{settings.ingress.domain}",
    }


def _keys(settings: PrimarySettings) -> dict[DataClass, Key]:
    data_classes: tuple[DataClass, ...] = get_args(DataClass)
    return {
        data_class: Key(
            f"{data_class}-key",
            KeyArgs(
                region=settings.region,
                account_id=settings.account_id,
                data_class=data_class,
                alias=f"alias/dataconnect/{settings.environment}/{data_class}",
                administrators=settings.key_administrators,
                replica_region=settings.recovery_region,
                protect=settings.protect,
            ),
        )
        for data_class in data_classes
    }


def _guard_zone(settings: PrimarySettings, zone: HostedZone) -> ZoneGuard:
    """Declare the zone's query log and signing with the keys and the topic they need in us-east-1."""

    def key(data_class: DataClass) -> pulumi.Output[str]:
        return Key(
            f"dns-{data_class}-key",
            KeyArgs(
                region=ZONE_REGION,
                account_id=settings.account_id,
                data_class=data_class,
                alias=f"alias/dataconnect/{settings.environment}/dns-{data_class}",
                administrators=settings.key_administrators,
                protect=settings.protect,
            ),
        ).arn

    # Slack is left out: an account may configure a channel for one topic only.
    alerts = declare_alert_topic(settings, "dns-alerts", region=ZONE_REGION, key_arn=key("alerts"), slack=False)
    return ZoneGuard(
        "zone-guard",
        ZoneGuardArgs(
            account_id=settings.account_id,
            zone_id=zone.zone_id,
            zone_name=settings.dns.zone,
            key_administrators=settings.key_administrators,
            log_key_arn=key("logs"),
            log_retention_days=settings.log_retention_days,
            alarms=alerts.target,
            protect=settings.protect,
        ),
    )


def _database(settings: PrimarySettings, platform: Platform, secrets_key: Key) -> Database:
    wanted = settings.database
    replica_region, replica_key_arn = settings.recovery_region, secrets_key.replica_arn
    return Database(
        "database",
        DatabaseArgs(
            region=settings.region,
            account_id=settings.account_id,
            identifier=f"dataconnect-{pulumi.get_stack()}",
            instance_class=wanted.instance_class,
            engine_version=wanted.engine_version,
            db_name=wanted.name,
            username=wanted.username,
            password=generate_password(),
            password_version=wanted.password_version,
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
            secrets_key_arn=platform.keys["secrets"],
            secrets_replica=SecretReplica(region=replica_region, key_arn=replica_key_arn)
            if replica_region and replica_key_arn is not None
            else None,
            alarms=platform.alerts.target,
            protect=settings.protect,
        ),
    )


def _tables(settings: PrimarySettings, platform: Platform) -> dict[str, GlobalTable]:
    return {
        name: GlobalTable(
            name,
            GlobalTableArgs(
                region=settings.region,
                attributes=schema.attributes,
                hash_key=schema.hash_key,
                range_key=schema.range_key,
                indexes=schema.indexes,
                ttl_attribute=TTL_ATTRIBUTE,
                key_arn=platform.keys["tables"],
                alarms=platform.alerts.target,
                protect=settings.protect,
            ),
        )
        for name, schema in TABLES.items()
    }
