"""The PostgreSQL database that applications write to, and the credentials of its master user."""

import json
from dataclasses import dataclass
from typing import Literal

import pulumi

from ..base.component import Component
from ..base.errors import InvalidArgumentError
from .database_spec import DatabaseSpec
from .postgres import KEPT, PostgresArgs, PostgresInstance
from .secret import Secret, SecretArgs, SecretReplica

ENGINE = "postgres"
Stage = Literal["serving", "kept", "gone"]


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs(PostgresArgs):
    """A database, besides what `PostgresArgs` says. The feature `major_upgrades` of `here` lets another major upgrade it.

    Attributes:
        spec: What it is to be.
        password: Password of its master user, 8 to 128 printable characters without `/ @ "` and spaces; handled as a Pulumi
            secret. Usually `generate_password()`. It counts when the database is made, and never again: `DatabaseRotation`
            changes it, and no deployment brings it back.
        secrets_replica: A copy of the credentials in the recovery region, where a replica of the database is expected, too;
            none by default.
        stage: `serving`, the default; `kept` once a later generation has its data, and it stays for what it alone has; or
            `gone`, when nothing is left of it but the credentials, which that generation has, too.

    Raises:
        InvalidArgumentError: on a password that RDS would refuse; the message does not show it.
    """

    spec: DatabaseSpec
    password: pulumi.Input[str]
    secrets_replica: SecretReplica | None = None
    stage: Stage = "serving"

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.password, str) and not (8 <= len(self.password) <= 128 and not set(self.password) & set('/@" ')):
            raise InvalidArgumentError(self, "password", "(hidden)", '8 to 128 characters without / @ " and spaces')


class Database(PostgresInstance):
    """An encrypted PostgreSQL instance with a standby, backups, logs, metrics, alarms and credentials in Secrets Manager.

    The credentials hold `engine`, `dbname`, `username` and `password`, not the host: the recovery region reads a replica of the
    same secret and has another host (`address`).

    Outputs: those of `PostgresInstance`, unless it is `gone`; `credentials`, the secret.
    """

    credentials: Secret

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.stage == "gone":
            Component.__init__(self, name, opts)
        else:
            super().__init__(name, args, opts)
        here, spec = args.here, args.spec
        login = {"engine": ENGINE, "dbname": spec.name, "username": spec.username, "password": args.password}
        self.credentials = Secret(
            f"{name}-credentials",
            SecretArgs(
                here=here,
                description=f"Master user of {args.identifier}",
                key_arn=args.secrets_key_arn,
                value=pulumi.Output.json_dumps(login),
                replica=args.secrets_replica,
            ),
            opts=self.child(),
        )
        self.credentials_arn = self.credentials.arn
        self.database_name = spec.name
        if args.stage == "gone":
            self.register_outputs({})
            return
        copied = args.stage == "serving" and args.secrets_replica is not None
        settings = self._settings(final_snapshot=True, recovery="replicated" if copied else "lost")
        settings.engine = ENGINE
        settings.engine_version = spec.engine_version
        # An upgrade of the major is an outage, and ends the replication to another region.
        settings.allow_major_version_upgrade = here.features.major_upgrades
        # Where storage has grown by itself the provider sees no difference, because max_allocated_storage is set.
        settings.allocated_storage = spec.storage_gib
        settings.db_name = spec.name
        settings.username = spec.username
        # Read back from the secret: the two cannot disagree, also when a run was interrupted between them. Given once: it is
        # changed by rotations, and the program never hears of another.
        settings.password = self.credentials.value.apply(_password)
        self._create(settings, given_once=["password"])
        if args.stage == "kept":
            self._watch(KEPT)
        elif copied:
            self._watch("seconds: replication is asynchronous")
        else:
            self._watch("everything: no other region has a replica, and backups stay in their region")


def _password(login: str) -> str:
    return json.loads(login)["password"]
