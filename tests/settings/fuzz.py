"""Breaks the committed settings at random: what comes of it must be a named error, or a stack that can be declared.

    make fuzz                                        # 1,000 examples
    make fuzz FUZZ='--examples 5000 --seed 7'
    make fuzz FUZZ='--examples 5000 --no-compose'    # the settings alone, ten times as fast

An example is one to three changes of the stack files, the defaults and the services' files. It is `named` when the settings
refuse it, or a stack that it reads, and each line begins with a file; `right` when the stack it describes can be declared on
the SDK's mocks, after those it reads; and `elsewhere` when it reads a stack without a file here. Anything else is a fault, told
with as few changes as cause it. An example depends on the seed, its number and the committed files alone, never on what else
runs: Hypothesis would draw values from whichever modules are loaded.
"""

import argparse
import contextlib
import copy
import io
import logging
import re
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, cast
from unittest import mock

import yaml

from settings import Settings, SettingsError, StackSettings, layers, parse
from settings.files import FileProblemError, read_stack
from tests.settings.stack_files import ROOT, STACKS, committed, dumped
from tests.stacks.estate import Estate, declare, estate_of

FILES: Final = tuple(
    str(file.relative_to(ROOT))
    for file in sorted(
        [*ROOT.glob("Pulumi.*.yaml"), *(ROOT / "settings/defaults").glob("*.yaml"), *(ROOT / "services").glob("*.yaml")]
    )
)
CONTENT: Final[dict[str, Any]] = {file: yaml.safe_load((ROOT / file).read_text()) for file in FILES}
COMMITTED: Final = {stack: committed(stack, StackSettings) for stack in STACKS}
LINE: Final = re.compile(r"(Pulumi\.[a-z0-9-]+\.yaml|settings/defaults/[a-z]+\.yaml|services/[a-z0-9-]+\.yaml): \S.+")

WORDS: Final = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "0100",
        " 100 ",
        "true",
        "null",
        "nan",
        "*",
        "/",
        "/*",
        "a" * 300,
        "é",
        "\x00",
        "a\nb",
        "\u202e",
        "{}",
    ),
    *(
        "us-east-1",
        "us-west-2",
        "10.20.0.0/16",
        "0.0.0.0/0",
        "database",
        "lake/raw:read",
        "prod",
        "dev",
        "none",
        "single",
        "secret",
    ),
    *(
        "cron(0 0 30 2 ? *)",
        "https://x.example",
        "111111111111",
        "222222222222",
        "[",
        "{a",
        "x@y.example",
        "primary",
        "recovery",
    ),
)
SCALARS: Final = (None, True, False, 0, 1, -1, 2, 17, 100, 65536, 10**9, 10**15, 1.5, -0.5, *WORDS)
DEEP: Final[dict[str, Any]] = {"a": {"b": {"c": [{"d": [[[[1]]]]}]}}}


@dataclass(frozen=True)
class Change:
    """One change of one file: `how` is done to the value at `path`."""

    file: str
    path: tuple[str | int, ...]
    how: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.file} {'.'.join(map(str, self.path))}: {self.how} {str(self.value)[:80]!r}"


