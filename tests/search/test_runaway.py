"""A search that asks too much: what the server refuses by itself, while others are answered."""

from typing import Any

import pytest

from .estate import A, B, Search, loan

_LOOP = "double x = 0; for (int i = 0; i < 900000; i++) { x += i } return x"
_MILLISECONDS = {"min": "2026-11-01T10:00:00Z", "max": "2026-11-01T10:05:00Z"}
_BY_MILLISECOND = {"field": "applied_at", "fixed_interval": "1ms", "min_doc_count": 0, "extended_bounds": _MILLISECONDS}


@pytest.fixture(scope="module")
def crowded(filled: Search) -> Search:
    filled.fill(A, *(loan(f"A-{number}", "fixed thirty") for number in range(2000)))
    return filled


@pytest.mark.parametrize(
    ("query", "body", "status", "reason"),
    [
        ("", {"size": 10_001}, 400, "Result window is too large"),
        ("", {"query": {"bool": {"should": [{"term": {"loan_id": str(n)}} for n in range(1025)]}}}, 400, "set to 1024"),
        ("", {"size": 0, "aggs": {"all": {"date_histogram": _BY_MILLISECOND}}}, 503, "too many buckets"),
        (
            "?cancel_after_time_interval=500ms",
            {"query": {"script_score": {"query": {"match_all": {}}, "script": {"source": _LOOP}}}},
            500,
            "task_cancelled_exception",
        ),
    ],
    ids=["hits", "clauses", "buckets", "time that the service gives it"],
)
def test_the_server_refuses_what_is_too_much_and_answers_others(
    crowded: Search, query: str, body: dict[str, Any], status: int, reason: str
) -> None:
    told = crowded.as_user(A, "POST", f"/{A}-loans/_search{query}", body)
    assert told[0] == status and reason in str(told[1])
    assert crowded.as_user(B, "GET", f"/{B}-loans/_count")[1]["count"] == 2
