"""What the isolation probe tries of Athena: another tenant's workgroup, and another's partition from the own one."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.errors import OperationError
from operations.stack import Queries

Call = Callable[[], Any]
_DENIED: Final = re.compile(r"access ?denied|permission_denied|not authorized", re.IGNORECASE)
_WAIT_SECONDS: Final = 60
# docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryExecution.html
_ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")


class UntriedError(Exception):
    """Nothing could be asked: there is no workgroup to ask in, or it is disabled."""


def calls(
    athena: Any, queries: Queries, mine: str, others: str, tables: Callable[[str], str]
) -> Iterator[tuple[str, str, Call]]:
    """Whose data, what, and the call, in a session of `mine`; `tables` tells in which table a tenant's data is.

    The partition that is refused is refused by S3, as the query runs: Athena reads as whoever asks.
    """
    own = f"{queries.workgroup_prefix}{mine}"
    for owner in (mine, others):
        yield (
            owner,
            "query in the workgroup",
            lambda owner=owner: _start(athena, f"{queries.workgroup_prefix}{owner}", "SELECT 1"),
        )
    for owner in (mine, others):
        text = f"SELECT 1 FROM {queries.database}.{tables(owner)} WHERE tenant = '{owner}' LIMIT 1"  # noqa: S608 - an id
        yield owner, "query the partition", lambda text=text: _ask(athena, own, text)


def _start(athena: Any, workgroup: str, text: str) -> str:
    return athena.start_query_execution(WorkGroup=workgroup, QueryString=text)["QueryExecutionId"]


def _ask(athena: Any, workgroup: str, text: str) -> None:
    """Run a query to its end.

    Raises:
        ClientError: where it may not be asked, or its data may not be read.
        UntriedError: where there is no workgroup that takes it.
        OperationError: where it ends otherwise, which proves nothing.
    """
    try:
        id = _start(athena, workgroup, text)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "InvalidRequestException":
            raise UntriedError from error
        raise
    status: dict[str, Any] = {"State": "QUEUED"}
    for _ in range(_WAIT_SECONDS):
        status = athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"]
        if status["State"] in _ENDED:
            break
        time.sleep(1)
    reason = status.get("StateChangeReason", "")
    if status["State"] == "SUCCEEDED":
        return
    if status["State"] == "FAILED" and _DENIED.search(reason):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": reason}}, "StartQueryExecution")
    raise OperationError(f"the probe's query in {workgroup} is {status['State']}: {reason or 'it does not end'}; run it again")
