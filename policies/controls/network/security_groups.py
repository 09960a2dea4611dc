"""Security groups admit whom they must: what is open to everyone, what leaves, and who reaches a database."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from policies.controls.network.lookup import GROUPS, RULES, names_others, users
from policies.controls.network.traffic import ALL, GROUP_KINDS, INGRESS_KINDS, Traffic, traffic
from policies.kit.checks import if_so
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.routes import every, everyone
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("network")

_EGRESS_KINDS: Final = "ec2/securityGroup ec2/securityGroupRule vpc/securityGroupEgressRule"
_LOAD_BALANCERS: Final = frozenset({"lb/loadBalancer", "elb/loadBalancer"})
_DATABASES: Final = frozenset(
    {
        *("rds/instance", "rds/cluster", "rds/proxy", "docdb/cluster", "docdb/elasticCluster", "neptune/cluster"),
        *("elasticache/cluster", "elasticache/replicationGroup", "elasticache/serverlessCache", "memorydb/cluster"),
        *("dax/cluster", "redshift/cluster", "redshiftserverless/workgroup"),
    }
)
_DATABASE_PORTS: Final = frozenset({1433, 1521, 3306, 5432, 5439, 6379, 6380, 8111, 8182, 11211, 27017, 50000})

# Union of what the named sources call high-risk; 22 and 3389 have rules of their own, 80 and 443 belong to load balancers.
_HIGH_RISK: Final = (
    *(20, 21, 23, 25, 110, 111, 135, 137, 138, 139, 143, 389, 445, 512, 513, 514, 873),
    *(1433, 1434, 1521, 2049, 2375, 2376, 2379),
    *(2483, 2484, 3000, 3306, 3309, 4333, 5000, 5432, 5439, 5500, 5601, 5900, 5985, 5986, 6379, 6443, 7199, 8020, 8080, 8086),
    *(8088, 8182, 8888, 9042, 9090, 9092, 9094, 9096, 9098, 9160, 9200, 9300, 10250, 11211, 27017, 27018, 27019, 50000, 50070),
)


def _closed_to_everyone(*ports: int) -> Check:
    """No rule lets everyone reach one of these TCP ports."""

    def check(resource: Resource) -> Answers:
        for entry in traffic(resource):
            for where, cidr in entry.ranges:
                answer = every(entry.ingress, entry.reaches(*ports), everyone(cidr))
                expected = f"fewer addresses, for it opens {_reached(entry, ports)}" if answer is True else ""
                yield from if_so(answer, Finding(where, cidr, expected, _id(entry, cidr)))

    return check


def _reached(entry: Traffic, ports: Iterable[int]) -> str:
    reached = [str(port) for port in ports if entry.reaches(port)]
    more = f" and {len(reached) - 5} more" if len(reached) > 5 else ""
    return f"port {', '.join(reached[:5])}{more} ({entry.label})"


def _id(entry: Traffic, cidr: Value) -> str:
    return f"{entry.label} {cidr}"


_NARROW: Final = "Name the group (referencedSecurityGroupId, sourceSecurityGroupId) or the address range that needs it."

rules.named("security-group-ssh", "C129 C132", INGRESS_KINDS, severity="high").add(
    _closed_to_everyone(22),
    description="No security group lets everyone reach SSH.",
    remediation="Use Session Manager, or name the address range that needs port 22.",
)
rules.named("security-group-rdp", "C130 C132", INGRESS_KINDS, severity="high").add(
    _closed_to_everyone(3389),
    description="No security group lets everyone reach Remote Desktop.",
    remediation="Use Fleet Manager, or name the address range that needs port 3389.",
)
rules.named("security-group-high-risk-ports", "C132", f"{INGRESS_KINDS} rds/securityGroup").add(
    _closed_to_everyone(*_HIGH_RISK),
    description="No security group lets everyone reach a database, a cache, a broker, a file share or an administration port.",
    remediation=_NARROW,
)


@rules.configurable(
    "security-group-public-ingress",
    "C131",
    INGRESS_KINDS,
    options={"groups": texts("Further groups, by logical or AWS name, that may admit everyone to 443 and 80.")},
)
def _public_ingress(resource: Resource, options: Options) -> Answers:
    """Everyone reaches port 443, and 80 to be redirected, of load balancers' groups and nothing else.

    Name the groups or ranges that need it; what serves everyone stands behind a load balancer.
    """
    for entry in traffic(resource):
        for where, cidr in entry.ranges:
            answer = every(entry.ingress, everyone(cidr))
            if answer is UNKNOWN or (answer and not _web(resource, entry, options["groups"])):
                expected = f"everyone admitted to 443 of a load balancer, not to {entry.label}"
                yield from if_so(answer, Finding(where, cidr, expected, _id(entry, cidr)))


def _web(resource: Resource, entry: Traffic, listed: list[str]) -> bool:
    """Whether this is what a load balancer's group may admit from everyone."""
    https, http = (entry.protocol in ("tcp", None) and entry.ports == (port, port) for port in (443, 80))
    if not https and not http:
        return False
    groups = _groups_of(resource)
    if any({group.name, group.get("name")} & set(listed) for group in groups):
        return True
    if used_by := _used_by(groups):
        return bool(used_by & _LOAD_BALANCERS)
    # Nothing here uses it: HTTPS may be meant for a load balancer elsewhere; HTTP only beside HTTPS, to be redirected.
    return (
        https
        or any(_sounds_like(group, "load balancer", "loadbalancer", "alb", "elb", "nlb", "lb") for group in groups)
        or (any(_serves_https(group) for group in groups))
    )


