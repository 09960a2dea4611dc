"""Keys that are nearly right: what they say is known, so that nothing else is told of what their place then lacks."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast, get_origin

from pydantic import BaseModel

from components.base.problems import Path, annotations, models_in

PROJECT: Final = "dataconnect"

Meant = tuple[Path, object]
"""The path that a key means, and what it says."""


def is_ours(namespace: str) -> bool:
    """Whether `namespace` is, or nearly is, this project's."""
    return bool(difflib.get_close_matches(namespace.lower(), [PROJECT], n=1, cutoff=0.8))


def nearest(name: str, known: Mapping[str, object] | list[str]) -> str | None:
    """The one of `known` that `name` is nearest to; a namespace counts for nothing."""
    bare = {each.rpartition(":")[2]: each for each in known}
    close = difflib.get_close_matches(name.rpartition(":")[2], bare, n=1)
    return bare[close[0]] if close else None


def misspelt(values: Mapping[str, object], model: type[BaseModel], above: Path = ()) -> Iterator[Meant]:
    """Each key of `values` that `model` does not have but nearly, however deep."""
    known = annotations(model)
    for key, value in values.items():
        if key in known:
            yield from _below(value, known[key], (*above, key))
        elif model.model_config.get("extra") != "allow":
            namespace = key.rpartition(":")[0]
            # Outside this project's namespace, only the provider's keys may be meant.
            of = [each for each in known if each.startswith("aws:") == (namespace == "aws")]
            if (not namespace or namespace == "aws" or is_ours(namespace)) and (meant := nearest(key, of)):
                yield (*above, meant), value


def _below(value: object, annotation: object, at: Path) -> Iterator[Meant]:
    inner = next(models_in(annotation), None)
    if inner is None or not isinstance(value, dict):
        return
    section = cast("dict[str, object]", value)
    for key, part in section.items() if get_origin(annotation) is dict else ():
        if isinstance(part, dict):
            yield from misspelt(cast("dict[str, object]", part), inner, (*at, key))
    if get_origin(annotation) is not dict:
        yield from misspelt(section, inner, at)


def as_meant(values: Mapping[str, Any], found: list[Meant]) -> dict[str, Any]:
    """`values` with what the misspelt keys say in the place that they mean, where nothing else is said there."""
    corrected: object = dict(values)
    for path, value in found:
        for key in reversed(path):
            value = {key: value}
        corrected = _over(value, corrected)
    return cast("dict[str, Any]", corrected)


def _over(under: object, value: object) -> object:
    if not isinstance(under, dict) or not isinstance(value, dict):
        return value
    below, above = cast("dict[object, object]", under), cast("dict[object, object]", value)
    return {**below, **{key: _over(below.get(key), inner) for key, inner in above.items()}}


def says(found: list[Meant], path: Path) -> bool:
    """Whether a misspelt key says what is missing at `path`."""
    return any(path[: len(meant)] == meant and _holds(value, path[len(meant) :]) for meant, value in found)


def _holds(value: object, path: Path) -> bool:
    if not path:
        return True
    return isinstance(value, dict) and path[0] in value and _holds(cast("dict[object, object]", value)[path[0]], path[1:])
