from typing import Any

import pytest
from pulumi_aws import s3

from components.base.errors import InvalidArgumentError
from components.base.features import Features
from components.base.here import Inventory
from components.data.log_bucket import LogBucket, LogBucketArgs
from tests.components.harness import ACCOUNT, Declaration, here, resources_of

BUCKET = f"arn:aws:s3:us-east-2:{ACCOUNT}:logs"


def declare() -> Declaration:
    return resources_of(lambda: LogBucket("logs", LogBucketArgs(here=here())))


def statement(sid: str) -> dict[str, Any]:
    policy = declare().one("aws:s3/bucketPolicy:BucketPolicy").document()
    return next(s for s in policy["Statement"] if s["Sid"] == sid)


def test_logs_are_encrypted_by_s3_itself_or_load_balancers_could_not_deliver() -> None:
    encryption = declare().one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
    (rule,) = encryption.inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_buckets_of_the_account_may_log_under_their_prefix() -> None:
    delivery = statement("BucketsOfThisAccount")
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert delivery["Resource"] == [f"{BUCKET}/buckets/*"]


def test_load_balancers_of_the_account_may_log_with_or_without_a_prefix() -> None:
    delivery = statement("LoadBalancersOfThisAccount")
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Resource"] == [f"{BUCKET}/AWSLogs/{ACCOUNT}/*", f"{BUCKET}/*/AWSLogs/{ACCOUNT}/*"]


def test_logs_are_kept_for_a_year_and_protected() -> None:
    declared = declare()
    rule, _ = declared.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 365}
    assert declared.one("aws:s3/bucket:Bucket").protect


def test_who_gets_the_name_waits_for_delivery_to_be_allowed() -> None:
    def program() -> None:
        logs = LogBucket("logs", LogBucketArgs(here=here()))
        s3.BucketLogging("dependent", bucket="lake", target_bucket=logs.bucket_name, target_prefix="buckets/lake/")

    assert resources_of(program).one("aws:s3/bucketLogging:BucketLogging").depends_on("logs-policy")


@pytest.mark.parametrize("days", [0, 3651])
def test_a_retention_out_of_bounds_is_refused(days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"LogBucketArgs\.retention_days is {days}; expected 1 to 3650 days"):
        LogBucketArgs(here=here(), retention_days=days)


@pytest.mark.parametrize("days", [1, 3650])
def test_the_shortest_and_the_longest_retention_are_kept(days: int) -> None:
    declared = resources_of(lambda: LogBucket("logs", LogBucketArgs(here=here(), retention_days=days)))
    rule, _ = declared.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": days}


def test_plain_http_is_refused_before_anything_is_allowed() -> None:
    policy = declare().one("aws:s3/bucketPolicy:BucketPolicy").document()
    assert [(each["Sid"], each["Effect"]) for each in policy["Statement"]] == [
        ("OnlyOverTls", "Deny"),
        ("BucketsOfThisAccount", "Allow"),
        ("InventoriesOfThisAccount", "Allow"),
        ("LoadBalancersOfThisAccount", "Allow"),
    ]
    assert policy["Statement"][0]["Resource"] == [BUCKET, f"{BUCKET}/*"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_bucket_is_destroyed_with_its_logs_only_where_nothing_is_protected_or_kept(kept: bool) -> None:
    place = here(protect=kept, features=Features(keep_deleted=kept))
    bucket = resources_of(lambda: LogBucket("logs", LogBucketArgs(here=place))).one("aws:s3/bucket:Bucket")
    assert bucket.protect is kept and bucket.inputs["forceDestroy"] is not kept


def test_everything_is_declared_in_the_region_of_the_bucket() -> None:
    assert {resource.inputs["region"] for resource in declare().aws()} == {"us-east-2"}


def test_it_is_known_as_something_that_is_lost_with_its_region() -> None:
    inventory = Inventory()
    resources_of(lambda: LogBucket("logs", LogBucketArgs(here=here(inventory=inventory))))
    assert [(store.name, store.recovery, store.backed_up) for store in inventory.stores] == [("logs", "lost", False)]


def test_lists_of_objects_are_delivered_under_their_prefix_and_kept_for_a_quarter() -> None:
    delivery = statement("InventoriesOfThisAccount")
    assert delivery["Principal"] == {"Service": "s3.amazonaws.com"}
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert delivery["Resource"] == [f"{BUCKET}/inventory/*"]
    _, rule = declare().one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert (rule["filter"], rule["expiration"]) == ({"prefix": "inventory/"}, {"days": 90})
