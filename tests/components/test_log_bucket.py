from typing import Any

import pytest
from pulumi_aws import s3

from components.component import InvalidArgumentError
from components.log_bucket import LogBucket, LogBucketArgs
from tests.components.harness import ACCOUNT, Declaration, resources_of

BUCKET = f"arn:aws:s3:us-east-2:{ACCOUNT}:logs"


def declare() -> Declaration:
    return resources_of(lambda: LogBucket("logs", LogBucketArgs(region="us-east-2", account_id=ACCOUNT)))


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
    (rule,) = declared.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 365}
    assert declared.one("aws:s3/bucket:Bucket").protect


def test_who_gets_the_name_waits_for_delivery_to_be_allowed() -> None:
    def program() -> None:
        logs = LogBucket("logs", LogBucketArgs(region="us-east-2", account_id=ACCOUNT))
        s3.BucketLogging("dependent", bucket="lake", target_bucket=logs.bucket_name, target_prefix="buckets/lake/")

    assert resources_of(program).one("aws:s3/bucketLogging:BucketLogging").depends_on("logs-policy")


def test_a_retention_of_no_day_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"LogBucketArgs\.retention_days is 0; expected 1 day or more"):
        LogBucketArgs(region="us-east-2", account_id=ACCOUNT, retention_days=0)
