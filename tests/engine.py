"""Runs the real engine in a sandbox of a test's own; for every test that goes end to end."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLONE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """What a command of the engine did."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything it said."""
        return self.stdout + self.stderr

    @property
    def json(self) -> Any:
        """What it printed, for commands with `--json` and the like."""
        return json.loads(self.stdout)

    def ok(self) -> Result:
        """This result, if the command succeeded; the test fails with what it said if not."""
        assert self.code == 0, self.output
        return self


class Engine:
    """`./sandbox/pulumi` with its state in `folder`.

    project: folder of the Pulumi project to work on; by default this clone's.
    environ: added to the environment of every command, for example DATACONNECT_SANDBOX_REFUSE_REGION.
    """

    def __init__(self, folder: Path, project: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.project = project
        self.environ = {"DATACONNECT_SANDBOX_DIR": str(folder), **(environ or {})}

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Result:
        """Any command; never asks, so `up` and the like need `--yes`."""
        result = subprocess.run(
            [CLONE / "sandbox" / "pulumi", "--non-interactive", *arguments],
            cwd=self.project or CLONE,
            env={**os.environ, **self.environ, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Result(result.returncode, result.stdout, result.stderr)

    def up(self, stack: str, *arguments: str) -> Result:
        """Deploy without a preview first: the engine starts once."""
        return self.run("up", "--yes", "--skip-preview", "--stack", stack, *arguments)

    def changes(self, stack: str, *arguments: str) -> dict[str, int]:
        """How many resources a preview would create, update, replace, delete or leave the same; reads do not count."""
        return self.changed_by(self.run("preview", "--json", "--stack", stack, *arguments).ok())

    @staticmethod
    def changed_by(preview: Result) -> dict[str, int]:
        """The same of a preview that was made."""
        return {change: count for change, count in preview.json["changeSummary"].items() if change != "read"}

    def resources(self, stack: str) -> dict[str, dict[str, Any]]:
        """Logical name -> resource, as the state has it; providers and the stack itself left out."""
        state = self.run("stack", "export", "--stack", stack).ok().json["deployment"].get("resources") or []
        return {item["urn"].rpartition("::")[2]: item for item in state if not item["type"].startswith("pulumi:")}

    def outputs(self, stack: str) -> dict[str, Any]:
        """The stack's outputs; secrets stay hidden."""
        return self.run("stack", "output", "--json", "--stack", stack).ok().json


def write_program(folder: Path, program: str, config: Mapping[str, str] | None = None) -> Path:
    """A project named `tiny` with that program, and a stack file for its stack `test`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n\n{program}")
    settings = {"aws:region": "us-east-2", **(config or {})}
    (folder / "Pulumi.test.yaml").write_text("config:\n" + "".join(f"  {key}: {value}\n" for key, value in settings.items()))
    return folder
