"""Cases of the feasibility pack about security groups, network ACLs, endpoints and flow logs."""

from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import in_vpc, linked, subnet, table, vpc
from tests.policies.feasible import FUNCTION, SECURITY_GROUP, SUBNET
from tests.policies.harness import UNKNOWN, Planned

RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
TABLE = "aws:ec2/routeTable:RouteTable"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"

TCP: dict[str, Any] = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
OLD: dict[str, Any] = {"type": "ingress", **TCP}
NEW: dict[str, Any] = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}


def group(name: str = "group", home: str = "vpc", **inputs: Any) -> Planned:
    return in_vpc(SECURITY_GROUP, name, home, **inputs)


def ruled(token: str, inputs: Mapping[str, Any], name: str = "it", of: str = "group") -> Planned:
    return linked(token, name, securityGroupId=(SECURITY_GROUP, of), **inputs)


def inline(**entry: Any) -> dict[str, Any]:
    return {"ingress": [{**TCP, **entry}]}


def function(home: str, other: str) -> list[Planned]:
    return [
        vpc(home),
        *([] if other == home else [vpc(other)]),
        subnet("a", home),
        group("g", other),
        Planned(
            token=FUNCTION,
            inputs={"vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]}},
            refs={"vpcConfig": [(SUBNET, "a"), (SECURITY_GROUP, "g")]},
        ),
    ]


def entry(number: object = 100, **more: Any) -> dict[str, Any]:
    base = {"ruleNo": number, "action": "allow", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlock": "10.0.0.0/16"}
    return {**base, **more}


BACK = entry(200, fromPort=1024, toPort=65535)


def acl_rule(name: str = "it", **inputs: Any) -> Planned:
    return linked(ACL_RULE, name, networkAclId=(ACL, "acl"), **{"ruleNumber": 100, "egress": False, **inputs})


def service(name: str) -> str:
    return f"com.amazonaws.us-east-2.{name}"


def endpoint(name: object, kind: object = "Interface", of: str = "it", **inputs: Any) -> Planned:
    tables = inputs.pop("tables", None)
    refs = {"routeTableIds": (TABLE, tables)} if tables else {}
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


LOGGED: dict[str, Any] = {"vpcId": UNKNOWN, "trafficType": "ALL", "iamRoleArn": UNKNOWN, "logDestination": UNKNOWN}

CASES: dict[str, Cases] = {
    "security-group-rules-one-way": Cases(
        token=SECURITY_GROUP,
        fails=[[group(**inline()), ruled(RULE, OLD)], [group(egress=[TCP]), ruled(INGRESS, NEW)]],
        passes=[
            [group(), ruled(RULE, OLD)],
            [group(**inline())],
            [group(**inline()), group("other"), ruled(RULE, OLD, of="other")],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "security-rule-source": Cases(
        token=INGRESS,
        fails=[{"ipProtocol": "-1"}, {**NEW, "referencedSecurityGroupId": UNKNOWN}, {**NEW, "cidrIpv6": "::/0"}],
        passes=[NEW, {"ipProtocol": "-1", "referencedSecurityGroupId": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "security-group-rule-source": Cases(
        token=RULE,
        fails=[
            {"type": "ingress", "protocol": "-1"},
            {**OLD, "sourceSecurityGroupId": UNKNOWN},
            {**OLD, "self": True},
            {"type": "ingress", "self": True, "sourceSecurityGroupId": UNKNOWN},
        ],
        passes=[OLD, {**OLD, "ipv6CidrBlocks": ["::/0"], "self": False}, {"type": "ingress", "self": True}],
        unknown=[],
        never_unknown=True,
    ),
    "security-group-inline-source": Cases(
        token=SECURITY_GROUP,
        fails=[inline(cidrBlocks=[])],
        passes=[inline(), inline(cidrBlocks=None, self=True), inline(cidrBlocks=UNKNOWN), {}],
        unknown=[{"ingress": UNKNOWN}],
    ),
    "security-rule-ports": Cases(
        token=INGRESS,
        fails=[
            {"ipProtocol": "-1", "fromPort": 0, "toPort": 0},
            {"ipProtocol": "tcp"},
            {"ipProtocol": "tcp", "fromPort": 443},
            {"ipProtocol": "icmp", "fromPort": -1, "toPort": 0},
            {"ipProtocol": "http", "fromPort": 80, "toPort": 80},
            {"ipProtocol": "256"},
            [Planned(token=RULE, inputs={**OLD, "protocol": "all"})],
        ],
        passes=[
            NEW,
            {"ipProtocol": "-1"},
            {"ipProtocol": "icmp", "fromPort": 8, "toPort": -1},
            {"ipProtocol": "icmp", "fromPort": -1, "toPort": -1},
            {"ipProtocol": "50"},
            [Planned(token=SECURITY_GROUP, inputs=inline(protocol="-1", fromPort=0, toPort=0))],
            [Planned(token=RULE, inputs={**OLD, "protocol": "TCP"})],
        ],
        unknown=[
            {**NEW, "fromPort": UNKNOWN},
            {"ipProtocol": UNKNOWN},
            [Planned(token=SECURITY_GROUP, inputs={"ingress": UNKNOWN})],
        ],
    ),
    "security-rule-once": Cases(
        token=INGRESS,
        fails=[
            [group(), ruled(INGRESS, NEW, "first"), ruled(INGRESS, NEW)],
            [group(), ruled(RULE, OLD, "first"), ruled(RULE, OLD)],
            [
                group(),
                group("peer"),
                *(
                    linked(
                        INGRESS,
                        name,
                        securityGroupId=(SECURITY_GROUP, "group"),
                        referencedSecurityGroupId=(SECURITY_GROUP, "peer"),
                        ipProtocol="-1",
                    )
                    for name in ("first", "it")
                ),
            ],
        ],
        passes=[
            [group(), ruled(INGRESS, NEW, "first"), ruled(INGRESS, {**NEW, "fromPort": 80, "toPort": 80})],
            [group(), group("other"), ruled(INGRESS, NEW, "first", "other"), ruled(INGRESS, NEW)],
            [group(), ruled(RULE, {**OLD, "type": "egress"}, "first"), ruled(RULE, OLD)],
        ],
        unknown=[[group(), ruled(INGRESS, {**NEW, "cidrIpv4": UNKNOWN})]],
    ),
    "security-group-text": Cases(
        token=SECURITY_GROUP,
        fails=[
            {"description": "Allows the café"},
            {"description": "Don't"},
            {"name": "sg-web"},
            inline(description="a > b"),
            [Planned(token=INGRESS, inputs={**NEW, "description": "x" * 256})],
        ],
        passes=[{"name": "web", "description": "Web (443) from 10.0.0.0/8, only"}, {}, [Planned(token=INGRESS, inputs=NEW)]],
        unknown=[{"description": UNKNOWN}],
    ),
    "security-group-size": Cases(
        token=SECURITY_GROUP,
        fails=[
            inline(cidrBlocks=[f"10.0.{number}.0/24" for number in range(61)]),
            [group("it"), *(ruled(INGRESS, NEW, f"r{number}", "it") for number in range(61))],
        ],
        passes=[inline(), [group("it"), *(ruled(INGRESS, NEW, f"r{number}", "it") for number in range(60))]],
        unknown=[{"ingress": UNKNOWN}],
    ),
    "security-group-of-vpc": Cases(
        token=FUNCTION,
        fails=[
            function("vpc", "other"),
            [
                vpc(),
                vpc("other"),
                subnet("a"),
                subnet("b", "other"),
                Planned(
                    token=FUNCTION,
                    inputs={"vpcConfig": {"subnetIds": [UNKNOWN, UNKNOWN]}},
                    refs={"vpcConfig": [(SUBNET, "a"), (SUBNET, "b")]},
                ),
            ],
            [
                Planned(token=SECURITY_GROUP, name="g", inputs={"vpcId": "vpc-2", "id": "sg-1"}),
                Planned(token=SUBNET, name="s", inputs={"vpcId": "vpc-1", "id": "subnet-1"}),
                Planned(token="aws:ec2/instance:Instance", inputs={"subnetId": "subnet-1", "vpcSecurityGroupIds": ["sg-1"]}),
            ],
        ],
        passes=[function("vpc", "vpc"), {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, {}],
        unknown=[],
        never_unknown=True,
    ),
    "security-rule-peer-of-vpc": Cases(
        token=INGRESS,
        fails=[
            [
                vpc(),
                vpc("second"),
                group(),
                group("other", "second"),
                linked(
                    INGRESS,
                    "it",
                    securityGroupId=(SECURITY_GROUP, "group"),
                    referencedSecurityGroupId=(SECURITY_GROUP, "other"),
                ),
            ]
        ],
        passes=[
            NEW,
            [
                vpc(),
                group(),
                group("other"),
                linked(
                    INGRESS,
                    "it",
                    securityGroupId=(SECURITY_GROUP, "group"),
                    referencedSecurityGroupId=(SECURITY_GROUP, "other"),
                ),
            ],
        ],
        unknown=[{"securityGroupId": UNKNOWN, "referencedSecurityGroupId": UNKNOWN}],
    ),
    "network-acl-entry": Cases(
        token=ACL,
        fails=[
            {"ingress": [entry(0)]},
            {"ingress": [entry(32767)]},
            {"ingress": [entry(100), entry(100)]},
            {"ingress": [entry(protocol="-1")]},
            {"ingress": [entry(fromPort=None)]},
            {"ingress": [entry(protocol="icmp", fromPort=0, toPort=0)]},
            {"ingress": [entry(ipv6CidrBlock="::/0")]},
            {"ingress": [entry(action="accept")]},
            [Planned(token=ACL_RULE, inputs={"ruleNumber": 100, "ruleAction": "allow", "protocol": "-1"})],
        ],
        passes=[
            {"ingress": [entry(100), entry(200)], "egress": [entry(100, protocol="-1", fromPort=0, toPort=0)]},
            {"ingress": [entry(protocol="icmp", icmpType=-1, icmpCode=-1, fromPort=0, toPort=0)]},
            [
                Planned(
                    token=ACL_RULE, inputs={"ruleNumber": 1, "ruleAction": "deny", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}
                )
            ],
        ],
        unknown=[{"ingress": UNKNOWN}, {"ingress": [entry(UNKNOWN)]}, {"ingress": [entry(fromPort=UNKNOWN)]}],
    ),
    "network-acl-rule-once": Cases(
        token=ACL_RULE,
        fails=[
            [Planned(token=ACL, name="acl"), acl_rule("first"), acl_rule()],
            [Planned(token=ACL, name="acl", inputs={"ingress": [entry()]}), acl_rule()],
        ],
        passes=[
            [Planned(token=ACL, name="acl"), acl_rule("first", egress=True), acl_rule()],
            [Planned(token=ACL, name="acl"), acl_rule("first", ruleNumber=200), acl_rule()],
        ],
        unknown=[[Planned(token=ACL, name="acl"), acl_rule(ruleNumber=UNKNOWN)], {"networkAclId": UNKNOWN, "ruleNumber": 1}],
    ),
    "network-acl-return-ports": Cases(
        token=ACL,
        fails=[
            {"ingress": [entry()], "egress": [entry()]},
            {"ingress": [entry()]},
            {"ingress": [entry(), BACK], "egress": [entry()]},
        ],
        passes=[
            {"ingress": [entry(), BACK], "egress": [entry(), BACK]},
            {"ingress": [entry(protocol="-1", fromPort=0, toPort=0)], "egress": [entry(protocol="-1", fromPort=0, toPort=0)]},
            {},
            {"ingress": [entry(action="deny")]},
        ],
        unknown=[{"ingress": UNKNOWN}, {"ingress": [entry(protocol=UNKNOWN)]}],
    ),
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
    "flow-log-shape": Cases(
        token=FLOW_LOG,
        fails=[
            {**LOGGED, "iamRoleArn": None},
            {**LOGGED, "logDestination": None},
            {**LOGGED, "subnetId": UNKNOWN},
            {**LOGGED, "vpcId": None},
            {**LOGGED, "logDestinationType": "s3"},
            {**LOGGED, "trafficType": None},
            {**LOGGED, "maxAggregationInterval": 300},
        ],
        passes=[
            LOGGED,
            {"vpcId": UNKNOWN, "trafficType": "ALL", "logDestinationType": "s3", "logDestination": UNKNOWN},
            {**LOGGED, "vpcId": None, "transitGatewayId": UNKNOWN, "trafficType": None, "maxAggregationInterval": 60},
        ],
        unknown=[{**LOGGED, "logDestinationType": UNKNOWN}, {**LOGGED, "maxAggregationInterval": UNKNOWN}],
    ),
    "flow-log-destination": Cases(
        token=FLOW_LOG,
        fails=[
            {"logDestinationType": "s3", "logDestination": "arn:aws:logs:us-east-2:111111111111:log-group:a"},
            {"logDestination": "arn:aws:s3:::bucket"},
            [
                Planned(token=LOG_GROUP, name="g"),
                Planned(
                    token=FLOW_LOG,
                    inputs={"logDestinationType": "s3", "logDestination": UNKNOWN},
                    refs={"logDestination": (LOG_GROUP, "g")},
                ),
            ],
        ],
        passes=[
            {"logDestinationType": "s3", "logDestination": "arn:aws:s3:::bucket/prefix"},
            {"logDestination": "arn:aws:logs:us-east-2:111111111111:log-group:a"},
            [
                Planned(token=LOG_GROUP, name="g"),
                Planned(token=FLOW_LOG, inputs={"logDestination": UNKNOWN}, refs={"logDestination": (LOG_GROUP, "g")}),
            ],
        ],
        unknown=[{"logDestination": UNKNOWN}, {"logDestinationType": UNKNOWN}],
    ),
}
