"""S3 lifecycle rules: days, classes and filters that go together."""

import itertools
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.shapes import blocks, contains_unknown, distinct, each_block, given, when
from policies.feasibility.rules.s3.settings import bucket_of, versioning_of
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, read, switch

rules: Final = Rules("feasibility", failures())

_KINDS: Final = "s3/bucketLifecycleConfiguration s3/bucket"
_PATHS: Final = {"s3/bucketLifecycleConfiguration": "rules[]", "s3/bucket": "lifecycleRules[]"}
_INFREQUENT: Final = ("STANDARD_IA", "ONEZONE_IA")
_DOWNWARDS: Final = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_NONCURRENT: Final = ("noncurrentVersionExpiration", "noncurrentVersionTransitions")
_ABORTS: Final = ("abortIncompleteMultipartUpload", "abortIncompleteMultipartUploadDays")
_SIZES: Final = ("objectSizeGreaterThan", "objectSizeLessThan")
_MIDNIGHT: Final = r"\d{4}-\d\d-\d\d(T00:00:00(\.0+)?(Z|\+00:00)?)?"


def _each_rule(*checks: Callable[[str, str, Block], Answers]) -> Check:
    """The checks on path, id and content of each lifecycle rule."""

    def check(resource: Resource) -> Answers:
        for where, rule in blocks(resource, _PATHS[resource.kind]):
            for part in checks:
                yield from part(where, str(rule.get("id")), rule)

    return check


def _parts(block: Block, name: str) -> list[Block]:
    return [cast(Block, part) for part in as_list(block.get(name)) if isinstance(part, Mapping)]


def _days(value: Value) -> Any:
    """Days as a number; None where none is given (the provider may fill in 0)."""
    return as_number(value) or None if value is not UNKNOWN else UNKNOWN


_TOO_EARLY: Final = "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass '{}'"
_ENDS_BEFORE: Final = (
    "InvalidArgument: 'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action"
)


def _order(where: str, name: str, rule: Block, moves: str, unit: str, ends: str) -> Answers:
    unit = unit if any(unit in part for part in (*_parts(rule, moves), *_parts(rule, ends))) else "days"
    timed: list[tuple[float, Value]] = []
    for move in _parts(rule, moves):
        days, kind = as_number(move.get(unit)), move.get("storageClass")
        if days is UNKNOWN or kind is UNKNOWN:
            yield NOT_JUDGED
        elif days is not None:
            timed.append((days, kind))
            if kind in _INFREQUENT and days < 30:
                found, detail = f"{days:g} days to {kind}", f"{name} {moves} {kind}"
                yield Finding(f"{where}.{moves}", found, "30 days or more", detail, _TOO_EARLY.format(kind))
    end = _days(read(rule, f"{ends}.{unit}"))
    last, into = max(timed, key=lambda pair: pair[0], default=(-1, None))
    if end is UNKNOWN:
        yield NOT_JUDGED
    elif end is not None and end <= last:
        expected = f"more than {last:g} days, when objects move to {into}"
        yield Finding(f"{where}.{ends}", f"{end:g} days", expected, f"{name} {ends}", _ENDS_BEFORE)


rules.named("s3-lifecycle-days", "F051", _KINDS).add(
    _each_rule(
        partial(_order, moves="transitions", unit="days", ends="expiration"),
        partial(_order, moves=_NONCURRENT[1], unit="noncurrentDays", ends=_NONCURRENT[0]),
    ),
    description="Objects stay 30 days before they move to an infrequent access class, and expire after they have moved.",
    remediation="Move to STANDARD_IA or ONEZONE_IA from 30 days on, and let expiration come after every transition.",
)

_TWICE: Final = "InvalidRequest: 'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter"
_TOO_CLOSE: Final = (
    "InvalidArgument: 'Days' in the Transition action for StorageClass '{}' must be 30 days more than in the Transition action "
    "for StorageClass '{}'"
)


def _moves(where: str, name: str, rule: Block) -> Answers:
    path, moves = f"{where}.transitions", _parts(rule, "transitions")
    if any(contains_unknown(dict(move)) for move in moves):
        yield NOT_JUDGED
        return
    classes = [move.get("storageClass") for move in moves]
    for kind in {kind for kind in classes if classes.count(kind) > 1}:
        yield Finding(path, kind, "one transition to each class", f"{name} {kind}", _TWICE)
    timed = [
        (days, kind) for move, kind in zip(moves, classes, strict=True) if (days := as_number(move.get("days"))) is not None
    ]
    timed.sort(key=lambda pair: (pair[0], _rank(pair[1])))
    for (earlier, first), (later, second) in itertools.pairwise(timed):
        if _rank(second) < _rank(first):
            answer = f"InvalidArgument: a transition to {second} cannot follow one to {first}"
            yield Finding(path, f"{first}, then {second}", "colder classes later", f"{name} order", answer)
        elif first in _INFREQUENT and second != first and later - earlier < 30:
            found, answer = f"{first} after {earlier:g}, {second} after {later:g} days", _TOO_CLOSE.format(second, first)
            yield Finding(path, found, "30 days between them", f"{name} {second}", answer)


