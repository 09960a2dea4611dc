from typing import Any

import pytest

from components.bucket import Bucket, BucketArgs
from components.component import InvalidArgumentError
from tests.components.harness import ACCOUNT, Declaration, resources_of, statements_of

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/mrk-1"


def arguments(**changes: Any) -> BucketArgs:
    defaults: dict[str, Any] = {"region": "us-east-2", "key_arn": KEY, "log_bucket": "logs-1a2b3c4"}
    return BucketArgs(**(defaults | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Bucket("lake", arguments(**changes)))


def statement(sid: str) -> dict[str, Any]:
    return next(s for s in declare().one(POLICY).document()["Statement"] if s["Sid"] == sid)


def test_objects_are_encrypted_under_the_given_key_with_a_bucket_key() -> None:
    (rule,) = (
        declare().one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").inputs["rules"]
    )
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] and rule["blockedEncryptionTypes"] == ["SSE-C"]


def test_an_upload_under_another_key_is_refused_and_one_that_names_none_is_not() -> None:
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    condition = statement("OnlyTheKeyOfTheBucket")["Condition"]
    assert condition == {"StringNotEquals": {key: KEY}, "Null": {key: "false"}}
    assert statement("OnlyKms")["Condition"]["StringNotEquals"] == {"s3:x-amz-server-side-encryption": "aws:kms"}


def test_plain_http_is_refused_for_the_bucket_and_its_objects() -> None:
    refusal = statement("OnlyOverTls")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refusal["Resource"] == [f"arn:aws:s3:us-east-2:{ACCOUNT}:lake", f"arn:aws:s3:us-east-2:{ACCOUNT}:lake/*"]


def test_the_policy_allows_nobody() -> None:
    assert {s["Effect"] for s in declare().one(POLICY).document()["Statement"]} == {"Deny"}


def test_the_public_and_acls_are_shut_out() -> None:
    declared = declare()
    block = declared.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"))
    owned = declared.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert owned["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_configuration_calls_on_one_bucket_do_not_overlap() -> None:
    policy = declare().one(POLICY)
    assert all(policy.depends_on(f"lake-{part}") for part in ("public-access-block", "ownership", "encryption", "versioning"))


def test_versions_are_kept_before_rules_about_them_are_set() -> None:
    declared = declare()
    versioning = declared.one("aws:s3/bucketVersioning:BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert declared.one(LIFECYCLE).depends_on("lake-versioning")


def test_what_is_left_over_is_cleared_away_but_objects_stay() -> None:
    (rule,) = declare().one(LIFECYCLE).inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}


def test_objects_expire_when_asked_for() -> None:
    (rule,) = declare(expire_days=30).one(LIFECYCLE).inputs["rules"]
    assert rule["expiration"] == {"days": 30}  # S3 refuses days together with delete markers


def test_access_is_logged_to_another_bucket() -> None:
    logging = declare().one("aws:s3/bucketLogging:BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs-1a2b3c4", "buckets/lake/")


@pytest.mark.parametrize("protect", [True, False])
def test_only_an_unprotected_bucket_is_destroyed_with_its_objects(protect: bool) -> None:
    bucket = declare(protect=protect).one(BUCKET)
    assert bucket.protect is protect and bucket.inputs["forceDestroy"] is not protect


def test_everything_is_declared_in_the_region_of_the_bucket() -> None:
    assert {resource.inputs["region"] for resource in declare().aws()} == {"us-east-2"}


def test_reading_a_prefix_lists_and_reads_nothing_else() -> None:
    lists, read, decrypt = statements_of(lambda: Bucket("lake", arguments()).read("gold/"))
    bucket = lists["Resource"][0]
    assert lists["Condition"] == {"StringLike": {"s3:prefix": "gold/*"}}
    assert read["Resource"] == [f"{bucket}/gold/*"]
    assert decrypt["Resource"] == [KEY] and "kms:GenerateDataKey" not in decrypt["Action"]


def test_writing_does_not_read_nor_delete_versions() -> None:
    write, encrypt = statements_of(lambda: Bucket("lake", arguments()).write())
    assert not {"s3:GetObject", "s3:DeleteObjectVersion"} & set(write["Action"])
    assert "kms:GenerateDataKey" in encrypt["Action"]
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}


def test_grants_on_two_prefixes_can_be_handed_to_one_role() -> None:
    def program() -> Any:
        lake = Bucket("lake", arguments())
        return (*lake.read("gold/"), *lake.read("silver/"), *lake.write("silver/"))

    assert len(statements_of(program)) == 8


@pytest.mark.parametrize("prefix", ["acme", "/acme/", "ac*me/", "acme//"])
def test_a_prefix_that_would_match_more_than_it_says_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="expected path segments that each end with /, without wildcards"):
        resources_of(lambda: Bucket("lake", arguments()).write(prefix))


@pytest.mark.parametrize(("field", "value"), [("expire_days", 0), ("noncurrent_days", 0)])
def test_arguments_that_aws_would_refuse_are_named(field: str, value: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"BucketArgs\.{field} is 0; expected 1 day or more"):
        arguments(**{field: value})


@pytest.mark.parametrize("name", ["Lake", "data_lake", "x" * 56, "lake-"])
def test_a_name_that_s3_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected 3 to 55 lower case letters, digits and hyphens"):
        resources_of(lambda: Bucket(name, arguments()))
