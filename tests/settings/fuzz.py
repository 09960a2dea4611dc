"""Breaks the committed settings at random: what comes of it must be a named error, or a stack that can be declared.

    make fuzz                                        # 1,000 examples
    make fuzz FUZZ='--examples 5000 --seed 7'
    make fuzz FUZZ='--examples 5000 --no-compose'    # the settings alone, ten times as fast

An example is one to three changes of the stack files, the defaults and the services' files. It is `named` when the settings
refuse it and each line begins with a file, and `right` when the stack it describes can be declared on the SDK's mocks; anything
else is a fault, which Hypothesis makes as small as it can. The default run has a few examples, the same ones each time.
"""

import argparse
import contextlib
import copy
import io
import logging
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from unittest import mock

import hypothesis
import yaml
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from settings import Settings, SettingsError, layers, parse
from settings.files import FileProblemError, read_stack
from tests.settings.stack_files import ROOT, STACKS
from tests.stacks.estate import declare, estate_of

FILES: Final = tuple(
    str(file.relative_to(ROOT))
    for file in sorted(
        [*ROOT.glob("Pulumi.*.yaml"), *(ROOT / "settings/defaults").glob("*.yaml"), *(ROOT / "services").glob("*.yaml")]
    )
)
CONTENT: Final[dict[str, Any]] = {file: yaml.safe_load((ROOT / file).read_text()) for file in FILES}
READ_FROM: Final = {"prod-recovery": ("prod",), "prod-replication": ("prod", "recovery")}
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
VALUES: Final = st.one_of(
    st.sampled_from(SCALARS),
    st.sampled_from(PLACES).map(lambda place: _at(CONTENT[place[0]], place[1])),
    st.lists(st.sampled_from(SCALARS), max_size=3),
    st.dictionaries(st.sampled_from(("a", "cpu", "hashKey", "x" * 50, "é", "a\nb")), st.sampled_from(SCALARS), max_size=2),
    st.just(DEEP),
    st.text(max_size=12),
    st.integers(-(10**6), 10**6),
)


@st.composite
def changes(draw: Callable[..., Any]) -> tuple[str, list[Change]]:
    """A stack, and what is changed before it is read."""
    made: list[Change] = []
    for _ in range(draw(st.integers(1, 3))):
        file, path = draw(st.sampled_from(PLACES))
        how = draw(st.sampled_from(("drop", "put", "put", "put", "rename", "copy", "swap", "odd", "bytes")))
        value: Any = None
        match how:
            case "put":
                value = draw(VALUES)
            case "rename" | "copy":
                value = draw(st.one_of(st.sampled_from(WORDS), st.sampled_from([str(each[-1]) for _, each in PLACES])))
            case "swap":
                value = draw(st.sampled_from([each for other, each in PLACES if other == file]))
            case "odd":
                value = draw(
                    st.sampled_from(("010", "1_000", "yes", "2026-01-01", ".inf", "1:30", "*x", "&x 1", "!y z", "017", "Null"))
                )
            case "bytes":
                value = draw(
                    st.tuples(
                        st.integers(0, 900),
                        st.sampled_from((b"\x00", b"\xff", b"\t", b"\n", b"- ", b": ", b"[", b"'", b"\xef\xbb\xbf")),
                    )
                )
            case _:
                pass
        made.append(Change(file, path, how, value))
    return draw(st.sampled_from(STACKS)), made


def outcome(stack: str, made: list[Change], *, compose: bool) -> str:
    """`named` or `right`; anything else is raised."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        _write(folder, made)
        with mock.patch.object(layers, "ROOT", folder):
            try:
                known = parse(read_stack(folder / f"Pulumi.{stack}.yaml"), stack=stack)
            except FileProblemError as problem:
                assert str(problem), "nothing is told"
                assert "\n" not in str(problem), str(problem)
                return "named"
            except SettingsError as error:
                for line in str(error).split("\n"):
                    assert LINE.fullmatch(line), f"no file and key in {line!r}"
                return "named"
        if compose:
            _declare(stack, known)
        return "right"
    finally:
        shutil.rmtree(folder)


def _declare(stack: str, known: Settings) -> None:
    # The SDK says of a failure what it says to a person; the failure itself is raised.
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            declare(stack, known, [estate_of(name) for name in READ_FROM.get(stack, ())])
    finally:
        logging.disable(logging.NOTSET)


def _write(folder: Path, made: list[Change]) -> None:
    content = copy.deepcopy(CONTENT)
    odd: dict[str, str] = {}
    for change in made:
        _apply(content[change.file], change, odd)
    for file, values in content.items():
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000)
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
    """Try `examples`; what is no named error and no right stack is raised, as small as Hypothesis can make it."""
    seen: Counter[str] = Counter()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        phases=(Phase.generate, Phase.shrink),
    )
    @hypothesis.given(changes())
    def check(example: tuple[str, list[Change]]) -> None:
        stack, made = example
        try:
            seen[outcome(stack, made, compose=compose)] += 1
        except Exception as error:
            told = "\n".join(f"  {change}" for change in made)
            raise AssertionError(f"{stack} ends in {type(error).__name__}: {error}\n{told}") from error

    check()
    return seen


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
