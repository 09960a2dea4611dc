"""`dataconnect environment` in processes of their own: the real engine, one table for all, a clock that can be set forward.

    python -m tests.end_to_end.on_demand ESTATE.json up x --for 8h

Beside the table, AWS is not here: nothing is ever left of a stack, and what is published or measured goes nowhere.
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import boto3

from operations.command import app
from operations.environments.engine import Tools
from operations.environments.outputs import Dev
from operations.environments.place import Place
from operations.environments.registry import Registry
from sandbox import engines
from sandbox.command import environment_of
from tests.bench.measure import tree
from tests.engine import CLONE, Result

REGION: Final = "us-east-2"
OWNER: Final = "arn:aws:sts::111111111111:assumed-role/developers/ada@dataconnect.example"


class Estate:
    """Environments beside a stack whose outputs are `outputs`, of a project whose sandbox is `folder`.

    project: by default the sandbox's copy of this one.
    """

    def __init__(self, folder: Path, outputs: dict[str, Any], endpoint: str, project: Path | None = None) -> None:
        self.folder, self.file = folder, folder / "estate.json"
        with patch.dict(os.environ, {"DATACONNECT_SANDBOX_DIR": str(folder)}):
            engine = engines.find()
            own = environment_of(engine, project)
        told = folder / "outputs.json"
        told.write_text(json.dumps(outputs))
        # The state is written at each step, as AWS's is: what is killed leaves what it was at.
        self.environ = {**own, "PATH": f"{engine.parent}{os.pathsep}{own['PATH']}", "PULUMI_SKIP_CHECKPOINTS": "false"}
        places = {"project": str(project or folder / "project"), "root": str(project or CLONE)}
        estate = {"endpoint": endpoint, "pulumi": str(engine), **places}
        self.file.write_text(json.dumps({**estate, "folder": str(folder / "environments"), "outputs": str(told)}))

    def start(self, *words: str, later: timedelta = timedelta(), **environ: str) -> subprocess.Popen[str]:
        """Start a command, `later` than now."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.on_demand", str(self.file), *words],
            cwd=CLONE,
            env={**self.environ, "LATER": str(int(later.total_seconds())), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, later: timedelta = timedelta()) -> Result:
        """The same, to its end."""
        return ended(self.start(*words, later=later))

    def stacks(self) -> list[str]:
        """Names of the stacks in the backend."""
        return sorted(each.stem for each in (self.folder / "state" / ".pulumi" / "stacks").rglob("*.json"))

    def locks(self) -> dict[str, int]:
        """Stack -> process of the engine that has its lock."""
        locks = (self.folder / "state" / ".pulumi" / "locks").rglob("*.json")
        return {each.parent.name: int(json.loads(each.read_text())["pid"]) for each in locks}

    def pending(self, stack: str) -> list[str]:
        """Names of what the state says is being created, changed or deleted."""
        (file,) = [*(self.folder / "state" / ".pulumi" / "stacks").rglob(f"{stack}.json")] or [None]
        try:
            latest = json.loads(file.read_text())["checkpoint"].get("latest") if file else {}
        except ValueError:
            return []  # It is being written.
        return [each["resource"]["urn"].rpartition("::")[2] for each in (latest or {}).get("pending_operations") or []]

    def kill_at(self, command: subprocess.Popen[str], stack: str, name: str) -> None:
        """Kill a command and its engine once all that the engine does is to create `name`."""
        while self.pending(stack) != [name]:
            assert command.poll() is None, ended(command).output
            time.sleep(0.5)
        # Its provider, too, which outlives an engine that is killed.
        for pid in (command.pid, *tree(self.locks()[stack])):
            os.kill(pid, signal.SIGKILL)
        ended(command)


def ended(command: subprocess.Popen[str]) -> Result:
    """What a command said, once it has ended."""
    out, errors = command.communicate()
    return Result(command.returncode, out, errors)


class _Nothing:
    """AWS, where nothing is left, nobody listens and no quota is known."""

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [])

    def publish(self, **_: Any) -> None: ...

    def put_metric_data(self, **_: Any) -> None: ...

    def get_service_quota(self, **_: Any) -> Any:
        return {"Quota": {"Value": 100}}

    def get_metric_statistics(self, **_: Any) -> Any:
        return {"Datapoints": []}

    def get_account_settings(self) -> Any:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}

    def invoke(self, **_: Any) -> Any:
        """dev's schedule, by day: its database is awake."""
        return {"Payload": BytesIO(b'{"mode": "awake", "things": []}')}

    def describe_addresses(self) -> Any:
        return {"Addresses": []}


def main() -> None:
    """Run a command of `dataconnect environment`."""
    told = json.loads(Path(sys.argv[1]).read_text())
    nothing, later = _Nothing(), timedelta(seconds=int(os.environ["LATER"]))
    boto: Any = boto3
    session = boto.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=REGION)
    dynamodb = session.client("dynamodb", endpoint_url=told["endpoint"])
    names = ("sns", "cloudwatch", "servicequotas", "ec2", "awslambda")
    paths = {name: Path(told[name]) for name in ("project", "folder", "root")}
    root = paths.pop("root")

    def opened(dev: Dev, _: str, __: str) -> Place:
        return Place(
            dev=dev,
            registry=Registry(dynamodb, dev.table),
            aws=SimpleNamespace(**dict.fromkeys(names, nothing), client=lambda _: nothing),
            tools=Tools(pulumi=told["pulumi"], account=dev.account, packs="", environ=dict(os.environ), **paths),
            by=OWNER,
            now=lambda: datetime.now(UTC) + later,
            secrets_provider="passphrase",
            templates=root / "environments",
            root=root,
        )

    app(["environment", *sys.argv[2:], "--outputs", told["outputs"], "--json"], obj=opened, prog_name="dataconnect")


if __name__ == "__main__":
    main()
