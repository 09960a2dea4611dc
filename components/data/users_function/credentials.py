"""Logs in with a secret that is being rotated: for a moment the new password opens, and the secret calls it pending."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from .postgres_client import LOGIN_REFUSED, PostgresError

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"

# The new password is in force before it is the current one. After a failover the database may be older than the secret, whose
# copy in the other region is the older one at times: the one before, or the next, opens then.
STAGES: Final = (CURRENT, PENDING, PREVIOUS)

ReadSecret = Callable[[str, str], str | None]
"""ARN of a secret and one of `STAGES` -> its text; None where no version is at that stage, or that one holds nothing."""
T = TypeVar("T")


def log_in(arn: str, read_secret: ReadSecret, session: Callable[[dict[str, str]], T]) -> T:
    """Open a session with the version of a secret whose password opens: the current one, the pending one, or the one before.

    Raises:
        PostgresError: as `session` does for the first of them where all are refused; or where the secret holds nothing.
    """
    refused: PostgresError | None = None
    for stage in STAGES:
        text = read_secret(arn, stage)
        if text is None:
            continue
        try:
            return session(json.loads(text))
        except PostgresError as error:
            if not is_wrong_password(error):
                raise
            refused = refused or error
    raise refused or PostgresError(f"the secret {arn} holds no credentials")


def is_wrong_password(error: PostgresError) -> bool:
    """Whether the server says that the password is wrong, and not that something else is."""
    return LOGIN_REFUSED in str(error)


def reader(manager: Any) -> ReadSecret:
    """What reads secrets by a client of Secrets Manager."""

    def read(arn: str, stage: str) -> str | None:
        try:
            return manager.get_secret_value(SecretId=arn, VersionStage=stage).get("SecretString")
        except manager.exceptions.ResourceNotFoundException:
            return None

    return read
