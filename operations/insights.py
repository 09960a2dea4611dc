"""A query of CloudWatch Logs Insights, waited for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of

_WAIT_SECONDS: Final = 120
_PAUSE_SECONDS: Final = 1


def ask(
    logs: Any, groups: Sequence[str], query: str, start: datetime, end: datetime, *, sleep: Callable[[float], None]
) -> list[Mapping[str, str]] | None:
    """The rows of a query; None where the logs do not reach back that far, or it fails, or there is no log group."""
    if not groups:
        return None
    times = {"startTime": int(start.timestamp()), "endTime": int(end.timestamp())}
    try:
        asked = logs.start_query(logGroupNames=list(groups), queryString=query, **times)["queryId"]
    except ClientError as error:
        if code_of(error) in ("MalformedQueryException", "ResourceNotFoundException"):
            return None
        raise
    for _ in range(_WAIT_SECONDS // _PAUSE_SECONDS):
        told = logs.get_query_results(queryId=asked)
        if told["status"] == "Complete":
            return [{each["field"]: each["value"] for each in row} for row in told["results"]]
        if told["status"] not in ("Scheduled", "Running"):
            break
        sleep(_PAUSE_SECONDS)
    return None
