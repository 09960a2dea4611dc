"""What to watch of a service."""

import pulumi

from ..base.alarms import Alarm, Metric


def alarms_of_service(
    *,
    cluster_name: pulumi.Input[str],
    service_name: pulumi.Input[str],
    load_balancer: pulumi.Input[str],
    target_group: pulumi.Input[str],
    min_tasks: int,
    sleeps: bool,
    switched: bool,
) -> tuple[Alarm, ...]:
    """Alarms of an ECS service behind a load balancer.

    Args:
        cluster_name: Its cluster.
        service_name: Its name.
        load_balancer: End of the load balancer's ARN (`app/<name>/<id>`).
        target_group: End of the target group's ARN (`targetgroup/<name>/<id>`).
        min_tasks: Tasks that must run at the least.
        sleeps: Whether a schedule takes it below that: then what ECS wants at the moment is the least.
        switched: Whether recovery may stop it: then it is not missed while ECS wants none.

    Container Insights counts nothing for a service without a running task. The silence of a service that never sleeps is told;
    that the tasks of one that sleeps do not start is an event of its cluster. Where a service has never run, its silence has
    not begun, and is not told: a region on standby is quiet, and is heard from the moment it has taken over.
    """
    of_service = {"ClusterName": cluster_name, "ServiceName": service_name}

    def insight(name: str) -> Metric:
        return Metric(namespace="ECS/ContainerInsights", name=name, dimensions=of_service, statistic="Minimum")

    wanted = {"wanted": insight("DesiredTaskCount")} if sleeps or switched else {}
    if sleeps:
        missing = "running - wanted"
    else:
        missing = f"IF(wanted > 0, running - {min_tasks}, 0)" if switched else f"running - {min_tasks}"
    return (
        *(
            Alarm(
                key=f"service-{resource.lower().removesuffix('utilization')}",
                description=f"Tasks use nearly all of their {what} although the service scales.",
                metric=Metric(namespace="AWS/ECS", name=resource, dimensions=of_service, statistic="Average"),
                comparison="GreaterThanThreshold",
                threshold=90,
                # A service that sleeps sends none; too few running tasks are told by an alarm of their own.
                missing_data="notBreaching",
            )
            for resource, what in (("CPUUtilization", "CPU"), ("MemoryUtilization", "memory"))
        ),
        Alarm(
            key="service-running-tasks",
            description="Fewer tasks run than must." if sleeps else "Fewer tasks run than must, or none at all.",
            metric={"running": insight("RunningTaskCount"), **wanted},
            expression=missing,
            comparison="LessThanThreshold",
            threshold=0,
            missing_data="notBreaching" if sleeps else "missing",
            tell_silence=not sleeps,
        ),
        Alarm(
            key="service-unhealthy-hosts",
            description="Tasks fail the load balancer's health check.",
            metric=Metric(
                namespace="AWS/ApplicationELB",
                name="UnHealthyHostCount",
                dimensions={"LoadBalancer": load_balancer, "TargetGroup": target_group},
                statistic="Maximum",
            ),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            missing_data="notBreaching",
        ),
    )
