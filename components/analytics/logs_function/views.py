"""The views of Dashboards as code: index patterns, saved searches, charts, and the page that holds them."""

import json
from typing import Any, Final

LOGS: Final = "logs"
QUARANTINE: Final = "logs-quarantine"
PATTERNS: Final = {LOGS: "logs-application-*,logs-audit-*,logs-access-*", QUARANTINE: "logs-quarantine-*"}
ERRORS: Final = "outcome:failed OR level:(ERROR OR CRITICAL OR FATAL)"
"""What failed, as docs/telling.md tells it, and what is only written down as an error."""
SEARCHES: Final = {
    "logs-errors": ("Errors", LOGS, ERRORS, ("group", "service", "error.kind", "tenant", "message")),
    "logs-failures": (
        *("What failed", LOGS, "outcome:failed"),
        ("service", "operation", "tier", "tenant", "error.kind", "error.fingerprint", "trace"),
    ),
    "logs-audit": ("Who did what", LOGS, "class:audit", ("group", "message")),
    "logs-slow": ("Slower than a second", LOGS, "duration:>1000", ("service", "operation", "tier", "duration", "trace")),
    "logs-waited": ("Waited longer than a minute", LOGS, "waited:>60", ("service", "tenant", "requests", "waited")),
    "logs-refused": ("What no index takes", QUARANTINE, "*", ("reason", "group", "message")),
}
"""Id -> title, index pattern, query of Lucene, and columns."""
CHARTS: Final = {
    "logs-by-group": ("Events by group", LOGS, "*", "group"),
    "logs-errors-by-group": ("Errors by group", LOGS, ERRORS, "group"),
    "logs-failures-by-service": ("What failed, by service", LOGS, "outcome:failed", "service"),
    "logs-failures-by-kind": ("What failed, by kind of error", LOGS, "outcome:failed", "error.kind"),
    "logs-by-status": ("Answers of 500 and more, by group", LOGS, "status:>=500", "group"),
    "logs-refused-by-reason": ("What no index takes, by reason", QUARANTINE, "*", "reason"),
}
"""Id -> title, index pattern, query of Lucene, and the field by which it is split."""
PAGE: Final = "logs-overview"
_SOURCE: Final = "kibanaSavedObjectMeta.searchSourceJSON.index"


def views() -> list[dict[str, Any]]:
    """All of them, as Dashboards takes saved objects."""
    patterns = [_saved("index-pattern", id, {"title": title, "timeFieldName": "@timestamp"}) for id, title in PATTERNS.items()]
    searches = [_search(id, *told) for id, told in SEARCHES.items()]
    charts = [_chart(id, *told) for id, told in CHARTS.items()]
    return [*patterns, *searches, *charts, _page()]


def _saved(kind: str, id: str, attributes: dict[str, Any], *references: dict[str, str]) -> dict[str, Any]:
    return {"type": kind, "id": id, "attributes": attributes, "references": list(references)}


def _source(query: str) -> dict[str, str]:
    told = {"query": {"query": query, "language": "lucene"}, "filter": [], "indexRefName": _SOURCE}
    return {"searchSourceJSON": json.dumps(told)}


def _of(pattern: str) -> dict[str, str]:
    return {"name": _SOURCE, "type": "index-pattern", "id": pattern}


def _search(id: str, title: str, pattern: str, query: str, columns: tuple[str, ...]) -> dict[str, Any]:
    attributes = {
        "title": title,
        "columns": [*columns],
        "sort": [["@timestamp", "desc"]],
        "version": 1,
        "kibanaSavedObjectMeta": _source(query),
    }
    return _saved("search", id, attributes, _of(pattern))


def _chart(id: str, title: str, pattern: str, query: str, field: str) -> dict[str, Any]:
    def agg(number: str, kind: str, schema: str, **params: Any) -> dict[str, Any]:
        return {"id": number, "enabled": True, "type": kind, "schema": schema, "params": params}

    state = {
        "title": title,
        "type": "histogram",
        "params": {"type": "histogram", "addLegend": True, "addTooltip": True, "legendPosition": "right"},
        "aggs": [
            agg("1", "count", "metric"),
            agg("2", "date_histogram", "segment", field="@timestamp", interval="auto", min_doc_count=1),
            agg("3", "terms", "group", field=field, size=10, order="desc", orderBy="1"),
        ],
    }
    attributes = {
        "title": title,
        "visState": json.dumps(state),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": _source(query),
    }
    return _saved("visualization", id, attributes, _of(pattern))


def _page() -> dict[str, Any]:
    """The charts, two in a row, and the errors below them."""
    shown = [*(("visualization", id) for id in CHARTS), ("search", "logs-errors")]
    panels = [
        {
            "panelIndex": str(at),
            "gridData": {
                "x": at % 2 * 24,
                "y": at // 2 * 15,
                "w": 24 if kind == "visualization" else 48,
                "h": 15,
                "i": str(at),
            },
            "embeddableConfig": {},
            "panelRefName": f"panel_{at}",
        }
        for at, (kind, _) in enumerate(shown)
    ]
    query = {"query": {"query": "", "language": "lucene"}, "filter": []}
    attributes = {
        "title": "Logs",
        "panelsJSON": json.dumps(panels),
        "optionsJSON": json.dumps({"useMargins": True}),
        "timeRestore": False,
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(query)},
    }
    named = [{"name": f"panel_{at}", "type": kind, "id": id} for at, (kind, id) in enumerate(shown)]
    return _saved("dashboard", PAGE, attributes, *named)
