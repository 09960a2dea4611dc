"""Reads deployed stacks: their components, and the arrows between them that the state itself tells."""

import ipaddress
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

State = Mapping[str, Any]
"""What `pulumi stack export` prints."""

Relation = Literal["traffic", "delivery", "access", "replication", "backup"]

INTERNET: Final = ("", "internet")
"""The place whose traffic comes from outside."""

_COMPONENT: Final = "dataconnect:index:"
_IDENTITIES: Final = ("arn", "id", "name", "bucket", "dnsName")
_SELECTION: Final = "aws:backup/selection:Selection"

LANES: Final = ("edge", "compute", "messaging", "data", "foundation")
LANE_OF: Final = {
    **dict.fromkeys(("HostedZone", "DnsSecurity", "Certificate", "Ingress", "AliasRecord"), "edge"),
    **dict.fromkeys(("Cluster", "Service", "Task", "Repository", "ImageReplication", "DatabaseUsers"), "compute"),
    **dict.fromkeys(("Batch", "Job", "Fleet", "WorkerFleet", "Function"), "compute"),
    **dict.fromkeys(("Topic", "Queue", "DeliveryStream", "LogDelivery"), "messaging"),
    **dict.fromkeys(
        ("Database", "DatabaseReplica", "GlobalTable", "GlobalTableReplica", "Bucket", "BucketReplication"), "data"
    ),
    **dict.fromkeys(("Secret", "Backup", "Catalog", "QueryCatalog", "Cache", "SearchDomain", "LogDomain"), "data"),
    **dict.fromkeys(("Products", "Share", "EnvironmentDatabase"), "data"),
    **dict.fromkeys(("CachePasswords", "Orders", "Recovery", "Reconcile", "Schedule"), "compute"),
}
"""Lane of a component class that arrows are drawn to."""
FOUNDATION: Final = frozenset(
    {"AlertTopic", "Budget", "Dashboard", "Endpoints", "ErrorSearch", "Key", "LogBucket", "Network", "Notifier", "Objective"}
    | {"Peering", "PeerSecurityGroup"}
    | {"AccountGuardrails", "RegionGuardrails"}
    | {"Analyzers", "AuditBucket", "Detector", "Findings", "Posture", "Recorder", "RecorderRole", "Scanner", "Suppressions"}
    | {"Trail"}
)
"""Classes that everything uses, or that look at everything: an arrow to them would say nothing."""
SWITCHED: Final = frozenset({"Batch", "Function", "Ingress", "Job", "Queue", "Service"})
"""Classes that recovery switches on and off, in both regions: the legend says so, and no arrow."""


