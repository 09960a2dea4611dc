"""What data products and shares of a stack must agree on: nothing but shareable fields, known products, other organisations."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.base.problems import Path, Problem
from components.base.uses import LinkKind
from components.compute.job_spec import REGISTRY, JobSpec
from components.data.product_spec import MOST_SHARES, ProductSpec, ShareSpec
from jobs.aggregate.records import SCHEMAS
from jobs.publish.shareable import SHAREABLE, SUMMABLE
from settings.links import lacks_table

COUNT: Final = "records"
"""What the number of records in a group is called."""


def products(found: Mapping[str, ProductSpec], links: Mapping[str, LinkKind]) -> Iterator[Problem]:
    """A problem for each product of what is no dataset, or of a field that is not shareable."""
    if found and lacks_table(links, REGISTRY):
        expected = f"none without a table {REGISTRY}: it tells which shares were revoked"
        yield Problem(value=", ".join(found), expected=expected)
    for name, product in found.items():
        shareable = SHAREABLE.get(product.dataset)
        if shareable is None:
            listed = f"a dataset with shareable fields (jobs/aggregate/datasets.py): {', '.join(SHAREABLE)}"
            yield Problem(value=product.dataset, expected=listed, path=(name, "dataset"))
            continue
        for index, column in enumerate(product.columns):
            yield from _shareable(column, product.dataset, [*shareable], path=(name, "columns", index))
        for index, column in enumerate(product.aggregate.sums if product.aggregate else ()):
            numbers = SUMMABLE[product.dataset]
            if column not in numbers:
                path = (name, "aggregate", "sums", index)
                yield Problem(value=column, expected=f"a number whose sums are shareable: {', '.join(numbers)}", path=path)
        if product.aggregate and COUNT in product.columns:
            expected = "another column: the number of records is called so"
            yield Problem(value=COUNT, expected=expected, path=(name, "columns", product.columns.index(COUNT)))


def _shareable(column: str, dataset: str, shareable: list[str], *, path: Path) -> Iterator[Problem]:
    if column in shareable:
        return
    known = column in SCHEMAS[dataset].names
    why = f"{column} is not classed as shareable" if known else f"{dataset} has no such field"
    yield Problem(value=column, expected=f"one of {', '.join(shareable)}: {why}", path=path)


def shares(found: Mapping[str, ShareSpec], stack: Mapping[str, Any], *, account: str | None) -> Iterator[Problem]:
    """A problem for each share of no product, or of one that no job publishes, or with the stack's own account, and so on."""
    jobs: Mapping[str, JobSpec] | None = stack.get("jobs")
    published = {use for job in (jobs or {}).values() for use in job.uses}
    known: Mapping[str, ProductSpec] | None = stack.get("products")
    if len(found) > MOST_SHARES:
        yield Problem(value=f"{len(found)} shares", expected=f"at most {MOST_SHARES}: each takes a role of the account's 1,000")
    first: dict[tuple[str, str, str], str] = {}
    tables: dict[str, str] = {}
    grouped: dict[tuple[str, str, str], str] = {}
    for name, share in found.items():
        if known is not None and share.product not in known:
            listed = f"one of products: {', '.join(known)}" if known else "none: the stack has no products"
            yield Problem(value=share.product, expected=listed, path=(name, "product"))
        elif known is not None and jobs is not None and (use := f"product/{share.product}:publish") not in published:
            expected = f"one that a job publishes: {use} is among the uses of none"
            yield Problem(value=share.product, expected=expected, path=(name, "product"))
        if share.account == account:
            expected = "the account of another organisation: this is the stack's own"
            yield Problem(value=share.account, expected=expected, path=(name, "account"))
        other = first.setdefault((share.product, share.tenant, share.account), name)
        if other != name:
            expected = f"another subscriber, tenant or product: {other} grants the same"
            yield Problem(value=share.account, expected=expected, path=(name, "account"))
        product = (known or {}).get(share.product)
        if product and product.aggregate:
            to = (product.dataset, share.tenant, share.account)
            besides = grouped.setdefault(to, share.product)
            if besides != share.product:
                expected = (
                    f"no second aggregate of {product.dataset} for this account: beside {besides} it tells groups left out"
                )
                yield Problem(value=share.product, expected=expected, path=(name, "product"))
        table = tables.setdefault(name.replace("-", "_"), name)
        if table != name:
            yield Problem(value=name, expected=f"a name that differs from {table} by more than -", path=(name,))
