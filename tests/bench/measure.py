"""Runs a command and measures it: wall time, and the peak memory of its whole process tree."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Measured:
    """One run: its wall time in seconds, the tree's peak memory in MiB (None where /proc has none), and its output."""

    seconds: float
    peak_mib: float | None
    output: str


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], memory: bool = False, errors: bool = True) -> Measured:
    """Run `command`; with `memory`, sample its process tree (which costs a little time).

    `errors` says whether what it writes to standard error is part of its output.

    Raises:
        RuntimeError: when it fails, with its output.
    """
    started = time.perf_counter()
    stderr = subprocess.STDOUT if errors else subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True)
    peak: list[float] = []
    sampler = threading.Thread(target=_sample, args=(process, peak), daemon=True)
    if memory:
        sampler.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if memory:
        sampler.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with exit code {process.returncode}:\n{output}")
    return Measured(seconds, max(peak, default=None), output)


def _sample(process: "subprocess.Popen[str]", peak: list[float]) -> None:
    while process.poll() is None:
        if total := tree_mib(process.pid):
            peak.append(total)
        time.sleep(SAMPLE_SECONDS)


def tree_mib(root: int) -> float:
    """Memory of a process and all below it, MiB; 0 where /proc has none."""
    return sum(_proportional_kib(pid) for pid in tree(root)) / 1024


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The command's name is in parentheses and may hold spaces; the parent is the second field after it.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _proportional_kib(pid: int) -> int:
    """Memory of a process with what it shares divided among those who share it (PSS), KiB."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