class UnlistedClassError(ValueError):
    """A component class has no place in the picture: its arrows would be lost in silence."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"component class {kind} has no lane; add it to LANE_OF or FOUNDATION in docs/generate/estate.py")


Place = tuple[str, str]
"""Stack and component class: what the picture draws as one box."""


@dataclass(frozen=True, order=True)
class Component:
    """A top-level component.

    Attributes:
        name: Its logical name.
        kind: Its class.
        resources: How many AWS resources it is made of.
        regions: Regions they are in besides that of the stack.
        staged: A service without tasks, as its stack declares it: on standby until recovery switches it on.
    """

    name: str
    kind: str
    resources: int
    regions: tuple[str, ...] = ()
    staged: bool = False


@dataclass(frozen=True)
class Stack:
    """One deployed stack."""

    name: str
    region: str
    account: str
    components: tuple[Component, ...]

    @property
    def resources(self) -> int:
        """How many AWS resources it has."""
        return sum(component.resources for component in self.components)


@dataclass(frozen=True, order=True)
class Arrow:
    """From one box to another."""

    source: Place
    target: Place
    relation: Relation


@dataclass(frozen=True)
class _Resource:
    type: str
    owner: Place
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


def read(state: State) -> Stack:
    """The stack that a state describes.

    Raises:
        UnlistedClassError: on a component class without a place in the picture.
    """
    resources = cast("list[dict[str, Any]]", state["deployment"]["resources"])
    root = next(resource["urn"] for resource in resources if resource["type"] == "pulumi:pulumi:Stack")
    provider = next(resource for resource in resources if resource["type"] == "pulumi:providers:aws")["inputs"]
    owners = _owners(resources)
    counts = Counter(owners[resource["urn"]] for resource in resources if _is_aws(resource))
    regions = {(owners[resource["urn"]], resource["outputs"].get("region")) for resource in resources if _is_aws(resource)}
    running = {
        owners[resource["urn"]]
        for resource in resources
        if resource["type"] == "aws:ecs/service:Service" and resource["inputs"].get("desiredCount") != 0
    }
    home = str(provider["region"])
    components = (
        Component(
            name=owner.rpartition("::")[2],
            kind=_kind(owner),
            resources=counts[owner],
            regions=tuple(
                sorted(region for of, region in regions if of == owner and region and region not in (home, "global"))
            ),
            staged=_kind(owner) == "Service" and owner not in running,
        )
        for owner in dict.fromkeys(owners.values())
        if owner != root and _COMPONENT in owner and _listed(_kind(owner))
    )
    accounts: list[str] = json.loads(provider["allowedAccountIds"])
    return Stack(name=root.split("::")[0].split(":")[2], region=home, account=accounts[0], components=tuple(sorted(components)))


def _listed(kind: str) -> bool:
    if kind not in LANE_OF and kind not in FOUNDATION:
        raise UnlistedClassError(kind)
    return True


def arrows(states: Sequence[State]) -> list[Arrow]:
    """The arrows between the boxes of these stacks; a stack stands after those whose outputs it reads."""
    resources = [resource for state in states for resource in _resources(state)]
    owners: dict[str, Place] = {}
    for resource in resources:
        for key in _IDENTITIES:
            value = resource.outputs.get(key)
            if isinstance(value, str) and len(value) > 3:
                owners.setdefault(value, resource.owner)
    found = {
        Arrow(source, target, relation)
        for resource in resources
        for find in (_traffic, _deliveries, _access, _copies, _backups)
        for source, target, relation in find(resource, owners)
        if source != target and (source == INTERNET or source[1] in LANE_OF) and target[1] in LANE_OF
    }
    found |= set(_images(resources))
    # Who may connect may as a rule also read the credentials, and who delivers may write: one arrow says both.
    said = {(arrow.source, arrow.target) for arrow in found if arrow.relation in ("traffic", "delivery")}
    return sorted(
        arrow
        for arrow in found
        if arrow.relation != "access" or not ((arrow.source, arrow.target) in said or _is_switching(arrow))
    )


def _is_switching(arrow: Arrow) -> bool:
    return arrow.source[1] == "Recovery" and arrow.target[1] in SWITCHED


_Found = Iterator[tuple[Place, Place, Relation]]


def _traffic(resource: _Resource, owners: Mapping[str, Place]) -> _Found:
    """Who opens connections to whom: security group rules, listener rules and DNS names."""
    inputs = resource.inputs
    match resource.type:
        case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
            target = owners.get(inputs["securityGroupId"])
            source = owners.get(inputs.get("referencedSecurityGroupId", ""))
            cidr = inputs.get("cidrIpv4")
            if cidr and (cidr == "0.0.0.0/0" or not ipaddress.ip_network(cidr).is_private):
                source = INTERNET
            if source and target:
                yield source, target, "traffic"
        case "aws:lb/listenerRule:ListenerRule":
            if source := owners.get(inputs["listenerArn"]):
                yield source, resource.owner, "traffic"
        case "aws:route53/record:Record":
            for alias in inputs.get("aliases", []):
                if target := owners.get(alias["name"]):
                    yield resource.owner, target, "traffic"
        case _:
            pass


def _deliveries(resource: _Resource, owners: Mapping[str, Place]) -> _Found:
    """What is handed on without being asked for: by subscriptions, event source mappings, delivery streams and event rules."""
    inputs = resource.inputs
    match resource.type:
        case "aws:sns/topicSubscription:TopicSubscription":
            ends = [(inputs["topic"], inputs["endpoint"])]
        case "aws:lambda/eventSourceMapping:EventSourceMapping":
            ends = [(inputs["eventSourceArn"], inputs["functionName"])]
        case "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream":
            ends = [(resource.outputs["arn"], inputs["extendedS3Configuration"]["bucketArn"])]
        case "aws:cloudwatch/eventRule:EventRule":
            pattern = _values(json.loads(inputs.get("eventPattern", "{}")))
            ends = [(value, resource.outputs["id"]) for _, value in pattern]
        case _:
            return
    for source, target in ends:
        if source in owners and target in owners:
            yield owners[source], owners[target], "delivery"


def _access(resource: _Resource, owners: Mapping[str, Place]) -> _Found:
    """Whose IAM policies name whose ARNs."""
    if resource.type in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy") and isinstance(
        resource.inputs["policy"], str
    ):
        for statement in json.loads(resource.inputs["policy"])["Statement"]:
            for arn in _strings(statement.get("Resource", [])):
                target = owners.get(arn) or owners.get(arn.split("/index/")[0].rstrip("*").rstrip("/:"))
                # What copies or delivers data is drawn as that, not as the permission it needs.
                received = resource.owner[1] == "Function" and "sqs:ReceiveMessage" in statement.get("Action", [])
                if target and not received and "Replication" not in resource.owner[1]:
                    yield resource.owner, target, "access"


def _copies(resource: _Resource, owners: Mapping[str, Place]) -> _Found:
    """Whose data another stack's resources copy: they name its identity; to a destination the arrow runs the other way."""
    if resource.type.startswith("aws:iam/") or resource.type == _SELECTION:
        return
    for path, value in _values(resource.inputs):
        other = owners.get(value)
        # The same class in both stacks is a twin of the same name, not a copy.
        if not other or other[0] == resource.owner[0] or other[1] == resource.owner[1]:
            continue
        if all(LANE_OF.get(kind) == "data" for kind in (resource.owner[1], other[1])):
            outward = "destination" in path.lower()
            yield (resource.owner, other, "replication") if outward else (other, resource.owner, "replication")


