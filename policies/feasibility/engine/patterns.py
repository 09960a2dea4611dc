"""Event patterns and filter policies: JSON whose leaves are lists of what may match."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from policies.feasibility.engine.shapes import json_object, parsed
from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, Value

_MATCHERS: Final = frozenset(
    {"prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard"}
)
_COMPARISONS: Final = ("<", "<=", "=", ">", ">=")
_ENVELOPE: Final = frozenset(
    {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"}
)


def pattern_mistakes(value: Value) -> list[str]:
    """What is wrong with a pattern, given as JSON text or as an object; nothing if it is absent, right, or no JSON at all.

    Raises:
        UnknownValueError: if it is known only after deployment.
    """
    if value is None:
        return []
    try:
        pattern = parsed(value)
    except ValueError:
        return []  # another rule's finding
    if not isinstance(pattern, Mapping):
        return ["a JSON object"]
    return list(_object("", cast(Mapping[str, Any], pattern)))


@row
def each_pattern(path: str, answer: str) -> Check:
    """Every pattern at `path` (`name[]` stands for a list's elements) can be read; in `answer` stands `{mistake}`."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            for mistake in () if value is UNKNOWN else pattern_mistakes(value):
                yield Finding(where, value, mistake, detail=mistake, answer=answer.format(mistake=mistake))

    return check


def _object(path: str, pattern: Mapping[str, Any]) -> Iterator[str]:
    if not pattern:
        yield f"at least one field in {path or 'the pattern'}"
    for key, value in pattern.items():
        where = f"{path}.{key}" if path else key
        if key == "$or" and isinstance(value, list):
            for part in cast(list[Any], value):
                if isinstance(part, Mapping):
                    yield from _object(where, cast(Mapping[str, Any], part))
        elif isinstance(value, Mapping):
            yield from _object(where, cast(Mapping[str, Any], value))
        elif not isinstance(value, list):
            yield f'a list in "{where}", not {value!r}'
        elif not value:
            yield f'at least one value in "{where}"'
        else:
            for element in cast(list[Any], value):
                yield from _element(where, element)


def _element(where: str, element: Any) -> Iterator[str]:
    if isinstance(element, list):
        yield f'values in "{where}", not a list in a list'
    if not isinstance(element, Mapping):
        return
    matcher = cast(Mapping[str, Any], element)
    if len(matcher) != 1 or not matcher.keys() <= _MATCHERS:
        yield f'one of {", ".join(sorted(_MATCHERS))} in "{where}", not {", ".join(map(str, matcher)) or "nothing"}'
        return
    ((name, operand),) = matcher.items()
    if name == "exists" and not isinstance(operand, bool):
        yield f'true or false for exists in "{where}"'
    if name == "numeric" and not _numeric(operand):
        yield f'a list such as [">", 0, "<=", 5] for numeric in "{where}"'
    if name == "cidr" and not (isinstance(operand, str) and "/" in operand):
        yield f'a block such as 10.0.0.0/24 for cidr in "{where}"'


def _numeric(operand: Any) -> bool:
    if not isinstance(operand, list) or len(cast(list[Any], operand)) not in (2, 4):
        return False
    parts = cast(list[Any], operand)
    return all(part in _COMPARISONS for part in parts[::2]) and all(isinstance(part, (int, float)) for part in parts[1::2])


def never_in_events(value: Value) -> list[str]:
    """Top-level fields of a rule's pattern that no event of EventBridge has, such as `detailType`."""
    return [key for key in json_object(value) or () if key not in _ENVELOPE and key != "$or"]


def depth(pattern: Any) -> int:
    """How many levels of objects a pattern has; 1 for a flat one."""
    if not isinstance(pattern, Mapping):
        return 0
    inner = [value for key, value in cast(Mapping[str, Any], pattern).items() if key != "$or"]
    return 1 + max((depth(value) for value in inner), default=0)
