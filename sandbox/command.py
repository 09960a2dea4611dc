"""`./sandbox/pulumi ARGS...`: any engine command, in the sandbox. Standard library only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from sandbox import engines, environment, project, requests, stacks
from sandbox.places import CLONE, PYTHON, VENV, SetupError, locked, run, sandbox_dir, say, state_file, write
from sandbox.secrets import Secrets

_PATH_FLAGS = {
    *("--policy-pack", "--policy-pack-config", "--config-file", "--file", "--plan", "--save-plan", "--state", "--event-log"),
}


def main(arguments: list[str]) -> NoReturn:
    """Set up what is missing, then become the engine.

    Raises:
        SetupError: something is missing or in the way; the message says what to do.
    """
    engine = set_up()
    folder, arguments = _working_folder(arguments)
    environ = environment_of(engine, folder)
    file = requests.config_file(arguments) if folder is None else ""
    if folder is None:
        _check_stack_files()
        if file and requests.runs_on(arguments):
            _check_stack_files(Path(file))
        requests.check(arguments)
    with locked(sandbox_dir() / "project.lock", "preparing the project"):
        if folder is None:
            folder = sandbox_dir() / "project"
            project.copy(CLONE, folder, Secrets(engine, environ).replaced)
            arguments = _absolute(arguments)
            if file and requests.runs_on(arguments):
                copied = _config_copy(Path(file), requests.stack(arguments), Secrets(engine, environ))
                arguments = [word.replace(str(Path(file).absolute()), str(copied)) for word in arguments]
        _init_stack(engine, environ, folder, requests.stack(arguments), named=bool(file) and requests.runs_on(arguments))
    os.chdir(folder)
    try:
        os.execve(engine, [str(engine), *arguments], environ)  # noqa: S606
    except OSError as error:
        raise SetupError(f"the engine {engine} does not run ({error.strerror}): {engines.remedy(engine)}") from None


def set_up() -> Path:
    """Get the Python environment and the engine.

    Raises:
        SetupError: one cannot be had; the message says what to install.
    """
    environment.ensure()
    return engines.find()


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
    _keep_no_logs(home)
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


def _keep_no_logs(home: Path) -> None:
    """Have the engine do without its automatic logs of every property, as it does where it cannot make their folder.

    For prod they were a third of the engine's work in a preview, and 17 MB; no setting turns them off.
    """
    logs = home / "logs"
    if logs.is_dir():
        shutil.rmtree(logs, ignore_errors=True)
    write(logs, "This file stands where the engine would make a folder of logs of everything that it does.\n")


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


def _config_copy(file: Path, stack: str, secrets: Secrets) -> Path:
    """A copy, for the sandbox's passphrase, of a stack's file that `--config-file` names."""
    copied = sandbox_dir() / "files" / f"Pulumi.{stack or file.stem}.yaml"
    project.copy_file(file, copied, secrets.replaced)
    return copied


def _check_stack_files(*files: Path) -> None:
    """End with what is wrong, if a stack file is none: the engine reads it before the program does, and says less about it."""
    command = [PYTHON, "-P", CLONE / "settings" / "files.py", *files]
    checked = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if checked.returncode:
        raise SystemExit(checked.stderr.rstrip())


def _init_stack(engine: Path, environ: dict[str, str], folder: Path, stack: str, *, named: bool = False) -> None:
    """Make `stack`, which the arguments name, if it has a stack file, or `named` says that it has another, and no state yet."""
    if not stack or not (named or (folder / f"Pulumi.{stack}.yaml").exists()):
        return
    name = re.search(r"^name:\s*(\S+)", (folder / "Pulumi.yaml").read_text(), re.MULTILINE)
    if name is None:
        return
    stacks.state(name[1], stack)
    if state_file(name[1], stack).exists():
        return
    say(f"making the stack {stack}")
    command = [engine, "stack", "init", stack, "--no-select"]
    try:
        done = subprocess.run(command, cwd=folder, env=environ, check=False, stdout=sys.stderr).returncode  # noqa: S603
    except OSError as error:
        raise SetupError(f"the engine {engine} does not run ({error.strerror}): {engines.remedy(engine)}") from None
    if done:
        raise SetupError(f"the engine {engine} cannot make the stack {stack}, as it says above: {engines.remedy(engine)}")


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
