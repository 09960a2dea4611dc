"""A service on ECS Fargate behind a load balancer."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs, lb

from components import checks
from components.alarms import AlarmTarget, DashboardRow, create_alarms
from components.autoscaling import MAX_TASKS, Schedule, create_autoscaling
from components.component import Component, InvalidArgumentError, tags
from components.listener_route import ListenerRoute
from components.security_group import SecurityGroup, SecurityGroupArgs
from components.service_alarms import alarms_of_service
from components.task import STOP_TIMEOUT_SECONDS, Task, TaskArgs

HEALTH_CHECK_GRACE_SECONDS = 120
# Below the stop timeout: the load balancer has let go of a task before ECS kills it.
DEREGISTRATION_DELAY_SECONDS = STOP_TIMEOUT_SECONDS // 2


@dataclass(frozen=True, kw_only=True)
class ServiceArgs(TaskArgs):
    """A service: a task (see `TaskArgs` for its fields), how many of it, where, and for which requests.

    Attributes:
        vpc_id: VPC of the service.
        subnet_ids: Subnets of two zones or more, with a way out to ECR, CloudWatch Logs and Secrets Manager.
        cluster_arn: `Cluster.arn`, or that of any cluster which may use FARGATE and FARGATE_SPOT.
        route: Which requests it answers: `ingress.route(...)`.
        health_path: Path that the load balancer asks; 200 to 299 is healthy.
        min_tasks: Tasks at the least, 1 or more.
        max_tasks: Tasks at the most, up to 5,000 (ECS quota).
        cpu_target_percent: Average CPU that scaling aims at, 10 to 90 %; 60 by default. Memory is held at 75 %.
        spot_percent: Share on Fargate Spot, 0 to 100 %; 0 by default. Below 100 the first task is never on Spot.
        schedule: When it sleeps; never by default.
        running: Whether the ECS service and its scaling exist; false stages everything else. True by default.
        alarms: Where its alarms go.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    cluster_arn: pulumi.Input[str]
    route: ListenerRoute
    health_path: str
    min_tasks: int
    max_tasks: int
    alarms: AlarmTarget
    cpu_target_percent: int = 60
    spot_percent: int = 0
    schedule: Schedule | None = None
    running: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "two subnets or more, in different zones")
        # docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html: HealthCheckPath
        if expected := checks.pattern(self.health_path, r"/[!-~]{0,1023}", "a path that starts with /, up to 1024 characters"):
            raise InvalidArgumentError(self, "health_path", self.health_path, expected)
        if expected := checks.between(self.min_tasks, 1, MAX_TASKS):
            raise InvalidArgumentError(self, "min_tasks", self.min_tasks, expected)
        if expected := checks.between(self.max_tasks, self.min_tasks, MAX_TASKS):
            raise InvalidArgumentError(self, "max_tasks", self.max_tasks, f"min_tasks or more: {expected}")
        if expected := checks.between(self.cpu_target_percent, 10, 90, "%"):
            raise InvalidArgumentError(self, "cpu_target_percent", self.cpu_target_percent, expected)
        if expected := checks.between(self.spot_percent, 0, 100, "%"):
            raise InvalidArgumentError(self, "spot_percent", self.spot_percent, expected)
        if self.schedule and self.schedule.down_tasks >= self.min_tasks:
            expected = f"fewer than min_tasks ({self.min_tasks})"
            raise InvalidArgumentError(self, "schedule.down_tasks", self.schedule.down_tasks, expected)


