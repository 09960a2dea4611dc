"""What the search of a stack needs of the rest of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.analytics.search_spec import SearchSpec, no_room
from components.base.problems import Problem
from components.edge.ingress_spec import IngressSpec
from components.network.network_spec import NetworkSpec
from jobs.aggregate.records import SCHEMAS


def problems(search: SearchSpec | None, data: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong: too few zones, nobody's tokens, too many tenants for all datasets."""
    if search is None:
        return
    network, ingress = data.get("network"), data.get("ingress")
    if isinstance(network, NetworkSpec) and search.zones > len(network.zones):
        expected = f"{len(network.zones)} or fewer: the network has no more (network.zones)"
        yield Problem(value=search.zones, expected=expected, path=("zones",))
    if isinstance(ingress, IngressSpec) and ingress.tokens is None:
        expected = "none without ingress.tokens: the domain believes tokens of that provider, and nobody else"
        yield Problem(value="a domain", expected=expected)
    # The spec has looked at one dataset: what is wrong for that is told already.
    if expected := no_room(search.tenants, len(SCHEMAS), search.node_type, search.nodes, search.zones):
        yield Problem(value=search.tenants, expected=expected, path=("tenants",))
