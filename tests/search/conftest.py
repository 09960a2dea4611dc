"""One OpenSearch server for all tests of the search, empty before each."""

from collections.abc import Iterator

import pytest

from .estate import Search
from .identity import Provider, provider
from .server import Server, server


@pytest.fixture(scope="session")
def identity() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture(scope="session")
def running(identity: Provider) -> Iterator[Server]:
    with server(jwks_url=identity.url) as found:
        yield found


@pytest.fixture
def search(running: Server, identity: Provider) -> Iterator[Search]:
    running.reset()
    with Search.of(running, identity) as found:
        yield found
