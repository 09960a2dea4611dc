"""Instances in an Auto Scaling group, on Spot and On-Demand, that nobody logs in to but by Session Manager."""

import base64
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pulumi
from pulumi_aws import autoscaling, ec2, iam

from ..base import checks
from ..base.alarms import Alarm, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.event_alarm import tell_event
from ..base.here import Here, Store
from ..base.links import Link
from ..base.statements import Statement, policy_json, service_trust_json
from ..base.tenant_role import add_tenant_role
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .fleet_alarms import alarms_of_fleet
from .fleet_spec import FleetSpec

# docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html: user data, bytes before Base64
USER_DATA_BYTES: Final = 16_384
# docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html: HeartbeatTimeout
START_SECONDS: Final = (30, 7200)
HOOK: Final = "started"
GROUP_VARIABLE: Final = "FLEET_GROUP"
HEALTHY_PERCENT: Final = 90


@dataclass(frozen=True, kw_only=True)
class FleetArgs:
    """A fleet.

    Attributes:
        here: Where it is, and who is told that instances are missing or a refresh failed.
        spec: How many instances, of which types, and when it sleeps.
        vpc_id: VPC of the instances.
        subnet_ids: Private subnets of two zones or more, with a way to Systems Manager: through NAT, or by the interface
            endpoints `limits.SESSION_MANAGER_ENDPOINTS`.
        key_arn: Customer managed key of the `volumes` data class in the same region.
        default_tags: Tags of instances and volumes: the provider's default tags do not reach what a group launches.
        link: What the code on the instances may use; `user_data` finds its variables exported. Nothing by default.
        user_data: Shell script that runs once when an instance starts, in plain text without a secret; none by default.
        start_seconds: Seconds within which the script says that the instance is ready: it completes the lifecycle hook
            `started` of the group `FLEET_GROUP`, or the instance is ended. None, the default, where one is ready at once.
        alarms: More to tell people of while there is a group, and to stop a refresh for; none by default.
        running: Whether there is a group; false stages it: role, template and security group are there. True by default.

    Raises:
        InvalidArgumentError: on fewer than two subnets; a script that is none of a shell, is too long or holds a credential;
            variables without a script, or one that looks like a secret; or secrets by variable: whoever may look at the
            template or asks the metadata service would read them.
    """

    here: Here
    spec: FleetSpec
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    default_tags: Mapping[str, str]
    link: Link = field(default_factory=Link)
    user_data: str | None = None
    start_seconds: int | None = None
    alarms: Sequence[Alarm] = ()
    running: bool = True

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "two subnets or more, in different zones")
        script = self.user_data or ""
        if len(script.encode()) > USER_DATA_BYTES:
            raise InvalidArgumentError(self, "user_data", f"{len(script.encode())} bytes", f"at most {USER_DATA_BYTES} bytes")
        if what := checks.credential(script):
            raise InvalidArgumentError(self, "user_data", "[hidden]", f"a script without a credential: this holds {what}")
        if script and not re.match(r"#!\S*/(ba)?sh\n", script):
            first = script.partition("\n")[0]
            raise InvalidArgumentError(self, "user_data", first, "a script that begins with #!/bin/sh or #!/bin/bash")
        if self.start_seconds is not None and not (script and START_SECONDS[0] <= self.start_seconds <= START_SECONDS[1]):
            expected = f"{START_SECONDS[0]} to {START_SECONDS[1]} seconds with user_data, or None"
            raise InvalidArgumentError(self, "start_seconds", self.start_seconds, expected)
        if self.link.secrets:
            expected = "no secret by variable: the code reads it from Secrets Manager with the role's statements"
            raise InvalidArgumentError(self, "link.secrets", sorted(self.link.secrets), expected)
        for name, value in self.link.environment.items():
            if checks.variable_name(name) or (isinstance(value, str) and checks.credential(value)):
                raise InvalidArgumentError(self, "link.environment", name, "a variable that holds no secret")


