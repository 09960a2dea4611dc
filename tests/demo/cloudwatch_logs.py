"""CloudWatch Logs for the demonstration: log groups, what a subscription sends of them, and the question of `dataconnect slo`.

moto's Insights adds nothing up.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.functions.logs_world import event, part


@dataclass
class LogGroups:
    """The groups of a stack.

    Attributes:
        events: Log group -> its events, each with `id`, `timestamp` in milliseconds and `message`.
    """

    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])

    def write(self, group: str, lines: Sequence[str], end: datetime) -> None:
        """Keep lines, one each millisecond, the last of them at `end`."""
        last, before = round(end.timestamp() * 1000), len(self.ids())
        self.events.setdefault(group, []).extend(
            event(before + number, line, timestamp=last - len(lines) + number) for number, line in enumerate(lines, 1)
        )

    def ids(self) -> list[str]:
        """Of all events."""
        return [each["id"] for events in self.events.values() for each in events]

    def sent(self, *groups: str) -> bytes:
        """What Firehose writes of what the subscriptions of some groups send."""
        return b"".join(part(*self.events[group], group=group) for group in groups)

    def start_query(self, *, logGroupNames: Sequence[str], queryString: str, **_: Any) -> dict[str, str]:  # noqa: N803
        """As boto3's client: the names of the groups are the query's id."""
        assert queryString.startswith('filter outcome = "failed" | stats sum(failed) as failed'), queryString
        return {"queryId": json.dumps([*logGroupNames])}

    def get_query_results(self, *, queryId: str) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        """As boto3's client."""
        rows = sorted(self._failures(json.loads(queryId)), key=lambda row: -int(row["failed"]))
        results = [[{"field": name, "value": value} for name, value in row.items()] for row in rows]
        return {"status": "Complete", "results": results}

    def _failures(self, groups: Sequence[str]) -> Iterator[dict[str, str]]:
        kinds: dict[tuple[str, ...], list[tuple[int, Mapping[str, Any]]]] = {}
        for each in (each for group in groups for each in self.events.get(group, ())):
            told = _members(each["message"])
            if told.get("outcome") == "failed":
                error = told.get("error", {})
                same = (told["service"], told["operation"], told.get("tier", ""), *map(error.get, ("kind", "fingerprint")))
                kinds.setdefault(same, []).append((each["timestamp"], told))
        for same, failed in kinds.items():
            at, newest = max(failed, key=lambda each: each[0])
            named = dict(zip(("service", "operation", "tier", "kind", "fingerprint"), same, strict=True))
            yield {
                "failed": str(sum(told["failed"] for _, told in failed)),
                "since": _moment(min(at for at, _ in failed)),
                "last": _moment(at),
                "example": newest.get("trace", ""),
                **named,
            }


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")


def _members(message: str) -> Mapping[str, Any]:
    try:
        told: Any = json.loads(message)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
