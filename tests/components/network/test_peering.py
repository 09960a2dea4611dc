"""Two networks joined for one port, as declared: the routes, the rules of the peer's group, and what passes the ACLs."""

import pulumi

from components.network.network import Network
from components.network.network_acls import Joined
from components.network.peering import Peering, PeeringArgs
from components.network.security_group import PeerSecurityGroup
from tests.components.harness import children_without_region, here, resources_of
from tests.components.network.test_network import ROUTE, arguments
from tests.components.network.test_network_acls import CLIENT_PORT, Vpc
from tests.components.network.test_security_group import EGRESS, INGRESS, group

OTHER = "10.128.0.0/20"
ITS_TASK = "10.128.4.20"


def joined() -> Peering:
    return Peering(
        "peering",
        PeeringArgs(
            here=here(),
            vpc_id="vpc-own",
            cidr="10.128.4.0/22",
            route_table_ids={"us-east-2a": "rtb-a", "us-east-2b": "rtb-b"},
            peer_vpc_id="vpc-peer",
            peer_cidr="10.10.128.0/18",
            peer_route_table_id="rtb-peer",
        ),
    )


def test_each_side_reaches_the_other_s_tier_and_no_more() -> None:
    declared = resources_of(joined)
    routes = {each.inputs["routeTableId"]: each.inputs["destinationCidrBlock"] for each in declared.of(ROUTE)}
    assert routes == {"rtb-a": "10.10.128.0/18", "rtb-b": "10.10.128.0/18", "rtb-peer": "10.128.4.0/22"}
    assert {each.inputs["vpcPeeringConnectionId"] for each in declared.of(ROUTE)} == {"peering-id"}
    assert children_without_region(declared, "us-east-2") == []


def test_the_connection_is_accepted_and_resolves_names_on_both_sides() -> None:
    inputs = resources_of(joined).one("aws:ec2/vpcPeeringConnection:VpcPeeringConnection").inputs
    resolves = {"allowRemoteVpcDnsResolution": True}
    assert (inputs["autoAccept"], inputs["requester"], inputs["accepter"]) == (True, resolves, resolves)


def test_a_peer_s_group_is_opened_for_a_group_once_the_networks_are_joined() -> None:
    def program() -> list[pulumi.Resource]:
        database = PeerSecurityGroup("shared-database", here(), joined().once_active("sg-peer"))
        return database.allow_from(group("bi"), port=5432, description="PostgreSQL for bi")

    declared = resources_of(program)
    ingress, egress = declared.one(INGRESS), declared.one(EGRESS)
    assert (ingress.inputs["securityGroupId"], ingress.inputs["referencedSecurityGroupId"]) == ("sg-peer", "bi-id")
    assert (egress.inputs["securityGroupId"], egress.inputs["referencedSecurityGroupId"]) == ("bi-id", "sg-peer")
    assert {(each.inputs["fromPort"], each.inputs["toPort"]) for each in (ingress, egress)} == {(5432, 5432)}
    assert [each.name for each in declared.of("aws:ec2/securityGroup:SecurityGroup")] == ["bi"]
    assert children_without_region(declared, "us-east-2") == []


def test_of_a_network_that_is_opened_the_pool_reaches_the_database_s_port_alone() -> None:
    own = arguments()
    opened = Vpc(
        resources_of(lambda: Network("net", type(own)(here=own.here, spec=own.spec, opened=Joined(cidr=OTHER, port=5432))))
    )
    assert opened.conversation(ITS_TASK, "data-a", 5432)
    for target, port in (("data-a", 443), ("data-a", 6379), ("application-a", 8080), ("application-a", 5432)):
        assert not opened.conversation(ITS_TASK, target, port), (target, port)
    # Nor does the data tier begin anything there below the ports of answers.
    assert not opened.packet(opened.address("data-a"), ITS_TASK, 443)
    assert not Vpc(resources_of(lambda: Network("net", own))).packet(ITS_TASK, opened.address("data-a"), 5432)


def test_a_network_that_reaches_another_hears_its_answers() -> None:
    own, database = arguments(), "10.10.128.20"
    reaches = Joined(cidr="10.10.128.0/18", port=5432)
    vpc = Vpc(resources_of(lambda: Network("net", type(own)(here=own.here, spec=own.spec, reaches=reaches))))
    assert vpc.conversation("application-a", database, 5432, CLIENT_PORT)
    assert not vpc.packet(vpc.address("application-a"), database, 6379)
    assert not vpc.packet(vpc.address("data-a"), database, 5432)
