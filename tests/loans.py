"""The sample record of a loan, which tests of functions, jobs and the demonstration send."""

from typing import Any


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A record that is right, and what is different about it."""
    return {
        "loan_id": f"loan-{number}",
        "product": "30-year fixed",
        "amount_cents": 25_000_000,
        "rate_bp": 612,
        "state": "OH",
        "status": "application",
        "applied_at": "2026-11-20T15:00:00Z",
        "updated_at": "2026-11-20T15:00:00Z",
    } | changes
