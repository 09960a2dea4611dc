"""The masters of this region's databases: their passwords are changed in PostgreSQL itself, over TLS that knows the server.

PostgreSQL keeps passwords with the data, so that a replica has the new one with it, and a promoted one keeps it. RDS's own way,
ModifyDBInstance, works on one instance, in its time, and needs the right to change anything of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict

from ..users_function.credentials import CURRENT, PENDING, PREVIOUS, is_wrong_password, log_in, reader
from ..users_function.postgres_client import Connection, PostgresError, connect, identifier, literal, verifier
from .rotation import FIRST, NotYetError

APPLICATION: Final = "database-rotation"
MOST_TRIED: Final = 20
"""Versions that are tried until one opens."""


class Place(TypedDict):
    """Where a database is."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class LocalMasters:
    """The masters of this region's databases.

    Attributes:
        databases: Name of a secret, with its suffix, which its copies have, too -> whose master it is of.
        manager: Region -> a client of Secrets Manager there. What is pending is read where it was written.
        authorities: File with the authorities of their certificates.
    """

    databases: Mapping[str, Place]
    manager: Callable[[str], Any]
    authorities: Path

    def change(self, arn: str, token: str) -> None:
        """Give the master the password of that version, whichever of the secret's versions opens now.

        Raises:
            ValueError: on a secret that is of no database here.
            NotYetError: where none of them opens, or the version holds nothing.
            PostgresError: where the database is not there, or cannot be written to.
        """
        manager = self.manager(region_of(arn))
        new = _value(manager, arn, VersionId=token, VersionStage=PENDING)
        if new is None:
            raise NotYetError("the new password is not there yet")
        if self._opens(arn, new):
            return
        for login in _others(manager, arn, token):
            try:
                session = self._open(arn, login)
            except PostgresError as error:
                if not is_wrong_password(error):
                    raise
                continue
            with session:
                # What the server checks it by, and no password: its log has the statement.
                session.run(f"ALTER ROLE {identifier(new['username'])} PASSWORD {literal(verifier(new['password']))}")
            return
        raise NotYetError("no version of the secret opens the database (docs/runbooks/credentials/failed.md)")

    def prove(self, arn: str, token: str) -> None:
        """Log in with the password of that version, to a database that can be written to; see `Masters`."""
        manager = self.manager(region_of(arn))
        new = _value(manager, arn, VersionId=token, VersionStage=PENDING)
        try:
            # Secrets Manager tries a rotation that is set up with a version that holds nothing.
            session = self._open(arn, new) if new else log_in(arn, reader(manager), lambda login: self._open(arn, login))
        except PostgresError as error:
            if is_wrong_password(error):
                raise NotYetError("the password does not open the database") from None
            raise
        with session:
            if session.run("SELECT pg_is_in_recovery()") != [("f",)]:
                raise NotYetError("the database follows another one")

    def _opens(self, arn: str, login: Mapping[str, str]) -> bool:
        try:
            self._open(arn, login).__exit__()
        except PostgresError as error:
            if is_wrong_password(error):
                return False
            raise
        return True

    def _open(self, arn: str, login: Mapping[str, str]) -> Connection:
        place = self.databases.get(name_of(arn))
        if place is None:
            raise ValueError(
                f"the secret is {name_of(arn)}; expected one of {', '.join(self.databases) or 'none'}: deploy the stack"
            )
        return connect(
            host=place["host"],
            port=int(place["port"]),
            database=login["dbname"],
            user=login["username"],
            password=login["password"],
            authorities=self.authorities,
            application=APPLICATION,
        )


def region_of(arn: str) -> str:
    """The region of an ARN."""
    return arn.split(":")[3]


def name_of(arn: str) -> str:
    """What a secret and its copies in other regions have in common: the end of their ARNs."""
    return arn.rpartition(":")[2]


def _others(manager: Any, arn: str, token: str) -> Iterator[dict[str, str]]:
    """What may open, as far as it is no longer the new one: what is in use, what was before, and at last what nobody names.

    A rotation that was broken off by hand leaves a password in force whose version has no stage; a database that was made anew,
    or restored, has one of an earlier day.
    """
    tried = {token}
    for stage in (CURRENT, PREVIOUS, FIRST):
        told = _asked(manager, arn, VersionStage=stage)
        if told and told["VersionId"] not in tried:
            tried.add(told["VersionId"])
            yield json.loads(told["SecretString"])
    versions = [
        version
        for page in manager.get_paginator("list_secret_version_ids").paginate(SecretId=arn, IncludeDeprecated=True)
        for version in page["Versions"]
        if version["VersionId"] not in tried
    ]
    versions.sort(key=lambda version: version["CreatedDate"], reverse=True)
    for version in versions[:MOST_TRIED]:
        login = _value(manager, arn, VersionId=version["VersionId"])
        if login:
            yield login


def _value(manager: Any, arn: str, **version: str) -> dict[str, str] | None:
    told = _asked(manager, arn, **version)
    return json.loads(told["SecretString"]) if told else None


def _asked(manager: Any, arn: str, **version: str) -> Mapping[str, Any] | None:
    try:
        told = manager.get_secret_value(SecretId=arn, **version)
    except manager.exceptions.ResourceNotFoundException:
        return None
    return told if told.get("SecretString") else None
