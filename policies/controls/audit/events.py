"""What trails record, read from their basic or advanced event selectors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.kit.references import referrers
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, switch

S3_OBJECT: Final = "AWS::S3::Object"
DATA_TYPES: Final = (S3_OBJECT, "AWS::DynamoDB::Table", "AWS::Lambda::Function")
TRAIL: Final = "cloudtrail/trail"
LOG_GROUP: Final = "cloudwatch/logGroup"

_BOTH: Final = frozenset({"read", "write"})
_ACCESS: Final = {"All": _BOTH, "ReadOnly": frozenset({"read"}), "WriteOnly": frozenset({"write"})}
_SELECTORS: Final = ("eventSelectors", "advancedEventSelectors")


def _fields(selector: Mapping[str, Value]) -> dict[str, Mapping[str, Value]]:
    return {field.get("field"): field for field in as_list(selector.get("fieldSelectors"))}


def _equals(fields: Mapping[str, Mapping[str, Value]], name: str) -> list[Value]:
    return as_list(fields.get(name, {}).get("equals"))


def records_management(trail: Resource) -> bool:
    """Whether it records every management event, read and write: CloudTrail's default without selectors.

    Raises:
        UnknownValueError: if its selectors are known only after deployment.
    """
    basic, advanced = (as_list(trail.get(prop)) for prop in _SELECTORS)
    if not basic and not advanced:
        return True
    return any(_basic_management(selector) for selector in basic) or any(_advanced_management(each) for each in advanced)


def _basic_management(selector: Mapping[str, Value]) -> bool:
    return (
        switch(selector.get("includeManagementEvents"), default=True)
        and (selector.get("readWriteType") or "All") == "All"
        and not selector.get("excludeManagementEventSources")
    )


def _advanced_management(selector: Mapping[str, Value]) -> bool:
    fields = _fields(selector)
    return "Management" in _equals(fields, "eventCategory") and set(fields) == {"eventCategory"}


def data_events(trail: Resource) -> Iterator[tuple[Value, frozenset[str], list[Value]]]:
    """Type of resource, kinds of access (`read`, `write`) and ARNs, none for all, of the data events that it records.

    Raises:
        UnknownValueError: if its selectors are known only after deployment.
    """
    for selector in as_list(trail.get("eventSelectors")):
        access = _ACCESS.get(selector.get("readWriteType") or "All", frozenset())
        for data in as_list(selector.get("dataResources")):
            yield data.get("type"), access, as_list(data.get("values"))
    for selector in as_list(trail.get("advancedEventSelectors")):
        fields = _fields(selector)
        if "Data" in _equals(fields, "eventCategory"):
            read_only = [str(value).lower() for value in _equals(fields, "readOnly")]
            access = _BOTH if "readOnly" not in fields else _ACCESS["ReadOnly" if "true" in read_only else "WriteOnly"]
            arns = fields.get("resources.ARN", {})
            for kind in _equals(fields, "resources.type"):
                yield kind, access, [*as_list(arns.get("equals")), *as_list(arns.get("startsWiths"))]


@per_stack
def unrecorded(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Type of resource -> kinds of access to it that no trail or event data store of the stack records."""
    missing: dict[str, frozenset[str]] = dict.fromkeys(DATA_TYPES, _BOTH)
    for trail in graph.of(TRAIL, "cloudtrail/eventDataStore"):
        for kind, access, _ in data_events(trail):
            if kind is UNKNOWN:
                raise UnknownValueError
            if kind in missing:
                missing[kind] -= access
    return missing


@per_stack
def data_types(graph: Graph) -> frozenset[str]:
    """The types of data that the stack holds; a bucket that a trail writes to is none of them."""
    holders = {S3_OBJECT: ("s3/bucket",), DATA_TYPES[1]: ("dynamodb/table",), DATA_TYPES[2]: ("lambda/function",)}
    return frozenset(
        data
        for data, kinds in holders.items()
        if any(not referrers(holder, TRAIL, "s3BucketName") for holder in graph.of(*kinds))
    )


@dataclass(frozen=True)
class Recorded:
    """Buckets whose objects' events trails of the stack record: all, those of a name, those of a URN."""

    everything: bool
    names: frozenset[str]
    urns: frozenset[str]

    def holds(self, bucket: Resource) -> bool:
        """Whether `bucket` is one of them."""
        return self.everything or bucket.get("bucket") in self.names or bucket.urn in self.urns


@per_stack
def recorded_buckets(graph: Graph) -> Recorded:
    """The buckets of which a trail of the stack records reads and writes of objects."""
    everything = False
    names: set[str] = set()
    urns: set[str] = set()
    for trail in graph.of(TRAIL):
        for kind, access, arns in data_events(trail):
            if kind is not UNKNOWN and kind == S3_OBJECT and access == _BOTH:
                known = [str(arn).partition(":::")[2].partition("/")[0] for arn in arns if arn is not UNKNOWN]
                everything = everything or not arns or "" in known
                names.update(known)
                urns.update(urn for prop in _SELECTORS for urn in trail.origins(prop))
    return Recorded(everything, frozenset(names), frozenset(urns))
