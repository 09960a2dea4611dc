"""Subnets that databases, caches, directories and domains are put in: enough zones, one network, that of their groups."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import alike
from policies.feasibility.engine.order import by_kind
from policies.feasibility.engine.relations import vpc_of
from policies.kit.references import listed, targets
from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, switch

rules: Final = Rules("feasibility", failures())

_SUBNETS: Final = ("ec2/subnet", "ec2/defaultSubnet")
_GROUPS: Final = ("ec2/securityGroup", "ec2/defaultSecurityGroup")
_SUBNET_GROUPS: Final = {
    **alike("rds/instance rds/cluster", ("dbSubnetGroupName", "rds/subnetGroup")),
    **alike("elasticache/replicationGroup elasticache/cluster", ("subnetGroupName", "elasticache/subnetGroup")),
    "docdb/cluster": ("dbSubnetGroupName", "docdb/subnetGroup"),
    "neptune/cluster": ("neptuneSubnetGroupName", "neptune/subnetGroup"),
    "memorydb/cluster": ("subnetGroupName", "memorydb/subnetGroup"),
    "dax/cluster": ("subnetGroupName", "dax/subnetGroup"),
}
_LISTS: Final = {
    **alike(
        """
        rds/subnetGroup docdb/subnetGroup neptune/subnetGroup elasticache/subnetGroup memorydb/subnetGroup dax/subnetGroup
        redshift/subnetGroup dms/replicationSubnetGroup elasticache/serverlessCache
        """,
        "subnetIds",
    ),
    "rds/proxy": "vpcSubnetIds",
    **alike("opensearch/domain elasticsearch/domain", "vpcOptions.subnetIds"),
    "directoryservice/directory": "vpcSettings.subnetIds",
}
_GROUP_ZONES: Final = (
    "DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Please "
    "add subnets to cover at least 2 availability zones"
)
_TWO_ZONES: Final = {
    "rds/subnetGroup docdb/subnetGroup neptune/subnetGroup": ("subnetIds", _GROUP_ZONES),
    "rds/proxy": (
        "vpcSubnetIds",
        "InvalidSubnet: DB Proxy requires subnets in at least two different Availability Zones",
    ),
    "dms/replicationSubnetGroup": (
        "subnetIds",
        "ReplicationSubnetGroupDoesNotCoverEnoughAZs: The replication subnet group should cover at least two availability "
        "zones",
    ),
}
_SECURITY: Final = {
    **alike("rds/instance rds/cluster docdb/cluster neptune/cluster rds/proxy", "vpcSecurityGroupIds"),
    **alike(
        """
        elasticache/replicationGroup elasticache/cluster memorydb/cluster dax/cluster elasticache/serverlessCache
        """,
        "securityGroupIds",
    ),
    **alike("opensearch/domain elasticsearch/domain", "vpcOptions.securityGroupIds"),
}


def zones_of(subnets: list[Resource]) -> set[Value]:
    """The zones of subnets, as the plan names them; an unknown or absent one is in it as it is."""
    found: set[Value] = set()
    for subnet in subnets:
        zone = subnet.get("availabilityZone")
        found.add(subnet.get("availabilityZoneId") if zone is None else zone)
    return found


def _zones(resource: Resource, path: str) -> set[Value] | None:
    """The zones of the subnets that a list names; None where the plan does not tell all of them."""
    subnets = listed(resource, path, "ec2/subnet")
    zones = zones_of(subnets or [])
    return None if subnets is None or any(zone is UNKNOWN or zone is None for zone in zones) else zones


@row
def two_zones(path: str, answer: str, *, shown: str, expected: str) -> Check:
    """The subnets of a list lie in two zones or more; in `shown` stand `{count}` for their number and `{zone}` for the zone."""

    def check(resource: Resource) -> Answers:
        ids = as_list(resource.get(path))
        subnets = listed(resource, path, "ec2/subnet")
        zones = zones_of(subnets or [])
        certain = {zone for zone in zones if zone is not UNKNOWN and zone is not None}
        if len(ids) == 1:
            yield Finding(path, "one subnet", "subnets of at least two zones", answer=answer)
        elif subnets is None or len(certain) < min(2, len(zones)):
            yield NOT_JUDGED
        elif len(certain) == 1:
            yield Finding(path, shown.format(count=len(ids), zone=next(iter(certain))), expected, answer=answer)

    return check


rules.named("subnet-group-zones", "F019", " ".join(_TWO_ZONES)).add(
    by_kind(partial(two_zones, shown="{count} subnets in {zone}", expected="at least two zones"), _TWO_ZONES),
    description="Subnets that a database is put in lie in at least two zones.",
    remediation="Add a subnet of another zone.",
)


def _networks(resources: list[Resource]) -> dict[str, str]:
    """The VPCs of resources -> one of the resources that is in it; those whose VPC the plan does not tell are left out."""
    found: dict[str, str] = {}
    for resource in resources:
        network = vpc_of(resource)
        if network is not None:
            found.setdefault(network, resource.name)
    return found


def _comparable(networks: dict[str, str]) -> bool:
    """Whether all are named in one way: two VPCs of this stack differ, and two ids do; one and the other may be the same."""
    return len({network.startswith("urn:") for network in networks}) == 1


@rules.rule("subnets-of-one-network", "F220", " ".join(_LISTS))
def _one_network(resource: Resource) -> Answers:
    """Subnets that something is put in are of one VPC.

    Name subnets of one VPC only.
    """
    path = _LISTS[resource.kind]
    networks = _networks(targets(resource, f"{path}[]", *_SUBNETS))
    if len(networks) > 1 and _comparable(networks):
        answer = (
            "InvalidSubnet: The requested subnet is invalid, or multiple subnets were requested that are not all "
            "in a common VPC"
        )
        yield Finding(path, " and ".join(sorted(networks.values())), "subnets of one VPC", answer=answer)
    elif resource.get(path) is UNKNOWN and not networks:
        yield NOT_JUDGED


def _subnets_behind(resource: Resource) -> Iterator[Resource]:
    if resource.kind in _SUBNET_GROUPS:
        path, kind = _SUBNET_GROUPS[resource.kind]
        for group in targets(resource, path, kind):
            yield from targets(group, "subnetIds[]", *_SUBNETS)
    else:
        yield from targets(resource, f"{_LISTS[resource.kind]}[]", *_SUBNETS)


@rules.rule("security-groups-of-same-network", "F220", " ".join(_SECURITY))
def _same_network(resource: Resource) -> Answers:
    """Security groups are of the VPC that the subnets are in.

    Make the security group in the VPC of the subnets.
    """
    path = _SECURITY[resource.kind]
    homes = _networks(list(_subnets_behind(resource)))
    if len(homes) != 1:
        if resource.get(path) is UNKNOWN:
            yield NOT_JUDGED
        return
    (home,) = homes
    for network, group in _networks(targets(resource, f"{path}[]", *_GROUPS)).items():
        if network != home and _comparable({network: "", home: ""}):
            yield Finding(path, group, "a security group of the VPC that the subnets are in", detail=group)


@rules.rule("directory-subnets", "F165", "directoryservice/directory")
def _directory(directory: Resource) -> Answers:
    """A directory has exactly two subnets, in two zones.

    Set vpcSettings.subnetIds (AD Connector: connectSettings.subnetIds) to two subnets of different zones.
    """
    for block in ("vpcSettings", "connectSettings"):
        if directory.get(block) is None:
            continue
        path = f"{block}.subnetIds"
        ids, zones = as_list(directory.get(path)), _zones(directory, path)
        if len(ids) != 2:
            yield Finding(path, f"{len(ids)} subnets", "exactly two subnets, in two zones")
        elif zones is None:
            yield NOT_JUDGED
        elif len(zones) != 2:
            yield Finding(path, f"two subnets in {next(iter(zones))}", "two zones")


@rules.rule("cache-zones", "F131", "elasticache/replicationGroup")
def _cache_zones(cache: Resource) -> Answers:
    """A Multi-AZ replication group has subnets in more than one zone.

    Add subnets of other zones to the subnet group.
    """
    if not switch(cache.get("multiAzEnabled")):
        return
    for group in targets(cache, "subnetGroupName", "elasticache/subnetGroup"):
        zones = _zones(group, "subnetIds")
        if zones is None:
            yield NOT_JUDGED
        elif len(zones) < 2:
            answer = "InvalidParameterValue: Multi-AZ needs a cache subnet group with subnets in at least two zones"
            expected = f"false, or a subnet group of two zones ({group.name} has one)"
            yield Finding("multiAzEnabled", True, expected, answer=answer)
