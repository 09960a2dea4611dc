"""One planned resource, and the graph of all of them, as rules see them."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

from policies.kit.values import UnknownValueError, Value, decode, each, read

AWS_PROVIDER: Final = "pulumi:providers:aws"
ROOT: Final = "pulumi:pulumi:Stack"
"""The resource that every complete stack has."""
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"

_P = ParamSpec("_P")
_T = TypeVar("_T")

_MODULE_ALIASES: Final = {
    "alb/": "lb/",
    "applicationloadbalancing/": "lb/",
    "elasticloadbalancingv2/": "lb/",
    "elasticloadbalancing/": "elb/",
}


def kind_of(token: str) -> str:
    """The kind of a Pulumi type token: `rds/instance` for `aws:rds/instance:Instance`.

    Old and new tokens of one thing share a kind (`alb/listener` is `lb/listener`, `s3/bucketV2` is `s3/bucket`). Tokens of
    other providers are their own kind.
    """
    provider, _, rest = token.partition(":")
    if provider != "aws":
        return token
    kind = rest.partition(":")[0]
    for old, new in _MODULE_ALIASES.items():
        if kind.startswith(old):
            return new + kind.removeprefix(old)
    return kind[:-2] if kind.startswith("s3/") and kind.endswith("V2") else kind


def stack_of(urn: str) -> str:
    """`urn:pulumi:<stack>::<project>`, the stack of the resource that `urn` names."""
    return "::".join(urn.split("::")[:2])


def kind_of_urn(urn: str) -> str:
    """The kind of the resource that `urn` names."""
    return kind_of(urn.split("::")[2].rpartition("$")[2]) if urn.count("::") >= 3 else ""


@dataclass(kw_only=True, eq=False)
class Resource:
    """A planned resource.

    Attributes:
        urn: The engine's unique name.
        token: The Pulumi type as the program wrote it.
        message: The inputs as the engine sent them; decoded on first use.
        state: The outputs as the engine sent them, or None before the stack is complete.
        protect: Whether the engine refuses to delete or replace it.
        ignore_changes: Property paths whose changes the engine ignores.
        parent: URN of its parent, empty if unknown.
        provider: Inputs of its provider as the engine sent them, or None.
        production: Whether it belongs to a production environment.
        dependencies: URNs that must exist before it, by `dependsOn` or through a property; None until the whole stack is known.
        property_dependencies: Top-level property -> URNs its value came from; None until the whole stack is known.
    """

    urn: str
    token: str
    message: Any
    state: Any = None
    protect: bool = False
    ignore_changes: Collection[str] = ()
    parent: str = ""
    provider: Any = None
    production: bool = True
    dependencies: Collection[str] | None = None
    property_dependencies: Mapping[str, Collection[str]] | None = None
    secrets: set[str] = field(default_factory=set[str])
    stack: "Graph | None" = None
    memo: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any], repr=False)

    @cached_property
    def kind(self) -> str:
        """See `kind_of`."""
        return kind_of(self.token)

    @cached_property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @cached_property
    def properties(self) -> dict[str, Value]:
        """The inputs, unknowns marked and secrets unwrapped (their paths are in `secrets`)."""
        return decode(self.message, self.secrets)

    @cached_property
    def outputs(self) -> dict[str, Value]:
        """The outputs, as far as they are known."""
        return {} if self.state is None else decode(self.state, set())

    @cached_property
    def provider_properties(self) -> dict[str, Value]:
        """Inputs of the provider; what the engine hands over as JSON text is parsed."""
        return {} if self.provider is None else {key: parse_json(value) for key, value in decode(self.provider, set()).items()}

    @property
    def graph(self) -> "Graph":
        """All resources of the stack.

        Raises:
            UnknownValueError: while the stack is still being registered; the rule runs again when it is complete.
        """
        if self.stack is None:
            raise UnknownValueError
        return self.stack

    def get(self, path: str) -> Value:
        """The value at a dotted path; see `values.read`."""
        return read(self.properties, path)

    def each(self, path: str) -> Iterator[tuple[str, Value]]:
        """All values at a path with `[]`; see `values.each`."""
        return each(self.properties, path)

    @property
    def region(self) -> str | None:
        """The AWS region it lives in, where the plan says so."""
        value = self.properties.get("region") or self.provider_properties.get("region")
        return value if isinstance(value, str) else None

    @property
    def account(self) -> str | None:
        """The only AWS account its provider may use, where the provider says so (`allowedAccountIds`)."""
        accounts = self.provider_properties.get("allowedAccountIds")
        return (
            str(cast(list[Value], accounts)[0])
            if isinstance(accounts, list) and len(cast(list[Value], accounts)) == 1
            else None
        )

    def origins(self, path: str) -> Collection[str]:
        """URNs of the resources that the property at `path` took its value from, as far as dependencies are known."""
        return (self.property_dependencies or {}).get(top(path), ())

    def sources(self, path: str) -> set[str] | None:
        """Kinds of the resources that the property at `path` took its value from; None while dependencies are not known."""
        return None if self.property_dependencies is None else {kind_of_urn(urn) for urn in self.origins(path)}

    def after(self, other: "Resource") -> bool:
        """Whether `other` is created first because this, or a parent of it, depends on it through any number of steps.

        Raises:
            UnknownValueError: while the stack is still being registered.
        """
        return other.urn in self.graph.before(self)


def parse_json(value: Value) -> Value:
    """`value` parsed if it is JSON text of an object or list, else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


class Graph:
    """The resources of one stack, and what rules have worked out about them (see `references` for who names whom)."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources: Final = {resource.urn: resource for resource in resources}
        self._by_kind: defaultdict[str, list[Resource]] = defaultdict(list)
        self._memo: dict[Hashable, Any] = {}
        for resource in self.resources.values():
            self._by_kind[resource.kind].append(resource)

    def of(self, *kinds: str) -> list[Resource]:
        """All resources of these kinds."""
        return [resource for kind in kinds for resource in self._by_kind[kind]]

    def memo(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What `make` gives, made once per stack; `key` tells one question from another. An error is not kept."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]

    def before(self, resource: Resource) -> frozenset[str]:
        """URNs of everything that is created before `resource` because something requires it."""
        return self.memo(("before", resource.urn), lambda: self._required(resource))

    def _required(self, resource: Resource) -> frozenset[str]:
        found: set[str] = set()
        waiting = [resource.urn]
        while waiting:
            other = self.resources.get(waiting.pop())
            for urn in () if other is None else (*(other.dependencies or ()), *filter(None, (other.parent,))):
                if urn not in found:
                    found.add(urn)
                    waiting.append(urn)
        return frozenset(found)


def per_stack(function: Callable[Concatenate[Graph, _P], _T]) -> Callable[Concatenate[Graph, _P], _T]:
    """Decorator: the answer of a question about a whole stack is kept on its graph, so that it is worked out once."""

    @wraps(function)
    def asked(graph: Graph, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return graph.memo((function, args, *kwargs.items()), lambda: function(graph, *args, **kwargs))

    return asked


def per_resource(function: Callable[[Resource], _T]) -> Callable[[Resource], _T]:
    """Decorator: the answer of a question about one resource alone is kept on it, so that it is worked out once."""

    @wraps(function)
    def asked(resource: Resource) -> _T:
        if function not in resource.memo:
            resource.memo[function] = function(resource)
        return resource.memo[function]

    return asked


def top(path: str) -> str:
    """The first property on a path."""
    return path.partition(".")[0].partition("[")[0]
