"""Reads the YAML files of the project's own: defaults and services. What is wrong with a file is told in one line."""

from pathlib import Path
from typing import Any, Final, cast

import yaml

_Loader: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileProblemError(Exception):
    """A file is not what it should be; the message says what would be right, without the file's name."""


class _Strict(_Loader):
    """A loader that refuses a key written twice, as the engine does in a stack file."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """The mapping of `node`; raises on a key that it has twice."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise FileProblemError(f"has the key {key_node.value!r} twice, in line {key_node.start_mark.line + 1}")
            seen.add(str(key_node.value))
        return super().construct_mapping(node, deep=deep)


def read(file: Path) -> dict[str, Any]:
    """The content of `file`, an object with text keys all the way down; an empty file is an empty object.

    Raises:
        FileProblemError: when it is no YAML, or something else than such an object.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - a safe loader
        _plain(content, "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise FileProblemError(f"is not YAML{where}: {getattr(error, 'problem', None) or 'it cannot be read'}") from None
    except (UnicodeDecodeError, OSError) as error:
        raise FileProblemError(f"cannot be read: {error}") from None
    except RecursionError:
        raise FileProblemError("refers to itself, or is nested too deep") from None
    except (ValueError, TypeError) as error:
        raise FileProblemError(f"is not YAML that this project reads: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise FileProblemError(f"is {_kind(content)}; expected an object")
    return cast("dict[str, Any]", content)


def _plain(value: object, where: str) -> None:
    if isinstance(value, dict):
        for key, inner in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                raise FileProblemError(f"has the key {key!r}{where}; expected text, in quotes")
            _plain(inner, f" below {key}")
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _plain(inner, where)
    elif value is not None and not isinstance(value, str | int | float | bool):
        raise FileProblemError(f"has {value!r}{where}; expected text, a number, true or false")


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else f"{value!r}"
