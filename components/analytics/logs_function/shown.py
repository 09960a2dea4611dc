"""What an operator asks a log domain: how it is, what it holds, and which events say something."""

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from ..search_function.domain import Domain

ALL: Final = "logs-*"
MOST: Final = 500
"""Events that one answer tells."""
_SECONDS: Final = 20


class Held(TypedDict):
    """Indexes of a class of logs.

    Attributes:
        indexes: How many.
        documents: In all of them; with those of the last half minute missing.
        bytes: With their copies.
        newest: Time of the latest event; None without any.
    """

    indexes: int
    documents: int
    bytes: int
    newest: str | None


class Shown(TypedDict):
    """A log domain.

    Attributes:
        health: That of its worst index.
        classes: By class of logs, and `quarantine`.
        reasons: Why documents were quarantined -> how many, in the last day.
    """

    health: str
    classes: dict[str, Held]
    reasons: dict[str, int]


class Found(TypedDict):
    """Events that a search has found.

    Attributes:
        total: How many there are, at the least.
        events: The latest of them, each as its document says it.
    """

    total: int
    events: list[dict[str, Any]]


def show(domain: Domain) -> Shown:
    """Look at a domain; changes nothing.

    Raises:
        DomainError: when the domain refuses something.
    """
    indexes = domain.get(f"/_cat/indices/{ALL}?format=json&bytes=b&h=index,docs.count,store.size")
    classes: dict[str, Held] = {}
    for each in indexes:
        held = classes.setdefault(each["index"].split("-")[1], Held(indexes=0, documents=0, bytes=0, newest=None))
        held["indexes"] += 1
        held["documents"] += int(each["docs.count"] or 0)
        held["bytes"] += int(each["store.size"] or 0)
    newest = {"newest": {"max": {"field": "@timestamp"}}}
    for name, held in classes.items():
        _, told = domain.ask("POST", f"/logs-{name}-*/_search", {"size": 0, "aggs": newest})
        held["newest"] = told["aggregations"]["newest"].get("value_as_string")
    reasons: dict[str, int] = {}
    if "quarantine" in classes:
        day = {"range": {"@timestamp": {"gte": "now-1d"}}}
        asked = {"size": 0, "query": day, "aggs": {"reasons": {"terms": {"field": "reason", "size": 20}}}}
        _, told = domain.ask("POST", "/logs-quarantine-*/_search", asked)
        reasons = {each["key"]: each["doc_count"] for each in told["aggregations"]["reasons"]["buckets"]}
    return Shown(health=domain.get("/_cluster/health")["status"], classes=classes, reasons=reasons)


def find(domain: Domain, query: str, *, since: str, until: str, classes: Sequence[str], most: int) -> Found:
    """The latest events between two moments that a query of Lucene's syntax finds; changes nothing.

    Raises:
        ValueError: on more events than one answer tells.
        DomainError: when the domain refuses something, e.g. the query.
    """
    if not 1 <= most <= MOST:
        raise ValueError(f"most is {most!r}; expected 1 to {MOST}")
    words = {"query": query, "default_field": "message", "allow_leading_wildcard": False, "lenient": True}
    within = {"range": {"@timestamp": {"gte": since, "lt": until}}}
    asked = {
        "size": most,
        "timeout": f"{_SECONDS}s",
        "sort": [{"@timestamp": "desc"}],
        "query": {"bool": {"filter": [within, {"query_string": words}]}},
    }
    pattern = ",".join(f"logs-{each}-*" for each in classes)
    _, told = domain.ask("POST", f"/{pattern}/_search?ignore_unavailable=true&allow_no_indices=true", asked)
    hits = told["hits"]
    return Found(total=hits["total"]["value"], events=[{"id": each["_id"], **each["_source"]} for each in hits["hits"]])
