"""A VPC in three tiers over its zones, with the ways in and out that each tier may have."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.here import Here
from ..base.spec import StackContext
from .address_plan import TIERS, AddressPlan, Tier
from .flow_log import FlowLog, FlowLogArgs
from .network_acls import Joined, create_network_acls
from .network_spec import NetworkSpec
from .ports import ANYWHERE
from .query_log import QueryLog, QueryLogArgs


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A network.

    Attributes:
        here: Where it is.
        spec: Its range, zones and ways out; the zones are of the region of `here`.
        opened: Who of a peered network reaches the data tier; nobody by default.
        reaches: The data tier of a peered network that the application tier reaches; none by default.

    Raises:
        InvalidArgumentError: on a zone of another region.
    """

    here: Here
    spec: NetworkSpec
    opened: Joined | None = None
    reaches: Joined | None = None

    def __post_init__(self) -> None:
        self.spec.within(StackContext(region=self.here.region, account_id=self.here.account_id))


class Network(Component):
    """VPC, subnets, routes, NAT gateways, network ACLs and flow logs.

    Public subnets (load balancers, NAT gateways) reach the internet and are reached; application subnets reach it through NAT;
    data subnets have no way out. No subnet hands out public addresses. The default security group and network ACL are closed.

    Outputs: `vpc_id`, `cidr`, `zones`; per tier and in the order of `zones` `public_subnet_ids`, `application_subnet_ids`,
    `data_subnet_ids`; `public_route_table_id`, `application_route_table_ids` (one per zone), `data_route_table_id`;
    `nat_public_ips`, the addresses that partners see.
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

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        self.cidr, self.zones = spec.cidr, spec.zones
        self.vpc = ec2.Vpc(
            name,
            region=here.region,
            cidr_block=spec.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.vpc_id = self.vpc.id
        default_group = f"{name}-default-group"
        ec2.DefaultSecurityGroup(
            default_group, region=here.region, vpc_id=self.vpc_id, tags=tags(default_group), opts=self.child()
        )
        subnets = {tier: {zone: self._subnet(tier, zone) for zone in spec.zones} for tier in TIERS}
        ids: dict[Tier, list[pulumi.Output[str]]] = {tier: [subnets[tier][zone].id for zone in spec.zones] for tier in TIERS}
        self.data_subnet_ids = ids["data"]
        plan = AddressPlan(spec.cidr)
        create_network_acls(self, here=here, vpc=self.vpc, plan=plan, subnet_ids=ids, opened=args.opened, reaches=args.reaches)

        gateways = self._public_tier(subnets["public"])
        self._application_tier(subnets["application"], gateways)
        self.data_route_table_id = self._route_table("data", subnets["data"]).id
        FlowLog(
            f"{name}-flow-log",
            FlowLogArgs(here=here, vpc_id=self.vpc_id, retention_days=spec.flow_log_retention_days),
            opts=self.child(),
        )
        if spec.query_log:
            QueryLog(f"{name}-query-log", QueryLogArgs(here=here, vpc_id=self.vpc_id), opts=self.child())
        alarms = [alarm for zone, gateway in gateways.items() for alarm in _nat_alarms(zone, gateway)]
        create_alarms(self, alarms, here)
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
            region=self.args.here.region,
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=AddressPlan(self.cidr).subnet(tier, zone),
            map_public_ip_on_launch=False,
            tags=tags(name, extra={"Tier": tier}),
            opts=self.child(),
        )

    def _public_tier(self, subnets: Mapping[str, ec2.Subnet]) -> dict[str, ec2.NatGateway]:
        """The way to the internet, and the NAT gateways by zone."""
        name = f"{self.name}-internet"
        internet = ec2.InternetGateway(
            name, region=self.args.here.region, vpc_id=self.vpc_id, tags=tags(name), opts=self.child()
        )
        route_table = self._route_table("public", subnets)
        self.public_route_table_id = route_table.id
        route = ec2.Route(
            f"{self.name}-public-internet",
            region=self.args.here.region,
            route_table_id=route_table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=internet.id,
            opts=self.child(),
        )
        # AWS refuses a public load balancer in a VPC whose internet gateway is not attached yet: whoever takes a subnet waits.
        self.public_subnet_ids = [
            pulumi.Output.all(subnet.id, route.id).apply(lambda parts: parts[0]) for subnet in subnets.values()
        ]
        nat_zones = {"none": (), "single": self.zones[:1], "per-zone": self.zones}[self.args.spec.nat]
        gateways: dict[str, ec2.NatGateway] = {}
        self.nat_public_ips = []
        for zone in nat_zones:
            name = f"{self.name}-nat-{zone}"
            # AWS refuses an address or a NAT gateway in a VPC whose internet gateway is not attached yet.
            opts = self.child(depends_on=[internet, route])
            address = ec2.Eip(name, region=self.args.here.region, domain="vpc", tags=tags(name), opts=opts)
            self.nat_public_ips.append(address.public_ip)
            gateways[zone] = ec2.NatGateway(
                name,
                region=self.args.here.region,
                allocation_id=address.allocation_id,
                subnet_id=subnets[zone].id,
                tags=tags(name),
                opts=opts,
            )
        return gateways

    def _application_tier(self, subnets: Mapping[str, ec2.Subnet], gateways: Mapping[str, ec2.NatGateway]) -> None:
        self.application_route_table_ids, self.application_subnet_ids = [], []
        for zone, subnet in subnets.items():
            # One table per zone in every NAT mode, so that a change of mode changes routes and nothing else.
            route_table = self._route_table(f"application-{zone}", {zone: subnet}, tier="application")
            self.application_route_table_ids.append(route_table.id)
            gateway = gateways.get(zone) or next(iter(gateways.values()), None)
            subnet_id = subnet.id
            if gateway:
                route = ec2.Route(
                    f"{self.name}-application-{zone}-nat",
                    region=self.args.here.region,
                    route_table_id=route_table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateway.id,
                    opts=self.child(),
                )
                # What starts here pulls its image through the gateway: whoever takes a subnet waits for its way out.
                subnet_id = pulumi.Output.all(subnet.id, route.id).apply(lambda parts: parts[0])
            self.application_subnet_ids.append(subnet_id)

    def _route_table(self, label: str, subnets: Mapping[str, ec2.Subnet], tier: Tier | None = None) -> ec2.RouteTable:
        name = f"{self.name}-{label}"
        route_table = ec2.RouteTable(name, region=self.args.here.region, vpc_id=self.vpc_id, tags=tags(name), opts=self.child())
        for zone, subnet in subnets.items():
            ec2.RouteTableAssociation(
                f"{self.name}-{tier or label}-{zone}",
                region=self.args.here.region,
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
