"""A VPC in three tiers over its zones, with the ways in and out that each tier may have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import pulumi
from pulumi_aws import ec2

from components import checks
from components.address_plan import TIERS, AddressPlan, Tier
from components.alarms import Alarm, AlarmTarget, DashboardRow, Metric, create_alarms
from components.component import Component, InvalidArgumentError, tags
from components.flow_log import FlowLog, FlowLogArgs
from components.network_acls import create_network_acls

NatMode = Literal["none", "single", "per-zone"]

INTERNET: Final = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A network.

    Attributes:
        region: AWS region, e.g. `us-east-2`.
        account_id: Account of the network.
        cidr: Private IPv4 range, /16 to /20; never changes. One that overlaps another network's can never be peered with it.
        zones: Two availability zones of `region` or more. A zone's subnets do not depend on the others: zones may be added,
            removed or reordered, except that a `single` NAT gateway stands in the first.
        nat: How the application tier reaches the internet: `none`; `single`, one NAT gateway whose zone's loss cuts off all;
            `per-zone`, one in each (an account has five Elastic IPs per region until the quota is raised). Can be changed at
            any time: only gateways and routes follow; connections through them break.
        flow_log_key_arn: Customer managed key of the flow logs.
        flow_log_retention_days: Days to keep flow logs; one of the values of CloudWatch PutRetentionPolicy.
        alarms: Where the NAT gateways' alarms go.
        protect: Stop a plan that would delete the flow logs; true by default.
    """

    region: str
    account_id: str
    cidr: str
    zones: tuple[str, ...]
    nat: NatMode
    flow_log_key_arn: pulumi.Input[str]
    flow_log_retention_days: int
    alarms: AlarmTarget
    protect: bool = True

    def __post_init__(self) -> None:
        if expected := checks.region(self.region):
            raise InvalidArgumentError(self, "region", self.region, expected)
        if expected := checks.vpc_cidr(self.cidr):
            raise InvalidArgumentError(self, "cidr", self.cidr, expected)
        for zone in self.zones:
            if expected := checks.zone(zone, self.region):
                raise InvalidArgumentError(self, "zones", zone, expected)
        if len(set(self.zones)) != len(self.zones) or len(self.zones) < 2:
            raise InvalidArgumentError(
                self, "zones", self.zones, "two different zones or more: RDS and load balancers refuse one"
            )
        if self.nat not in get_args(NatMode):
            raise InvalidArgumentError(self, "nat", self.nat, f"one of {', '.join(get_args(NatMode))}")
        if expected := checks.log_retention(self.flow_log_retention_days):
            raise InvalidArgumentError(self, "flow_log_retention_days", self.flow_log_retention_days, expected)


