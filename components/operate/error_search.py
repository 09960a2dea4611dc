"""Saved queries that lead from an alarm to the requests that failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Place

MOST_GROUPS: Final = 50
"""Log groups of one query: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html."""

FAILURES: Final = """\
filter outcome = "failed"
| stats sum(failed) as failed, earliest(@timestamp) as since, latest(@timestamp) as last, latest(trace) as example
  by service, operation, tier, error.kind as kind, error.fingerprint as fingerprint
| sort failed desc
| limit 50"""
"""What fails, by kind and way, with the trace of the newest example of each. `dataconnect slo failures` has it as an output."""

QUERIES: Final[Mapping[str, str]] = {
    "failures": FAILURES,
    "one-failure": """\
fields @timestamp, service, operation, tier, tenant, trace, requests, duration, longest_wait, @logStream, @message
| filter error.fingerprint = "PUT THE FINGERPRINT HERE"
| sort @timestamp desc
| limit 100""",
    "slow": """\
filter ispresent(duration) and ispresent(service)
| stats pct(duration, 50) as p50, pct(duration, 95) as p95, pct(duration, 99) as p99, sum(requests) as requests
  by service, operation, tier
| sort p95 desc""",
    "error-lines": """\
fields @timestamp, @log, @message
| filter @message like /ERROR|CRITICAL|Traceback/
| sort @timestamp desc
| limit 100""",
}
"""By name; docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html."""


@dataclass(frozen=True, kw_only=True)
class ErrorSearchArgs:
    """Queries over the logs of workloads.

    Attributes:
        here: Where they are.
        logs: Name of each log group, by the workload's; 1 to 50.

    Raises:
        InvalidArgumentError: on none, or more log groups than one query may read.
    """

    here: Place
    logs: Mapping[str, pulumi.Input[str]]

    def __post_init__(self) -> None:
        if not 1 <= len(self.logs) <= MOST_GROUPS:
            raise InvalidArgumentError(self, "logs", f"{len(self.logs)} log groups", f"1 to {MOST_GROUPS}")


class ErrorSearch(Component):
    """Saved queries of CloudWatch Logs Insights, in a folder that is called as the stack."""

    def __init__(self, name: str, args: ErrorSearchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for query, text in QUERIES.items():
            cloudwatch.QueryDefinition(
                f"{name}-{query}",
                region=args.here.region,
                name=f"dataconnect/{pulumi.get_stack()}/{query}",  # people choose it by name, and a slash makes folders
                query_string=text,
                log_group_names=[*args.logs.values()],
                opts=self.child(),
            )
        self.register_outputs({})
