"""Instances that work a queue off, each with one container: as many as the queue has messages for."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pulumi
from pulumi_aws import autoscaling, iam

from ..base.component import Component
from ..base.log_group import create_log_group, write_logs
from ..base.tenant_role import ROLE_VARIABLE
from ..messaging.queue import Queue
from .container import USER, ContainerArgs, refuse_long_name
from .failing import alarms_on_failing
from .fleet import GROUP_VARIABLE, HOOK, Fleet, FleetArgs
from .worker_fleet_spec import WorkerFleetSpec

IMAGE, LOG_GROUP, REGION = "WORKER_IMAGE", "WORKER_LOG_GROUP", "AWS_REGION"

# In the instance's own network the container reaches the metadata service, and so the role's credentials, at one hop; nothing
# reaches the instance. Its own disks are encrypted by keys that go with it
# (docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html); the first of them is the container's /tmp. The script runs
# once; Docker starts the container again.
_SCRIPT: Final = """#!/bin/bash
# Without its container an instance is of no use: it ends itself, and the group launches another.
trap 'test $? = 0 || poweroff' EXIT
set -euo pipefail
export HOME=/root
install -d -o {user} -g {group} /scratch
disk=$(find /dev/disk/by-id -name 'nvme-Amazon_EC2_NVMe_Instance_Storage_*' | sort | head -n 1 || true)
if [ -n "$disk" ]; then
  mkfs.xfs -f "$disk"
  echo "$disk /scratch xfs defaults,nofail 0 2" >> /etc/fstab
  mount /scratch
  chown {user}:{group} /scratch
fi
systemctl enable --now docker
registry="${{{image}%%/*}}"
aws ecr get-login-password --region "${region}" | docker login --username AWS --password-stdin "$registry"
docker run --detach --restart always --name worker --network host --user {user}:{group} --read-only --cap-drop ALL \\
  --security-opt no-new-privileges --volume /scratch:/tmp --log-driver awslogs --log-opt awslogs-region="${region}" \\
  --log-opt awslogs-group="${log_group}" --log-opt mode=non-blocking --log-opt max-buffer-size=25m \\
  {variables} "${image}"{command}
docker logout "$registry"
metadata=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
instance=$(curl -sf -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")
aws autoscaling complete-lifecycle-action --region "${region}" --auto-scaling-group-name "${group_name}" \\
  --lifecycle-hook-name {hook} --instance-id "$instance" --lifecycle-action-result CONTINUE
"""
# Time to pull a large image.
START_SECONDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class WorkerFleetArgs(ContainerArgs):
    """A fleet that works a queue off: a container (see `ContainerArgs` for its fields), its instances and their queue.

    Attributes:
        spec: The image of the instances, how many of which types, what the container runs, and when they sleep.
        queue: The queue of `spec.queue`. What consuming it takes is part of `link`.
        vpc_id: VPC of the instances.
        subnet_ids: Private subnets of two zones or more, with a way to Systems Manager, ECR, CloudWatch Logs and SQS.
        volumes_key_arn: Customer managed key of the `volumes` data class in the same region.
        default_tags: Tags of instances and volumes: the provider's default tags do not reach what a group launches.
        running: Whether there are instances; false stages it: everything is there but group and scaling. True by default.

    Raises:
        InvalidArgumentError: on what a container refuses, and in time on what a fleet does.
    """

    spec: WorkerFleetSpec
    queue: Queue
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    volumes_key_arn: pulumi.Input[str]
    default_tags: Mapping[str, str]
    running: bool = True


class WorkerFleet(Component):
    """A fleet on whose instances one container each takes messages of a queue, hardened as those on Fargate are.

    Instances come and go with the queue's backlog. One that goes, be it scaled in, taken back by Spot or refreshed, leaves its
    messages to be seen again after the queue's visibility timeout: the code takes a message twice without harm, and extends the
    timeout of one that takes longer.

    Outputs: `group_name` (None unless running); `tenant_role`, None where it touches no tenant's data; `log_group_name`.
    """

    group_name: pulumi.Output[str] | None
    tenant_role: iam.Role | None
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkerFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_long_name(args, name)
        super().__init__(name, opts)
        self.args = args
        here, spec, link = args.here, args.spec, args.link
        log_group = create_log_group(self, name, here=here)
        told = {**link.environment, IMAGE: args.image, LOG_GROUP: log_group.name, REGION: here.region}
        fleet = Fleet(
            name,
            FleetArgs(
                here=here,
                spec=spec,
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                key_arn=args.volumes_key_arn,
                default_tags=args.default_tags,
                link=replace(link, statements=(*link.statements, *args.pull, write_logs(log_group)), environment=told),
                user_data=_script(
                    [REGION, *link.environment, *([ROLE_VARIABLE] if link.tenant_statements else [])], spec.command
                ),
                start_seconds=START_SECONDS,
                alarms=alarms_on_failing("fleet", name, spec.failing, link),
                running=args.running,
            ),
            opts=self.child(),
        )
        if fleet.group_name is not None:
            self._scale(fleet.group_name)
        self.group_name, self.tenant_role, self.log_group_name = fleet.group_name, fleet.tenant_role, log_group.name
        self.register_outputs({"groupName": self.group_name, "logGroupName": self.log_group_name})

    def _scale(self, group_name: pulumi.Output[str]) -> None:
        """As many instances as the messages that wait or are in work are for.

        Those in work count: a queue whose messages are all being worked on is not empty.
        Source: docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-target-tracking-metric-math.html.
        """
        of_queue, of_group = {"QueueName": self.args.queue.queue_name}, {"AutoScalingGroupName": group_name}
        autoscaling.Policy(
            f"{self.name}-backlog",
            region=self.args.here.region,
            autoscaling_group_name=group_name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=autoscaling.PolicyTargetTrackingConfigurationArgs(
                target_value=self.args.spec.backlog_per_instance,
                customized_metric_specification=autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationArgs(
                    metrics=[
                        _metric("waiting", "AWS/SQS", "ApproximateNumberOfMessagesVisible", of_queue),
                        _metric("working", "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", of_queue),
                        _metric("instances", "AWS/AutoScaling", "GroupInServiceInstances", of_group),
                        autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs(
                            id="backlog", expression="(waiting + working) / instances", return_data=True
                        ),
                    ]
                ),
            ),
            opts=self.child(),
        )


def _script(variables: Iterable[str], command: Sequence[str]) -> str:
    user, _, group = USER.partition(":")
    return _SCRIPT.format(
        user=user,
        group=group,
        image=IMAGE,
        log_group=LOG_GROUP,
        region=REGION,
        group_name=GROUP_VARIABLE,
        hook=HOOK,
        variables=" ".join(f"--env {name}" for name in sorted(variables)),
        command="".join(f" {shlex.quote(each)}" for each in command),
    )


def _metric(
    identifier: str, namespace: str, name: str, dimensions: Mapping[str, pulumi.Input[str]]
) -> autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs:
    return autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs(
        id=identifier,
        return_data=False,
        metric_stat=autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatArgs(
            stat="Average",
            metric=autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs(
                namespace=namespace,
                metric_name=name,
                dimensions=[
                    autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs(
                        name=key, value=value
                    )
                    for key, value in dimensions.items()
                ],
            ),
        ),
    )
