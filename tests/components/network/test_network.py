"""The network as declared: routes, NAT, closed defaults, flow logs, and what stays put when it changes."""

from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_aws import lb

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.network.network import Network, NetworkArgs
from components.network.network_spec import NatMode, NetworkSpec
from tests.components.harness import ACCOUNT, Declaration, Declared, children_without_region, here, kms_key, resources_of
from tests.found import some

ZONES = ("us-east-2a", "us-east-2b", "us-east-2c")
KEY = kms_key(name="mrk-logs")

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def arguments(*, protect: bool = True, region: str = "us-east-2", **changes: Any) -> NetworkArgs:
    values: dict[str, Any] = {
        "cidr": "10.20.0.0/16",
        "zones": ZONES,
        "nat": "per-zone",
        "interface_endpoints": limits.FARGATE_ENDPOINTS,
        "flow_log_retention_days": 365,
        **changes,
    }
    return NetworkArgs(here=here(region, protect=protect), spec=NetworkSpec(**values))


@cache
def network(**changes: Any) -> Declaration:
    return resources_of(lambda: Network("net", arguments(**changes)))


def routes_of(declaration: Declaration, tier: str) -> list[Declared]:
    """The routes of the tables that the tier's subnets are associated with."""
    subnets = {f"{subnet.name}-id" for subnet in declaration.of(SUBNET) if subnet.inputs["tags"]["Tier"] == tier}
    associations = declaration.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    tables = {a.inputs["routeTableId"] for a in associations if a.inputs["subnetId"] in subnets}
    assert len([a for a in associations if a.inputs["subnetId"] in subnets]) == len(subnets)
    return [route for route in declaration.of(ROUTE) if route.inputs["routeTableId"] in tables]


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_the_data_tier_has_no_default_route(nat: NatMode) -> None:
    declaration = network(nat=nat)
    assert routes_of(declaration, "data") == []
    assert all("routes" not in table.inputs for table in declaration.of("aws:ec2/routeTable:RouteTable"))


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_only_the_public_tier_routes_to_the_internet_gateway(nat: NatMode) -> None:
    declaration = network(nat=nat)
    (public,) = routes_of(declaration, "public")
    assert public.inputs["gatewayId"] == "net-internet-id"
    assert [route.name for route in declaration.of(ROUTE) if "gatewayId" in route.inputs] == [public.name]


def test_a_nat_gateway_per_zone_serves_its_own_zone() -> None:
    declaration = network(nat="per-zone")
    assert {nat.inputs["subnetId"] for nat in declaration.of(NAT)} == {f"net-public-{zone}-id" for zone in ZONES}
    gateways = {route.inputs["routeTableId"]: route.inputs["natGatewayId"] for route in routes_of(declaration, "application")}
    assert gateways == {f"net-application-{zone}-id": f"net-nat-{zone}-id" for zone in ZONES}


def test_a_single_nat_gateway_serves_all_zones() -> None:
    declaration = network(nat="single")
    routes = routes_of(declaration, "application")
    assert len(routes) == len(ZONES)
    assert {route.inputs["natGatewayId"] for route in routes} == {f"{declaration.one(NAT).name}-id"}


def test_without_nat_the_application_tier_has_no_way_out() -> None:
    declaration = network(nat="none")
    assert routes_of(declaration, "application") == []
    assert declaration.of(NAT) == declaration.of("aws:ec2/eip:Eip") == declaration.of(ALARM) == []


def test_nat_gateways_and_their_addresses_wait_for_the_way_to_the_internet() -> None:
    # F091: Gateway.NotAttached.
    for resource in [*some(network().of(NAT)), *some(network().of("aws:ec2/eip:Eip"))]:
        assert resource.depends_on("net-internet") and resource.depends_on("net-public-internet")


def placement(declaration: Declaration) -> dict[str, tuple[Any, ...]]:
    """All that would replace a subnet, a route table or the association of the two, by URN-deciding name."""
    tokens = (SUBNET, "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation")
    keys = ("vpcId", "cidrBlock", "availabilityZone", "subnetId", "routeTableId")
    return {f"{r.token} {r.name}": tuple(r.inputs.get(key) for key in keys) for token in tokens for r in declaration.of(token)}


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_what_stands_in_a_public_subnet_waits_for_the_way_to_the_internet(nat: NatMode) -> None:
    def program() -> None:
        subnets = Network("net", arguments(nat=nat)).public_subnet_ids
        lb.LoadBalancer("public", region="us-east-2", subnets=subnets)

    load_balancer = resources_of(program).one("aws:lb/loadBalancer:LoadBalancer")
    assert load_balancer.inputs["subnets"] == [f"net-public-{zone}-id" for zone in ZONES]
    assert load_balancer.depends_on("net-public-internet")


@pytest.mark.parametrize("nat", ["none", "single"])
def test_changing_the_nat_mode_moves_no_subnet_and_no_route_table(nat: NatMode) -> None:
    assert placement(network(nat=nat)) == placement(network(nat="per-zone"))


def test_going_from_single_to_per_zone_keeps_the_first_gateway_and_its_address() -> None:
    single, per_zone = network(nat="single"), network(nat="per-zone")
    assert single.one(NAT).inputs == per_zone.one(NAT, single.one(NAT).name).inputs


