"""The tags that resources will carry: their own and their provider's default ones."""

from collections.abc import Mapping
from typing import cast

from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value, read


def tags_of(resource: Resource) -> dict[str, Value]:
    """Tags a resource will carry: the provider's default tags, overridden by its own.

    Raises:
        UnknownValueError: if its tags as a whole are unknown.
    """
    own = tags_in(resource.get("tags"))
    return {**default_tags(resource.provider_properties), **own}


def default_tags(provider: Mapping[str, Value]) -> dict[str, Value]:
    """The tags that a provider with these inputs gives to every resource.

    Raises:
        UnknownValueError: if they are unknown.
    """
    return tags_in(read(provider, "defaultTags.tags"))


def tags_in(value: Value) -> dict[str, Value]:
    """The tags that a property holds: an object, or blocks with key and value, as Auto Scaling groups list them.

    What has another shape holds none; `misshapen` tells it.

    Raises:
        UnknownValueError: if they, or one of the blocks, are unknown.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, Value], value))
    blocks = cast(list[Value], value) if isinstance(value, list) else []
    if any(block is UNKNOWN for block in blocks):
        raise UnknownValueError
    found = (cast(Mapping[str, Value], block) for block in blocks if isinstance(block, Mapping))
    return {str(block.get("key")): block.get("value") for block in found}


def misshapen(value: Value) -> bool:
    """Whether a property holds something else than tags; what is absent or unknown is right."""
    if value is None or value is UNKNOWN or isinstance(value, Mapping):
        return False
    blocks = cast(list[Value], value) if isinstance(value, list) else [value]
    return not all(block is UNKNOWN or isinstance(block, Mapping) for block in blocks)
