"""A TLS certificate that renews itself by DNS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, route53
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from . import edge_checks

MIN_DAYS_TO_EXPIRY = 30  # ACM renews 60 days ahead


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """A certificate.

    Attributes:
        here: Where the load balancer is that uses it; certificates are regional.
        domain_name: Its first name, up to 64 characters (the certificate's common name); `*.` may stand in front.
        validation_zone_id: Public hosted zone that gets the validation records. None when they exist already: ACM wants the
            same records for a name in every region of an account, so the stack of one region creates them for all.
        subject_alternative_names: Further names, all in the same hosted zone; none by default.

    Raises:
        InvalidArgumentError: on what is no domain name, a first name that is too long, a name given twice, or too many names.
    """

    here: Here
    domain_name: str
    validation_zone_id: pulumi.Input[str] | None
    subject_alternative_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if expected := edge_checks.common_name(self.domain_name) or edge_checks.certificate_name(self.domain_name):
            raise InvalidArgumentError(self, "domain_name", self.domain_name, expected)
        names = (self.domain_name, *self.subject_alternative_names)
        if expected := edge_checks.certificate_names(names):
            raise InvalidArgumentError(self, "subject_alternative_names", f"{len(names)} names with domain_name", expected)
        for name in self.subject_alternative_names:
            if expected := edge_checks.certificate_name(name):
                raise InvalidArgumentError(self, "subject_alternative_names", name, expected)
            if [self.domain_name, *self.subject_alternative_names].count(name) > 1:
                raise InvalidArgumentError(self, "subject_alternative_names", name, "each name once")


class Certificate(Component):
    """An ACM certificate, validated by DNS.

    Outputs: `arn`, known once the certificate is issued.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        certificate = acm.Certificate(
            name,
            region=args.here.region,
            domain_name=args.domain_name,
            subject_alternative_names=[*args.subject_alternative_names],
            validation_method="DNS",
            key_algorithm="RSA_2048",
            options=acm.CertificateOptionsArgs(certificate_transparency_logging_preference="ENABLED"),
            tags=tags(name),
            opts=self.child(),
        )
        validation = acm.CertificateValidation(
            f"{name}-validation",
            region=args.here.region,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in self._validation_records(args, certificate)] or None,
            opts=self.child(),
        )
        self.arn = validation.certificate_arn
        expiry = Alarm(
            key="certificate-expiry",
            description=f"The certificate of {args.domain_name} was not renewed and expires soon.",
            metric=Metric(
                namespace="AWS/CertificateManager",
                name="DaysToExpiry",
                dimensions={"CertificateArn": certificate.arn},
                statistic="Minimum",
            ),
            comparison="LessThanThreshold",
            threshold=MIN_DAYS_TO_EXPIRY,
            # ACM sends it twice a day.
            period=86400,
            evaluation_periods=1,
            missing_data="ignore",
        )
        create_alarms(self, [expiry], args.here)
        self.register_outputs({"arn": self.arn})

    def _validation_records(self, args: CertificateArgs, certificate: acm.Certificate) -> list[route53.Record]:
        if args.validation_zone_id is None:
            return []
        # A name and its wildcard share one record.
        names = dict.fromkeys(name.removeprefix("*.") for name in (args.domain_name, *args.subject_alternative_names))
        return [self._validation_record(args.validation_zone_id, certificate, name) for name in names]

    def _validation_record(self, zone_id: pulumi.Input[str], certificate: acm.Certificate, name: str) -> route53.Record:
        # By name: the provider gives the options in no certain order.
        def option(options: Sequence[CertificateDomainValidationOption]) -> CertificateDomainValidationOption:
            return next(option for option in options if (option.domain_name or "").removeprefix("*.") == name)

        wanted = certificate.domain_validation_options.apply(option)
        return route53.Record(
            f"{self.name}-validation-{name}",
            zone_id=zone_id,
            name=wanted.apply(lambda option: option.resource_record_name or ""),
            type="CNAME",
            ttl=300,
            records=[wanted.apply(lambda option: option.resource_record_value or "")],
            opts=self.child(),
        )
