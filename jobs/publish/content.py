"""What a product holds: of each thing its newest record, without the fields that stay here; or groups of them."""

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from ..aggregate.curated import schema
from ..aggregate.records import SCHEMAS
from .order import Product
from .shareable import ROUNDED

Table = Any
"""pyarrow's, which tells no types."""

FOLD_ROWS: Final = 500_000
"""Rows that are read before those that are superseded are dropped."""
_compute: Any = pyarrow.compute  # its functions are made when it is imported
_COUNT: Final = "records"
# Sums of whole numbers of 64 bits, without a wrong one when they are more than that.
_EXACT: Final = pa.decimal128(38, 0)


def newest(parts: Iterable[bytes], dataset: str, columns: Iterable[str], *, fold_rows: int = FOLD_ROWS) -> Table | None:
    """The newest record of each thing, with these columns only; None where there is no part.

    Of two records the later `updated_at` counts, of two at once the greater message id: as in the database.
    """
    key = SCHEMAS[dataset].key
    needed = [*dict.fromkeys((key, "updated_at", "message_id", *columns))]
    # A file from before a column came says nothing there.
    told: Any = {"columns": needed, "schema": schema(dataset)}
    found: Table | None = None
    for tables in _folded((parquet.read_table(io.BytesIO(part), **told) for part in parts), fold_rows):
        found = _newest(pa.concat_tables([*([] if found is None else [found]), *tables]), key)
    return None if found is None else found.select([*columns])


def _folded(tables: Iterator[Table], fold_rows: int) -> Iterator[list[Table]]:
    gathered: list[Table] = []
    for table in tables:
        gathered.append(table)
        if sum(each.num_rows for each in gathered) >= fold_rows:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _newest(table: Table, key: str) -> Table:
    ordered = table.sort_by([(key, "ascending"), ("updated_at", "descending"), ("message_id", "descending")])
    keys = ordered[key].combine_chunks()
    first = [True, *_compute.not_equal(keys[1:], keys[:-1]).to_pylist()] if len(keys) else []
    return ordered.filter(pa.array(first, pa.bool_()))


def _published(sums: Table, name: str, product: Product) -> Table:
    """The sums of a field, to the nearest `round_to` where nothing else of it is given."""
    if name not in ROUNDED[product.dataset]:
        return sums
    step = product.round_to
    rounded = [None if each is None else (each + step // 2) // step * step for each in sums.to_pylist()]
    return pa.array(rounded, pa.int64())


def of_product(records: Table, product: Product) -> Table:
    """The rows of a product, in an order that tells nothing of when or how they came."""
    if product.sums is None:
        rows = records.select([*product.columns])
    else:
        exact = pa.table(
            {
                **{name: records[name] for name in product.columns},
                **{f"sum_{name}": records[name].cast(_EXACT) for name in product.sums},
                _COUNT: pa.repeat(pa.scalar(1, pa.int64()), records.num_rows),
            }
        )
        summed = [(f"sum_{name}", "sum") for name in product.sums]
        groups = exact.group_by([*product.columns]).aggregate([(_COUNT, "sum"), *summed])
        groups = groups.filter(_compute.greater_equal(groups[f"{_COUNT}_sum"], product.at_least))
        rows = pa.table(
            {
                **{name: groups[name] for name in product.columns},
                _COUNT: groups[f"{_COUNT}_sum"],
                **{
                    f"sum_{name}": _published(groups[f"sum_{name}_sum"].cast(pa.int64()), name, product)
                    for name in product.sums
                },
            }
        )
    return rows.sort_by([(name, "ascending") for name in rows.column_names])