class Service(Component):
    """An ECS service with its task, target group, listener rule, security group, scaling and alarms.

    A deployment that does not become healthy is rolled back by ECS, and the cluster reports it. `pulumi up` does not wait for
    that: in a disaster it must not hang on one service.

    Outputs: `security_group` (open it to databases and the like with their `allow_from`; HTTPS to anywhere and its load
    balancer are open already); `task`; `target_group_arn`; `service_name` (None unless running); `dashboard_row`.
    """

    security_group: SecurityGroup
    task: Task
    target_group_arn: pulumi.Output[str]
    service_name: pulumi.Output[str] | None
    dashboard_row: DashboardRow

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.task = Task(name, args, opts=self.child())
        self.security_group = self._security_group()
        target_group = self._target_group()
        rule = self._listener_rule(target_group)
        self.target_group_arn = target_group.arn
        self.service_name = self._service(target_group, rule).name if args.running else None
        alarms = ()
        if self.service_name is not None:
            cluster_name = _name_of(args.cluster_arn)
            create_autoscaling(
                self,
                region=args.region,
                resource_id=pulumi.Output.concat("service/", cluster_name, "/", self.service_name),
                min_tasks=args.min_tasks,
                max_tasks=args.max_tasks,
                cpu_target_percent=args.cpu_target_percent,
                schedule=args.schedule,
            )
            alarms = alarms_of_service(
                cluster_name=cluster_name,
                service_name=self.service_name,
                load_balancer=args.route.load_balancer_suffix,
                target_group=target_group.arn_suffix,
                min_tasks=args.min_tasks,
                sleeps=args.schedule is not None,
            )
        self.dashboard_row = create_alarms(self, alarms, region=args.region, target=args.alarms)
        self.register_outputs({"serviceName": self.service_name, "targetGroupArn": self.target_group_arn})

    def _security_group(self) -> SecurityGroup:
        args = self.args
        group = SecurityGroup(
            f"{self.name}-tasks",
            SecurityGroupArgs(region=args.region, vpc_id=args.vpc_id, description=f"Tasks of {self.name}"),
            opts=self.child(),
        )
        group.allow_from(args.route.security_group, port=args.port, description=f"Requests to {self.name}")
        group.allow_to_cidr(
            "anywhere", "0.0.0.0/0", port=443, description="HTTPS to AWS and the internet, e.g. to pull the image"
        )
        return group

    def _target_group(self) -> lb.TargetGroup:
        args = self.args
        return lb.TargetGroup(
            self.name,
            region=args.region,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.port,
            deregistration_delay=DEREGISTRATION_DELAY_SECONDS,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check=lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                path=args.health_path,
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
        route = self.args.route
        conditions = [lb.ListenerRuleConditionArgs(path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=[*route.paths]))]
        if route.hosts:
            hosts = lb.ListenerRuleConditionHostHeaderArgs(values=[*route.hosts])
            conditions.append(lb.ListenerRuleConditionArgs(host_header=hosts))
        return lb.ListenerRule(
            self.name,
            region=self.args.region,
            listener_arn=route.listener_arn,
            priority=route.priority,
            conditions=conditions,
            actions=[lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_group.arn)],
            tags=tags(self.name),
            opts=self.child(),
        )

    def _service(self, target_group: lb.TargetGroup, rule: lb.ListenerRule) -> ecs.Service:
        args = self.args
        return ecs.Service(
            self.name,
            region=args.region,
            cluster=args.cluster_arn,
            task_definition=self.task.definition_arn,
            desired_count=args.min_tasks,
            capacity_provider_strategies=_capacity(args.spot_percent),
            # Without it the provider replaces the whole service when spot_percent changes.
            force_new_deployment=True,
            platform_version="LATEST",
            scheduling_strategy="REPLICA",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=HEALTH_CHECK_GRACE_SECONDS,
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=[*args.subnet_ids], security_groups=[self.security_group.id], assign_public_ip=False
            ),
            load_balancers=[
                ecs.ServiceLoadBalancerArgs(
                    target_group_arn=target_group.arn, container_name=self.name, container_port=args.port
                )
            ],
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags=tags(self.name),
            # ECS refuses a target group that no listener uses; a role that loses its policy first leaves a service draining.
            opts=self.child(depends_on=[rule, *self.task.role_policies], ignore_changes=["desiredCount"]),
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
