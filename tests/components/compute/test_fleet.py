import base64
from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.base.statements import Statement
from components.compute.fleet import Fleet, FleetArgs
from components.compute.fleet_spec import FleetScheduleSpec, FleetSpec, is_graviton
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

GROUP, TEMPLATE, ACTION = (
    "aws:autoscaling/group:Group",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:autoscaling/schedule:Schedule",
)
SPEC: dict[str, Any] = {
    "image_id": "ami-0a1b2c3d4e5f60718",
    "instance_types": ("m7g.large", "m6g.large"),
    "min_instances": 2,
    "max_instances": 8,
}
NIGHTS = FleetScheduleSpec(down="0 20 * * 1-5", up="0 7 * * 1-5", timezone="America/New_York")
ARGS = FleetArgs(
    here=here(),
    spec=FleetSpec(**SPEC),
    vpc_id="vpc-1",
    subnet_ids=("subnet-a", "subnet-b"),
    key_arn=kms_key(),
    default_tags={"Project": "dataconnect", "Environment": "test"},
)


def declare(spec: dict[str, Any] | None = None, **changes: Any) -> Declaration:
    args = replace(ARGS, spec=FleetSpec(**{**SPEC, **(spec or {})}), **changes)
    return resources_of(lambda: Fleet("workers", args))


def test_instances_answer_for_their_role_to_themselves_only_and_with_a_token() -> None:
    assert declare().one(TEMPLATE).inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_volumes_are_under_the_key() -> None:
    (volume,) = declare({"volume_gib": 50}).one(TEMPLATE).inputs["blockDeviceMappings"]
    assert volume["deviceName"] == "/dev/xvda"
    assert (volume["ebs"]["encrypted"], volume["ebs"]["kmsKeyId"], volume["ebs"]["volumeSize"]) == ("true", kms_key(), 50)


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="workers: key_arn is .*us-west-2.*; expected an ARN of us-east-2"):
        declare(key_arn=kms_key("us-west-2"))


