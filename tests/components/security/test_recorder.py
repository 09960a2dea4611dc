"""AWS Config: what it records and where it goes; and that its rules are AWS's, and mirror controls of ours."""

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import moto.config
import pytest

from components.security.audit_spec import AdoptSpec
from components.security.config_rules import MOST_RULES, RULES, TEMPLATE_BYTES, ConfigRule, template
from components.security.recorder import SHORT_LIVED, Recorder, RecorderArgs, RecorderRole, RecorderRoleArgs
from policies.kit.catalogue import controls
from settings.tags import Tags
from tests.components.harness import ACCOUNT, Declaration, children_without_region, kms_key, resources_of
from tests.components.security.audit_examples import PLACE
from tests.found import some

RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
REGIONS = {"us-east-2": "Ohio", "us-west-2": "Oregon"}


@cache
def managed() -> Mapping[str, Any]:
    """AWS's own list of its managed rules, as moto carries it."""
    file = Path(moto.config.__file__).parent / "resources" / "aws_managed_rules.json.gz"
    return json.loads(gzip.decompress(file.read_bytes()))["ManagedRules"]


def declare(*, is_home: bool = True, **changes: Any) -> Declaration:
    args: dict[str, Any] = {
        "here": PLACE,
        "bucket_name": "account-records",
        "key_arn": kms_key(),
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/config",
        "log_days": 30,
        "is_home": is_home,
    }
    return resources_of(lambda: Recorder("recorder-us-east-2", RecorderArgs(**(args | changes))))


def rules(*, log_days: int = 365, is_home: bool = True) -> dict[str, dict[str, Any]]:
    document = json.loads(template(log_days=log_days, is_home=is_home))
    found = [each["Properties"] for each in document["Resources"].values()]
    return {each["Source"]["SourceIdentifier"]: each for each in found}


@pytest.mark.parametrize(("name", "rule"), RULES.items())
def test_a_rule_is_one_that_aws_manages_with_parameters_that_it_takes(name: str, rule: ConfigRule) -> None:
    known = managed()[name]
    parameters = {each["Name"]: each for each in known["Parameters"]}
    assert {*rule.parameters} <= {*parameters}
    assert {each for each, one in parameters.items() if not one["Optional"]} <= {*rule.parameters}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_to_be_had_in_our_regions(name: str) -> None:
    where = managed()[name]["AWS Region"]
    listed = [city for city in REGIONS.values() if re.search(city, where)]
    # Either those that have it are listed, or those that have not.
    assert listed == ([*REGIONS.values()] if where.startswith("Only") else []), where


def test_every_control_that_a_rule_mirrors_is_one_of_ours() -> None:
    assert {each for rule in RULES.values() for each in some(rule.controls)} <= {*controls().entries}


def test_a_pack_holds_no_more_than_aws_takes() -> None:
    body = template(log_days=3653, is_home=True)
    assert len(json.loads(body)["Resources"]) == len(RULES) <= MOST_RULES
    assert len(body.encode()) <= TEMPLATE_BYTES


def test_what_has_no_region_is_judged_at_home_alone() -> None:
    home, away = {*rules()}, {*rules(is_home=False)}
    assert home - away == {name for name, rule in RULES.items() if rule.at_home}
    assert {"IAM_ROOT_ACCESS_KEY_CHECK", "MULTI_REGION_CLOUD_TRAIL_ENABLED"} <= home - away
    assert "RDS_STORAGE_ENCRYPTED" in away


def test_log_groups_are_held_against_what_the_environment_keeps() -> None:
    kept = rules(log_days=30)["CW_LOGGROUP_RETENTION_PERIOD_CHECK"]
    assert kept["InputParameters"] == {"MinRetentionTime": "30"}


def test_the_tags_that_are_required_are_those_of_the_stack_files() -> None:
    required = rules()["REQUIRED_TAGS"]["InputParameters"].values()
    assert {*required} == {field.alias for field in Tags.model_fields.values()}


def test_everything_is_recorded_and_what_is_short_lived_once_a_day() -> None:
    recorder = declare().one(RECORDER).inputs
    assert recorder["recordingGroup"] == {"allSupported": True, "includeGlobalResourceTypes": True}
    mode = recorder["recordingMode"]
    assert mode["recordingFrequency"] == "CONTINUOUS"
    assert mode["recordingModeOverride"]["recordingFrequency"] == "DAILY"
    assert mode["recordingModeOverride"]["resourceTypes"] == [*SHORT_LIVED]


def test_another_region_records_nothing_that_has_none() -> None:
    assert declare(is_home=False).one(RECORDER).inputs["recordingGroup"]["includeGlobalResourceTypes"] is False


def test_it_is_started_once_it_can_deliver_and_judged_once_it_is_started() -> None:
    declared = declare()
    channel = declared.one(CHANNEL)
    assert (channel.inputs["s3BucketName"], channel.inputs["s3KmsKeyArn"]) == ("account-records", kms_key())
    name = "recorder-us-east-2"
    order = (CHANNEL, "aws:cfg/recorderStatus:RecorderStatus", "aws:cfg/conformancePack:ConformancePack")
    before = (RECORDER, *order)
    for token, needs in zip(order, before, strict=False):
        dependencies = declared.one(token).dependencies
        assert any(urn.endswith(f"{needs}::{name}") for urn in dependencies), token
    assert declared.one("aws:cfg/recorderStatus:RecorderStatus").inputs["isEnabled"] is True


def test_what_is_there_keeps_its_name() -> None:
    adopt = AdoptSpec(recorder={"us-east-2": "aws-controltower"}, delivery_channel={"us-east-2": "old"})
    declared = declare(adopt=adopt)
    for token, name in ((RECORDER, "aws-controltower"), (CHANNEL, "old")):
        assert declared.one(token).inputs["name"] == declared.one(token).adopted == name
    assert (declare().one(RECORDER).inputs["name"], declare().one(RECORDER).adopted) == ("default", "")


def test_the_role_is_aws_config_s_own_and_taken_over_where_it_is_there() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    for exists, adopted in ((False, ""), (True, arn)):
        args = RecorderRoleArgs(account_id=ACCOUNT, exists=exists)
        role = resources_of(lambda args=args: RecorderRole("recorder-role", args)).one(
            "aws:iam/serviceLinkedRole:ServiceLinkedRole"
        )
        assert (role.inputs["awsServiceName"], role.adopted) == ("config.amazonaws.com", adopted)


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
