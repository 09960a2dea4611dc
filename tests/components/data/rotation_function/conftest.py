"""A PostgreSQL server of each major that the function meets, with a secret for its master."""

from collections.abc import Iterator

import pytest

from tests.components.data.rotation_function.world import World
from tests.postgres import MAJORS, Server, server


@pytest.fixture(scope="module", params=MAJORS)
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(request.param) as started:
        yield started


@pytest.fixture
def world(running: Server) -> World:
    running.reset()
    return World(running)
