"""Where a subnet is: its tier, its zone, and what its routes lead to."""

import re
from collections.abc import Sequence
from typing import Final

from policies.kit.resource import Resource
from policies.kit.routes import every, ways_out
from policies.kit.tags import tags_in
from policies.kit.values import UNKNOWN, Value, as_bool

_TIER_KEY: Final = re.compile(r"(tier|type|layer|exposure|visibility)$", re.IGNORECASE)
# The first that matches decides: private-db is data, private-data is private.
_NAME_WORDS: Final = (
    ("data", {"db", "database", "databases", "isolated", "intra"}),
    ("public", {"public", "dmz"}),
    ("private", {"private"}),
    ("data", {"data"}),
)
_TAG_WORDS: Final = (*_NAME_WORDS, ("data", {"cache", "persistence"}), ("private", {"application", "app", "internal"}))
# Names of projects rather than of a tier.
_DATA_PROJECT: Final = re.compile(r"data[-_ ]?(platform|lake|warehouse|science|pipeline|products?|hub|team|mesh|cent)")


def _classify(text: str, vocabulary: Sequence[tuple[str, set[str]]]) -> str:
    plain = _DATA_PROJECT.sub("", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower())
    words = set(re.findall(r"[a-z]+", plain))
    return next((tier for tier, known in vocabulary if words & known), "")


def declared_tier(resource: Resource) -> Value:
    """The tier a tag names: `public`, `private`, `data`, else empty; `UNKNOWN` if the tags are."""
    tags = resource.get("tags")
    if tags is UNKNOWN:
        return UNKNOWN
    found = ""
    for key, value in tags_in(tags).items():
        if _TIER_KEY.search(key):
            if value is UNKNOWN:
                return UNKNOWN
            found = found or _classify(str(value), _TAG_WORDS)
    return found


def tier(resource: Resource) -> str:
    """The tier a tag names, else the one its name speaks of; empty if neither says anything."""
    declared = declared_tier(resource)
    if declared is not UNKNOWN and declared:
        return declared
    return tier_spoken_of(resource.get("tags.Name")) or tier_spoken_of(resource.name)


def tier_name(resource: Resource) -> str:
    """What tells a tier from others: the tag's own word, else `tier`."""
    tags = resource.get("tags")
    named = {} if tags is UNKNOWN else tags_in(tags)
    words = (value.lower() for key, value in named.items() if _TIER_KEY.search(key) and isinstance(value, str))
    return next(words, "") or tier(resource)


def tier_spoken_of(name: Value) -> str:
    """The tier that a name speaks of; empty if it does not or is unknown."""
    return _classify(name, _NAME_WORDS) if isinstance(name, str) else ""


def exposed(subnet: Resource) -> bool:
    """Whether a subnet is public: it says so, hands out public addresses, or has a route to an internet gateway."""
    if tier(subnet) == "public" or as_bool(subnet.get("mapPublicIpOnLaunch")) is True:
        return True
    return any(every(hop.default, hop.to_internet_gateway) is True for hop in ways_out(subnet))
