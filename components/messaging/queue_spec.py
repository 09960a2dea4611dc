"""How an SQS queue keeps and repeats its messages."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, duplicates, fail_on
from ..base.spec import LinkedSpec, PartName, Whole
from ..base.uses import LinkKind
from .topic_spec import FILTER_VALUES, Dataset

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
# The house's own: in one of twenty cases a failover of the database takes longer, and no message may give up before.
OUTAGE_SECONDS: Final = 45 * 60
WHY_ALIKE: Final = "SNS orders messages for FIFO queues only, and hands no group of a FIFO topic to another queue"


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
        default=10,
        validate_default=True,
        description="times a message is received before it goes to the dead letters; times visibilityTimeoutSeconds 45 minutes "
        "or more, which a failover of the database may take; 10 by default",
    )
    retention_days: Annotated[Whole, between(*RETENTION_DAYS, "days")] = Field(
        default=4,
        validate_default=True,
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

    topic: PartName | None = Field(
        default=None, description="topic whose messages it gets, as they were published; none by default"
    )
    datasets: tuple[Dataset, ...] = Field(
        default=(), description="datasets whose messages it gets of that topic, by their attribute dataset; all by default"
    )

    @field_validator("max_receives")
    @classmethod
    def _through_an_outage(cls, receives: int, info: ValidationInfo) -> int:
        visible = info.data.get("visibility_timeout_seconds")
        if visible is not None and visible * receives < OUTAGE_SECONDS:
            expected = (
                f"{-(-OUTAGE_SECONDS // visible)} or more at visibilityTimeoutSeconds {visible}: a message must be tried for "
                f"{OUTAGE_SECONDS // 60} minutes, which a failover of the database may take"
            )
            fail_on([Problem(value=receives, expected=expected)])
        return receives

    @field_validator("retention_days")
    @classmethod
    def _until_the_dead_letters(cls, days: int, info: ValidationInfo) -> int:
        visible, receives = info.data.get("visibility_timeout_seconds"), info.data.get("max_receives")
        if visible is not None and receives is not None and visible * receives >= days * DAY_SECONDS:
            expected = (
                f"longer than visibilityTimeoutSeconds ({visible}) x maxReceives ({receives}): a message would be dropped "
                "before it is a dead letter"
            )
            fail_on([Problem(value=days, expected=expected)])
        return days

    @field_validator("datasets")
    @classmethod
    def _of_a_topic(cls, datasets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(datasets, what="a dataset"))
        if len(datasets) > FILTER_VALUES:
            fail_on([Problem(value=f"{len(datasets)} datasets", expected=f"at most {FILTER_VALUES}: a filter holds no more")])
        if datasets and info.data.get("topic", "") is None:
            fail_on([Problem(value=list(datasets), expected="none without topic: nothing is filtered")])
        return datasets

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
