"""What a public zone has in us-east-1, where Route 53 keeps it: the log of its queries, and the key that signs its answers."""

import json
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, kms, route53

from components import checks
from components.alarms import Alarm, AlarmTarget, DashboardRow, Metric, create_alarms
from components.component import Component, InvalidArgumentError, tags
from components.key import administration, allow
from components.log_group import create_log_group
from components.permissions import POLICY_VERSION

# docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html and dns-configuring-dnssec-cmk-requirements.html
REGION: Final = "us-east-1"

# docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html: the metrics come every four hours
_METRIC_SECONDS: Final = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class ZoneGuardArgs:
    """A public hosted zone to be watched and signed.

    Attributes:
        account_id: Account of the zone.
        zone_id: The zone.
        zone_name: Its domain, e.g. `prod.dataconnect.example`.
        key_administrators: ARNs of the roles that manage the signing key; the role that deploys must be one of them.
        log_key_arn: Customer managed key of the query log, in us-east-1.
        log_retention_days: Days to keep queries; one of the values of CloudWatch PutRetentionPolicy.
        alarms: Who is told; a topic of us-east-1.
        protect: Stop a plan that would delete the log or the signing key; true by default.
    """

    account_id: str
    zone_id: pulumi.Input[str]
    zone_name: str
    key_administrators: tuple[str, ...]
    log_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarms: AlarmTarget
    protect: bool = True

    def __post_init__(self) -> None:
        if expected := checks.log_retention(self.log_retention_days):
            raise InvalidArgumentError(self, "log_retention_days", self.log_retention_days, expected)
        if expected := checks.domain_name(self.zone_name):
            raise InvalidArgumentError(self, "zone_name", self.zone_name, expected)


class ZoneGuard(Component):
    """The query log of a public zone, and its DNSSEC signing.

    Resolvers believe the signatures once the parent zone holds `ds_record`; until then they do no harm. Take the record out of
    the parent zone, and wait for its TTL, before the signing is ever switched off: or validating resolvers refuse the zone.

    Outputs: `ds_record`, for the parent zone; `dashboard_row`.
    """

    ds_record: pulumi.Output[str]
    dashboard_row: DashboardRow

    def __init__(self, name: str, args: ZoneGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self._log_queries()
        self.ds_record = self._sign()
        self.dashboard_row = create_alarms(
            self,
            [
                self._alarm("DNSSECInternalFailure", "dnssec-failure", "Route 53 cannot sign the zone."),
                self._alarm(
                    "DNSSECKeySigningKeysNeedingAction",
                    "dnssec-key-action",
                    "Route 53 cannot reach the key that signs the zone.",
                ),
            ],
            region=REGION,
            target=args.alarms,
        )
        self.register_outputs({"dsRecord": self.ds_record})

    def _log_queries(self) -> None:
        args = self.args
        group = create_log_group(
            self,
            f"{self.name}-queries",
            # Route 53 asks for a group of us-east-1; the prefix lets one resource policy serve every zone.
            physical_name=f"/aws/route53/{args.zone_name}",
            region=REGION,
            key_arn=args.log_key_arn,
            retention_days=args.log_retention_days,
            protect=args.protect,
        )
        document = {
            "Version": POLICY_VERSION,
            "Statement": [
                {
                    "Sid": "QueriesOfThisZone",
                    "Effect": "Allow",
                    "Principal": {"Service": "route53.amazonaws.com"},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": f"arn:aws:logs:{REGION}:{args.account_id}:log-group:/aws/route53/{args.zone_name}:*",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": args.account_id},
                        "ArnLike": {"aws:SourceArn": pulumi.Output.concat("arn:aws:route53:::hostedzone/", args.zone_id)},
                    },
                }
            ],
        }
        allowed = cloudwatch.LogResourcePolicy(
            f"{self.name}-queries",
            region=REGION,
            policy_name=f"route53-{args.zone_name.replace('.', '-')}",
            policy_document=pulumi.Output.json_dumps(document),
            opts=self.child(),
        )
        route53.QueryLog(
            f"{self.name}-queries",
            zone_id=args.zone_id,
            cloudwatch_log_group_arn=group.arn,
            # Route 53 tries to write before it accepts the group.
            opts=self.child(depends_on=[allowed]),
        )

    def _sign(self) -> pulumi.Output[str]:
        args, name = self.args, f"{self.name}-signing"
        service = {"Service": "dnssec-route53.amazonaws.com"}
        zone = {
            "StringEquals": {"aws:SourceAccount": args.account_id},
            "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
        }
        lasting = {**zone, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements = [
            *administration(args.account_id, args.key_administrators),
            allow("ZonesOfThisAccountSign", service, ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"), zone),
            allow("ZonesOfThisAccountHoldGrants", service, ("kms:CreateGrant",), lasting),
        ]
        key = kms.Key(
            name,
            region=REGION,
            description=f"Signs {args.zone_name}",
            # What Route 53 takes; such keys do not rotate.
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            policy=json.dumps({"Version": POLICY_VERSION, "Statement": statements}),
            deletion_window_in_days=30,
            tags=tags(name),
            opts=self.child(protect=args.protect),
        )
        signer = route53.KeySigningKey(
            name,
            hosted_zone_id=args.zone_id,
            key_management_service_arn=key.arn,
            # Letters, digits and _ only (Route 53 CreateKeySigningKey).
            name=name.replace("-", "_"),
            opts=self.child(),
        )
        route53.HostedZoneDnsSec(name, hosted_zone_id=signer.hosted_zone_id, opts=self.child(depends_on=[signer]))
        return signer.ds_record

    def _alarm(self, metric: str, key: str, description: str) -> Alarm:
        return Alarm(
            key=key,
            description=f"{description} ({self.args.zone_name})",
            metric=Metric(
                namespace="AWS/Route53", name=metric, dimensions={"HostedZoneId": self.args.zone_id}, statistic="Maximum"
            ),
            comparison="GreaterThanThreshold",
            threshold=0,
            period=_METRIC_SECONDS,
            evaluation_periods=1,
            missing_data="ignore",
        )
