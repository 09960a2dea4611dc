"""Takes lenders' records in: a stub."""

from typing import Any


def handle(event: Any, context: Any) -> Any:
    """Do nothing yet."""
    raise NotImplementedError
