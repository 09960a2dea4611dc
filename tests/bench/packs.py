"""The packs through the analyzer protocol: start-up, checks per second, growth; and Checkov on the same plan."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.evidence.plan import Plan
from policies.kit.pack import Judge
from policies.kit.resource import Resource
from policies.pack import PACK, PACKS, folder
from tests.bench.terraform import plan_json

ROOT = Path(__file__).resolve().parents[2]
SIZES = (500, 1000, 2000)
CHECKOV = ROOT / ".sandbox" / "checkov"
"""A virtual environment of its own: Checkov pins many packages, and nothing here needs it but this comparison."""


@dataclass(frozen=True)
class Speed:
    """One pack on one stack: start-up, time for the resources and for the stack, in seconds; checks asked; resources."""

    start: float
    resources: float
    stack: float
    checks: int
    count: int

    @property
    def judging(self) -> float:
        return self.resources + self.stack

    @property
    def checks_per_second(self) -> float:
        return self.checks / self.judging


def measure(name: str, resources: Sequence[Resource]) -> Speed:
    """Starts the pack as the engine does and sends it the stack."""
    one_by_one = [
        proto.AnalyzeRequest(urn=each.urn, type=each.token, name=each.name, properties=each.message) for each in resources
    ]
    everything = proto.AnalyzeStackRequest(
        resources=[
            proto.AnalyzerResource(
                urn=each.urn,
                type=each.token,
                name=each.name,
                properties=each.message,
                parent=each.parent,
                dependencies=list(each.dependencies or ()),
                options=proto.AnalyzerResourceOptions(protect=each.protect, ignoreChanges=list(each.ignore_changes)),
                propertyDependencies={
                    key: proto.AnalyzerPropertyDependencies(urns=list(urns))
                    for key, urns in (each.property_dependencies or {}).items()
                },
            )
            for each in resources
        ]
    )
    with _started(name) as (stub, start):
        stub.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="prod", project="dataconnect", dry_run=True))
        before = time.perf_counter()
        for request in one_by_one:
            stub.Analyze(request)
        between = time.perf_counter()
        stub.AnalyzeStack(everything)
        after = time.perf_counter()
    pack = PACK if name == "." else next(pack for pack in PACKS if pack.name == name)
    judge = Judge(pack)
    checks = sum(len(judge.rules_for(each)) for each in resources)
    return Speed(start, between - before, after - between, checks, len(resources))


@contextmanager
def _started(name: str) -> Generator[tuple[Any, float]]:
    served = str(folder(name))
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", served], cwd=served, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        start = time.perf_counter() - before
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel), start
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def checkov(plan: Plan) -> tuple[float, int]:
    """Seconds that Checkov takes on the plan, and the checks it evaluates."""
    program = CHECKOV / "bin" / "checkov"
    if not program.exists():
        print("\ninstalling Checkov for the comparison, once", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(CHECKOV)], check=True)
        lock = Path(__file__).with_name("checkov.lock")
        pip = [str(CHECKOV / "bin" / "pip"), "install", "--quiet", "--require-hashes", "-r", str(lock)]
        subprocess.run(pip, check=True)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-j0", str(CHECKOV / "lib")], check=False)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "plan.json"
        file.write_text(plan_json(plan))
        command = [str(program), "--file", str(file), "--framework", "terraform_plan", "--output", "json", "--quiet"]
        environment = {**os.environ, "BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"}
        before = time.perf_counter()
        done = subprocess.run(
            [*command, "--compact", "--skip-download"], capture_output=True, text=True, env=environment, check=False
        )
        seconds = time.perf_counter() - before
    try:
        summary = json.loads(done.stdout)["summary"]
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"Checkov gave no summary:\n{done.stdout[-1000:]}{done.stderr[-1000:]}") from error
    return seconds, summary["passed"] + summary["failed"]


def evidence_seconds(file: Path, *arguments: str) -> tuple[float, int]:
    """Seconds that our command takes on the plan, and the checks it evaluates: the nearest thing to `checkov --file`."""
    command = [sys.executable, "-m", "policies.evidence", str(file), *arguments]
    before = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    seconds = time.perf_counter() - before
    counts = [
        int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:passed|unknown|checks exempted)", done.stdout)
    ]
    if done.returncode > 1 or not counts:
        raise RuntimeError(f"the evidence failed:\n{done.stdout}{done.stderr}")
    return seconds, sum(counts)
