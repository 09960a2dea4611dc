"""What `make preview`, `make up`, `make evidence` and `make destroy` do. Standard library only."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.command import set_up
from sandbox.places import CLONE, PYTHON, sandbox_dir, say, state_file

DEFAULT_STACKS = ("dev", "prod")


def main(arguments: list[str]) -> int:
    """Run one target; the exit code is 0 only if every engine command succeeded."""
    parser = argparse.ArgumentParser(prog="make", description=__doc__)
    parser.add_argument("target", choices=("setup", "preview", "evidence", "up", "refresh", "destroy"))
    parser.add_argument("stack", nargs="?", default="")
    parser.add_argument("--policy-pack-config", default="", help="levels and options of the packs (policies/README.md)")
    chosen = parser.parse_args(arguments)
    if chosen.target == "evidence" and chosen.stack in _stacks():
        # Before anything can fail: no earlier run's verdict is taken for this one's.
        shutil.rmtree(_evidence(chosen.stack), ignore_errors=True)
    set_up()
    if chosen.target == "setup":
        return 0
    if not chosen.stack and chosen.target != "preview":
        raise SystemExit(f"make {chosen.target}: say which stack: STACK=<one of {', '.join(_stacks())}>")
    configuration = (
        ["--policy-pack-config", str(Path(chosen.policy_pack_config).absolute())] if chosen.policy_pack_config else []
    )
    return max([_run(chosen.target, stack, configuration) for stack in ([chosen.stack] if chosen.stack else DEFAULT_STACKS)])


def _run(target: str, stack: str, configuration: list[str]) -> int:
    if stack not in _stacks():
        raise SystemExit(f"make {target}: there is no Pulumi.{stack}.yaml; the stacks are {', '.join(_stacks())}")
    if target in {"preview", "evidence", "up"}:
        for upstream in _upstreams(stack):
            if not _is_deployed(upstream):
                say(f"{stack} reads the outputs of {upstream}, which is not in the sandbox yet: deploying it first")
                if _run("up", upstream, configuration):
                    return 1
    say(f"{target} {stack}")
    if target == "evidence":
        preview = [str(CLONE / "sandbox" / "pulumi"), "preview", "--stack", stack]
        return _python("policies.evidence.run", "--out", str(_evidence(stack)), *configuration, "--", *preview)
    if target in {"preview", "up"}:
        return _judged(target, stack, [*([] if target == "preview" else ["--yes"]), *_packs(), *configuration])
    code = _pulumi(target, "--stack", stack, "--yes")
    if code and target == "destroy":
        say(
            "what is protected stays, as it would in AWS. Here nothing real is behind it: "
            f"./sandbox/pulumi stack rm --force --yes -s {stack} makes the sandbox forget it"
        )
    return code


def _judged(target: str, stack: str, arguments: list[str]) -> int:
    """Run the engine with the packs; then tell on one screen what it found, which its own report puts before the outputs."""
    folder = sandbox_dir() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        events = Path(scratch, "events.json")
        code = _pulumi(target, "--stack", stack, *arguments, "--event-log", str(events))
        if events.is_file():
            more = f"make evidence STACK={stack}"
            _python("policies.evidence.closing", str(events), "--code", str(code), "--more", more)
    return code


def _pulumi(*arguments: str) -> int:
    return subprocess.run([CLONE / "sandbox" / "pulumi", *arguments], cwd=CLONE, check=False).returncode  # noqa: S603


def _python(*arguments: str) -> int:
    return subprocess.run([PYTHON, "-m", *arguments], cwd=CLONE, check=False).returncode  # noqa: S603


def _evidence(stack: str) -> Path:
    return sandbox_dir() / "evidence" / stack


def _packs() -> list[str]:
    # All packs in one process: docs/decisions/policy-one-process.md
    return ["--policy-pack", str(CLONE / "policies")]


def _stacks() -> list[str]:
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in CLONE.glob("Pulumi.*.yaml"))


def _upstreams(stack: str) -> list[str]:
    """The stacks whose outputs this one reads, in the order in which they must be deployed."""
    text = Path(CLONE, f"Pulumi.{stack}.yaml").read_text()
    return [
        name
        for key in ("primaryStack", "recoveryStack")
        for name in re.findall(rf"^\s+dataconnect:{key}:\s*([\w./-]+)", text, re.MULTILINE)
    ]


def _is_deployed(stack: str) -> bool:
    try:
        state = json.loads(state_file("dataconnect", stack).read_text())
    except (OSError, ValueError):
        return False
    resources = (state["checkpoint"].get("latest") or {}).get("resources") or []
    return len(resources) > 2  # more than the stack itself and a provider


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
