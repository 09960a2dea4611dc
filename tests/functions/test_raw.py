"""The raw bucket's writer, in a world of its own."""

import io
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import IncompleteReadError
from botocore.response import StreamingBody
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


def test_an_object_of_which_half_arrives_is_read_as_none() -> None:
    # As urllib3 1.26 hands over a connection that ends early: without an error. Lambda may have it.
    body = StreamingBody(io.BytesIO(b'{"id": "m1", '), content_length=None)
    client: Any = SimpleNamespace(get_object=lambda **_: {"Body": body, "ContentLength": 300})
    with pytest.raises(IncompleteReadError):
        Raw(client, "raw").read("tenant=a/one", most=2**20)


def test_an_object_that_is_larger_than_asked_is_read_to_there(s3: Any) -> None:
    s3.put_object(Bucket="raw", Key="tenant=a/one", Body=b"12345")
    assert [Raw(s3, "raw").read("tenant=a/one", most=most) for most in (3, 5, 6)] == [b"123", b"12345", b"12345"]
