"""Environments of other people's: what the clone's has, without installing it again, and what a test puts there besides."""

import sys
import venv
from pathlib import Path

import pulumi


def make_environment(folder: Path, *, with_packages: bool = True) -> Path:
    """Make a virtual environment in `folder`; `with_packages` lends it the packages of the one that runs the tests."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    if with_packages:
        (site_packages(folder) / "lent.pth").write_text(f"{Path(pulumi.__file__).parents[1]}\n")
    return folder


def site_packages(environment: Path) -> Path:
    """Where packages of `environment` are."""
    return environment / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"


def python(environment: Path) -> Path:
    """Its interpreter."""
    return environment / "bin" / "python"
