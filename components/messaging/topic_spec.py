"""What an SNS topic is, and which of its messages a subscriber wants."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from ..base.problems import matching
from ..base.spec import LinkedSpec
from ..base.uses import LinkKind

# docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html: values of all keys together, as combinations
FILTER_VALUES: Final = 150
DATASET_ATTRIBUTE: Final = "dataset"
"""The message attribute by which subscribers choose: what the message is about, e.g. `loans`."""
FORM_ATTRIBUTE: Final = "form"
WHOLE: Final = "whole"
"""Another one: whether the message holds its record, or only says where it lies."""
TIER_ATTRIBUTE: Final = "tier"
POOL: Final = "pool"
"""Another one: whether the message is of a tenant whose data lies with that of others. Other tiers' must not."""

Dataset = Annotated[str, matching("[a-z][a-z0-9_-]{0,39}", "a dataset's name, e.g. loans")]


class TopicSpec(LinkedSpec):
    """A topic that queues and delivery streams subscribe to."""

    link: ClassVar[LinkKind] = LinkKind("topic", verbs=("publish",))

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - all topics alike
        """SNS."""
        return ("sns",)

    fifo: bool = Field(
        default=False,
        description="messages of a group in order, to FIFO queues only; false by default, cannot be changed",
    )
