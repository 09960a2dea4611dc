"""The one place where clients of AWS are made, and where it is said which errors pass by themselves."""

from functools import cache
from threading import Lock
from typing import Any, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

_CONFIG: Final = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
_INVOKES: Final = Config(connect_timeout=3, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1})
"""For the function `heartbeat`, which answers within a minute."""
_HURRIED: Final = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
_HURRIED_INVOKES: Final = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 1})
"""For a region that may be lost: what does not answer at once is asked again later, by the standing fence."""
_MAKING: Final = Lock()
LOST: Final = (NoConnectionError, HTTPClientError)
"""What says nothing of whether the call was carried out: no connection, none to trust, or one that ended early."""
_PASSING: Final = frozenset(
    {
        # Lambda's, while it makes a function ready that has not been called for weeks.
        "CodeArtifactUserPendingException",
        "ConcurrentModificationException",
        "ConcurrentUpdateException",
        "ConflictException",
        "InternalFailure",
        "InternalServerError",
        "InvalidDBInstanceState",
        "InvalidDBInstanceStateFault",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceConflictException",
        "ResourceInUseException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)


def namespace_of(stack: str) -> str:
    """The namespace of the metrics that these functions tell CloudWatch: no other stack has it."""
    return f"DataConnect/{stack}/Recovery"


class HeartbeatError(Exception):
    """The function `heartbeat` answered with an error."""


class Aws(Protocol):
    """Makes clients."""

    def client(self, service: str, region: str, *, hurried: bool = False) -> Any:
        """A client of a service in a region; hurried, it gives up after seconds and asks once."""
        ...


class RegionalAws:
    """Clients of boto3, each of one region's endpoint."""

    def client(self, service: str, region: str, *, hurried: bool = False) -> Any:
        """As `Aws`."""
        # Lanes of a run are threads, and the session that makes clients is not for several of them:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html (multithreading)
        with _MAKING:
            return _client(service, region, hurried)


@cache
def _client(service: str, region: str, hurried: bool) -> Any:
    make: Any = boto3.client
    if service == "lambda":
        return make(service, region_name=region, config=_HURRIED_INVOKES if hurried else _INVOKES)
    return make(service, region_name=region, config=_HURRIED if hurried else _CONFIG)


def passes(error: BaseException) -> bool:
    """Whether an error may pass by itself: the network, throttling, trouble of AWS's own, what is still changing."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in _PASSING or status >= 500 or status == 429
    return isinstance(error, (*LOST, HeartbeatError, ConnectionError, TimeoutError))


def code_of(error: BaseException) -> str:
    """The code of an error of AWS ("AccessDenied"), or its class."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__
