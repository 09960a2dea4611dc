"""Cases of policies/controls/network/network_acls.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

ACL = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
EVERYONE = "0.0.0.0/0"


def entry(first: object, last: object = None, number: object = 100, **more: Any) -> dict[str, Any]:
    """An inline entry that lets everyone in."""
    return {
        "protocol": "tcp",
        "ruleNo": number,
        "action": "allow",
        "cidrBlock": EVERYONE,
        "fromPort": first,
        "toPort": first if last is None else last,
        **more,
    }


def acl(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"ingress": [*entries]}


def rule(first: object, last: object = None, number: int = 100, name: str = "rule", **more: Any) -> Planned:
    inputs = {key: value for key, value in entry(first, last).items() if key not in ("ruleNo", "action")}
    inputs |= {"networkAclId": ref(ACL, "acl"), "ruleNumber": number, "ruleAction": "allow", **more}
    return planned("aws:ec2/networkAclRule:NetworkAclRule", name, **inputs)


ALL = {"protocol": "-1", "fromPort": 0, "toPort": 0}

CASES: dict[str, Cases] = {
    "network-acl-admin-ports": Cases(
        token=ACL,
        fails=[
            *(acl(entry(port)) for port in (20, 21, 22, 3389)),
            acl(entry(5, 25)),
            acl(entry("22", "22")),
            acl(entry(1024, 65535)),
            acl(entry(443), entry(22, number=110, cidrBlock=None, ipv6CidrBlock="::/0")),
            acl(entry(0, 0, protocol="-1")),
            acl(entry(None, protocol="all")),
            acl(entry(22, action="ALLOW", protocol="6")),
            acl(entry(22, number=200, action="deny"), entry(22)),
            acl(entry(22, number=90, action="deny", cidrBlock="10.0.0.0/8"), entry(22)),
            acl(entry(22, number=90, action="deny", cidrBlock=None, ipv6CidrBlock="::/0"), entry(22)),
            acl(entry(22, number=90, action="deny"), entry(3389)),
            planned(DEFAULT, **acl(entry(22))),
            [rule(22)],
            [rule(5, 25, egress=False)],
            [rule(None, protocol="-1")],
            [planned(ACL, "acl"), rule(22), rule(22, number=200, name="late", ruleAction="deny")],
        ],
        passes=[
            {},
            acl(entry(443), entry(1024, 3388, number=110), entry(3390, 65535, number=120)),
            acl(entry(22, cidrBlock="10.0.0.0/8"), entry(3389, cidrBlock="10.0.0.0/32", number=110)),
            acl(entry(22, action="deny")),
            acl(entry(22, protocol="udp")),
            acl(entry(0, 0, protocol="icmp")),
            acl(entry(22, number=90, action="deny"), entry(22, 100)),
            acl(entry(0, 0, number=90, action="deny", protocol="-1"), entry(22)),
            {"egress": [entry(22), entry(0, 0, protocol="-1")]},
            [rule(22, egress=True)],
            [rule(22, ruleAction="deny")],
            [rule(22, cidrBlock="10.0.0.0/8")],
            [planned(ACL, "acl"), rule(1, 1023), *(rule(p, number=p, name=f"no-{p}", ruleAction="deny") for p in (20, 21, 22))],
            [planned(ACL, "acl", **acl(entry(22, number=10, action="deny"))), rule(22)],
        ],
        unknown=[
            {"ingress": UNKNOWN},
            acl(entry(22, cidrBlock=UNKNOWN)),
            acl(entry(UNKNOWN)),
            acl(entry(22, action=UNKNOWN)),
            acl(entry(22), entry(22, number=UNKNOWN, action="deny")),
            acl(entry(22, number=90, action="deny", cidrBlock=UNKNOWN), entry(22)),
            [rule(22, egress=UNKNOWN)],
        ],
    ),
    "network-acl-all-ports": Cases(
        token=ACL,
        fails=[
            acl(entry(0, 0, protocol="-1")),
            acl(entry(None, protocol="all")),
            acl(entry(80, protocol="-1")),
            acl(entry(0, 65535)),
            acl(entry(1, 65535, protocol="udp")),
            acl(entry(443), entry(0, 0, number=110, protocol=-1, cidrBlock=None, ipv6CidrBlock="::/0")),
            planned(DEFAULT, **acl({**ALL, "ruleNo": 100, "action": "allow", "cidrBlock": EVERYONE})),
            [rule(None, protocol="all")],
            [rule("", protocol="-1", egress=False)],
        ],
        passes=[
            {},
            acl(entry(443), entry(0, 1024), entry(1024, 65535)),
            acl(entry(0, 0, protocol="-1", cidrBlock="10.0.0.0/16")),
            acl(entry(0, 0, protocol="-1", action="deny")),
            acl(entry(0, 0, protocol="-1", action="deny"), entry(0, 0, protocol="-1", number=110)),
            acl(entry(0, 0, protocol="icmp")),
            {"egress": [entry(0, 0, protocol="-1")]},
            [rule(None, protocol="-1", egress=True)],
            [rule(None, protocol="-1", ruleAction="deny")],
            [rule(80)],
        ],
        unknown=[acl(entry(0, 0, protocol=UNKNOWN)), acl(entry(0, UNKNOWN)), {"ingress": [UNKNOWN]}],
    ),
    "network-acl-attached": Cases(
        token=ACL,
        fails=[
            {},
            {"subnetIds": []},
            [
                planned(ACL, "one"),
                planned(ACL, "two", subnetIds=["subnet-1"]),
                planned(ASSOCIATION, networkAclId=ref(ACL, "two")),
            ],
        ],
        passes=[
            {"subnetIds": ["subnet-1"]},
            {"subnetIds": [UNKNOWN]},
            [planned(ACL, "acl"), planned(ASSOCIATION, networkAclId=ref(ACL, "acl"))],
        ],
        unknown=[{"subnetIds": UNKNOWN}, [planned(ACL), planned(ASSOCIATION, networkAclId=UNKNOWN)]],
    ),
    "data-subnet-network-acl": Cases(
        token=SUBNET,
        fails=[
            {"tags": {"Tier": "data"}},
            {"tags": {"tier": "Database"}},
            {"tags": {"Name": "orders-db-a"}},
            [planned(SUBNET, "data-a", id="subnet-2"), planned(ACL, subnetIds=["subnet-1"])],
        ],
        passes=[
            {},
            {"tags": {"Tier": "public"}},
            {"tags": {"Name": "data-platform-private-a"}},
            {"tags": {"Tier": "private", "Name": "db-a"}},
            [planned(SUBNET, "a", tags={"Tier": "data"}), planned(ACL, subnetIds=[ref(SUBNET, "a")])],
            [planned(SUBNET, "a", tags={"Tier": "data"}), planned(ASSOCIATION, subnetId=ref(SUBNET, "a"))],
            [planned(SUBNET, "a", tags={"Tier": "data"}, id="subnet-1"), planned(ACL, subnetIds=["subnet-1"])],
        ],
        unknown=[[planned(SUBNET, "data-a"), planned(ACL, subnetIds=UNKNOWN)]],
    ),
}
