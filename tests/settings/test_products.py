"""Products and shares that cannot be: each told with its key, its value and what would be right."""

from typing import Any, Final

import pytest

from components.data.product_spec import MOST_SHARES, ProductSpec
from components.data.table_spec import TableSpec
from jobs.aggregate.records import SCHEMAS
from jobs.publish.shareable import SHAREABLE
from settings import PrimarySettings
from settings.products import products
from tests.settings.stack_files import accepted, refused

TENANT: Final = "tabcdefghij23456"
PRODUCT: Final = {"dataset": "loans", "columns": ["state"], "description": "By state"}
SHARE: Final = {
    "product": "loan-book",
    "tenant": TENANT,
    "account": "333333333333",
    "since": "2026-12-01",
    "until": "2027-03-31",
}
OF_LOANS: Final = "one of product, rate_bp, state, status"

WRONG_PRODUCTS: Final[tuple[tuple[dict[str, object], str], ...]] = (
    ({"columns": ["state", "loan_id"]}, f"columns[1] is 'loan_id'; expected {OF_LOANS}: loan_id is not classed as shareable"),
    ({"columns": ["applied_at"]}, f"columns[0] is 'applied_at'; expected {OF_LOANS}: applied_at is not classed as shareable"),
    ({"columns": ["borrower"]}, f"columns[0] is 'borrower'; expected {OF_LOANS}: loans has no such field"),
    ({"columns": []}, "columns is []; expected one column or more"),
    ({"columns": ["state", "state"]}, "columns[1] is 'state'; expected a column not listed before"),
    ({"columns": ["State"]}, "columns[0] is 'State'; expected the name of a column"),
    ({"dataset": "borrowers"}, "dataset is 'borrowers'; expected a dataset with shareable fields"),
    ({"aggregate": {"sums": ["product"]}}, "aggregate.sums[0] is 'product'; expected a number whose sums are shareable: "),
    ({"aggregate": {"sums": ["loan_id"]}}, "aggregate.sums[0] is 'loan_id'; expected a number whose sums are shareable: "),
    ({"aggregate": {"sums": ["state"]}}, "aggregate.sums[0] is 'state'; expected a column that is not among columns"),
    ({"aggregate": {"atLeast": 4}}, "aggregate.atLeast is 4; expected 5 to 100000"),
    ({"aggregate": {"roundTo": 100}}, "aggregate.roundTo is 100; expected 1000000 to 1000000000000"),
    ({"description": ""}, "description is ''; expected 1 to 200 printable characters"),
)

WRONG_SHARES: Final[tuple[tuple[dict[str, object], str], ...]] = (
    ({"product": "loans"}, "product is 'loans'; expected one of products: loan-book, loans-by-state"),
    ({"tenant": "acme"}, "tenant is 'acme'; expected a tenant's id"),
    (
        {"account": "222222222222"},
        "account is '222222222222'; expected the account of another organisation",
    ),
    ({"account": "333"}, "account is '333'; expected"),
    ({"until": "2026-11-30"}, "until is '2026-11-30'; expected a day after since (2026-12-01), at the latest 2027-12-02"),
    ({"until": "2028-01-01"}, "until is '2028-01-01'; expected a day after since (2026-12-01), at the latest 2027-12-02"),
    ({"until": "next year"}, "until is 'next year'; expected a day in quotes, e.g. '2027-03-31'"),
    ({"since": "2026-02-30"}, "since is '2026-02-30'; expected a day in quotes, e.g. '2027-03-31'"),
    ({"since": "9999-01-01"}, "since is '9999-01-01'; expected a day in quotes, e.g. '2027-03-31'"),
    ({"until": "9999-12-31"}, "until is '9999-12-31'; expected a day in quotes, e.g. '2027-03-31'"),
    ({"externalId": "x"}, "externalId is an unknown key"),
)


