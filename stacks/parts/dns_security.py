"""What secures the zone, in us-east-1 where Route 53 wants it: signing and the query log, with their keys and their topic."""

from dataclasses import replace

from components.base.here import Place
from components.edge.dns import HostedZone
from components.edge.dns_security import REGION, DnsSecurity, DnsSecurityArgs
from settings import PrimarySettings
from stacks.parts.keys import declare_key
from stacks.parts.region import declare_alerts, here_of


def declare_dns_security(settings: PrimarySettings, place: Place, zone: HostedZone) -> DnsSecurity:
    """Declare the zone's signing and query log."""
    there = replace(place, region=REGION)
    alerts_key, logs_key = (declare_key(settings, there, data_class, prefix="dns-") for data_class in ("alerts", "logs"))
    alerts = declare_alerts(settings, there, "dns-alerts", alerts_key.arn, direct=True)
    return DnsSecurity(
        # The name it was first deployed under: it is part of what is deployed.
        "zone-guard",
        DnsSecurityArgs(
            here=here_of(settings, there, alerts.target, logs_key.arn),
            zone_id=zone.zone_id,
            zone_name=settings.zone.zone,
            key_administrators=settings.key_administrators,
        ),
    )
