"""The raw bucket's writer, in a world of its own."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.raw import Raw
from jobs.aggregate.lake import Bucket

REGION = "us-east-2"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client as an older SDK makes it: a checksum is sent where somebody asks for one."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    with mock_aws():
        client = boto3.client("s3", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        client.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


def test_every_object_has_the_checksum_without_which_a_locked_bucket_takes_none(s3: Any) -> None:
    sent: list[str | None] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append(params["headers"].get("x-amz-sdk-checksum-algorithm"))

    s3.meta.events.register("before-call.s3.PutObject", note)
    Raw(s3, "raw").put_new("tenant=a/one", b"{}")
    Raw(s3, "raw").put("tenant=a/two", b"{}")
    Bucket(s3, "raw").write("tenant=a/three", b"{}", "application/json")
    Bucket(s3, "raw").write_over("tenant=a/four", b"{}", "application/json", version=None)
    assert sent == ["CRC32"] * 4
