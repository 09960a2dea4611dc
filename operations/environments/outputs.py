"""What the commands on environments know of the stack beside which these are, by its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs


@dataclass(frozen=True, kw_only=True)
class Dev:
    """The stack that environments are beside, dev as a rule.

    Attributes:
        name: The stack's.
        account: Its account, which is the environments'.
        region: Its region.
        table: The registry's table.
        pool: Addresses of all environments.
        prefix: Length of the prefix of one's range.
        zone: Its DNS zone: an environment is `<name>.<zone>`.
        zone_id: Of that, in Route 53.
        route_table: Of its data tier, which has a route back to each environment.
        most: Environments at once.
        topic_arn: Its topic of alarms, which is told what ends soon.
        runbooks: Address that the runbooks' begin with.
        users_function: The function that makes and drops databases.
        login: What each order to that begins with.
        sleeper: The function that keeps its schedule; empty where it never sleeps.
    """

    name: str
    account: str
    region: str
    table: str
    pool: IPv4Network
    prefix: int
    zone: str
    zone_id: str
    route_table: str
    most: int
    topic_arn: str
    runbooks: str
    users_function: str
    login: Mapping[str, Any]
    sleeper: str = ""


def load_dev(stack: str, outputs: Path | None) -> Dev:
    """The stack called so; see `operations.stack.load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or it takes no environments.
    """
    name, told, source = read_outputs(stack, outputs)
    reader = Reader(told, source)
    if not reader.has("environments"):
        expected = "expected a stack with dataconnect:environments, deployed with this release, such as dev"
        raise OperationError(f"{source}: {name} takes no environments; {expected}", Code.USAGE)
    return dev_of(name, reader)


def dev_of(name: str, reader: Reader) -> Dev:
    """The same of outputs that have been read."""
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    pool, prefix = reader.text("environments", "pool"), reader.number("environments", "prefix")
    try:
        network = IPv4Network(pool)
    except ValueError:
        raise reader.error("environments.pool", pool, "a range of addresses such as 10.128.0.0/14") from None
    if not network.prefixlen <= prefix <= 28:
        raise reader.error("environments.prefix", prefix, f"{network.prefixlen} to 28, for ranges inside of {pool}")
    return Dev(
        name=name,
        account=account,
        region=region,
        table=reader.text("environments", "table"),
        pool=network,
        prefix=prefix,
        zone=reader.text("environments", "zone"),
        zone_id=reader.text("zoneId"),
        route_table=reader.text("environments", "dataRouteTableId"),
        most=reader.number("environments", "most"),
        topic_arn=reader.text("alertTopicArn"),
        runbooks=reader.text("environments", "runbooks"),
        users_function=reader.text("databaseUsersFunction"),
        login=reader.mapping("databaseLogin"),
        sleeper=reader.text("schedule", "function") if reader.has("schedule") else "",
    )