class Fleet(Component):
    """An Auto Scaling group with its launch template, role, security group, schedule and alarms.

    IMDSv2 only; volumes under the key; no key pair and no open port. A change of the template replaces instances by and by,
    and stops where an alarm of the group goes off; it does not go back by itself, for the group names the new template by then.
    `pulumi up` ends before the refresh does: a failed one is told.

    Outputs: `group_name` (None unless running); `role_name`; `tenant_role`, None where it touches no tenant's data;
    `security_group`.
    """

    group_name: pulumi.Output[str] | None
    role_name: pulumi.Output[str]
    tenant_role: iam.Role | None
    security_group: SecurityGroup

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if expected := checks.service_name(name):
            raise InvalidArgumentError(args, "name", name, expected)
        super().__init__(name, opts)
        self.args = args
        self.security_group, opened = self._security_group()
        role, profile, link, policy = self._role()
        template = self._template(profile, link)
        self.role_name = role.name
        self.group_name = self._group(template, [policy, *opened, *link.needs]).name if args.running else None
        self.register_outputs({"groupName": self.group_name, "roleName": self.role_name})

    def _group(self, template: ec2.LaunchTemplate, first: list[pulumi.Resource]) -> autoscaling.Group:
        """The group, its schedule, and who is told of what goes wrong; `first` is what its instances cannot do without."""
        name, here, spec = self.name, self.args.here, self.args.spec
        group_name = _group_name(name)
        alarms = create_alarms(self, [*alarms_of_fleet(group_name), *self.args.alarms], here)
        group = autoscaling.Group(
            name,
            region=here.region,
            name=group_name,
            min_size=spec.min_instances,
            max_size=spec.max_instances,
            vpc_zone_identifiers=[*self.args.subnet_ids],
            health_check_type="EC2",
            health_check_grace_period=spec.warmup_seconds,
            default_instance_warmup=spec.warmup_seconds,
            # A Spot instance that is about to go is replaced before it goes.
            capacity_rebalance=True,
            enabled_metrics=[autoscaling.Metric.GROUP_DESIRED_CAPACITY, autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES],
            mixed_instances_policy=_mix(template, spec),
            instance_refresh=autoscaling.GroupInstanceRefreshArgs(
                strategy="Rolling",
                preferences=autoscaling.GroupInstanceRefreshPreferencesArgs(
                    min_healthy_percentage=HEALTHY_PERCENT,
                    instance_warmup=str(spec.warmup_seconds),
                    skip_matching=True,
                    # It would go back to what the group says then, which is the new template:
                    # github.com/hashicorp/terraform-provider-aws/issues/34189.
                    auto_rollback=False,
                    alarm_specification=autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs(
                        alarms=[alarm.name for alarm in alarms]
                    ),
                ),
            ),
            initial_lifecycle_hooks=[
                autoscaling.GroupInitialLifecycleHookArgs(
                    name=HOOK,
                    lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING",
                    heartbeat_timeout=self.args.start_seconds,
                    default_result="ABANDON",
                )
            ]
            if self.args.start_seconds is not None
            else None,
            wait_for_capacity_timeout="0",
            tags=[
                autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in {**self.args.default_tags, **tags(name, recovery="rebuilt")}.items()
            ],
            # With a schedule its actions own the sizes, or the stack's schedule does; the number between them is the group's
            # own business.
            opts=self.child(
                depends_on=first,
                ignore_changes=["desiredCapacity", *(["minSize", "maxSize"] if spec.schedule or here.sleeps else [])],
            ),
        )
        self._sleep(group)
        here.sleeper("fleet", name, group=group_name, min=spec.min_instances, max=spec.max_instances)
        tell_event(
            self,
            "fleet-refresh-failed",
            here=here,
            description=f"Refreshes of {name} that did not replace all instances",
            pattern={
                "source": ["aws.autoscaling"],
                "detail-type": ["EC2 Auto Scaling Instance Refresh Failed", "EC2 Auto Scaling Instance Refresh Cancelled"],
                "detail": {"AutoScalingGroupName": [group_name]},
            },
            paths={"refresh": "$.detail.InstanceRefreshId", "what": "$.detail-type"},
            sentence="<what>: <refresh>",
        )
        loss = "what instances were working on; whoever gave the work gives it again"
        here.inventory.stores.append(Store(name=name, arn=group.arn, recovery="rebuilt", loss=loss))
        return group

    def _security_group(self) -> tuple[SecurityGroup, list[pulumi.Resource]]:
        args = self.args
        group = SecurityGroup(
            f"{self.name}-instances",
            SecurityGroupArgs(here=args.here, vpc_id=args.vpc_id, description=f"Instances of {self.name}"),
            opts=self.child(),
        )
        out = group.allow_to_cidr("anywhere", ANYWHERE, port=HTTPS, description="HTTPS to AWS, e.g. for Session Manager")
        opened = [
            rule
            for opening in args.link.openings
            for rule in opening.security_group.allow_from(
                group, port=opening.port, description=opening.described_for(self.name)
            )
        ]
        return group, [out, *opened]

    def _role(self) -> tuple[iam.Role, iam.InstanceProfile, Link, iam.RolePolicy]:
        """The role, and what is left for it of the link once the tenant role has its part."""
        name, here = self.name, self.args.here
        role = iam.Role(
            name,
            description=f"What instances of {name} may do",
            assume_role_policy=service_trust_json("ec2.amazonaws.com", account_id=here.account_id),
            tags=tags(name),
            opts=self.child(),
        )
        link, self.tenant_role = add_tenant_role(self, here=here, taker_arn=role.arn, link=self.args.link)
        policy = iam.RolePolicy(
            f"{name}-grants",
            role=role.name,
            policy=policy_json([*session_manager(here), *self._say_ready(), *link.statements]),
            opts=self.child(),
        )
        profile = iam.InstanceProfile(name, role=role.name, tags=tags(name), opts=self.child())
        told = {GROUP_VARIABLE: _group_name(name)} if self.args.start_seconds is not None else {}
        return role, profile, replace(link, environment={**link.environment, **told}), policy

    def _say_ready(self) -> tuple[Statement, ...]:
        if self.args.start_seconds is None:
            return ()
        # Not by the group's ARN: that holds an id which the group has only once it is there, and its instances start with it.
        here = self.args.here
        groups = f"arn:aws:autoscaling:{here.region}:{here.account_id}:autoScalingGroup:*:autoScalingGroupName"
        return (
            Statement(
                sid="SayReady",
                actions=("autoscaling:CompleteLifecycleAction",),
                resources=(f"{groups}/{_group_name(self.name)}",),
            ),
        )

    def _template(self, profile: iam.InstanceProfile, link: Link) -> ec2.LaunchTemplate:
        args, spec, name = self.args, self.args.spec, self.name
        return ec2.LaunchTemplate(
            name,
            region=args.here.region,
            description=f"Instances of {name}",
            image_id=spec.image_id,
            update_default_version=True,
            iam_instance_profile=ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            vpc_security_group_ids=[self.security_group.id],
            metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            monitoring=ec2.LaunchTemplateMonitoringArgs(enabled=True),
            ebs_optimized="true",
            block_device_mappings=[
                ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=spec.root_device,
                    ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=spec.volume_gib,
                        encrypted="true",
                        kms_key_id=expect_region(args.key_arn, args.here.region, f"{name}: key_arn"),
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags={**args.default_tags, **tags(name)})
                for kind in ("instance", "volume")
            ],
            # An instance that shuts itself down is replaced, on Spot as on On-Demand.
            instance_initiated_shutdown_behavior="terminate",
            user_data=_user_data(name, args.user_data, link.environment) if args.user_data else None,
            tags=tags(name),
            opts=self.child(),
        )

    def _sleep(self, group: autoscaling.Group) -> None:
        """One action after the other: two at once on one group are refused, and a group has one size at a time."""
        spec, last = self.args.spec, group
        for label, when, least, most in (
            (
                ("down", spec.schedule.down, spec.schedule.down_instances, spec.schedule.down_instances),
                ("up", spec.schedule.up, spec.min_instances, spec.max_instances),
            )
            if spec.schedule
            else ()
        ):
            last = autoscaling.Schedule(
                f"{self.name}-{label}",
                region=self.args.here.region,
                scheduled_action_name=label,
                autoscaling_group_name=group.name,
                recurrence=when,
                time_zone=spec.schedule.timezone if spec.schedule else None,
                min_size=least,
                max_size=most,
                desired_capacity=least,
                opts=self.child(depends_on=[last]),
            )


