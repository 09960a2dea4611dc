"""The commands of the engine that the task runs, each on one stack, and what their answers say."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from delivery.deploy import account_of, prepare_environment

from .locks import Life, is_locked
from .order import UNKNOWN

CODE: Final = Path(__file__).parents[2]
"""The program's code: in the image its root, as in a clone."""

# Role of a stack -> the setting that says whether its region is the active one.
ACTIVE: Final[Mapping[str, tuple[str, str]]] = {
    "recovery": ("dataconnect:active", "true"),
    "primary": ("dataconnect:standby", "false"),
}


class EngineError(Exception):
    """A command failed; the message has what it said last."""


class LockedError(EngineError):
    """Somebody else holds the state; the message is what the engine said, with all locks."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the history of the stack says of its last deployment.

    Attributes:
        commit: What it was deployed from; `unknown` where the history does not tell.
        failed: Whether it did not come to its end.
    """

    commit: str
    failed: bool


class Engine:
    """`pulumi` on one stack, which downloads nothing and writes nowhere but into a folder of its own.

    project: the folder of the project, by default the code's. environ: the variables; where they name no backend, it is that of
    the account that the stack file names.

    Raises:
        DeliveryError: if the stack file names no account.
    """

    def __init__(self, stack: str, project: Path | None, environ: Mapping[str, str]) -> None:
        self._stack = stack
        self._project = project or CODE
        # What is deployed is deployed with this: `--config` would write into the stack file, and the image is read-only.
        folder = Path(tempfile.mkdtemp())
        self._config = folder / f"Pulumi.{stack}.yaml"
        home = folder / "home"
        home.mkdir()
        (home / "plugins").symlink_to(Path(environ.get("PULUMI_HOME") or "~/.pulumi").expanduser() / "plugins")
        self._environ = {
            **environ,
            "PULUMI_HOME": str(home),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # An event log is there for those who debug the engine.
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        if "PULUMI_BACKEND_URL" not in environ:
            prepare_environment(self._environ, "up", account_of(self._project / self._config.name))

    def run(self, *arguments: str, may_fail: bool = False) -> str:
        """What a command prints.

        Raises:
            LockedError: the stack is locked.
            EngineError: it failed otherwise; unless it may.
        """
        command = ["pulumi", *arguments, "--stack", self._stack, "--non-interactive", "--color", "never"]
        done = subprocess.run(  # noqa: S603
            command,
            cwd=self._project,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        print(f"$ {' '.join(command)}: {done.returncode}\n{done.stderr}", flush=True)
        said = done.stdout + done.stderr
        if done.returncode and is_locked(said):
            raise LockedError(said)
        if done.returncode and not may_fail:
            raise EngineError(f"pulumi {arguments[0]} failed:\n{_end_of(said)}")
        return done.stdout

    def deployed(self) -> Deployed:
        """What the stack was deployed from last. Refreshes are no deployments.

        Raises:
            EngineError: there is no such stack.
        """
        history = json.loads(self.run("stack", "history", "--json", "--page-size", "50"))
        updates = [each for each in history if each["kind"] == "update"]
        if not updates:
            return Deployed(commit=UNKNOWN, failed=False)
        told = updates[0]["environment"]
        dirty = told.get("git.dirty") == "true"
        commit = UNKNOWN if dirty else told.get("git.head") or UNKNOWN
        return Deployed(commit=commit, failed=updates[0].get("result") == "failed")

    def configure(self) -> None:
        """Take the settings that the stack was deployed with last, those of a single run, too; and say that it is active.

        Raises:
            EngineError: its role is none that can be active.
        """
        shutil.copyfile(self._project / self._config.name, self._config)
        file = ("--config-file", str(self._config))
        if json.loads(self.run("stack", "history", "--json", "--page-size", "1")):
            self.run("config", "refresh", "--force", *file)
        role = self.run("config", "get", "dataconnect:role", *file).strip()
        if role not in ACTIVE:
            raise EngineError(f"the role of {self._stack} is {role!r}; expected {' or '.join(ACTIVE)}")
        self.run("config", "set", *ACTIVE[role], *file)

    def life(self) -> tuple[Life, frozenset[str]]:
        """What the state shows of an `up` that may be alive or was cut off; and the URNs of what that was creating."""
        deployment = json.loads(self.run("stack", "export"))["deployment"]
        pending = deployment.get("pending_operations") or []
        creating = frozenset(each["resource"]["urn"] for each in pending if each["type"] == "creating")
        kinds = tuple(each["resource"]["type"] for each in pending)
        return Life(written=datetime.fromisoformat(deployment["manifest"]["time"]), pending=kinds), creating

    def cancel(self) -> None:
        """Take every lock of the stack away: in a backend of one's own, `pulumi cancel` does nothing else."""
        self.run("cancel", "--yes")

    def refresh(self, message: str) -> None:
        """Write down what the world is like. What was being created is forgotten; the rest of what was pending is looked at.

        Raises:
            LockedError: the stack is locked.
            EngineError: the world cannot be read.
        """
        self.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *self._file, "--message", message)

    def preview(self) -> list[dict[str, Any]]:
        """The steps that `up` would take.

        Raises:
            EngineError: the program fails.
        """
        return json.loads(self.run("preview", "--json", *self._file))["steps"]

    def up(self, message: str) -> None:
        """Make the changes. Without the policy packs: nothing that they find, and no fault of theirs, stops it.

        Raises:
            LockedError: the stack is locked.
            EngineError: a change failed.
        """
        self.run("up", "--yes", "--skip-preview", *self._file, "--message", message)

    def look(self) -> tuple[list[dict[str, Any]], list[str]]:
        """The steps that `up` would still take; and what the policy packs would stop the next deployment for, one line each.

        That they did not run is one, too: nothing of it fails.
        """
        events = Path(tempfile.mkdtemp()) / "events.json"
        packs = ("--policy-pack", str(CODE / "policies"), "--event-log", str(events))
        # The engine prints the steps, and ends with 1, when a pack finds something.
        said = self.run("preview", "--json", *self._file, *packs, may_fail=True)
        found = [each["policyEvent"] for line in _lines(events) if "policyEvent" in (each := json.loads(line))]
        mandatory = [_finding(each) for each in found if each.get("enforcementLevel") == "mandatory"]
        try:
            steps = json.loads(said).get("steps") or []
        except ValueError:
            steps = []
        # Each pack counts what it found: one that says nothing did not come to its end.
        return steps, mandatory if found else [f"the policy packs did not run: {_end_of(said)}"]

    @property
    def _file(self) -> tuple[str, str]:
        return "--config-file", str(self._config)


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.is_file() else []


def _finding(event: Mapping[str, Any]) -> str:
    name = event.get("resourceUrn", "").rpartition("::")[2]
    # The first line is the rule's description, the second says what was found.
    said = re.sub(r"<\{%.*?%\}>", "", event.get("message", "")).split("\n")
    return f"{event.get('policyName')} on {name}: {(said[1] if len(said) > 1 else said[0])[:300]}"


def _end_of(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if line.strip())[-2000:]
