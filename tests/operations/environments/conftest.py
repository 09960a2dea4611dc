from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.operations.environments.world import REGION, World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield World(tmp_path)
