"""What holds for every test."""

import sys
from collections.abc import Generator

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """A module leaves no emulated AWS behind: the next one would find what is in it."""
    yield
    models = sys.modules.get("moto.core.models")
    if models and (nextitem is None or nextitem.path != item.path):
        assert not models.MockAWS._nested_count, f"{item.path.name} leaves moto's mock_aws on"
