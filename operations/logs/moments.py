"""Moments as people write them: how long ago, or when."""

from datetime import UTC, datetime

from operations.durations import duration
from operations.errors import Code, OperationError


def moment(text: str, option: str, now: datetime) -> datetime:
    """The moment of `30m`, `2h`, `3d` (before `now`) or of a time of ISO 8601, UTC where it tells no offset.

    Raises:
        OperationError: on any other text.
    """
    if ago := duration(text):
        return now - ago
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        expected = "e.g. 30m, 2h or 3d before now, or 2026-11-30T10:00, UTC"
        raise OperationError(f"{option} is {text!r}; expected {expected}", Code.USAGE) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def span(since: str, until: str | None) -> tuple[datetime, datetime]:
    """The time between two moments; until now by default.

    Raises:
        OperationError: where it ends before it begins.
    """
    now = datetime.now(UTC)
    begins, ends = moment(since, "--since", now), moment(until, "--until", now) if until else now
    if begins >= ends:
        raise OperationError(
            f"--since is {begins:%Y-%m-%dT%H:%MZ}; expected a moment before {ends:%Y-%m-%dT%H:%MZ}", Code.USAGE
        )
    return begins, ends
