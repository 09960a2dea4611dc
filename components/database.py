"""The PostgreSQL database that applications write to, and the credentials they read."""

import json
from dataclasses import dataclass

import pulumi

from components import database_checks
from components.component import InvalidArgumentError
from components.permissions import Statement
from components.postgres import PostgresArgs, PostgresInstance
from components.secret import Secret, SecretArgs, SecretReplica

ENGINE = "postgres"


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs(PostgresArgs):
    """A database, besides what `PostgresArgs` says.

    Attributes:
        db_name: Database created at the start; changing it replaces the instance.
        username: Master user, not one of PostgreSQL's or RDS's own names; changing it replaces the instance.
        password: Its password, 8 to 128 printable characters without `/ @ "` and spaces; handled as a Pulumi secret. Usually
            `generate_password()`: what was stored first stays in use until `password_version` is raised.
        password_version: Raise by one to put `password` into use (rotation); 1 by default.
        secrets_key_arn: Customer managed key of `region` for the credentials.
        secrets_replica: A copy of the credentials in the recovery region; none by default.
    """

    db_name: str
    username: str
    password: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    password_version: int = 1
    secrets_replica: SecretReplica | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._expect("db_name", database_checks.name(self.db_name))
        self._expect("username", database_checks.username(self.username))
        if self.username == ENGINE:
            self._expect("username", "a name that is not the default")
        if isinstance(self.password, str) and not (8 <= len(self.password) <= 128 and not set(self.password) & set('/@" ')):
            raise InvalidArgumentError(self, "password", "(hidden)", '8 to 128 characters without / @ " and spaces')


class Database(PostgresInstance):
    """An encrypted PostgreSQL instance with a standby, backups, logs, metrics, alarms and credentials in Secrets Manager.

    The credentials hold `engine`, `dbname`, `username` and `password`, not the host: the recovery region reads a replica of the
    same secret and has another host (`address`).

    Outputs: those of `PostgresInstance`; `credentials`, the secret.
    """

    credentials: Secret

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
        login = {"engine": ENGINE, "dbname": args.db_name, "username": args.username, "password": args.password}
        self.credentials = Secret(
            f"{name}-credentials",
            SecretArgs(
                region=args.region,
                description=f"Master user of {args.identifier}",
                key_arn=args.secrets_key_arn,
                value=pulumi.Output.json_dumps(login),
                version=args.password_version,
                replica=args.secrets_replica,
                recovery_window_days=30 if args.protect else 0,
                protect=args.protect,
            ),
            opts=self.child(),
        )
        settings = self._settings(final_snapshot=True)
        settings.engine = ENGINE
        settings.engine_version = args.engine_version
        # An upgrade of the major is an outage, and ends the replication to another region.
        settings.allow_major_version_upgrade = not args.protect
        # Where storage has grown by itself the provider sees no difference, because max_allocated_storage is set.
        settings.allocated_storage = args.storage_gib
        settings.db_name = args.db_name
        settings.username = args.username
        # Read back from the secret: the two cannot disagree, also when a run was interrupted between them.
        settings.password = self.credentials.value.apply(_password)
        self._create(settings)
        self._watch()

    def read_credentials(self) -> tuple[Statement, ...]:
        """Read the credentials, in the database's own region."""
        return self.credentials.read()


def _password(login: str) -> str:
    return json.loads(login)["password"]
