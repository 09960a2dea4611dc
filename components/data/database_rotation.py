"""Passwords of databases' master users that change by themselves, in whichever region is the active one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import lambda_, secretsmanager

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.links import Link, Opening
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..compute.function import CreatedFunction, FunctionArgs, create_function
from ..compute.function_package import source_files
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from .postgres import PostgresInstance
from .rotation_function.active import NAME
from .rotation_function.watch import AGE, METRICS, SERVICE, UNFINISHED

# Logs in up to 20 times, waits a minute for the secret's copy, and for the other region's function, which does the same.
TIMEOUT_SECONDS: Final = 240
MEMORY_MIB: Final = 256
LOOK_MINUTES: Final = 60
# Secrets Manager rotates some time on the day that a rotation is due, and tries again on the next ones.
GRACE_DAYS: Final = 3
_DATA: Final = Path(__file__).parent
_FACTS: Final = "rotation.json"


@dataclass(frozen=True, kw_only=True)
class OtherRegion:
    """How a region knows which one is active, and has the other do its part.

    Attributes:
        region: The other one.
        primary_region: The one that is active as long as nothing says otherwise.
        table_name: Physical name of the table `recovery`.
        read_table: Statements to read items of it here.
    """

    region: str
    primary_region: str
    table_name: pulumi.Input[str]
    read_table: tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class DatabaseRotationArgs:
    """The rotation of databases' master users.

    Attributes:
        here: Where the databases are.
        databases: Name -> database, all in one group of security groups; each with the secret of its master in this region.
        days: Name -> days after which Secrets Manager changes its password, 1 to 90. Empty where the secrets are copies: the
            function there does its part for the other region's.
        statements: What reading the secrets, and changing those that are no copies, takes.
        vpc_id: VPC of the databases.
        subnet_ids: Subnets in two zones or more, with a way to Secrets Manager: the application tier.
        ways_to_aws: What that way takes: `Endpoints.link()` where there are interface endpoints; nothing by default.
        other: The other region; None, the default, where there is none.

    Raises:
        InvalidArgumentError: on no database, days of none, or fewer than two subnets.
    """

    here: Here
    databases: Mapping[str, PostgresInstance]
    days: Mapping[str, int]
    statements: tuple[Statement, ...]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    ways_to_aws: Link = field(default_factory=Link)
    other: OtherRegion | None = None

    def __post_init__(self) -> None:
        if not self.databases:
            raise InvalidArgumentError(self, "databases", {}, "one or more")
        if unknown := sorted({*self.days} - {*self.databases}):
            raise InvalidArgumentError(self, "days", unknown, f"of databases: {', '.join(self.databases)}")
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class DatabaseRotation(Component):
    """A Lambda function (`rotation_function`) that Secrets Manager has change the passwords of master users, in four steps.

    The region that has the secrets is asked, and the active one's database is changed, by the same function there. A password
    is the current one once it has opened the database. Who reads the secret and is refused tries the pending version and
    the one before (`users_function/credentials.py`).

    Outputs: `function_name`.
    """

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseRotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        created = create_function(
            self,
            FunctionArgs(
                here=here,
                # One password after the other; Secrets Manager tries again what was throttled.
                spec=FunctionSpec(memory_mib=MEMORY_MIB, timeout_seconds=TIMEOUT_SECONDS, concurrency=1),
                description="Changes the passwords of the databases",
                source=source(),
                documents={_FACTS: self._facts()},
                handler="data.rotation_function.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                link=self._what_it_uses(),
                # The other region knows its stack.
                physical_name=NAME.format(stack=pulumi.get_stack()),
            ),
        )
        self.function_name = created.function.name
        for database, days in args.days.items():
            self._rotate(args.databases[database], days, created)
        if args.days:
            self._watch(created, max(args.days.values()))
        self.register_outputs({"functionName": self.function_name})

    def _facts(self) -> pulumi.Output[str]:
        args, other = self.args, self.args.other
        return pulumi.Output.json_dumps(
            {
                "region": args.here.region,
                "namespace": namespace(METRICS),
                "databases": [
                    {"host": each.address, "port": each.port, "credentials": each.credentials_arn}
                    for each in args.databases.values()
                ],
                "recovery": {"table": other.table_name, "primary": other.primary_region, "other": other.region}
                if other
                else None,
            },
            sort_keys=True,
        )

    def _rotate(self, database: PostgresInstance, days: int, created: CreatedFunction) -> None:
        here, name = self.args.here, f"{self.name}-{database.called}"
        allowed = lambda_.Permission(
            name,
            region=here.region,
            function=created.function.name,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_arn=database.credentials_arn,
            opts=self.child(),
        )
        secretsmanager.SecretRotation(
            name,
            region=here.region,
            secret_id=database.credentials_arn,
            rotation_lambda_arn=created.function.arn,
            # Not at once: the same deployment makes the users, with the password that there is.
            rotate_immediately=False,
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=days),
            opts=self.child(depends_on=[allowed, *created.policies, *created.opened]),
        )

    def _watch(self, created: CreatedFunction, days: int) -> None:
        # Where the secrets are, whichever region is active.
        here = replace(self.args.here, switched=False)
        ready = [*created.policies, *created.opened]
        order = pulumi.Output.json_dumps({"do": "look"})
        run_by_clock(self, here, LOOK_MINUTES, created.function, ready=ready, running=True, order=order)
        create_alarms(self, alarms(days), here, part=f"{self.name}-credentials")

    def _what_it_uses(self) -> Link:
        args, ways = self.args, self.args.ways_to_aws
        first = next(iter(args.databases.values()))
        return replace(
            ways,
            statements=(*ways.statements, *args.statements, *self._other()),
            # Not through the fence: what is shut off is not changed.
            openings=(
                Opening(security_group=first.security_group, port=first.port, what="PostgreSQL for {workload}"),
                *ways.openings,
            ),
        )

    def _other(self) -> tuple[Statement, ...]:
        here, other = self.args.here, self.args.other
        if other is None:
            return ()
        function = f"arn:aws:lambda:{other.region}:{here.account_id}:function:{NAME.format(stack='*')}"
        ask = Statement(sid="AskTheOtherRegion", actions=("lambda:InvokeFunction",), resources=(function,))
        return (*other.read_table, *((ask,) if self.args.days else ()))


def alarms(days: int) -> list[Alarm]:
    """What to watch of passwords that are changed each so many days."""

    def metric(name: str) -> Metric:
        return Metric(namespace=namespace(METRICS), name=name, dimensions={"service": SERVICE}, statistic="Maximum")

    return [
        Alarm(
            key="credentials-failed",
            description="The rotation of a master user's password has not ended for an hour.",
            metric=metric(UNFINISHED),
            comparison="GreaterThanThreshold",
            threshold=0,
            period=60 * LOOK_MINUTES,
            evaluation_periods=2,
            # That nobody looks is told by an alarm of the clock.
            missing_data="notBreaching",
        ),
        Alarm(
            key="credentials-overdue",
            description=f"A master user's password is older than {days + GRACE_DAYS} days, and should be changed each {days}.",
            metric=metric(AGE),
            comparison="GreaterThanThreshold",
            threshold=days + GRACE_DAYS,
            period=60 * LOOK_MINUTES,
            evaluation_periods=1,
            missing_data="notBreaching",
        ),
    ]


def source() -> dict[str, str]:
    """The function's code, and that of the users' function, whose PostgreSQL client it has."""
    return {
        **source_files(_DATA / "users_function", "data/users_function"),
        **source_files(_DATA / "rotation_function", "data/rotation_function"),
    }
