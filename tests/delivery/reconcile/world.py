"""A stack of a few resources as a failover leaves it, and the task that brings it together: the real engine, a fresh clone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from delivery.reconcile.course import ENTRY
from sandbox import engines
from sandbox.command import environment_of
from tests.engine import Result, write_program

COMMIT = "c0ffee" * 6 + "c0ff"
RUN = "20261130-080000-disaster"
DEAD = "http://127.0.0.1:9"
"""Where nobody answers: what would be downloaded is not."""

PROGRAM = """
active = pulumi.Config("dataconnect").get_bool("active") or False
here = {"region": "us-west-2"}
own, source = (f"arn:aws:rds:{region}:111111111111:db:database" for region in ("us-west-2", "us-east-2"))
aws.rds.Instance(
    "database",
    identifier="database",
    instance_class="db.r7g.large",
    skip_final_snapshot=not active,
    final_snapshot_identifier="database-final" if active else None,
    replicate_source_db=None if active else source,
    opts=pulumi.ResourceOptions(ignore_changes=["replicateSourceDb"], protect=True),
    **here,
)
aws.ecs.Service(
    "search", desired_count=3 if active else 0, opts=pulumi.ResourceOptions(ignore_changes=["desiredCount"]), **here
)
aws.backup.Selection(
    "backup",
    name="all",
    plan_id="plan",
    iam_role_arn="arn:aws:iam::111111111111:role/backup",
    resources=[own] if active else ["arn:aws:dynamodb:us-west-2:111111111111:table/one"],
    **here,
)
aws.cloudwatch.Dashboard("dashboard", dashboard_name="all", dashboard_body=f"[{int(active)}]", **here)
if active:
    aws.lambda_.Invocation("database-users", function_name="users", input="{}", **here)
else:
    aws.cloudwatch.MetricAlarm(
        "database-database-replica-lag", comparison_operator="GreaterThanThreshold", evaluation_periods=1, **here
    )
