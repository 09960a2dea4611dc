"""How large a Lambda function is, how long it may take, and how many run at once."""

from typing import Annotated, Final

from pydantic import Field

from ..base.problems import between
from ..base.spec import Spec, Whole

# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MIB: Final = (128, 10_240)
TIMEOUT_SECONDS: Final = (1, 900)
# The same page: an account has 1,000 in a region unless it asked for more, and must leave 100 unreserved.
CONCURRENCY: Final = (1, 900)


class FunctionSpec(Spec):
    """A function's size. It always has a share of the account's concurrency to itself, and never takes more."""

    memory_mib: Annotated[Whole, between(*MEMORY_MIB, "MiB")] = Field(
        default=256, description="memory, MiB, 128 to 10,240; CPU grows with it, one vCPU at 1,769; 256 by default"
    )
    timeout_seconds: Annotated[Whole, between(*TIMEOUT_SECONDS, "seconds")] = Field(
        default=30, description="seconds after which a run is ended, 1 to 900; 30 by default"
    )
    concurrency: Annotated[Whole, between(*CONCURRENCY)] = Field(
        default=10, description="runs at once, reserved from the account's 1,000; 10 by default"
    )
