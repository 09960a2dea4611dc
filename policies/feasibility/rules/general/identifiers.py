"""Identifiers: regions and zones, account numbers, and ids of resources."""

import re
from collections.abc import Mapping
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import Leaf, alike, each_text, named, pairs, words
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

REGIONS: Final = words(
    """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
    ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 cn-north-1
    cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 eusc-de-east-1
    il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1
    us-west-2 eu-isoe-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 us-isof-east-1 us-isof-south-1 me-west-1
    sa-west-1
    """
)
_REGION: Final = re.compile(r"(us|eu|ap|sa|ca|me|af|il|cn|mx|eusc)(-[a-z]+){1,2}-\d{1,2}")
_ZONE: Final = re.compile(r"(?P<region>[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2})(?P<local>(-[a-z0-9]+)*-)?(?P<zone>\d?[a-z]|\d)")
_REGION_NAMES: Final = words("region regionName destinationRegion sourceRegion peerRegion awsRegion s3Region")
_NO_REGION: Final = words("global * aws-global all")
_ZONE_NAMES: Final = words("availabilityZone availabilityZones availabilityZoneName")


def _region(_: Resource, leaf: Leaf) -> str:
    if leaf.value.lower() in _NO_REGION or _REGION.fullmatch(leaf.value):
        return ""
    zone = _ZONE.fullmatch(leaf.value)
    return f"a region; the zone's is {zone['region']}" if zone else "the code of a region, such as us-east-2"


rules.named("region-form", "F431", ANY_AWS).add(
    each_text(named(_REGION_NAMES), _region),
    description="Regions are names of regions, not of zones or places.",
    remediation="Write the region's code, such as us-east-2.",
)
rules.named("region-known", "F432", ANY_AWS).add(
    each_text(
        named(_REGION_NAMES),
        lambda _, leaf: "a region that exists" if _REGION.fullmatch(leaf.value) and leaf.value not in REGIONS else "",
    ),
    description="Regions are regions that AWS had when the pack was made.",
    remediation="Check the region's code; if the region is new, upgrade the pack.",
)


def _zone_form(_: Resource, leaf: Leaf) -> str:
    right = leaf.value == "all" or _ZONE.fullmatch(leaf.value) or re.fullmatch(r"[a-z]{3,4}\d+-az\d+", leaf.value)
    return "" if right else "a zone, such as us-east-2a"


def _zone_elsewhere(resource: Resource, leaf: Leaf) -> str:
    zone = _ZONE.fullmatch(leaf.value)
    return f"a zone of {resource.region}" if zone and resource.region not in (None, zone["region"]) else ""


rules.named("zone-of-region", "F433", ANY_AWS).add(
    all_of(
        each_text(named(_ZONE_NAMES), _zone_form, detail="{value}"),
        each_text(
            named(_ZONE_NAMES),
            _zone_elsewhere,
            detail="{value}",
            answer="InvalidParameterValue: Value ({value}) for parameter availabilityZone is invalid",
        ),
    ),
    description="Availability zones are zones of the resource's region.",
    remediation="Write a zone of the region (us-east-2a), or take the zones from getAvailabilityZones.",
)


_ACCOUNTS: Final = words(
    """
    accountId awsAccountId awsAccountIds accountIds adminAccountId ownerAccountId peerOwnerId expectedBucketOwner
    bucketOwnerAccountId bucketAccountId delegatedAdminAccountId masterAccountId targetAccountIds sourceAccount sharedAccounts
    excludedAccounts debugLogDeliveryAccounts peerAccountId
    """
)
_OTHER_ACCOUNTS: Final = words("all self amazon aws-marketplace * AWS group")


@rules.rule("account-form", "F434", ANY_AWS)
def _account(resource: Resource) -> Answers:
    """Account ids are twelve digits.

    Write the account as text of twelve digits; as a number it loses its leading zeros.
    """
    for leaf in named(_ACCOUNTS)(resource):
        if leaf.value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(leaf.value, (str, int)) and not isinstance(leaf.value, bool):
            text = str(leaf.value)
            if text and text not in _OTHER_ACCOUNTS and not re.fullmatch(r"\d{12}", text):
                yield Finding(leaf.path, leaf.value, "twelve digits", leaf.place)


_PREFIXES: Final[Mapping[str, str]] = {
    **alike("vpcId peerVpcId vpcIds", "vpc-"),
    **alike("subnetId subnetIds vpcSubnetIds", "subnet-"),
    **alike(
        """
        securityGroupId securityGroupIds vpcSecurityGroupIds sourceSecurityGroupId referencedSecurityGroupId
        sourceSecurityGroupIds
        """,
        "sg-",
    ),
    **pairs(
        """
        routeTableId=rtb- routeTableIds=rtb- natGatewayId=nat- networkInterfaceId=eni- volumeId=vol- allocationId=eipalloc-
        transitGatewayId=tgw- vpcEndpointId=vpce- launchTemplateId=lt- networkAclId=acl- vpcPeeringConnectionId=pcx-
        egressOnlyGatewayId=eigw-
        """
    ),
}
_PREFIXES_OF: Final = pairs(
    """
    ec2/route:gatewayId=igw-,vgw-,local ec2/instance:ami=ami-,resolve:ssm: ec2/launchTemplate:imageId=ami-,resolve:ssm:
    ec2/launchConfiguration:imageId=ami- ec2/securityGroup:securityGroups=sg-,amazon-elb/ lambda/function:subnetIds=subnet-
    lb/loadBalancer:subnets=subnet- lb/loadBalancer:securityGroups=sg- ecs/service:subnets=subnet-
    ecs/service:securityGroups=sg- batch/computeEnvironment:subnets=subnet- autoscaling/group:vpcZoneIdentifiers=subnet-
    efs/mountTarget:securityGroups=sg- route53/record:zoneId=Z,/hostedzone/Z
    """
)
_ID_NAMES: Final = frozenset({*_PREFIXES, *(key.partition(":")[2] for key in _PREFIXES_OF)})
_ANOTHER: Final = re.compile(
    r"(vpc|subnet|sg|rtb|nat|eni|vol|eipalloc|tgw|vpce|lt|acl|pcx|eigw|igw|ami|i|snap|fs|pl|dopt|vgw|cgw|vpn)-[0-9a-f]{8,17}|arn:.*"
)


def _prefixes(kind: str, name: str) -> tuple[str, ...]:
    return tuple(_PREFIXES_OF.get(f"{kind}:{name}", _PREFIXES.get(name, "")).split())


def _wrong_id(*, another: bool) -> Check:
    """Ids begin as they should; those that begin otherwise are of `another` thing, or none at all."""

    def wrong(resource: Resource, leaf: Leaf) -> str:
        wanted = _prefixes(resource.kind, leaf.name)
        is_wrong = not leaf.value.startswith(wanted) and bool(_ANOTHER.fullmatch(leaf.value)) is another
        return f"an id that begins with {wanted[0]}" if is_wrong else ""

    ids = named(_ID_NAMES)
    return each_text(lambda resource: (leaf for leaf in ids(resource) if _prefixes(resource.kind, leaf.name)), wrong)


rules.named("id-of-other-thing", "F435", ANY_AWS).add(
    _wrong_id(another=True),
    description="An id is of the kind of thing that the property names: a subnet's where a subnet is wanted.",
    remediation="Pass the id output of the right resource.",
)
rules.named("id-form", "F436", ANY_AWS).add(
    _wrong_id(another=False),
    description="Ids have the beginning that AWS gives them, and hexadecimal digits.",
    remediation="Pass the id output of the resource instead of a name.",
)
