"""Runs `pulumi preview` or `pulumi up` on one stack with every policy pack, or writes the evidence of a preview.

After an `up` it denies tenants without access on the roles that it made, and makes tenants' workgroups what it says. On a clock
it cleans up environments on demand.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import yaml

from delivery.overrides import OverridesError, parse
from delivery.stacks_touched import stacks
from policies.evidence.place import InvalidPlaceError, forget

# A preview reads the state, only an `up` and what follows it may change the account: two roles, of the same names everywhere.
ROLES = {
    "preview": "dataconnect-preview",
    "evidence": "dataconnect-preview",
    "up": "dataconnect-deploy",
    "access": "dataconnect-deploy",
    "workgroups": "dataconnect-deploy",
    # In dev's account alone.
    "janitor": "dataconnect-environments",
}

# All packs in one process.
POLICY_PACK = "policies"

EVIDENCE = Path("evidence")


class DeliveryError(Exception):
    """The run cannot start; the message says what would be right."""


def account_of(stack_file: Path) -> str:
    """Return the one account that the stack file allows.

    Raises:
        DeliveryError: if it names none.
    """
    try:
        account = _config(stack_file)["aws:allowedAccountIds"][0]
    except (KeyError, IndexError, TypeError) as error:
        raise DeliveryError(f'{stack_file.name} names no account; expected aws:allowedAccountIds: ["<12 digits>"]') from error
    return str(account)


def registering(stack: str, stack_file: Path) -> str | None:
    """Return the stack whose registry says which tenants the roles of `stack` must deny; None where it has no such roles.

    Raises:
        DeliveryError: if the stack file does not tell.
    """
    config = _config(stack_file)
    match config.get("dataconnect:role"):
        case "primary":
            return stack
        case "recovery":
            primary = config.get("dataconnect:primaryStack")
            if not isinstance(primary, str):
                raise DeliveryError(f"{stack_file.name} names no primary stack; expected dataconnect:primaryStack: prod")
            return primary
        case "replication":
            return None
        case role:
            expected = "primary, recovery or replication"
            raise DeliveryError(f"{stack_file.name}: dataconnect:role is {role!r}; expected {expected}")


def _config(stack_file: Path) -> dict[str, Any]:
    """Return the settings of a stack file; none where it has none.

    Raises:
        DeliveryError: if it is no YAML.
    """
    try:
        found = yaml.safe_load(stack_file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # Not in YAML's words, which show the line: it may hold a secret.
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f" in line {mark.line + 1}" if mark else ""
        raise DeliveryError(f"{stack_file.name} cannot be read: it is not YAML{where}") from None
    config = cast("dict[str, Any]", found).get("config") if isinstance(found, dict) else None
    return cast("dict[str, Any]", config) if isinstance(config, dict) else {}


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

    Raises:
        DeliveryError: if Pulumi refuses them; it has said why.
    """
    copy = Path(tempfile.mkdtemp()) / stack_file.name
    shutil.copyfile(stack_file, copy)
    values = [argument for override in overrides for argument in ("--plaintext", override)]
    command = ["pulumi", "config", "set-all", "--stack", stack, "--config-file", str(copy), "--path", *values]
    code = subprocess.run(command, check=False).returncode  # noqa: S603
    if code:
        raise DeliveryError(f"pulumi refused the overrides (exit code {code}); it says why above")
    return copy


def command(action: str, stack: str, stack_file: Path) -> list[str]:
    """Return the Pulumi command.

    `up` keeps its own preview: only there do the packs' rules about the whole stack run before anything is changed.
    """
    arguments = ["pulumi", action, "--stack", stack, "--config-file", str(stack_file), "--policy-pack", POLICY_PACK]
    return [*arguments, "--non-interactive", "--color", "never", *(["--yes"] if action == "up" else [])]


def evidence_command(stack: str, stack_file: Path) -> list[str]:
    """Return the command that previews once more, for machines, judges that, and writes every format to `evidence/`."""
    preview = ["pulumi", "preview", "--stack", stack, "--config-file", str(stack_file), "--non-interactive"]
    return [sys.executable, "-m", "policies.evidence.run", "--out", str(EVIDENCE), "--", *preview]


def access_command(stack: str) -> list[str]:
    """Return the command that denies tenants without access on every tenant role, also on one that was made just now."""
    return [sys.executable, "-m", "operations", "tenant", "access", "--stack", stack]


def workgroups_command(stack: str) -> list[str]:
    """Return the command that makes tenants' workgroups of Athena in the stack's region what its outputs say."""
    return [sys.executable, "-m", "operations", "tenant", "workgroups", "--stack", stack]


def janitor_command(stack: str) -> list[str]:
    """Return the command that tells which environments on demand end soon, and takes down what expired or died half-way."""
    return [sys.executable, "-m", "operations", "environment", "janitor", "--stack", stack]


def _reconciled_by(image: str) -> list[str]:
    """The setting that gives the task `reconcile` its image: that of the very commit, which no file of the commit can name."""
    if not image:
        return []
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", image):
        raise DeliveryError(
            f"--image is {image!r}; expected what python -m delivery.reconcile.build prints: sha256:<64 hex digits>"
        )
    return [f"dataconnect:reconcile.digest={image}"]


def main(arguments: list[str]) -> None:
    """Check everything that was typed, then become Pulumi: its exit code is ours and a signal to stop reaches it.

    The exit code is 1 if the run cannot start; 2 for the evidence, where 1 says that something stops the plan.
    """
    parser = argparse.ArgumentParser(prog="python -m delivery.deploy", description=__doc__)
    parser.add_argument("action", choices=sorted(ROLES))
    parser.add_argument("--stack", required=True)
    parser.add_argument("--overrides", default="", help="one key=value per line")
    parser.add_argument(
        "--image", default="", help="digest of this commit's image for the task reconcile; by default the file's"
    )
    options = parser.parse_args(arguments)

    try:
        _run(options.action, options.stack, options.overrides, Path.cwd(), image=options.image)
    except (DeliveryError, OverridesError, InvalidPlaceError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if options.action == "evidence" else 1)


def _run(action: str, stack: str, overrides: str, root: Path, *, image: str) -> None:
    if action == "evidence":
        forget(EVIDENCE)  # first of all: whatever goes wrong from here on, no earlier run's verdict is taken for this one's
    if stack not in stacks(root):
        raise DeliveryError(f"there is no stack {stack!r}: expected one of {', '.join(stacks(root))}")
    if not (root / POLICY_PACK / "PulumiPolicy.yaml").is_file():
        raise DeliveryError(f"no policy pack in {POLICY_PACK}/: a run without it is refused")
    if not shutil.which("pulumi"):
        raise DeliveryError("there is no pulumi on the path; expected the official CLI")
    settings = [*parse(overrides), *_reconciled_by(image)]

    stack_file = root / f"Pulumi.{stack}.yaml"
    registry = registering(stack, stack_file) if action in ("access", "workgroups") else stack
    if registry is None:
        print(f"stack {stack} has no tenant roles and no workgroups")
        return
    prepare_environment(os.environ, action, account_of(stack_file))
    if action == "access":
        os.execvp(sys.executable, access_command(registry))  # noqa: S606
    if action == "janitor":
        os.execvp(sys.executable, janitor_command(stack))  # noqa: S606
    if action == "workgroups":
        os.execvp(sys.executable, workgroups_command(stack))  # noqa: S606
    if settings:
        stack_file = overridden(stack, stack_file, settings)
    arguments = evidence_command(stack, stack_file) if action == "evidence" else command(action, stack, stack_file)
    os.execvp(arguments[0], arguments)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
