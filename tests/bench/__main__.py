"""`make bench`: how long a preview takes, as ratios measured in one run, against their goals."""

import argparse
import ast
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components.compute.job_spec import BatchSpec
from policies.evidence import plan as plans
from policies.evidence.place import HTML, JSON, JUNIT, SARIF
from policies.pack import PACKS
from tests.bench import (
    aggregate,
    concerns,
    environments,
    estates,
    fair_queue,
    fair_requests,
    fair_share,
    logs,
    packs,
    realtime,
    search,
    tenants,
)
from tests.bench.measure import Measured, run

ROOT = Path(__file__).resolve().parents[2]
BATCH = BatchSpec(spot_vcpus=256, on_demand_vcpus=64)  # prod's
"""The queue of the model of batch jobs."""
JOBS = 3_000
TENANTS = 1_000
CONCURRENCY = 40
"""Runs of `ingest` at once, in the model of requests."""
SERVICES = (10, 100, 500)
ESTATE = 20_000
ALIKE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure and the goal it is held against."""

    what: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def met(self) -> bool:
        return self.goal is None or self.value <= self.goal

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"<= {self.goal:g} {'met' if self.met else 'MISSED'}"
        return f"{self.what:<62} {self.value:>9.2f} {self.unit:<14} {goal}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each figure; the median counts (default 3)")
    parser.add_argument("--json", type=Path, default=ROOT / ".sandbox" / "bench.json", help="where the figures go as JSON")
    parts = {
        "prod": _prod,
        "packs": _packs,
        "estate": _estate,
        "growth": lambda scratch, _: _growth(scratch),
        "concerns": lambda _, __: _concerns(),
        "tenants": lambda _, runs: _tenants(runs),
        "aggregate": _aggregate,
        "fairness": lambda _, __: _fairness(),
        "realtime": lambda _, runs: _realtime(runs),
        "search": lambda _, runs: _search(arguments.tenants, runs),
        "logs": lambda _, runs: _logs(runs),
        "refill": lambda _, __: _refill(arguments.tenants),
        "environments": lambda scratch, _: _environments(scratch, arguments.environments),
    }
    parser.add_argument("--part", choices=tuple(parts), help="only this part; by default all")
    parser.add_argument("--tenants", type=int, default=100, help="tenants in the parts search and refill (default 100)")
    parser.add_argument("--environments", type=int, default=10, help="how many in the part of that name (default 10)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        chosen = [arguments.part] if arguments.part else list(parts)
        rows = [row for part in chosen for row in parts[part](Path(scratch), arguments.runs)]
    print()
    for row in rows:
        print(row)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([{**vars(row), "met": row.met} for row in rows], indent=2) + "\n")
    return 0 if all(row.met for row in rows) else 1


def _realtime(runs: int) -> Iterator[Row]:
    found = realtime.measure(runs)
    yield Row(what="bare XADD of the same change, one client", value=found.bare, unit="changes/s")
    yield Row(what="a record counted and told, one client", value=found.counted, unit="records/s")
    yield Row(what="time of a counted record / of a bare XADD", value=found.bare / found.counted, unit="", goal=6)
    yield Row(what="one that comes again / of a bare XADD", value=found.bare / found.repeated, unit="", goal=6)
    yield Row(what="memory of a window by record", value=found.bytes_per_record, unit="B")
    for name, seconds in found.latency.items():
        yield Row(what=f"from a lender's request to what a browser is sent, {name}", value=1000 * seconds, unit="ms")


def _search(count: int, runs: int) -> Iterator[Row]:
    found = search.measure(count, 3 * runs)
    for what, (middle, least, most) in (
        ("a bulk, with security / on the bare server", found.indexing),
        ("a search, with token and role / on the bare server", found.searching),
    ):
        yield Row(what=f"{what} ({least:.2f} to {most:.2f})", value=middle, unit="x", goal=2.5)
    for what, seconds in found.arrival.items():
        yield Row(what=f"from a lender's request to a hit of its user's search, {what}", value=seconds, unit="s")
    for what, value in found.tenants.items():
        unit, _, rest = what.partition(" ")
        unit, rest = (unit, rest) if rest else ("", what)
        yield Row(what=f"{count} tenants: {rest.removeprefix('of ')}", value=value, unit=unit)


def _logs(runs: int) -> Iterator[Row]:
    found = [logs.measure() for _ in range(runs)]
    memory, figures = logs.MEMORY_MIB, logs.figures(statistics.median(each.events_per_cpu_second for each in found))
    peak = max(each.peak_mib for each in found)
    yield Row(what=f"logs: events a second, one run of {memory} MiB", value=figures.per_second, unit="events/s")
    yield Row(what="logs: events a second for each MiB of it", value=figures.per_second / memory, unit="events/s/MiB")
    yield Row(what="logs: a million events, the function alone", value=100 * figures.dollars, unit="US cents")
    yield Row(what="logs: memory at a full copy", value=peak, unit="MiB", goal=memory * 0.75)
    # What is left of its timeout once nothing is begun any more.
    yield Row(
        what=f"logs: a full copy of {found[0].events} events", value=found[0].events / figures.per_second, unit="s", goal=95
    )


def _environments(scratch: Path, count: int) -> Iterator[Row]:
    found = environments.measure(scratch, count)
    many = f"{count} environments at once"
    yield Row(what=f"{many}: the last one is up after", value=max(found.seconds.values()), unit="s")
    yield Row(what=f"{many}: the first one is up after", value=min(found.seconds.values()), unit="s")
    yield Row(what=f"{many}: all are down after", value=found.down_seconds, unit="s")
    yield Row(what=f"{many}: ranges that two of them share", value=count - len(found.ranges), unit="ranges", goal=0)
    yield Row(what=f"{many}: peak memory of the largest process tree", value=max(found.peak_mib.values()), unit="MiB")
    yield Row(what=f"{many}: peak memory of all together", value=found.together_mib, unit="MiB")


def _refill(count: int) -> Iterator[Row]:
    for what, value in search.refilled(count, filled=10, documents=2000).items():
        yield Row(what=what, value=value, unit="s")


def _prod(scratch: Path, runs: int) -> Iterator[Row]:
    env = _sandbox(scratch / "prod")
    floor_project = _project(scratch / "floor", "floor", _imports())
    _pulumi(floor_project, env, "stack", "init", "floor")
    _pulumi(ROOT, env, "stack", "init", "prod")
    preview = ("preview", "--stack", "prod")
    with_packs = (*preview, "--policy-pack", str(ROOT / "policies"))
    # One of each in turn, so that a busy moment of the machine slows them all; the first round only warms caches.
    rounds = [
        (
            _pulumi(floor_project, env, "preview", "--stack", "floor").seconds,
            _pulumi(ROOT, env, *preview).seconds,
            _pulumi(ROOT, env, *with_packs).seconds,
        )
        for _ in range(runs + 1)
    ][1:]
    floor, plain, guarded = (statistics.median(times) for times in zip(*rounds, strict=True))
    measured = _pulumi(ROOT, env, *with_packs, memory=True)
    yield Row(what="floor: engine start + import of the pulumi_aws modules in use", value=floor, unit="s")
    yield Row(what="preview of prod", value=plain, unit="s")
    yield Row(what="preview of prod with all packs", value=guarded, unit="s")
    yield Row(what="resources in prod", value=_resources(measured), unit="resources")
    yield Row(what="preview of prod with all packs / floor", value=guarded / floor, unit="x", goal=2.5)
    yield Row(what="all packs together add to the preview of prod", value=100 * (guarded / plain - 1), unit="%", goal=25)
    if measured.peak_mib is not None:
        yield Row(what="peak memory of the whole process tree, prod", value=measured.peak_mib, unit="MiB", goal=1024)


def _concerns() -> Iterator[Row]:
    for stack in ("dev", "prod", "recovery", "replication"):
        found = concerns.resources(stack)
        for concern, count in sorted(found.items()):
            yield Row(what=f"{stack}: {concern}", value=count, unit="resources")
        yield Row(what=f"{stack}: all", value=found.total(), unit="resources")


def _tenants(runs: int) -> Iterator[Row]:
    """The matrix of isolation; and the program of prod, on the SDK's mocks, with tenants in a registry that moto keeps."""
    few = TENANTS // 10
    # In turn, so that a busy moment of the machine slows them all.
    rounds = [(tenants.ask(0), tenants.ask(few), tenants.ask(TENANTS)) for _ in range(runs)]
    floor, small, large = (statistics.median(each[size].seconds for each in rounds) for size in range(3))
    asked = rounds[0][2]
    yield Row(what="floor: the simulator of IAM starts and answers one request", value=floor, unit="s")
    yield Row(what=f"isolation of {few} tenants: {rounds[0][1].requests} requests", value=small, unit="s")
    yield Row(what=f"isolation of {TENANTS} tenants: {asked.requests} requests", value=large, unit="s")
    yield Row(what="requests over the floor", value=asked.requests / (large - floor), unit="per second")
    growth = (large - floor) / TENANTS / ((small - floor) / few)
    yield Row(what=f"each tenant of {TENANTS} / of {few}, over the floor (1 is linear)", value=growth, unit="x", goal=1.3)
    yield Row(what="another tenant's data that a tenant reaches", value=asked.allowed, unit="requests", goal=0)
    nobody, many = (tenants.declare(number) for number in (0, TENANTS))
    yield Row(what="prod, no tenant in the registry", value=nobody.resources, unit="resources")
    yield Row(what=f"prod, {TENANTS} tenants in the registry", value=many.resources, unit="resources")
    yield Row(what="what these tenants add", value=many.resources - nobody.resources, unit="resources", goal=0)
    yield Row(what="calls to AWS while the program runs", value=many.calls, unit="calls", goal=0)
    silo = tenants.declare(0, {tenant: {"slug": tenant} for tenant in tenants.tried.ids(1)})
    yield Row(what="what a silo adds to prod", value=silo.resources - nobody.resources, unit="resources")


