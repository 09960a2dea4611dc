"""How an SQS queue keeps and repeats its messages."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, fail_on
from ..base.spec import LinkedSpec, Whole
from ..base.uses import LinkKind

DAY_SECONDS: Final = 86_400

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html; 0 seconds would hand a message to
# every consumer at once
VISIBILITY_SECONDS: Final = (1, 43_200)
RECEIVES: Final = (1, 1000)
# SQS keeps a message 14 days at the most. A standard queue counts them from when it was sent, also among the dead letters,
# which must have longer than the queue itself:
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
DEAD_LETTER_DAYS: Final = 14
RETENTION_DAYS: Final = (1, DEAD_LETTER_DAYS - 1)


class QueueSpec(LinkedSpec):
    """A queue with its dead letters."""

    link: ClassVar[LinkKind] = LinkKind("queue", verbs=("send", "consume"))

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - all queues alike
        """SQS."""
        return ("sqs",)

    visibility_timeout_seconds: Annotated[Whole, between(*VISIBILITY_SECONDS, "seconds")] = Field(
        default=300,
        description="seconds in which a consumer must finish before a message is seen again, six times a function's timeout; "
        "300 by default",
    )
    max_receives: Annotated[Whole, between(*RECEIVES)] = Field(
        default=5, description="times a message is received before it goes to the dead letters; 5 by default"
    )
    retention_days: Annotated[Whole, between(*RETENTION_DAYS, "days")] = Field(
        default=4,
        description="days after it was sent that a message is dropped, 1 to 13; dead letters after 14; 4 by default",
    )
    max_age_seconds: Annotated[Whole, between(60, RETENTION_DAYS[1] * DAY_SECONDS - 1, "seconds")] = Field(
        default=300,
        validate_default=True,
        description="age of the oldest message that raises an alarm, seconds, visibilityTimeoutSeconds or more; 300 by default",
    )
    fifo: bool = Field(
        default=False,
        description="messages of a group in order, except past a dead letter, and once if senders give deduplication ids; "
        "false by default, cannot be changed",
    )

    @field_validator("max_age_seconds")
    @classmethod
    def _between_work_and_loss(cls, seconds: int, info: ValidationInfo) -> int:
        work, days = info.data.get("visibility_timeout_seconds"), info.data.get("retention_days")
        if work is not None and seconds < work:
            expected = f"visibilityTimeoutSeconds ({work}) or more: a message that is being worked on is no late one"
            fail_on([Problem(value=seconds, expected=expected)])
        if days is not None and seconds >= days * DAY_SECONDS:
            fail_on([Problem(value=seconds, expected=f"less than the {days} days after which a message is dropped")])
        return seconds
