"""The whole rehearsal, and the broken region to practise on, each as a process of its own, as `make rehearse` runs it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.engine import CLONE

STACK = "prod-recovery"


def started(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rehearsal", *words],
        cwd=CLONE,
        env={**os.environ, "DATACONNECT_SANDBOX_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_whole_story(tmp_path: Path) -> None:
    process = started(tmp_path)
    told, _ = process.communicate()
    assert process.returncode == 0, told
    folder = tmp_path / "rehearsal"
    facts = json.loads((folder / "rehearsal.json").read_text())
    assert facts["emulated"] is True
    assert [each for each in facts["claims"] if not each["holds"]] == []
    says = "\n".join(each["says"] for each in facts["claims"])
    for what in (
        "a loss that nobody accepted is refused",
        "of both regions, us-west-2 alone is writable",
        "Route 53 sends people to us-west-2",
        "no more is lost than was told",
        "the standing fence shuts the old region off",
        "a planned switchover loses no row",
        "two regions were never writable, but",
        "Route 53 sends people to us-east-2",
    ):
        assert what in says
    # Else nothing would be proved: somebody wrote, and what had not arrived was lost.
    assert facts["rows"]["lost"] > 0
    assert facts["rows"]["kept"] > facts["rows"]["lost"]
    for run, mode in (("failover", "disaster"), ("failback", "planned")):
        report = json.loads((folder / run / "report.json").read_text())
        assert (report["mode"], report["state"]) == (mode, "done")
        assert "# Run" in (folder / run / "report.md").read_text()
        assert "<!doctype html>" in (folder / run / "report.html").read_text()


@contextmanager
def held(folder: Path) -> Generator[dict[str, str]]:
    """A rehearsal that is held; the variables that it hands out."""
    # Ten times as fast: what is asked has a tenth of its time, and a busy machine still answers in it.
    with started(folder, "--hold", "--factor", "10") as process:
        assert process.stdout
        try:
            lines: list[str] = []
            while lines[-1:] != ["ready\n"]:
                lines.append(process.stdout.readline())
                assert lines[-1], "".join(lines)
            yield read_by_a_shell(folder / "rehearsal" / "environment.sh")
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate()
            assert (process.returncode, rest.splitlines()[-1]) == (0, "ended")
        finally:
            process.kill()


def read_by_a_shell(file: Path) -> dict[str, str]:
    """The variables that a shell has which reads a file."""
    done = subprocess.run(
        ["sh", "-c", '. "$1" && env -0', "sh", str(file)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (each.partition("=") for each in done.stdout.split("\0") if each)
    return {name: value for name, _, value in pairs}


def dataconnect(variables: Mapping[str, str], *words: str) -> tuple[int, Any]:
    program = shutil.which("dataconnect", path=variables["PATH"])
    assert program, "the way to the command is among the variables"
    command = [program, "recovery", *words, "--stack", STACK, "--json"]
    done = subprocess.run(
        [*command, "--outputs", variables["PROD_RECOVERY_OUTPUTS"]],
        cwd=CLONE,
        env={**variables},
        capture_output=True,
        text=True,
    )
    return done.returncode, json.loads(done.stdout)


def test_a_broken_region_to_practise_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(tmp_path) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        address = variables["AWS_ENDPOINT_URL"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address)
        # By the runbook: the operator's role, `status`, and the order without the command.
        make: Any = boto3.client
        outputs = json.loads(Path(variables["PROD_RECOVERY_OUTPUTS"]).read_text())["recovery"]
        session = make("sts").assume_role(
            RoleArn=outputs["operator"],
            RoleSessionName="jo",
            SerialNumber="arn:aws:iam::222222222222:mfa/jo",
            TokenCode="123456",
        )["Credentials"]
        names = {
            "AccessKeyId": "AWS_ACCESS_KEY_ID",
            "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
            "SessionToken": "AWS_SESSION_TOKEN",
        }
        operator = {**variables, **{variable: session[name] for name, variable in names.items()}}
        code, status = dataconnect(operator, "status")
        assert (code, status["active"]["region"]) == (0, "us-east-2")
        order = {"run": "by-hand", "mode": "disaster", "acceptLoss": 0, "by": "jo", "to": "us-west-2"}
        ask = make("lambda").invoke
        for _ in range(2):
            told = ask(
                FunctionName=outputs["recover"],
                InvocationType="Event",
                DurableExecutionName="by-hand",
                Payload=json.dumps(order).encode(),
            )
            assert told["StatusCode"] == 202
        code, refused = dataconnect(operator, "failover", "--mode", "disaster", "--run", "another", "--yes", STACK, "--dry-run")
        assert code == 0 and "error" not in refused["heartbeat"], refused
        assert refused["heartbeat"]["databases"]["main"]["inRecovery"] is True
        done = started(tmp_path, "--heal")
        said = "heal: done; `dataconnect recovery status` shows it in some seconds\n"
        assert (done.communicate()[0], done.returncode) == (said, 0)
        done = started(tmp_path, "--heal")
        assert done.communicate()[0] == "make rehearse: --heal: no region is lost\n"
        assert done.returncode == 2
    assert not (tmp_path / "rehearsal" / "environment.sh").exists()
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(address)
