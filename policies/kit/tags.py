"""The tags that resources will carry: their own and their provider's default ones."""

from collections.abc import Mapping
from typing import cast

from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value


def tags_of(resource: Resource) -> dict[str, Value]:
    """Tags a resource will carry: the provider's default tags, overridden by its own.

    Raises:
        UnknownValueError: if its tags as a whole are unknown.
    """
    own = resource.get("tags")
    if own is UNKNOWN:
        raise UnknownValueError
    if isinstance(own, list):  # Auto Scaling groups list key, value and propagateAtLaunch
        own = {str(tag.get("key")): tag.get("value") for tag in cast(list[dict[str, Value]], own)}
    return {**default_tags(resource.provider_properties), **cast(dict[str, Value], own or {})}


def default_tags(provider: Mapping[str, Value]) -> dict[str, Value]:
    """The tags that a provider with these inputs gives to every resource.

    Raises:
        UnknownValueError: if they are unknown.
    """
    tags = (provider.get("defaultTags") or {}).get("tags")
    if tags is UNKNOWN:
        raise UnknownValueError
    return dict(tags or {})
