"""Copies of this project to be changed: what git would commit, with the environment of the clone that runs the tests."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.engine import CLONE, Result


def copy_project(folder: Path, program: str | None = None) -> Path:
    """Copy the project to `folder`; `program`, if any, takes the place of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        # The environment is no file of the project's, and may be a link.
        if (CLONE / name).is_file() and not name.startswith(".venv"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CLONE / name, folder / name)
    (folder / ".venv").symlink_to((CLONE / ".venv").resolve())
    if program is not None:
        (folder / "__main__.py").write_text(program)
    return folder


def run_in(project: Path, *command: str | Path, environ: Mapping[str, str] | None = None) -> Result:
    """Run a command in a copy, in a sandbox of its own."""
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "DATACONNECT_SANDBOX_DIR": str(project / ".sandbox"), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Result(done.returncode, done.stdout, done.stderr)
