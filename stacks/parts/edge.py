"""The public entrance of a region: its certificate, its load balancer, and its part in the record that users follow."""

import pulumi

from components.edge import edge_checks
from components.edge.certificate import Certificate, CertificateArgs
from components.edge.dns import AliasRecord, AliasRecordArgs, Failover
from components.edge.ingress import Ingress, IngressArgs
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_ingress(
    settings: PlatformSettings,
    region: Region,
    *,
    validation_zone_id: pulumi.Input[str] | None,
    signed_path: str | None = None,
) -> Ingress:
    """Declare the public load balancer with a certificate of all names it answers; the same names in both regions.

    `validation_zone_id` is the zone that gets the records which prove the names; None where another stack has them. At
    `signed_path` the function behind it verifies who sent a request.
    """
    domain = settings.ingress.domain
    hosts = {host for service in settings.services.values() for host in service.hosts} - {domain}
    certificate = Certificate(
        "certificate",
        CertificateArgs(
            here=region.here,
            domain_name=domain,
            subject_alternative_names=(edge_checks.standby_name(domain), *sorted(hosts)),
            validation_zone_id=validation_zone_id,
        ),
    )
    return Ingress(
        "ingress",
        IngressArgs(
            here=region.here,
            spec=settings.ingress,
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.public_subnet_ids,
            certificate_arn=certificate.arn,
            access_log_bucket=region.access_logs.bucket_name,
            running=settings.running,
            signed_path=signed_path,
        ),
    )


def declare_record(
    settings: PlatformSettings,
    ingress: Ingress,
    zone_id: pulumi.Input[str],
    failover: Failover | None,
) -> None:
    """Declare the name that users open; `failover` is the region's part in one, None where there is no other region."""
    AliasRecord(
        "app",
        AliasRecordArgs(
            zone_id=zone_id,
            domain_name=settings.ingress.domain,
            load_balancer_dns_name=ingress.dns_name,
            load_balancer_zone_id=ingress.zone_id,
            failover=failover,
        ),
    )
