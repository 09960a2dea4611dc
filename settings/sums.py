"""Limits that only bite in sum: what the services of a stack take together of its load balancer, certificate and network."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from components.base import limits
from components.base.problems import Problem
from components.base.spec import StackContext
from components.compute.fleet_spec import MAX_INSTANCES
from components.compute.job_spec import VCPUS
from components.compute.service_spec import ServiceSpec
from components.edge import edge_checks
from components.network.address_plan import addresses
from components.network.network_spec import NetworkSpec

Services = Mapping[str, ServiceSpec]


class Rule(Protocol):
    """What answers some of a listener's requests."""

    @property
    def priority(self) -> int:
        """The lowest is tried first."""
        ...

    @property
    def paths(self) -> tuple[str, ...]:
        """Path patterns."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names; any where there is none."""
        ...


# The groups of the interface endpoints and of the database have a rule for each service, function or fleet, one for all batch
# jobs, and one each for the users' function and what rotates passwords; that of the endpoints one each for the functions of the
# products, of the cache's passwords, of the search, of the logs (two) and of the heartbeat, and for the task `reconcile`, too;
# the listener has a rule for each service, after recovery's two. The smaller number counts.
MOST_SERVICES: Final = min(
    limits.RULES_PER_SECURITY_GROUP - 10, limits.LISTENER_RULES_PER_LOAD_BALANCER - edge_checks.GATE_PRIORITY
)
WHY_MOST_SERVICES: Final = "each takes one rule of the database's security group"
# The stack's own name and the standby's are in its certificate besides the services' hosts.
OWN_NAMES: Final = 2
# A deployment runs the new tasks beside the old ones.
DEPLOYING: Final = 2

# What the policy of a key, and the trust policy of a tenant role, hold besides the ARNs of the setting, at the most: no figures
# of AWS, a test measures both.
KEY_POLICY_BESIDES: Final = 4_000
TRUST_POLICY_BESIDES: Final = 850
_POLICIES: Final = {
    "key_administrators": ("the policy of a key", "bytes", limits.KEY_POLICY_BYTES, KEY_POLICY_BESIDES, '"", '),
    "tenant_operators": ("a role's trust policy", "characters", limits.TRUST_POLICY_CHARACTERS, TRUST_POLICY_BESIDES, '"",'),
}


def roles(field: str, arns: Sequence[str]) -> Iterator[Problem]:
    """A problem if a policy cannot hold all the roles that a setting names."""
    policy, unit, most, besides, quoted = _POLICIES[field]
    taken = sum(len(arn) + len(quoted) for arn in arns)
    if taken > most - besides:
        room = f"{most - besides} {unit} with their quotes"
        expected = f"fewer or shorter ARNs, {room}: all stand in {policy}, which holds {most} {unit}"
        yield Problem(value=f"{len(arns)} roles of {taken} {unit}", expected=expected)


def services(count: int) -> str | None:
    """As many services as one load balancer can have."""
    fits = 1 <= count <= MOST_SERVICES
    return None if fits else f"1 to {MOST_SERVICES} services: {WHY_MOST_SERVICES}"


def shadowed(services: Services) -> Iterator[Problem]:
    """A problem for each path that a rule with a lower priority takes before, so that its service never sees it."""
    for name, at, before, taken in taken_before(services):
        expected = f"a path that {taken} of {before}, whose priority is lower, does not take before"
        yield Problem(value=services[name].paths[at], expected=expected, path=(name, "paths", at))


def taken_before(rules: Mapping[str, Rule]) -> Iterator[tuple[str, int, str, str]]:
    """Each path that no request reaches: whose it is, its index, and by whom and by which pattern it is taken before."""
    ordered = sorted(rules, key=lambda name: rules[name].priority)
    for index, name in enumerate(ordered):
        for at, path in enumerate(rules[name].paths):
            for before in ordered[:index]:
                taken = next((each for each in rules[before].paths if edge_checks.covers(each, path)), None)
                hosts = rules[before].hosts
                if taken and (not hosts or (rules[name].hosts and set(rules[name].hosts) <= set(hosts))):
                    yield name, at, before, taken
                    break


def apart_from_recovery(rules: Mapping[str, Rule], *under: str) -> Iterator[Problem]:
    """Problems of rules, each at `<name>.<under>`, that would stand before recovery's, or answer what those are asked."""
    for name, rule in rules.items():
        if rule.priority <= edge_checks.GATE_PRIORITY:
            expected = (
                f"{edge_checks.GATE_PRIORITY + 1} or more: the rules by which recovery opens and closes a region come first"
            )
            yield Problem(value=rule.priority, expected=expected, path=(name, *under, "priority"))
        for at, path in enumerate(rule.paths):
            if path in (edge_checks.LATCH_PATH, edge_checks.GATE_OPEN):
                expected = "another path: a rule by which recovery opens and closes a region answers this one"
                yield Problem(value=path, expected=expected, path=(name, *under, "paths", at))


def hosts(services: Services) -> Iterator[Problem]:
    """A problem if the certificate cannot bear all names."""
    names = {host for service in services.values() for host in service.hosts}
    most = limits.NAMES_PER_CERTIFICATE - OWN_NAMES
    if len(names) > most:
        last = next(name for name in reversed([*services]) if services[name].hosts)
        expected = (
            f"at most {most} hosts in all services: a certificate bears {limits.NAMES_PER_CERTIFICATE} names (ACM's quota)"
        )
        yield Problem(value=f"one of {len(names)} hosts", expected=expected, path=(last, "hosts"))


def tasks(services: Services, network: NetworkSpec | None, known: StackContext) -> Iterator[Problem]:
    """A problem if the network has fewer addresses than the services have tasks while all of them are deployed."""
    if network is None:
        return
    zones = len(network.zones)
    taken = _of_functions(known, zones) + _of_jobs(known) + _of_fleets(known)
    most = max(0, addresses(network.cidr, zones, len(network.interface_endpoints)) - taken) // DEPLOYING
    wanted = sum(service.max_tasks for service in services.values())
    if wanted > most:
        largest = max(services, key=lambda name: services[name].max_tasks)
        expected = f"at most {most} tasks of all services together: a deployment doubles them, and each takes an address"
        expected += f"; functions, jobs and fleets take {taken}"
        yield Problem(value=f"{services[largest].max_tasks} of {wanted}", expected=expected, path=(largest, "maxTasks"))


def _of_functions(known: StackContext, zones: int) -> int:
    """One address in each subnet: functions share an interface where they share subnet and security group, and have one each.

    Lambda adds a second one above 65,000 connections (docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
    """
    return zones * len(known.functions)


def _of_jobs(known: StackContext) -> int:
    """One address for each job that runs at once."""
    cpus = [job.get("cpu") for job in known.jobs.values()]
    sizes = [cpu for cpu in cpus if isinstance(cpu, int) and cpu in limits.FARGATE_MEMORY_MIB]
    vcpus = sum(_within(VCPUS, known.batch.get(key)) for key in ("spotVcpus", "onDemandVcpus"))
    return vcpus * 1024 // min(sizes) if sizes else 0


def _of_fleets(known: StackContext) -> int:
    """One address for each instance, and a tenth more while Spot instances that are about to go are replaced.

    Source: docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html.
    """
    return sum(-(-_within((1, MAX_INSTANCES), fleet.get("maxInstances")) * 11 // 10) for fleet in known.fleets.values())


def _within(bounds: tuple[int, int], value: object) -> int:
    """`value`; 0 where it is wrong, which is told as that."""
    return value if isinstance(value, int) and bounds[0] <= value <= bounds[1] else 0
