"""What an hour of a stack costs, awake and asleep: for whoever shows one sum beside a stack."""

from pathlib import Path

from operations.cost import prices, resources, usage
from operations.cost.estimate import Hourly, estimate


def hourly(stack: str, *, planned: Path | None = None, state: Path | None = None) -> Hourly:
    """USD an hour of a stack as `pulumi preview --json` plans it, as `pulumi stack export` has it, or as Pulumi tells it.

    It is used as the profile that begins its name: `dev-x` as `dev`. AWS is asked nothing.

    Raises:
        OperationError: when a file is none of that, Pulumi knows no such stack, or no profile begins its name.
    """
    name = stack.rpartition("/")[2]
    return estimate(resources.read(stack, planned, state).resources, prices.load(), usage.load(name, exactly=False)).hourly()
