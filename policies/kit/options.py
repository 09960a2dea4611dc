"""Checks the options of a policy against their schema, with and without the engine; a subset of JSON schema."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

_TYPES: Final[dict[str, Callable[[object], bool]]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(cast(float, value)).is_integer(),
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}

KEYWORDS: Final = frozenset(
    {"type", "items", "additionalProperties", "minLength", "pattern", "format", "default", "description"}
)
"""What a schema may say; `format` is `regex`."""


def wrong_option(schema: Mapping[str, Any], value: object, path: str) -> str:
    """What is wrong with an option's value, as a sentence that begins with `path`; empty if nothing is."""
    kind = schema["type"]
    if not _TYPES[kind](value):
        return f"{path} is {value!r}; expected {kind}"
    if isinstance(value, str):
        return _wrong_text(schema, value, path)
    if isinstance(value, list) and "items" in schema:
        inner = enumerate(cast(list[object], value))
        return next((said for key, each in inner if (said := wrong_option(schema["items"], each, f"{path}[{key}]"))), "")
    if isinstance(value, dict) and "additionalProperties" in schema:
        of = schema["additionalProperties"]
        values = cast(dict[str, object], value).items()
        return next((said for key, each in values if (said := wrong_option(of, each, f"{path}.{key}"))), "")
    return ""


def _wrong_text(schema: Mapping[str, Any], value: str, path: str) -> str:
    if len(value) < schema.get("minLength", 0):
        return f"{path} is {value!r}; expected at least {schema['minLength']} character"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{path} is {value!r}; expected text like {schema['pattern']}"
    if schema.get("format") == "regex":
        try:
            re.compile(value)
        except re.error as error:
            return f"{path} is {value!r}; expected a regular expression ({error})"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
