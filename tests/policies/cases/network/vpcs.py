"""Cases of policies/controls/network/vpcs.py."""

import json
from typing import Any

from tests.policies.given.network.common import DEFAULT, EVERYONE, INGRESS, RULE, group, new, old
from tests.policies.given.network.vpcs import HOME, NAT, PEER, PRIVATE, PUBLIC, SUBNET, VPC, nat, subnet
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SEPARATE = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def endpoint(service: str, kind: str | None = None, vpc: str = "vpc", **inputs: Any) -> Planned:
    fields = {"vpcId": ref(VPC, vpc), "serviceName": f"com.amazonaws.us-east-2.{service}", "policy": "{}", **inputs}
    return planned(ENDPOINT, f"{vpc}-{service}", **fields, **({} if kind is None else {"vpcEndpointType": kind}))


def endpoint_policy(**statement: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **statement}
    return {"serviceName": "com.amazonaws.us-east-2.s3", "policy": json.dumps({"Statement": [allow]})}


INTERFACES = [endpoint(name, "Interface") for name in ("kms", "secretsmanager", "ecr.api", "ecr.dkr", "logs", "sts")]
OWN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}

CASES: dict[str, Cases] = {
    "no-default-vpc": Cases(
        token="aws:ec2/defaultVpc:DefaultVpc", fails=[{}, {"tags": {"Name": "default"}}], passes=[[HOME]], never_unknown=True
    ),
    "default-security-group-managed": Cases(
        token=VPC,
        fails=[
            {"cidrBlock": "10.0.0.0/16"},
            [planned(VPC, "one"), planned(VPC, "two"), planned(DEFAULT, vpcId=ref(VPC, "one"))],
        ],
        passes=[
            [planned(VPC, "vpc"), planned(DEFAULT, vpcId=ref(VPC, "vpc"))],
            [planned(VPC, id="vpc-1"), planned(DEFAULT, vpcId="vpc-1")],
        ],
        unknown=[[planned(VPC), planned(DEFAULT, vpcId=UNKNOWN)]],
    ),
    "default-security-group-empty": Cases(
        token=DEFAULT,
        fails=[
            {"ingress": [{"protocol": "-1", "self": True, "fromPort": 0, "toPort": 0}]},
            {"egress": [{"protocol": "-1", "cidrBlocks": [EVERYONE], "fromPort": 0, "toPort": 0}]},
            [planned(DEFAULT, "default"), planned(RULE, securityGroupId=ref(DEFAULT, "default"))],
            [planned(VPC, "vpc"), planned(INGRESS, securityGroupId=ref(VPC, "vpc"))],
        ],
        passes=[{}, {"vpcId": "vpc-1", "ingress": [], "egress": []}, [group(), new(443), old(22)]],
        unknown=[{"ingress": UNKNOWN}, planned(INGRESS, securityGroupId=UNKNOWN)],
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
            [planned(SUBNET, az, vpcId="vpc-1", availabilityZoneId=f"use2-az{az}") for az in ("1", "2", "3")],
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
            [planned(VPC), planned(ENDPOINT, vpcId=UNKNOWN)],
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
            planned(SEPARATE, **endpoint_policy()),
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
                planned(ENDPOINT, "s3", serviceName="com.amazonaws.us-east-2.s3"),
                planned(SEPARATE, vpcEndpointId=ref(ENDPOINT, "s3"), **endpoint_policy(Condition=OWN_ACCOUNT)),
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
}
