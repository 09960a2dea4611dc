"""What the task is told by its variables, and by its image."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

UNKNOWN = "unknown"
_NEEDED = ("STACK", "AWS_REGION", "RECOVERY_TABLE", "ALERT_TOPIC")


class OrderError(ValueError):
    """A variable is missing or wrong; the message names all that are."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be brought together, and who is told.

    Attributes:
        stack: The stack of the region that is to be the active one.
        region: That region.
        table: The table `recovery`, in this region.
        topic: ARN of the topic that people read.
        commit: What the image was built from, 40 hexadecimal digits, or `unknown`.
        patience: Seconds to wait for whoever holds the state.
    """

    stack: str
    region: str
    table: str
    topic: str
    commit: str
    patience: int = 3600


def order_of(environ: Mapping[str, str]) -> Order:
    """Read the variables.

    Raises:
        OrderError: one is missing, or no more than a word of its kind.
    """
    problems = [f"{name} is not set" for name in _NEEDED if not environ.get(name)]
    commit = environ.get("PULUMI_GIT_HEAD") or UNKNOWN
    if commit != UNKNOWN and not re.fullmatch(r"[0-9a-f]{40}", commit):
        problems.append(f"PULUMI_GIT_HEAD is {commit!r}; expected the 40 hexadecimal digits of a commit")
    patience = environ.get("PATIENCE_SECONDS", "3600")
    if not patience.isdigit():
        problems.append(f"PATIENCE_SECONDS is {patience!r}; expected whole seconds")
    if problems:
        raise OrderError("; ".join(problems))
    return Order(
        stack=environ["STACK"],
        region=environ["AWS_REGION"],
        table=environ["RECOVERY_TABLE"],
        topic=environ["ALERT_TOPIC"],
        commit=commit,
        patience=int(patience),
    )
