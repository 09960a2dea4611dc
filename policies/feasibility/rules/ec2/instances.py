"""EC2 instances and launch templates that Amazon EC2 refuses."""

import base64
import binascii
import ipaddress
import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, choice
from policies.feasibility.engine.networks import network
from policies.feasibility.engine.relations import any_unknown
from policies.feasibility.engine.shapes import (
    absent,
    blocks,
    each_block,
    given,
    of,
    only_one,
    requires_one,
    saying,
    where_given,
)
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.references import target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_TEMPLATE: Final = "ec2/launchTemplate"
_INTERFACES: Final = "because networkInterfaces are named"
_BOTH_INTERFACES: Final = (
    "InvalidParameterCombination: Network interfaces and an instance-level security groups may not be specified on the same "
    "request"
)
_METADATA: Final = (
    choice("httpTokens", ("required", "optional")),
    choice("httpEndpoint", ("enabled", "disabled")),
    choice("instanceMetadataTags", ("enabled", "disabled")),
    between("httpPutResponseHopLimit", 1, 64),
)
_NO_PROFILE: Final = "InvalidParameterValue: Value ({}) for parameter iamInstanceProfile.name is invalid."

rules.named("instance-shape", "F386", "ec2/instance ec2/spotInstanceRequest").add(
    all_of(
        of(
            saying(
                "MissingParameter: The request must contain the parameter ImageId",
                requires_one("instanceType", "ami launchTemplate"),
            ),
            only_one("userData userDataBase64"),
            where_given(
                "networkInterfaces",
                saying(
                    _BOTH_INTERFACES,
                    absent(
                        "subnetId vpcSecurityGroupIds securityGroups associatePublicIpAddress privateIp ipv6Addresses",
                        _INTERFACES,
                    ),
                ),
            ),
            only_one("placementGroup placementGroupId"),
            only_one("hostId hostResourceGroupArn"),
            only_one("ipv6AddressCount ipv6Addresses"),
            choice("tenancy", ("default", "dedicated", "host")),
            choice("instanceInitiatedShutdownBehavior", ("stop", "terminate")),
            at_most_items("vpcSecurityGroupIds", 16, "security groups on an interface"),
        ),
        each_block("metadataOptions", *_METADATA),
        each_block("launchTemplate", only_one("id name")),
    ),
    description="An instance has an image, its user data in one form, and its network from one place.",
    remediation="Set ami; set either networkInterfaces or subnetId and vpcSecurityGroupIds.",
)


@rules.rule("instance-user-data-size", "F386", "ec2/instance ec2/launchTemplate ec2/launchConfiguration")
def _user_data(resource: Resource) -> Answers:
    """User data is at most 16 KB, in base64 where AWS wants that.

    Encode the launch template's userData in base64; move what is larger to S3.
    """
    for name, coded in (("userData", resource.kind == _TEMPLATE), ("userDataBase64", True)):
        value = resource.get(name)
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and value:
            size = _decoded(value) if coded else len(value.encode())
            if size is None:
                answer = "InvalidUserData.Malformed: Invalid BASE64 encoding of user data."
                yield Finding(name, value, "base64 text", detail=name, answer=answer)
            elif size > 16384:
                answer = "InvalidParameterValue: User data is limited to 16384 bytes"
                yield Finding(name, f"{size} bytes", "at most 16384 bytes", detail=f"{name} size", answer=answer)


