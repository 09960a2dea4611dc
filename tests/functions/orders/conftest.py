"""One office for the tests of a module; empty for each of them."""

from collections.abc import Iterator

import pytest

from tests.functions.notify.desks import World, world
from tests.functions.orders.office import Office


@pytest.fixture(scope="module")
def whole() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def office(whole: World) -> Office:
    whole.empty()
    return Office(whole)
