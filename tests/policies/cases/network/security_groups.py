"""Cases of policies/controls/network/security_groups.py."""

from typing import Any

from tests.policies.given.network.common import (
    ALB,
    DEFAULT,
    EVERYONE,
    GROUP,
    INGRESS,
    INSTANCE,
    RULE,
    VPC,
    block,
    group,
    new,
    old,
    rule,
    user,
)
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import Cases

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def inline(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ingress": [*blocks], **more}


BALANCER = user(ALB, "securityGroups")
DATABASE = user("aws:rds/instance:Instance", "vpcSecurityGroupIds")
TASKS = planned(
    "aws:ecs/service:Service", "tasks", networkConfiguration={"subnets": ["subnet-1"], "securityGroups": [ref(GROUP, "group")]}
)


def closed_port(port: int) -> Cases:
    """Cases of a rule that keeps one TCP port closed to everyone."""
    return Cases(
        token=GROUP,
        fails=[
            inline(block(port)),
            inline(block(str(port))),
            inline(block(port, "10.0.0.0/8"), block(port)),
            inline({"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["192.168.0.0/16", EVERYONE]}),
            inline({"protocol": "TCP", "fromPort": port, "toPort": port, "ipv6CidrBlocks": ["::/0"]}),
            inline({"protocol": "6", "fromPort": port, "toPort": port, "cidrBlocks": "0.0.0.0/0"}),
            inline({"protocol": 6, "fromPort": port - 1, "toPort": port + 1, "cidrBlocks": ["1.0.0.0/0"]}),
            inline({"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": -1, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "all", "fromPort": 443, "toPort": 443, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}),
            inline({"protocol": "tcp", "fromPort": 0, "toPort": 0, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": -1, "toPort": -1, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "cidrBlocks": [EVERYONE]}),
            inline({"fromPort": port, "toPort": port, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": port, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": 65535, "toPort": 1, "cidrBlocks": [EVERYONE]}),
            inline(block(port, self=True)),
            inline(block(port, securityGroups=["sg-1"])),
            {"ingress": block(port)},
            planned(DEFAULT, **inline(block(port))),
            [old(port)],
            [old(port, ipv6CidrBlocks=["2000::/3"], cidrBlocks=None)],
            planned(RULE, type="ingress", securityGroupId="sg-1", **block(port)),
            [new(port)],
            [new(port, None, cidrIpv6="::/0")],
            [new(None, ipProtocol="-1")],
        ],
        passes=[
            {},
            {"ingress": []},
            inline(block(port, "10.0.0.0/8"), block(port, "203.0.113.7/32")),
            inline(block(port + 2000)),
            inline({**block(port), "protocol": "udp"}, {**block(port), "protocol": "17"}),
            inline({"protocol": "icmp", "fromPort": -1, "toPort": -1, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": port, "toPort": port, "securityGroups": ["sg-1"]}),
            inline({"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}),
            inline({"protocol": "tcp", "fromPort": port, "toPort": port, "prefixListIds": ["pl-1"]}),
            inline({"protocol": "tcp", "fromPort": port, "toPort": port, "ipv6CidrBlocks": ["fd00::/8", "2001:db8::/32"]}),
            inline(block(port + 2000, UNKNOWN)),
            {"egress": [block(port), {"protocol": "-1", "cidrBlocks": [EVERYONE]}]},
            [old(port, "10.0.0.0/8")],
            [old(port, type="egress")],
            [old(port, cidrBlocks=None, sourceSecurityGroupId="sg-1")],
            [old(port, cidrBlocks=None, self=True)],
            [new(port, None, referencedSecurityGroupId="sg-1")],
            [new(port, None, prefixListId="pl-1")],
            [new(port, "72.21.210.165")],
            [rule(EGRESS, ipProtocol="-1", cidrIpv4=EVERYONE)],
            [planned(VPC, "vpc"), planned(INGRESS, ipProtocol="tcp", fromPort=port, toPort=port, cidrIpv4=ref(VPC, "vpc"))],
        ],
        unknown=[
            {"ingress": UNKNOWN},
            {"ingress": [UNKNOWN]},
            inline(block(port, UNKNOWN)),
            *(inline({**block(port), key: UNKNOWN}) for key in ("cidrBlocks", "fromPort", "protocol")),
            [old(port, type=UNKNOWN)],
            [new(UNKNOWN)],
            planned(
                INGRESS, ipProtocol="tcp", fromPort=port, toPort=port, cidrIpv4=ref("pulumi:pulumi:StackReference", "offices")
            ),
        ],
    )


CASES: dict[str, Cases] = {
    "security-group-ssh": closed_port(22),
    "security-group-rdp": closed_port(3389),
    "security-group-high-risk-ports": Cases(
        token=GROUP,
        fails=[
            *([*closed_port(5432).fails]),
            *(inline(block(port)) for port in (20, 21, 23, 445, 1433, 1521, 3306, 4333, 6379, 8088, 9092, 9200, 11211, 27017)),
            inline({"protocol": "tcp", "fromPort": 1, "toPort": 10000, "cidrBlocks": [EVERYONE]}),
            planned("aws:rds/securityGroup:SecurityGroup", ingress=[{"cidr": EVERYONE}]),
        ],
        passes=[
            *closed_port(5432).passes,
            inline(block(443), block(80)),
            planned("aws:rds/securityGroup:SecurityGroup", ingress=[{"cidr": "10.0.0.0/8"}]),
        ],
        unknown=closed_port(5432).unknown,
    ),
    "security-group-public-ingress": Cases(
        token=GROUP,
        fails=[
            *(inline(block(port)) for port in (22, 222, 8443, 80)),
            inline({"protocol": "-1", "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": 443, "toPort": 444, "cidrBlocks": [EVERYONE]}),
            inline({"protocol": "tcp", "fromPort": 0, "toPort": 0, "cidrBlocks": [EVERYONE]}),
            inline({**block(443), "protocol": "udp"}),
            inline({"protocol": "icmp", "fromPort": -1, "toPort": -1, "cidrBlocks": [EVERYONE]}),
            inline({**block(8080), "cidrBlocks": [], "ipv6CidrBlocks": ["::/0"]}),
            [old(80)],
            [new(80)],
            planned(INGRESS, ipProtocol="tcp", cidrIpv6="ff:ff:ff:ff:ff:ff:ff:ff/0"),
            [group(ingress=[block(443)]), INSTANCE],
            [group(), new(443), DATABASE],
            [group(), new(443), TASKS],
            [group(), new(8443), BALANCER],
            [group(ingress=[block(80), block(443, "10.0.0.0/8")])],
        ],
        passes=[
            {},
            inline(block(8443, "1.2.3.4/32"), {"protocol": "-1", "cidrBlocks": ["1.2.3.4/32"]}),
            inline(block(443)),
            inline(block(443), block(80)),
            inline(block(80, ipv6CidrBlocks=["::/0"]), name="public-alb"),
            {"egress": [{"protocol": "-1", "cidrBlocks": [EVERYONE]}]},
            [group(), new(80), new(443, name="https"), BALANCER],
            [group(), new(80), new(443, name="https")],
            [group(ingress=[block(443), block(80)]), BALANCER, INSTANCE],
            [group(), new(443), new(80, name="http"), user("aws:elb/loadBalancer:LoadBalancer", "securityGroups")],
            [old(443)],
            [old(8080, cidrBlocks=None, sourceSecurityGroupId="sg-1")],
        ],
        unknown=[
            inline(block(8443, UNKNOWN)),
            {"ingress": UNKNOWN},
            [old(8443, type=UNKNOWN)],
            [new(443), group(), planned(ALB, securityGroups=[UNKNOWN])],
        ],
    ),
    "security-group-egress": Cases(
        token=GROUP,
        fails=[
            {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [EVERYONE]}]},
            {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "ipv6CidrBlocks": ["::/0"]}]},
            {"egress": [{"protocol": "tcp", "fromPort": -1, "toPort": -1, "cidrBlocks": [EVERYONE]}]},
            {"egress": [block(443), {"protocol": "all", "cidrBlocks": [EVERYONE]}]},
            [rule(RULE, type="egress", protocol="-1", fromPort=0, toPort=0, cidrBlocks=[EVERYONE])],
            [rule(EGRESS, ipProtocol="-1", cidrIpv4=EVERYONE)],
            [rule(EGRESS, ipProtocol="-1", cidrIpv6="::/0")],
        ],
        passes=[
            {},
            {"egress": []},
            {"egress": [block(443), {"protocol": "-1", "cidrBlocks": ["10.0.0.0/8"]}]},
            {"egress": [{"protocol": "-1", "prefixListIds": ["pl-1"]}, {"protocol": "-1", "self": True}]},
            {"ingress": [{"protocol": "-1", "cidrBlocks": [EVERYONE]}]},
            [rule(RULE, type="ingress", protocol="-1", cidrBlocks=[EVERYONE])],
            [rule(EGRESS, ipProtocol="tcp", fromPort=80, toPort=80, cidrIpv4=EVERYONE)],
            [rule(EGRESS, ipProtocol="-1", referencedSecurityGroupId="sg-1")],
        ],
        unknown=[
            {"egress": UNKNOWN},
            {"egress": [{"protocol": UNKNOWN, "cidrBlocks": [EVERYONE]}]},
            [rule(EGRESS, ipProtocol="-1", cidrIpv4=UNKNOWN)],
        ],
    ),
    "security-group-descriptions": Cases(
        token=GROUP,
        fails=[
            {},
            {"description": ""},
            {"description": "Managed by Pulumi"},
            {"description": "Web", "ingress": [block(443)]},
            {"description": "Web", "egress": [block(443, description="")]},
            [old(443)],
            [new(443)],
            [rule(EGRESS, ipProtocol="-1", cidrIpv4=EVERYONE, description="")],
        ],
        passes=[
            {"description": "Web"},
            {"description": "Web", "ingress": [block(443, description="HTTPS")], "egress": [block(443, description="APIs")]},
            [old(443, description="HTTPS")],
            [new(443, description="HTTPS")],
        ],
        unknown=[{"description": UNKNOWN}, {"description": "Web", "ingress": [block(443, description=UNKNOWN)]}],
    ),
    "security-group-one-way-of-rules": Cases(
        token=GROUP,
        fails=[
            [group(ingress=[block(443)]), old(22, "10.0.0.0/8")],
            [group(egress=[block(443)]), new(22, "10.0.0.0/8")],
            [planned(GROUP, ingress=[block(443)], id="sg-1"), planned(RULE, "other", securityGroupId="sg-1", **block(22))],
            [group(), old(443), new(22)],
        ],
        passes=[
            {"ingress": [block(443)], "egress": [block(443)]},
            [group(), old(443), old(80, name="other")],
            [group(), new(443), rule(EGRESS, ipProtocol="-1")],
            [group(ingress=[], egress=[]), new(22)],
            [group(), group("other", ingress=[block(443)]), new(22)],
        ],
        unknown=[[group(ingress=UNKNOWN), new(22)]],
    ),
    "database-security-group-sources": Cases(
        token=GROUP,
        fails=[
            inline(block(5432, "10.0.0.0/16")),
            inline(block(3306, "10.0.0.0/16", securityGroups=["sg-1"])),
            inline(block(8000, "10.0.0.0/16"), name="orders-db"),
            inline(block(8000, "10.0.0.0/16"), description="Redis cache"),
            [group(ingress=[block(7777, "10.0.0.0/16")]), DATABASE],
            [group(), new(7777, "10.1.2.3/32"), DATABASE],
            [group(), old(7777, ipv6CidrBlocks=["fd00::/8"], cidrBlocks=None), DATABASE],
            [group(), new(7777, None, prefixListId="pl-1"), DATABASE],
            [group(), new(7777, UNKNOWN), user("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds")],
            planned(RULE, type="ingress", securityGroupId="sg-1", **block(6379, "10.0.0.0/8")),
        ],
        passes=[
            {},
            inline(block(443, "10.0.0.0/16")),
            inline({"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "securityGroups": ["sg-1"]}),
            inline({"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "self": True}),
            inline({"protocol": "tcp", "fromPort": 5432, "toPort": 5500, "cidrBlocks": ["10.0.0.0/16"]}),
            {"egress": [block(5432, "10.0.0.0/16")]},
            [group(ingress=[block(5432, "10.0.0.0/16")]), TASKS],
            [group(), new(5432, None, referencedSecurityGroupId="sg-1"), DATABASE],
            [group(), old(5432, "10.0.0.0/8", type="egress"), DATABASE],
        ],
        unknown=[
            [group(), old(5432, "10.0.0.0/8", type=UNKNOWN), DATABASE],
            [group(ingress=[block(7777, "10.0.0.0/8")]), planned("aws:rds/instance:Instance", vpcSecurityGroupIds=UNKNOWN)],
        ],
    ),
    "security-group-attached": Cases(
        token=GROUP,
        fails=[
            {},
            [group(), new(443), old(22)],
            [group(), group("other", ingress=[{"protocol": "tcp", "securityGroups": [UNKNOWN]}]), BALANCER],
            [group(), planned("aws:ssm/parameter:Parameter", value=ref(GROUP, "group"))],
            [group(id="sg-2"), planned(ALB, securityGroups=["sg-1"])],
        ],
        passes=[
            *([group(), owner] for owner in (BALANCER, INSTANCE, TASKS)),
            [group(), planned("aws:lambda/function:Function", vpcConfig=ref(GROUP, "group"))],
            [planned(GROUP, id="sg-1"), planned("aws:ec2/networkInterface:NetworkInterface", securityGroups=["sg-1"])],
        ],
        unknown=[[group(), planned(ALB, securityGroups=[UNKNOWN])], [group(), planned(ALB, securityGroups=["sg-1"])]],
    ),
}
