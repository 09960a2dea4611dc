"""Rows about a resource and others of the stack: unique among them, the same as one that it names, at most so many."""

import re
from collections.abc import Callable, Collection, Hashable
from itertools import islice
from typing import Any, Final

from policies.feasibility.engine.leaves import each_text, place
from policies.feasibility.engine.relations import any_so, any_unknown, lets, plain, region_of, unless_so
from policies.kit.checks import only_where as only_where
from policies.kit.conditions import for_kinds as for_kinds
from policies.kit.references import arn_of, from_elsewhere, place_among, reference, referrers, target, targets, together
from policies.kit.resource import Resource
from policies.kit.rows import applies_to, row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, Value, as_bool, as_list, given

REPLACE_EACH_OTHER: Final = "No error: the last one written wins, and they replace each other at every update"
"""What AWS answers where two resources set the same thing."""

Key = Callable[[Resource], Hashable]
"""What tells a resource from another; None where it takes no part."""

Joined = Callable[[Resource, str, Resource], Answers]
"""Answers on a resource, the property by which it names another, and that other."""


def key(*parts: str) -> Key:
    """The values of these properties as a key; `vpcId: ec2/vpc ec2/defaultVpc` is the resource that the property names.

    The key is None, so that it matches nothing, where one of the parts is absent or, with `!` behind its name, false or empty.
    With `?` behind its name, a part that is absent, false or empty is one value like others.
    """

    def of(resource: Resource) -> Hashable:
        found: list[Hashable] = []
        for part in parts:
            prop, _, kinds = part.partition(":")
            if prop.endswith("!") and not given(resource.get(prop[:-1])):
                return None
            if prop.endswith("?") and not given(resource.get(prop[:-1])):
                found.append("")
                continue
            prop = prop.rstrip("!?")
            found.append(reference(resource, prop, *kinds.split()) if kinds else plain(resource, prop)[0])
        return None if None in found else tuple(found)

    return of


def _text(template: str, **known: object) -> str:
    return template.format(**known)


@row
def unique(kinds: str, key: Key, path: str, expected: str, *, answer: str = "", detail: bool = True, most: int = 1) -> Check:
    """At most `most` resources of these kinds, which are separated by blanks, have the same key; the later ones are wrong.

    In `expected` and `answer` stand `{other}` for the others' names and `{value}` for what is at `path`. With `most` above
    one, only the first that is too many is told.
    """

    def check(resource: Resource) -> Answers:
        if not applies_to(resource, kinds):
            return
        group, place = place_among(resource, (kinds, key), tuple(kinds.split()), key)
        value = resource.get(path) if path else None
        for other, names in together(islice(group, place) if most == 1 else group[place - 1 : place] if place == most else ()):
            known = {"other": names, "value": value}
            yield Finding(
                path, value, _text(expected, **known), detail=other.name if detail else "", answer=_text(answer, **known)
            )

    return check


@row
def where_listed(name: str, value: Value, *checks: Check) -> Check:
    """The checks where the list has this value among its elements."""

    def check(resource: Resource) -> Answers:
        for part in checks if value in as_list(resource.get(name)) else ():
            yield from part(resource)

    return check


@row
def target_then(prop: str, kinds: str, *checks: Joined) -> Check:
    """The checks on the one resource that `prop` names, where the stack has it; unknown where the plan does not say which."""

    def check(resource: Resource) -> Answers:
        if (other := target(resource, prop, *kinds.split())) is not None:
            for part in checks:
                yield from part(resource, prop, other)

    return check


def lacks(theirs: str, expected: str, *, answer: str = "", detail: str = "") -> Joined:
    """The other one has none of `theirs`, separated by blanks. In `expected` and `detail` stands `{other}` for its name."""
    return _other(theirs, expected, answer, detail, is_set=False)


def has(theirs: str, expected: str, *, answer: str = "", detail: str = "") -> Joined:
    """The other one has something at `theirs`. In `expected` and `detail` stands `{other}` for its name."""
    return _other(theirs, expected, answer, detail, is_set=True)


def _other(theirs: str, expected: str, answer: str, detail: str, *, is_set: bool) -> Joined:
    def check(_: Resource, prop: str, other: Resource) -> Answers:
        if any(given(other.get(name)) for name in theirs.split()) is not is_set:
            known = {"other": other.name}
            yield Finding(prop, other.name, _text(expected, **known), detail=_text(detail, **known), answer=answer)

    return check


def wants(
    theirs: str, values: Collection[Value], expected: str, *, default: Value = None, answer: str = "", detail: str = ""
) -> Joined:
    """The other one has one of `values` at `theirs`; `default` is what AWS assumes where that is absent.

    In `expected`, `answer` and `detail` stand `{other}` for its name and `{theirs}` for what it has.
    """

    def check(_: Resource, prop: str, other: Resource) -> Answers:
        value = as_bool(other.get(theirs))
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif (default if value is None else value) not in values:
            known = {"other": other.name, "theirs": value}
            told = _text(detail, **known)
            yield Finding(prop, other.name, _text(expected, **known), detail=told, answer=_text(answer, **known))

    return check


