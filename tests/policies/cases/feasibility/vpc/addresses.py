"""Cases of policies/feasibility/rules/vpc/addresses.py."""

from tests.policies.given.feasibility.parts import SUBNET, VPC
from tests.policies.given.feasibility.vpc import linked, subnet, vpc
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import Cases

MORE = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"

CASES: dict[str, Cases] = {
    "subnet-in-vpc": Cases(
        token=SUBNET,
        fails=[
            [vpc(), subnet(block="10.1.0.0/24")],
            [vpc(), linked(MORE, "more", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16"), subnet(block="10.1.0.0/24")],
            [vpc(), subnet("first"), subnet()],
            [vpc(), subnet("first", block="10.0.0.0/20"), subnet(block="10.0.15.0/24")],
            [vpc(cidrBlock="10.0.0.0/20"), subnet(block="10.0.16.0/24")],
        ],
        passes=[
            [vpc(), subnet("first", block="10.0.0.0/24"), subnet()],
            [
                vpc(),
                linked(MORE, "more", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16"),
                planned(SUBNET, vpcId=ref(VPC, "vpc"), cidrBlock="10.1.0.0/24").after((MORE, "more")),
            ],
            [vpc(), vpc("other"), subnet("first", "other"), subnet()],
            {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"},
        ],
        unknown=[[vpc(), subnet(block=UNKNOWN)], [vpc(cidrBlock=UNKNOWN), subnet()]],
    ),
    "vpc-cidr-associations-apart": Cases(
        token=MORE,
        fails=[[vpc(), linked(MORE, "it", vpcId=(VPC, "vpc"), cidrBlock="10.0.128.0/20")]],
        passes=[[vpc(), linked(MORE, "it", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16")]],
        unknown=[{"vpcId": UNKNOWN, "cidrBlock": "10.1.0.0/16"}],
    ),
    "vpc-cidr-apart": Cases(
        token=VPC,
        fails=[[vpc(), vpc("other", cidrBlock="10.0.0.0/20", region="us-west-2")]],
        passes=[[vpc(), vpc("other", cidrBlock="10.1.0.0/16")], [vpc()]],
        unknown=[{"cidrBlock": UNKNOWN}],
    ),
    "vpc-options": Cases(
        token=VPC,
        fails=[
            {"cidrBlock": "10.0.0.0/16", "ipv4NetmaskLength": 16, "ipv4IpamPoolId": "p"},
            {"assignGeneratedIpv6CidrBlock": True, "ipv6IpamPoolId": UNKNOWN},
            {"ipv4NetmaskLength": 20},
            {"ipv6CidrBlock": "2001:db8::/56"},
        ],
        passes=[{"cidrBlock": "10.0.0.0/16"}, {"ipv4IpamPoolId": UNKNOWN, "ipv4NetmaskLength": 20}],
        unknown=[{"ipv4IpamPoolId": "p", "ipv4NetmaskLength": UNKNOWN}],
    ),
    "vpc-dns": Cases(
        token=VPC,
        fails=[{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": False}, {"enableDnsSupport": True}],
        passes=[
            *({"cidrBlock": UNKNOWN, "enableDnsHostnames": names} for names in (True, UNKNOWN)),
            {"ipv4IpamPoolId": "p", "enableDnsSupport": False},
        ],
        unknown=[{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": UNKNOWN, "enableDnsSupport": False}],
    ),
    "subnet-options": Cases(
        token=SUBNET,
        fails=[
            {"cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-2a", "availabilityZoneId": "use2-az1"},
            {"ipv6Native": True, "cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": "2001:db8::/64"},
            {},
            *({"cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": f"2001:db8::/{size}"} for size in (66, 40, 68)),
            {"cidrBlock": "10.0.0.0/24", "assignIpv6AddressOnCreation": True},
            [vpc(), subnet(ipv6CidrBlock="2001:db8::/64")],
        ],
        passes=[
            {"cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-2a"},
            {"ipv6Native": True, "ipv6CidrBlock": "2001:db8::/64", "assignIpv6AddressOnCreation": True, "vpcId": "vpc-1"},
            {"ipv6Native": True, "ipv6CidrBlock": "2001:db8::/44", "vpcId": "vpc-1"},
            [vpc(assignGeneratedIpv6CidrBlock=True), subnet(ipv6CidrBlock="2001:db8::/64")],
        ],
        unknown=[{"cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": UNKNOWN}],
    ),
    "prefix-list-entries": Cases(
        token="aws:ec2/managedPrefixList:ManagedPrefixList",
        fails=[
            {"maxEntries": 1, "entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "172.16.0.0/12"}]},
            {"maxEntries": 5, "addressFamily": "IPv4", "entries": [{"cidr": "2001:db8::/32"}]},
            {"maxEntries": 5, "entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "10.0.0.0/8"}]},
        ],
        passes=[{"maxEntries": most, "addressFamily": "IPv4", "entries": [{"cidr": "10.0.0.0/8"}]} for most in (2, 1)],
        unknown=[{"maxEntries": UNKNOWN}, {"maxEntries": 5, "entries": [{"cidr": UNKNOWN}]}],
    ),
}
