"""`./sandbox/pulumi ARGS...`: any engine command, in the sandbox. Standard library only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from sandbox import engines, environment, project
from sandbox.places import CLONE, PYTHON, VENV, SetupError, sandbox_dir, say, state_file, write

_PATH_FLAGS = {
    *("--policy-pack", "--policy-pack-config", "--config-file", "--file", "--plan", "--save-plan", "--state", "--event-log"),
}


def main(arguments: list[str]) -> None:
    """Set up what is missing, then become the engine."""
    engine = set_up()
    folder, arguments = _working_folder(arguments)
    environ = environment_of(engine, folder)
    if folder is None:
        folder = sandbox_dir() / "project"
        project.copy(CLONE, folder)
        arguments = _absolute(arguments)
    _init_stack(engine, environ, folder, arguments)
    os.chdir(folder)
    os.execve(engine, [str(engine), *arguments], environ)  # noqa: S606


def set_up() -> Path:
    """Get the Python environment and the engine; the program ends with what to install if one cannot be had."""
    try:
        environment.ensure()
        return engines.find()
    except SetupError as error:
        raise SystemExit(f"sandbox: {error}") from None


def environment_of(engine: Path, folder: Path | None) -> dict[str, str]:
    """The engine's environment: everything of the sandbox's own, nothing of the user's AWS.

    folder: that of another project, whose own environment may hold another version of the SDK; None for this project.
    """
    own = sandbox_dir()
    left_out = ("AWS_", "PULUMI_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    for name in ("state", "tmp"):
        (own / name).mkdir(parents=True, exist_ok=True)
    home = own / "home"
    environments = [*([] if folder is None else _own_environment(folder)), VENV]
    sdks = [package for venv in environments for package in venv.glob("lib/python3*/site-packages/pulumi_aws")]
    for version, package in {json.loads((sdk / "pulumi-plugin.json").read_text())["version"]: sdk for sdk in sdks}.items():
        run = f'PYTHONPATH="{CLONE}" exec "{PYTHON}" -P -m sandbox.provider --sdk "{package}" "$@"'
        _install_plugin(home, f"resource-aws-v{version}", "pulumi-resource-aws", run)
    if not (engine.resolve().parent / "pulumi-language-python").exists():
        official = shutil.which("pulumi-language-python")
        run = f'exec "{official}" "$@"' if official else f'exec "{PYTHON}" -P "{CLONE}/sandbox/language_host.py" "$@"'
        _install_plugin(home, "language-python-v3.0.0", "pulumi-language-python", run)
    return environ | {
        "DATACONNECT_SANDBOX_CACHE": str(own / "cache"),
        "PATH": f"{VENV / 'bin'}{os.pathsep}{environ.get('PATH', '')}",
        "PULUMI_BACKEND_URL": "file://" + quote(str(own / "state")),
        "PULUMI_CONFIG_PASSPHRASE": project.PASSPHRASE,
        # `--event-log` tells `make preview` what was found.
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(home),
        # Plugins on PATH are the real ones.
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        # The engine would rewrite the whole state at every step; it writes it once at the end, after a failure too.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "TMPDIR": str(own / "tmp"),
    }


def _own_environment(folder: Path) -> list[Path]:
    """The environment that the project around `folder` names, if any."""
    project_file = next(file for parent in (folder, *folder.parents) if (file := parent / "Pulumi.yaml").exists())
    named = re.search(r"^\s+virtualenv:\s*(\S+)", project_file.read_text(), re.MULTILINE)
    return [project_file.parent / named[1].strip("'\"")] if named else []


def _install_plugin(home: Path, folder: str, name: str, command: str) -> None:
    write(home / "plugins" / folder / name, f"#!/bin/sh\n{command}\n", mode=0o755)


def _working_folder(arguments: list[str]) -> tuple[Path | None, list[str]]:
    """The folder to run in, None for the sandbox's copy of this project; and the arguments without the flag that chose it."""
    start = Path.cwd()
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in {"-C", "--cwd"}:
            start = Path(next(words, ".")).absolute()
        elif word.startswith("--cwd="):
            start = Path(word.partition("=")[2]).absolute()
        else:
            rest.append(word)
    for folder in (start, *start.parents):
        if folder == CLONE:
            break
        if (folder / "Pulumi.yaml").exists():
            return start, rest
    return None, rest


def _absolute(arguments: list[str]) -> list[str]:
    """Paths keep meaning what they mean in the caller's folder, though the engine runs in another."""
    done: list[str] = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        flag, equals, value = word.partition("=")
        if before in _PATH_FLAGS:
            done.append(str(Path(word).absolute()))
        elif flag in _PATH_FLAGS and equals:
            done.append(f"{flag}={Path(value).absolute()}")
        else:
            done.append(word)
    return done


def _init_stack(engine: Path, environ: dict[str, str], folder: Path, arguments: list[str]) -> None:
    """Make the stack that the arguments name, if it has a stack file and no state yet."""
    stack = ""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before in {"-s", "--stack"}:
            stack = word
        elif word.startswith("--stack="):
            stack = word.partition("=")[2]
    if not stack or not (folder / f"Pulumi.{stack}.yaml").exists():
        return
    name = re.search(r"^name:\s*(\S+)", (folder / "Pulumi.yaml").read_text(), re.MULTILINE)
    if name is None or state_file(name[1], stack).exists():
        return
    say(f"making the stack {stack}")
    subprocess.run([engine, "stack", "init", stack, "--no-select"], cwd=folder, env=environ, check=True, stdout=sys.stderr)  # noqa: S603


if __name__ == "__main__":
    main(sys.argv[1:])
