"""CloudWatch Logs and Batch for tests, as far as tenants are counted there.

moto's Insights adds nothing up, and its Batch knows no shares.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


@dataclass
class FakeLogs:
    """Logs Insights, for the two questions that are asked.

    Attributes:
        events: Log group -> its lines.
        asked: The questions.
        since: From which second on there are lines; earlier is refused, as AWS refuses what lies before the retention.
        states: What it says before an answer is there.
    """

    events: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    since: int = 0
    states: Sequence[str] = ("Scheduled", "Running", "Complete")
    _looks: int = 0

    def start_query(self, **told: Any) -> dict[str, str]:
        if told["endTime"] < self.since:
            said = {"Code": "MalformedQueryException", "Message": "end date and time is before the retention settings"}
            raise ClientError({"Error": said}, "StartQuery")
        self.asked.append(told)
        self._looks = 0
        return {"queryId": str(len(self.asked) - 1)}

    def get_query_results(self, *, queryId: str) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        state = self.states[min(self._looks, len(self.states) - 1)]
        self._looks += 1
        rows = [] if state != "Complete" else [*self._rows(self.asked[int(queryId)])]
        return {"status": state, "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows]}

    def _rows(self, told: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        lines = [line for group in told["logGroupNames"] for line in self.events[group]]
        if pattern := re.search(r"like /(.*?)/", told["queryString"]):
            if found := sum(pattern[1] in line for line in lines):
                yield {"refused": str(found)}
            return
        asked = "filter ispresent(tenant) and ispresent(longest_wait) | stats sum(requests) as requests, sum(failed) as failed"
        assert told["queryString"].startswith(f"{asked}, max(longest_wait) as waited by service, tenant")
        sums: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for each in map(json.loads, lines):
            if "tenant" in each and "longest_wait" in each:
                sums[each["service"], each["tenant"]].append(each)
        for (service, tenant), own in sums.items():
            counts = {name: str(sum(each[name] for each in own)) for name in ("requests", "failed")}
            yield {"service": service, "tenant": tenant, **counts, "waited": str(max(each["longest_wait"] for each in own))}


@dataclass
class FakeBatch:
    """Jobs of a queue, by share identifier."""

    jobs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def get_paginator(self, operation: str) -> "FakeBatch":
        assert operation == "list_jobs"
        return self

    def paginate(self, *, jobQueue: str, filters: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:  # noqa: N803
        ((wanted,),) = [each["values"] for each in filters if each["name"] == "SHARE_IDENTIFIER"]
        assert jobQueue
        for each in self.jobs:
            if each["shareIdentifier"] == wanted:
                yield {"jobSummaryList": [each]}
