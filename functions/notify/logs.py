"""What to look at next: what its runbook says, and the logs of its time, of the stack and the workload whose alarm it is."""

import re
from datetime import datetime, timedelta
from typing import Final

from .notice import Notice
from .routing import Routing

AROUND: Final = timedelta(minutes=15)
"""Before it was told and after: alarms look at some minutes together."""
ERRORS: Final = "(outcome:failed OR level:(ERROR OR CRITICAL OR FATAL))"
"""What failed as docs/telling.md tells it, and what is only written down as an error."""
_BLANK: Final = re.compile(r"(?<![\w/.-])(?!(?:ALARM|ERROR|FAILED|TIMED_OUT|VPC)\b)[A-Z][A-Z_]+(?![\w/])|<")
"""What a runbook leaves to whoever reads it, as `GROUP` or `<dataset>`; the words beside it are values of AWS."""


def runbook_of(notice: Notice, routing: Routing) -> str:
    """The first command of its runbook that only looks, of its stack and its service; empty where it has none.

    One that has blanks left is none: it cannot be pasted, and the runbook, which is linked, tells how they are filled.
    """
    # Without a service `slo show` shows all of them.
    service = f"{workload} " if (workload := _workload(notice, routing)) else ""
    told = routing.commands.get(notice.key, "").replace("STACK", notice.stack or routing.stack).replace("SERVICE ", service)
    return "" if _BLANK.search(told) else told


def command_of(notice: Notice, opened: str, routing: Routing) -> str:
    """The command that finds what failed around the moment `opened`; empty for what is no alarm of a workload with a log."""
    workload = _workload(notice, routing)
    if not workload:
        return ""
    # The stack's domain has no logs of environments.
    if notice.stack or not routing.searched:
        return f"dataconnect slo failures {workload} --stack {notice.stack or routing.stack}"
    at = datetime.fromisoformat(opened)
    try:
        since, until = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (at - AROUND, at + AROUND))
    except OverflowError:
        # Whoever told it has no clock.
        return ""
    return f"dataconnect logs find 'group:{workload}-* AND {ERRORS}' --since {since} --until {until} --stack {routing.stack}"


def _workload(notice: Notice, routing: Routing) -> str:
    """The service or function whose alarm it is; empty where it is of none that is known."""
    # An alarm's name is its owner's, then its kind.
    owner, _, _ = notice.title.partition(f"-{notice.key}")
    return owner if notice.key and owner in routing.workloads else ""
