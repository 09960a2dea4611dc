"""Data stores stand in the VPC's private subnets, behind a security group of their own."""

import re
from typing import Final

from policies.controls.network.places import exposed
from policies.kit.checks import all_of, is_not
from policies.kit.conditions import for_kinds, inherited, where_missing
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, as_number

rules: Final = Rules("network")

rules.named("rds-not-public", "C009", "rds/instance rds/clusterInstance rds/cluster neptune/clusterInstance").add(
    is_not("publiclyAccessible", True, "false"),
    description="Databases have no public address.",
    remediation="Set publiclyAccessible: false.",
    remediation_values={"publiclyAccessible": False},
)

# Regular expression of engines -> their default port.
_RDS_PORTS: Final = {
    r"(aurora-)?postgres.*": 5432,
    r"(aurora|mysql|mariadb).*": 3306,
    r"(custom-)?oracle.*": 1521,
    r"(custom-)?sqlserver.*": 1433,
    r"db2.*": 50000,
}


def _rds_port(database: Resource) -> Answers:
    port = as_number(database.get("port"))
    engine = str(database.get("engine") or "")
    default = next((number for name, number in _RDS_PORTS.items() if re.fullmatch(name, engine)), None)
    if port is None or port in (_RDS_PORTS.values() if default is None else (default,)):
        yield Finding("port", database.get("port"), f"a port other than {default or 'the default of its engine'}")


rules.named("rds-port", "C023", "rds/instance rds/cluster").add(
    inherited("port", "replicateSourceDb snapshotIdentifier restoreToPointInTime s3Import", _rds_port),
    description="Databases listen on another port than their engine's default, which scanners try first.",
    remediation="Set port; clients and security groups follow.",
)


@rules.rule("rds-in-vpc", "C027", "rds/instance rds/cluster docdb/cluster neptune/cluster")
def _rds_in_vpc(database: Resource) -> Answers:
    """Databases are in a DB subnet group of a VPC and have a security group of their own.

    Set dbSubnetGroupName and vpcSecurityGroupIds.
    """
    prop = "neptuneSubnetGroupName" if database.kind == "neptune/cluster" else "dbSubnetGroupName"
    subnet_group = database.get(prop)
    source = database.get("replicateSourceDb")
    if subnet_group is not UNKNOWN and not subnet_group:
        if source is UNKNOWN:
            yield NOT_JUDGED
        # A replica in its source's region names the source, not an ARN, and stands in the source's subnet group.
        elif not source or str(source).startswith("arn:"):
            yield Finding(prop, subnet_group, "a DB subnet group of the VPC's data subnets")
    yield from _has_groups(database, "vpcSecurityGroupIds")


def _has_groups(resource: Resource, path: str) -> Answers:
    groups = resource.get(path)
    if groups is UNKNOWN:
        if "ec2/securityGroup" not in (resource.sources(path) or set[str]()):
            yield NOT_JUDGED
    elif not groups:
        yield Finding(path, groups, "a security group of its own, for without one AWS takes the VPC's default group")


@rules.rule("no-classic-groups", "C027 C163", "rds/securityGroup elasticache/securityGroup redshift/securityGroup")
def _no_classic_groups(group: Resource) -> Answers:
    """No security group is one of EC2-Classic, outside a VPC.

    Use an ec2 SecurityGroup and name it in vpcSecurityGroupIds or securityGroupIds.
    """
    yield Finding("", None, f"an ec2 SecurityGroup instead of {group.name}")


_CACHES: Final = "elasticache/replicationGroup elasticache/cluster"
_CACHE_PORTS: Final = {"redis": 6379, "valkey": 6379, "memcached": 11211}


def _cache_subnet_group(cache: Resource) -> Answers:
    named = cache.get("subnetGroupName")
    if named is not UNKNOWN and (not named or named == "default"):
        yield Finding("subnetGroupName", named, "a subnet group of private subnets")
        return
    groups = targets(cache, "subnetGroupName", "elasticache/subnetGroup")
    subnets = [subnet for group in groups for subnet in targets(group, "subnetIds[]", "ec2/subnet")]
    public = sorted(subnet.name for subnet in subnets if exposed(subnet))
    if public:
        yield Finding("subnetGroupName", named, f"private subnets, not {', '.join(public)}")
    elif named is UNKNOWN and not cache.sources("subnetGroupName"):
        yield NOT_JUDGED


def _cache_port(cache: Resource) -> Answers:
    port, default = as_number(cache.get("port")), _CACHE_PORTS.get(str(cache.get("engine") or "redis").lower())
    if port is None or port == default:
        yield Finding("port", cache.get("port"), f"a port other than {default or 'the default'}")


def _unless_member(check: Check) -> Check:
    """The check, but for a node of a replication group, which decides for it."""
    group, single = _CACHES.split()
    return all_of(for_kinds(group, check), for_kinds(single, where_missing("replicationGroupId", check)))


rules.named("elasticache-subnet-group", "C163", _CACHES).add(
    _unless_member(_cache_subnet_group),
    description="Caches are in a subnet group of their own, of private subnets.",
    remediation="Set subnetGroupName to a SubnetGroup of the VPC's data subnets.",
)
rules.named("elasticache-port", "C163", _CACHES, severity="low").add(
    _unless_member(_cache_port),
    description="Caches listen on another port than their engine's default, which scanners try first.",
    remediation="Set port; clients and security groups follow.",
)


@rules.rule("opensearch-in-vpc", "C211", "opensearch/domain elasticsearch/domain")
def _opensearch_in_vpc(domain: Resource) -> Answers:
    """Search domains are in a VPC, behind a security group of their own.

    Set vpcOptions: {subnetIds, securityGroupIds}; a domain cannot move into a VPC, it must be made anew.
    """
    options = domain.get("vpcOptions")
    if not options:
        yield Finding("vpcOptions", options, "subnetIds and securityGroupIds; without them the domain is on the internet")
    else:
        yield from _has_groups(domain, "vpcOptions.securityGroupIds")
