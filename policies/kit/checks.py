"""The checks that most rules are a row of: a property is on, is one of, is at least, names a customer managed key."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from policies.kit.facts import KEYS
from policies.kit.references import sure_referrers
from policies.kit.resource import STACK_REFERENCE, Resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, Value, as_bool, as_number, certain, given

KEY_KINDS: Final = frozenset({*KEYS, "kms/alias"})


@row
def all_of(*checks: Check) -> Check:
    """Every check's findings."""

    def check(resource: Resource) -> Answers:
        for part in checks:
            yield from part(resource)

    return check


@row
def only_where(name: str, *checks: Check, values: Collection[Value] = (), default: Value = None) -> Check:
    """The checks where the property is set, or has one of `values`; `default` is what AWS assumes where it is absent.

    Where it is to have one of `values` and is unknown, so is the verdict if a check has anything to say.
    """

    def check(resource: Resource) -> Answers:
        value = resource.get(name)
        answers = (answer for part in checks for answer in part(resource))
        if values and value is UNKNOWN:
            yield from [NOT_JUDGED for _ in answers][:1]
        elif as_bool(default if value is None else value) in values if values else given(value):
            yield from answers

    return check


@row
def each_is(path: str, right: Callable[[Value], bool], expected: str, *, detail: bool = False) -> Check:
    """Every value at the path (`name[]` stands for a list's elements) is right; `detail` puts it into the finding's id."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif not right(value):
                yield Finding(where, value, expected, detail=str(value) if detail else "")

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
    return each_is(path, lambda value: as_bool(value) != forbidden, expected)


@row
def one_of(path: str, allowed: Collection[Value], *, default: Value = None, expected: str = "") -> Check:
    """The property has one of these values; `default` is what AWS assumes where it is absent."""
    told = expected or " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in allowed)
    return each_is(path, lambda value: as_bool(default if value is None else value) in allowed, told)


@row
def matches(path: str, pattern: str, expected: str, *, default: str = "") -> Check:
    """The whole property matches the regular expression; `default` is what AWS assumes where it is absent."""
    return each_is(path, lambda value: bool(re.fullmatch(pattern, str(default if value is None else value))), expected)


@row
def at_least(path: str, minimum: float, *, default: float | None = None, unit: str = "") -> Check:
    """The number is at least `minimum`; `default` is what AWS assumes where it is absent."""

    def enough(value: Value) -> bool:
        number = as_number(default if value is None else value)
        return number is not None and number >= minimum

    return each_is(path, enough, f"at least {minimum:g}{unit and ' '}{unit}")


@row
def is_given(path: str, expected: str) -> Check:
    """The property is set; a value that is known only after deployment is."""

    def check(resource: Resource) -> Answers:
        if not given(resource.get(path)):
            yield Finding(path, None, expected)

    return check


@row
def named_by(expected: str, *links: tuple[str, str], path: str = "") -> Check:
    """A resource of the stack names this one by one of the (kind, property) `links`; `path` is what the finding is about."""

    def check(resource: Resource) -> Answers:
        if not sure_referrers(resource, *links):
            yield Finding(path, resource.get(path) if path else None, expected)

    return check


def if_so(answer: Value, finding: Finding) -> Answers:
    """The finding if the answer is yes; not judged if the plan does not say it."""
    if answer is UNKNOWN:
        yield NOT_JUDGED
    elif answer:
        yield finding


def unless_one(values: Iterable[Value], right: Collection[Value], finding: Finding) -> Answers:
    """The finding if none of the values is right; not judged if only an unknown one may be."""
    found = list(values)
    if not any(certain(value, *right) for value in found):
        yield NOT_JUDGED if any(value is UNKNOWN for value in found) else finding


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
