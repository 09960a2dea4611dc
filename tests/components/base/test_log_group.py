from typing import Any

import pytest

from components.base.component import Component
from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.log_group import create_log_group
from tests.components.harness import Declared, here, kms_key, resources_of


def log_group(where: Here | None = None, **changes: Any) -> Declared:
    declared = resources_of(lambda: create_log_group(Component("search"), "search", here=where or here(), **changes))
    return declared.one("aws:cloudwatch/logGroup:LogGroup")


def test_logs_are_kept_as_everywhere_there_under_the_same_key() -> None:
    group = log_group(here("us-west-2", log_retention_days=731))
    assert group.inputs["region"] == "us-west-2"
    assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (731, kms_key("us-west-2", "mrk-logs"))
    assert "::search" in group.parent


def test_one_group_may_be_kept_for_another_time() -> None:
    assert log_group(retention_days=7).inputs["retentionInDays"] == 7


@pytest.mark.parametrize("protect", [True, False])
def test_logs_are_protected_where_everything_is(protect: bool) -> None:
    assert log_group(here(protect=protect)).protect is protect


def test_a_group_has_a_name_of_its_own_only_where_aws_asks_for_one() -> None:
    plain, named = log_group().inputs, log_group(physical_name="/aws/vpc/flow").inputs
    assert not {"name", "namePrefix"} & plain.keys()
    assert named["name"] == "/aws/vpc/flow"
    assert log_group(name_prefix="aws-waf-logs-").inputs["namePrefix"] == "aws-waf-logs-"


def test_a_key_of_another_region_is_refused() -> None:
    message = r"the key of log group search is .*us-west-2.*; expected an ARN of us-east-2"
    with pytest.raises(ValueError, match=message):
        log_group(here(log_key_arn=kms_key("us-west-2")))


def test_without_a_key_nothing_may_write_logs_and_the_writer_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.log_key_arn is None; expected the ARN of .*: \w+ writes logs"):
        log_group(here(log_key_arn=None))
