"""Cases of policies/feasibility/rules/vpc/endpoints.py."""

from typing import Any

from tests.policies.given.feasibility.parts import SECURITY_GROUP, SUBNET
from tests.policies.given.feasibility.vpc import in_vpc, linked, subnet, table, vpc
from tests.policies.given.feasibility.vpc_rules import INGRESS, NEW, RULE, group, inline, ruled
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def service(name: str) -> str:
    return f"com.amazonaws.us-east-2.{name}"


def endpoint(name: object, kind: object = "Interface", of: str = "it", **inputs: Any) -> Planned:
    tables = inputs.pop("tables", None)
    refs = {"routeTableIds": ("aws:ec2/routeTable:RouteTable", tables)} if tables else {}
    more = {"routeTableIds": [UNKNOWN]} if tables else {}
    return in_vpc(ENDPOINT, of, refs=refs, serviceName=name, vpcEndpointType=kind, **more, **inputs)


RESOLVING = vpc(enableDnsHostnames=True)


def guarded(*rules: Planned, **inputs: Any) -> list[Planned]:
    refs = {"securityGroupIds": (SECURITY_GROUP, "group")}
    door = in_vpc(ENDPOINT, "it", refs=refs, vpcEndpointType="Interface", securityGroupIds=[UNKNOWN])
    return [vpc(), group(**inputs), *rules, door]


def zones(*names: object) -> list[Planned]:
    subnets = [subnet(f"s{number}", availabilityZone=name) for number, name in enumerate(names)]
    refs = {"subnetIds": [(SUBNET, each.name) for each in subnets]}
    return [vpc(), *subnets, in_vpc(ENDPOINT, "it", refs=refs, subnetIds=[UNKNOWN] * len(names))]


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
            [
                RESOLVING,
                endpoint(service("ecr.api"), of="first", privateDnsEnabled=True),
                endpoint(service("ecr.api"), privateDnsEnabled=True),
            ],
            [vpc(), endpoint(service("ecr.api"), privateDnsEnabled=True)],
            [vpc(enableDnsHostnames=True, enableDnsSupport=False), endpoint(service("ecr.api"), privateDnsEnabled=True)],
        ],
        passes=[
            [
                RESOLVING,
                endpoint(service("ecr.dkr"), of="first", privateDnsEnabled=True),
                endpoint(service("ecr.api"), privateDnsEnabled=True),
            ],
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
                linked(
                    ENDPOINT,
                    "it",
                    [(ENDPOINT, "gateway")],
                    serviceName=service("s3"),
                    vpcEndpointType="Interface",
                    privateDnsEnabled=True,
                ),
            ],
            [endpoint(service("s3"))],
            [endpoint(service("ecr.api"), privateDnsEnabled=True)],
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
        fails=[
            [
                vpc(),
                table(),
                endpoint(service("s3"), "Gateway", "first", tables="table"),
                endpoint(service("s3"), None, tables="table"),
            ]
        ],
        passes=[
            [
                vpc(),
                table(),
                table("other"),
                endpoint(service("s3"), "Gateway", "first", tables="other"),
                endpoint(service("s3"), None, tables="table"),
            ],
            [
                vpc(),
                table(),
                endpoint(service("dynamodb"), "Gateway", "first", tables="table"),
                endpoint(service("s3"), None, tables="table"),
            ],
        ],
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
