import base64
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.base.statements import Statement
from components.compute.repository import pull_login
from components.compute.worker_fleet import WorkerFleet, WorkerFleetArgs
from components.compute.worker_fleet_spec import OWN_CHARACTERS, WorkerFleetSpec
from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

TEMPLATE, GROUP, POLICY = (
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:autoscaling/group:Group",
    "aws:autoscaling/policy:Policy",
)
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/dataconnect/convert@sha256:{'5' * 64}"
SPEC: dict[str, Any] = {
    "image_id": "ami-0a1b2c3d4e5f60718",
    "instance_types": ("m7gd.large", "m6gd.large"),
    "min_instances": 1,
    "max_instances": 4,
    "repository": "dataconnect/convert",
    "digest": f"sha256:{'5' * 64}",
    "queue": "conversions",
    "backlog_per_instance": 20,
}
PULL = Statement(
    sid="Pull",
    actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    resources=(f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/dataconnect/convert",),
)
READ = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/tenant=${aws:PrincipalTag/tenant}/*",))


def declare(spec: dict[str, Any] | None = None, **changes: Any) -> Declaration:
    def program() -> None:
        queue = Queue("conversions", QueueArgs(here=here(), spec=QueueSpec(), key_arn=kms_key()))
        args: dict[str, Any] = {
            "here": here(),
            "spec": WorkerFleetSpec(**{**SPEC, **(spec or {})}),
            "image": IMAGE,
            "pull": [pull_login(), PULL],
            "link": Link(environment={"LAKE_RAW": "raw-bucket"}),
            "queue": queue,
            "vpc_id": "vpc-1",
            "subnet_ids": ("subnet-a", "subnet-b"),
            "volumes_key_arn": kms_key(),
            "default_tags": {"Project": "dataconnect", "Environment": "test"},
        }
        WorkerFleet("convert", WorkerFleetArgs(**args | changes))

    return resources_of(program)


def script(declared: Declaration) -> str:
    return base64.b64decode(declared.one(TEMPLATE).inputs["userData"]).decode()


def run(text: str, folder: Path, **answers: str) -> list[list[str]]:
    """Run a script on a machine whose commands only write down that they were called; `answers` is what some of them do."""
    log, commands = folder / "log", folder / "bin"
    commands.mkdir()
    for name in ("aws", "chown", "curl", "docker", "find", "install", "mkfs.xfs", "mount", "poweroff", "systemctl"):
        answer = answers.get(name, "")
        (commands / name).write_text(f'#!/bin/sh\nprintf "%s\\037" {name} "$@" >> {log}; echo >> {log}\n{answer}\n')
        (commands / name).chmod(0o755)
    subprocess.run(
        ["/bin/bash", "-c", text.replace("/etc/fstab", str(folder / "fstab"))],
        env={"PATH": f"{commands}:{os.environ['PATH']}"},
        check=False,
        capture_output=True,
    )
    return [line.rstrip("\x1f").split("\x1f") for line in log.read_text().splitlines()]


def test_an_instance_runs_the_image_with_what_it_is_told_and_no_more_rights_than_a_task(tmp_path: Path) -> None:
    called = run(script(declare({"command": ("work", "it's fast")})), tmp_path, curl="echo i-1")
    (started,) = (line for line in called if line[:2] == ["docker", "run"])
    image = started.index(IMAGE)
    assert started[image:] == [IMAGE, "work", "it's fast"]
    options = " ".join(started[:image])
    for option in (
        *("--user 10001:10001", "--read-only", "--cap-drop ALL", "--security-opt no-new-privileges"),
        *("--network host", "--restart always", "--volume /scratch:/tmp", "--env AWS_REGION", "--env LAKE_RAW"),
        "--log-opt awslogs-region=us-east-2",
    ):
        assert option in options
    assert options.count("--env ") == 2 and "--privileged" not in options
    logged_in = [line for line in called if line[:2] == ["docker", "login"]]
    assert [line[-1] for line in logged_in] == [f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com"]
    assert ["poweroff"] not in called
    # Last of all it says that it is ready.
    assert called[-1][:3] == ["aws", "autoscaling", "complete-lifecycle-action"]
    told = dict(zip(called[-1][3::2], called[-1][4::2], strict=True))
    assert told == {
        "--region": "us-east-2",
        "--auto-scaling-group-name": "test-convert",
        "--lifecycle-hook-name": "started",
        "--instance-id": "i-1",
        "--lifecycle-action-result": "CONTINUE",
    }


def test_an_instance_counts_once_its_container_runs_and_is_ended_if_it_never_says_so() -> None:
    declared = declare()
    (hook,) = declared.one(GROUP).inputs["initialLifecycleHooks"]
    assert hook == {
        "name": "started",
        "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "heartbeatTimeout": 600,
        "defaultResult": "ABANDON",
    }
    statements = {each["Sid"]: each for each in declared.one("aws:iam/rolePolicy:RolePolicy").document()["Statement"]}
    assert statements["SayReady"]["Action"] == ["autoscaling:CompleteLifecycleAction"]
    group = f"arn:aws:autoscaling:us-east-2:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/test-convert"
    assert statements["SayReady"]["Resource"] == [group]


def test_variables_are_exported_before_the_script() -> None:
    lines = script(declare()).splitlines()
    assert lines[:3] == ["#!/bin/bash", "export AWS_REGION=us-east-2", "export FLEET_GROUP=test-convert"]
    assert {"export LAKE_RAW=raw-bucket", f"export WORKER_IMAGE={IMAGE}"} < {*lines}


@pytest.mark.parametrize("failing", ["aws", "docker", "systemctl"])
def test_an_instance_whose_container_does_not_start_ends_itself(tmp_path: Path, failing: str) -> None:
    called = run(script(declare()), tmp_path, **{failing: "exit 1"})
    assert called[-1] == ["poweroff"]
    assert ["docker", "logout"] not in [line[:2] for line in called]


def test_an_instance_that_ends_itself_is_replaced() -> None:
    assert declare().one(TEMPLATE).inputs["instanceInitiatedShutdownBehavior"] == "terminate"


def test_a_disk_of_the_instances_own_is_what_the_container_writes_to(tmp_path: Path) -> None:
    disk = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1"
    called = run(script(declare()), tmp_path, find=f"echo {disk}_1; echo {disk}")
    assert ["mkfs.xfs", "-f", disk] in called
    assert called.index(["mount", "/scratch"]) < called.index(["chown", "10001:10001", "/scratch"])
    assert (tmp_path / "fstab").read_text() == f"{disk} /scratch xfs defaults,nofail 0 2\n"


@pytest.mark.parametrize("answer", ["", "exit 1"], ids=["none", "no-such-folder"])
def test_without_one_it_is_the_root_volume(tmp_path: Path, answer: str) -> None:
    called = run(script(declare()), tmp_path, find=answer)
    assert ["docker", "run"] in [line[:2] for line in called]
    assert ["install", "-d", "-o", "10001", "-g", "10001", "/scratch"] in called
    assert not [line for line in called if line[0] in ("mkfs.xfs", "mount")]


def test_a_tenants_data_is_touched_in_the_tenant_role_which_the_container_is_told() -> None:
    declared = declare(link=Link(tenant_statements=(READ,)))
    roles = {each.name: each for each in declared.of("aws:iam/role:Role")}
    (trust,) = roles["convert-tenant"].document("assumeRolePolicy")["Statement"]
    assert trust["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    policies = {each.name: each.document()["Statement"] for each in declared.of("aws:iam/rolePolicy:RolePolicy")}
    assert [each["Sid"] for each in policies["convert-tenant-grants"]] == ["Read"]
    own = [each["Sid"] for each in policies["convert-grants"]]
    assert own == ["BeManaged", "OpenSessions", "SayReady", "LogInToRegistry", "Pull", "WriteLogs", "TakeTenantRole"]
    text = script(declared)
    assert "export TENANT_ROLE_ARN=" in text
    assert "--env TENANT_ROLE_ARN" in text


def test_instances_follow_what_waits_and_what_is_in_work() -> None:
    policy = declare().one(POLICY).inputs
    assert (policy["autoscalingGroupName"], policy["policyType"]) == ("test-convert", "TargetTrackingScaling")
    tracking = policy["targetTrackingConfiguration"]
    assert tracking["targetValue"] == 20
    *measured, result = tracking["customizedMetricSpecification"]["metrics"]
    assert (result["expression"], result["returnData"]) == ("(waiting + working) / instances", True)
    metrics = {each["id"]: each["metricStat"]["metric"] for each in measured}
    found = {name: (metric["metricName"], metric["dimensions"]) for name, metric in metrics.items()}
    assert [name for name, _ in found.values()] == [
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "GroupInServiceInstances",
    ]
    assert found["instances"][1] == [{"name": "AutoScalingGroupName", "value": "test-convert"}]
    assert found["waiting"][1] == found["working"][1] != []
    assert found["waiting"][1][0]["name"] == "QueueName"
    assert not any(each["returnData"] for each in measured)


def test_a_staged_fleet_has_all_but_its_group() -> None:
    declared = declare(running=False)
    for kind in (GROUP, POLICY, "aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert [each.name for each in declared.of(kind) if each.name.startswith("convert")] == []
    assert declared.one(TEMPLATE) and declared.one("aws:iam/instanceProfile:InstanceProfile")


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


def test_what_a_region_loses_with_it_is_told() -> None:
    place = here()
    declare(here=place)
    told = {each.loss: (each.name, each.recovery) for each in place.inventory.stores}
    assert told.pop("the region's logs") == ("convert", "lost")
    assert [*told.values()] == [("convert", "rebuilt")]


def test_an_image_without_a_digest_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"WorkerFleetArgs\.image is .*; expected "):
        declare(image=IMAGE.partition("@")[0])


def test_variables_that_do_not_fit_into_user_data_are_refused() -> None:
    with pytest.raises(Exception, match=r"user data of convert is \d+ bytes; expected at most 16384 bytes"):
        declare(link=Link(environment={"LONG": "x" * 16_000}))


def test_what_every_fleet_may_leaves_room_for_what_its_code_uses() -> None:
    pull = replace(PULL, resources=(f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/{'x' * 256}",))
    policy = declare(pull=[pull_login(), pull], link=Link()).one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    assert 1_000 < len(policy.replace(" ", "")) + len("group") * 10 < OWN_CHARACTERS
    with pytest.raises(InvalidArgumentError, match="'9 uses besides its queue'; expected at most 7 verbs"):
        WorkerFleetSpec(**SPEC, uses=tuple(f"table/number-{number}:read" for number in range(9)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"min_instances": 0}, r"WorkerFleetSpec\.min_instances is 0; expected 1 to 500"),
        ({"backlog_per_instance": 0}, r"WorkerFleetSpec\.backlog_per_instance is 0; expected 1 to 100000"),
        ({"uses": ("queue/conversions:consume",)}, r"uses\[0\] is .*; expected no consume of queue/conversions"),
        ({"digest": "latest"}, r"WorkerFleetSpec\.digest is 'latest'; expected sha256"),
    ],
)
def test_a_wrong_value_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        WorkerFleetSpec(**{**SPEC, **changes})
    assert WorkerFleetSpec(**SPEC).consumes == ("queue/conversions:consume",)
