"""What a failure means to the scheduler: by the exit code it retries, or does not."""

import traceback
from typing import Final

import psycopg
from botocore import exceptions as aws

DONE: Final = 0
DEFECT: Final = 1
TRANSIENT: Final = 10
BAD_CONFIGURATION: Final = 20

# Of SQLSTATE the class, or the whole: lost connections, no resources, deadlocks, a server that stops or is not writable (yet),
# waiting too long for another run's lock, and what another run has entered at the same time.
_TRY_AGAIN: Final = ("08", "40", "53", "57", "25006", "55P03", "23505")
_NO_SESSION_EVER: Final = (
    "certificate",
    "does not match host name",
    "does not support SSL",
    "does not exist",
    "permission denied",
    "not permitted",
)
_AWS_TRY_AGAIN: Final = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestTimeout", "RequestTimeTooSkewed"}
    | {"ExpiredToken", "ExpiredTokenException", "InternalError", "ServiceUnavailable", "PreconditionFailed"}
    | {"ConditionalRequestConflict", "OperationAborted", "KMS.ThrottlingException", "ProvisionedThroughputExceededException"}
)


class BadConfigurationError(Exception):
    """What the job was told is wrong, and will be when it is told again."""


class TransientError(Exception):
    """What may well be over when the job runs again."""


def judge(error: BaseException) -> tuple[int, str]:
    """The exit code of a failure, and what is said about it: neither values of records nor what the server quotes of them."""
    match error:
        case BadConfigurationError():
            return BAD_CONFIGURATION, str(error)
        case TransientError():
            return TRANSIENT, str(error)
        case psycopg.Error():
            return _database(error)
        case aws.ClientError():
            code, status = error.response.get("Error", {}).get("Code", ""), _status(error)
            again = code in _AWS_TRY_AGAIN or status >= 500 or status == 429
            return TRANSIENT if again else BAD_CONFIGURATION, f"{error.operation_name}: {code}"
        case aws.HTTPClientError() | aws.ConnectionError() | aws.IncompleteReadError() | aws.CredentialRetrievalError():
            return TRANSIENT, type(error).__name__
        case aws.BotoCoreError():  # no credentials, no region, a name that is none
            return BAD_CONFIGURATION, type(error).__name__
        case _:
            where = traceback.extract_tb(error.__traceback__)
            place = f" in {where[-1].name}, line {where[-1].lineno}" if where else ""
            return DEFECT, f"{type(error).__name__}{place}"


def _database(error: psycopg.Error) -> tuple[int, str]:
    state = error.sqlstate
    if state is None and isinstance(error, psycopg.OperationalError):
        # No session yet, so no record in what is said, and nothing but words to go by. "Authentication failed" is not among
        # them: RDS says it also when it is asked to check too many tokens at once.
        told = " ".join(str(error).split())
        return BAD_CONFIGURATION if any(word in told for word in _NO_SESSION_EVER) else TRANSIENT, told
    told = f"{error.diag.message_primary} (SQLSTATE {state})"
    if state is not None and state.startswith(_TRY_AGAIN):
        return TRANSIENT, told
    if state is not None and state.startswith(("28", "3D", "42")):  # no login, no database, no right or no table
        return BAD_CONFIGURATION, told
    return DEFECT, f"{type(error).__name__} (SQLSTATE {state})"


def _status(error: aws.ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
