"""The passwords of the cache's users: made where there is none, and changed so that the old one opens for a while."""

import json
import secrets
import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

LENGTH: Final = 64
"""ElastiCache takes 16 to 128 characters; of letters and digits none has to be quoted anywhere."""
WAIT_SECONDS: Final = 240
"""For ElastiCache to tell all nodes of a password."""
CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"

Login = Callable[[str, str], bool]
"""User and password -> whether the cache lets the user in."""


class Value(TypedDict):
    """What a secret holds.

    Attributes:
        username: Who logs in.
        password: With what.
        user_id: The user's id in ElastiCache.
    """

    username: str
    password: str
    user_id: str


class User(TypedDict):
    """Where a user is: its id in ElastiCache, and the ARN of the secret with its password."""

    user_id: str
    secret: str


class NotYetError(Exception):
    """The rotation cannot go on: Secrets Manager tries again, and the password that is in use stays."""


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """The passwords of the users.

    Attributes:
        manager: A client of Secrets Manager.
        elasticache: A client of ElastiCache.
        login: What tries a password.
        sleep: What waits for some seconds.
    """

    manager: Any
    elasticache: Any
    login: Login
    sleep: Callable[[float], None] = field(default=time.sleep)

    def make(self, users: Mapping[str, User]) -> dict[str, str]:
        """Give a password to each user, by its name, that has none. Tells what was done of each.

        One that has a password which does not open, because the user was made anew, is given that one again.
        """
        return {name: self._make(name, user) for name, user in sorted(users.items())}

    def rotate(self, step: str, arn: str, token: str) -> None:
        """Do one of the four steps of a rotation; each may be done again.

        Raises:
            ValueError: on another step, or a version that is not to be rotated to.
            NotYetError: when ElastiCache does not finish, or the cache does not let the user in.
        """
        described = self.manager.describe_secret(SecretId=arn)
        stages = described.get("VersionIdsToStages", {}).get(token)
        if stages is None:
            raise ValueError("the secret has no such version")
        if CURRENT in stages:
            return  # it is done
        if PENDING not in stages:
            raise ValueError("the version is not pending")
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }
        if step not in steps:
            raise ValueError(f"expected one of {', '.join(steps)}")
        steps[step](arn, token)

    def _make(self, name: str, user: User) -> str:
        arn = user["secret"]
        current = self._value(arn, CURRENT)
        if current is None:
            # The cache first: where this ends in between, nobody has the password, and the next run makes another.
            value = Value(username=name, password=_generate(), user_id=user["user_id"])
            self._tell(value["user_id"], [value["password"]])
            self._expect_login(value)
            self.manager.put_secret_value(SecretId=arn, SecretString=json.dumps(value))
            return "made"
        if self.login(current["username"], current["password"]):
            return "kept"
        self._tell(current["user_id"], [current["password"]])
        self._expect_login(current)
        return "given again"

    def _create(self, arn: str, token: str) -> None:
        if self._value(arn, PENDING, token) is None:
            value = {**self._current(arn), "password": _generate()}
            self.manager.put_secret_value(
                SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(value), VersionStages=[PENDING]
            )

    def _set(self, arn: str, token: str) -> None:
        """Let both passwords open. The one before the current one does not any more: a user has two at the most."""
        current, pending = self._current(arn), self._pending(arn, token)
        self._tell(current["user_id"], [current["password"], pending["password"]])

    def _test(self, arn: str, token: str) -> None:
        # Once, when rotation is set up, Secrets Manager tests a version that it made itself and that holds nothing.
        for value in filter(None, (self._value(arn, PENDING, token), self._value(arn, CURRENT))):
            self._expect_login(value)

    def _finish(self, arn: str, token: str) -> None:
        stages = self.manager.describe_secret(SecretId=arn)["VersionIdsToStages"]
        before = next(version for version, held in stages.items() if CURRENT in held)
        self.manager.update_secret_version_stage(
            SecretId=arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=before
        )

    def _current(self, arn: str) -> Value:
        value = self._value(arn, CURRENT)
        if value is None:
            raise NotYetError("the secret has no password yet: deploy the stack")
        return value

    def _pending(self, arn: str, token: str) -> Value:
        value = self._value(arn, PENDING, token)
        if value is None:
            raise NotYetError("the new password is not there yet")
        return value

    def _value(self, arn: str, stage: str, token: str | None = None) -> Value | None:
        version = {"VersionId": token} if token else {}
        try:
            told = self.manager.get_secret_value(SecretId=arn, VersionStage=stage, **version)
        except self.manager.exceptions.ResourceNotFoundException:
            return None
        text = told.get("SecretString")
        return json.loads(text) if text else None

    def _tell(self, identity: str, passwords: list[str]) -> None:
        """Have ElastiCache let the user in with these passwords and no others, on every node."""
        self._wait(identity)
        self.elasticache.modify_user(UserId=identity, Passwords=list(dict.fromkeys(passwords)))
        self._wait(identity)

    def _wait(self, identity: str) -> None:
        for _ in range(WAIT_SECONDS // 2):
            (user,) = self.elasticache.describe_users(UserId=identity)["Users"]
            if user["Status"] == "active":
                return
            self.sleep(2)
        raise NotYetError("ElastiCache has not finished with the user")

    def _expect_login(self, value: Value) -> None:
        """Nodes hear of it one after the other."""
        for _ in range(10):
            if self.login(value["username"], value["password"]):
                return
            self.sleep(2)
        raise NotYetError("the cache does not let the user in")


def _generate() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