class Network(Component):
    """VPC, subnets, routes, NAT gateways, network ACLs and flow logs.

    Public subnets (load balancers, NAT gateways) reach the internet and are reached; application subnets reach it through NAT;
    data subnets have no way out. No subnet hands out public addresses. The default security group and network ACL are closed.

    Outputs: `vpc_id`, `cidr`, `zones`; per tier and in the order of `zones` `public_subnet_ids`, `application_subnet_ids`,
    `data_subnet_ids`; `public_route_table_id`, `application_route_table_ids` (one per zone), `data_route_table_id`;
    `nat_public_ips`, the addresses that partners see; `dashboard_row`.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    zones: tuple[str, ...]
    public_subnet_ids: list[pulumi.Output[str]]
    application_subnet_ids: list[pulumi.Output[str]]
    data_subnet_ids: list[pulumi.Output[str]]
    public_route_table_id: pulumi.Output[str]
    application_route_table_ids: list[pulumi.Output[str]]
    data_route_table_id: pulumi.Output[str]
    nat_public_ips: list[pulumi.Output[str]]
    dashboard_row: DashboardRow

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.cidr, self.zones = args.cidr, args.zones
        self.vpc = ec2.Vpc(
            name,
            region=args.region,
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.vpc_id = self.vpc.id
        default_group = f"{name}-default-group"
        ec2.DefaultSecurityGroup(
            default_group, region=args.region, vpc_id=self.vpc_id, tags=tags(default_group), opts=self.child()
        )
        subnets = {tier: {zone: self._subnet(tier, zone) for zone in args.zones} for tier in TIERS}
        ids: dict[Tier, list[pulumi.Output[str]]] = {tier: [subnets[tier][zone].id for zone in args.zones] for tier in TIERS}
        self.application_subnet_ids, self.data_subnet_ids = ids["application"], ids["data"]
        create_network_acls(self, region=args.region, vpc=self.vpc, plan=AddressPlan(args.cidr), subnet_ids=ids)

        gateways = self._public_tier(subnets["public"])
        self._application_tier(subnets["application"], gateways)
        self.data_route_table_id = self._route_table("data", subnets["data"]).id
        FlowLog(
            f"{name}-flow-log",
            FlowLogArgs(
                region=args.region,
                account_id=args.account_id,
                vpc_id=self.vpc_id,
                key_arn=args.flow_log_key_arn,
                retention_days=args.flow_log_retention_days,
                protect=args.protect,
            ),
            opts=self.child(),
        )
        alarms = [alarm for zone, gateway in gateways.items() for alarm in _nat_alarms(zone, gateway)]
        self.dashboard_row = create_alarms(self, alarms, region=args.region, target=args.alarms)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "publicSubnetIds": self.public_subnet_ids,
                "applicationSubnetIds": self.application_subnet_ids,
                "dataSubnetIds": self.data_subnet_ids,
                "natPublicIps": self.nat_public_ips,
            }
        )

    def _subnet(self, tier: Tier, zone: str) -> ec2.Subnet:
        name = f"{self.name}-{tier}-{zone}"
        return ec2.Subnet(
            name,
            region=self.args.region,
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=AddressPlan(self.args.cidr).subnet(tier, zone),
            map_public_ip_on_launch=False,
            tags=tags(name, extra={"Tier": tier}),
            opts=self.child(),
        )

    def _public_tier(self, subnets: Mapping[str, ec2.Subnet]) -> dict[str, ec2.NatGateway]:
        """The way to the internet, and the NAT gateways by zone."""
        name = f"{self.name}-internet"
        internet = ec2.InternetGateway(name, region=self.args.region, vpc_id=self.vpc_id, tags=tags(name), opts=self.child())
        route_table = self._route_table("public", subnets)
        self.public_route_table_id = route_table.id
        route = ec2.Route(
            f"{self.name}-public-internet",
            region=self.args.region,
            route_table_id=route_table.id,
            destination_cidr_block=INTERNET,
            gateway_id=internet.id,
            opts=self.child(),
        )
        # AWS refuses a public load balancer in a VPC whose internet gateway is not attached yet: whoever takes a subnet waits.
        self.public_subnet_ids = [
            pulumi.Output.all(subnet.id, route.id).apply(lambda parts: parts[0]) for subnet in subnets.values()
        ]
        nat_zones = {"none": (), "single": self.zones[:1], "per-zone": self.zones}[self.args.nat]
        gateways: dict[str, ec2.NatGateway] = {}
        self.nat_public_ips = []
        for zone in nat_zones:
            name = f"{self.name}-nat-{zone}"
            # AWS refuses an address or a NAT gateway in a VPC whose internet gateway is not attached yet.
            opts = self.child(depends_on=[internet, route])
            address = ec2.Eip(name, region=self.args.region, domain="vpc", tags=tags(name), opts=opts)
            self.nat_public_ips.append(address.public_ip)
            gateways[zone] = ec2.NatGateway(
                name,
                region=self.args.region,
                allocation_id=address.allocation_id,
                subnet_id=subnets[zone].id,
                tags=tags(name),
                opts=opts,
            )
        return gateways

    def _application_tier(self, subnets: Mapping[str, ec2.Subnet], gateways: Mapping[str, ec2.NatGateway]) -> None:
        self.application_route_table_ids = []
        for zone, subnet in subnets.items():
            # One table per zone in every NAT mode, so that a change of mode changes routes and nothing else.
            route_table = self._route_table(f"application-{zone}", {zone: subnet}, tier="application")
            self.application_route_table_ids.append(route_table.id)
            gateway = gateways.get(zone) or next(iter(gateways.values()), None)
            if gateway:
                ec2.Route(
                    f"{self.name}-application-{zone}-nat",
                    region=self.args.region,
                    route_table_id=route_table.id,
                    destination_cidr_block=INTERNET,
                    nat_gateway_id=gateway.id,
                    opts=self.child(),
                )

    def _route_table(self, label: str, subnets: Mapping[str, ec2.Subnet], tier: Tier | None = None) -> ec2.RouteTable:
        name = f"{self.name}-{label}"
        route_table = ec2.RouteTable(name, region=self.args.region, vpc_id=self.vpc_id, tags=tags(name), opts=self.child())
        for zone, subnet in subnets.items():
            ec2.RouteTableAssociation(
                f"{self.name}-{tier or label}-{zone}",
                region=self.args.region,
                route_table_id=route_table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return route_table


def _nat_alarms(zone: str, gateway: ec2.NatGateway) -> tuple[Alarm, ...]:
    def metric(name: str) -> Metric:
        return Metric(namespace="AWS/NATGateway", name=name, dimensions={"NatGatewayId": gateway.id}, statistic="Sum")

    return (
        Alarm(
            key="nat-port-allocation",
            description=f"The NAT gateway in {zone} has no source port left for a destination: connections fail.",
            metric=metric("ErrorPortAllocation"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            datapoints_to_alarm=1,
            missing_data="notBreaching",
            label=zone,
        ),
        Alarm(
            key="nat-packet-drop",
            description=f"The NAT gateway in {zone} drops more than 0.01 % of its packets.",
            metric={
                "dropped": metric("PacketsDropCount"),
                "sent": metric("PacketsInFromSource"),
                "received": metric("PacketsInFromDestination"),
            },
            # Without traffic there is no ratio, hence no data point.
            expression="100 * dropped / (sent + received)",
            comparison="GreaterThanThreshold",
            threshold=0.01,
            missing_data="notBreaching",
            label=zone,
        ),
    )