def same(
    own: str,
    theirs: str,
    expected: str,
    *,
    value_of: Callable[[Resource, str], Any] = Resource.get,
    answer: str = "",
    detail: str = "",
) -> Joined:
    """The resource has at `own` what the other has at `theirs`; where one of them is absent, nothing is wrong.

    In `expected` and `answer` stand `{other}`, `{own}` and `{theirs}`; `value_of` reads both.
    """

    def check(resource: Resource, _: str, other: Resource) -> Answers:
        mine, its = value_of(resource, own), value_of(other, theirs)
        if mine is UNKNOWN or its is UNKNOWN:
            yield NOT_JUDGED
        elif mine not in (None, "") and its not in (None, "") and mine != its:
            known = {"other": other.name, "own": mine, "theirs": its}
            yield Finding(own, mine, _text(expected, **known), detail=detail, answer=_text(answer, **known))

    return check


@row
def set_once(kind: str, prop: str, home: str, inline: str, what: str, *, answer: str) -> Check:
    """What `kind` sets of the thing of the kind `home` that `prop` names is set by no other resource, nor by its own `inline`.

    `what` is a word for the thing, such as `queue`.
    """
    alone = unique(kind, key(f"{prop}:{home}"), prop, f"a {what} that {{other}} does not set", answer=answer)
    beside = target_then(prop, home, lacks(inline, f"a {what} without {inline} of its own", answer=answer, detail="inline"))
    return for_kinds(kind, alone, beside)


@row
def at_most_referrers(links: Collection[tuple[str, str]], most: int, expected: str, *, answer: str = "") -> Check:
    """At most so many resources name this one by one of the (kind, property) `links`; `{count}` in `expected` says how many."""

    def check(resource: Resource) -> Answers:
        found = {other.urn for kind, prop in links for other in referrers(resource, kind, prop)} - {resource.urn}
        if len(found) > most:
            yield Finding("", None, _text(expected, count=len(found)), answer=answer)

    return check


@row
def each_matches(path: str, pattern: str, expected: str, *, answer: str = "", detail: bool | str = True) -> Check:
    """Every text at `path` (`name[]` stands for a list's elements) matches the regular expression as a whole.

    `detail` is a text of its own, or whether the value is it; in `answer` stands `{value}`.
    """
    form = re.compile(pattern)
    told = "{value}" if detail is True else detail or ""
    return each_text(place(path), lambda _, leaf: "" if form.fullmatch(leaf.value) else expected, detail=told, answer=answer)


@row
def own_region(path: str, expected: str, *, answer: str = "") -> Check:
    """What is named at `path` by an ARN is of the resource's own region, for which `{region}` stands in `expected`.

    It is unknown where an unknown value comes from nothing in the stack.
    """

    def check(resource: Resource) -> Answers:
        value, own = resource.get(path), region_of(resource)
        arn = arn_of(value)
        if value is UNKNOWN and not resource.sources(path):
            yield NOT_JUDGED
        elif arn is not None and arn.region and own and arn.region != own:
            yield Finding(path, value, _text(expected, region=own), answer=answer)

    return check


@row
def not_beside(prop: str, links: Collection[tuple[str, str]], expected: str, *, shown: Value) -> Check:
    """Where the property is set and not ignored, no resource names this one by one of the (kind, property) `links`.

    In `expected` stands `{other}`; `shown` is what to show in place of the value.
    """

    def check(resource: Resource) -> Answers:
        if given(resource.get(prop)) and prop not in resource.ignore_changes:
            for other in (other for kind, names in links for other in referrers(resource, kind, names)):
                yield Finding(prop, shown, _text(expected, other=other.name), detail=other.name)

    return check


@row
def each_target(prop: str, kinds: str, *checks: Joined) -> Check:
    """The checks on every resource that `prop` names in the stack; unknown where an unknown value comes from nothing in it."""

    def check(resource: Resource) -> Answers:
        found = targets(resource, prop, *kinds.split())
        if not found and any_unknown(resource, prop) and from_elsewhere(resource, prop):
            yield NOT_JUDGED
        for other in found:
            for part in checks:
                yield from part(resource, prop, other)

    return check


def lets_in(
    service: str, action: str, attached: tuple[str, str, str], expected: str, *, detail: str = "", answer: str = ""
) -> Joined:
    """A policy of the other one, its own or one of `attached` (see `documents`), lets the service do this.

    In `detail` stands `{other}`.
    """

    def check(_: Resource, prop: str, other: Resource) -> Answers:
        found = Finding(prop, other.name, expected, _text(detail, other=other.name), answer)
        yield from unless_so(any_so(lets(other, service, action, attached).values()), found)

    return check


@row
def at_most_alike(kind: str, key: Key, most: int, expected: str, *, path: str = "", shown: str = "", answer: str = "") -> Check:
    """At most so many resources of the kind have the same key; those beyond, in the order of their URNs, are wrong.

    In `expected` and `shown`, which is what to show in place of a value, stands `{count}`. An unknown key is not judged.
    """

    def check(resource: Resource) -> Answers:
        own = key(resource)
        if own is UNKNOWN:
            yield NOT_JUDGED
            return
        peers, place = place_among(resource, (kind, key), (kind,), key, by_urn=True)
        if place >= most:
            known = {"count": len(peers)}
            yield Finding(path, _text(shown, **known) or None, _text(expected, **known), answer=answer)

    return check
