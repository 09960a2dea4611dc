"""A service on ECS Fargate behind a load balancer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ecs, lb

from ..base.alarms import create_alarms
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..edge.listener import Listener
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .autoscaling import create_autoscaling
from .error_lines import count_error_lines
from .failing import alarms_on_failing
from .service_alarms import alarms_of_service
from .service_spec import ServiceSpec
from .task import STOP_TIMEOUT_SECONDS, Task, TaskArgs

HEALTH_CHECK_GRACE_SECONDS: Final = 120
# A failover starts tasks beside the promotion of their database: until that takes writes they are not healthy, and ECS is not
# to replace them for that. To change it later would start all tasks anew (`force_new_deployment`), so it stays as it began.
STANDBY_GRACE_SECONDS: Final = 1800
# Below the stop timeout: the load balancer has let go of a task before ECS kills it.
DEREGISTRATION_DELAY_SECONDS: Final = STOP_TIMEOUT_SECONDS // 2


@dataclass(frozen=True, kw_only=True)
class ServiceArgs(TaskArgs):
    """A service: a task (see `TaskArgs` for its fields), how many of it, where, and for which requests.

    Attributes:
        spec: What a service is besides a task: how many, when, and for which requests.
        vpc_id: VPC of the service.
        subnet_ids: Subnets of two zones or more, with a way out to ECR, CloudWatch Logs and Secrets Manager.
        cluster_arn: `Cluster.arn`, or that of any cluster which may use FARGATE and FARGATE_SPOT.
        listener: The load balancer's, `ingress.listener`: its rules get one for the requests that `spec` names.
        running: Whether it begins with its tasks; false, where recovery switches, with none, and nothing scales it until
            recovery starts it. True by default.

    Raises:
        InvalidArgumentError: on what a task refuses, fewer than two subnets, or a service that nothing would ever start.
    """

    spec: ServiceSpec
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    cluster_arn: pulumi.Input[str]
    listener: Listener
    running: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "two subnets or more, in different zones")
        if not (self.running or self.here.switched):
            raise InvalidArgumentError(self, "running", False, "true: nobody starts it where recovery does not switch")


class Service(Component):
    """An ECS service with its task, target group, listener rule, security group, scaling and alarms.

    A deployment that does not become healthy is rolled back by ECS, and the cluster reports it. `pulumi up` does not wait for
    that: in a disaster it must not hang on one service.

    What its link opens, HTTPS to anywhere and its load balancer are open to it.

    Outputs: `security_group`; `task`; `target_group_arn`; `service_name`.
    """

    security_group: SecurityGroup
    task: Task
    target_group_arn: pulumi.Output[str]
    service_name: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.task = Task(name, args, opts=self.child())
        self.security_group, opened = self._security_group()
        target_group = self._target_group()
        rule = self._listener_rule(target_group)
        self.target_group_arn = target_group.arn
        self.service_name = self._service(target_group, [rule, *opened, *self.task.link.needs]).name
        cluster_name = _name_of(args.cluster_arn)
        create_autoscaling(
            self,
            here=args.here,
            resource_id=pulumi.Output.concat("service/", cluster_name, "/", self.service_name),
            spec=args.spec,
            running=args.running,
        )
        alarms = alarms_of_service(
            cluster_name=cluster_name,
            service_name=self.service_name,
            load_balancer=args.listener.load_balancer_suffix,
            target_group=target_group.arn_suffix,
            min_tasks=args.spec.min_tasks,
            sleeps=args.spec.schedule is not None,
            switched=args.here.switched,
        )
        written = count_error_lines(self, args.here, self.task.log_group_name)
        told = alarms_on_failing("service", name, args.spec.failing, args.link)
        create_alarms(self, [*alarms, written, *told], args.here)
        args.here.inventory.balanced[name] = {
            "LoadBalancer": args.listener.load_balancer_suffix,
            "TargetGroup": target_group.arn_suffix,
        }
        args.here.switch(
            "service",
            name,
            cluster=cluster_name,
            service=self.service_name,
            min=args.spec.min_tasks,
            max=args.spec.max_tasks,
            healthPath=args.spec.health_path,
            hosts=[*args.spec.hosts],
        )
        args.here.sleeper(
            "service",
            name,
            cluster=cluster_name,
            service=self.service_name,
            min=args.spec.min_tasks,
            max=args.spec.max_tasks,
        )
        self.register_outputs({"serviceName": self.service_name, "targetGroupArn": self.target_group_arn})

    def _security_group(self) -> tuple[SecurityGroup, list[pulumi.Resource]]:
        """The group of the tasks, and the rules without which a task cannot start."""
        args = self.args
        group = SecurityGroup(
            f"{self.name}-tasks",
            SecurityGroupArgs(here=args.here, vpc_id=args.vpc_id, description=f"Tasks of {self.name}"),
            opts=self.child(),
        )
        group.allow_from(args.listener.security_group, port=args.spec.port, description=f"Requests to {self.name}")
        group.allow_to_cidr(
            "anywhere", ANYWHERE, port=HTTPS, description="HTTPS to AWS and the internet, e.g. to pull the image"
        )
        opened = [
            rule
            for opening in args.link.openings
            for rule in opening.security_group.allow_from(
                group, port=opening.port, description=opening.described_for(self.name)
            )
        ]
        return group, opened

    def _target_group(self) -> lb.TargetGroup:
        args = self.args
        return lb.TargetGroup(
            self.name,
            region=args.here.region,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.spec.port,
            deregistration_delay=DEREGISTRATION_DELAY_SECONDS,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check=lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                path=args.spec.health_path,
                matcher="200-299",
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags=tags(self.name),
            opts=self.child(),
        )

    def _listener_rule(self, target_group: lb.TargetGroup) -> lb.ListenerRule:
        spec = self.args.spec
        conditions = [lb.ListenerRuleConditionArgs(path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=[*spec.paths]))]
        if spec.hosts:
            hosts = lb.ListenerRuleConditionHostHeaderArgs(values=[*spec.hosts])
            conditions.append(lb.ListenerRuleConditionArgs(host_header=hosts))
        return lb.ListenerRule(
            self.name,
            region=self.args.here.region,
            listener_arn=self.args.listener.arn,
            priority=spec.priority,
            conditions=conditions,
            actions=[lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_group.arn)],
            tags=tags(self.name),
            opts=self.child(),
        )

    def _service(self, target_group: lb.TargetGroup, first: list[pulumi.Resource]) -> ecs.Service:
        args = self.args
        return ecs.Service(
            self.name,
            region=args.here.region,
            cluster=args.cluster_arn,
            task_definition=self.task.definition_arn,
            desired_count=args.spec.min_tasks if args.running else 0,
            capacity_provider_strategies=_capacity(args.spec.spot_percent),
            # Without it the provider replaces the whole service when spot_percent changes.
            force_new_deployment=True,
            platform_version="LATEST",
            scheduling_strategy="REPLICA",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=HEALTH_CHECK_GRACE_SECONDS if args.running else STANDBY_GRACE_SECONDS,
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=[*args.subnet_ids], security_groups=[self.security_group.id], assign_public_ip=False
            ),
            load_balancers=[
                ecs.ServiceLoadBalancerArgs(
                    target_group_arn=target_group.arn, container_name=self.name, container_port=args.spec.port
                )
            ],
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags=tags(self.name),
            # ECS refuses a target group that no listener uses; a task that cannot reach what it needs is a failed start; a
            # role that loses its policy first leaves a service draining.
            opts=self.child(
                depends_on=[*first, *self.task.role_policies],
                ignore_changes=["desiredCount", *args.here.left_alone("healthCheckGracePeriodSeconds")],
            ),
        )


def _capacity(spot_percent: int) -> list[ecs.ServiceCapacityProviderStrategyArgs]:
    # Only one provider may have a base (ECS CreateService).
    shares = (("FARGATE", 100 - spot_percent, 1), ("FARGATE_SPOT", spot_percent, 0))
    return [
        ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=provider, weight=weight, base=base)
        for provider, weight, base in shares
        if weight
    ]


def _name_of(cluster_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(cluster_arn).apply(lambda arn: arn.rsplit("/", 1)[-1])
