"""Where the logs of an incident are looked at: a command for its time, and for the workload whose alarm it is."""

from datetime import datetime, timedelta
from typing import Final

from .notice import Notice
from .routing import Routing

AROUND: Final = timedelta(minutes=15)
"""Before it was told and after: alarms look at some minutes together."""
ERRORS: Final = "(outcome:failed OR level:(ERROR OR CRITICAL OR FATAL))"
"""What failed as docs/telling.md tells it, and what is only written down as an error."""


def command_of(notice: Notice, opened: str, routing: Routing) -> str:
    """The command that finds what failed around the moment `opened`; empty for what is no alarm of a workload with a log."""
    # An alarm's name is its owner's, then its kind.
    workload, _, _ = notice.title.partition(f"-{notice.key}")
    if not notice.key or workload not in routing.workloads:
        return ""
    if not routing.searched:
        return f"dataconnect slo failures {workload} --stack {routing.stack}"
    at = datetime.fromisoformat(opened)
    try:
        since, until = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (at - AROUND, at + AROUND))
    except OverflowError:
        # Whoever told it has no clock.
        return ""
    return f"dataconnect logs find 'group:{workload}-* AND {ERRORS}' --since {since} --until {until} --stack {routing.stack}"
