"""The flow log by itself; its place in a network is tested with the network."""

import pytest

from components.component import InvalidArgumentError
from components.flow_log import FlowLogArgs
from tests.components.harness import ACCOUNT


def test_a_retention_that_cloudwatch_refuses_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="FlowLogArgs.retention_days is 42"):
        FlowLogArgs(region="us-east-2", account_id=ACCOUNT, vpc_id="vpc-1", key_arn="arn:key", retention_days=42)
