"""Runs the tests on mutants: a process per mutant, forked off one that has the SDK loaded already."""

import asyncio
import gc
import importlib
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Final, Literal

import pytest

from tests.mutants.operators import Mutant

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = ("stacks", "components", "settings", "tests")
Verdict = Literal["killed", "timeout", "unchanged", "survived"]


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        verdict: `killed` by a test; `timeout`; `unchanged`, if no stack declares anything else because of it; or `survived`.
        by: The first test that failed.
    """

    mutant: Mutant
    verdict: Verdict
    by: str = ""


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: bytes) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.get_filename(fullname), "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds one module with another source than its file's."""

    def __init__(self, module: str, path: Path, source: bytes) -> None:
        self.module, self.path, self.source = module, path, source

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        del path, target
        if fullname != self.module:
            return None
        package = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        loader = _Loader(fullname, str(self.path), self.source)
        return spec_from_file_location(fullname, self.path, loader=loader, submodule_search_locations=package)


def module_of(file: str) -> str:
    """`components/key.py` is `components.key`."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def load_sdk() -> None:
    """Import what every mutant needs and no mutation touches: once, before forking."""
    sources = "".join(path.read_text() for path in ROOT.glob("*/**/*.py") if path.relative_to(ROOT).parts[0] in OURS)
    names = {
        name.strip() for line in re.findall(r"^from pulumi_aws import (.+)$", sources, re.MULTILINE) for name in line.split(",")
    }
    for name in sorted(names):
        importlib.import_module(f"pulumi_aws.{name.split(' ')[0]}")
    for name in ("yaml", "pydantic", "pulumi.runtime"):
        importlib.import_module(name)
    # The SDK learns the types of the resources when they are first declared: more than half of a first run.
    importlib.import_module("tests.stacks.estate").run("prod")
    asyncio.set_event_loop(asyncio.new_event_loop())  # threads do not outlive a fork


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS and not name.startswith("tests.mutants")]:
        if name != "tests":
            del sys.modules[name]


class _CheapFirst:
    """Has what one stack's program is enough for tested first: most mutants die there."""

    order: Final = ("prod", "recovery", "replication", "dev", "active", "full", "full recovery")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=self._cost)

    def _cost(self, item: pytest.Item) -> int:
        if "/stacks/" not in str(item.path):
            return -1
        name = item.callspec.params.get("name") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
        return self.order.index(name) if name in self.order else 2


def _run_tests(tests: Sequence[str]) -> tuple[int, str]:
    sys.stdout.flush()
    with tempfile.TemporaryFile("w+") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
        code = int(
            pytest.main(
                [
                    "-x",
                    "-q",
                    "--no-header",
                    "--tb=line",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "no:xdist",
                    "-p",
                    "no:unraisableexception",
                    *tests,
                ],
                plugins=[_CheapFirst()],
            )
        )
        sys.stdout.flush()
        said.seek(0)
        text = said.read()
    first = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    return code, first[1] if first else text[-2000:]


def _child(mutant: Mutant | None, tests: Sequence[str], unmutated: str | None, answer: int) -> None:
    os.chdir(ROOT)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    gc.disable()
    _forget()
    if mutant:
        path = ROOT / mutant.file
        sys.meta_path.insert(0, _Finder(module_of(mutant.file), path, mutant.apply(path.read_bytes())))
    code, by = _run_tests(tests)
    declared = ""
    if code == 0 and unmutated != "":
        try:
            declared = importlib.import_module("tests.stacks.estate").fingerprint()
        except Exception as error:
            declared = f"{type(error).__name__}: {error}"
    # 1: a test failed; 2: the mutant does not import; 3: a failure so deep in the SDK that pytest could not even show it.
    verdict = "killed" if code in (1, 2, 3) else "unchanged" if declared and declared == unmutated else "survived"
    os.write(answer, json.dumps({"code": code, "verdict": verdict, "by": by, "declared": declared}).encode())


@dataclass
class _Running:
    mutant: Mutant | None
    answer: int
    since: float


def _start(mutant: Mutant | None, tests: Sequence[str], unmutated: str | None) -> tuple[int, _Running]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setpgid(0, 0)
            os.close(reading)
            _child(mutant, tests, unmutated, writing)
            status = 0
        except BaseException as error:
            os.write(writing, json.dumps({"code": -1, "verdict": "killed", "by": repr(error), "declared": ""}).encode())
        finally:
            os._exit(status)
    os.close(writing)
    return pid, _Running(mutant, reading, time.monotonic())


def baseline(tests: Sequence[str]) -> tuple[float, str]:
    """Seconds that the tests take on the code as it is, and what it declares; they must pass."""
    pid, running = _start(None, tests, None)
    os.waitpid(pid, 0)
    with os.fdopen(running.answer) as answer:
        said = json.loads(answer.read() or "{}")
    if said.get("code") != 0:
        raise SystemExit(f"the tests fail without any mutant: {said.get('by') or 'the process died'}")
    return time.monotonic() - running.since, said["declared"]


def outcomes(work: Sequence[tuple[Mutant, Sequence[str]]], *, unmutated: str, jobs: int, limit: float) -> Iterator[Outcome]:
    """Run each mutant against its tests, `jobs` at a time and `limit` seconds each at the most."""
    waiting = list(reversed(work))
    active: dict[int, _Running] = {}
    while waiting or active:
        while waiting and len(active) < jobs:
            mutant, tests = waiting.pop()
            pid, running = _start(mutant, tests, unmutated)
            active[pid] = running
        done = [pid for pid in active if os.waitpid(pid, os.WNOHANG)[0]]
        for pid in done:
            running = active.pop(pid)
            assert running.mutant
            with os.fdopen(running.answer) as answer:
                said = json.loads(answer.read() or '{"verdict": "killed", "by": "the process died"}')
            yield Outcome(running.mutant, said["verdict"], said["by"])
        for pid, running in list(active.items()):
            if time.monotonic() - running.since > limit:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                os.close(running.answer)
                del active[pid]
                assert running.mutant
                yield Outcome(running.mutant, "timeout")
        if not done:
            time.sleep(0.02)
