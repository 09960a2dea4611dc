"""What AWS knows of one tenant's messages, jobs and refused sessions: in logs that are there anyway, and in the job queue."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from operations.insights import ask
from operations.stack import Stack
from operations.tenants.meter import Month
from operations.tenants.registry import Tenant

POSTGRES_LOG: Final = "/aws/rds/instance/{}/postgresql"
WAITING: Final = ("SUBMITTED", "PENDING", "RUNNABLE")
RUNNING: Final = ("STARTING", "RUNNING")
# docs.aws.amazon.com/batch/latest/userguide/job_states.html: so long, at the least, Batch tells of a job that has ended.
JOBS_DAYS: Final = 7
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html: rows of an answer
_ROWS: Final = 10_000
_MESSAGES: Final = (
    "filter ispresent(tenant) and ispresent(longest_wait)"
    " | stats sum(requests) as requests, sum(failed) as failed, max(longest_wait) as waited by service, tenant"
    f" | limit {_ROWS}"
)
# PostgreSQL, src/backend/utils/init/miscinit.c: FATAL of who opens more sessions than its role may.
_REFUSED: Final = 'filter @message like /too many connections for role "{}_/ | stats count(*) as refused'


class Counts:
    """Logs and job queue of a stack's region.

    A month that a log does not reach back to is unknown. CloudWatch asks $0.005 for each GB of log that a question reads
    (aws.amazon.com/cloudwatch/pricing).
    """

    def __init__(self, stack: Stack, *, logs: Any, batch: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._stack = stack
        self._logs = logs
        self._batch = batch
        self._sleep = sleep

    def messages(self, tenant: str, month: Month) -> dict[str, dict[str, float]] | None:
        """Function -> what it did with the tenant's messages of a month; None where nobody knows.

        `taken`; `of_all`, what it took of all tenants; `failed`, each time that one failed; `longest_wait_seconds`, until one
        was first handed out. How many wait of whom SQS does not tell.
        """
        found = self._ask([*self._stack.function_logs.values()], _MESSAGES, month)
        if found is None:
            return None
        told: dict[str, dict[str, float]] = {}
        for function in sorted({each["service"] for each in found}):
            rows = [each for each in found if each["service"] == function]
            own = next((each for each in rows if each["tenant"] == tenant), {"requests": "0", "failed": "0", "waited": "0"})
            told[function] = {
                "taken": _taken(own),
                "of_all": sum(map(_taken, rows)),
                "failed": _whole(own["failed"]),
                "longest_wait_seconds": float(own["waited"]),
            }
        return told

    def refused_sessions(self, tenant: Tenant, month: Month) -> int | None:
        """How many sessions PostgreSQL refused the tenant's users in a month, for they had as many as they may."""
        silo = self._stack.silos.get(tenant.id) if tenant.tier == "silo" else None
        arn = silo.database_arn if silo else self._stack.database_arn
        group = POSTGRES_LOG.format(arn.rpartition(":")[2])
        found = self._ask([group], _REFUSED.format(tenant.id), month)
        return None if found is None else sum(_whole(each["refused"]) for each in found)

    def jobs(self, tenant: str) -> dict[str, float] | None:
        """The tenant's jobs: `waiting` and `running` now, `ended` within a week, and `longest_wait_seconds` of all of them.

        None where the stack has no job queue.
        """
        if self._stack.job_queue is None:
            return None
        pages = self._batch.get_paginator("list_jobs").paginate(
            jobQueue=self._stack.job_queue, filters=[{"name": "SHARE_IDENTIFIER", "values": [tenant]}]
        )
        since = (datetime.now(UTC).timestamp() - JOBS_DAYS * 86_400) * 1000
        jobs = [each for page in pages for each in page["jobSummaryList"]]
        jobs = [each for each in jobs if each["status"] in (*WAITING, *RUNNING) or each["createdAt"] >= since]
        now = datetime.now(UTC).timestamp() * 1000
        waits = [each.get("startedAt", each.get("stoppedAt", now)) - each["createdAt"] for each in jobs]
        waiting, running = (sum(each["status"] in states for each in jobs) for states in (WAITING, RUNNING))
        return {
            "waiting": waiting,
            "running": running,
            "ended": len(jobs) - waiting - running,
            "longest_wait_seconds": round(max(waits, default=0) / 1000),
        }

    def _ask(self, groups: Sequence[str], query: str, month: Month) -> list[Mapping[str, str]] | None:
        """The rows of a query of Logs Insights over a month; None where the logs do not reach back that far, or it fails."""
        return ask(self._logs, groups, query, month.start, min(month.end, datetime.now(UTC)), sleep=self._sleep)


def jobs_told(jobs: Mapping[str, float]) -> str:
    """In words."""
    return (
        f"{jobs['waiting']} waiting, {jobs['running']} running, {jobs['ended']} ended in {JOBS_DAYS} days;"
        f" the longest waited {jobs['longest_wait_seconds']:.0f} s"
    )


def messages_told(messages: Mapping[str, Mapping[str, float]]) -> str:
    """In words."""
    told = [
        f"{name} took {each['taken']} of {each['of_all']}, {each['failed']} times one failed,"
        f" the longest waited {each['longest_wait_seconds']:.0f} s"
        for name, each in messages.items()
    ]
    return "; ".join(told) or "none taken"


def _taken(row: Mapping[str, str]) -> int:
    return _whole(row["requests"]) - _whole(row["failed"])


def _whole(number: str) -> int:
    """A number as Logs Insights writes it, e.g. `3` or `3.0`."""
    return round(float(number))
