"""The network as declared: routes, NAT, closed defaults, flow logs, and what stays put when it changes."""

from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_aws import lb

from components.alarms import AlarmTarget
from components.component import InvalidArgumentError
from components.network import NatMode, Network, NetworkArgs
from tests.components.harness import ACCOUNT, Declaration, Declared, children_without_region, resources_of

ZONES = ("us-east-2a", "us-east-2b", "us-east-2c")
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/logs"

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


ARGUMENTS = NetworkArgs(
    region="us-east-2",
    account_id=ACCOUNT,
    cidr="10.20.0.0/16",
    zones=ZONES,
    nat="per-zone",
    flow_log_key_arn=KEY,
    flow_log_retention_days=365,
    alarms=AlarmTarget(topic_arn="arn:topic", runbook_url="https://runbooks.dataconnect.example"),
)


@cache
def network(**changes: Any) -> Declaration:
    return resources_of(lambda: Network("net", replace(ARGUMENTS, **changes)))


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
    for resource in [*network().of(NAT), *network().of("aws:ec2/eip:Eip")]:
        assert resource.depends_on("net-internet") and resource.depends_on("net-public-internet")


def placement(declaration: Declaration) -> dict[str, tuple[Any, ...]]:
    """All that would replace a subnet, a route table or the association of the two, by URN-deciding name."""
    tokens = (SUBNET, "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation")
    keys = ("vpcId", "cidrBlock", "availabilityZone", "subnetId", "routeTableId")
    return {f"{r.token} {r.name}": tuple(r.inputs.get(key) for key in keys) for token in tokens for r in declaration.of(token)}


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_what_stands_in_a_public_subnet_waits_for_the_way_to_the_internet(nat: NatMode) -> None:
    def program() -> None:
        subnets = Network("net", replace(ARGUMENTS, nat=nat)).public_subnet_ids
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
        built = Network("net", replace(ARGUMENTS, zones=zones))
        assert (built.cidr, built.zones, len(built.nat_public_ips)) == ("10.20.0.0/16", zones, 2)
        pulumi.Output.all(*(pulumi.Output.all(*getattr(built, name)) for name in names)).apply(seen.append)

    resources_of(program)
    assert seen == [[[f"net-{name.split('_')[0]}-{zone}-id" for zone in zones] for name in names]]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("region", "eu-west-9", "one of"),
        ("cidr", "10.20.0.0/22", "/16"),
        ("cidr", "10.20.0.1/16", "without host bits"),
        ("zones", ("us-east-2a", "us-west-2a"), "a zone of us-east-2"),
        ("zones", ("us-east-2a",), "two different zones"),
        ("zones", ("us-east-2a", "us-east-2a"), "two different zones"),
        ("nat", "double", "none, single, per-zone"),
        ("flow_log_retention_days", 42, "one of"),
    ],
)
def test_a_wrong_argument_is_named_before_any_resource_exists(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"NetworkArgs.{field}.*{expected}"):
        replace(ARGUMENTS, **{field: value})