def _groups_of(resource: Resource) -> list[Resource]:
    """The group that holds a rule, where the stack has it."""
    if resource.kind in GROUPS:
        return [resource]
    return [group for kind in GROUPS for group in targets(resource, "securityGroupId", kind)]


def _used_by(groups: Iterable[Resource]) -> frozenset[str]:
    return frozenset(kind for group in groups for kind in users(group.graph, group))


def _sounds_like(group: Resource, *words: str) -> bool:
    texts = (group.name, group.get("name"), group.get("namePrefix"), group.get("description"), group.get("tags.Name"))
    text = " ".join(text.lower() for text in texts if isinstance(text, str))
    return any(re.search(rf"(?<![a-z]){word}(?![a-z])", text) for word in words)


def _rules_of(group: Resource) -> Iterator[Resource]:
    for kind in RULES:
        yield from referrers(group, kind, "securityGroupId")


def _serves_https(group: Resource) -> bool:
    return any(
        every(entry.ingress, *(everyone(cidr) for _, cidr in entry.ranges)) is True and entry.ports == (443, 443)
        for holder in (group, *_rules_of(group))
        for entry in traffic(holder)
        if entry.ranges
    )


@rules.rule("security-group-egress", "C133", _EGRESS_KINDS)
def _egress(resource: Resource) -> Answers:
    """No security group lets its members send everything everywhere.

    Name the protocol and port, and the group, prefix list or range that is called.
    """
    for entry in traffic(resource):
        outgoing = UNKNOWN if entry.ingress is UNKNOWN else not entry.ingress
        whole = UNKNOWN if entry.protocol is UNKNOWN else entry.protocol == ALL
        for where, cidr in entry.ranges:
            wrong = Finding(where, cidr, "one protocol and port, or fewer addresses", _id(entry, cidr))
            yield from if_so(every(outgoing, whole, everyone(cidr)), wrong)


_NO_DESCRIPTION: Final = (None, "", "Managed by Pulumi", "Managed by Terraform")


@rules.rule("security-group-descriptions", "C134", f"ec2/securityGroup {' '.join(RULES)}")
def _descriptions(resource: Resource) -> Answers:
    """Security groups and each of their rules say what they are for.

    Set description; a group's cannot be changed without replacing it.
    """
    if resource.kind == "ec2/securityGroup":
        yield from _described("description", resource.get("description"), "")
    for entry in traffic(resource):
        where = f"{entry.path}.description" if entry.path else "description"
        ends = [str(end) for _, end in (*entry.ranges, *entry.prefix_lists) if end is not UNKNOWN]
        yield from _described(where, entry.description, " ".join((entry.label, *ends)) if entry.path else "")


def _described(where: str, value: Value, detail: str) -> Answers:
    missing = value if value is UNKNOWN else value in _NO_DESCRIPTION
    yield from if_so(missing, Finding(where, value, "a sentence on what it is for", detail))


@rules.rule("security-group-one-way-of-rules", "C135", GROUP_KINDS, needs_stack=True)
def _one_way(group: Resource) -> Answers:
    """A group's rules are all written in one way; mixed, each deployment takes away what the other way added.

    Move the group's rules to SecurityGroupIngressRule and SecurityGroupEgressRule.
    """
    separate = list(_rules_of(group))
    for direction in ("ingress", "egress") if separate else ():
        inline = group.get(direction)
        yield from if_so(inline, Finding(direction, inline, f"no inline rules beside {separate[0].name}", direction))
    old = [rule.name for rule in separate if rule.kind == "ec2/securityGroupRule"]
    new = [rule.name for rule in separate if rule.kind != "ec2/securityGroupRule"]
    if old and new:
        yield Finding("", None, f"no SecurityGroupRule ({old[0]}) beside {new[0]}", "resources")


@rules.rule("database-security-group-sources", "C136", INGRESS_KINDS.replace("ec2/defaultSecurityGroup ", ""), needs_stack=True)
def _database_sources(resource: Resource) -> Answers:
    """Groups of databases and caches admit other groups, never address ranges.

    Replace cidrBlocks, cidrIpv4 and prefix lists by the group of the callers.
    """
    for entry in traffic(resource):
        ends = (*entry.ranges, *entry.prefix_lists)
        if entry.ingress is False or not ends:
            continue
        if entry.ingress is UNKNOWN:
            yield NOT_JUDGED
        elif _guards_database(resource, entry):
            for where, end in ends:
                yield Finding(where, end, "the security group of the callers", f"{entry.label} {end}")


def _guards_database(resource: Resource, entry: Traffic) -> bool:
    """Whether a group is a database's: by what has it, else by its name or the port it opens."""
    groups = _groups_of(resource)
    if used_by := _used_by(groups):
        return bool(used_by & _DATABASES)
    if any(_sounds_like(group, *_DATABASE_WORDS) for group in groups):
        return True
    return isinstance(entry.ports, tuple) and entry.ports[0] == entry.ports[1] and entry.ports[0] in _DATABASE_PORTS


_DATABASE_WORDS: Final = (
    *("db", "database", "rds", "aurora", "postgres", "postgresql", "mysql", "mariadb", "docdb", "neptune", "redshift"),
    *("cache", "redis", "valkey", "memcached", "elasticache", "memorydb"),
)


@rules.rule("security-group-attached", "C137", "ec2/securityGroup", needs_stack=True)
def _attached(group: Resource) -> Answers:
    """Every security group is attached to something.

    Attach the group or remove it.
    """
    if users(group.graph, group):
        return
    if not any(isinstance(values.get("id"), str) for values in (group.properties, group.outputs)) and names_others(group.graph):
        yield NOT_JUDGED  # what has a group by its id may have this one
    else:
        yield Finding("", None, "a resource that has this group")
