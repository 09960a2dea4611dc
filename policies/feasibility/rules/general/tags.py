"""Tags that AWS refuses: too many, too long, with its own prefix, or with characters that a service does not take."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import alike, words
from policies.kit.resource import Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_TAG_LISTS: Final = ("tags", "tagSpecifications[].tags", "volumeTags")
_STRICT: Final = words(
    """
    acm acmpca amp amplify cloudfront directoryservice ecs efs elb fms iam kinesis lambda lb organizations rbin rds docdb
    neptune s3 secretsmanager sns sqs ssm ssoadmin wafv2 elasticache sfn opensearch
    """
)
"""Modules whose service takes letters, digits, spaces and `_.:/=+-@` only; EC2 and others take more."""
_ALPHABET: Final = re.compile(r"[\w\s.:/=+\-@]*")
_MOST: Final = alike("s3/bucketObject s3/bucketObjectv2 s3/objectCopy", 10)


def _tags(resource: Resource) -> Iterator[tuple[str, Value]]:
    """Where tags are, and what is there: a map, a list of blocks with key and value, or unknown."""
    for path in _TAG_LISTS:
        if path.partition("[]")[0].partition(".")[0] in resource.properties:
            yield from ((where, value) for where, value in resource.each(path) if value is not None)


def _pairs(where: str, tags: Value) -> Iterator[tuple[str, Value, Value]]:
    """Path, key and value of each tag in a map or in a list of blocks."""
    if isinstance(tags, Mapping):
        yield from ((f"{where}.{key}", key, value) for key, value in cast(Mapping[str, Value], tags).items())
    elif isinstance(tags, list):
        for index, block in enumerate(cast(list[Value], tags)):
            if isinstance(block, Mapping):
                tag = cast(Mapping[str, Value], block)
                yield f"{where}[{index}]", tag.get("key"), tag.get("value")


@rules.rule("tag-accepted", "F416", ANY_AWS)
def _accepted(resource: Resource) -> Answers:
    """Tags have keys up to 128 and values up to 256 characters long that the service takes, and no prefix aws:.

    Shorten the tag, remove the prefix aws:, and use letters, digits, spaces and _ . : / = + - @ only.
    """
    strict = resource.kind.partition("/")[0] in _STRICT
    for where, tags in _tags(resource):
        if tags is UNKNOWN:
            yield NOT_JUDGED
            continue
        for path, key, value in _pairs(where, tags):
            if key is UNKNOWN or value is UNKNOWN:
                yield NOT_JUDGED
            if isinstance(key, str) and (expected := _wrong_key(key, strict)):
                yield Finding(path, key, expected, f"key {key[:40]}")
            if isinstance(value, str) and (expected := _wrong(value, 256, strict)):
                yield Finding(path, value, expected, f"value of {key}")


def _wrong_key(key: str, strict: bool) -> str:
    if key.lower().startswith("aws:"):
        return "a key without AWS's own prefix aws:"
    return _wrong(key, 128, strict) if key else "a key of at least one character"


def _wrong(text: str, most: int, strict: bool) -> str:
    if len(text) > most:
        return f"at most {most} characters (it has {len(text)})"
    return "letters, digits, spaces and _ . : / = + - @ only" if strict and not _ALPHABET.fullmatch(text) else ""


@rules.rule("tag-count", "F417", ANY_AWS)
def _count(resource: Resource) -> Answers:
    """A resource has at most 50 tags (an S3 object 10), and no key twice.

    Remove tags, or put what they say into one value.
    """
    most = _MOST.get(resource.kind, 50)
    for where, tags in _tags(resource):
        if tags is UNKNOWN:
            yield NOT_JUDGED
            continue
        keys = [key for _, key, _ in _pairs(where, tags)]
        if len(keys) > most:
            yield Finding(where, f"{len(keys)} tags", f"at most {most} tags", where.partition("[")[0])
        known = [key.lower() if resource.kind.startswith("iam/") else key for key in keys if isinstance(key, str)]
        repeated = sorted({key for key in known if known.count(key) > 1})
        if repeated:
            yield Finding(where, ", ".join(repeated), "each key once (IAM does not tell cases apart)", "repeated")
