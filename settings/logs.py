"""What the logs of a stack need of the rest of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.analytics.logs_spec import LogsSpec
from components.base.problems import Problem
from components.network.network_spec import NetworkSpec

QUEUE: Final = "logs"
"""The queue that tells of copies is called so: components/analytics/log_domain.py."""


def problems(found: LogsSpec | None, data: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong: too few zones, or a queue whose name is taken."""
    if found is None or found.search is None:
        return
    network, queues = data.get("network"), data.get("queues") or {}
    if isinstance(network, NetworkSpec) and found.search.zones > len(network.zones):
        expected = f"{len(network.zones)} or fewer: the network has no more (network.zones)"
        yield Problem(value=found.search.zones, expected=expected, path=("search", "zones"))
    if QUEUE in queues:
        expected = f"none while dataconnect:queues.{QUEUE} is there: the queue of the domain is called so, too"
        yield Problem(value="a domain", expected=expected, path=("search",))
