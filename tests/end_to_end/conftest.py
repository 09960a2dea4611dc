import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine import CLONE, Engine
from tests.settings.stack_files import CONFIG

PACKS = ("--policy-pack", str(CLONE / "policies"))
PRODUCTION = ("prod", "prod-recovery", "prod-replication")


@pytest.fixture(scope="package")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Production as it stands: its three stacks deployed in order, all packs enforcing. For looking at, not for changing."""
    engine = Engine(tmp_path_factory.mktemp("estate") / "sandbox")
    for stack in PRODUCTION:
        engine.run("stack", "init", stack).ok()
        engine.up(stack, *PACKS).ok()
    return engine


@pytest.fixture
def production(estate: Engine, tmp_path: Path) -> Engine:
    """A copy of production to be changed."""
    shutil.copytree(estate.folder, tmp_path / "sandbox", symlinks=True)
    return Engine(tmp_path / "sandbox")


@pytest.fixture
def setting() -> Callable[[str, str, Any], tuple[str, ...]]:
    """The arguments that change one setting of a stack for one command: stack, `key.path`, value."""

    def arguments(stack: str, path: str, value: Any) -> tuple[str, ...]:
        section, *below = path.split(".")
        config = copy.deepcopy(CONFIG[stack])
        if not below:
            return ("-c", f"dataconnect:{section}={json.dumps(value)}")
        whole = target = config[f"dataconnect:{section}"]
        for key in below[:-1]:
            target = target[key]
        target[below[-1]] = value
        return ("-c", f"dataconnect:{section}={json.dumps(whole)}")

    return arguments
