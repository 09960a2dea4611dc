"""What each type of resource costs, a file for each group of services."""

from collections.abc import Mapping
from typing import Final

from operations.cost.lines import Pricer
from operations.cost.pricers import compute, data, messaging, network, watching

PRICERS: Final[Mapping[str, Pricer]] = {
    **compute.PRICERS,
    **data.PRICERS,
    **messaging.PRICERS,
    **network.PRICERS,
    **watching.PRICERS,
}
"""Type -> what makes its lines."""
