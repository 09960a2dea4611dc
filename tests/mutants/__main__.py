"""Mutation testing of the wiring: breaks one thing at a time in `stacks/` and the components, and tells what no test notices.

    make mutants                                  # stacks/, every operator
    make mutants MUTANTS='--files components'     # any files or folders
    make mutants MUTANTS='--files components --sample 60 --seed 1'
    make mutants MUTANTS=--changed                # files that differ from main

Each mutant is one change (see `operators.py`) and runs against `tests/stacks` and the in-process tests that import its module.
What no test fails on is compared once more: if every stack, in every variation of `tests/stacks/estate.py`, declares exactly
what it did before, the mutant is `unchanged`; if not, it has survived: write the test. `accepted.txt` lists survivors that are
right, one a line, `file | function | operator | old -> new` and `  # reason`; an entry that no mutant has, or that a test
kills, is an error.
"""

import argparse
import ast
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.mutants.operators import VALUES, WIRING, Mutant, Signatures, mutants_of
from tests.mutants.runner import OURS, ROOT, Outcome, baseline, load_sdk, module_of, outcomes

ACCEPTED = Path(__file__).with_name("accepted.txt")
PROGRAM = tuple(folder for folder in OURS if folder not in ("tests", "settings"))
WIRING_TESTS = "tests/stacks"
# Run the engine, or take minutes.
SLOW = ("tests/end_to_end", "tests/policies", "tests/sandbox", "tests/docs", "tests/delivery", "tests/bench", "tests/mutants")


def sources(paths: Iterable[str]) -> list[str]:
    """Python files at and below `paths`, as paths from the root."""
    found = [Path(ROOT / path) for path in paths]
    files = [file for path in found for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [file.relative_to(ROOT).as_posix() for file in files]


def changed_files() -> list[str]:
    """Files of the program that differ from main, committed or not."""
    base = subprocess.run(
        ["git", "merge-base", "main", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    names = subprocess.run(["git", "diff", "--name-only", base], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in names.split() if name.endswith(".py") and name.split("/")[0] in PROGRAM and (ROOT / name).exists()]


def tests_of(file: str) -> list[str]:
    """In-process tests of a module: those that import it, and the wiring tests; the smallest first."""
    name = module_of(file)
    importing = [
        test
        for test in sources(["tests"])
        if Path(test).name.startswith("test_")
        and not test.startswith((*SLOW, "tests/stacks/"))
        and f"{name} import" in (ROOT / test).read_text()
        and "tests.engine" not in (ROOT / test).read_text()
    ]
    return [*sorted(importing, key=lambda test: (ROOT / test).stat().st_size), WIRING_TESTS]


def accepted() -> dict[str, str]:
    """Key -> reason."""
    lines = [line for line in ACCEPTED.read_text().splitlines() if line.strip() and not line.startswith("#")]
    entries = {key.strip(): reason.strip() for key, _, reason in (line.partition("  # ") for line in lines)}
    for key, reason in entries.items():
        if not reason:
            raise SystemExit(f"{ACCEPTED.name}: {key}: give a reason after two spaces and #")
    return entries


def report(results: Sequence[Outcome], reasons: dict[str, str]) -> str:
    """A table per file, then what survived."""
    per_file: dict[str, Counter[str]] = {}
    for result in results:
        verdict = "accepted" if result.verdict == "survived" and result.mutant.key in reasons else result.verdict
        counts = per_file.setdefault(result.mutant.file, Counter())
        counts[verdict] += 1
        # The tests of the module itself run first.
        counts["of these by tests/stacks"] += verdict == "killed" and result.by.startswith(WIRING_TESTS)
    columns = ("killed", "of these by tests/stacks", "timeout", "unchanged", "accepted", "survived")
    lines = ["| file | mutants | " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) + 1)]
    total: Counter[str] = Counter()
    for file, counts in [*sorted(per_file.items()), ("all", total)]:
        cells = " | ".join(str(counts[column]) for column in columns)
        lines.append(f"| {file} | {counts.total() - counts[columns[1]]} | {cells} |")
        if file != "all":
            total.update(counts)
    survivors = [result.mutant for result in results if result.verdict == "survived" and result.mutant.key not in reasons]
    for mutant in sorted(survivors, key=lambda mutant: (mutant.file, mutant.line)):
        lines += [
            "",
            f"{mutant.file}:{mutant.line} in {mutant.function}, {mutant.operator}",
            f"- {mutant.old}",
            f"+ {mutant.new}",
        ]
        lines.append(f"  key: {mutant.key}")
    unchanged = [result.mutant for result in results if result.verdict == "unchanged"]
    lines += ["", "Nothing declared is different with:"] if unchanged else []
    lines += [f"{mutant.line:5} {mutant.key}" for mutant in unchanged]
    return "\n".join(lines)


def stale(results: Sequence[Outcome], reasons: dict[str, str], files: Sequence[str], *, complete: bool) -> list[str]:
    """Entries of the accepted that are no longer needed, of the files that were mutated."""
    verdicts = {result.mutant.key: result.verdict for result in results}
    ours = [key for key in reasons if key.split(" | ")[0] in files or not (ROOT / key.split(" | ")[0]).exists()]
    gone = [f"no mutant is called {key}" for key in ours if complete and key not in verdicts]
    return [*gone, *(f"is {verdicts[key]}: {key}" for key in ours if verdicts.get(key) in ("killed", "timeout", "unchanged"))]


def main(arguments: Sequence[str]) -> int:
    """Run as the command line says; 0 when nothing survived."""
    assert __doc__
    parser = argparse.ArgumentParser(
        prog="tests.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", nargs="+", default=["stacks"], help="files and folders to mutate; stacks by default")
    parser.add_argument("--changed", action="store_true", help="mutate the files that differ from main instead")
    parser.add_argument("--operators", nargs="+", default=[*WIRING, *VALUES], help="only these; all by default")
    parser.add_argument("--tests", nargs="+", help="run these tests instead of those that belong to the file")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, help="also write the table and the survivors there")
    parser.add_argument("--again", type=Path, help="only the survivors that a report of --report names")
    parser.add_argument(
        "--no-compare", action="store_true", help="count unchanged ones as survivors: quick, where little is tested"
    )
    parser.add_argument("--list", action="store_true", help="name the mutants and run nothing")
    options = parser.parse_args(arguments)

    files = changed_files() if options.changed else sources(options.files)
    trees = [
        ast.parse((ROOT / file).read_bytes()) for file in sources(folder for folder in PROGRAM if (ROOT / folder).exists())
    ]
    signatures = Signatures.of(trees)
    mutants = [one for file in files for one in mutants_of(file, (ROOT / file).read_bytes(), signatures, options.operators)]
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    if options.again:
        wanted = set(re.findall(r"^  key: (.+)$", options.again.read_text(), re.MULTILINE))
        mutants = [mutant for mutant in mutants if mutant.key in wanted]
    if options.list:
        print("\n".join(f"{mutant.line:4} {mutant.key}" for mutant in mutants))
        print(f"{len(mutants)} mutants of {len(files)} files")
        return 0
    reasons = accepted()
    return _run(mutants, options, reasons, files)


