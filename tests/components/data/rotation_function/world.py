"""A real database, a secret with the password of its master, and the function between the two, which can be ended anywhere."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.data.rotation_function import masters
from components.data.rotation_function.masters import LocalMasters, Place, name_of
from components.data.rotation_function.rotation import Masters, Rotation
from components.data.users_function.credentials import log_in, reader
from components.data.users_function.postgres_client import Connection, connect
from tests.postgres import DATABASE, MASTER, PASSWORD, Server
from tests.secrets_manager import SecretsManager

STEPS: Final = ("createSecret", "setSecret", "testSecret", "finishSecret")
ARN: Final = "arn:aws:secretsmanager:us-east-2:111111111111:secret:database-credentials-AbCdEf"
LOGIN: Final = {"engine": "postgres", "dbname": DATABASE, "username": MASTER, "password": PASSWORD}


class GoneError(BaseException):
    """The function is ended: nothing of it handles that."""


@dataclass
class Fuse:
    """Ends the function at one of the calls that it makes: before it has an effect, or after that.

    Attributes:
        at: Number of the call, from 0; -1 never.
        after: Whether the call is made; one that fails has no effect, and ends nothing.
        calls: What was called so far.
        opened: Sessions that were opened.
    """

    at: int = -1
    after: bool = False
    calls: list[str] = field(default_factory=list[str])
    opened: list[Connection] = field(default_factory=list[Connection])

    def close(self) -> None:
        """End what the function had open, as the machine does that ends it."""
        for each in self.opened:
            each.__exit__()

    def call(self, name: str, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.calls.append(name)
        ends = len(self.calls) - 1 == self.at
        if ends and not self.after:
            raise GoneError(f"before {name}")
        done = function(*given, **named)
        if ends:
            raise GoneError(f"after {name}")
        return done


class Fused:
    """An object each of whose methods is called through a fuse."""

    def __init__(self, target: Any, fuse: Fuse) -> None:
        self._target, self._fuse = target, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found) or isinstance(found, type):
            return found
        return lambda *given, **named: self._fuse.call(name, found, *given, **named)

    def __enter__(self) -> "Fused":
        return self

    def __exit__(self, *_: object) -> None:
        self._target.__exit__()


def new_secret(**changes: str) -> SecretsManager:
    """A secret as a deployment makes it, with the password that the database has."""
    manager = SecretsManager(ARN)
    manager.put_secret_value(SecretId=ARN, SecretString=json.dumps({**LOGIN, **changes}))
    return manager


@dataclass
class World:
    """A database and its secret."""

    server: Server
    manager: SecretsManager = field(default_factory=new_secret)

    def masters(self, manager: Any = None) -> LocalMasters:
        return local(self.server, manager or self.manager)

    def rotation(self, manager: Any = None, of: Masters | None = None) -> Rotation:
        told = manager or self.manager
        return Rotation(manager=told, masters=of or self.masters(told), sleep=lambda _: None)

    def rotate(self, manager: Any = None) -> str:
        token = self.manager.begin()
        for name in STEPS:
            self.rotation(manager).step(name, ARN, token)
        return token

    def open(self, login: Mapping[str, str]) -> Connection:
        return connect(
            host="localhost",
            port=self.server.tls_port,
            database=login["dbname"],
            user=login["username"],
            password=login["password"],
            authorities=self.server.authorities,
        )

    def read(self, manager: SecretsManager | None = None) -> None:
        """Log in as those do who only read the secret, and do something."""
        told = manager or self.manager
        with log_in(told.arn, reader(told), self.open) as session:
            assert session.run("SELECT current_user") == [(MASTER,)]

    def password(self, stage: str = "AWSCURRENT") -> str:
        return json.loads(self.manager.get_secret_value(SecretId=ARN, VersionStage=stage)["SecretString"])["password"]

    def opens(self, password: str) -> bool:
        return self.server.attempt("SELECT 1", user=MASTER, password=password).returncode == 0


def local(server: Server, manager: Any) -> LocalMasters:
    """The masters of one database."""
    databases = {name_of(ARN): Place(host="localhost", port=server.tls_port)}
    return LocalMasters(databases=databases, manager=lambda _: manager, authorities=server.authorities)


def fused(monkeypatch: Any, fuse: Fuse) -> None:
    """Have every session of the function's be opened, and used, through a fuse."""

    def opened(**given: Any) -> Any:
        session = connect(**given)
        fuse.opened.append(session)
        return Fused(session, fuse)

    monkeypatch.setattr(masters, "connect", lambda **given: fuse.call("connect", opened, **given))
