"""The users that services log in as: made, and locked when a service is gone, by a function inside the database's network."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import iam, lambda_

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, service_trust_json
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from . import database_checks
from .postgres import PostgresInstance

TIMEOUT_SECONDS: Final = 120
MEMORY_MIB: Final = 256
# One user that opens all it can leaves the other half to the rest, and to people who look for the reason.
SHARE_OF_CONNECTIONS: Final = 0.5

_SOURCE: Final = Path(__file__).with_name("users_function")
_PACKAGE: Final = "users_function"

# docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions: what Lambda asks of a role before
# it takes a function into a VPC, and the writing of logs.
NETWORK_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
NETWORK_ACTIONS: Final = (
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
)


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersArgs:
    """The users of a database.

    Attributes:
        here: Where the database is.
        database: A database that can be written to: one that was promoted, never a replica that still follows.
        workloads: Who may log in, by the names that their links are asked for with, e.g. `data-products`.
        vpc_id: VPC of the database.
        subnet_ids: Subnets in two zones or more, with a way to Secrets Manager: the application tier.
        ways_to_aws: What that way takes: `Endpoints.link()` where there are interface endpoints; nothing by default.

    Raises:
        InvalidArgumentError: on a workload whose name gives no user or the user of another, or fewer than two subnets.
    """

    here: Here
    database: PostgresInstance
    workloads: Sequence[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    ways_to_aws: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        for name in self.workloads:
            if expected := checks.service_name(name) or database_checks.workload(name):
                raise InvalidArgumentError(self, "workloads", name, expected)
        if len(set(self.workloads)) < len(self.workloads):
            raise InvalidArgumentError(self, "workloads", list(self.workloads), "each workload once")
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class DatabaseUsers(Component):
    """A PostgreSQL user for each workload, with a schema of its own, that logs in with IAM tokens and has no password.

    A Lambda function (`users_function`) makes them as the master user. The deployment that adds a workload, changes the
    function or replaces the database invokes it, and fails when it fails; one run changes everything or nothing, and may be
    repeated. The user of a workload that is gone can no longer log in: what it owns stays.

    Outputs: `security_group`, of the function; `login`, where it logs in, which each order to it begins with.
    """

    security_group: SecurityGroup
    login: Mapping[str, pulumi.Input[str | int]]

    def __init__(self, name: str, args: DatabaseUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        log_group = create_log_group(self, name, here=args.here)
        role, policies = self._role()
        self.security_group, opened = self._security_group()
        function = lambda_.Function(
            name,
            region=args.here.region,
            description=f"Keeps the users of {args.database.name}",
            role=role.arn,
            runtime="python3.13",
            architectures=["arm64"],
            handler=f"{_PACKAGE}.handler.handle",
            code=pulumi.AssetArchive({file: pulumi.StringAsset(text) for file, text in source_files().items()}),
            timeout=TIMEOUT_SECONDS,
            memory_size=MEMORY_MIB,
            # Two at once would wait for each other.
            reserved_concurrent_executions=1,
            vpc_config=lambda_.FunctionVpcConfigArgs(
                subnet_ids=[*args.subnet_ids], security_group_ids=[self.security_group.id]
            ),
            logging_config=lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
            tracing_config=lambda_.FunctionTracingConfigArgs(mode="Active"),
            tags=tags(name),
            # A role that loses its policies first leaves network interfaces behind, and they hold the security group.
            opts=self.child(depends_on=policies),
        )
        self.login = {
            "host": args.database.address,
            "port": args.database.port,
            "credentials": args.database.credentials_arn,
        }
        self._made = lambda_.Invocation(
            name,
            region=args.here.region,
            function_name=function.name,
            input=pulumi.Output.json_dumps(
                {
                    **self.login,
                    "users": sorted(map(database_checks.user_of, args.workloads)),
                    "connectionLimit": int(args.database.max_connections * SHARE_OF_CONNECTIONS),
                }
            ),
            # Other code may keep the users otherwise, and another instance of the same name has none.
            triggers={"code": _digest(source_files()), "database": args.database.resource_id},
            opts=self.child(depends_on=[*opened, *args.ways_to_aws.needs]),
        )
        self.register_outputs({})

    def link(self, verb: str = "", path: str = "", workload: str = "") -> Link:
        """What `database.link` says, for a workload that waits until its user is there.

        Raises:
            ComponentError: on a workload that is not among `workloads`.
        """
        if workload not in self.args.workloads:
            raise ComponentError(
                f"{workload} has no user in {self.args.database.name}; expected one of {', '.join(self.args.workloads)}"
            )
        return replace(self.args.database.link(verb, path, workload), needs=(self._made,))

    def _security_group(self) -> tuple[SecurityGroup, list[pulumi.Resource]]:
        """The group of the function, and the rules without which it cannot do its work."""
        args = self.args
        what = f"Function that keeps the users of {args.database.name}"
        group = SecurityGroup(
            self.name, SecurityGroupArgs(here=args.here, vpc_id=args.vpc_id, description=what), opts=self.child()
        )
        https = group.allow_to_cidr("anywhere", ANYWHERE, port=HTTPS, description="HTTPS to Secrets Manager")
        to_database = args.database.security_group.allow_from(
            group, port=args.database.port, description=f"PostgreSQL for {self.name}"
        )
        to_aws = [
            rule
            for opening in args.ways_to_aws.openings
            for rule in opening.security_group.allow_from(
                group, port=opening.port, description=opening.described_for(self.name)
            )
        ]
        return group, [https, *to_database, *to_aws]

    def _role(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        args, name = self.args, self.name
        role = iam.Role(
            name,
            description=f"What the function that keeps the users of {args.database.name} may do",
            assume_role_policy=service_trust_json("lambda.amazonaws.com", account_id=args.here.account_id),
            tags=tags(name),
            opts=self.child(),
        )
        grants = (
            *args.database.read_credentials(),
            # The interfaces are Lambda's business: the code itself may not touch any.
            Statement(
                sid="NotByTheCode",
                effect="Deny",
                actions=NETWORK_ACTIONS,
                resources=("*",),
                conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
            ),
            Statement(
                sid="BeTraced",
                actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
                resources=("*",),
                wildcard_reason="X-Ray has no resource for what it is sent",
            ),
        )
        return role, [
            iam.RolePolicyAttachment(f"{name}-network", role=role.name, policy_arn=NETWORK_POLICY, opts=self.child()),
            iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(grants), opts=self.child()),
        ]


def source_files() -> dict[str, str]:
    """The function's code, file by file as it stands in its package: the same on every machine, whatever lies beside it."""
    files = sorted((*_SOURCE.glob("*.py"), *_SOURCE.glob("*.pem")))
    return {f"{_PACKAGE}/{file.name}": file.read_text(encoding="utf-8") for file in files}


def _digest(files: dict[str, str]) -> str:
    return hashlib.sha256("".join(f"{name}\n{text}" for name, text in files.items()).encode()).hexdigest()
