"""Makes the clone's .venv from requirements.lock. Standard library only: this runs before anything is installed."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.places import CLONE, PYTHON, VENV, SetupError, engine_cache, locked, need_room, sandbox_dir, say

LOCK = CLONE / "requirements.lock"
STAMP = VENV / ".stamp"
ENVIRONMENT_GIB = 2
"""Disk that .venv and what pip unpacks for it fill."""


def digest(lock: Path = LOCK) -> str:
    """What the stamp holds once everything that `lock` names is installed."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_ready() -> bool:
    """Whether .venv was made, completely, from today's lock file."""
    try:
        return STAMP.read_text() == digest() and os.access(PYTHON, os.X_OK)
    except OSError:
        return False


def ensure() -> None:
    """Make .venv, or bring it up to the lock file. The stamp is written last, so what was interrupted is made anew."""
    if is_ready():
        return
    # Not in the sandbox's folder: two sandboxes of one clone have one environment.
    with locked(VENV.parent / ".sandbox" / "environment.lock", "setting up the Python environment"):
        if not is_ready():
            _make()


def _make() -> None:
    wanted = digest()  # Read first: should the lock file change meanwhile, the stamp must not vouch for the new one.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    scratch = sandbox_dir() / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    environ |= {"PIP_CACHE_DIR": str(engine_cache() / "pip"), "TMPDIR": str(scratch)}
    if STAMP.is_file() and os.access(PYTHON, os.X_OK):
        # Complete, but from an older lock file. Other commands may be using it, so it is not torn down.
        say("bringing the Python environment (.venv) up to requirements.lock")
        STAMP.unlink()
    else:
        say("setting up the Python environment (.venv) from requirements.lock; this takes a minute or two, once")
        shutil.rmtree(VENV, ignore_errors=True)
        base = getattr(sys, "_base_executable", sys.executable)
        _run(
            [base, "-m", "venv", str(VENV)],
            environ,
            "cannot make a virtual environment: install Python's venv module, python3-venv",
        )
    say("installing the packages")
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-compile", "--require-hashes", "--requirement", str(LOCK)]
    _run(install, environ, "cannot install the packages: this needs the network, or a pip that is configured for your mirror")
    # Without bytecode the import of pulumi_aws costs seconds in every run.
    say("compiling them")
    _run([str(PYTHON), "-m", "compileall", "-q", "-j0", str(VENV / "lib")], environ, None)
    _write_launcher()
    STAMP.write_text(wanted)
    say("the Python environment is ready")


def _launcher() -> Path:
    return VENV / "bin" / "dataconnect"


def _write_launcher() -> None:
    """Write .venv/bin/dataconnect, which runs operations/ from any folder. This project is not installed: its code is here."""
    launcher = _launcher()
    launcher.parent.mkdir(exist_ok=True)
    # To the shell the second line starts Python, to Python it is a text: a #! line takes no spaces, nor long paths.
    python = shlex.quote(str(VENV / "bin" / "python"))
    launcher.write_text(
        f"""#!/bin/sh
'''exec' {python} -P "$0" "$@"
'''
import sys

sys.path.insert(0, {str(CLONE)!r})
from operations.command import app

app(prog_name="dataconnect")
"""
    )
    launcher.chmod(0o755)


def _run(command: list[str], environ: dict[str, str], hint: str | None) -> None:
    result = subprocess.run(command, env=environ, stdout=sys.stderr, check=False)  # noqa: S603
    # Some packages ship files for other Python versions, which do not compile: harmless.
    if result.returncode and hint is not None:
        need_room(VENV, ENVIRONMENT_GIB, "the Python environment")
        raise SetupError(hint)
