"""The four steps by which Secrets Manager changes a master's password: each may break off anywhere, and be done again."""

import json
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ..users_function.credentials import CURRENT, PENDING

LENGTH: Final = 64
"""Of a password; RDS takes up to 128 characters. Of letters and digits none has to be quoted anywhere."""
FIRST: Final = "DEPLOYED"
"""The stage of the version that a deployment made. One without a stage Secrets Manager may delete: a refresh would miss it, and
the next deployment would make another one the current one, which is nobody's password."""
WAIT_SECONDS: Final = 60
"""For a copy in another region to have what was written."""


class NotYetError(Exception):
    """The rotation cannot go on: Secrets Manager tries again, and the password that is in use stays."""


class Masters(Protocol):
    """The databases, wherever they can be written to now. `arn` is the secret's, `token` the version of the new password."""

    def change(self, arn: str, token: str) -> None:
        """Give the master the password of that version."""
        ...

    def prove(self, arn: str, token: str) -> None:
        """Log in with it, to a database that can be written to; with one that is in use where that version holds nothing.

        Raises:
            NotYetError: where it does not open.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """Rotations of secrets of this region.

    Attributes:
        manager: A client of Secrets Manager in this region.
        masters: Whose passwords they hold.
        sleep: What waits for some seconds.
    """

    manager: Any
    masters: Masters
    sleep: Callable[[float], None] = field(default=time.sleep)

    def step(self, name: str, arn: str, token: str) -> None:
        """Do one of the four steps; each may be done again.

        Raises:
            ValueError: on another step, or a version that is not to be rotated to.
            NotYetError: where it cannot be done now.
        """
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self.masters.prove,
            "finishSecret": self._finish,
        }
        if name not in steps:
            raise ValueError(f"the step is {name!r}; expected one of {', '.join(steps)}")
        stages = self._stages(arn).get(token)
        if stages is None:
            raise ValueError("the secret has no such version; expected one that Secrets Manager has begun")
        if CURRENT in stages:
            return  # it is done
        if PENDING not in stages:
            raise ValueError("the version is not pending; expected the one that Secrets Manager has begun last")
        steps[name](arn, token)

    def _create(self, arn: str, token: str) -> None:
        if self._has_value(arn, token):
            return
        try:
            current = json.loads(self.manager.get_secret_value(SecretId=arn, VersionStage=CURRENT)["SecretString"])
        except self.manager.exceptions.ResourceNotFoundException:
            raise NotYetError("the secret has no password yet: deploy the stack") from None
        self._keep_first(arn)
        self.manager.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps({**current, "password": generate()}),
            VersionStages=[PENDING],
        )

    def _set(self, arn: str, token: str) -> None:
        self._expect_value(arn, token)
        # Whoever takes over while this goes on finds both.
        self._expect_copies(arn)
        self.masters.change(arn, token)

    def _finish(self, arn: str, token: str) -> None:
        # A version that holds nothing must not become the current one: `prove` has nothing of it to try.
        self._expect_value(arn, token)
        # Once more: since the test, another region may have taken over, whose database does not have it.
        self.masters.prove(arn, token)
        before = next(version for version, stages in self._stages(arn).items() if CURRENT in stages)
        self.manager.update_secret_version_stage(
            SecretId=arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=before
        )

    def _keep_first(self, arn: str) -> None:
        """Let the version that the deployment made have a stage for ever: it is the current one until the first rotation."""
        stages = self._stages(arn)
        if not any(FIRST in each for each in stages.values()):
            current = next(version for version, each in stages.items() if CURRENT in each)
            self.manager.update_secret_version_stage(SecretId=arn, VersionStage=FIRST, MoveToVersionId=current)

    def _expect_copies(self, arn: str) -> None:
        late: list[str] = []
        for _ in range(WAIT_SECONDS // 2):
            copies = self.manager.describe_secret(SecretId=arn).get("ReplicationStatus", [])
            late = [f"{copy['Region']} ({copy['Status']})" for copy in copies if copy["Status"] != "InSync"]
            if not late:
                return
            self.sleep(2)
        raise NotYetError(f"the secret's copy is not in sync: {', '.join(late)}")

    def _stages(self, arn: str) -> dict[str, list[str]]:
        return self.manager.describe_secret(SecretId=arn).get("VersionIdsToStages", {})

    def _expect_value(self, arn: str, token: str) -> None:
        if not self._has_value(arn, token):
            raise NotYetError("the new password is not there yet")

    def _has_value(self, arn: str, token: str) -> bool:
        try:
            told = self.manager.get_secret_value(SecretId=arn, VersionId=token, VersionStage=PENDING)
        except self.manager.exceptions.ResourceNotFoundException:
            return False
        return bool(told.get("SecretString"))


def generate() -> str:
    """A new password."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
