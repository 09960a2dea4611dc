"""What `make preview`, `make evidence`, `make up`, `make refresh` and `make destroy` do. Standard library only."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sandbox import stacks
from sandbox.command import set_up
from sandbox.places import CLONE, PYTHON, SetupError, run, sandbox_dir, say

DEFAULT_STACKS = {"preview": ("dev", "prod"), "evidence": ("prod",)}
"""What a target is about if STACK says nothing."""


def main(arguments: list[str]) -> int:
    """Run one target; the exit code is 0 only if every command succeeded.

    `arguments` are the target, the stack, the file that configures the packs and, for the evidence, the rule whose findings to
    print in full; all but the first may be empty or left out.

    Raises:
        SetupError: there is no such stack, or none was named; the message says which there are.
    """
    parser = argparse.ArgumentParser(prog="make", description=__doc__)
    parser.add_argument("target", choices=("setup", "preview", "evidence", "up", "refresh", "destroy"))
    # Not parsed: a stack's name may begin with anything.
    target = parser.parse_args(arguments[:1]).target
    stack, configuration, rule = [*arguments[1:4], "", "", ""][:3]
    chosen = [stack] if stack else list(DEFAULT_STACKS.get(target, ()))
    known = stacks.names(CLONE)
    if not chosen and target != "setup":
        raise SetupError(f"make {target}: say which stack: STACK=<one of {', '.join(known)}>")
    if stack and stack not in known:
        raise SetupError(f"make {target}: there is no Pulumi.{stack}.yaml; the stacks are {', '.join(known)}")
    if target == "evidence":
        for each in chosen:
            # Before anything can fail: no earlier run's verdict is taken for this one's.
            shutil.rmtree(_evidence(each), ignore_errors=True)
    set_up()
    configured = ["--policy-pack-config", str(Path(configuration).absolute())] if configuration else []
    return max([0, *(_run(target, each, configured, rule) for each in chosen)])


def _run(target: str, stack: str, configured: Sequence[str], rule: str = "") -> int:
    if target in {"preview", "evidence", "up"} and not _deploy_upstreams(stack, configured):
        return 1
    say(f"{target} {stack}")
    if target == "evidence":
        preview = [str(CLONE / "sandbox" / "pulumi"), "preview", "--stack", stack]
        asked = ["--more", f"make evidence STACK={stack} RULE=NAME", *([f"--rule={rule}"] if rule else [])]
        return _python("policies.evidence.run", "--out", str(_evidence(stack)), *asked, *configured, "--", *preview)
    if target in {"preview", "up"}:
        return _judged(target, stack, configured)
    code = _pulumi(target, "--stack", stack, "--yes")
    if code and target == "destroy":
        say(
            "what is protected stays, as it would in AWS. Here nothing real is behind it: "
            f"./sandbox/pulumi stack rm --force --yes -s {stack} makes the sandbox forget it"
        )
    return code


def _judged(target: str, stack: str, configured: Sequence[str]) -> int:
    """Run the engine with the packs; then tell on one screen what it found, which its own report puts before the outputs."""
    folder = sandbox_dir() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    # All packs in one process: docs/decisions/policy-one-process.md
    packs = ["--policy-pack", str(CLONE / "policies"), *configured]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        events = Path(scratch, "events.json")
        agreed = [] if target == "preview" else ["--yes"]
        code = _pulumi(target, "--stack", stack, *agreed, *packs, "--event-log", str(events))
        if events.is_file():
            more = f"make evidence STACK={stack}"
            _python("policies.evidence.closing", str(events), "--code", str(code), "--stack", stack, "--more", more)
    return code


def _evidence(stack: str) -> Path:
    return sandbox_dir() / "evidence" / stack


def _deploy_upstreams(stack: str, configured: Sequence[str]) -> bool:
    """Deploy what `stack` reads and is not deployed; what is deployed stays as it is."""
    for upstream in stacks.upstreams(stack, CLONE):
        if not stacks.is_deployed(upstream):
            say(f"{stack} reads the outputs of {upstream}, which is not in the sandbox yet: deploying {upstream} first")
            if _run("up", upstream, configured):
                return False
    return True


def _pulumi(*arguments: str) -> int:
    return _call([CLONE / "sandbox" / "pulumi", *arguments])


def _python(*arguments: str) -> int:
    return _call([PYTHON, "-m", *arguments])


def _call(command: Sequence[str | Path]) -> int:
    """Run a command; an interrupt waits for it to end what it started."""
    with subprocess.Popen(command, cwd=CLONE) as process:  # noqa: S603
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told it, too.
            process.wait()
            raise


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
