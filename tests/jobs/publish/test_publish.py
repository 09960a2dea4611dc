"""What a share holds after a run, when none is written, and what is refused."""

import io
import json
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pyarrow as pa
import pytest
from botocore.client import BaseClient
from pyarrow import parquet

from jobs.aggregate.curated import parquet_bytes
from jobs.aggregate.failures import BadConfigurationError
from jobs.aggregate.lake import Bucket
from jobs.publish import run as run_module
from jobs.publish.__main__ import main
from jobs.publish.content import newest, of_product
from jobs.publish.order import Order, Product, read
from jobs.publish.run import Summary, publish
from jobs.publish.shareable import SHAREABLE, columns
from tests.jobs.aggregate.platform import ACME, REGION, ROLE, ZENITH
from tests.jobs.publish.conftest import CURATED, PRODUCTS, REGISTRY, Platform, loan

BOOK = Product(dataset="loans", columns=("state", "product", "rate_bp"))
BY_STATE = Product(dataset="loans", columns=("state",), sums=("amount_cents",), at_least=5)
TODAY = date(2026, 11, 29)
LATER = "2026-11-25T15:00:00Z"


def run(platform: Platform, *, tenant: str = ACME, today: date = TODAY, **products: Product) -> Summary:
    order = Order(
        tenant=tenant,
        dataset="loans",
        role=ROLE,
        registry=REGISTRY,
        curated=CURATED,
        bucket=PRODUCTS,
        region=REGION,
        products={name.replace("_", "-"): each for name, each in products.items()} or {"loan-book": BOOK, "by-state": BY_STATE},
    )
    platform.register(tenant)
    return publish(order.at_its_place(platform.dynamodb), platform.session, today)


def rows(platform: Platform, share: str, product: str = "loan-book", tenant: str = ACME) -> list[dict[str, Any]]:
    key = f"tenant={tenant}/product={product}/share={share}/data.parquet"
    body = platform.s3.get_object(Bucket=PRODUCTS, Key=key)["Body"].read()
    return cast("Any", parquet.read_table(io.BytesIO(body))).to_pylist()


def test_a_subscriber_gets_the_newest_state_of_each_loan_and_the_products_columns_only(platform: Platform) -> None:
    platform.curate(loan(1, rate_bp=100), loan(2, rate_bp=200))
    platform.curate(loan(1, rate_bp=150, updated_at=LATER), part=1, day="2026-11-29")
    platform.share("to-investor")
    assert run(platform).published["to-investor"]["rows"] == 2
    assert rows(platform, "to-investor") == [
        {"state": "OH", "product": "30-year fixed", "rate_bp": 150},
        {"state": "OH", "product": "30-year fixed", "rate_bp": 200},
    ]


def test_of_two_messages_at_once_the_greater_id_counts_however_they_are_folded(platform: Platform) -> None:
    platform.curate(loan(1, amount_cents=1), loan(2, amount_cents=2))
    platform.curate(loan(1, amount_cents=9), part=1)
    bodies = [
        platform.s3.get_object(Bucket=CURATED, Key=each["Key"])["Body"].read()
        for each in platform.s3.list_objects_v2(Bucket=CURATED)["Contents"]
    ]
    for fold in (1, 2, 100):
        for order in (bodies, bodies[::-1]):
            found = newest(order, "loans", ["amount_cents"], fold_rows=fold)
            assert found is not None and sorted(found["amount_cents"].to_pylist()) == [2, 9]


def test_a_file_from_before_a_column_came_says_nothing_there(platform: Platform) -> None:
    platform.curate(loan(1))
    key = platform.s3.list_objects_v2(Bucket=CURATED)["Contents"][0]["Key"]
    before: Any = parquet.read_table(io.BytesIO(platform.s3.get_object(Bucket=CURATED, Key=key)["Body"].read()))
    platform.s3.put_object(Bucket=CURATED, Key=key, Body=parquet_bytes(before.drop_columns(["rate_bp"])))
    platform.curate(loan(2, rate_bp=200), part=1)
    platform.share("to-investor")
    assert run(platform).published["to-investor"]["rows"] == 2
    assert sorted(str(row["rate_bp"]) for row in rows(platform, "to-investor")) == ["200", "None"]


def test_an_aggregate_leaves_out_groups_that_are_too_small_to_hide_in(platform: Platform) -> None:
    platform.curate(*(loan(number, state="OH", amount_cents=10**12) for number in range(5)), loan(9, state="TX"))
    platform.share("to-insurer", "by-state")
    run(platform)
    assert rows(platform, "to-insurer", "by-state") == [{"state": "OH", "records": 5, "sum_amount_cents": 5 * 10**12}]


def test_sums_that_no_whole_number_of_64_bits_holds_are_refused_and_not_wrong() -> None:
    records = pa.table({"state": ["OH"] * 100_000, "amount_cents": pa.array([10**14] * 100_000, pa.int64())})
    with pytest.raises(pa.ArrowInvalid):
        of_product(records, BY_STATE)