def _paths(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = [*cast("dict[str | int, object]", value).items()]
    elif isinstance(value, list):
        items = [*enumerate(cast("list[object]", value))]
    for key, inner in items:
        yield (*above, key)
        yield from _paths(inner, (*above, key))


PLACES: Final = tuple((file, path) for file in FILES for path in _paths(CONTENT[file]))
ODD: Final = ("010", "1_000", "yes", "2026-01-01", ".inf", "1:30", "*x", "&x 1", "!y z", "017", "Null")
BYTES: Final = (b"\x00", b"\xff", b"\t", b"\n", b"- ", b": ", b"[", b"'", b"\xef\xbb\xbf")
CHARACTERS: Final = ((0x20, 0x7E), (0, 0x2FF), (0x2000, 0x20FF), (0xE000, 0x1FFFF))
HOW: Final = ("drop", "put", "put", "put", "rename", "copy", "swap", "odd", "bytes")


def _value(random: Random) -> Any:
    """Any value that a YAML file can hold."""
    match random.randrange(7):
        case 0:
            return random.choice(SCALARS)
        case 1:
            file, path = random.choice(PLACES)
            return _at(CONTENT[file], path)
        case 2:
            return random.choices(SCALARS, k=random.randint(0, 3))
        case 3:
            keys = random.sample(("a", "cpu", "hashKey", "x" * 50, "\u00e9", "a\nb"), random.randint(0, 2))
            return {key: random.choice(SCALARS) for key in keys}
        case 4:
            return DEEP
        case 5:
            ranges = random.choices(CHARACTERS, k=random.randint(0, 12))
            return "".join(chr(random.randint(*each)) for each in ranges)
        case _:
            return random.randint(-(10**6), 10**6)


def example(seed: int, number: int) -> tuple[str, list[Change]]:
    """A stack, and what is changed before it is read."""
    random = Random(f"{seed} {number}")
    made: list[Change] = []
    for _ in range(random.randint(1, 3)):
        file, path = random.choice(PLACES)
        how = random.choice(HOW)
        value: Any = None
        match how:
            case "put":
                value = _value(random)
            case "rename" | "copy":
                value = random.choice((random.choice(WORDS), str(random.choice(PLACES)[1][-1])))
            case "swap":
                value = random.choice([each for other, each in PLACES if other == file])
            case "odd":
                value = random.choice(ODD)
            case "bytes":
                value = (random.randint(0, 900), random.choice(BYTES))
            case _:
                pass
        made.append(Change(file, path, how, value))
    return random.choice(STACKS), made


def outcome(stack: str, made: Sequence[Change], *, compose: bool) -> str:
    """`named`, `right` or `elsewhere`; anything else is raised."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        _write(folder, made)
        with mock.patch.object(layers, "ROOT", folder):
            try:
                known = _parsed(stack, others=compose)
            except FileProblemError as problem:
                assert str(problem), "nothing is told"
                assert "\n" not in str(problem), str(problem)
                return "named"
            except SettingsError as error:
                for line in str(error).split("\n"):
                    assert LINE.fullmatch(line), f"no file and key in {line!r}"
                return "named"
    finally:
        shutil.rmtree(folder)
    if compose and not all({*_reads(each)} <= {*known} for each in known.values()):
        return "elsewhere"
    if compose:
        _declare(known)
    return "right"


def _reads(known: Settings | StackSettings) -> list[str]:
    """The stacks whose outputs a stack reads."""
    return [name for field in ("primary_stack", "recovery_stack") if (name := getattr(known, field, None))]


def _parsed(stack: str, *, others: bool) -> dict[str, Settings]:
    """The settings of a stack after those of the `others` that it reads, where they have a file."""
    known = parse(read_stack(layers.ROOT / f"Pulumi.{stack}.yaml"), stack=stack)
    found: dict[str, Settings] = {}
    for name in _reads(known) if others else ():
        if (layers.ROOT / f"Pulumi.{name}.yaml").is_file():
            found |= _parsed(name, others=True)
    return {**found, stack: known}


def _declare(known: Mapping[str, Settings]) -> None:
    """Declare stacks, each of which may read those before it; what is as it was committed is declared once for all examples."""
    estates: dict[str, Estate] = {}
    changed: set[str] = set()
    # The SDK says of a failure what it says to a person; the failure itself is raised.
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            for stack, settings in known.items():
                reads = _reads(settings)
                if settings == COMMITTED[stack] and not changed & {*reads}:
                    estates[stack] = estate_of(stack.removeprefix("prod-"))
                else:
                    changed.add(stack)
                    estates[stack] = declare(stack, settings, [estates[name] for name in reads])
    finally:
        logging.disable(logging.NOTSET)


def _write(folder: Path, made: Sequence[Change]) -> None:
    content = copy.deepcopy(CONTENT)
    odd: dict[str, str] = {}
    for change in made:
        _apply(content[change.file], change, odd)
    for file, values in content.items():
        text = dumped(values, allow_unicode=True, sort_keys=False, width=10_000)
        for name, written in odd.items():
            text = text.replace(name, written)
        data = text.encode()
        for change in made:
            if change.how == "bytes" and change.file == file:
                at, inserted = change.value
                data = data[:at] + inserted + data[at:]
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)


def _apply(content: Any, change: Change, odd: dict[str, str]) -> None:
    *above, last = change.path
    holder = _at(content, tuple(above))
    if not isinstance(holder, dict | list) or (isinstance(holder, list) and not isinstance(last, int)):
        return  # an earlier change has taken it away
    target = cast("Any", holder)
    if _at(content, change.path) is None and change.how != "put":
        return
    value = copy.deepcopy(change.value)
    match change.how:
        case "drop":
            del target[last]
        case "put":
            if isinstance(target, dict) or (isinstance(last, int) and last < len(target)):
                target[last] = value
        case "rename" if isinstance(target, dict):
            target[value] = target.pop(last)
        case "copy":
            if isinstance(target, dict):
                target[value] = copy.deepcopy(target[last])
            else:
                target.append(copy.deepcopy(target[last]))
        case "swap":
            other = copy.deepcopy(_at(content, value))
            target[last] = other
        case "odd":
            name = f"ODD{len(odd)}ODD"
            odd[name] = value
            target[last] = name
        case _:
            pass


def _at(content: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        if isinstance(content, dict):
            content = cast("dict[str | int, Any]", content).get(part)
        elif isinstance(content, list) and isinstance(part, int) and part < len(cast("list[Any]", content)):
            content = cast("list[Any]", content)[part]
        else:
            return None
    return content


def run(examples: int, seed: int, *, compose: bool) -> Counter[str]:
    """What came of `examples`.

    Raises:
        AssertionError: some are faults; the message has one of each kind, with as few changes as cause it.
    """
    seen: Counter[str] = Counter()
    faults: dict[str, str] = {}
    for number in range(examples):
        stack, made = example(seed, number)
        fault = _fault(stack, made, seen, compose=compose)
        if fault and (kind := _kind(fault)) not in faults:
            made = _smallest(stack, made, kind, compose=compose)
            told = "".join(f"\n  {change}" for change in made)
            faults[kind] = f"example {number} of seed {seed}: {stack} ends in {type(fault).__name__}: {fault}{told}"
    assert not faults, "\n\n".join(faults.values())
    return seen


def _fault(stack: str, made: Sequence[Change], seen: Counter[str], *, compose: bool) -> Exception | None:
    try:
        seen[outcome(stack, made, compose=compose)] += 1
    except Exception as error:
        return error
    return None


def _kind(fault: BaseException) -> str:
    """What was raised first, and where: of several that wait for each other, the SDK raises any."""
    while fault.__cause__ or fault.__context__:
        fault = cast("BaseException", fault.__cause__ or fault.__context__)
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} {frame.filename}:{frame.lineno}"


def _smallest(stack: str, made: list[Change], kind: str, *, compose: bool) -> list[Change]:
    """`made` without the changes that the fault does not need."""
    for change in [*made]:
        fewer = [each for each in made if each is not change]
        fault = _fault(stack, fewer, Counter(), compose=compose)
        if fault and _kind(fault) == kind:
            made = fewer
    return made


def main() -> None:
    """Run many examples and count what came of them."""
    parser = argparse.ArgumentParser(prog="make fuzz FUZZ='...'", description="Break the settings at random.")
    parser.add_argument("--examples", type=int, default=1000, help="how many; 1000 by default")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other examples; 1 by default")
    parser.add_argument("--no-compose", action="store_true", help="do not declare the stacks that are accepted")
    options = parser.parse_args()
    seen = run(options.examples, options.seed, compose=not options.no_compose)
    print(", ".join(f"{count} {what}" for what, count in sorted(seen.items())))


if __name__ == "__main__":
    main()
