"""What `make preview`, `make evidence`, `make up`, `make refresh` and `make destroy` do. Standard library only."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from sandbox import stacks
from sandbox.command import set_up
from sandbox.places import CLONE, PYTHON, SetupError, run, sandbox_dir, say

DEFAULT_STACKS = {"preview": ("dev", "prod"), "evidence": ("prod",)}
"""What a target is about if STACK says nothing."""


def main(arguments: list[str]) -> int:
    """Run one target; the exit code is 0 only if every command succeeded.

    Raises:
        SetupError: there is no such stack, or none was named; the message says which there are.
    """
    parser = argparse.ArgumentParser(prog="make", description=__doc__)
    parser.add_argument("target", choices=("setup", "preview", "evidence", "up", "refresh", "destroy"))
    # Not parsed: a stack's name may begin with anything.
    target, stack = parser.parse_args(arguments[:1]).target, "".join(arguments[1:2])
    chosen = [stack] if stack else list(DEFAULT_STACKS.get(target, ()))
    known = stacks.names(CLONE)
    if not chosen and target != "setup":
        raise SetupError(f"make {target}: say which stack: STACK=<one of {', '.join(known)}>")
    if stack and stack not in known:
        raise SetupError(f"make {target}: there is no Pulumi.{stack}.yaml; the stacks are {', '.join(known)}")
    set_up()
    return max([0, *(_evidence(stack) if target == "evidence" else _run(target, stack) for stack in chosen)])


def _run(target: str, stack: str) -> int:
    if target in {"preview", "up"} and not _deploy_upstreams(stack):
        return 1
    say(f"{target} {stack}")
    code = _pulumi(
        target,
        "--stack",
        stack,
        *([] if target == "preview" else ["--yes"]),
        *(_packs() if target in {"preview", "up"} else []),
    )
    if code and target == "destroy":
        say(
            "what is protected stays, as it would in AWS. Here nothing real is behind it: "
            f"./sandbox/pulumi stack rm --force --yes -s {stack} makes the sandbox forget it"
        )
    return code


def _evidence(stack: str) -> int:
    """Judge a preview and write what each control found to the sandbox's folder."""
    if not _deploy_upstreams(stack):
        return 1
    folder = sandbox_dir() / "evidence" / stack
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "plan.json"
    code = _pulumi("preview", "--stack", stack, "--json", "--show-sames", to=plan)
    return code or _call([PYTHON, "-m", "policies.evidence", plan, "--out", folder])


def _deploy_upstreams(stack: str) -> bool:
    """Deploy what `stack` reads and is not deployed; what is deployed stays as it is."""
    for upstream in stacks.upstreams(stack, CLONE):
        if not stacks.is_deployed(upstream):
            say(f"{stack} reads the outputs of {upstream}, which is not in the sandbox yet: deploying {upstream} first")
            if _run("up", upstream):
                return False
    return True


def _pulumi(*arguments: str, to: Path | None = None) -> int:
    return _call([CLONE / "sandbox" / "pulumi", *arguments], to=to)


def _call(command: Sequence[str | Path], to: Path | None = None) -> int:
    """Run a command, its output into the file `to` if there is one; an interrupt waits for it to end what it started."""
    with ExitStack() as opened:
        output = opened.enter_context(to.open("wb")) if to else None
        process = opened.enter_context(subprocess.Popen(command, cwd=CLONE, stdout=output))  # noqa: S603
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told it, too.
            process.wait()
            raise


def _packs() -> list[str]:
    # All packs in one process: docs/decisions/policy-one-process.md
    return ["--policy-pack", str(CLONE / "policies")]


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