def _run(mutants: list[Mutant], options: argparse.Namespace, reasons: dict[str, str], files: list[str]) -> int:
    load_sdk()
    work = [(mutant, options.tests or tests_of(mutant.file)) for mutant in mutants]
    everything = sorted({test for _, tests in work for test in tests}) or ["tests/stacks"]
    seconds, unmutated = baseline(everything)
    unmutated = "" if options.no_compare else unmutated
    most = len(work) * seconds / options.jobs
    print(
        f"{len(work)} mutants of {len(files)} files; the tests take {seconds:.0f} s: {most / 60:.0f} minutes at the most",
        flush=True,
    )
    began = time.monotonic()
    results: list[Outcome] = []
    for result in outcomes(work, unmutated=unmutated, jobs=options.jobs, limit=60 + 5 * seconds):
        results.append(result)
        if len(results) % 50 == 0:
            print(f"{len(results)}/{len(work)} after {time.monotonic() - began:.0f} s", flush=True)
        if result.verdict == "survived":
            print(f"{len(results)}/{len(work)} {result.verdict}: {result.mutant.line} {result.mutant.key}", flush=True)
    said = report(results, reasons)
    print(f"{said}\n\n{time.monotonic() - began:.0f} s")
    if options.report:
        options.report.write_text(said + "\n")
    complete = not (options.sample or options.again) and set(options.operators) == {*WIRING, *VALUES}
    problems = [] if options.tests else stale(results, reasons, files, complete=complete)
    for problem in problems:
        print(f"{ACCEPTED.name}: {problem}")
    survived = any(result.verdict == "survived" and result.mutant.key not in reasons for result in results)
    return 1 if survived or problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
