"""Which fields of each dataset may leave the platform, and what they are to a subscriber. The one place that says it.

What is not here is not shared: what names a loan, and the moments that would let somebody find it in public records.
"""

from collections.abc import Mapping
from typing import Final

SHAREABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "loans": {"product": "string", "amount_cents": "bigint", "rate_bp": "int", "state": "string", "status": "string"}
}
"""Dataset -> field -> its type in the Glue catalog."""
NUMBERS: Final = ("bigint", "int")
"""Types that can be added up."""


def columns(dataset: str, names: tuple[str, ...], sums: tuple[str, ...] | None) -> dict[str, str]:
    """Column -> Glue type of a product: fields, or where `sums` is not None, groups with their count and sums."""
    kinds = {name: SHAREABLE[dataset][name] for name in names}
    if sums is None:
        return kinds
    return {**kinds, "records": "bigint", **{f"sum_{name}": "bigint" for name in sums}}
