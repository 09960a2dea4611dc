"""The words of the slash command: the same orders to the sleeper as `dataconnect schedule` gives."""

from typing import Any, Final

_ORDERS: Final[dict[str, dict[str, Any]]] = {
    "keep-awake": {"do": "order", "state": "awake"},
    "wake": {"do": "order", "state": "awake"},
    "sleep": {"do": "order", "state": "asleep"},
    "resume": {"do": "resume"},
    "status": {"do": "show"},
}
"""Word -> what functions/sleep/handler.py takes."""
USAGE: Final = (
    "status",
    "keep-awake until 22:00",
    "wake [until 2026-12-05T18:00]",
    "sleep [until 07:00]",
    "resume",
)


class WordsError(Exception):
    """Words that are no order; says what is wrong."""


def order_of(text: str, by: str) -> dict[str, Any]:
    """The order to the sleeper that `text` is; when it ends, the sleeper reads, by the time it was asked for.

    Raises:
        WordsError: on any other text.
    """
    word, *rest = text.split() or ["status"]
    order = _ORDERS.get(word.lower())
    if order is None:
        raise WordsError(f"{word!r} is no order")
    order = {**order, "by": by}
    if order["do"] != "order":
        if rest:
            raise WordsError(f"{word} stands alone")
        return order
    if not rest and word.lower() != "keep-awake":
        return order
    if len(rest) < 2 or rest[0].lower() != "until":
        raise WordsError(f"{word} takes `until` and a time")
    return {**order, "until": " ".join(rest[1:])}


def usage(command: str) -> str:
    """What may be said, a line each."""
    return "\n".join(f"{command} {each}" for each in USAGE)