"""

PROMOTED: Mapping[str, dict[str, Any]] = {
    "aws:rds/instance:Instance::database": {"replicateSourceDb": None},
    "aws:ecs/service:Service::search": {"desiredCount": 7},
}
"""What the executor did, as a refresh finds it."""


class World:
    """A stack on standby and the task that brings it together after a failover; `clone` is the code that the task runs.

    By default the stack `test` of `PROGRAM`; else that of `project`, whose state is in `folder`/sandbox.
    """

    def __init__(
        self, folder: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, project: Path | None = None, stack: str = "test"
    ) -> None:
        monkeypatch.setenv("DATACONNECT_SANDBOX_DIR", str(folder / "sandbox"))
        engine = engines.find()
        self.folder, self.clone, self.stack = folder, clone, stack
        self.project = project or write_program(folder / "project", PROGRAM, {"dataconnect:role": "recovery"})
        environ = environment_of(engine, None if project else self.project)
        self.environ = {
            **environ,
            "PATH": f"{engine.parent}{os.pathsep}{environ['PATH']}",
            "PULUMI_GIT_HEAD": COMMIT,
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL", "GOPROXY"), DEAD),
        }

    def acts(self, acts: Mapping[str, dict[str, Any]]) -> None:
        """Change the world behind the stack's back: `<type>::<name>` -> property -> its value now, None for none."""
        known = {f"{each['type']}::{name}": each["id"] for name, each in self.resources().items() if "id" in each}
        file = self.folder / "changed.json"
        file.write_text(json.dumps({known[named]: properties for named, properties in acts.items()}))
        self.environ["DATACONNECT_SANDBOX_CHANGED"] = str(file)

    def pulumi(self, *arguments: str) -> Result:
        """A command of the engine on the stack, as somebody else gives it."""
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def deploy(self) -> None:
        """Deploy it on standby, then fail over."""
        self.pulumi("stack", "init").ok()
        self.pulumi("up", "--yes", "--skip-preview").ok()
        self.fail_over()

    def fail_over(self, region: str = "us-west-2", acts: Mapping[str, dict[str, Any]] = PROMOTED) -> None:
        """What the executor does, and what it writes."""
        self.acts(acts)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        self.write({"id": "active", "item": "region", "region": region, "epoch": 1, "run": RUN, "since": since})

    def write(self, *items: Mapping[str, Any]) -> None:
        """Write the table."""
        to = TypeSerializer()
        told = [{name: to.serialize(value) for name, value in item.items()} for item in items]
        (self.folder / "table.json").write_text(json.dumps(told))

    def journal(self) -> dict[str, Any]:
        """What the journal says of the task."""
        of = TypeDeserializer()
        items = json.loads((self.folder / "table.json").read_text())
        entries = [{name: of.deserialize(value) for name, value in item.items()} for item in items]
        found = next((each for each in entries if each["item"] == f"{RUN}#{ENTRY}"), {})
        return {**found, "result": json.loads(found.get("result", "{}"))}

    def told(self) -> list[str]:
        """What people were told: subject and text."""
        messages = json.loads((self.folder / "told.json").read_text())
        return [f"{each['Subject']}\n{each['Message']}" for each in messages]

    def reconcile(self, **variables: str) -> Result:
        """Run the task; it waits for nobody."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.delivery.reconcile.driver", str(self.folder)],
            cwd=self.clone,
            env={
                **self.environ,
                "STACK": self.stack,
                "AWS_REGION": "us-west-2",
                "PATIENCE_SECONDS": "0",
                "PROJECT": str(self.project),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def resources(self) -> dict[str, dict[str, Any]]:
        """Logical name -> resource, as the state has it."""
        found = self.pulumi("stack", "export").ok().json["deployment"]["resources"]
        return {each["urn"].rpartition("::")[2]: each for each in found}

    def forget(self, name: str) -> None:
        """Make the state what it was before a resource was declared: it and the mention of it are gone."""
        state = self.pulumi("stack", "export").ok().json
        resources = state["deployment"]["resources"]
        (urn,) = (each["urn"] for each in resources if each["urn"].rpartition("::")[2] == name)
        state["deployment"]["resources"] = [
            {
                **each,
                "dependencies": [other for other in each.get("dependencies") or [] if other != urn],
                "propertyDependencies": {
                    property: [other for other in others or [] if other != urn]
                    for property, others in (each.get("propertyDependencies") or {}).items()
                },
            }
            for each in resources
            if each["urn"] != urn
        ]
        file = self.project / "state.json"
        file.write_text(json.dumps(state))
        self.pulumi("stack", "import", "--file", str(file)).ok()
        file.unlink()

    def cut_off(self, hangs: str, *arguments: str) -> None:
        """Start an `up`, and `kill -9` it while it creates `hangs` (`<type>::<name>`); the lock stays."""
        up = subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--stack", self.stack, "--non-interactive", *arguments],
            cwd=self.project,
            env={**self.environ, "DATACONNECT_SANDBOX_HANGS": hangs, "PULUMI_SKIP_CHECKPOINTS": "false"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        name, before = hangs.rpartition("::")[2], b""
        try:
            # Until it does nothing else: a file of this backend is not written in one step, as an object of S3 is.
            while self.pending() != [name] or self._state().read_bytes() != before:
                before = self._state().read_bytes()
                assert up.poll() is None
                time.sleep(0.5)
        finally:
            os.killpg(up.pid, signal.SIGKILL)
            up.wait()

    def pending(self) -> list[str]:
        """Names of what the state says is being created, changed or deleted."""
        try:
            latest = json.loads(self._state().read_text())["checkpoint"]["latest"]
        except ValueError:
            return []
        return [each["resource"]["urn"].rpartition("::")[2] for each in latest.get("pending_operations") or []]

    def age(self, span: timedelta, *, lock: timedelta | None = None) -> None:
        """Make state and locks older, the locks by `lock` where it is given."""
        file = self._state()
        state = json.loads(file.read_text())
        written = state["checkpoint"]["latest"]["manifest"]
        written["time"] = (datetime.now(UTC) - span).isoformat()
        file.write_text(json.dumps(state))
        for each in self.locks():
            content = json.loads(each.read_text())
            content["timestamp"] = (datetime.now(UTC) - (span if lock is None else lock)).isoformat()
            each.write_text(json.dumps(content))

    def locks(self) -> list[Path]:
        """The locks of the state."""
        return [*Path(self.folder, "sandbox", "state", ".pulumi", "locks").rglob("*.json")]

    def take_lock(self, user: str) -> None:
        """A lock as the engine writes it, of a holder on another machine."""
        locks = Path(self.folder, "sandbox", "state", ".pulumi", "locks")
        file = locks / "organization" / self._state().parent.name / self.stack / "one.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"pid": 7, "username": user, "hostname": "agent-1", "timestamp": datetime.now(UTC).isoformat()}
        file.write_text(json.dumps(content))

    def _state(self) -> Path:
        (found,) = Path(self.folder, "sandbox", "state", ".pulumi", "stacks").rglob(f"{self.stack}.json")
        return found
