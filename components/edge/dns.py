"""The environment's hosted zone, and the record that sends users to a region's load balancer."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import pulumi
from pulumi_aws import route53

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place
from ..network.ports import HTTPS
from . import edge_checks
from .dns_spec import DnsSpec

FailoverRole = Literal["PRIMARY", "SECONDARY"]

# Three failures, ten seconds apart: a dead region is noticed in half a minute.
FAILURE_THRESHOLD: Final = 3
REQUEST_INTERVAL_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class HostedZoneArgs:
    """A public hosted zone.

    Attributes:
        here: Whose zone it is; a zone is of no region. Without `here.protect` a destroy also deletes records that Pulumi does
            not know.
        spec: Its domain.
        accelerated_recovery: Records can be changed within an hour when us-east-1 is down, as a failover to another region may
            need; a zone that has it cannot simply be deleted. False by default.
    """

    here: Place
    spec: DnsSpec
    accelerated_recovery: bool = False


class HostedZone(Component):
    """A public hosted zone.

    Outputs: `zone_id`; `name_servers`, for the parent zone's NS record.
    """

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[list[str]]

    def __init__(self, name: str, args: HostedZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        zone = route53.Zone(
            name,
            name=args.spec.zone,
            comment=f"{args.spec.zone}, stack {pulumi.get_stack()}",
            force_destroy=not args.here.protect,
            enable_accelerated_recovery=args.accelerated_recovery,
            tags=tags(name),
            opts=self.child(protect=args.here.protect),
        )
        self.zone_id = zone.zone_id
        self.name_servers = zone.name_servers.apply(list)
        self.register_outputs({"zoneId": self.zone_id, "nameServers": self.name_servers})


@dataclass(frozen=True, kw_only=True)
class Failover:
    """A record's part in the failover between two regions.

    Attributes:
        role: `PRIMARY` or `SECONDARY`.
        other: A name of the other region's load balancer: `edge_checks.standby_name` for the PRIMARY, which knows it by
            convention; that load balancer's own for the SECONDARY. Both load balancers have the latch, open to the whole
            internet, as Route 53's checkers must reach it.

    Raises:
        InvalidArgumentError: on another role.
    """

    role: FailoverRole
    other: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.role not in get_args(FailoverRole):
            raise InvalidArgumentError(self, "role", self.role, f"one of {', '.join(get_args(FailoverRole))}")


@dataclass(frozen=True, kw_only=True)
class AliasRecordArgs:
    """A name of a load balancer.

    Attributes:
        zone_id: Hosted zone of the name.
        domain_name: The name, e.g. `app.prod.dataconnect.example`; the same in both regions of a failover.
        load_balancer_dns_name: `ingress.dns_name`.
        load_balancer_zone_id: `ingress.zone_id`.
        failover: The record's part in a failover; none by default, when there is no other region.

    Raises:
        InvalidArgumentError: on what is no domain name.
    """

    zone_id: pulumi.Input[str]
    domain_name: str
    load_balancer_dns_name: pulumi.Input[str]
    load_balancer_zone_id: pulumi.Input[str]
    failover: Failover | None = None

    def __post_init__(self) -> None:
        if expected := checks.domain_name(self.domain_name):
            raise InvalidArgumentError(self, "domain_name", self.domain_name, expected)


class AliasRecord(Component):
    """An alias A record; with `failover` also the health checks that decide who answers for it.

    Users go to the SECONDARY while its latch is open and the PRIMARY's is not, and to the PRIMARY otherwise: no service's
    health moves them, there or back (docs/decisions/failover-dns.md). The SECONDARY is also reachable as `standby.<domain>`.

    Outputs: `fqdn`; `health_check_id`, what decides on this record (None without a failover).
    """

    fqdn: pulumi.Output[str]
    health_check_id: pulumi.Output[str] | None

    def __init__(self, name: str, args: AliasRecordArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        failover = args.failover
        self.health_check_id = self._health_check_id(failover) if failover else None
        record = self._alias(
            name,
            args.domain_name,
            set_identifier=failover and failover.role.lower(),
            failover_routing_policies=failover and [route53.RecordFailoverRoutingPolicyArgs(type=failover.role)],
            health_check_id=self.health_check_id,
        )
        self.fqdn = record.fqdn
        self.register_outputs({"fqdn": self.fqdn, "healthCheckId": self.health_check_id})

    def _health_check_id(self, failover: Failover) -> pulumi.Output[str]:
        secondary = failover.role == "SECONDARY"
        if secondary:
            self._alias(f"{self.name}-standby", edge_checks.standby_name(self.args.domain_name))
        opened = self._latch_check("endpoint", self.args.load_balancer_dns_name, inverted=False)
        other_closed = self._latch_check("primary-idle" if secondary else "standby-idle", failover.other, inverted=True)
        serving = f"{self.name}-serving"
        return route53.HealthCheck(
            serving,
            type="CALCULATED",
            # SECONDARY: its latch is open, and the other's is not. PRIMARY: the opposite, for which one of both is enough.
            child_health_threshold=2 if secondary else 1,
            child_healthchecks=[opened.id, other_closed.id],
            tags=tags(serving),
            opts=self.child(),
        ).id

    def _latch_check(self, part: str, fqdn: pulumi.Input[str], *, inverted: bool) -> route53.HealthCheck:
        name = f"{self.name}-{part}"
        return route53.HealthCheck(
            name,
            type="HTTPS",
            fqdn=fqdn,
            port=HTTPS,
            resource_path=edge_checks.LATCH_PATH,
            enable_sni=True,
            invert_healthcheck=inverted,
            failure_threshold=FAILURE_THRESHOLD,
            request_interval=REQUEST_INTERVAL_SECONDS,
            tags=tags(name),
            opts=self.child(),
        )

    def _alias(
        self,
        name: str,
        domain_name: str,
        *,
        set_identifier: str | None = None,
        failover_routing_policies: list[route53.RecordFailoverRoutingPolicyArgs] | None = None,
        health_check_id: pulumi.Output[str] | None = None,
    ) -> route53.Record:
        return route53.Record(
            name,
            zone_id=self.args.zone_id,
            name=domain_name,
            type="A",
            aliases=[
                route53.RecordAliasArgs(
                    name=self.args.load_balancer_dns_name,
                    zone_id=self.args.load_balancer_zone_id,
                    # One ailing service must not move the whole platform: the health check decides.
                    evaluate_target_health=False,
                )
            ],
            set_identifier=set_identifier,
            failover_routing_policies=failover_routing_policies,
            health_check_id=health_check_id,
            # Route 53 takes no plain record beside a failover record of the same name.
            opts=self.child(delete_before_replace=True),
        )
