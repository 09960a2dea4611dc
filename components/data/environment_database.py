"""A database of its own on the instance of another stack, which makes, keeps and drops it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import lambda_

from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.links import Link, Opening
from ..base.statements import Statement, sid
from ..base.tenants import THIS_TENANT
from ..compute.function_package import digest
from ..network.security_group import PeerSecurityGroup
from . import database_checks
from .database import ENGINE
from .database_users import SHARE_OF_CONNECTIONS, source
from .secret import Secret, SecretArgs, generate_password
from .users_function.environments import DataPolicy
from .users_function.groups import Access, owner_of
from .users_function.names import named

SECRETS: Final = "environment-database-credentials"
"""What the names of the secrets begin with, by which the function that reads them may."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """The instance of the other stack, as its outputs tell.

    Attributes:
        host: Its address.
        port: Its TCP port.
        database_name: Its first database, after which the others are called.
        credentials_arn: The secret of its master user.
        resource_id: By which IAM knows it.
        users_function: Name of the function that keeps its users and databases.
        secrets_key_arn: The key under which that reads secrets.
        connections: Sessions that one environment may open.
        security_group: Its security group.
    """

    host: pulumi.Input[str]
    port: int
    database_name: pulumi.Input[str]
    credentials_arn: pulumi.Input[str]
    resource_id: pulumi.Input[str]
    users_function: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    connections: pulumi.Input[int]
    security_group: PeerSecurityGroup


@dataclass(frozen=True, kw_only=True)
class EnvironmentDatabaseArgs:
    """A database on another stack's instance.

    Attributes:
        here: Where both are.
        environment: Name of the environment whose it is.
        data: What becomes of it when it is destroyed: `discard`, or `keep` for the next environment of that name.
        instance: Where it is.
        workloads: Who may log in, and what each does with tenants' rows; as of `DatabaseUsersArgs`.
        schema: Statements that make the tables of tenants' data and may be run again; none by default.

    Raises:
        InvalidArgumentError: on a workload whose name gives no user, or an environment's name that gives none.
    """

    here: Here
    environment: str
    data: DataPolicy
    instance: Instance
    workloads: Mapping[str, Access]
    schema: str = ""

    def __post_init__(self) -> None:
        if expected := database_checks.environment(self.environment):
            raise InvalidArgumentError(self, "environment", self.environment, expected)
        for name in self.workloads:
            if expected := database_checks.workload(name):
                raise InvalidArgumentError(self, "workloads", name, expected)


class EnvironmentDatabase(Component):
    """A database with an owner, whose credentials are a secret of its own, and a user for each workload.

    The other stack's function makes it when this is deployed, and drops or keeps it when this is destroyed. Nobody connects to
    it but its own users, and they to no other; together they open a share of the instance's sessions.

    Outputs: `login`, where orders to the function go, and `users`, what each user does; `database_name`; `credentials_arn`.
    """

    login: Mapping[str, pulumi.Input[str | int]]
    users: Mapping[str, Access]
    database_name: pulumi.Output[str]
    credentials_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EnvironmentDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        instance = args.instance
        self.database_name = pulumi.Output.from_input(instance.database_name).apply(
            lambda first: named(first, args.environment)
        )
        credentials = self._credentials()
        self.credentials_arn = credentials.arn
        self.login = {"host": instance.host, "port": instance.port, "credentials": credentials.arn}
        self.users = {self._user(workload): access for workload, access in sorted(args.workloads.items())}
        made = lambda_.Invocation(
            name,
            region=args.here.region,
            function_name=instance.users_function,
            # The provider invokes it once more when this is destroyed, with what it was told last. No triggers: they would
            # replace it, and the end of the old one would be that of the database.
            lifecycle_scope="CRUD",
            input=pulumi.Output.json_dumps(
                {
                    **self.login,
                    "data": args.data,
                    "connections": instance.connections,
                    # Another function replaces this resource, and the old one's end comes last: it concerns its own claim.
                    "claim": instance.users_function,
                    "password": credentials.version,
                    "code": digest(source()),
                }
            ),
            opts=self.child(),
        )
        self._made = lambda_.Invocation(
            f"{name}-users",
            region=args.here.region,
            function_name=instance.users_function,
            input=pulumi.Output.json_dumps(
                {
                    **self.login,
                    "users": self.users,
                    "connectionLimit": pulumi.Output.from_input(instance.connections).apply(
                        lambda most: int(most * SHARE_OF_CONNECTIONS)
                    ),
                    **({"schema": args.schema} if args.schema else {}),
                }
            ),
            triggers={"code": digest(source()), "database": instance.resource_id},
            opts=self.child(depends_on=[made]),
        )
        self.register_outputs({"databaseName": self.database_name, "credentialsArn": self.credentials_arn})

    def _credentials(self) -> Secret:
        args = self.args
        login = {
            "engine": ENGINE,
            "dbname": self.database_name,
            "username": owner_of(args.environment),
            "password": generate_password(),
            "environment": args.environment,
            "master": args.instance.credentials_arn,
        }
        return Secret(
            SECRETS,
            SecretArgs(
                here=args.here,
                description=f"Owner of the database of the environment {args.environment}",
                # The instance's own key: the function reads it, and its own stack needs no right here.
                key_arn=args.instance.secrets_key_arn,
                value=pulumi.Output.json_dumps(login),
            ),
            opts=self.child(),
        )

    def _user(self, workload: str) -> str:
        return named(database_checks.user_of(workload), self.args.environment)

    def link(self, verb: str = "", path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - in one way, as a whole
        """Connect as the workload's own user; see `PostgresInstance.link`. The workload waits until its user is there."""
        instance, user = self.args.instance, self._user(workload)
        return Link(
            statements=(self._connect("as", user),),
            tenant_statements=(self._connect("as-a-tenants", f"{THIS_TENANT}_{user}"),),
            environment={
                "DATABASE_HOST": instance.host,
                "DATABASE_PORT": str(instance.port),
                "DATABASE_NAME": self.database_name,
                "DATABASE_USER": user,
            },
            openings=(Opening(security_group=instance.security_group, port=instance.port, what="PostgreSQL for {workload}"),),
            needs=(self._made,),
        )

    def _connect(self, how: str, user: str) -> Statement:
        here = self.args.here
        prefix = f"arn:aws:rds-db:{here.region}:{here.account_id}:dbuser:"
        arn = pulumi.Output.concat(prefix, self.args.instance.resource_id, "/", user)
        return Statement(sid=sid("connect", self.name, how), actions=("rds-db:connect",), resources=(arn,))
