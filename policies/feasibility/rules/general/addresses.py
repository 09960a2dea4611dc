"""Addresses: CIDR blocks, ports, e-mail addresses, and the endpoints of subscriptions."""

import ipaddress
import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import form_by_table
from policies.feasibility.engine.leaves import Leaf, alike, at, each_form, each_text, named, words
from policies.feasibility.engine.shapes import blocks, of
from policies.kit.resource import Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number

rules: Final = Rules("feasibility", failures())

_V4: Final = words(
    """
    cidrIpv4 cidrBlocks ipv4CidrBlock clientCidrBlock serviceIpv4Cidr localIpv4NetworkCidr remoteIpv4NetworkCidr
    tunnel1InsideCidr tunnel2InsideCidr
    """
)
_V6: Final = words(
    """
    cidrIpv6 ipv6CidrBlock ipv6CidrBlocks destinationIpv6CidrBlock serviceIpv6Cidr localIpv6NetworkCidr remoteIpv6NetworkCidr
    tunnel1InsideIpv6Cidr tunnel2InsideIpv6Cidr
    """
)
_EITHER: Final = words(
    """
    cidr cidrs cidrBlock destinationCidrBlock destinationCidr targetNetworkCidr publicAccessCidrs sourceCidrBlock
    """
)
_KINDS_OF_CIDR: Final = re.compile(r"(ec2|vpc|ec2transitgateway|ec2clientvpn|eks|wafv2|route53|networkmanager|dms)/.*")
_LOOSE: Final = words(
    """
    ec2/route:destinationCidrBlock ec2/route:destinationIpv6CidrBlock ec2/routeTable:cidrBlock ec2/routeTable:ipv6CidrBlock
    ec2/vpcIpamPoolCidr:cidr route53/cidrLocation:cidrBlocks
    """
)
_SIZES: Final = {
    **alike("ec2/vpc:cidrBlock ec2/subnet:cidrBlock ec2/vpcIpv4CidrBlockAssociation:cidrBlock", (16, 28)),
    **alike("ec2/vpnConnection:tunnel1InsideCidr ec2/vpnConnection:tunnel2InsideCidr", (30, 30)),
    "ec2/vpc:ipv6CidrBlock": (44, 60),
    "ec2/subnet:ipv6CidrBlock": (44, 64),
    "ec2clientvpn/endpoint:clientCidrBlock": (12, 22),
    "eks/cluster:serviceIpv4Cidr": (12, 24),
}


_CIDRS: Final = named(_V4 | _V6 | _EITHER)


def _wrong_block(resource: Resource, leaf: Leaf) -> str:
    place = f"{resource.kind}:{leaf.name}"
    version = 4 if leaf.name in _V4 else 6 if leaf.name in _V6 else 0
    return _wrong_cidr(leaf.value, version, loose=place in _LOOSE) or _wrong_size(leaf.value, _SIZES.get(place))


rules.named("cidr-form", "F425", ANY_AWS).add(
    each_text(lambda resource: _CIDRS(resource) if _KINDS_OF_CIDR.fullmatch(resource.kind) else (), _wrong_block),
    description="CIDR blocks are network addresses with a prefix length, of the version that the property takes.",
    remediation="Write the network's own address and its length, such as 10.0.0.0/16 or 2001:db8::/56.",
)


def _wrong_cidr(text: str, version: int, *, loose: bool = False) -> str:
    if "/" not in text:
        return "an address with a prefix length, such as 10.0.0.0/16"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "a CIDR block, such as 10.0.0.0/16 or 2001:db8::/56"
    if version and network.version != version:
        return f"a CIDR block of IPv{version}"
    if not text.rpartition("/")[2].isdecimal():
        return "a prefix length instead of a mask"
    if not loose and ipaddress.ip_interface(text).ip != network.network_address:
        return f"the address of the network itself: {network}"
    return ""


def _wrong_size(text: str, sizes: tuple[int, int] | None) -> str:
    length = int(text.rpartition("/")[2])
    return f"a block of /{sizes[0]} to /{sizes[1]}" if sizes and not sizes[0] <= length <= sizes[1] else ""


def _wrong_address(addresses: Resource, leaf: Leaf) -> str:
    if leaf.value.endswith("/0"):
        return "no /0: WAF takes /1 to /32 (IPv6 /24 to /128)"
    version = addresses.get("ipAddressVersion")
    return _wrong_cidr(leaf.value, 0 if version is UNKNOWN else {"IPV4": 4, "IPV6": 6}.get(str(version), 0))


rules.named("address-set", "F426", "wafv2/ipSet").add(
    each_text(at({"wafv2/ipSet": ("addresses[]",)}), _wrong_address, detail="{value}"),
    description="The addresses of an IP set are CIDR blocks of the set's version.",
    remediation="Write each address with its length (192.0.2.1/32), and keep the versions in sets of their own.",
)

