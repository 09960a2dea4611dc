"""What the primary and the recovery stack have in common: one region's network, storage, cluster, edge and services."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.alarms import DashboardRow
from components.alert_topic import AlertTopic, AlertTopicArgs, SlackChannel
from components.backup import Backup, BackupArgs
from components.bucket import Bucket, BucketArgs
from components.certificate import Certificate, CertificateArgs
from components.cluster import Cluster, ClusterArgs
from components.dns import standby_name
from components.endpoints import Endpoints, EndpointsArgs
from components.ingress import Ingress, IngressArgs
from components.key import DataClass
from components.log_bucket import LogBucket, LogBucketArgs
from components.network import Network, NetworkArgs
from components.repository import Repository, RepositoryArgs
from settings import PlatformSettings

RegionKeys = Mapping[DataClass, pulumi.Input[str]]
"""ARN of the region's key per data class."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One region, ready for a database, services and traffic."""

    keys: RegionKeys
    alerts: AlertTopic
    network: Network
    endpoints: Endpoints
    access_logs: LogBucket
    lake: Mapping[str, Bucket]
    repositories: Mapping[str, Repository]
    cluster: Cluster

    @property
    def dashboard_rows(self) -> list[DashboardRow]:
        """Rows of what is declared here."""
        return [self.network.dashboard_row]


def declare_platform(settings: PlatformSettings, keys: RegionKeys) -> Platform:
    """Declare the region's alert topic, network, buckets, image repositories and empty cluster."""
    region, account_id = settings.region, settings.account_id
    alerts = declare_alert_topic(settings, "alerts", region=region, key_arn=keys["alerts"])
    network = Network(
        "network",
        NetworkArgs(
            region=region,
            account_id=account_id,
            cidr=settings.network.cidr,
            zones=settings.network.zones,
            nat=settings.network.nat,
            flow_log_key_arn=keys["logs"],
            flow_log_retention_days=settings.network.flow_log_retention_days,
            alarms=alerts.target,
            protect=settings.protect,
        ),
    )
    endpoints = Endpoints(
        "endpoints",
        EndpointsArgs(
            region=region,
            account_id=account_id,
            vpc_id=network.vpc_id,
            vpc_cidr=network.cidr,
            route_table_ids=network.application_route_table_ids,
            subnet_ids=dict(zip(network.zones, network.application_subnet_ids, strict=True)),
            interface_services=settings.network.interface_endpoints,
        ),
    )
    access_logs = LogBucket(
        "access-logs",
        LogBucketArgs(
            region=region, account_id=account_id, retention_days=settings.lake.access_log_days, protect=settings.protect
        ),
    )
    lake = {
        role: Bucket(
            f"lake-{role}",
            BucketArgs(
                region=region,
                key_arn=keys["storage"],
                log_bucket=access_logs.bucket_name,
                noncurrent_days=settings.lake.noncurrent_days,
                data_classification="restricted",
                protect=settings.protect,
            ),
        )
        for role in settings.lake.buckets
    }
    repositories = {
        repository: Repository(
            repository.replace("/", "-"),
            RepositoryArgs(region=region, repository_name=repository, key_arn=keys["storage"], protect=settings.protect),
        )
        for repository in sorted({service.repository for service in settings.services})
    }
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            region=region,
            log_key_arn=keys["logs"],
            log_retention_days=settings.log_retention_days,
            alarms=alerts.target,
            protect=settings.protect,
        ),
    )
    return Platform(
        keys=keys,
        alerts=alerts,
        network=network,
        endpoints=endpoints,
        access_logs=access_logs,
        lake=lake,
        repositories=repositories,
        cluster=cluster,
    )


def declare_certificate(
    settings: PlatformSettings, platform: Platform, *, validation_zone_id: pulumi.Input[str] | None
) -> Certificate:
    """Declare the certificate of all names the region answers; the same names in both regions."""
    domain = settings.ingress.domain
    hosts = {host for service in settings.services for host in service.hosts} - {domain}
    return Certificate(
        "certificate",
        CertificateArgs(
            region=settings.region,
            domain_name=domain,
            subject_alternative_names=(standby_name(domain), *sorted(hosts)),
            validation_zone_id=validation_zone_id,
            alarms=platform.alerts.target,
        ),
    )


def declare_ingress(settings: PlatformSettings, platform: Platform, certificate: Certificate) -> Ingress:
    """Declare the public load balancer with its firewall."""
    return Ingress(
        "ingress",
        IngressArgs(
            region=settings.region,
            vpc_id=platform.network.vpc_id,
            subnet_ids=platform.network.public_subnet_ids,
            allowed_cidrs=settings.ingress.allowed_cidrs,
            certificate_arn=certificate.arn,
            access_log_bucket=platform.access_logs.bucket_name,
            log_key_arn=platform.keys["logs"],
            log_retention_days=settings.log_retention_days,
            alarms=platform.alerts.target,
            protect=settings.protect,
        ),
    )


def declare_backup(settings: PlatformSettings, platform: Platform, resources: Mapping[str, pulumi.Input[str]]) -> None:
    """Declare daily backups of databases and tables (what it is -> its ARN), where data is to be kept at all."""
    if settings.protect:
        Backup(
            "backup",
            BackupArgs(
                region=settings.region,
                account_id=settings.account_id,
                key_arn=platform.keys["backups"],
                resources=resources,
                alarms=platform.alerts.target,
            ),
        )


def declare_alert_topic(
    settings: PlatformSettings, name: str, *, region: str, key_arn: pulumi.Input[str], slack: bool = True
) -> AlertTopic:
    """Declare a region's topic for alarms, with the people and tools of the stack file; with `slack`, its channel, too."""
    alerts = settings.alerts
    channel = alerts.slack if slack else None
    return AlertTopic(
        name,
        AlertTopicArgs(
            region=region,
            account_id=settings.account_id,
            key_arn=key_arn,
            emails=alerts.emails,
            webhook=pulumi.Output.secret(alerts.webhook.get_secret_value()) if alerts.webhook else None,
            slack=channel and SlackChannel(workspace_id=channel.workspace_id, channel_id=channel.channel_id),
            runbook_url=settings.runbook_url,
        ),
    )
