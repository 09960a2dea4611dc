"""Where things run: which tier of subnets, which zone, how they get out."""

import pytest

from tests.found import some
from tests.stacks.estate import PLATFORMS, RUNNING, estate_of

SUBNET = "ec2/subnet:Subnet"


@pytest.mark.parametrize("name", RUNNING)
def test_tasks_run_in_the_application_tier_of_every_zone_without_a_public_address(name: str) -> None:
    estate = estate_of(name)
    for service in estate.services:
        network = estate.inputs("ecs/service:Service", service)["networkConfiguration"]
        assert network["subnets"] == estate.subnets("application"), service
        assert network["assignPublicIp"] is False
        assert network["securityGroups"] == [estate.id("ec2/securityGroup:SecurityGroup", f"{service}-tasks")]


@pytest.mark.parametrize("name", RUNNING)
def test_services_run_on_the_stacks_cluster_their_own_task(name: str) -> None:
    estate = estate_of(name)
    assert estate.names("ecs/service:Service") == set(estate.services)
    for service in estate.services:
        inputs = estate.inputs("ecs/service:Service", service)
        assert inputs["cluster"] == estate.arn("ecs/cluster:Cluster", "cluster")
        assert inputs["taskDefinition"] == estate.arn("ecs/taskDefinition:TaskDefinition", service)


@pytest.mark.parametrize("name", ["recovery", "full recovery"])
def test_a_pilot_light_has_all_its_services_and_runs_no_task_of_them(name: str) -> None:
    estate = estate_of(name)
    assert estate.names("ecs/service:Service") == set(estate.services)
    assert {each.inputs["desiredCount"] for each in estate.of("ecs/service:Service").values()} == {0}
    for target in estate.of("appautoscaling/target:Target").values():
        assert target.inputs["minCapacity"] == 0 and set(target.inputs["suspendedState"].values()) == {True}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_database_is_in_the_data_tier(name: str) -> None:
    estate = estate_of(name)
    group = estate.named_by("rds/subnetGroup:SubnetGroup", "name", estate.inputs("rds/instance:Instance")["dbSubnetGroupName"])
    assert estate.inputs("rds/subnetGroup:SubnetGroup", group)["subnetIds"] == estate.subnets("data")
    assert estate.inputs("rds/instance:Instance")["publiclyAccessible"] is False


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_load_balancer_is_in_the_public_tier(name: str) -> None:
    estate = estate_of(name)
    assert estate.inputs("lb/loadBalancer:LoadBalancer")["subnets"] == estate.subnets("public")


@pytest.mark.parametrize("name", PLATFORMS)
def test_endpoints_stand_where_the_tasks_are(name: str) -> None:
    estate = estate_of(name)
    interfaces = estate.where("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface")
    assert len(interfaces) == len(estate.file["network"]["interfaceEndpoints"])
    for endpoint in interfaces:
        assert endpoint.inputs["subnetIds"] == estate.subnets("application")
    tables = {
        estate.only("ec2/routeTableAssociation:RouteTableAssociation", subnetId=subnet).inputs["routeTableId"]
        for subnet in estate.subnets("application")
    }
    for endpoint in some(estate.where("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway")):
        assert set(endpoint.inputs["routeTableIds"]) == tables


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_network_has_three_tiers_in_the_zones_and_the_range_of_the_stack_file(name: str) -> None:
    estate = estate_of(name)
    network = estate.file["network"]
    assert estate.inputs("ec2/vpc:Vpc", "network")["cidrBlock"] == network["cidr"]
    tiers = [(estate.tier(subnet), each.inputs["availabilityZone"]) for subnet, each in estate.of(SUBNET).items()]
    assert sorted(tiers) == sorted((tier, zone) for tier in ("public", "application", "data") for zone in network["zones"])
    assert all(each.inputs["vpcId"] == estate.id("ec2/vpc:Vpc") for each in estate.of(SUBNET).values())
    for subnet, each in estate.of(SUBNET).items():
        assert each.inputs["tags"]["Tier"] == estate.tier(subnet)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_application_tier_gets_out_through_nat_of_its_own_zone_or_the_only_one(name: str) -> None:
    estate = estate_of(name)
    network = estate.file["network"]
    zones = network["zones"]
    standing = zones if network["nat"] == "per-zone" else zones[:1]
    public = dict(zip(zones, estate.subnets("public"), strict=True))
    gateways = {each.inputs["subnetId"]: gateway for gateway, each in estate.of("ec2/natGateway:NatGateway").items()}
    assert set(gateways) == {public[zone] for zone in standing}
    for zone, subnet in zip(zones, estate.subnets("application"), strict=True):
        association = estate.only("ec2/routeTableAssociation:RouteTableAssociation", subnetId=subnet)
        route = estate.only("ec2/route:Route", routeTableId=association.inputs["routeTableId"]).inputs
        through = zone if network["nat"] == "per-zone" else zones[0]
        assert route["natGatewayId"] == estate.id("ec2/natGateway:NatGateway", gateways[public[through]])
        assert route["destinationCidrBlock"] == "0.0.0.0/0"


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_vpcs_traffic_is_logged(name: str) -> None:
    estate = estate_of(name)
    flow_log = estate.inputs("ec2/flowLog:FlowLog")
    assert (flow_log["vpcId"], flow_log["trafficType"]) == (estate.id("ec2/vpc:Vpc"), "ALL")
    assert flow_log["logDestination"] == estate.arn("cloudwatch/logGroup:LogGroup", "network-flow-log")
