"""Under which condition the checks of a row are asked at all, and what of several properties or elements has to be right."""

from collections.abc import Collection, Iterable

from policies.kit.checks import unless_one
from policies.kit.resource import Resource
from policies.kit.rows import applies_to, row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_bool, as_list, certain, given


@row
def for_kinds(kinds: str, *checks: Check) -> Check:
    """The checks on resources of these kinds only, which are separated by blanks."""

    def check(resource: Resource) -> Answers:
        for part in checks if applies_to(resource, kinds) else ():
            yield from part(resource)

    return check


@row
def where_given(name: str, *checks: Check) -> Check:
    """The checks where the property is set; one that is known only after deployment is."""

    def check(resource: Resource) -> Answers:
        for part in checks if given(resource.get(name)) else ():
            yield from part(resource)

    return check


@row
def where_missing(names: str, *checks: Check) -> Check:
    """The checks where none of these properties, which are separated by blanks, is set."""

    def check(resource: Resource) -> Answers:
        for part in () if any_given(resource, names) else checks:
            yield from part(resource)

    return check


@row
def inherited(name: str, origins: str, *checks: Check) -> Check:
    """The checks; not judged where `name` is absent and one of `origins` is set, from which AWS takes it."""

    def check(resource: Resource) -> Answers:
        if resource.get(name) is None and any_given(resource, origins):
            yield NOT_JUDGED
            return
        for part in checks:
            yield from part(resource)

    return check


def any_given(resource: Resource, names: str) -> bool:
    """Whether one of these properties, which are separated by blanks, is set; one that is known only after deployment is."""
    return any(given(resource.get(name)) for name in names.split())


@row
def unless(name: str, values: Collection[Value], *checks: Check, default: Value = None) -> Check:
    """The checks where the property has none of `values`; `default` is what AWS assumes where it is absent.

    Where it is unknown, so is the verdict if a check has anything to say.
    """

    def check(resource: Resource) -> Answers:
        value = resource.get(name)
        answers = (answer for part in checks for answer in part(resource))
        if value is UNKNOWN:
            yield from [NOT_JUDGED for _ in answers][:1]
        elif as_bool(default if value is None else value) not in values:
            yield from answers

    return check


@row
def except_where(name: str, values: Collection[Value], *checks: Check) -> Check:
    """The checks, unless the property is known to have one of `values`."""

    def check(resource: Resource) -> Answers:
        for part in () if certain(resource.get(name), *values) else checks:
            yield from part(resource)

    return check


@row
def in_production(*checks: Check) -> Check:
    """The checks on what belongs to a production environment."""

    def check(resource: Resource) -> Answers:
        for part in checks if resource.production else ():
            yield from part(resource)

    return check


@row
def missing(expected: str) -> Check:
    """Something that is not there; it is for the rows around this one to say where."""
    return lambda _: [Finding("", None, expected)]


@row
def some_is(names: str, allowed: Collection[Value], expected: str) -> Check:
    """One of these properties, which are separated by blanks, has one of the values; the first is the one that is told."""
    paths = names.split()

    def check(resource: Resource) -> Answers:
        missing = Finding(paths[0], resource.get(paths[0]), expected)
        yield from unless_one(map(resource.get, paths), allowed, missing)

    return check


@row
def holds_all(name: str, required: Collection[str]) -> Check:
    """The list has every one of these elements; it is not judged where one that is known only after deployment may be it."""

    def check(resource: Resource) -> Answers:
        for missing in lacking(required, resource.get(name)):
            yield Finding(name, resource.get(name), f"{missing} too", detail=missing)

    return check


def lacking(required: Iterable[str], value: Value) -> list[str]:
    """Which of `required` the list `value` does not hold.

    Raises:
        UnknownValueError: if one of its elements that are known only after deployment could be it.
    """
    elements = as_list(value)
    found = {str(element) for element in elements if element is not UNKNOWN}
    missing = [name for name in required if name not in found]
    if missing and any(element is UNKNOWN for element in elements):
        raise UnknownValueError
    return missing
