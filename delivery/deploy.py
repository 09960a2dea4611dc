"""Runs `pulumi preview` or `pulumi up` on one stack with every policy pack, or writes the evidence of a preview."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

import yaml

from delivery.overrides import OverridesError, parse
from delivery.stacks_touched import stacks

# A preview reads the state, only an `up` may change the account: two roles of the same names in every account.
ROLES = {"preview": "dataconnect-preview", "evidence": "dataconnect-preview", "up": "dataconnect-deploy"}

# All packs in one process.
POLICY_PACK = "policies"

EVIDENCE = Path("evidence")


class DeliveryError(Exception):
    """The run cannot start; the message says what would be right."""


def account_of(stack_file: Path) -> str:
    """Return the one account that the stack file allows."""
    return yaml.safe_load(stack_file.read_text())["config"]["aws:allowedAccountIds"][0]


def prepare_environment(environment: MutableMapping[str, str], action: str, account: str) -> None:
    """Point Pulumi at the account's state bucket and, where the machine has a web identity, AWS at the account's role.

    A backend that is already chosen stays. The role of a web identity does not: a Kubernetes agent carries its own.
    """
    environment.setdefault("PULUMI_BACKEND_URL", f"s3://dataconnect-pulumi-{account}?region=us-west-2")
    if "AWS_WEB_IDENTITY_TOKEN_FILE" in environment:
        environment["AWS_ROLE_ARN"] = f"arn:aws:iam::{account}:role/{ROLES[action]}"


def overridden(stack: str, stack_file: Path, overrides: list[str]) -> Path:
    """Return a copy of the stack file with the overrides in it.

    Not `--config --config-path`: those replace the whole top-level value, so that one field of a database or one service
    would drop all others; they also write into the stack file.
    """
    copy = Path(tempfile.mkdtemp()) / stack_file.name
    shutil.copyfile(stack_file, copy)
    values = [argument for override in overrides for argument in ("--plaintext", override)]
    subprocess.run(["pulumi", "config", "set-all", "--stack", stack, "--config-file", str(copy), "--path", *values], check=True)  # noqa: S603, S607
    return copy


def command(action: str, stack: str, stack_file: Path) -> list[str]:
    """Return the Pulumi command.

    `up` keeps its own preview: only there do the packs' rules about the whole stack run before anything is changed.
    """
    arguments = ["pulumi", action, "--stack", stack, "--config-file", str(stack_file), "--policy-pack", POLICY_PACK]
    return [*arguments, "--non-interactive", "--color", "never", *(["--yes"] if action == "up" else [])]


def write_evidence(stack: str, stack_file: Path) -> int:
    """Preview once more for machines, judge that, and write every format to `evidence/`; return the evidence's exit code."""
    EVIDENCE.mkdir(exist_ok=True)
    plan = EVIDENCE / "plan.json"
    arguments = ["--stack", stack, "--config-file", str(stack_file), "--non-interactive", "--json", "--show-sames"]
    with plan.open("w") as file:
        subprocess.run(["pulumi", "preview", *arguments], stdout=file, check=True)  # noqa: S603, S607
    evidence = [sys.executable, "-m", "policies.evidence", str(plan), "--out", str(EVIDENCE)]
    return subprocess.run(evidence, check=False).returncode  # noqa: S603


def main(arguments: list[str]) -> None:
    """Check everything that was typed, then become Pulumi: its exit code is ours and a signal to stop reaches it."""
    parser = argparse.ArgumentParser(prog="python -m delivery.deploy", description=__doc__)
    parser.add_argument("action", choices=sorted(ROLES))
    parser.add_argument("--stack", required=True)
    parser.add_argument("--overrides", default="", help="one key=value per line")
    options = parser.parse_args(arguments)

    root = Path.cwd()
    try:
        if options.stack not in stacks(root):
            raise DeliveryError(f"there is no stack {options.stack!r}: expected one of {', '.join(stacks(root))}")
        if not (root / POLICY_PACK / "PulumiPolicy.yaml").is_file():
            raise DeliveryError(f"no policy pack in {POLICY_PACK}/: a run without it is refused")
        overrides = parse(options.overrides)
    except (DeliveryError, OverridesError) as error:
        sys.exit(str(error))

    stack_file = root / f"Pulumi.{options.stack}.yaml"
    prepare_environment(os.environ, options.action, account_of(stack_file))
    if overrides:
        stack_file = overridden(options.stack, stack_file, overrides)
    if options.action == "evidence":
        sys.exit(write_evidence(options.stack, stack_file))
    os.execvp("pulumi", command(options.action, options.stack, stack_file))  # noqa: S606, S607


if __name__ == "__main__":
    main(sys.argv[1:])
