"""Nothing is kept, and paid for, for ever by mistake: buckets have a lifecycle, log groups an end."""

import pytest

from tests.stacks.estate import ALL, estate_of

FOR_EVER = 0
"""What CloudWatch takes a retention of none for."""


@pytest.mark.parametrize("name", ALL)
def test_each_bucket_has_a_lifecycle_that_ends_what_was_replaced_and_what_was_not_finished(name: str) -> None:
    estate = estate_of(name)
    ruled = {
        each.inputs["bucket"]: each.inputs["rules"]
        for each in estate.of("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").values()
    }
    for bucket in estate.of("s3/bucket:Bucket"):
        rules = ruled[estate.state("s3/bucket:Bucket", bucket)["bucket"]]
        assert all(rule["status"] == "Enabled" for rule in rules)
        assert any("noncurrentVersionExpiration" in rule for rule in rules), bucket
        assert any("abortIncompleteMultipartUpload" in rule for rule in rules), bucket


@pytest.mark.parametrize("name", ALL)
def test_each_log_group_forgets(name: str) -> None:
    for group, declared in estate_of(name).of("cloudwatch/logGroup:LogGroup").items():
        assert declared.inputs.get("retentionInDays", FOR_EVER) > FOR_EVER, group


@pytest.mark.parametrize("name", ALL)
def test_each_repository_drops_old_images(name: str) -> None:
    estate = estate_of(name)
    ruled = {each.inputs["repository"] for each in estate.of("ecr/lifecyclePolicy:LifecyclePolicy").values()}
    assert {estate.state("ecr/repository:Repository", each)["name"] for each in estate.of("ecr/repository:Repository")} <= ruled
