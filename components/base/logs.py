"""Classes of logs, and where the events of log groups go besides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import pulumi

LogClass = Literal["application", "audit", "access"]
"""What a workload says of its work; who did what, or was refused; each request, query or connection."""
LOG_CLASSES: Final[tuple[LogClass, ...]] = get_args(LogClass)


@dataclass(frozen=True, kw_only=True)
class LogsTo:
    """A delivery stream that takes the events of log groups.

    Attributes:
        stream_arn: Of the delivery stream, in the groups' own region.
        role_arn: Of the role in which CloudWatch Logs puts events there.
        needs: What must be there before it may.
    """

    stream_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    needs: Sequence[pulumi.Resource] = ()