def _packs(scratch: Path, runs: int) -> Iterator[Row]:
    """Each pack through the analyzer protocol on prod, all together as the stack grows, and Checkov on the same plan."""
    file = _plan(scratch)
    plan = plans.load(file)
    document = json.loads(file.read_text())
    for name in (*(pack.name for pack in PACKS), "."):
        speeds = [packs.measure(name, plan.resources) for _ in range(runs)]
        title = "all packs in one process" if name == "." else f"pack {name}"
        yield Row(what=f"{title}: start", value=statistics.median(each.start for each in speeds), unit="s")
        yield Row(what=f"{title}: judging prod", value=1000 * statistics.median(each.judging for each in speeds), unit="ms")
        per_second = statistics.median(each.checks_per_second for each in speeds)
        yield Row(what=f"{title}: {speeds[0].checks} checks, resources x rules", value=per_second, unit="per second")
    times: list[float] = []
    for size in packs.SIZES:
        grown = scratch / "grown.json"
        grown.write_text(json.dumps(estates.copied(document, size)))
        resources = plans.load(grown).resources
        judging = statistics.median(packs.measure(".", resources).judging for _ in range(runs))
        times.append(judging)
        yield Row(what=f"all packs: judging {size} resources", value=1000 * judging, unit="ms")
    small, middle, large = packs.SIZES
    slopes = (times[1] - times[0]) / (middle - small), (times[2] - times[1]) / (large - middle)
    yield Row(what="all packs: the second slope / the first (1 is linear)", value=slopes[1] / slopes[0], unit="x", goal=1.3)
    # In turn, so that a busy moment of the machine slows both.
    rounds = [(packs.evidence_seconds(file), packs.checkov(plan)) for _ in range(runs + 1)][1:]
    (ours, our_checks), (theirs, their_checks) = (
        (statistics.median(each[side][0] for each in rounds), rounds[0][side][1]) for side in (0, 1)
    )
    yield Row(what=f"policies.evidence on the plan of prod: {our_checks} checks", value=ours, unit="s")
    yield Row(what=f"Checkov on the same plan: {their_checks} checks", value=theirs, unit="s")
    yield Row(what="ours / Checkov, wall time", value=ours / theirs, unit="x", goal=1)
    per_check = (ours / our_checks) / (theirs / their_checks)
    yield Row(what="ours / Checkov, time per evaluated rule", value=per_check, unit="x", goal=0.1)