def test_nobody_logs_in_but_by_session_manager() -> None:
    declared = declare()
    assert "keyName" not in declared.one(TEMPLATE).inputs
    assert not declared.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    managed, sessions = declared.one("aws:iam/rolePolicy:RolePolicy").document()["Statement"]
    assert managed["Action"] == ["ssm:UpdateInstanceInformation"]
    assert managed["Resource"] == [f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/*"]
    assert {each.partition(":")[0] for each in sessions["Action"]} == {"ssmmessages"}
    assert not declared.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def test_the_group_names_a_version_of_the_template_and_never_the_latest() -> None:
    mix = declare().one(GROUP).inputs["mixedInstancesPolicy"]
    assert mix["launchTemplate"]["launchTemplateSpecification"] == {"launchTemplateId": "workers-id", "version": "7"}
    assert "launchTemplate" not in declare().one(GROUP).inputs


def test_spot_takes_what_is_not_kept_on_demand() -> None:
    mix = declare({"on_demand_base": 1, "on_demand_percent": 25}).one(GROUP).inputs["mixedInstancesPolicy"]
    assert mix["instancesDistribution"] == {
        "onDemandBaseCapacity": 1,
        "onDemandPercentageAboveBaseCapacity": 25,
        "onDemandAllocationStrategy": "prioritized",
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    assert [each["instanceType"] for each in mix["launchTemplate"]["overrides"]] == ["m7g.large", "m6g.large"]
    assert declare().one(GROUP).inputs["capacityRebalance"] is True


def test_a_refresh_stops_at_the_groups_alarms_and_never_goes_back_to_a_template_that_is_broken() -> None:
    declared = declare()
    preferences = declared.one(GROUP).inputs["instanceRefresh"]["preferences"]
    assert preferences["autoRollback"] is False
    assert preferences["alarmSpecification"] == {"alarms": ["workers-fleet-missing-instances", "workers-fleet-status-checks"]}
    for alarm in declared.of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert "test-workers" in str(alarm.inputs)
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule").document("eventPattern")
    assert pattern["detail"] == {"AutoScalingGroupName": ["test-workers"]}


def test_a_schedule_owns_the_sizes_and_its_actions_come_one_after_the_other() -> None:
    declared = declare({"schedule": NIGHTS})
    down, up = declared.of(ACTION)
    assert (down.inputs["recurrence"], down.inputs["minSize"], down.inputs["maxSize"]) == ("0 20 * * 1-5", 0, 0)
    assert (up.inputs["recurrence"], up.inputs["minSize"], up.inputs["maxSize"]) == ("0 7 * * 1-5", 2, 8)
    assert up.depends_on("workers-down") and down.depends_on("workers")
    assert set(declared.one(GROUP).ignore_changes) == {"desiredCapacity", "minSize", "maxSize"}
    assert declare().one(GROUP).ignore_changes == ("desiredCapacity",) and not declare().of(ACTION)


def test_the_tags_of_the_stack_reach_instances_and_volumes() -> None:
    declared = declare()
    wanted = {"Project": "dataconnect", "Environment": "test", "Name": "workers"}
    propagated = {each["key"]: each["value"] for each in declared.one(GROUP).inputs["tags"] if each["propagateAtLaunch"]}
    assert propagated == {**wanted, "RecoveryClass": "rebuilt"}
    kinds = {each["resourceType"]: each["tags"] for each in declared.one(TEMPLATE).inputs["tagSpecifications"]}
    assert kinds == {"instance": wanted, "volume": wanted}


def test_its_role_holds_what_its_link_says_besides() -> None:
    use = Statement(sid="Use", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/*",))
    sids = [
        each["Sid"]
        for each in declare(link=Link(statements=(use,))).one("aws:iam/rolePolicy:RolePolicy").document()["Statement"]
    ]
    assert sids == ["BeManaged", "OpenSessions", "Use"]


def test_a_script_is_told_in_base64() -> None:
    script = "#!/bin/sh\necho started\n"
    assert base64.b64decode(declare(user_data=script).one(TEMPLATE).inputs["userData"]).decode() == script


def test_a_script_finds_its_variables_exported() -> None:
    link = Link(environment={"NAME": "it's", "LAKE_RAW": "raw"})
    declared = declare(user_data="#!/bin/sh\necho $NAME\n", link=link)
    told = base64.b64decode(declared.one(TEMPLATE).inputs["userData"]).decode()
    assert told == "#!/bin/sh\nexport LAKE_RAW=raw\nexport NAME='it'\"'\"'s'\necho $NAME\n"


def test_a_staged_fleet_has_no_group_and_nobody_is_told_of_it() -> None:
    declared = declare({"schedule": NIGHTS}, running=False)
    for kind in (GROUP, ACTION, "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/eventRule:EventRule"):
        assert declared.of(kind) == []
    assert declared.one(TEMPLATE) and declared.one("aws:iam/instanceProfile:InstanceProfile")


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare({"schedule": NIGHTS}), "us-east-2") == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("subnet_ids", {"subnet_ids": ("subnet-a",)}),
        ("user_data", {"user_data": "x" * 16_385}),
        ("user_data", {"user_data": "psql postgresql://app:hunter2@db/x"}),
        ("user_data", {"user_data": "#cloud-config\nruncmd: []\n"}),
        ("start_seconds", {"start_seconds": 600}),
        ("start_seconds", {"start_seconds": 29, "user_data": "#!/bin/sh\n"}),
        ("link.environment", {"link": Link(environment={"DB_PASSWORD": "x"})}),
        ("link.secrets", {"link": Link(secrets={"KEY": "arn:aws:secretsmanager:us-east-2:1:secret:a"})}),
    ],
)
def test_arguments_that_would_not_work_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"FleetArgs\.{field} is .*; expected ") as told:
        replace(ARGS, **changes)
    assert "hunter2" not in str(told.value)


def test_a_name_too_long_for_physical_names_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"FleetArgs\.name is 'a{21}'"):
        resources_of(lambda: Fleet("a" * 21, ARGS))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"image_id": "resolve:ssm:/aws/service/al2023"}, "image_id is .*; expected the id of an image, ami-"),
        ({"instance_types": ("m7g.large",)}, r"instance_types is \['m7g.large'\]; expected two instance types or more"),
        ({"instance_types": ()}, r"instance_types is \[\]; expected two instance types or more"),
        ({"instance_types": ("m7g.large", "m7i.large")}, r"instance_types\[1\] is 'm7i.large'; .* architecture of m7g.large"),
        ({"instance_types": ("m7g.large", "m7g.large")}, r"instance_types\[1\] is 'm7g.large'; expected a type not listed"),
        ({"instance_types": ("optimal", "m7g.large")}, r"instance_types\[0\] is 'optimal'; expected an instance type"),
        ({"min_instances": 9}, r"max_instances is 8; expected min_instances \(9\) or more"),
        ({"on_demand_percent": 101}, "on_demand_percent is 101; expected 0 to 100 %"),
        ({"max_instances": 3, "on_demand_base": 4}, r"on_demand_base is 4; expected max_instances \(3\) or fewer"),
        ({"volume_gib": 1}, "volume_gib is 1; expected 8 to 16384 GiB"),
        ({"root_device": "xvda"}, "root_device is 'xvda'; expected the name of a device"),
        ({"schedule": FleetScheduleSpec(down="0 20 * * *", up="0 7 * * *", timezone="UTC", down_instances=2)}, "fewer than"),
    ],
)
def test_a_fleet_that_ec2_would_refuse_is_told(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidArgumentError, match=line):
        FleetSpec(**{**SPEC, **changes})


@pytest.mark.parametrize(
    "when", ["cron(0 20 ? * MON-FRI *)", "0 20 * *", "60 20 * * *", "0 24 * * *", "0 20 0 * *", "0 20 * 13 *"]
)
def test_a_time_that_auto_scaling_does_not_know_is_told(when: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"FleetScheduleSpec\.down is .*; expected five fields"):
        FleetScheduleSpec(down=when, up="0 7 * * 1-5", timezone="UTC")


def test_it_comes_up_at_another_time_than_it_goes_down() -> None:
    with pytest.raises(InvalidArgumentError, match=r"up is '0 7 \* \* \*'; expected another time than schedule\.down"):
        FleetScheduleSpec(down="0 7 * * *", up="0 7 * * *", timezone="UTC")


@pytest.mark.parametrize(
    ("name", "arm"),
    [
        ("m7g.large", True),
        ("c7gn.xlarge", True),
        ("t4g.micro", True),
        ("a1.large", True),
        ("g5.xlarge", False),
        ("m7i.large", False),
    ],
)
def test_gravitons_types_are_known_by_their_names(name: str, arm: bool) -> None:
    assert is_graviton(name) is arm
