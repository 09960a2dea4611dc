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
    """A domain with nothing in it."""
    running.reset()
    with Search.of(running, identity) as found:
        yield found


@pytest.fixture
def fresh(search: Search) -> Search:
    """A domain with two tenants, for a test that changes something."""
    search.with_tenants()
    return search


@pytest.fixture(scope="module")
def filled(running: Server, identity: Provider) -> Iterator[Search]:
    """The same for tests that change nothing: they come first in their file."""
    running.reset()
    with Search.of(running, identity) as found:
        found.with_tenants()
        yield found
