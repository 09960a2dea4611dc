"""The flow log by itself; its place in a network is tested with the network."""

from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.network.flow_log import FlowLog, FlowLogArgs
from tests.components.harness import Declaration, children_without_region, here, kms_key, resources_of

GROUP = "aws:cloudwatch/logGroup:LogGroup"


def declare(retention_days: int | None = None, **changes: Any) -> Declaration:
    args = FlowLogArgs(here=here(**changes), vpc_id="vpc-1", retention_days=retention_days)
    return resources_of(lambda: FlowLog("flow-log", args))


def test_records_are_kept_as_other_logs_unless_said_otherwise() -> None:
    assert declare(log_retention_days=90).one(GROUP).inputs["retentionInDays"] == 90
    assert declare(731, log_retention_days=90).one(GROUP).inputs["retentionInDays"] == 731


def test_its_group_is_under_the_key_of_logs_and_named_by_pulumi() -> None:
    group = declare().one(GROUP)
    assert group.name == "flow-log"
    assert group.inputs["kmsKeyId"] == kms_key(name="mrk-logs")
    assert "name" not in group.inputs and "namePrefix" not in group.inputs


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="the key of log group flow-log is .*; expected an ARN of us-east-2"):
        declare(log_key_arn=kms_key("us-west-2"))


@pytest.mark.parametrize("days", [1, 3653])
def test_the_shortest_and_the_longest_retention_are_taken(days: int) -> None:
    assert declare(days).one(GROUP).inputs["retentionInDays"] == days


@pytest.mark.parametrize("days", [0, 2, 42, 3654])
def test_a_retention_that_cloudwatch_refuses_is_named(days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"FlowLogArgs.retention_days is {days}; expected one of"):
        FlowLogArgs(here=here(), vpc_id="vpc-1", retention_days=days)


def test_every_child_is_told_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
