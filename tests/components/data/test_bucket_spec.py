from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.uses import LinkKind
from components.data.bucket_spec import BucketSpec, LakeSpec

LAKE: dict[str, Any] = {"buckets": ("raw", "curated"), "noncurrent_days": 7, "access_log_days": 30}


def lake(**changes: Any) -> LakeSpec:
    return LakeSpec(**(LAKE | changes))


def test_a_stack_file_and_a_program_say_the_same() -> None:
    assert LakeSpec.model_validate({"buckets": ["raw", "curated"], "noncurrentDays": 7, "accessLogDays": 30}) == lake()


def test_objects_are_kept_and_deleted_ones_for_90_days_unless_said_otherwise() -> None:
    assert (BucketSpec().noncurrent_days, BucketSpec().expire_days) == (90, None)


def test_each_bucket_of_a_lake_keeps_deleted_objects_as_long_as_the_lake_says() -> None:
    assert lake().bucket == BucketSpec(noncurrent_days=7)


def test_a_lake_is_read_and_written() -> None:
    assert LakeSpec.link == LinkKind("lake", ("read", "write"), paths=True, named_in="buckets")


@pytest.mark.parametrize("days", [1, 3650])
def test_the_fewest_and_the_most_days_are_taken(days: int) -> None:
    bucket = BucketSpec(noncurrent_days=days, expire_days=days)
    assert (bucket.noncurrent_days, bucket.expire_days) == (days, days)
    assert lake(noncurrent_days=days, access_log_days=days).access_log_days == days


@pytest.mark.parametrize("days", [0, 3651])
@pytest.mark.parametrize("field", ["noncurrent_days", "expire_days"])
def test_days_out_of_bounds_of_a_bucket_are_refused(field: str, days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"BucketSpec\.{field} is {days}; expected 1 to 3650 days"):
        values: dict[str, Any] = {field: days}
        BucketSpec(**values)


@pytest.mark.parametrize("days", [0, 3651])
@pytest.mark.parametrize("field", ["noncurrent_days", "access_log_days"])
def test_days_out_of_bounds_of_a_lake_are_refused(field: str, days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"LakeSpec\.{field} is {days}; expected 1 to 3650 days"):
        lake(**{field: days})


@pytest.mark.parametrize("name", ["raw", "r" * 20])
def test_the_shortest_and_the_longest_name_of_a_bucket_are_taken(name: str) -> None:
    assert lake(buckets=(name,)).buckets == (name,)


@pytest.mark.parametrize("name", ["ra", "r" * 21, "Raw", "1raw", "raw-"])
def test_a_bucket_that_could_not_be_named_so_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"LakeSpec\.buckets\[0\] is .*; expected 3 to 20 lower-case letters"):
        lake(buckets=(name,))


def test_a_bucket_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"LakeSpec\.buckets\[1\] is 'raw'; expected a bucket not listed before"):
        lake(buckets=("raw", "raw"))


@pytest.mark.parametrize("shared", [("config",), ("raw", "raw")])
def test_what_is_shared_is_named_among_the_buckets_and_once(shared: tuple[str, ...]) -> None:
    expected = "(one of buckets: raw, curated|a bucket not listed before)"
    with pytest.raises(InvalidArgumentError, match=rf"LakeSpec\.shared\[\d\] is .*; expected {expected}"):
        lake(shared=shared)
