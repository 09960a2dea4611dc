"""What every region has before it holds anything: whom alarms tell, the network, the ways to AWS, the place for access logs."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base.alarms import AlarmTarget
from components.base.here import Here, Place
from components.base.links import Links
from components.data.log_bucket import LogBucket, LogBucketArgs
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.network import Network, NetworkArgs
from components.network.network_acls import Joined
from components.operate.alert_topic import AlertTopic, AlertTopicArgs
from components.security.key import DataClass
from settings import PlatformSettings, PrimarySettings
from stacks.parts.log_delivery import Logs, declare_log_delivery

RegionKeys = Mapping[DataClass, pulumi.Input[str]]
"""ARN of the region's key per data class."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A region that can hold data, and in which nothing runs.

    Attributes:
        here: What every component there is told.
        keys: Its keys.
        alerts: Whom its alarms tell.
        access_logs: Where its buckets and load balancers log.
        logs: What becomes of logs besides CloudWatch; None where nothing does.
        links: What its workloads may use; whoever declares something offers it here.
    """

    here: Here
    keys: RegionKeys
    alerts: AlarmTarget
    access_logs: LogBucket
    links: Links
    logs: Logs | None


@dataclass(frozen=True, kw_only=True)
class Region(Ground):
    """A region ready to be filled.

    Attributes:
        network: Its network.
    """

    network: Network


def place_of(settings: PlatformSettings, region: str | None = None) -> Place:
    """The stack's account, in its own region or in another."""
    return Place(
        region=region or settings.region,
        account_id=settings.account_id,
        protect=settings.protect,
        features=settings.features,
        switched=settings.switched,
        sleeps=settings.sleeps,
        tenant_operators=settings.tenant_operators,
    )


def declare_alerts(
    settings: PlatformSettings,
    place: Place,
    name: str,
    key_arn: pulumi.Input[str],
    *,
    direct: bool = False,
    costs: bool = False,
) -> AlertTopic:
    """Declare a topic of alarms; with `direct` people hear it without the notifier."""
    return AlertTopic(
        name,
        AlertTopicArgs(
            here=place, spec=settings.alerts, key_arn=key_arn, runbook_url=settings.runbook_url, direct=direct, costs=costs
        ),
    )


def here_of(settings: PlatformSettings, place: Place, alerts: AlarmTarget, log_key_arn: pulumi.Input[str]) -> Here:
    """What components in `place` are told."""
    return Here(
        region=place.region,
        account_id=place.account_id,
        protect=place.protect,
        features=place.features,
        switched=place.switched,
        sleeps=place.sleeps,
        tenant_operators=place.tenant_operators,
        inventory=place.inventory,
        alarms=alerts,
        log_key_arn=log_key_arn,
        log_retention_days=settings.log_retention_days,
    )


def declare_ground(settings: PlatformSettings, place: Place, keys: RegionKeys) -> Ground:
    """Declare the stack's region without a network."""
    alerts = declare_alerts(settings, place, "alerts", keys["alerts"]).target
    here, access_logs, logs = _declare_logs(settings, here_of(settings, place, alerts, keys["logs"]), keys)
    return Ground(here=here, keys=keys, alerts=alerts, access_logs=access_logs, links=Links(), logs=logs)


def declare_region(
    settings: PlatformSettings,
    place: Place,
    keys: RegionKeys,
    *,
    alerts: AlarmTarget | None = None,
    reaches: Joined | None = None,
) -> Region:
    """Declare the stack's region.

    `alerts` is another stack's topic in place of its own; `reaches` the data tier of a network that it is to be joined with.
    """
    primary = settings if isinstance(settings, PrimarySettings) else None
    costs = primary is not None and primary.budget is not None
    alerts = alerts or declare_alerts(settings, place, "alerts", keys["alerts"], costs=costs).target
    pool = primary.environments.pool if primary and primary.environments else None
    opened = Joined(cidr=pool, port=primary.database.port) if primary and pool else None
    here, access_logs, logs = _declare_logs(settings, here_of(settings, place, alerts, keys["logs"]), keys)
    network = Network("network", NetworkArgs(here=here, spec=settings.network, opened=opened, reaches=reaches))
    endpoints = Endpoints(
        "endpoints",
        EndpointsArgs(
            here=here,
            vpc_id=network.vpc_id,
            route_table_ids=network.application_route_table_ids,
            subnet_ids=dict(zip(network.zones, network.application_subnet_ids, strict=True)),
            interface_services=settings.network.interface_endpoints,
        ),
    )
    return Region(
        here=here,
        keys=keys,
        alerts=alerts,
        network=network,
        access_logs=access_logs,
        links=Links(always=endpoints.link()),
        logs=logs,
    )


def _declare_logs(settings: PlatformSettings, here: Here, keys: RegionKeys) -> tuple[Here, LogBucket, Logs | None]:
    """The place for access logs, and copies of the logs of all that is declared with the `here` that it returns."""
    access_logs = LogBucket("access-logs", LogBucketArgs(here=here, retention_days=settings.lake.access_log_days))
    here, logs = declare_log_delivery(settings, here, keys, access_logs.bucket_name)
    return here, access_logs, logs
