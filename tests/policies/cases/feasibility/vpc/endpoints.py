"""Cases of policies/feasibility/rules/vpc/endpoints.py."""

from typing import Any

from tests.policies.given.feasibility.parts import SECURITY_GROUP, SUBNET, VPC
from tests.policies.given.feasibility.vpc import TABLE, subnet, table, vpc
from tests.policies.given.feasibility.vpc_rules import INGRESS, NEW, RULE, group, inline, ruled
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def service(name: str) -> str:
    return f"com.amazonaws.us-east-2.{name}"


def endpoint(name: object, kind: object = "Interface", of: str = "it", **inputs: Any) -> Planned:
    return planned(ENDPOINT, of, vpcId=ref(VPC, "vpc"), serviceName=name, vpcEndpointType=kind, **inputs)


def gateway(name: str, to: str = "table") -> Planned:
    """An earlier gateway endpoint, in the route table `to`."""
    return endpoint(service(name), "Gateway", "first", routeTableIds=[ref(TABLE, to)])


TO_S3 = endpoint(service("s3"), None, routeTableIds=[ref(TABLE, "table")])
RESOLVING = vpc(enableDnsHostnames=True)
PRIVATE = endpoint(service("ecr.api"), privateDnsEnabled=True)


def guarded(*rules: Planned, **inputs: Any) -> list[Planned]:
    groups = [ref(SECURITY_GROUP, "group")]
    door = planned(ENDPOINT, vpcId=ref(VPC, "vpc"), vpcEndpointType="Interface", securityGroupIds=groups)
    return [vpc(), group(**inputs), *rules, door]


def zones(*names: object) -> list[Planned]:
    subnets = [subnet(f"s{number}", availabilityZone=name) for number, name in enumerate(names)]
    ids = [ref(SUBNET, each.name) for each in subnets]
    return [vpc(), *subnets, planned(ENDPOINT, vpcId=ref(VPC, "vpc"), subnetIds=ids)]


CASES: dict[str, Cases] = {
    "endpoint-shape": Cases(
        token=ENDPOINT,
        fails=[
            {"region": "us-east-2"},
            {"serviceName": service("s3"), "subnetIds": [UNKNOWN]},
            {"serviceName": service("s3"), "vpcEndpointType": "Gateway", "privateDnsEnabled": True},
            {"serviceName": service("ecr.api"), "vpcEndpointType": "Interface", "routeTableIds": [UNKNOWN]},
            {"serviceName": "vpce", "vpcEndpointType": "GatewayLoadBalancer", "subnetIds": [UNKNOWN, UNKNOWN]},
        ],
        passes=[
            {"serviceName": service("s3"), "routeTableIds": [UNKNOWN]},
            {"serviceName": UNKNOWN, "vpcEndpointType": "Interface", "subnetIds": [UNKNOWN], "privateDnsEnabled": True},
        ],
        unknown=[{"serviceName": "a", "vpcEndpointType": UNKNOWN, "subnetIds": ["subnet-1"]}],
    ),
    "endpoint-service-type": Cases(
        token=ENDPOINT,
        fails=[
            {"serviceName": service("ecr.api")},
            {"serviceName": service("logs"), "vpcEndpointType": "Gateway"},
            {"serviceName": service("s3"), "region": "us-west-2"},
            {"serviceName": "com.amazonaws.s3"},
        ],
        passes=[
            {"serviceName": service("s3"), "region": "us-east-2"},
            {"serviceName": service("dynamodb"), "vpcEndpointType": "Gateway"},
            {"serviceName": service("ecr.api"), "vpcEndpointType": "Interface"},
            {"serviceName": "com.amazonaws.vpce.us-east-2.vpce-svc-1", "vpcEndpointType": "Interface"},
            {"serviceName": "aws.sagemaker.us-east-2.notebook", "vpcEndpointType": "Interface"},
        ],
        unknown=[{"serviceName": UNKNOWN}, {"serviceName": service("ecr.api"), "vpcEndpointType": UNKNOWN}],
    ),
    "endpoint-private-dns": Cases(
        token=ENDPOINT,
        fails=[
            [RESOLVING, endpoint(service("ecr.api"), of="first", privateDnsEnabled=True), PRIVATE],
            [vpc(), PRIVATE],
            [vpc(enableDnsHostnames=True, enableDnsSupport=False), PRIVATE],
        ],
        passes=[
            [RESOLVING, endpoint(service("ecr.dkr"), of="first", privateDnsEnabled=True), PRIVATE],
            [vpc(), endpoint(service("ecr.api"))],
            {"vpcId": "vpc-1", "privateDnsEnabled": True, "serviceName": service("ecr.api")},
        ],
        unknown=[{"privateDnsEnabled": UNKNOWN}, [vpc(enableDnsHostnames=UNKNOWN), endpoint("a", privateDnsEnabled=True)]],
    ),
    "endpoint-s3-gateway-first": Cases(
        token=ENDPOINT,
        fails=[
            [RESOLVING, endpoint(service("s3"), privateDnsEnabled=True)],
            [endpoint(service("s3"), "Gateway", "gateway"), endpoint(service("s3"), privateDnsEnabled=True)],
        ],
        passes=[
            [endpoint(service("s3"), privateDnsEnabled=True, dnsOptions={"privateDnsOnlyForInboundResolverEndpoint": False})],
            [
                endpoint(service("s3"), "Gateway", "gateway"),
                planned(ENDPOINT, serviceName=service("s3"), vpcEndpointType="Interface", privateDnsEnabled=True).after(
                    (ENDPOINT, "gateway")
                ),
            ],
            [endpoint(service("s3"))],
            [PRIVATE],
        ],
        unknown=[[endpoint(UNKNOWN, privateDnsEnabled=True)], [endpoint(service("s3"), privateDnsEnabled=UNKNOWN)]],
    ),
    "endpoint-one-subnet-per-zone": Cases(
        token=ENDPOINT,
        fails=[zones("us-east-2a", "us-east-2a"), zones("us-east-2a", "us-east-2b", "us-east-2b")],
        passes=[zones("us-east-2a", "us-east-2b"), {}, {"subnetIds": ["subnet-1"]}],
        unknown=[zones("us-east-2a", UNKNOWN), {"subnetIds": UNKNOWN}],
    ),
    "endpoint-route-table-once": Cases(
        token=ENDPOINT,
        fails=[[vpc(), table(), gateway("s3"), TO_S3]],
        passes=[[vpc(), table(), table("other"), gateway("s3", "other"), TO_S3], [vpc(), table(), gateway("dynamodb"), TO_S3]],
        unknown=[{"serviceName": service("s3"), "vpcId": UNKNOWN}, {"vpcEndpointType": UNKNOWN}],
    ),
    "endpoint-group-allows-https": Cases(
        token=ENDPOINT,
        fails=[
            guarded(),
            guarded(ruled(INGRESS, {**NEW, "fromPort": 80, "toPort": 80})),
            guarded(**inline(fromPort=80, toPort=80)),
        ],
        passes=[
            guarded(ruled(INGRESS, NEW)),
            guarded(**inline()),
            guarded(ruled(RULE, {"type": "ingress", "protocol": "-1", "fromPort": 0, "toPort": 0})),
            {"vpcEndpointType": "Interface", "securityGroupIds": ["sg-1"]},
            {},
        ],
        unknown=[guarded(ruled(INGRESS, {**NEW, "fromPort": UNKNOWN})), guarded(ingress=UNKNOWN)],
    ),
}