def test_one_group_that_cannot_be_added_up_keeps_no_other_share_old(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.register()
    platform.curate(*(loan(number) for number in range(5)))
    platform.share("groups", "by-state", until="2099-01-01")
    platform.share("z-book", until="2099-01-01")
    plain = run_module.of_product

    def broken(records: Any, product: Product) -> Any:
        if product.sums:
            raise pa.ArrowInvalid("Integer value 9999999999 not in range")
        return plain(records, product)

    monkeypatch.setattr(run_module, "of_product", broken)
    groups = {"dataset": "loans", "columns": ["state"], "aggregate": {"sums": ["amount_cents"], "atLeast": 5, "roundTo": 1}}
    assert main(ARGUMENTS, variables(BY_STATE=groups, LOAN_BOOK={"dataset": "loans", "columns": ["state"]})) == 1
    told = json.loads(capsys.readouterr().out)
    assert [*told["published"]] == ["z-book"] and "ArrowInvalid" in told["failed"]["groups"]
    assert "9999999999" not in str(told)


def test_the_sums_of_two_nights_do_not_differ_by_one_borrowers_amount() -> None:
    amounts = [25_000_000 + 7 * number for number in range(10)]
    product = replace(BY_STATE, round_to=1_000_000)

    def total(amounts: list[int | None]) -> int:
        records = pa.table({"state": ["OH"] * len(amounts), "amount_cents": pa.array(amounts, pa.int64())})
        return of_product(records, product).to_pylist()[0]["sum_amount_cents"]

    before, after = total([*amounts]), total([*amounts, 31_415_926])
    assert before == 250_000_000 and after == 281_000_000
    assert total([None, *amounts]) == before


def test_a_field_that_is_shared_as_it_stands_is_not_rounded() -> None:
    records = pa.table({"state": ["OH"] * 5, "rate_bp": pa.array([651] * 5, pa.int32())})
    product = Product(dataset="loans", columns=("state",), sums=("rate_bp",), at_least=5, round_to=1_000_000)
    assert of_product(records, product)["sum_rate_bp"].to_pylist() == [3255]


def test_what_is_published_is_what_its_table_says(platform: Platform) -> None:
    """Column by column, with the types that the catalog is told."""
    platform.curate(*(loan(number) for number in range(6)))
    platform.share("book")
    platform.share("groups", "by-state")
    run(platform)
    kinds = {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int"}
    for share, name, product in (("book", "loan-book", BOOK), ("groups", "by-state", BY_STATE)):
        key = f"tenant={ACME}/product={name}/share={share}/data.parquet"
        schema = parquet.read_schema(io.BytesIO(platform.s3.get_object(Bucket=PRODUCTS, Key=key)["Body"].read()))
        assert {field.name: kinds[field.type] for field in schema} == columns("loans", product.columns, product.sums)
    assert {*SHAREABLE["loans"]} == {"product", "rate_bp", "state", "status"}


def test_each_share_is_under_its_own_key_and_no_key_of_the_buckets_stands_between(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    call = cast("Any", BaseClient)._make_api_call

    def noted(self: Any, operation: str, told: dict[str, Any]) -> Any:
        asked.extend([told] if operation == "PutObject" and told["Bucket"] == PRODUCTS else [])
        return call(self, operation, told)

    platform.curate(loan(1))
    platform.share("a")
    platform.share("b")
    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    run(platform)
    told = {each["Key"].split("share=")[1]: (each["SSEKMSKeyId"], each["BucketKeyEnabled"]) for each in asked}
    assert told == {"a/data.parquet": (platform.keys["a"], False), "b/data.parquet": (platform.keys["b"], False)}


def test_a_share_that_is_revoked_or_expired_is_written_no_more_and_keeps_no_other(platform: Platform) -> None:
    platform.curate(loan(1))
    platform.share("ended")
    platform.revoke("ended")
    platform.share("expired", until="2026-11-28")
    platform.share("last-day", until="2026-11-29", since="2026-11-29")
    platform.share("tomorrow", since="2026-11-30")
    found = run(platform)
    assert found.over == {"ended": "revoked", "expired": "expired", "tomorrow": "not yet"}
    assert [*found.published] == ["last-day"] == [key.split("/")[2].removeprefix("share=") for key in platform.published()]


def test_nothing_is_read_where_no_share_stands(platform: Platform) -> None:
    platform.s3.put_object(
        Bucket=CURATED, Key=f"tenant={ACME}/dataset=loans/date=2026-11-28/part-0.parquet", Body=b"no Parquet"
    )
    platform.share("expired", until="2026-01-01")
    assert run(platform).published == {}


def test_a_share_of_a_product_that_this_run_does_not_have_waits(platform: Platform) -> None:
    platform.curate(loan(1))
    platform.share("book")
    assert run(platform, by_state=BY_STATE) == Summary()


def of_two_tenants(platform: Platform, *, tenant: str = ACME) -> dict[str, list[str]]:
    """The states of the loans in each object that is published: ACME's are in OH, ZENITH's in TX."""
    platform.curate(loan(1, state="OH"))
    platform.curate(loan(1, state="TX"), tenant=ZENITH)
    platform.share("a")
    platform.share("z", tenant=ZENITH)
    run(platform, tenant=tenant)
    owners = {key: key.split("/")[0].removeprefix("tenant=") for key in platform.published()}
    shares = {key: key.split("/")[2].removeprefix("share=") for key in owners}
    return {key: sorted(each["state"] for each in rows(platform, shares[key], tenant=owners[key])) for key in owners}


OF_ACME = {f"tenant={ACME}/product=loan-book/share=a/data.parquet": ["OH"]}


def test_one_tenants_shares_hold_nothing_of_anothers(platform: Platform) -> None:
    assert of_two_tenants(platform) == OF_ACME


def test_a_run_for_the_wrong_tenant_shows(platform: Platform) -> None:
    found = of_two_tenants(platform, tenant=ZENITH)
    assert found == {f"tenant={ZENITH}/product=loan-book/share=z/data.parquet": ["TX"]}


def test_a_run_that_reads_another_tenants_folder_shows(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """What IAM would refuse its session, and moto does not."""
    objects = Bucket.objects
    monkeypatch.setattr(Bucket, "objects", lambda self, prefix: objects(self, prefix.replace(ACME, ZENITH)))
    assert of_two_tenants(platform) == {key: ["TX"] for key in OF_ACME}


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": f"tenant={ZENITH}/product=loan-book/share=a/"},
        {"prefix": ""},
        {"key_arn": "alias/aws/s3"},
        {"until": "soon"},
        {"since": ""},
    ],
)
def test_an_item_that_would_be_written_elsewhere_or_under_another_kind_of_key_ends_the_run(
    platform: Platform, wrong: dict[str, str]
) -> None:
    platform.curate(loan(1))
    platform.share("a", **wrong)
    with pytest.raises(BadConfigurationError, match="share a"):
        run(platform)
    assert platform.published() == []


def variables(**products: object) -> dict[str, str]:
    fixed = {
        "AWS_REGION": REGION,
        "TENANT_ROLE_ARN": ROLE,
        "TENANTS_TABLE": REGISTRY,
        "LAKE_CURATED": CURATED,
        "PRODUCTS_BUCKET": PRODUCTS,
    }
    return fixed | {f"PRODUCT_{name}": json.dumps(each) for name, each in products.items()}


ARGUMENTS = ["--tenant", ACME, "--dataset", "loans"]


def test_a_product_is_read_as_the_settings_write_it() -> None:
    told = {"dataset": "loans", "columns": ["state"], "aggregate": {"sums": ["amount_cents"], "atLeast": 5, "roundTo": 1}}
    found = read(ARGUMENTS, variables(BY_STATE=told, BOOK={"dataset": "loans", "columns": ["state"], "aggregate": None}))
    assert found.products == {"by-state": BY_STATE, "book": Product(dataset="loans", columns=("state",))}


@pytest.mark.parametrize("field", ["loan_id", "applied_at", "updated_at", "message_id", "borrower"])
def test_a_field_that_must_stay_is_refused_once_more_when_the_job_runs(field: str) -> None:
    for told in (
        {"columns": ["state", field]},
        {"columns": ["state"], "aggregate": {"sums": [field], "atLeast": 5, "roundTo": 1}},
    ):
        with pytest.raises(BadConfigurationError, match=f"PRODUCT_BOOK has '{field}'"):
            read(ARGUMENTS, variables(BOOK={"dataset": "loans", **told}))


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadConfigurationError) as told:
        read(["--tenant", "acme", "--dataset", "cars"], {"PRODUCT_X": "{"})
    for name in ("--tenant", "--dataset", "TENANT_ROLE_ARN", "TENANTS_TABLE", "LAKE_CURATED", "PRODUCTS_BUCKET", "PRODUCT_X"):
        assert name in str(told.value)


def test_a_run_in_a_session_of_the_tenant_tells_in_one_line(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    platform.register()
    platform.curate(loan(1))
    platform.share("a", until="2099-01-01")
    assert main(ARGUMENTS, variables(LOAN_BOOK={"dataset": "loans", "columns": ["state"]})) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["published"]["a"]["rows"] == 1 and "OH" not in line


def test_a_tenant_that_is_suspended_publishes_nothing(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    platform.register(status="suspended")
    platform.curate(loan(1))
    platform.share("a", until="2099-01-01")
    assert main(ARGUMENTS, variables(LOAN_BOOK={"dataset": "loans", "columns": ["state"]})) == 20
    assert platform.published() == [] and "suspended" in capsys.readouterr().out
