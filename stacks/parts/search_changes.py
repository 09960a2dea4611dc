"""A verdict on changes of a search domain that AWS makes by a second set of nodes beside the first: said before the `up`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import pulumi

from components.analytics.search_spec import SearchSpec
from components.base.spec import yaml_key
from stacks.outputs import StackOutputs

# docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html
REPLACES_NODES: Final = {
    "engine_version": "another release",
    "node_type": "another type of data nodes",
    "zones": "other zones",
    "volume_gib": "another volume",
    "master_type": "other master nodes",
}
"""Setting -> what it changes. More nodes are not among them: shards move to them."""
WHAT_FOLLOWS: Final = (
    "AWS replaces all nodes of the domain (blue/green): it copies every shard to new ones beside the old ones, which may take "
    "hours, and takes no other change meanwhile. Expected outside of a failover, a rebuilding and a full volume"
)


def layout_of(spec: SearchSpec) -> dict[str, Any]:
    """What the stack tells of its domain, so that its next deployment knows what it changes."""
    return {yaml_key(name): getattr(spec, name) for name in REPLACES_NODES}


def advise(spec: SearchSpec | None, own: StackOutputs) -> None:
    """Warn of each setting that differs from what was deployed last."""
    if spec is None:
        return
    found = spec

    def warn(outputs: Mapping[str, Any]) -> None:
        for line in replacing(found, outputs):
            pulumi.warn(line)

    own.all().apply(warn)


def replacing(spec: SearchSpec, outputs: Mapping[str, Any]) -> Iterator[str]:
    """A line for each setting whose change replaces the nodes; none for a stack that had no search."""
    deployed = cast("Mapping[str, Any]", (outputs.get("search") or {}).get("layout") or {})
    for name, what in REPLACES_NODES.items():
        key = yaml_key(name)
        # A state has no null, and every number with a fraction.
        before, after = deployed.get(key), getattr(spec, name)
        if deployed and before != after:
            yield f"dataconnect:search.{key} is {after!r}, and deployed as {before!r}: {what}. {WHAT_FOLLOWS}."