@pytest.mark.parametrize(("change", "told"), WRONG_PRODUCTS)
def test_a_wrong_product_is_named(change: dict[str, object], told: str) -> None:
    found = refused("prod", {"products.other": PRODUCT | change})
    assert [line for line in found if line.startswith(f"dataconnect:products.other.{told}")], found


@pytest.mark.parametrize(("change", "told"), WRONG_SHARES)
def test_a_wrong_share_is_named(change: dict[str, object], told: str) -> None:
    (found,) = refused("prod", {"shares.to-investor": SHARE | change})
    assert found.startswith(f"dataconnect:shares.to-investor.{told}")


def test_one_grant_has_one_name() -> None:
    (found,) = refused("prod", {"shares": {"to-investor": SHARE, "again": SHARE}})
    assert found == (
        "dataconnect:shares.again.account is '333333333333'; expected another subscriber, tenant or product: to-investor grants"
        " the same"
    )


def test_two_groupings_of_a_dataset_do_not_go_to_one_account() -> None:
    """The one's total less the other's is the group that was left out."""
    other = PRODUCT | {"aggregate": {"sums": ["amount_cents"]}}
    shares = {"to-a": SHARE | {"product": "loans-by-state"}, "to-b": SHARE | {"product": "other"}}
    uses = ["lake/curated:read", *(f"product/{name}:publish" for name in ("loan-book", "loans-by-state", "other"))]
    edits: dict[str, object] = {"products.other": other, "jobs.publish.uses": uses, "shares": shares}
    (found,) = refused("prod", edits)
    assert found.startswith("dataconnect:shares.to-b.product is 'other'; expected no second aggregate of loans for this")
    shares["to-b"] |= {"account": "444444444444"}
    assert accepted("prod", edits, PrimarySettings).shares


def test_there_are_no_more_shares_than_roles_for_them() -> None:
    shares: dict[str, Any] = {
        f"share-{number:03}": SHARE | {"account": f"{300000000000 + number}"} for number in range(MOST_SHARES + 1)
    }
    (found,) = refused("prod", {"shares": shares})
    assert found.startswith(f"dataconnect:shares is '{MOST_SHARES + 1} shares'; expected at most {MOST_SHARES}")
    shares.popitem()
    assert len(accepted("prod", {"shares": shares}, PrimarySettings).shares) == MOST_SHARES


@pytest.mark.parametrize("jobs", [{"jobs.publish.uses": ["lake/curated:read", "product/loans-by-state:publish"]}, {"jobs": {}}])
def test_what_is_shared_is_published_by_a_job(jobs: dict[str, object]) -> None:
    told = (
        "dataconnect:shares.to-a.product is 'loan-book'; expected one that a job publishes: product/loan-book:publish is among"
    )
    assert any(line.startswith(told) for line in refused("dev", {**jobs, "shares": {"to-a": SHARE}}))


def test_a_job_names_a_product_that_there_is() -> None:
    (found,) = refused("prod", {"jobs.publish.uses": ["product/cars:publish"]})
    assert "product/loan-book:publish" in found and "product/cars" in found


def test_without_the_table_that_knows_what_was_revoked_there_are_no_products() -> None:
    known = {"loan-book": ProductSpec(dataset="loans", columns=("state",), description="x")}
    (found,) = products(known, {"table/sessions": TableSpec.link})
    assert found.expected == "none without a table tenants: it tells which shares were revoked"
    assert (
        list(products(known, {"table/tenants": TableSpec.link})) == list(products({}, {"table/sessions": TableSpec.link})) == []
    )


def test_what_is_shareable_is_a_field_and_never_the_key_of_a_record() -> None:
    for dataset, fields in SHAREABLE.items():
        assert {*fields} < {*SCHEMAS[dataset].names} and SCHEMAS[dataset].key not in fields


def test_no_committed_stack_shares_anything() -> None:
    for stack in ("dev", "prod"):
        found = accepted(stack, {}, PrimarySettings)
        assert found.products and not found.shares
