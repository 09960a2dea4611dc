"""The public HTTPS entrance of a region: load balancer, listeners, firewall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import lb

from ..base import checks
from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..network.ports import ANYWHERE, HTTP, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .firewall import Firewall, FirewallArgs
from .ingress_spec import IngressSpec
from .listener import Listener
from .switches import create_switches

# AWS's recommendation: TLS 1.3 and 1.2 with forward secrecy and authenticated ciphers only, post-quantum key exchange for
# clients that can (docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

ERROR_PERCENT: Final = 5  # of a minute's requests, once there are MIN_REQUESTS of them
MIN_REQUESTS: Final = 20
RESPONSE_SECONDS: Final = 2


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """A public load balancer.

    Attributes:
        here: Where it is. `here.protect` holds in AWS, too: its DNS name would change.
        spec: Whom it lets in.
        vpc_id: VPC of the subnets.
        subnet_ids: Public subnets, in two zones or more.
        certificate_arn: `Certificate.arn`, or that of any issued certificate of the same region.
        access_log_bucket: Bucket of the same region that takes its access logs; not under a customer managed key.
        running: Whether it begins with its gate open, where recovery switches; true by default.
        signed_path: See `FirewallArgs.signed_path`; None by default.

    Raises:
        InvalidArgumentError: on fewer than two subnets.
    """

    here: Here
    spec: IngressSpec
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    certificate_arn: pulumi.Input[str]
    access_log_bucket: pulumi.Input[str]
    running: bool = True
    signed_path: str | None = None

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "two subnets or more, in different zones")


class Ingress(Component):
    """An internet-facing application load balancer. HTTP only redirects to HTTPS; what no service answers gets an empty 404.

    Where recovery switches, its first two rules are recovery's: `/active` tells Route 53 whether the region was opened, and the
    gate keeps everybody out of one that was closed.

    Outputs: `arn`; `dns_name` and `zone_id` for alias records; `listener_arn` (HTTPS); `security_group`; `firewall`.

    Raises:
        InvalidArgumentError: on a name that no load balancer may have.
    """

    arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    security_group: SecurityGroup
    firewall: Firewall

    def __init__(self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # 32 characters in all, eight of them auto-naming's (ELB CreateLoadBalancer).
        if expected := checks.pattern(
            name, r"(?!internal-)[a-z][a-z0-9-]{0,23}", "up to 24 lower-case letters, digits, hyphens"
        ):
            raise InvalidArgumentError(args, "name", name, expected)
        super().__init__(name, opts)
        self.args = args
        self.security_group = self._security_group()
        load_balancer = lb.LoadBalancer(
            name,
            region=args.here.region,
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            subnets=[*args.subnet_ids],
            security_groups=[self.security_group.id],
            access_logs=lb.LoadBalancerAccessLogsArgs(enabled=True, bucket=args.access_log_bucket, prefix=name),
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            enable_deletion_protection=args.here.protect,
            # Lets the on-call engineer move traffic out of an ailing zone without a deployment.
            enable_zonal_shift=True,
            tags=tags(name),
            opts=self.child(protect=args.here.protect),
        )
        self.arn, self.dns_name, self.zone_id = load_balancer.arn, load_balancer.dns_name, load_balancer.zone_id
        self._suffix = load_balancer.arn_suffix
        self.listener_arn = self._listeners(load_balancer.arn)
        self.firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(here=args.here, load_balancer_arn=load_balancer.arn, signed_path=args.signed_path),
            opts=self.child(),
        )
        if args.here.switched:
            create_switches(self, args.here, self.listener_arn, running=args.running)
        create_alarms(self, _alarms(self._suffix), args.here)
        self.register_outputs({"arn": self.arn, "dnsName": self.dns_name, "listenerArn": self.listener_arn})

    @property
    def listener(self) -> Listener:
        """The HTTPS listener, for services."""
        return Listener(arn=self.listener_arn, security_group=self.security_group, load_balancer_suffix=self._suffix)

    def _security_group(self) -> SecurityGroup:
        group = SecurityGroup(
            self.name,
            SecurityGroupArgs(here=self.args.here, vpc_id=self.args.vpc_id, description=f"Load balancer {self.name}"),
            opts=self.child(),
        )
        for cidr in self.args.spec.allowed_cidrs:
            label = cidr.replace("/", "-")
            group.allow_from_cidr(label, cidr, port=HTTPS, description="HTTPS from clients")
            group.allow_from_cidr(label, cidr, port=HTTP, description="HTTP from clients, redirected to HTTPS")
        return group

    def _way_to_keys(self) -> list[pulumi.Resource]:
        """The way out on which the load balancer fetches the keys of tokens' issuer; none where it believes no tokens.

        repost.aws/knowledge-center/elb-configure-authentication-alb has the rule for signing in, and
        github.com/aws/aws-cdk/pull/37494 for tokens: without it no request passes.
        """
        if self.args.spec.tokens is None:
            return []
        described = "HTTPS to the issuer of tokens, for its keys"
        return [self.security_group.allow_to_cidr("issuer", ANYWHERE, port=HTTPS, description=described)]

    def _listeners(self, load_balancer_arn: pulumi.Output[str]) -> pulumi.Output[str]:
        args = self.args
        lb.Listener(
            f"{self.name}-http",
            region=args.here.region,
            load_balancer_arn=load_balancer_arn,
            protocol="HTTP",
            port=HTTP,
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=lb.ListenerDefaultActionRedirectArgs(protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"),
                )
            ],
            tags=tags(f"{self.name}-http"),
            opts=self.child(),
        )
        return lb.Listener(
            f"{self.name}-https",
            region=args.here.region,
            load_balancer_arn=load_balancer_arn,
            protocol="HTTPS",
            port=HTTPS,
            ssl_policy=TLS_POLICY,
            certificate_arn=expect_region(args.certificate_arn, args.here.region, f"{self.name}: certificate_arn"),
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=lb.ListenerDefaultActionFixedResponseArgs(content_type="text/plain", status_code="404"),
                )
            ],
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value="max-age=31536000; includeSubDomains",
            routing_http_response_x_content_type_options_header_value="nosniff",
            tags=tags(f"{self.name}-https"),
            opts=self.child(depends_on=self._way_to_keys()),
        ).arn


def _alarms(load_balancer: pulumi.Output[str]) -> tuple[Alarm, ...]:
    def metric(name: str, statistic: str) -> Metric:
        dimensions = {"LoadBalancer": load_balancer}
        return Metric(namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, statistic=statistic)

    requests = metric("RequestCount", "Sum")
    # RequestCount leaves out what found no target, which is just what these errors are.
    own_errors = Alarm(
        key="ingress-errors",
        description=f"The load balancer itself answers more than {ERROR_PERCENT} % of the requests with HTTP 5xx.",
        metric={"requests": requests, "errors": metric("HTTPCode_ELB_5XX_Count", "Sum")},
        expression=(
            f"IF(FILL(requests, 0) + FILL(errors, 0) >= {MIN_REQUESTS},"
            " 100 * FILL(errors, 0) / (FILL(requests, 0) + FILL(errors, 0)), 0)"
        ),
        comparison="GreaterThanThreshold",
        threshold=ERROR_PERCENT,
        datapoints_to_alarm=3,
        missing_data="notBreaching",
    )
    return (
        Alarm(
            key="ingress-target-errors",
            description=f"Services answer more than {ERROR_PERCENT} % of the requests with HTTP 5xx.",
            metric={"requests": requests, "errors": metric("HTTPCode_Target_5XX_Count", "Sum")},
            expression=f"IF(requests >= {MIN_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)",
            comparison="GreaterThanThreshold",
            threshold=ERROR_PERCENT,
            datapoints_to_alarm=3,
            missing_data="notBreaching",
        ),
        own_errors,
        Alarm(
            key="ingress-response-time",
            description=f"One request in twenty waits longer than {RESPONSE_SECONDS} s for its service.",
            metric=metric("TargetResponseTime", "p95"),
            comparison="GreaterThanThreshold",
            threshold=RESPONSE_SECONDS,
            missing_data="notBreaching",
        ),
        Alarm(
            key="ingress-rejected-connections",
            description="The load balancer turns connections away: it has reached its maximum.",
            metric=metric("RejectedConnectionCount", "Sum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            missing_data="notBreaching",
        ),
    )
