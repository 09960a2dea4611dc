"""S3 lifecycle rules: days, classes and filters that go together."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.shapes import blocks, contains_unknown, distinct, each_block, given, when
from policies.feasibility.rules.s3.settings import versioning_of
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, read, switch

rules: Final = Rules("feasibility", failures())

_KINDS: Final = "s3/bucketLifecycleConfiguration s3/bucket"
_PATHS: Final = {"s3/bucketLifecycleConfiguration": "rules[]", "s3/bucket": "lifecycleRules[]"}
_INFREQUENT: Final = ("STANDARD_IA", "ONEZONE_IA")
_DOWNWARDS: Final = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_ACTIONS: Final = (
    "transitions",
    "expiration",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "abortIncompleteMultipartUpload",
    "abortIncompleteMultipartUploadDays",
)


def _rules(resource: Resource) -> Iterator[tuple[str, str, Block]]:
    """Path, id and content of each rule."""
    for where, block in blocks(resource, _PATHS[resource.kind]):
        yield where, str(block.get("id")), block


def _parts(block: Block, name: str) -> list[Block]:
    return [cast(Block, part) for part in as_list(block.get(name)) if isinstance(part, Mapping)]


def _days(value: Value) -> Any:
    """Days as a number; None where none is given (the provider may fill in 0)."""
    return as_number(value) or None if value is not UNKNOWN else UNKNOWN


@rules.rule(
    "s3-lifecycle-days",
    "F051",
    _KINDS,
    description="Objects stay 30 days before they move to an infrequent access class, and expire after they have moved.",
    remediation="Move to STANDARD_IA or ONEZONE_IA from 30 days on, and let expiration come after every transition.",
)
def _lifecycle_days(resource: Resource) -> Answers:
    for where, name, rule in _rules(resource):
        yield from _order(where, name, rule, "transitions", "days", "expiration")
        yield from _order(where, name, rule, "noncurrentVersionTransitions", "noncurrentDays", "noncurrentVersionExpiration")


def _order(where: str, name: str, rule: Block, moves: str, unit: str, ends: str) -> Answers:
    unit = unit if any(unit in part for part in (*_parts(rule, moves), *_parts(rule, ends))) else "days"
    latest: tuple[float, Value] | None = None
    for move in _parts(rule, moves):
        days, kind = as_number(move.get(unit)), move.get("storageClass")
        if days is UNKNOWN or kind is UNKNOWN:
            yield NOT_JUDGED
        elif days is not None:
            if kind in _INFREQUENT and days < 30:
                answer = (
                    "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass "
                    f"'{kind}'"
                )
                yield Finding(
                    f"{where}.{moves}", f"{days:g} days to {kind}", "30 days or more", f"{name} {moves} {kind}", answer
                )
            latest = max(latest or (days, kind), (days, kind), key=lambda pair: pair[0])
    end = _days(read(rule, f"{ends}.{unit}"))
    if end is UNKNOWN:
        yield NOT_JUDGED
    elif end is not None and latest is not None and end <= latest[0]:
        answer = (
            "InvalidArgument: 'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action"
        )
        expected = f"more than {latest[0]:g} days, when objects move to {latest[1]}"
        yield Finding(f"{where}.{ends}", f"{end:g} days", expected, f"{name} {ends}", answer)


@rules.rule(
    "s3-lifecycle-transition-order",
    "F240",
    _KINDS,
    description="Transitions of one rule go downwards, to different classes, a month apart after infrequent access.",
    remediation="Order the transitions by storage class and leave 30 days after an infrequent access class.",
)
def _transition_order(resource: Resource) -> Answers:
    for where, name, rule in _rules(resource):
        moves = _parts(rule, "transitions")
        if any(contains_unknown(dict(move)) for move in moves):
            yield NOT_JUDGED
            continue
        classes = [move.get("storageClass") for move in moves]
        for kind in {kind for kind in classes if classes.count(kind) > 1}:
            answer = "InvalidRequest: 'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter"
            yield Finding(f"{where}.transitions", kind, "one transition to each class", f"{name} {kind}", answer)
        timed = sorted(
            (
                pair
                for pair in ((as_number(move.get("days")), move.get("storageClass")) for move in moves)
                if pair[0] is not None
            ),
            key=lambda pair: (pair[0], _rank(pair[1])),
        )
        for (earlier, first), (later, second) in itertools.pairwise(timed):
            if _rank(second) < _rank(first):
                answer = f"InvalidArgument: a transition to {second} cannot follow one to {first}"
                yield Finding(
                    f"{where}.transitions", f"{first}, then {second}", "colder classes later", f"{name} order", answer
                )
            elif first in _INFREQUENT and second != first and later - earlier < 30:
                answer = (
                    f"InvalidArgument: 'Days' in the Transition action for StorageClass '{second}' must be 30 days more "
                    "than in "
                    f"the Transition action for StorageClass '{first}'"
                )
                found = f"{first} after {earlier:g}, {second} after {later:g} days"
                yield Finding(f"{where}.transitions", found, "30 days between them", f"{name} {second}", answer)


def _rank(kind: Value) -> int:
    return _DOWNWARDS.index(kind) if kind in _DOWNWARDS else -1


@rules.rule(
    "s3-lifecycle-rule-form",
    "F240",
    _KINDS,
    description="A lifecycle rule has an action, one way of saying when, and a filter that its actions allow.",
    remediation=(
        "Give each rule an id of its own and an action; set days or date, not both; put several conditions "
        "of a filter into and."
    ),
)
def _form(resource: Resource) -> Answers:
    yield from distinct(resource, f"{_PATHS[resource.kind]}.id", "id")
    for where, name, rule in _rules(resource):
        if not any(given(rule.get(action)) for action in _ACTIONS):
            answer = "InvalidRequest: At least one action needs to be specified in a rule"
            yield Finding(where, "no action", "a transition, an expiration or an abort", f"{name} action", answer)
        yield from _when(where, name, rule)
        yield from _filter(where, name, rule)


def _when(where: str, name: str, rule: Block) -> Answers:
    end = (_parts(rule, "expiration") or [{}])[0]
    ways = [way for way in ("days", "date", "expiredObjectDeleteMarker") if given(end.get(way)) and end.get(way) != 0]
    if len(ways) > 1:
        found = " and ".join(ways)
        yield Finding(
            f"{where}.expiration", found, "one of them", f"{name} expiration", "MalformedXML: The XML is not well-formed"
        )
    units = {
        unit
        for part in (*_parts(rule, "transitions"), end)
        for unit in ("days", "date")
        if given(part.get(unit)) and not (part is end and part.get(unit) == 0)
    }
    if units == {"days", "date"} and "date" not in ways[1:]:
        answer = (
            "InvalidRequest: Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter"
        )
        yield Finding(where, "days and date", "one of them in the whole rule", f"{name} units", answer)
    for part in (*_parts(rule, "transitions"), end):
        date = part.get("date")
        if isinstance(date, str) and date and not re.fullmatch(r"\d{4}-\d\d-\d\d(T00:00:00(\.0+)?(Z|\+00:00)?)?", date):
            yield Finding(where, date, "midnight UTC", f"{name} date", "InvalidArgument: 'Date' must be at midnight GMT")


def _filter(where: str, name: str, rule: Block) -> Answers:
    given_filter = (_parts(rule, "filter") or [{}])[0]
    conditions = [
        key for key in ("prefix", "tag", "objectSizeGreaterThan", "objectSizeLessThan", "and") if given(given_filter.get(key))
    ]
    conditions = [key for key in conditions if given_filter.get(key) != 0]
    if len(conditions) > 1:
        answer = "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema"
        yield Finding(f"{where}.filter", " and ".join(conditions), "one of them, or all inside and", f"{name} filter", answer)
    if given(rule.get("prefix")) and given_filter:
        answer = "MalformedXML: Filter and Prefix cannot both be given"
        yield Finding(f"{where}.prefix", rule.get("prefix"), "nothing beside filter", f"{name} prefix", answer)
    tagged = given(given_filter.get("tag")) or given(read(given_filter, "and.tags")) or given(rule.get("tags"))
    sized = any(given(read(given_filter, f"{part}{size}")) for part in ("", "and.") for size in _SIZES)
    aborts = given(rule.get("abortIncompleteMultipartUpload")) or given(rule.get("abortIncompleteMultipartUploadDays"))
    if aborts and (tagged or sized):
        what = "Tags" if tagged else "Object Size"
        answer = f"InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with {what}"
        yield Finding(where, "abortIncompleteMultipartUpload", f"no filter by {what.lower()}", f"{name} abort", answer)
    if tagged and switch(read(rule, "expiration.expiredObjectDeleteMarker")):
        answer = "InvalidRequest: ExpiredObjectDeleteMarker cannot be specified with Tags"
        yield Finding(where, "expiredObjectDeleteMarker", "no filter by tags", f"{name} marker", answer)


_SIZES: Final = ("objectSizeGreaterThan", "objectSizeLessThan")


@rules.rule(
    "s3-lifecycle-needs-versioning",
    "F052",
    _KINDS,
    description="Rules about noncurrent versions are for buckets that have versions.",
    remediation="Enable versioning on the bucket, or remove the noncurrent rules.",
)
def _needs_versioning(resource: Resource) -> Answers:
    named = [name for _, name, rule in _rules(resource) if given(rule.get(_ACTIONS[2])) or given(rule.get(_ACTIONS[3]))]
    if not named:
        return
    bucket = resource if resource.kind == "s3/bucket" else target(resource, "bucket", "s3/bucket")
    if bucket is not None and not versioning_of(bucket):
        found = f"rules {', '.join(named)} on bucket {bucket.name}, which has no versioning"
        yield Finding(_PATHS[resource.kind].removesuffix("[]"), found, "a bucket with versioning")


rules.add(
    "s3-archive-tiers",
    "F527",
    "s3/bucketIntelligentTieringConfiguration",
    all_of(
        lambda configuration: distinct(configuration, "tierings[].accessTier", "tier"),
        each_block(
            "tierings[]",
            *(
                when("accessTier", (tier,), between("days", least, 730, unit=f"for {tier}", detail=tier))
                for tier, least in (("ARCHIVE_ACCESS", 90), ("DEEP_ARCHIVE_ACCESS", 180))
            ),
        ),
    ),
    description="Objects are archived after 90 days (180 for the deep archive) at the earliest, and each tier stands once.",
    remediation="Set days to 90 to 730 for ARCHIVE_ACCESS and to 180 to 730 for DEEP_ARCHIVE_ACCESS.",
)
