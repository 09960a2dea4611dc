"""What is planned in several cases of the feasibility pack: account."""

from collections.abc import Sequence
from typing import Any

from tests.policies.harness import Planned, planned

EAST = {"region": "us-east-1"}
HERE = {"region": "us-east-2"}
RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
INSTANCE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
ROLE_ARN = "arn:aws:iam::111111111111:role/app"


def two(token: str, *inputs: dict[str, Any], providers: Sequence[dict[str, Any]] = (HERE, HERE)) -> list[Planned]:
    both = zip(("a", "b"), inputs or ({}, {}), providers, strict=True)
    return [planned(token, name, **each).with_provider(provider) for name, each, provider in both]
