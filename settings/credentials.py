"""Credentials in plain text, which no file of the settings may hold."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from components.base import checks
from components.base.problems import Line, Path

CREDENTIAL_KEYS: Final = ("aws:accessKey", "aws:secretKey", "aws:token")


def credentials(raw: Mapping[str, object], encrypted: Callable[[Path], bool]) -> Iterator[Line]:
    """A line for each value in plain text that looks like a credential; the value is not shown.

    `encrypted` answers whether the value at a path stands in its file as a Pulumi secret.
    """
    for key, value in raw.items():
        if key in CREDENTIAL_KEYS:
            advice = "expected no credentials in a stack file: they come from the shell's AWS profile or the job's role"
            yield Line(path=(key,), says="is [hidden]", advice=advice)
            continue
        for path, text in _texts(value, (key,)):
            if (what := checks.credential(text)) and not encrypted(path):
                yield Line(path=path, says="is [hidden]", advice=f"expected no secret in plain text: this looks like {what}")


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _texts(item, (*path, index))
