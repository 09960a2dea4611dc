"""A test that asserts in a loop asserts nothing where nothing was found: `some` says so."""

from collections.abc import Collection
from typing import TypeVar

Found = TypeVar("Found", bound=Collection[object])


def some(found: Found) -> Found:
    """`found`, which must not be empty."""
    assert found, "there is nothing to assert about"
    return found
