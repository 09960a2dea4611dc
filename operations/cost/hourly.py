"""What an hour of a stack costs, awake and asleep: for whoever shows one sum beside a stack."""

from operations.cost import prices, usage
from operations.cost.estimate import Hourly, estimate
from operations.cost.resources import Stack


def hourly(name: str, found: Stack) -> Hourly:
    """USD an hour of a stack as `resources.of_state`, `of_preview` or `read` tells it; AWS is asked nothing.

    It is used as the profile that begins its name: `dev-x` as `dev`.

    Raises:
        OperationError: when no profile begins its name.
    """
    return estimate(found.resources, prices.load(), usage.load(name, exactly=False)).hourly()