def _rank(kind: Value) -> int:
    return _DOWNWARDS.index(kind) if kind in _DOWNWARDS else -1


rules.named("s3-lifecycle-transition-order", "F240", _KINDS).add(
    _each_rule(_moves),
    description="Transitions of one rule go downwards, to different classes, a month apart after infrequent access.",
    remediation="Order the transitions by storage class and leave 30 days after an infrequent access class.",
)


def _action(where: str, name: str, rule: Block) -> Answers:
    if not any(given(rule.get(action)) for action in ("transitions", "expiration", *_NONCURRENT, *_ABORTS)):
        answer = "InvalidRequest: At least one action needs to be specified in a rule"
        yield Finding(where, "no action", "a transition, an expiration or an abort", f"{name} action", answer)


_MIXED: Final = (
    "InvalidRequest: Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter"
)


def _when(where: str, name: str, rule: Block) -> Answers:
    moves, end = _parts(rule, "transitions"), (_parts(rule, "expiration") or [{}])[0]
    ways = [way for way in ("days", "date", "expiredObjectDeleteMarker") if given(end.get(way)) and end.get(way) != 0]
    if len(ways) > 1:
        answer = "MalformedXML: The XML is not well-formed"
        yield Finding(f"{where}.expiration", " and ".join(ways), "one of them", f"{name} expiration", answer)
    units = {unit for move in moves for unit in ("days", "date") if given(move.get(unit))} | ({*ways} & {"days", "date"})
    if units == {"days", "date"} and "date" not in ways[1:]:
        yield Finding(where, "days and date", "one of them in the whole rule", f"{name} units", _MIXED)
    for date in (part.get("date") for part in (*moves, end)):
        if isinstance(date, str) and date and not re.fullmatch(_MIDNIGHT, date):
            yield Finding(where, date, "midnight UTC", f"{name} date", "InvalidArgument: 'Date' must be at midnight GMT")


_NOT_WELL_FORMED: Final = (
    "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema"
)


def _filter(where: str, name: str, rule: Block) -> Answers:
    by = (_parts(rule, "filter") or [{}])[0]
    conditions = [key for key in ("prefix", "tag", *_SIZES, "and") if given(by.get(key)) and by.get(key) != 0]
    if len(conditions) > 1:
        found = " and ".join(conditions)
        yield Finding(f"{where}.filter", found, "one of them, or all inside and", f"{name} filter", _NOT_WELL_FORMED)
    if given(rule.get("prefix")) and by:
        answer = "MalformedXML: Filter and Prefix cannot both be given"
        yield Finding(f"{where}.prefix", rule.get("prefix"), "nothing beside filter", f"{name} prefix", answer)
    tagged = given(by.get("tag")) or given(read(by, "and.tags")) or given(rule.get("tags"))
    sized = any(given(read(by, f"{part}{size}")) for part in ("", "and.") for size in _SIZES)
    if any(given(rule.get(abort)) for abort in _ABORTS) and (tagged or sized):
        what = "Tags" if tagged else "Object Size"
        answer = f"InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with {what}"
        yield Finding(where, "abortIncompleteMultipartUpload", f"no filter by {what.lower()}", f"{name} abort", answer)
    if tagged and switch(read(rule, "expiration.expiredObjectDeleteMarker")):
        answer = "InvalidRequest: ExpiredObjectDeleteMarker cannot be specified with Tags"
        yield Finding(where, "expiredObjectDeleteMarker", "no filter by tags", f"{name} marker", answer)


rules.named("s3-lifecycle-rule-form", "F240", _KINDS).add(
    all_of(
        lambda resource: distinct(resource, f"{_PATHS[resource.kind]}.id", "id"),
        _each_rule(_action, _when, _filter),
    ),
    description="A lifecycle rule has an action, one way of saying when, and a filter that its actions allow.",
    remediation=(
        "Give each rule an id of its own and an action; set days or date, not both; put several conditions "
        "of a filter into and."
    ),
)


@rules.rule("s3-lifecycle-needs-versioning", "F052", _KINDS)
def _needs_versioning(resource: Resource) -> Answers:
    """Rules about noncurrent versions are for buckets that have versions.

    Enable versioning on the bucket, or remove the noncurrent rules.
    """
    found = [rule for _, rule in blocks(resource, _PATHS[resource.kind]) if any(given(rule.get(name)) for name in _NONCURRENT)]
    bucket = bucket_of(resource) if found else None
    if bucket is not None and not versioning_of(bucket):
        names = ", ".join(str(rule.get("id")) for rule in found)
        shown = f"rules {names} on bucket {bucket.name}, which has no versioning"
        yield Finding(_PATHS[resource.kind].removesuffix("[]"), shown, "a bucket with versioning")


rules.named("s3-archive-tiers", "F527", "s3/bucketIntelligentTieringConfiguration").add(
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
