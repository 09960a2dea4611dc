"""What of each dataset may leave the platform, and what it is to a subscriber, as `jobs/aggregate/datasets.py` classes it."""

from collections.abc import Mapping
from typing import Final

from ..aggregate.datasets import DATASETS, TYPES

Types = Mapping[str, Mapping[str, str]]
"""Dataset -> field -> its type in the Glue catalog."""

SHAREABLE: Final[Types] = {
    name: {column.name: TYPES[column.kind].glue for column in dataset.columns if column.shareable}
    for name, dataset in DATASETS.items()
}
"""What may be given as it stands, record by record."""
SUMMABLE: Final[Types] = {
    name: {
        column.name: TYPES[column.kind].glue
        for column in dataset.columns
        if column.kind in ("bigint", "integer") and (column.shareable or column.in_sums)
    }
    for name, dataset in DATASETS.items()
}
"""Numbers whose sums over groups may be given."""

ROUNDED: Final = {name: {column.name for column in dataset.columns if column.in_sums} for name, dataset in DATASETS.items()}
"""Fields of which nothing but sums is given, and these rounded: two nights' would differ by what one record has."""


def columns(dataset: str, names: tuple[str, ...], sums: tuple[str, ...] | None) -> dict[str, str]:
    """Column -> Glue type of a product: fields, or where `sums` is not None, groups with their count and sums."""
    kinds = {name: SHAREABLE[dataset][name] for name in names}
    if sums is None:
        return kinds
    return {**kinds, "records": "bigint", **{f"sum_{name}": "bigint" for name in sums}}
