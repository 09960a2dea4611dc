"""Two regions for the tests of a module: put back before each."""

from collections.abc import Iterator

import pytest

from .aws import PRIMARY
from .world import World, world


@pytest.fixture(scope="module")
def regions() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "emulated")
        with world() as made:
            yield made


@pytest.fixture
def prod(regions: World) -> World:
    """The primary's region is the active one."""
    regions.reset(PRIMARY)
    regions.advance(90)
    return regions
