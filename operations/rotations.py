"""Rotations of passwords by Secrets Manager: begun, and waited for until the new one is in use."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import Code, OperationError

WAIT_SECONDS: Final = 900
"""For one rotation: a cache tells every node, a copy must be in sync, and Secrets Manager tries a step again that fails."""
PAUSE_SECONDS: Final = 5
CURRENT: Final = "AWSCURRENT"


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """Passwords of a stack.

    Attributes:
        manager: A client of Secrets Manager.
        secrets: User -> ARN of the secret with its password.
        log: Which log says why a rotation does not end, and what then.
        sleep: What waits for some seconds.
    """

    manager: Any
    secrets: Mapping[str, str]
    log: str
    sleep: Callable[[float], None] = field(default=time.sleep)

    def rotate(self, user: str) -> str:
        """Change a user's password, and wait until the new one is in use; the version of the secret that has it.

        Raises:
            OperationError: when another rotation is under way, or this one does not end.
        """
        token = str(uuid.uuid4())
        try:
            self.manager.rotate_secret(SecretId=self.secrets[user], ClientRequestToken=token)
        except ClientError as error:
            if code_of(error) != "InvalidRequestException":
                raise
            raise OperationError(
                f"the password of {user} cannot be rotated now: {error.response['Error'].get('Message', '')}. One that is under"
                " way ends within minutes, or its function's log says why not; then run the same command again",
                Code.CONFLICT,
            ) from error
        for _ in range(WAIT_SECONDS // PAUSE_SECONDS):
            if CURRENT in self._stages(user).get(token, ()):
                return token
            self.sleep(PAUSE_SECONDS)
        raise OperationError(
            f"the new password of {user} is not in use after {WAIT_SECONDS // 60} minutes; the one before still opens."
            f" {self.log}"
        )

    def _stages(self, user: str) -> Mapping[str, list[str]]:
        return self.manager.describe_secret(SecretId=self.secrets[user]).get("VersionIdsToStages", {})