_PORTS: Final = {
    **alike("ec2/securityGroup ec2/defaultSecurityGroup ec2/networkAcl ec2/defaultNetworkAcl", ("ingress[]", "egress[]")),
    **alike("ec2/securityGroupRule ec2/networkAclRule vpc/securityGroupIngressRule vpc/securityGroupEgressRule", ("",)),
}


@rules.rule("port-range", "F427", " ".join(_PORTS))
def _port_range(resource: Resource) -> Answers:
    """Port ranges run upwards within 0 to 65535.

    Set fromPort to the lower and toPort to the higher port.
    """
    name = "ipProtocol" if resource.kind.startswith("vpc/") else "protocol"
    for path in _PORTS[resource.kind]:
        for where, block in blocks(resource, path) if path else [("", resource.properties)]:
            head = f"{where}." if where else ""
            low, high = (as_number(block.get(port)) for port in ("fromPort", "toPort"))
            if low is UNKNOWN or high is UNKNOWN:
                yield NOT_JUDGED
                continue
            for number in (low, high):
                if number is not None and not -1 <= number <= 65535:
                    yield Finding(f"{head}fromPort", number, "a port from 0 to 65535", "range")
            protocol = block.get(name)
            if protocol is UNKNOWN:
                yield NOT_JUDGED
            elif low is not None and high is not None and str(protocol).lower() not in _NO_PORTS and low > high:
                yield Finding(f"{head}fromPort", block["fromPort"], f"at most toPort, which is {block['toPort']}", "order")


_NO_PORTS: Final = ("-1", "all", "icmp", "icmpv6", "1", "58")
_EMAIL: Final = r"[^@\s,;<>()\[\]]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
_ARN: Final = r"arn:[^:]*"
_HERE: Final = r"[^:]*:[^:]*"
_EMAILS: Final = {
    "budgets/budget": ("notifications[].subscriberEmailAddresses[]",),
    **alike("organizations/account guardduty/member securityhub/member macie2/member ses/emailIdentity", ("email",)),
    "detective/member": ("emailAddress",),
    "account/alternativeContact": ("emailAddress",),
}


rules.named("email-form", "F428", " ".join(_EMAILS)).add(
    each_text(at(_EMAILS), lambda _, leaf: "" if re.fullmatch(_EMAIL, leaf.value) else "an e-mail address", detail="{path}"),
    description="E-mail addresses are addresses.",
    remediation="Write one address per entry: name@example.com.",
)


rules.named("subscription-endpoint", "F429", "sns/topicSubscription").add(
    of(
        form_by_table(
            "endpoint",
            "protocol",
            {
                **alike("email email-json", (_EMAIL, "an e-mail address")),
                "http": (r"http://.*", "an address that begins with http://"),
                "https": (r"https://.*", "an address that begins with https://"),
                "sqs": (rf"{_ARN}:sqs:{_HERE}:.+", "the ARN of a queue (not its URL)"),
                "lambda": (rf"{_ARN}:lambda:{_HERE}:function:.*", "the ARN of a function"),
                "firehose": (rf"{_ARN}:firehose:{_HERE}:deliverystream/.*", "the ARN of a delivery stream"),
                "application": (rf"{_ARN}:sns:{_HERE}:.+", "the ARN of a platform endpoint"),
                "sms": (r"\+?[\d().\- ]{6,20}", "a telephone number with country code: +41791234567"),
            },
        )
    ),
    description="The endpoint of a subscription is what its protocol delivers to.",
    remediation=(
        "email: an address; https: one that begins with https://; sqs, lambda, firehose, application: an ARN; sms: +4179..."
    ),
)


_HTTPS: Final = r"https://\S+"
_URLS: Final = {
    "iam/openIdConnectProvider": {
        "url": (r"(https://)?[A-Za-z0-9.-]+(:\d+)?(/[^\s?#]*)?", "the issuer's address with https://, without query")
    },
    "cloudwatch/eventApiDestination": {"invocationEndpoint": (_HTTPS, "an address that begins with https://")},
    "cloudformation/stack": {"templateUrl": (_HTTPS, "an address of S3 that begins with https://")},
    "sqs/redrivePolicy": {"queueUrl": (_HTTPS, "the URL of the queue")},
    **alike("sqs/queuePolicy sqs/redriveAllowPolicy", {"queueUrl": (_HTTPS, "the URL of the queue (not its ARN)")}),
}
rules.named("url-form", "F430", " ".join(_URLS)).add(
    each_form(_URLS),
    description="Addresses of the web have the scheme that the service wants.",
    remediation="Write the whole address with its scheme.",
)
