"""What holds for every test."""

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

SLOWEST: Final = (
    *("end_to_end/test_recovery.py", "end_to_end/test_production.py", "docs/test_changing.py", "end_to_end/test_cold.py"),
    *("end_to_end", "rehearsal", "search"),
)
"""Files and folders that take minutes, in the order of starting them: one that starts last is waited for by every worker."""

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_configure(config: pytest.Config) -> None:
    """xdist keeps the order below; by itself it starts the files of many tests first, and the slowest have few."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first, the others as they were found."""
    slowest = [Path(__file__).parent / name for name in SLOWEST]

    def place(item: pytest.Item) -> int:
        return next((place for place, each in enumerate(slowest) if item.path.is_relative_to(each)), len(slowest))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """A module leaves no emulated AWS behind: the next one would find what is in it."""
    yield
    models = sys.modules.get("moto.core.models")
    if models and (nextitem is None or nextitem.path != item.path):
        assert not models.MockAWS._nested_count, f"{item.path.name} leaves moto's mock_aws on"
