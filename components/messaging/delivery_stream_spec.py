"""How long a delivery stream gathers records before it writes a file."""

from typing import Annotated, Final

from pydantic import Field

from ..base.problems import between
from ..base.spec import PartName, Spec, Whole

# docs.aws.amazon.com/firehose/latest/dev/buffering.html: with conversion or partitioning 64 MB at the least, 128 at the most;
# zero buffering is not to be had with partitioning
BUFFER_MIB: Final = (64, 128)
BUFFER_SECONDS: Final = (60, 900)


class DeliveryStreamSpec(Spec):
    """Messages of one dataset as Parquet files, minutes after they were published; it is called as the dataset is."""

    topic: PartName = Field(description="topic whose messages about the dataset it takes, by their attribute dataset")
    buffer_mib: Annotated[Whole, between(*BUFFER_MIB, "MiB")] = Field(
        default=64,
        description="records of a partition that are gathered into one file at the most, 64 to 128 MiB; 64 by default",
    )
    buffer_seconds: Annotated[Whole, between(*BUFFER_SECONDS, "seconds")] = Field(
        default=300,
        description="seconds that they are gathered at the most, 60 to 900; they may be seen half as long again after; 300 by "
        "default",
    )
