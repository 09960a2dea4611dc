"""Cases of a wrong value: what is edited, and the one line that must tell."""

from typing import Any

import pytest

from settings import PrimarySettings
from settings.links import links_in
from tests.settings.stack_files import CONFIG

KINDS = dict(links_in(PrimarySettings, CONFIG["prod"]))
LINKS = "one of " + ", ".join(":".join(filter(None, (name, "|".join(KINDS[name].verbs)))) for name in sorted(KINDS))


def one(stack: str, key: str, value: object, line: str, beyond: dict[str, object] | None = None) -> Any:
    """A case: `key` of `stack` set to `value` (and `beyond`) gives exactly `line`."""
    return pytest.param(stack, {key: value, **(beyond or {})}, line, id=f"{stack}-{key}-{str(value)[:30]}")


def is_(key: str, value: object, expected: str) -> str:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{key} is {shown}; expected {expected}"


def plain(stack: str, key: str, value: object, expected: str, beyond: dict[str, object] | None = None) -> Any:
    """A case whose line shows the edited key and value."""
    return one(stack, key, value, is_(key if ":" in key else f"dataconnect:{key}", value, expected), beyond)


NIGHTS: dict[str, object] = {
    "down": "cron(0 20 ? * MON-FRI *)",
    "up": "cron(0 7 ? * MON-FRI *)",
    "timezone": "America/New_York",
}
"""A schedule that a service may have of its own."""


def nights(key: str, value: object, expected: str) -> Any:
    """A case of a wrong value in a service's own schedule."""
    schedule = "services.search.schedule"
    return one("dev", schedule, {**NIGHTS, key: value}, is_(f"dataconnect:{schedule}.{key}", value, expected))
