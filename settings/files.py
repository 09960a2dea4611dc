"""Reads YAML files so that what is written counts, and tells in one sentence what is wrong with a file.

YAML reads `010000` as 4096, `1:30` as 90 and `yes` as true, and its readers do not even agree on that. So a value without
quotes is text, `true`, `false`, `null` or a number in plain digits here, and anything else that some reader takes for more than
text is told. What hides one value behind another (anchors, aliases, tags, merge keys, a second document) is refused.

As a program, `python settings/files.py [FILE...]`, it checks stack files and the project's own (by default all of them): the
sandbox and `make check` do so before an engine reads them, whose own words about a broken file, or about `.nan`, are poor.
"""

import codecs
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml

_Loader: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST: Final = 1_000_000
"""Bytes of a file; the largest committed one has some 2,000."""
DEEPEST: Final = 20
"""Levels of nesting; the settings have seven."""

# Byte order marks, the longer one first where one begins like another.
_MARKS: Final = {
    codecs.BOM_UTF8: "UTF-8",
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# yaml.org/spec/1.2.2/#51-character-set: what is not printable
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

# What both YAML 1.1 and 1.2, and the engine's reader, take for the same number.
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,14}|-?(0|[1-9][0-9]{0,9})\.[0-9]{0,5}[1-9]", re.ASCII)
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
# yaml.org/type (1.1), yaml.org/spec/1.2.2/#103-core-schema: what a reader may take for something else than text.
_ODD: Final = (
    (
        re.compile(
            r"[-+]?(0[box][0-9a-f_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9][0-9_]*(e[-+]?[0-9]+)?|\.inf)|\.nan"
            r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?",
            re.ASCII | re.IGNORECASE,
        ),
        "a number in plain digits, or text in quotes: YAML reads this as another one",
    ),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?", re.ASCII), "text in quotes: YAML reads a date"),
    (re.compile(r"yes|no|on|off|y|n|true|false|null", re.IGNORECASE), "true or false, or text in quotes"),
)
_PROJECT_KEYS: Final = ("name", "description", "runtime")
_KEY_ENDS: Final = re.compile(r":(?=\s|$)")
_STACK_KEYS: Final = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")


class FileProblemError(Exception):
    """A file is not what it should be; the message says what would be right, without the file's name."""


class QuotedProblemError(FileProblemError):
    """The same, and the message quotes the file: not for what lies outside the project, where it may be anybody's."""


class AsWritten(str):
    """A value that YAML would read as another one than is written.

    Attributes:
        expected: What would be right.
    """

    __slots__ = ("expected",)

    expected: str

    def __new__(cls, text: str, expected: str) -> "AsWritten":
        """What is written, and what would be right."""
        value = super().__new__(cls, text)
        value.expected = expected
        return value


def read(file: Path) -> dict[str, Any]:
    """The content of `file`, an object with text keys all the way down; an empty file is an empty object.

    Raises:
        FileProblemError: when it is no YAML, or something else than such an object.
    """
    text = _text(file)
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise FileProblemError(f"is not YAML in line {_broken(text.splitlines(), error)}") from None
    except yaml.YAMLError:
        raise FileProblemError("is not YAML: it cannot be read") from None
    content = _value(node)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise FileProblemError(f"is {_kind(content)}; expected an object")
    return cast("dict[str, Any]", content)


def read_stack(file: Path) -> dict[str, Any]:
    """What stands under `config:` in a stack's file, keys with their namespaces.

    Raises:
        FileProblemError: when it is no stack file, or has keys that nobody reads.
    """
    content = read(file)
    if unknown := [key for key in content if key not in _STACK_KEYS]:
        raise QuotedProblemError(f"has the unknown key {unknown[0]!r}; expected settings below config:")
    config = content.get("config")
    if not isinstance(config, dict) or not config:
        shown = "has no config:" if config is None else f"config is {_kind(config)}"
        raise FileProblemError(f"{shown}; expected an object with keys such as dataconnect:role")
    for key in cast("dict[str, Any]", config):
        namespace, *rest = key.split(":")
        if len(rest) != 1 or not namespace or not rest[0]:
            # The engine would take `a:config:b` for `a:b`, and a key without a namespace for this project's.
            meant = f"{namespace or 'dataconnect'}:{rest[-1]}" if rest and rest[-1] else f"dataconnect:{namespace}"
            raise QuotedProblemError(f"config has the key {key!r}; expected <namespace>:<key>, as in {meant!r}")
    return cast("dict[str, Any]", config)


