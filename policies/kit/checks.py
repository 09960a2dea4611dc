"""The checks that most rules are a row of: a property is on, is one of, is at least, names a customer managed key."""

import re
from collections.abc import Collection
from typing import Final

from policies.kit.resource import STACK_REFERENCE, Resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, Value, as_bool, as_number

KEY_KINDS: Final = frozenset({"kms/key", "kms/replicaKey", "kms/externalKey", "kms/replicaExternalKey", "kms/alias"})


@row
def all_of(*checks: Check) -> Check:
    """Every check's findings."""

    def check(resource: Resource) -> Answers:
        for part in checks:
            yield from part(resource)

    return check


@row
def equals(path: str, expected: Value, *, default: Value = None) -> Check:
    """The property has this value; `default` is what AWS assumes where it is absent."""
    return one_of(path, (expected,), default=default)


@row
def is_on(path: str, *, default: bool = False) -> Check:
    """The switch is true; `default` is what AWS assumes where it is absent."""
    return one_of(path, (True,), default=default)


@row
def is_not(path: str, forbidden: Value, expected: str) -> Check:
    """The property does not have this value; absent is right."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif as_bool(value) == forbidden:
                yield Finding(where, value, expected)

    return check


@row
def one_of(path: str, allowed: Collection[Value], *, default: Value = None) -> Check:
    """The property has one of these values; `default` is what AWS assumes where it is absent."""
    expected = " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in allowed)

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif as_bool(default if value is None else value) not in allowed:
                yield Finding(where, value, expected)

    return check


@row
def matches(path: str, pattern: str, expected: str, *, default: str = "") -> Check:
    """The whole property matches the regular expression; `default` is what AWS assumes where it is absent."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif not re.fullmatch(pattern, str(default if value is None else value)):
                yield Finding(where, value, expected)

    return check


@row
def at_least(path: str, minimum: float, *, default: float | None = None, unit: str = "") -> Check:
    """The number is at least `minimum`; `default` is what AWS assumes where it is absent."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            number = as_number(default if value is None else value)
            if number is UNKNOWN:
                yield NOT_JUDGED
            elif number is None or number < minimum:
                yield Finding(where, value, f"at least {minimum:g}{unit and ' '}{unit}")

    return check


@row
def customer_key(path: str, *, regional: bool = True) -> Check:
    """The property names a customer managed KMS key, of the resource's own region unless `regional` is false.

    A key that is made in the same plan is unknown there; that the value comes from a key counts. AWS managed keys do not.
    """

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            yield from key_answers(resource, where, value, regional=regional)

    return check


def key_answers(resource: Resource, where: str, value: Value, *, regional: bool = True) -> Answers:
    """The answers of `customer_key` on one value."""
    if value is UNKNOWN:
        if not (resource.sources(where) or set()) & (KEY_KINDS | {STACK_REFERENCE}):
            yield NOT_JUDGED
    elif not value:
        yield Finding(where, value, "the ARN of a customer managed KMS key")
    elif aws_managed_key(value) or str(value).startswith("aws/"):
        yield Finding(where, value, "the ARN of a customer managed KMS key instead of the AWS managed one")
    elif regional and (region := key_region(value)) and resource.region and region != resource.region:
        yield Finding(where, value, f"a KMS key of the resource's own region, {resource.region}")


def aws_managed_key(value: Value) -> bool:
    """Whether a known key reference is an AWS managed alias (`alias/aws/...`)."""
    return isinstance(value, str) and bool(re.search(r"(^|:)alias/aws/", value))


def key_region(value: Value) -> str | None:
    """The region in a key's ARN; None for a bare id or alias."""
    parts = str(value).split(":")
    return parts[3] or None if len(parts) >= 6 and parts[0] == "arn" else None
