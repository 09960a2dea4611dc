from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.uses import LinkKind
from components.data.bucket_spec import BucketSpec, LakeBucketSpec, LakeSpec, ShortenedFrom

DAYS = ("noncurrent_days", "upload_days", "archive_days", "deep_archive_days", "expire_days", "lock_days")


def lake(**changes: Any) -> LakeSpec:
    values: dict[str, Any] = {"buckets": {"raw": {}, "curated": {}}, "access_log_days": 30}
    return LakeSpec(**(values | changes))


def test_a_stack_file_and_a_program_say_the_same() -> None:
    raw = {"noncurrentDays": 7, "perTenant": False, "shortenedFrom": {"expireDays": 90}}
    bucket = LakeBucketSpec(noncurrent_days=7, per_tenant=False, shortened_from=ShortenedFrom(expire_days="90"))
    assert LakeSpec.model_validate({"buckets": {"raw": raw}, "accessLogDays": 30}) == lake(buckets={"raw": bucket})


def test_objects_are_kept_and_deleted_ones_for_90_days_unless_said_otherwise() -> None:
    bucket = BucketSpec()
    assert (bucket.noncurrent_days, bucket.upload_days, bucket.expire_days) == (90, 7, None)
    assert (bucket.archive_days, bucket.deep_archive_days, bucket.lock_days, bucket.inventory) == (None,) * 4


def test_objects_of_a_lake_are_tenants_and_copied_unless_said_otherwise() -> None:
    bucket = LakeBucketSpec()
    assert (bucket.per_tenant, bucket.replicated, bucket.key) == (True, True, "storage")


def test_a_lake_is_read_and_written() -> None:
    assert LakeSpec.link == LinkKind("lake", ("read", "write"), paths=True, named_in="buckets")


@pytest.mark.parametrize("days", [1, 3650])
@pytest.mark.parametrize(
    "field", ["noncurrent_days", "upload_days", "archive_days", "deep_archive_days", "expire_days", "lock_days"]
)
def test_the_fewest_and_the_most_days_are_taken(field: str, days: int) -> None:
    values: dict[str, Any] = {field: days}
    assert getattr(BucketSpec(**values), field) == days
    assert lake(access_log_days=days).access_log_days == days


@pytest.mark.parametrize("days", [0, 3651])
@pytest.mark.parametrize(
    "field", ["noncurrent_days", "upload_days", "archive_days", "deep_archive_days", "expire_days", "lock_days"]
)
def test_days_out_of_bounds_of_a_bucket_are_refused(field: str, days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"BucketSpec\.{field} is {days}; expected 1 to 3650 days"):
        values: dict[str, Any] = {field: days}
        BucketSpec(**values)


@pytest.mark.parametrize("days", [0, 3651])
def test_days_out_of_bounds_of_a_lake_are_refused(days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"LakeSpec\.access_log_days is {days}; expected 1 to 3650 days"):
        lake(access_log_days=days)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"archive_days": 90, "expire_days": 179}, "expire_days is 179; expected 180 or more: S3 charges for 90"),
        (
            {"deep_archive_days": 90, "expire_days": 269},
            "expire_days is 269; expected 270 or more: S3 charges for 180",
        ),
        (
            {"archive_days": 90, "deep_archive_days": 179},
            "deep_archive_days is 179; expected 180 or more: S3 charges for 90",
        ),
        (
            {"expire_days": 90, "lock_days": 91},
            "lock_days is 91; expected at most expire_days, 90: S3 deletes",
        ),
    ],
)
def test_what_is_moved_for_less_than_s3_charges_for_or_locked_beyond_its_end_is_refused(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"BucketSpec\.{told}"):
        BucketSpec(**values)


def test_what_stays_as_long_as_s3_charges_for_is_taken() -> None:
    bucket = BucketSpec(archive_days=90, deep_archive_days=180, expire_days=360, lock_days=360)
    assert (bucket.deep_archive_days, bucket.expire_days, bucket.lock_days) == (180, 360, 360)


@pytest.mark.parametrize("days", ["0", "3651", "ninety", "9 0", "-1"])
def test_a_confirmation_that_names_no_days_is_refused(days: str) -> None:
    told = rf"ShortenedFrom\.expire_days is '{days}'; expected the days that were deployed, or never"
    with pytest.raises(InvalidArgumentError, match=told):
        ShortenedFrom(expire_days=days)


def test_a_key_of_another_class_is_refused() -> None:
    wrong: Any = "secrets"
    with pytest.raises(InvalidArgumentError, match=r"LakeBucketSpec\.key is 'secrets'; expected 'storage' or 'config'"):
        LakeBucketSpec(key=wrong)


@pytest.mark.parametrize("name", ["raw", "r" * 20])
def test_the_shortest_and_the_longest_name_of_a_bucket_are_taken(name: str) -> None:
    assert [*lake(buckets={name: {}}).buckets] == [name]


@pytest.mark.parametrize("name", ["ra", "r" * 21, "Raw", "1raw", "raw-"])
def test_a_bucket_that_could_not_be_named_so_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"LakeSpec\.buckets\.{name} is .*; expected 3 to 20 lower-case letters"):
        lake(buckets={name: {}})


def test_a_lake_has_a_bucket() -> None:
    with pytest.raises(InvalidArgumentError, match=r"LakeSpec\.buckets is {}; expected one bucket or more"):
        lake(buckets={})


def test_tenants_data_is_reached_by_way_of_sts_and_other_data_is_not() -> None:
    section = {"buckets": {"raw": {}, "config": {"perTenant": False}, "text": {"perTenant": "false"}, "empty": None}}
    assert LakeSpec.reached_by("raw", section) == LakeSpec.reached_by("empty", section) == ("sts",)
    assert LakeSpec.reached_by("config", section) == LakeSpec.reached_by("text", section) == ()
    assert LakeSpec.reached_by("raw", {"buckets": "raw"}) == ("sts",)
