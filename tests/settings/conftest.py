"""A project to break, for every test of the settings."""

from pathlib import Path

import pytest

from settings import layers
from tests.settings.stack_files import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stack files, the defaults and the services, to be broken."""
    for file in [
        *ROOT.glob("Pulumi.*.yaml"),
        *(ROOT / layers.DEFAULTS).glob("*.yaml"),
        *(ROOT / layers.SERVICES).glob("*.yaml"),
    ]:
        copied = tmp_path / file.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    return tmp_path
