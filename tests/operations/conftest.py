"""The world of these tests: moto in this process, a clock that can be set forward, one id for the tenant that is added."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from moto import mock_aws

from operations.tenants import onboarding, registry
from tests.athena import FakeAthena, faked
from tests.operations.world import ID, REGION, World


class Clock:
    """The clock that the lock of the registry reads."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def time(self) -> int:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(registry, "time", SimpleNamespace(time=made.time))
    return made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[World]:
    assert clock.now
    monkeypatch.setattr(onboarding, "new_id", lambda: ID)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    athena = FakeAthena()
    with mock_aws(), faked(athena):
        yield World(tmp_path / "outputs.json", athena=athena)
