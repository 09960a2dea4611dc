"""The values of a resource by where they are or by the name of the property that holds them, and the row about each text."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, TypeVar, cast

from policies.kit.resource import Resource, per_resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, Value

T = TypeVar("T")


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def alike(keys: str, value: T) -> dict[str, T]:
    """A table that has the same value for each of these words."""
    return dict.fromkeys(keys.split(), value)


def pairs(text: str) -> dict[str, str]:
    """A table of words such as `name=value`; where a value has several words, commas stand between them."""
    return {name: value.replace(",", " ") for name, _, value in (pair.partition("=") for pair in text.split())}


_FREE: Final = words(
    """
    tags tagsAll volumeTags variables environment environmentVariables parameters parameterOverrides inputParameters triggers
    keepers labels metadata options dimensions defaultArguments requestParameters requestTemplates responseParameters
    responseTemplates responseModels requestModels stageVariables connectionProperties advancedOptions properties settings
    awsServiceAccess
    """
)
"""Properties whose keys the program chooses, so that they say nothing about the values."""


class Leaf(NamedTuple):
    """A value that is no block.

    Attributes:
        path: Where it is.
        name: The last property on the way, without the index in a list; or the path that a table has for it, see `at`.
        value: What is there, `UNKNOWN` included.
    """

    path: str
    name: str
    value: Value

    @property
    def place(self) -> str:
        """The path without the indexes in lists."""
        return re.sub(r"\[\d+\]", "", self.path)


Leaves = Mapping[str, Sequence[Leaf]]
"""Name of a property -> the values that properties of this name hold."""


@per_resource
def leaves(resource: Resource) -> Leaves:
    """All values of `resource`."""
    found: defaultdict[str, list[Leaf]] = defaultdict(list)
    for leaf in _leaves(resource.properties, "", ""):
        found[leaf.name].append(leaf)
    return found


Places = Callable[[Resource], Iterable[Leaf]]
"""Where a row looks for the values that it judges."""


def named(names: AbstractSet[str]) -> Places:
    """The values that properties of these names hold, wherever they are."""

    def find(resource: Resource) -> Iterator[Leaf]:
        found = leaves(resource)
        for name in sorted(names & found.keys()):
            yield from found[name]

    return find


def place(path: str) -> Places:
    """The values at one path (`name[]` stands for a list's elements), named by it."""
    return lambda resource: (Leaf(where, path, value) for where, value in resource.each(path))


def at(paths: Mapping[str, Iterable[str]]) -> Places:
    """The values at the paths that a kind of resource has here (`name[]` stands for a list's elements), named by these."""

    def find(resource: Resource) -> Iterator[Leaf]:
        for path in paths[resource.kind]:
            yield from place(path)(resource)

    return find


def unless_made_here(places: Places) -> Places:
    """The values there without the unknown ones that come from a resource of the stack."""
    return lambda resource: (leaf for leaf in places(resource) if leaf.value is not UNKNOWN or not resource.sources(leaf.path))


@row
def each_text(places: Places, wrong: Callable[[Resource, Leaf], str], *, detail: str = "{place}", answer: str = "") -> Check:
    """Every text there is right: where one is wrong, `wrong` says what would be right, else it gives an empty string.

    In `detail` and `answer` stand `{place}`, `{path}`, `{name}` and `{value}` for those of the leaf.
    """

    def check(resource: Resource) -> Answers:
        for leaf in places(resource):
            if leaf.value is UNKNOWN:
                yield NOT_JUDGED
            elif isinstance(leaf.value, str) and leaf.value and (expected := wrong(resource, leaf)):
                known = {"place": leaf.place, **leaf._asdict()}
                yield Finding(leaf.path, leaf.value, expected, detail.format(**known), answer.format(**known))

    return check


def each_form(forms: Mapping[str, Mapping[str, tuple[str, str]]]) -> Check:
    """Every text at the paths that a kind of resource has here has the form (regular expression, words) beside it."""

    def wrong(resource: Resource, leaf: Leaf) -> str:
        pattern, expected = forms[resource.kind][leaf.name]
        return "" if re.fullmatch(pattern, leaf.value) else expected

    return each_text(at(forms), wrong, detail="{name}")


def _leaves(value: Value, path: str, name: str) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for key, inner in cast(Mapping[str, Value], value).items():
            if key not in _FREE or not isinstance(inner, Mapping):
                yield from _leaves(inner, f"{path}.{key}" if path else key, key)
    elif isinstance(value, list):
        for index, inner in enumerate(cast(list[Value], value)):
            yield from _leaves(inner, f"{path}[{index}]", name)
    elif value is not None:
        yield Leaf(path, name, value)
