"""How an SQS queue keeps and repeats its messages."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from ..base.problems import between
from ..base.spec import Spec, Whole

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
VISIBILITY_SECONDS: Final = (0, 43_200)
RECEIVES: Final = (1, 1000)
RETENTION_DAYS: Final = (1, 14)


class QueueSpec(Spec):
    """A queue with its dead letters."""

    verbs: ClassVar[tuple[str, ...]] = ("send", "consume")

    visibility_timeout_seconds: Annotated[Whole, between(*VISIBILITY_SECONDS, "seconds")] = Field(
        default=300,
        description="seconds in which a consumer must finish before a message is seen again, six times a function's timeout; "
        "300 by default",
    )
    max_receives: Annotated[Whole, between(*RECEIVES)] = Field(
        default=5, description="times a message is received before it goes to the dead letters; 5 by default"
    )
    retention_days: Annotated[Whole, between(*RETENTION_DAYS, "days")] = Field(
        default=4, description="days a message waits before it is dropped, dead letters always 14; 4 by default"
    )
    max_age_seconds: Annotated[Whole, between(60, RETENTION_DAYS[1] * 86_400, "seconds")] = Field(
        default=300, description="age of the oldest message that raises an alarm, seconds; 300 by default"
    )
    fifo: bool = Field(default=False, description="messages of a group in order and once; false by default, cannot be changed")
