"""What a public zone has in us-east-1, where Route 53 keeps it: the log of its queries, and the key that signs its answers."""

from dataclasses import dataclass
from typing import ClassVar, Final

import pulumi
from pulumi_aws import cloudwatch, kms, route53

from ..base import checks
from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.log_group import create_log_group
from ..base.statements import Condition, Statement, account, allow_on_key, policy_json, services
from ..security.key import administration

# docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html and dns-configuring-dnssec-cmk-requirements.html
REGION: Final = "us-east-1"

SIGNING: Final = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign")

# docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html: the metrics come every four hours
_METRIC_SECONDS: Final = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class DnsSecurityArgs:
    """A public hosted zone to be watched and signed.

    Attributes:
        here: us-east-1 in the zone's account, with a topic and a key for logs of us-east-1.
        zone_id: The zone.
        zone_name: Its domain, e.g. `prod.dataconnect.example`.
        key_administrators: ARNs of the roles that manage the signing key; the role that deploys must be one of them.

    Raises:
        InvalidArgumentError: on another region than us-east-1, or a zone's name that is no domain.
    """

    here: Here
    zone_id: pulumi.Input[str]
    zone_name: str
    key_administrators: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.here.region != REGION:
            expected = f"{REGION}: Route 53 takes the query log and the signing key of a public zone from no other region"
            raise InvalidArgumentError(self, "here.region", self.here.region, expected)
        if expected := checks.domain_name(self.zone_name):
            raise InvalidArgumentError(self, "zone_name", self.zone_name, expected)


class DnsSecurity(Component):
    """The query log of a public zone, and its DNSSEC signing.

    Resolvers believe the signatures once the parent zone holds `ds_record`; until then they do no harm. Take the record out of
    the parent zone, and wait for its TTL, before the signing is ever switched off: or validating resolvers refuse the zone.

    Outputs: `ds_record`, for the parent zone.
    """

    former_names: ClassVar[tuple[str, ...]] = ("ZoneGuard",)

    ds_record: pulumi.Output[str]

    def __init__(self, name: str, args: DnsSecurityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self._log_queries()
        self.ds_record = self._sign()
        create_alarms(
            self,
            [
                self._alarm("DNSSECInternalFailure", "dnssec-failure", "Route 53 cannot sign the zone."),
                self._alarm(
                    "DNSSECKeySigningKeysNeedingAction",
                    "dnssec-key-action",
                    "Route 53 cannot reach the key that signs the zone.",
                ),
            ],
            args.here,
        )
        self.register_outputs({"dsRecord": self.ds_record})

    def _log_queries(self) -> None:
        args, account_id = self.args, self.args.here.account_id
        group = create_log_group(
            self,
            f"{self.name}-queries",
            # Route 53 asks for a group of us-east-1; the prefix lets one resource policy serve every zone.
            physical_name=f"/aws/route53/{args.zone_name}",
            here=args.here,
            log_class="access",
        )
        write = Statement(
            sid="QueriesOfThisZone",
            principals=services("route53.amazonaws.com"),
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(f"arn:aws:logs:{REGION}:{account_id}:log-group:/aws/route53/{args.zone_name}:*",),
            conditions={
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": pulumi.Output.concat("arn:aws:route53:::hostedzone/", args.zone_id)},
            },
        )
        allowed = cloudwatch.LogResourcePolicy(
            f"{self.name}-queries",
            region=REGION,
            policy_name=f"route53-{args.zone_name.replace('.', '-')}",
            policy_document=policy_json([write]),
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
        statements = [
            *administration(args.here.account_id, args.key_administrators),
            *self._uses(),
        ]
        key = kms.Key(
            name,
            region=REGION,
            description=f"Signs {args.zone_name}",
            # What Route 53 takes; such keys do not rotate.
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            policy=policy_json(statements),
            deletion_window_in_days=30,
            tags=tags(name),
            opts=self.child(protect=args.here.protect),
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

    def _uses(self) -> tuple[Statement, ...]:
        """Who signs: Route 53, and whoever creates the key-signing key, in whose name Route 53 tries the key out first.

        The second is whoever the account's IAM policies let: no role that administers the key is named as its user.

        Else it answers `InvalidKMSArn: ... verify that you and Route 53 have permissions to perform ... DescribeKey,
        GetPublicKey, and Sign` (github.com/hashicorp/terraform-provider-aws/issues/29778).
        """
        account_id = self.args.here.account_id
        route_53 = services("dnssec-route53.amazonaws.com")
        zones: Condition = {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
        }
        callers: Condition = {"StringEquals": {"kms:CallerAccount": account_id}}
        for_aws: Condition = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        return (
            allow_on_key("ZonesOfThisAccountSign", route_53, SIGNING, zones),
            # AWS shows this statement without a source, and nobody has seen it work with one:
            # docs.aws.amazon.com/Route53/latest/DeveloperGuide/access-control-managing-permissions.html
            allow_on_key("Route53HoldsGrants", route_53, ("kms:CreateGrant",), for_aws),
            allow_on_key("AccountTriesTheKey", account(account_id), SIGNING, callers),
            allow_on_key("AccountGrantsIt", account(account_id), ("kms:CreateGrant",), {**callers, **for_aws}),
        )

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