def _backups(resource: _Resource, owners: Mapping[str, Place]) -> _Found:
    """What a backup plan's selection names."""
    if resource.type == _SELECTION:
        for arn in _strings(resource.inputs["resources"]):
            if source := owners.get(arn):
                yield source, resource.owner, "backup"


def _images(resources: Iterable[_Resource]) -> Iterator[Arrow]:
    """Which repositories a registry's replication copies: it names them by the beginning of their names."""
    resources = tuple(resources)
    repositories = [each for each in resources if each.type == "aws:ecr/repository:Repository"]
    for registry in resources:
        if registry.type == "aws:ecr/replicationConfiguration:ReplicationConfiguration":
            for rule in registry.inputs["replicationConfiguration"]["rules"]:
                prefixes = tuple(each["filter"] for each in rule["repositoryFilters"])
                regions = [each["region"] for each in rule["destinations"]]
                for repository in repositories:
                    if repository.inputs["name"].startswith(prefixes):
                        if repository.outputs["region"] in regions:
                            yield Arrow(registry.owner, repository.owner, "replication")
                        elif repository.outputs["region"] == registry.outputs["region"]:
                            yield Arrow(repository.owner, registry.owner, "replication")


def _resources(state: State) -> Iterator[_Resource]:
    name = read(state).name
    resources = cast("list[dict[str, Any]]", state["deployment"]["resources"])
    owners = _owners(resources)
    for each in sorted(resources, key=lambda resource: resource["urn"]):
        if _is_aws(each) and _COMPONENT in (owner := owners[each["urn"]]):
            place = name, _kind(owner)
            yield _Resource(each["type"], place, each["inputs"], {"id": each["id"], **each["outputs"]})


def _is_aws(resource: Mapping[str, Any]) -> bool:
    return resource["type"].startswith("aws:")


def _kind(urn: str) -> str:
    """`Network` of `urn:pulumi:prod::dataconnect::dataconnect:index:Network::network`."""
    return urn.split("::")[-2].rpartition(":")[2]


def _owners(resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """URN -> URN of the top-level component (or other child of the stack) it belongs to."""
    parents = {resource["urn"]: resource.get("parent", "") for resource in resources}

    def top(urn: str) -> str:
        parent = parents[urn]
        return urn if not parent or "pulumi:pulumi:Stack" in parent.split("::")[-2] else top(parent)

    return {urn: top(urn) for urn in parents}


def _strings(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [each for each in cast("list[object]", value) if isinstance(each, str)]


def _values(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a property, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _values(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _values(inner, path)
