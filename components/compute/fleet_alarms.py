"""What people are told of a fleet: the same alarms stop a refresh."""

from ..base.alarms import Alarm, Metric


def alarms_of_fleet(group_name: str) -> tuple[Alarm, ...]:
    """Alarms about the instances of the group of that name."""
    of_group = {"AutoScalingGroupName": group_name}
    size = {
        name: Metric(namespace="AWS/AutoScaling", name=metric, dimensions=of_group, statistic="Minimum")
        for name, metric in (("wanted", "GroupDesiredCapacity"), ("running", "GroupInServiceInstances"))
    }
    return (
        Alarm(
            key="fleet-missing-instances",
            description="Fewer instances are in service than the group wants: capacity, the template or the key is missing.",
            metric=size,
            expression="running - wanted",
            comparison="LessThanThreshold",
            threshold=0,
            evaluation_periods=15,
            missing_data="notBreaching",
        ),
        Alarm(
            key="fleet-status-checks",
            description="Instances fail EC2's status checks.",
            metric=Metric(namespace="AWS/EC2", name="StatusCheckFailed", dimensions=of_group, statistic="Maximum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            missing_data="notBreaching",
        ),
    )