def _decoded(text: str) -> int | None:
    try:
        return len(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return None


@rules.rule("instance-in-subnet", "F386", "ec2/instance ec2/networkInterface", needs_stack=True)
def _in_subnet(resource: Resource) -> Answers:
    """An instance's address is a free one of its subnet, and its zone the subnet's.

    Choose an address of the subnet's block, not one of the first four or the last.
    """
    subnet = target(resource, "subnetId", "ec2/subnet")
    if subnet is None:
        return
    block = subnet.get("cidrBlock")
    for where, value in (*resource.each("privateIp"), *resource.each("privateIps[]")):
        if value is UNKNOWN or (value is not None and block is UNKNOWN):
            yield NOT_JUDGED
        elif value is not None:
            yield from _address(where, str(value), block)
    zone, place = resource.get("availabilityZone"), subnet.get("availabilityZone")
    if isinstance(zone, str) and isinstance(place, str) and zone != place:
        answer = "InvalidParameterValue: The availability zone does not match the subnet's"
        yield Finding("availabilityZone", zone, f"{place}, the subnet's", detail="zone", answer=answer)


def _address(where: str, value: str, block: object) -> Answers:
    own = network(block)
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        yield Finding(where, value, "an IPv4 address", detail=value)
        return
    if own is None or own.version != address.version:
        return
    offset = int(address) - int(own.network_address)
    if address not in own:
        answer = f"InvalidParameterValue: Address {value} does not fall within the subnet's address range"
        yield Finding(where, value, f"an address of {own}", detail=value, answer=answer)
    elif offset < 4 or offset == own.num_addresses - 1:
        answer = f"InvalidParameterValue: Address {value} is in subnet's reserved address range"
        yield Finding(where, value, f"an address of {own} other than the first four and the last", detail=value, answer=answer)


@rules.rule("instance-profile", "F388", "ec2/instance ec2/launchTemplate ec2/launchConfiguration", needs_stack=True)
def _profile(resource: Resource) -> Answers:
    """An instance is given an instance profile, not the role itself.

    Declare iam.InstanceProfile with the role and name it.
    """
    template = ("iamInstanceProfile.name", "iamInstanceProfile.arn")
    for name in template if resource.kind == _TEMPLATE else ("iamInstanceProfile",):
        value = resource.get(name)
        profiles, roles = targets(resource, name, "iam/instanceProfile"), targets(resource, name, "iam/role")
        if value is UNKNOWN and not profiles and not roles:
            yield NOT_JUDGED
        elif roles and not profiles:
            answer = _NO_PROFILE.format(roles[0].name)
            yield Finding(name, roles[0].name, "an instance profile that holds the role", detail=name, answer=answer)
        elif isinstance(value, str) and value.startswith("arn:") and not name.endswith("arn"):
            answer = _NO_PROFILE.format(value)
            yield Finding(name, value, "the name of an instance profile, not an ARN", detail="arn", answer=answer)
        elif isinstance(value, str) and ":role/" in value:
            yield Finding(name, value, "the ARN of an instance profile (:instance-profile/)", detail="role")


_INCOMPLETE: Final = (
    "ValidationError: You must use a valid fully-formed launch template. The request must contain the parameter"
)
_NAMED_INTERFACES: Final = "because the interfaces have them"

rules.named("launch-template-shape", "F387", _TEMPLATE).add(
    all_of(
        of(
            only_one("instanceType instanceRequirements"),
            only_one("vpcSecurityGroupIds securityGroupNames"),
            where_given(
                "networkInterfaces",
                saying(_BOTH_INTERFACES, absent("vpcSecurityGroupIds securityGroupNames", _NAMED_INTERFACES)),
            ),
            only_one("defaultVersion updateDefaultVersion"),
        ),
        each_block("metadataOptions", *_METADATA),
        each_block("iamInstanceProfile", only_one("arn name")),
        each_block("placement", choice("tenancy", ("default", "dedicated", "host"))),
        each_block(
            "networkInterfaces[]", only_one("ipv6AddressCount ipv6Addresses"), only_one("ipv4AddressCount ipv4Addresses")
        ),
        each_block("creditSpecification", choice("cpuCredits", ("standard", "unlimited"))),
    ),
    description="A launch template has its security groups in one place, and one way to name each thing.",
    remediation="Put security groups into networkInterfaces where there are any, else into vpcSecurityGroupIds.",
)


@rules.rule("launch-template-interfaces", "F387", _TEMPLATE)
def _interfaces(template: Resource) -> Answers:
    """Interfaces of a launch template have indexes of their own; a public address goes with a single interface.

    Number the interfaces by deviceIndex; set associatePublicIpAddress with a single interface only.
    """
    found = list(blocks(template, "networkInterfaces[]"))
    indexes = [(block.get("networkCardIndex") or 0, block.get("deviceIndex") or 0) for _, block in found]
    if len(set(indexes)) < len(indexes):
        answer = "InvalidParameterValue: Each network interface requires a device index"
        yield Finding("networkInterfaces[].deviceIndex", indexes, "an index of its own for each", detail="index", answer=answer)
    public = [str(block.get("associatePublicIpAddress")).lower() == "true" for _, block in found]
    if len(found) > 1 and any(public):
        answer = (
            "InvalidParameterCombination: The associatePublicIPAddress parameter cannot be specified when launching with "
            "multiple network interfaces."
        )
        path = "networkInterfaces[].associatePublicIpAddress"
        yield Finding(path, True, "nothing with several interfaces", detail="public", answer=answer)


@rules.rule("launch-template-complete", "F387", "autoscaling/group", needs_stack=True)
def _complete(group: Resource) -> Answers:
    """The launch template of an Auto Scaling group names an image and an instance type.

    Set imageId and instanceType (or instanceRequirements) on the launch template.
    """
    for template in targets(group, "launchTemplate.id", _TEMPLATE):
        for parameter, names, detail in (
            ("ImageId", ("imageId",), "image"),
            ("InstanceType", ("instanceType", "instanceRequirements"), "type"),
        ):
            if not any(given(template.get(name)) for name in names):
                expected = f"a launch template with {names[0]} ({template.name})"
                yield Finding("launchTemplate", template.name, expected, detail, f"{_INCOMPLETE} {parameter}")
    if any_unknown(group, "launchTemplate.id") and not targets(group, "launchTemplate.id", _TEMPLATE):
        yield NOT_JUDGED


_KEY: Final = re.compile(
    r"(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-dss) [A-Za-z0-9+/]+=*( .*)?|-----BEGIN .*PUBLIC KEY-----.*", re.DOTALL
)


@rules.rule("key-pair-format", "F386", "ec2/keyPair")
def _key(pair: Resource) -> Answers:
    """A key pair's public key is in OpenSSH's format.

    Give the content of the .pub file: ssh-ed25519 AAAA... name.
    """
    value = pair.get("publicKey")
    if value is not None and not _KEY.fullmatch(text_of(value).strip()):
        answer = "InvalidKey.Format: Key is not in valid OpenSSH public key format"
        yield Finding("publicKey", value, "ssh-ed25519 AAAA... or ssh-rsa AAAA...", answer=answer)
