"""What commands about logs read of a stack's outputs."""

from dataclasses import dataclass
from pathlib import Path

from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs


@dataclass(frozen=True, kw_only=True)
class Searched:
    """Where logs are searched.

    Attributes:
        function: Lambda function that asks the domain.
        endpoint: Address of the domain.
        queue_url: Of the queue that tells the shipper of copies.
        dead_letters_url: Of its dead letters.
    """

    function: str
    endpoint: str
    queue_url: str
    dead_letters_url: str


@dataclass(frozen=True, kw_only=True)
class Logs:
    """The outputs of a stack, primary or recovery, that operations on logs use.

    Attributes:
        name: Of the stack.
        account: Its AWS account.
        region: Its AWS region.
        bucket: Where the copies are.
        prefix: Below which they lie, by hour.
        searched: Where they are searched; None where the stack has copies only.
    """

    name: str
    account: str
    region: str
    bucket: str
    prefix: str
    searched: Searched | None


def load_logs(stack: str, outputs: Path | None) -> Logs:
    """The logs of a stack.

    Raises:
        OperationError: on outputs that are none, or of a stack without copies of logs.
    """
    name, told, source = read_outputs(stack, outputs)
    found = logs_of(name, Reader(told, source))
    if found is None:
        raise OperationError(f"{source}: {name} has no logs; expected a stack with dataconnect:logs", Code.USAGE)
    return found


def logs_of(name: str, reader: Reader) -> Logs | None:
    """The logs that outputs tell of, if they do."""
    if not reader.has("logs"):
        return None
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    searched = None
    if reader.has("logs", "queue"):
        queue = reader.text("logs", "queue")
        searched = Searched(
            function=reader.text("logs", "function"),
            endpoint=reader.text("logs", "endpoint"),
            queue_url=reader.text("queues", queue, "url"),
            dead_letters_url=reader.text("queues", queue, "deadLettersUrl"),
        )
    return Logs(
        name=name,
        account=account,
        region=region,
        bucket=reader.text("logs", "bucket"),
        prefix=reader.text("logs", "prefix"),
        searched=searched,
    )