def _group_name(name: str) -> str:
    """A physical name: the alarms that stop a refresh name the group, and the group names them."""
    return f"{pulumi.get_stack()}-{name}"


def _user_data(name: str, script: str, environment: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
    """The script with the variables exported before it, in Base64."""
    shell, _, rest = script.partition("\n")

    def written(values: Mapping[str, str]) -> str:
        exported = "".join(f"export {variable}={shlex.quote(value)}\n" for variable, value in sorted(values.items()))
        text = f"{shell}\n{exported}{rest}".encode()
        if len(text) > USER_DATA_BYTES:
            raise ComponentError(f"user data of {name} is {len(text)} bytes; expected at most {USER_DATA_BYTES} bytes")
        return base64.b64encode(text).decode()

    return pulumi.Output.all(**environment).apply(written) if environment else written({})


def session_manager(here: Here) -> tuple[Statement, ...]:
    """What the agent on an instance needs for Session Manager, without the rest of AWS's managed policy.

    Source: docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html.
    """
    return (
        Statement(
            sid="BeManaged",
            actions=("ssm:UpdateInstanceInformation",),
            resources=(f"arn:aws:ec2:{here.region}:{here.account_id}:instance/*",),
        ),
        Statement(
            sid="OpenSessions",
            actions=(
                *("ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel"),
                *("ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"),
            ),
            resources=("*",),
            wildcard_reason="the actions of ssmmessages have no resource (service authorization reference)",
        ),
    )


def _mix(template: ec2.LaunchTemplate, spec: FleetSpec) -> autoscaling.GroupMixedInstancesPolicyArgs:
    return autoscaling.GroupMixedInstancesPolicyArgs(
        instances_distribution=autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=spec.on_demand_base,
            on_demand_percentage_above_base_capacity=spec.on_demand_percent,
            on_demand_allocation_strategy="prioritized",
            spot_allocation_strategy="price-capacity-optimized",
        ),
        launch_template=autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id,
                # A number: what `$Latest` means changes without a step in a preview, and a refresh would not see it.
                version=template.latest_version.apply(str),
            ),
            overrides=[
                autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=name)
                for name in spec.instance_types
            ],
        ),
    )
