"""One notifier's world for the tests of a module; empty for each of them."""

from collections.abc import Iterator

import pytest

from tests.functions.notify.desks import World, world


@pytest.fixture(scope="module")
def whole() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def desk(whole: World) -> World:
    whole.empty()
    return whole