def _estate(scratch: Path, runs: int) -> Iterator[Row]:
    """`policies.evidence` in all formats on a large estate, and on as many resources that are all alike."""
    document = json.loads(_plan(scratch).read_text())
    # One after the other: each takes half a gigabyte.
    made = {
        "small": lambda: estates.copied(document, ESTATE // 10),
        "large": lambda: estates.copied(document, ESTATE),
        "alike": lambda: estates.alike(document, ALIKE, ESTATE),
    }
    for name, make in made.items():
        (scratch / name).write_text(json.dumps(make()))
    rounds = [
        [packs.evidence_seconds(scratch / name, "--out", str(scratch / f"{name}-out"))[0] for name in made] for _ in range(runs)
    ]
    small, large, alike = (statistics.median(times) for times in zip(*rounds, strict=True))
    yield Row(what=f"policies.evidence on {ESTATE // 10} resources, all formats", value=small, unit="s")
    yield Row(what=f"policies.evidence on {ESTATE} resources, all formats", value=large, unit="s", goal=30)
    yield Row(what=f"policies.evidence on {ESTATE} that are alike", value=alike, unit="s", goal=30)
    yield Row(what="each resource of the large one / of the small one", value=large / 10 / small, unit="x", goal=1.3)
    yield Row(what="those that are alike / the estate", value=alike / large, unit="x", goal=1.3)
    for name in ("large", "alike"):
        for file, goal in ((HTML, 10), (JSON, None), (JUNIT, None), (SARIF, None)):
            size = (scratch / f"{name}-out" / file).stat().st_size / 1e6
            yield Row(what=f"{file} of the {'estate' if name == 'large' else 'alike'}", value=size, unit="MB", goal=goal)


def _fairness() -> Iterator[Row]:
    """Models, not measurements: each file says what it assumes, and of which page of AWS it is made."""
    pairs = {
        "requests (model)": [fair_requests.delays(concurrency=CONCURRENCY, flooded=flooded) for flooded in (False, True)],
        "queue newest (model)": [fair_queue.delays(flooded=flooded) for flooded in (False, True)],
    }
    for what, (alone, flooded) in pairs.items():
        for name, of in (("mean", statistics.mean), ("p95", lambda times: times[int(0.95 * len(times))])):
            yield Row(what=f"{what}: quiet tenant, flooded / alone, {name}", value=of(flooded) / of(alone), unit="x", goal=2)
    without = fair_queue.delays(flooded=True, fair=False)
    unfair = statistics.mean(without) / statistics.mean(pairs["queue newest (model)"][0])
    yield Row(what="queue newest (model): the same without message groups, mean", value=unfair, unit="x")
    alone = fair_share.wait(BATCH, jobs=0, flooding=0, at=600)
    for flooding, moments, when, goal in (
        (1, (1, 60, 600, 1_800), "at any time", 2),
        (2, (1, 60, 600, 1_800), "at any time", 2),
        (20, (600, 1_800), "once jobs have ended", 2),
        (20, (1, 60), "before one has", None),
    ):
        waited = max(fair_share.wait(BATCH, jobs=JOBS, flooding=flooding, at=at) for at in moments)
        yield Row(
            what=f"batch (model): wait / alone, {flooding} x {JOBS} jobs, {when}", value=waited / alone, unit="x", goal=goal
        )
    unfair = fair_share.wait(BATCH, jobs=JOBS, flooding=1, at=600, fair=False) / alone
    yield Row(what="batch (model): the same in the order of submission", value=unfair, unit="x")


def _plan(scratch: Path) -> Path:
    """The plan of prod, as the engine prints it."""
    file = scratch / "plan.json"
    env = _sandbox(scratch / "sandbox")
    _pulumi(ROOT, env, "stack", "init", "prod")
    file.write_text(_pulumi(ROOT, env, "preview", "--stack", "prod", "--json", "--show-sames", errors=False).output)
    return file


def _growth(scratch: Path) -> Iterator[Row]:
    times: list[tuple[int, float]] = []
    env = _sandbox(scratch / "growth")
    program = f"import sys\n\nsys.path.insert(0, {str(ROOT)!r})\n" + (Path(__file__).parent / "services.py").read_text()
    project = _project(scratch / "services", "services", program)
    _pulumi(project, env, "stack", "init", "services")
    for services in SERVICES:
        env["BENCH_SERVICES"] = str(services)
        measured = _pulumi(project, env, "preview", "--stack", "services")
        times.append((_resources(measured), measured.seconds))
        yield Row(what=f"preview of {services} services, {times[-1][0]} resources", value=measured.seconds, unit="s")
    slopes = [1000 * (b - a) / (n - m) for (m, a), (n, b) in itertools.pairwise(times)]
    for (low, high), slope in zip(itertools.pairwise(SERVICES), slopes, strict=True):
        yield Row(what=f"each resource more, between {low} and {high} services", value=slope, unit="ms/resource")
    yield Row(what="the second slope / the first (1 is linear)", value=slopes[1] / slopes[0], unit="x", goal=1.3)


def _aggregate(scratch: Path, runs: int) -> Iterator[Row]:
    """The job on one core and PostgreSQL on another, beside DuckDB's scan of the same messages on one."""
    times = aggregate.measure(scratch, runs)
    count = aggregate.MESSAGES

    def median(seconds: Callable[[aggregate.Times], float]) -> float:
        return statistics.median(map(seconds, times))

    def rate(what: str, seconds: Callable[[aggregate.Times], float]) -> Row:
        return Row(what=what, value=count / median(seconds), unit="records/s")

    yield rate("DuckDB scans and sums the messages, one core", lambda each: each.scan)
    yield rate("the job judges them, one core", lambda each: each.judging)
    yield rate("the job judges them and makes Parquet, one core", lambda each: each.curated)
    yield rate("a whole run, per core of the job", lambda each: each.job)
    yield rate("a whole run, per core of the job and PostgreSQL", lambda each: each.job + each.postgres)
    yield rate("a whole run, by the clock", lambda each: each.wall)
    yield Row(
        what="judging and Parquet / DuckDB's scan, CPU time", value=median(lambda each: each.curated / each.scan), unit="x"
    )
    whole = median(lambda each: (each.job + each.postgres) / each.scan)
    yield Row(what="a whole run with PostgreSQL / DuckDB's scan, CPU time", value=whole, unit="x")


def _imports() -> str:
    """A program that imports what our components import of pulumi_aws, and does nothing."""
    services = {
        alias.name
        for path in (ROOT / "components").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "pulumi_aws"
        for alias in node.names
    }
    # The SDK imports a service when something of it is first looked at.
    loads = "".join(
        f'import pulumi_aws.{service}\ngetattr(pulumi_aws.{service}, "outputs", None)\n' for service in sorted(services)
    )
    return f"import gc\n\ngc.disable()\n{loads}"


def _project(folder: Path, name: str, program: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    return folder


def _sandbox(folder: Path) -> dict[str, str]:
    return {**os.environ, "DATACONNECT_SANDBOX_DIR": str(folder)}


def _pulumi(project: Path, env: dict[str, str], *arguments: str, memory: bool = False, errors: bool = True) -> Measured:
    print(".", end="", flush=True)
    command = [str(ROOT / "sandbox" / "pulumi"), *arguments, "--non-interactive"]
    return run(command, cwd=project, env=env, memory=memory, errors=errors)


def _resources(measured: Measured) -> int:
    found = re.search(r"\+ (\d+) to create", measured.output)
    if not found:
        raise RuntimeError(f"the preview does not say how many resources it would create:\n{measured.output}")
    return int(found.group(1))


if __name__ == "__main__":
    sys.exit(main())