@pytest.mark.parametrize(
    "zones",
    [ZONES[:2], ZONES[1:], (*reversed(ZONES),), ("us-east-2c", "us-east-2a")],
    ids=["add", "prepend", "reorder", "between"],
)
def test_adding_removing_or_reordering_zones_moves_no_subnet(zones: tuple[str, ...]) -> None:
    changed = placement(network(zones=zones))
    assert changed.items() <= placement(network()).items()
    assert len([name for name in changed if name.startswith(SUBNET)]) == 3 * len(zones)


def test_no_subnet_hands_out_public_addresses() -> None:
    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in network().of(SUBNET)} == {False}


def test_names_resolve_inside_the_vpc_as_private_endpoints_need() -> None:
    # F086.
    vpc = network().one("aws:ec2/vpc:Vpc").inputs
    assert vpc["enableDnsSupport"] is True and vpc["enableDnsHostnames"] is True


def test_the_default_security_group_and_network_acl_are_adopted_and_closed() -> None:
    declaration = network()
    group = declaration.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    acl = declaration.one("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    assert acl.inputs["defaultNetworkAclId"] == "acl-default"
    for resource in (group, acl):
        assert not resource.inputs.get("ingress") and not resource.inputs.get("egress")


def test_the_default_network_acl_does_not_fight_over_subnets_on_the_next_up() -> None:
    assert network().one("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl").ignore_changes == ("subnetIds",)


def test_all_traffic_is_logged_to_an_encrypted_group_with_retention() -> None:
    declaration = network()
    flow_log = declaration.one("aws:ec2/flowLog:FlowLog")
    group = declaration.one("aws:cloudwatch/logGroup:LogGroup")
    assert flow_log.inputs["vpcId"] == "net-id" and flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["logDestination"].endswith(f":{group.name}")
    assert group.inputs["kmsKeyId"] == KEY and group.inputs["retentionInDays"] == 365


def test_flow_logs_are_written_by_a_role_that_can_do_nothing_else() -> None:
    # F093.
    declaration = network()
    flow_log = declaration.one("aws:ec2/flowLog:FlowLog")
    role = declaration.one("aws:iam/role:Role")
    policy = declaration.one("aws:iam/rolePolicy:RolePolicy")
    assert flow_log.inputs["iamRoleArn"].endswith(f":{role.name}") and flow_log.depends_on(policy.name)
    (trust,) = role.document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    (statement,) = policy.document()["Statement"]
    group = flow_log.inputs["logDestination"]
    assert statement["Resource"] == [group, f"{group}:*"]
    assert set(statement["Action"]) == {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}


@pytest.mark.parametrize("protect", [True, False])
def test_only_the_record_of_flows_is_protected(protect: bool) -> None:
    protected = [resource.token for resource in network(protect=protect).aws() if resource.protect]
    assert protected == (["aws:cloudwatch/logGroup:LogGroup"] if protect else [])


def test_every_nat_gateway_is_watched() -> None:
    alarms = {alarm.name: alarm.inputs for alarm in network().of(ALARM)}
    assert set(alarms) == {f"net-{key}-{zone}" for key in ("nat-port-allocation", "nat-packet-drop") for zone in ZONES}
    ports = alarms["net-nat-port-allocation-us-east-2b"]
    assert ports["dimensions"] == {"NatGatewayId": "net-nat-us-east-2b-id"}
    assert (ports["metricName"], ports["statistic"], ports["threshold"]) == ("ErrorPortAllocation", "Sum", 1)
    assert (ports["datapointsToAlarm"], ports["treatMissingData"]) == (1, "notBreaching")


def test_every_child_is_told_its_region() -> None:
    assert children_without_region(network(), "us-east-2") == []


def test_outputs_list_the_zones_in_order() -> None:
    zones = ("us-east-2b", "us-east-2a")
    names = ("public_subnet_ids", "application_subnet_ids", "data_subnet_ids", "application_route_table_ids")
    seen: list[list[list[str]]] = []

    def program() -> None:
        built = Network("net", arguments(zones=zones))
        assert (built.cidr, built.zones, len(built.nat_public_ips)) == ("10.20.0.0/16", zones, 2)
        pulumi.Output.all(*(pulumi.Output.all(*getattr(built, name)) for name in names)).apply(seen.append)

    resources_of(program)
    assert seen == [[[f"net-{name.split('_')[0]}-{zone}-id" for zone in zones] for name in names]]


def test_flow_logs_are_kept_as_other_logs_unless_said_otherwise() -> None:
    group = network(flow_log_retention_days=None).one("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["retentionInDays"] == here().log_retention_days == 30


def test_it_has_a_row_on_the_dashboard_with_all_alarms_of_its_gateways() -> None:
    args = arguments(nat="single")
    resources_of(lambda: Network("net", args))
    (row,) = args.here.inventory.rows
    assert (row.title, row.region) == ("net", "us-east-2")
    assert [alarm.key for alarm in row.alarms] == ["nat-port-allocation", "nat-packet-drop"]


def test_a_region_that_the_estate_does_not_use_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.region is 'eu-west-9'; expected one of"):
        arguments(region="eu-west-9")


def test_zones_of_another_region_than_its_own_are_named_before_any_resource_exists() -> None:
    with pytest.raises(InvalidArgumentError, match=r"NetworkSpec\.zones\[0\] is 'us-east-2a'; expected a zone of us-west-2"):
        arguments(region="us-west-2")


def test_names_that_are_looked_up_are_recorded_where_the_spec_says_so() -> None:
    token = "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation"
    assert network().of(token) == []
    assert network(query_log=True).one(token).inputs["resourceId"] == "net-id"
