"""The users that services log in as: made, and locked when a service is gone, by a function inside the database's network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, get_args

import pulumi
from pulumi_aws import lambda_

from ..base import checks
from ..base.component import Component
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here
from ..base.links import Link, Opening
from ..base.statements import Statement
from ..compute.function import FunctionArgs, create_function
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec
from ..network.security_group import SecurityGroup
from . import database_checks
from .postgres import PostgresInstance
from .users_function.groups import Access

TIMEOUT_SECONDS: Final = 120
MEMORY_MIB: Final = 256
# One user that opens all it can leaves the other half to the rest, and to people who look for the reason.
SHARE_OF_CONNECTIONS: Final = 0.5

_SOURCE: Final = Path(__file__).with_name("users_function")
_PACKAGE: Final = "users_function"


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersArgs:
    """The users of a database.

    Attributes:
        here: Where the database is.
        database: The database.
        workloads: Who may log in, by the names that their links are asked for with, e.g. `data-products`, and what each does
            with tenants' rows: `read`, or `write`, which reads, too.
        vpc_id: VPC of the database.
        subnet_ids: Subnets in two zones or more, with a way to Secrets Manager: the application tier.
        ways_to_aws: What that way takes: `Endpoints.link()` where there are interface endpoints; nothing by default.
        schema: Statements that make the tables of tenants' data and may be run again; none by default.
        more_credentials: What reading the credentials of the databases takes that `keep_also` is told of; none by default.
        closed: Whether others have databases on the instance, and may not connect to this one; false by default.
        writable: Whether the databases can be written to, true by default. While they cannot, the function is there and is not
            called: the users of a replica come with the data.

    Raises:
        InvalidArgumentError: on a workload whose name gives no user or that does something else, or fewer than two subnets.
    """

    here: Here
    database: PostgresInstance
    workloads: Mapping[str, Access]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    ways_to_aws: Link = field(default_factory=Link)
    schema: str = ""
    more_credentials: tuple[Statement, ...] = ()
    closed: bool = False
    writable: bool = True

    def __post_init__(self) -> None:
        for name, access in self.workloads.items():
            if expected := checks.service_name(name) or database_checks.workload(name):
                raise InvalidArgumentError(self, "workloads", name, expected)
            if access not in get_args(Access):
                raise InvalidArgumentError(self, f"workloads[{name!r}]", access, f"one of {', '.join(get_args(Access))}")
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class DatabaseUsers(Component):
    """A PostgreSQL user for each workload, with a schema of its own, that logs in with IAM tokens and has no password.

    A Lambda function (`users_function`) makes them as the master user. The deployment that adds a workload, changes the
    function or replaces the database invokes it, and fails when it fails; one run changes everything or nothing, and may be
    repeated. The user of a workload that is gone can no longer log in: what it owns stays.

    The tables of tenants' rows are in the schema `lending`, which `schema` makes. The users that tenants have there, one for
    each workload (`dataconnect tenant add`), do what their workload does, from the deployment on that changes it.

    Outputs: `security_group`, of the function; `function_name`; `login`, where it logs in, which each order to it begins with;
    `users`, what each user does.
    """

    security_group: SecurityGroup
    function_name: pulumi.Output[str]
    login: Mapping[str, pulumi.Input[str | int]]
    users: Mapping[str, Access]

    def __init__(self, name: str, args: DatabaseUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        created = create_function(
            self,
            FunctionArgs(
                here=args.here,
                # Two at once would wait for each other.
                spec=FunctionSpec(memory_mib=MEMORY_MIB, timeout_seconds=TIMEOUT_SECONDS, concurrency=1),
                description=f"Keeps the users of {args.database.called}",
                source=source(),
                handler=f"{_PACKAGE}.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                link=self._what_it_uses(),
                # Environments on demand invoke it once more when they end, by the name that their states have: one that is made
                # anew, as after its stack was, must be found by it.
                physical_name=f"dataconnect-{pulumi.get_stack()}-{name}",
            ),
        )
        self.security_group, self.function_name, self._opened = created.security_group, created.function.name, created.opened
        self.users = {database_checks.user_of(name): access for name, access in sorted(args.workloads.items())}
        self._invocations: list[lambda_.Invocation] = []
        self.login = login_of(args.database)
        self._keep(name, args.database)
        self._made = tuple(self._invocations)
        self.register_outputs({})

    def keep_also(self, database: PostgresInstance) -> None:
        """Keep the same users in another database, which is in the same security group as the first.

        `args.more_credentials` lets the function read its master user's credentials.
        """
        self._keep(f"{database.name}-users", database)

    def _keep(self, name: str, database: PostgresInstance) -> None:
        args = self.args
        if not args.writable:
            return
        invocation = lambda_.Invocation(
            name,
            region=args.here.region,
            function_name=self.function_name,
            input=pulumi.Output.json_dumps(
                {
                    **login_of(database),
                    "users": self.users,
                    "connectionLimit": int(database.max_connections * SHARE_OF_CONNECTIONS),
                    **({"schema": args.schema} if args.schema else {}),
                    **({"closed": True} if args.closed and database is args.database else {}),
                }
            ),
            # Other code may keep the users otherwise, and another instance of the same name has none.
            triggers={"code": digest(source()), "database": database.resource_id},
            # One after another: the function runs once at a time, and answers 429 to who asks meanwhile.
            opts=self.child(depends_on=[*self._opened, *self._invocations]),
        )
        self._invocations.append(invocation)

    def link(self, verb: str = "", path: str = "", workload: str = "") -> Link:
        """What `database.link` says, for a workload that waits until its user is there, if it is to be made.

        Raises:
            ComponentError: on a workload that is not among `workloads`, or writes though it only reads there.
        """
        if workload not in self.args.workloads:
            raise ComponentError(
                f"{workload} has no user in {self.args.database.name}; expected one of {', '.join(self.args.workloads)}"
            )
        if verb == "write" and self.args.workloads[workload] != "write":
            raise ComponentError(f"{workload} only reads in {self.args.database.name}; expected workloads to let it write")
        return replace(self.args.database.link(verb, path, workload), needs=self._made)

    def _what_it_uses(self) -> Link:
        """The master's credentials, and the ways to them and to the database."""
        database, ways = self.args.database, self.args.ways_to_aws
        to_database = Opening(security_group=database.security_group, port=database.port, what="PostgreSQL for {workload}")
        return replace(
            ways,
            statements=(*ways.statements, *database.read_credentials(), *self.args.more_credentials),
            openings=(to_database, *ways.openings),
        )


def login_of(database: PostgresInstance) -> dict[str, pulumi.Input[str | int]]:
    """Where the function logs in to a database, which each order to it begins with."""
    return {"host": database.address, "port": database.port, "credentials": database.credentials_arn}


def source() -> dict[str, str]:
    """The function's code."""
    return source_files(_SOURCE, _PACKAGE)
