"""An encrypted log group with a retention, as every component that writes logs needs one."""

import pulumi
from pulumi_aws import cloudwatch

from .arn import expect_region
from .component import Component, tags
from .here import Here, Store
from .logs import LogClass
from .statements import Statement


def create_log_group(
    owner: Component,
    name: str,
    *,
    here: Here,
    log_class: LogClass = "application",
    shipped: bool = True,
    retention_days: int | None = None,
    physical_name: pulumi.Input[str] | None = None,
    name_prefix: str | None = None,
) -> cloudwatch.LogGroup:
    """Create a log group as a child of `owner`.

    Args:
        owner: The component it belongs to.
        name: Logical name.
        here: Where it is, under which key, for how long, and whether a plan that would delete the events is stopped.
        log_class: What it tells: decides how long it is kept, and is the name of its subscription.
        shipped: Whether its events go where `here.logs_to` says; true by default.
        retention_days: Days to keep events, where they differ from those of its class in `here`.
        physical_name: Only where AWS itself writes to a group of that name; auto-named otherwise.
        name_prefix: Only where AWS insists on one.
    """
    group = cloudwatch.LogGroup(
        name,
        region=here.region,
        name=physical_name,
        name_prefix=name_prefix,
        retention_in_days=retention_days or here.log_class_days.get(log_class, here.log_retention_days),
        kms_key_id=expect_region(here.log_key(owner.name), here.region, f"the key of log group {name}"),
        tags=tags(name, recovery="lost"),
        opts=owner.child(protect=here.protect),
    )
    here.inventory.stores.append(Store(name=name, arn=group.arn, recovery="lost", loss="the region's logs"))
    if here.logs_to and shipped:
        cloudwatch.LogSubscriptionFilter(
            f"{name}-subscription",
            region=here.region,
            # A physical name: CloudWatch Logs tells it with the events, and so their class (functions/logs/archive.py).
            name=log_class,
            log_group=group.name,
            destination_arn=here.logs_to.stream_arn,
            role_arn=here.logs_to.role_arn,
            # Every event.
            filter_pattern="",
            opts=owner.child(depends_on=[*here.logs_to.needs]),
        )
    return group


def write_logs(log_group: cloudwatch.LogGroup) -> Statement:
    """What a container's log driver needs to write to `log_group`."""
    return Statement(
        sid="WriteLogs",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(pulumi.Output.concat(log_group.arn, ":*"),),
    )