def read_project(file: Path) -> dict[str, Any]:
    """The project's file, which holds no settings: they would be a layer below every stack's file that nobody expects there.

    Raises:
        FileProblemError: when it has another name, which is the namespace of every setting, another runtime, or more than both.
    """
    content = read(file)
    if unknown := [key for key in content if key not in _PROJECT_KEYS]:
        raise QuotedProblemError(f"has the key {unknown[0]!r}; expected {', '.join(_PROJECT_KEYS)}: settings are a stack's")
    if content.get("name") != "dataconnect":
        raise QuotedProblemError(f"name is {content.get('name')!r}; expected dataconnect, the namespace of every setting")
    runtime = content.get("runtime")
    if not isinstance(runtime, dict) or cast("dict[str, Any]", runtime).get("name") != "python":
        raise QuotedProblemError(f"runtime is {runtime!r}; expected an object with name: python and its options")
    return content


def odd_values(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], AsWritten]]:
    """Every value inside `value` that YAML would read otherwise than it is written, with its path."""
    if isinstance(value, AsWritten):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from odd_values(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from odd_values(inner, (*path, index))


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileProblemError(f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise FileProblemError(f"has {len(data)} bytes; expected at most {LARGEST}")
    if marked := next((name for mark, name in _MARKS.items() if data.startswith(mark)), None):
        raise FileProblemError(f"begins with the byte order mark of {marked}; expected UTF-8 without one")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileProblemError(f"is not UTF-8 in line {line}; expected text in UTF-8") from None
    if found := _UNPRINTABLE.search(text):
        line, name = text[: found.start()].count("\n") + 1, f"U+{ord(found[0]):04X}"
        raise FileProblemError(f"has the character {name} in line {line}; expected characters that can be printed")
    if found := re.search(r"^ *\t[ \t]*[^\s#]", text, re.MULTILINE):
        line = text[: found.start()].count("\n") + 1
        raise FileProblemError(f"has a tab in line {line}; expected blanks: YAML takes no tab for indentation")
    return text


def _broken(lines: Sequence[str], error: yaml.MarkedYAMLError) -> str:
    """Where a person finds the mistake, and the remedy: YAML's own words name the place where its reader stumbles over it.

    No line is shown, only its number and key: it may hold a secret.
    """
    mark: Any = error.problem_mark or error.context_mark
    begin: Any = error.context_mark or mark
    told, context = str(error.problem), str(error.context)
    if "end of stream" in told:
        return f"{begin.line + 1}: its quote is never closed; expected the same quote at the end"
    if "flow" in context:
        return f"{begin.line + 1}: its bracket is not closed; expected commas between the parts, and the closing bracket"
    if "cannot start" in told or "alias" in context or "anchor" in context or "node content" in told:
        sign = lines[begin.line][begin.column] if "scanning" in context and error.context_mark else ""
        return f"{mark.line + 1}: its value begins with {sign or 'a sign of YAML'}; expected text in quotes"
    if "expected ':'" in told:
        return f"{begin.line + 1}: it has no {_lack(lines[int(begin.line)])}; expected <key>: <value>"
    here = mark.line
    line = str(lines[here]) if here < len(lines) else ""
    colon, blanks = _KEY_ENDS.search(line), _blanks(line)
    if "mapping values" in told and colon and mark.column > colon.start():
        return f"{here + 1}: its value holds a colon and a blank; expected text in quotes"
    if "mapping values" not in told and mark.column > blanks:
        return f"{here + 1}: something stands behind the closing quote or bracket; expected it inside"
    above = next((at for at in reversed(range(here)) if lines[at].strip() and lines[at].strip()[0] != "#"), None)
    over = blanks if above is None else _blanks(lines[above])
    if above is not None and over == blanks and (lines[above].lstrip()[:2] == "- ") != (line.lstrip()[:2] == "- "):
        return f"{here + 1}: it mixes the items of a list with keys; expected all to begin with '- ', or none"
    if above is not None and not _KEY_ENDS.search(lines[above]):
        return f"{above + 1}: it has no {_lack(lines[above])}; expected <key>: <value>"
    if above is None or over == blanks:
        return f"{here + 1}: {told}; expected <key>: <value>"
    both = f"line {above + 1} begins with {over} blanks, line {here + 1} with {blanks}"
    return f"{above + 1} or {here + 1}: {both}; expected the keys of one object below one another"


def _lack(line: str) -> str:
    return "blank behind its colon" if ":" in line else "colon"


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _check_events(text: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            raise QuotedProblemError(f"has the alias *{anchor} in line {line}; expected the value itself")
        if anchor is not None:
            raise QuotedProblemError(f"has the anchor &{anchor} in line {line}; expected a value without one")
        if tag is not None:
            raise QuotedProblemError(f"has the tag {tag} in line {line}; expected a value without one")
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise FileProblemError(f"has a second document in line {line}; expected one")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise FileProblemError(f"is nested deeper than {DEEPEST} levels in line {line}")


def _value(node: Any) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return None if node is None else _scalar(node)


def _mapping(node: yaml.MappingNode) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str) or isinstance(key, AsWritten) or key in ("", "<<"):
            written = f"the key {key_node.value}" if isinstance(key_node, yaml.ScalarNode) else "a key that is no text"
            raise QuotedProblemError(
                f"has {written} in line {line}; expected text, in quotes if it is a number or a word of YAML"
            )
        if key in found:
            raise QuotedProblemError(f"has the key {key!r} twice, in line {line}")
        found[key] = _value(value_node)
    return found


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if node.style:  # in quotes, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    expected = next((expected for pattern, expected in _ODD if pattern.fullmatch(text)), None)
    return AsWritten(text, expected) if expected else text


def _kind(value: object) -> str:
    """What `value` is, without what it says: a file that is none of the settings' is shown to nobody."""
    if value is None or isinstance(value, bool):
        return "empty" if value is None else "true or false"
    kinds = ((list, "a list"), (dict, "an object"), (str, "text"))
    return next((kind for each, kind in kinds if isinstance(value, each)), "a number")


def main(names: Sequence[str]) -> None:
    """Check stack files or the project's, each named by its path; what is wrong ends the program, a line a file or value.

    Of a file outside the project, which may be anything, no word is shown.
    """
    root = Path(__file__).resolve().parents[1]
    told: list[str] = []
    for file in [Path(name) for name in names] or [
        root / "Pulumi.yaml",
        *sorted(root.glob("Pulumi.*.yaml")),
        *sorted(root.glob("environments/*.yaml")),
    ]:
        inside = file.resolve().is_relative_to(root)
        try:
            odd = [*odd_values(read_project(file) if file.name == "Pulumi.yaml" else read_stack(file))]
        except FileProblemError as problem:
            quotes = isinstance(problem, QuotedProblemError)
            told.append(f"{file.name}: {'is no file of this project; expected one' if quotes and not inside else problem}")
            continue
        if odd and not inside:
            told.append(f"{file.name}: has a value that YAML reads otherwise than it is written")
            continue
        for (first, *rest), value in odd:
            key = str(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
            shown = key if key.isprintable() else repr(key)
            told.append(f"{file.name}: {shown} is written {value}; expected {value.expected}")
    if told:
        sys.exit("\n".join(told))


if __name__ == "__main__":
    main(sys.argv[1:])
