"""Cases of the network pack: VPCs, subnets, routes, NAT gateways and endpoints."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import UNKNOWN, Planned

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EVERYWHERE = "0.0.0.0/0"

Ref = tuple[str, str]


def subnet(name: str, az: str | None = None, vpc: str = "vpc", **inputs: Any) -> Planned:
    zone = {} if az is None else {"availabilityZone": f"us-east-2{az}"}
    return Planned(token=SUBNET, name=name, inputs={"vpcId": UNKNOWN, **zone, **inputs}, refs={"vpcId": (VPC, vpc)})


def table(name: str, tier: str = "", subnets: Sequence[Planned] = (), **inputs: Any) -> list[Planned]:
    """A route table, tagged with its tier if there is one, and its associations."""
    tags = {"tags": {"Tier": tier}} if tier else {}
    associations = [
        Planned(
            token=ASSOCIATION,
            name=f"{name}-{other.name}",
            inputs={"routeTableId": UNKNOWN, "subnetId": UNKNOWN},
            refs={"routeTableId": (TABLE, name), "subnetId": (SUBNET, other.name)},
        )
        for other in subnets
    ]
    return [Planned(token=TABLE, name=name, inputs={**tags, **inputs}), *subnets, *associations]


def route(to: str = "", name: str = "way", **inputs: Any) -> Planned:
    refs = {"routeTableId": (TABLE, to)} if to else {}
    fields = {"routeTableId": UNKNOWN if to else "rtb-1", "destinationCidrBlock": EVERYWHERE, **inputs}
    return Planned(token=ROUTE, name=name, inputs=fields, refs=refs)


def internet(to: str = "", **inputs: Any) -> Planned:
    return route(to, **{"gatewayId": "igw-1", **inputs})


def nat(name: str, place: str = "", **inputs: Any) -> Planned:
    refs = {"subnetId": (SUBNET, place)} if place else {}
    return Planned(token=NAT, name=name, inputs={"subnetId": UNKNOWN if place else f"subnet-{name}", **inputs}, refs=refs)


def endpoint(service: str, kind: str | None = None, vpc: str = "vpc", **inputs: Any) -> Planned:
    fields = {"vpcId": UNKNOWN, "serviceName": f"com.amazonaws.us-east-2.{service}", "policy": "{}", **inputs}
    fields |= {} if kind is None else {"vpcEndpointType": kind}
    return Planned(token=ENDPOINT, name=f"{vpc}-{service}", inputs=fields, refs={"vpcId": (VPC, vpc)})


def endpoint_policy(**statement: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **statement}
    return {"serviceName": "com.amazonaws.us-east-2.s3", "policy": json.dumps({"Statement": [allow]})}


HOME = Planned(token=VPC, name="vpc", inputs={"cidrBlock": "10.0.0.0/16"})
PEER = Planned(token=VPC, name="peer", inputs={"cidrBlock": "10.1.0.0/16", "ipv6CidrBlock": "2001:db8:1::/56"})
PEERED = Planned(
    token=PEERING,
    name="peering",
    inputs={"vpcId": UNKNOWN, "peerVpcId": UNKNOWN},
    refs={"vpcId": (VPC, "vpc"), "peerVpcId": (VPC, "peer")},
)
INTERFACES = [endpoint(name, "Interface") for name in ("kms", "secretsmanager", "ecr.api", "ecr.dkr", "logs", "sts")]
PUBLIC = [subnet(f"public-{az}", az) for az in "abc"]
PRIVATE = [subnet(f"private-{az}", az) for az in "abc"]
OWN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}


def peering(cidr: object, **inputs: Any) -> list[Planned]:
    refs = {"vpcPeeringConnectionId": (PEERING, "peering")}
    fields = {"routeTableId": "rtb-1", "destinationCidrBlock": cidr, "vpcPeeringConnectionId": UNKNOWN, **inputs}
    return [HOME, PEER, PEERED, Planned(token=ROUTE, name="way", inputs=fields, refs=refs)]


CASES: dict[str, Cases] = {
    "no-default-vpc": Cases(
        token="aws:ec2/defaultVpc:DefaultVpc",
        fails=[{}, {"tags": {"Name": "default"}}],
        passes=[[HOME]],
        unknown=[],
        never_unknown=True,
    ),
    "subnet-public-ip": Cases(
        token=SUBNET,
        fails=[
            {"mapPublicIpOnLaunch": True},
            {"mapPublicIpOnLaunch": "true", "tags": {"Name": "public-a"}},
            {"mapPublicIpOnLaunch": True, "tags": {"Tier": "private"}},
        ],
        passes=[
            {},
            {"mapPublicIpOnLaunch": False},
            {"mapPublicIpOnLaunch": True, "tags": {"Tier": "public"}},
            {"mapPublicIpOnLaunch": True, "tags": {"aws-cdk:subnet-type": "Public"}},
            {"mapPublicIpOnLaunch": UNKNOWN, "tags": {"tier": "public"}},
            {"mapPublicIpOnLaunch": False, "tags": UNKNOWN},
        ],
        unknown=[
            {"mapPublicIpOnLaunch": UNKNOWN},
            {"mapPublicIpOnLaunch": True, "tags": {"Tier": UNKNOWN}},
            {"mapPublicIpOnLaunch": True, "tags": UNKNOWN},
        ],
    ),
    "subnet-public-ipv6": Cases(
        token=SUBNET,
        fails=[{"assignIpv6AddressOnCreation": True}],
        passes=[
            {},
            {"assignIpv6AddressOnCreation": False},
            {"assignIpv6AddressOnCreation": True, "tags": {"Tier": "public"}},
            {"assignIpv6AddressOnCreation": True, "ipv6Native": True},
        ],
        unknown=[{"assignIpv6AddressOnCreation": UNKNOWN}],
    ),
    "subnet-tier-zones": Cases(
        token=SUBNET,
        fails=[
            {"availabilityZone": "us-east-2a"},
            {"availabilityZone": UNKNOWN},
            [HOME, *PUBLIC[:2]],
            [HOME, *PUBLIC, *PRIVATE[:2]],
            [HOME, *(subnet(f"data-{n}", "a", tags={"Tier": "data"}) for n in range(3))],
            [HOME, *PRIVATE[:2], PEER, subnet("private-c", "c", vpc="peer")],
            [HOME, *(subnet(tier, az, tags={"Tier": tier}) for tier, az in (("web", "a"), ("batch", "b"), ("jobs", "c")))],
        ],
        passes=[
            [HOME, *PUBLIC, *PRIVATE],
            [HOME, *(subnet(f"s{az}", az, tags={"Name": f"s{az}", "Team": az}) for az in "abc")],
            [
                Planned(token=SUBNET, name=az, inputs={"vpcId": "vpc-1", "availabilityZoneId": f"use2-az{az}"})
                for az in ("1", "2", "3")
            ],
        ],
        unknown=[
            [HOME, *(subnet(f"s{n}") for n in range(3))],
            [HOME, *PUBLIC[:2], subnet("public-c", availabilityZone=UNKNOWN)],
        ],
    ),
    "nat-gateway-per-zone": Cases(
        token=NAT,
        fails=[
            {},
            [HOME, *PUBLIC, *PRIVATE, nat("a", "public-a")],
            [HOME, *PUBLIC, *PRIVATE, nat("a", "public-a"), nat("b", "public-b")],
            [HOME, *PUBLIC, *PRIVATE, nat("a", "public-a"), nat("b", "public-a"), nat("c", "public-a")],
        ],
        passes=[
            {"connectivityType": "private"},
            {"availabilityMode": "regional", "vpcId": "vpc-1"},
            [HOME, *PUBLIC, *PRIVATE, *(nat(az, f"public-{az}") for az in "abc")],
            [HOME, PUBLIC[0], PRIVATE[0], nat("a", "public-a")],
            [HOME, PUBLIC[0], PRIVATE[0], *(subnet(f"data-{az}", az) for az in "abc"), nat("a", "public-a")],
            [nat("a"), nat("b")],
            [HOME, *(subnet(f"public-{n}") for n in range(3)), *(nat(str(n), f"public-{n}") for n in range(3))],
        ],
        unknown=[
            {"connectivityType": UNKNOWN},
            {"availabilityMode": UNKNOWN},
            [HOME, subnet("public-a"), subnet("public-b"), subnet("public-c"), nat("a", "public-a"), nat("b", "public-b")],
        ],
    ),
    "vpc-gateway-endpoints": Cases(
        token=VPC,
        fails=[
            {"cidrBlock": "10.0.0.0/16"},
            [HOME, endpoint("s3")],
            [HOME, endpoint("s3", "Interface"), endpoint("dynamodb", "Gateway")],
            [HOME, PEER, endpoint("s3"), endpoint("dynamodb")],
        ],
        passes=[[HOME, endpoint("s3"), endpoint("dynamodb", "Gateway")]],
        unknown=[
            [HOME, endpoint("s3", serviceName=UNKNOWN), endpoint("dynamodb")],
            [Planned(token=VPC), Planned(token=ENDPOINT, inputs={"vpcId": UNKNOWN})],
        ],
    ),
    "vpc-interface-endpoints": Cases(
        token=VPC,
        fails=[
            {},
            [HOME, *INTERFACES[1:]],
            [HOME, endpoint("kms", "Gateway"), *INTERFACES[1:]],
            [HOME, endpoint("ec2", "Interface")],
        ],
        passes=[[HOME, *INTERFACES], [HOME, *INTERFACES, endpoint("ec2", "Interface")]],
        unknown=[[HOME, endpoint("kms", "Interface", serviceName=UNKNOWN), *INTERFACES[1:]]],
    ),
    "vpc-endpoint-policy": Cases(
        token=ENDPOINT,
        fails=[
            {"serviceName": "com.amazonaws.us-east-2.s3"},
            {"serviceName": "com.amazonaws.us-east-2.sts", "vpcEndpointType": "Interface", "policy": ""},
            endpoint_policy(),
            endpoint_policy(Principal={"AWS": "*"}),
            endpoint_policy(Principal={"AWS": ["*"]}, Action=["s3:*"], Resource=["*"]),
            endpoint_policy(Condition={"StringLike": {"aws:PrincipalAccount": "*"}}),
            [Planned(token="aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", inputs=endpoint_policy())],
        ],
        passes=[
            endpoint_policy(Condition=OWN_ACCOUNT),
            endpoint_policy(Principal={"AWS": "arn:aws:iam::111111111111:root"}),
            endpoint_policy(Action="s3:GetObject"),
            endpoint_policy(Action="s3:*", Resource=["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]),
            endpoint_policy(Effect="Deny"),
            {"serviceName": "com.amazonaws.vpce.us-east-2.vpce-svc-1", "vpcEndpointType": "Interface"},
            {"serviceName": "com.amazonaws.us-east-2.s3", "vpcEndpointType": "GatewayLoadBalancer"},
            [
                Planned(token=ENDPOINT, name="s3", inputs={"serviceName": "com.amazonaws.us-east-2.s3"}),
                Planned(
                    token="aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
                    inputs={"vpcEndpointId": UNKNOWN, **endpoint_policy(Condition=OWN_ACCOUNT)},
                    refs={"vpcEndpointId": (ENDPOINT, "s3")},
                ),
            ],
        ],
        unknown=[{"policy": UNKNOWN}, {"policy": "{}"}, {"vpcEndpointType": UNKNOWN}],
    ),
    "endpoint-service-acceptance": Cases(
        token="aws:ec2/vpcEndpointService:VpcEndpointService",
        fails=[{}, {"acceptanceRequired": False}, {"acceptanceRequired": "false"}],
        passes=[{"acceptanceRequired": True}, {"acceptanceRequired": "true"}],
        unknown=[{"acceptanceRequired": UNKNOWN}],
    ),
    "default-route-by-tier": Cases(
        token=ROUTE,
        fails=[
            {"routeTableId": "foo", "gatewayId": "igw-bar", "destinationCidrBlock": "42.42.42.42/0"},
            {"routeTableId": "foo", "gatewayId": "igw-bar", "destinationIpv6CidrBlock": "ff:ff:ff:ff:ff:ff:ff:ff/0"},
            [*table("one", "private"), internet("one")],
            [*table("one", "application"), internet("one")],
            [*table("one", "data"), internet("one")],
            [*table("one", "data"), route("one", natGatewayId="nat-1")],
            [*table("orders-db"), route("orders-db", transitGatewayId="tgw-1")],
            [*table("one", subnets=[subnet("private-a")]), internet("one")],
            [*table("public", subnets=[subnet("a", tags={"Tier": "data"})]), route("public", natGatewayId="nat-1")],
            [*table("private", routes=[{"cidrBlock": EVERYWHERE, "gatewayId": "igw-1"}])],
            [*table("one", "private", routes=[{"ipv6CidrBlock": "::/0", "gatewayId": "igw-1"}])],
            [*table("one", routes=[{"cidrBlock": EVERYWHERE, "instanceId": "i-1"}])],
            [*table("one"), route("one", instanceId=UNKNOWN)],
            [*table("one"), route("one", networkInterfaceId="eni-1")],
            [
                Planned(token=GATEWAY, name="igw"),
                *table("one", "private"),
                Planned(
                    token=ROUTE,
                    inputs={"routeTableId": UNKNOWN, "gatewayId": UNKNOWN, "destinationCidrBlock": EVERYWHERE},
                    refs={"routeTableId": (TABLE, "one"), "gatewayId": (GATEWAY, "igw")},
                ),
            ],
            [
                Planned(token=GATEWAY, name="igw"),
                Planned(
                    token=TABLE,
                    name="private",
                    inputs={"routes": [{"cidrBlock": EVERYWHERE, "gatewayId": UNKNOWN}]},
                    refs={"routes": (GATEWAY, "igw")},
                ),
            ],
        ],
        passes=[
            {"routeTableId": "foo", "natGatewayId": "nat-1", "destinationCidrBlock": "42.42.42.42/0"},
            {"routeTableId": "foo", "gatewayId": "igw-1", "destinationCidrBlock": "42.42.42.42/32"},
            {"routeTableId": "foo", "gatewayId": "vgw-1", "destinationCidrBlock": EVERYWHERE},
            [internet(name="public-internet")],
            [internet(routeTableId="rtb-public")],
            [*table("one", "public"), internet("one")],
            [*table("one", "public", subnets=[subnet("a")]), internet("one")],
            [*table("PublicRouteTable"), internet("PublicRouteTable")],
            [*table("one", subnets=[subnet("a", tags={"Tier": "public"})]), internet("one")],
            [*table("one"), internet("one")],
            [*table("one", "private"), route("one", natGatewayId=UNKNOWN)],
            [*table("data-platform-rt"), route("data-platform-rt", natGatewayId="nat-1")],
            [*table("one", "data"), route("one", destinationCidrBlock="10.1.0.0/16", transitGatewayId="tgw-1")],
            [*table("one", "data")],
            [
                *table("one", "private"),
                Planned(
                    token=ROUTE,
                    inputs={"routeTableId": UNKNOWN, "gatewayId": UNKNOWN, "destinationCidrBlock": EVERYWHERE},
                    refs={"routeTableId": (TABLE, "one"), "gatewayId": ("aws:ec2/vpnGateway:VpnGateway", "vpn")},
                ),
            ],
            [*table("one", "private", routes=[{"cidrBlock": EVERYWHERE, "natGatewayId": "nat-1", "gatewayId": ""}])],
        ],
        unknown=[
            [*table("one", "private"), route("one", gatewayId=UNKNOWN)],
            [
                Planned(
                    token=ROUTE,
                    inputs={"routeTableId": UNKNOWN, "gatewayId": "igw-1", "destinationCidrBlock": EVERYWHERE},
                    refs={"routeTableId": ("pulumi:pulumi:StackReference", "network")},
                )
            ],
            [*table("one", "private"), internet("one", destinationCidrBlock=UNKNOWN)],
            {"routeTableId": UNKNOWN, "gatewayId": "igw-1", "destinationCidrBlock": EVERYWHERE},
            [*table("one", "private", routes=UNKNOWN)],
        ],
    ),
    "peering-route-narrow": Cases(
        token=ROUTE,
        fails=[
            *({"destinationCidrBlock": cidr, "vpcPeeringConnectionId": "pcx-1"} for cidr in (EVERYWHERE, "0.0.0.0")),
            *({"destinationIpv6CidrBlock": cidr, "vpcPeeringConnectionId": "pcx-1"} for cidr in ("::/0", "::0")),
            table("one", routes=[{"cidrBlock": EVERYWHERE, "vpcPeeringConnectionId": "pcx-1"}]),
            table("one", routes=[{"ipv6CidrBlock": "::/0", "vpcPeeringConnectionId": "pcx-1"}]),
            peering("10.1.0.0/16"),
            peering("10.0.0.0/8"),
            peering(None, destinationIpv6CidrBlock="2001:db8::/32"),
            [
                HOME,
                PEER,
                PEERED,
                Planned(
                    token=TABLE,
                    inputs={"routes": [{"ipv6CidrBlock": "2001:db8:1::/56", "vpcPeeringConnectionId": UNKNOWN}]},
                    refs={"routes": (PEERING, "peering")},
                ),
            ],
        ],
        passes=[
            {"destinationCidrBlock": EVERYWHERE, "gatewayId": "igw-1"},
            {"destinationCidrBlock": EVERYWHERE, "vpcPeeringConnectionId": ""},
            {"destinationCidrBlock": "10.0.1.0/22", "vpcPeeringConnectionId": "pcx-1"},
            {"destinationIpv6CidrBlock": "2002::1234:abcd:ffff:c0a8:101/64", "vpcPeeringConnectionId": "pcx-1"},
            table("one", routes=[{"cidrBlock": "10.1.4.0/22", "vpcPeeringConnectionId": "pcx-1"}]),
            *(peering(cidr) for cidr in ("10.1.4.0/22", "10.1.0.0/22", "10.2.0.0/16", "not a range")),
        ],
        unknown=[
            peering(UNKNOWN),
            {"destinationCidrBlock": UNKNOWN, "vpcPeeringConnectionId": "pcx-1"},
            table("one", routes=[UNKNOWN]),
        ],
    ),
}
