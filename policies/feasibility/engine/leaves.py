"""The values of a resource by the name of the property that holds them, for rules that know a value by its property's name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final, NamedTuple, cast

from policies.kit.resource import Resource
from policies.kit.values import Value

_FREE: Final = frozenset(
    {
        "tags",
        "tagsAll",
        "volumeTags",
        "variables",
        "environment",
        "environmentVariables",
        "parameters",
        "parameterOverrides",
        "inputParameters",
        "triggers",
        "keepers",
        "labels",
        "metadata",
        "options",
        "dimensions",
        "defaultArguments",
        "requestParameters",
        "requestTemplates",
        "responseParameters",
        "responseTemplates",
        "responseModels",
        "requestModels",
        "stageVariables",
        "connectionProperties",
        "advancedOptions",
        "properties",
        "settings",
        "awsServiceAccess",
    }
)
"""Properties whose keys the program chooses, so that they say nothing about the values."""


class Leaf(NamedTuple):
    """A value that is no block.

    Attributes:
        path: Where it is.
        name: The last property on the way, without the index in a list.
        value: What is there, `UNKNOWN` included.
    """

    path: str
    name: str
    value: Value


Leaves = Mapping[str, Sequence[Leaf]]
"""Name of a property -> the values that properties of this name hold."""


@lru_cache(maxsize=1)
def leaves(resource: Resource) -> Leaves:
    """All values of `resource`; kept while its rules are asked one after the other."""
    found: defaultdict[str, list[Leaf]] = defaultdict(list)
    for leaf in _leaves(resource.properties, "", ""):
        found[leaf.name].append(leaf)
    return found


def named(resource: Resource, names: AbstractSet[str]) -> Iterator[Leaf]:
    """The values that properties of these names hold."""
    found = leaves(resource)
    for name in names & found.keys():
        yield from found[name]


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
