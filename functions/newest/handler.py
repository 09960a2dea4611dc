"""Keeps the newest state of each record: a stub."""

from typing import Any


def handle(event: Any, context: Any) -> Any:
    """Do nothing yet."""
    raise NotImplementedError
