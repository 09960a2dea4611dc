"""A PostgreSQL server of each major that the function meets, empty before each test."""

from collections.abc import Iterator

import pytest

from tests.postgres import MAJORS, Server, server


@pytest.fixture(scope="module", params=MAJORS)
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(request.param) as started:
        yield started


@pytest.fixture
def database(running: Server) -> Server:
    running.reset()
    return running
