"""Whose endpoint a call is for, so that a lost region loses all of them."""

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError

from tests.rehearsal.clock import Clock
from tests.rehearsal.endpoint import Endpoint


@pytest.mark.parametrize(
    "host",
    ["lambda.us-east-2", "api.ecr.us-east-2", "application-autoscaling.us-east-2", "raw-us-west-2.s3.us-east-2"],
)
def test_no_endpoint_of_a_lost_region_answers(host: str) -> None:
    request = AWSPreparedRequest("GET", f"https://{host}.amazonaws.com/", HTTPHeaders(), b"", False)
    endpoint = Endpoint(Clock(1000), lost={"us-east-2"})
    with pytest.raises(ReadTimeoutError):
        endpoint.answer(request, lambda _: (200, {}, ""))
    endpoint.lost = {"us-west-2"}
    assert endpoint.answer(request, lambda _: (200, {}, "")) == (200, {}, b"")
