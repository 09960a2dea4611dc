"""What the sleeper answers, in words: for the command line and for Slack."""

from collections.abc import Mapping
from typing import Any


def headline(told: Mapping[str, Any]) -> str:
    """What the stack is to be, until when and why, in one line."""
    order = told["order"]
    why = f"as {order['by']} ordered" if order else "by its hours"
    until = f" until {told['until']}" if told["until"] else ""
    return f"{told['stack']} at {told['at']}: {told['mode']}{until}, {why}"


def held(told: Mapping[str, Any]) -> list[str]:
    """Who else holds its databases awake, a line each, and whose lease cannot be read."""
    return [
        *(
            f"its databases are held awake by {each['stack']}, until {each['until']} unless that renews it"
            for each in told["holders"]
        ),
        *(f"the lease of {each} cannot be read, and holds nothing awake" for each in told.get("unreadable", [])),
    ]
