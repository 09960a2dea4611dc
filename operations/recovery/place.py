"""Where recovery is commanded: what a stack's outputs tell of it, and the clients for that."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.recovery.order import BY_MOST
from functions.recovery.record import Record
from operations.aws import code_of, explained
from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs

_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=75)
_QUALIFIED: Final = re.compile(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}):function:([A-Za-z0-9_-]+):([A-Za-z0-9_-]+)")


@dataclass(frozen=True, kw_only=True)
class Region:
    """What a stack, primary or recovery, tells of the recovery functions of its region.

    Attributes:
        stack: Its name.
        region: Its AWS region.
        account: Its AWS account.
        other: The AWS region of its counterpart.
        role: `primary` or `recovery`, whichever of the two is the active one.
        table: Name of the table `recovery`, the same in both regions.
        recover: ARN of the executor with its alias.
        ready: Name of the function that looks whether a failover would succeed.
    """

    stack: str
    region: str
    account: str
    other: str
    role: Literal["primary", "recovery"]
    table: str
    recover: str
    ready: str

    @property
    def primary(self) -> str:
        """The AWS region of the primary stack."""
        return self.region if self.role == "primary" else self.other


@dataclass(frozen=True, kw_only=True)
class Place:
    """A region with its clients.

    Attributes:
        region: What is known of it.
        record: The table `recovery`, as its replica there tells it.
        awslambda: A client of Lambda there.
        caller: Who asks, as the journal calls them.
    """

    region: Region
    record: Record
    awslambda: Any
    caller: str


Opener = Callable[[Region], Place]


def load(stack: str, outputs: Path | None = None) -> Region:
    """The stack called so; see `operations.stack.load`.

    Raises:
        OperationError: when there is no such stack, it has no recovery, or an output is missing or of another form.
    """
    name, told, source = read_outputs(stack, outputs)
    reader = Reader(told, source)
    if reader.has("cold"):
        raise OperationError(f"{name} is cold: there is nothing to take over with; build it: failover --cold", Code.USAGE)
    if not reader.has("recovery"):
        raise OperationError(
            f"{source}: {name} has no recovery; expected a primary stack with recoveryRegion, or its recovery stack",
            Code.USAGE,
        )
    recover = reader.text("recovery", "recover")
    found = _QUALIFIED.fullmatch(recover)
    if not found:
        raise reader.error("recovery.recover", recover, "the ARN of a Lambda function with its alias")
    regions = {role: reader.text("recovery", f"{role}Region") for role in ("primary", "recovery")}
    if found[1] not in regions.values():
        raise reader.error("recovery.recover", recover, f"a function in {' or '.join(regions.values())}")
    role: Literal["primary", "recovery"] = "primary" if found[1] == regions["primary"] else "recovery"
    return Region(
        stack=name,
        region=found[1],
        account=found[2],
        other=regions["recovery" if role == "primary" else "primary"],
        role=role,
        table=reader.text("recovery", "table"),
        recover=recover,
        ready=reader.text("recovery", "ready"),
    )


def open_place(region: Region) -> Place:
    """The clients of a region, every one of that region's own endpoints: they answer while another region does not.

    Raises:
        OperationError: when the credentials at hand are of another account, or there are none.
    """
    make: Any = boto3.Session(region_name=region.region).client
    with explained():
        try:
            told = make("sts", config=_CONFIG).get_caller_identity()
        except ClientError as error:
            raise OperationError(
                f"the credentials are of no use: {code_of(error)}; expected valid ones of the recovery operator", Code.USAGE
            ) from error
    if told["Account"] != region.account:
        raise OperationError(
            f"the credentials are of account {told['Account']}, the stack {region.stack} is in {region.account}; expected"
            " credentials of its recovery operator",
            Code.USAGE,
        )
    return Place(
        region=region,
        record=Record(make("dynamodb", config=_CONFIG), region.table),
        awslambda=make("lambda", config=_CONFIG),
        # The session's name is who it is: arn:aws:sts::<account>:assumed-role/<role>/<session>; it stands last.
        caller=told["Arn"].rpartition(":")[2][-BY_MOST:],
    )


def place_of(
    opener: Opener | None, stack: str, outputs: Path | None, role: Literal["primary", "recovery"] | None = None
) -> Place:
    """The region of a stack with its clients, opened by `opener`, by default `open_place`.

    Raises:
        OperationError: as `load` and `open_place` do, and of a stack that has another role, before AWS is asked: its region
            may be the lost one.
    """
    region = load(stack, outputs)
    if role and region.role != role:
        other = "failback" if role == "recovery" else "failover"
        expected = f"expected the {role} stack, or the command {other}"
        raise OperationError(f"{stack} is the {region.role} stack; {expected}", Code.USAGE)
    return (opener or open_place)(region)
