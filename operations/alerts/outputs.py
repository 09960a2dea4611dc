"""Where a stack's notifier keeps what it told."""

from dataclasses import dataclass
from pathlib import Path

from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs


@dataclass(frozen=True, kw_only=True)
class Alerting:
    """A stack's notifier.

    Attributes:
        name: The stack's.
        account: Its account.
        region: Its region.
        table: The notifier's table.
        kinds: The kinds of alarms that there are; empty where it was deployed by an earlier release.
    """

    name: str
    account: str
    region: str
    table: str
    kinds: frozenset[str] = frozenset()


def load(stack: str, outputs: Path | None = None) -> Alerting:
    """The notifier of the stack called so, primary or recovery; see `operations.stack.load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or it has no notifier.
    """
    name, told, source = read_outputs(stack, outputs)
    reader = Reader(told, source)
    if not reader.has("alerts"):
        expected = "expected a primary or recovery stack, deployed with this release"
        raise OperationError(f"{source}: {name} tells of no notifier; {expected}", Code.USAGE)
    return alerting_of(name, reader)


def alerting_of(name: str, reader: Reader) -> Alerting:
    """The notifier that outputs tell of."""
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    kinds = frozenset(reader.optional_names("alerts", "kinds"))
    return Alerting(name=name, account=account, region=region, table=reader.text("alerts", "table"), kinds=kinds)
