"""An encrypted log group with a retention, as every component that writes logs needs one."""

import pulumi
from pulumi_aws import cloudwatch

from .arn import expect_region
from .component import Component, tags
from .here import Here, Store
from .statements import Statement


def create_log_group(
    owner: Component,
    name: str,
    *,
    here: Here,
    retention_days: int | None = None,
    physical_name: pulumi.Input[str] | None = None,
    name_prefix: str | None = None,
) -> cloudwatch.LogGroup:
    """Create a log group as a child of `owner`.

    Args:
        owner: The component it belongs to.
        name: Logical name.
        here: Where it is, under which key, for how long, and whether a plan that would delete the events is stopped.
        retention_days: Days to keep events, where they differ from `here.log_retention_days`.
        physical_name: Only where AWS itself writes to a group of that name; auto-named otherwise.
        name_prefix: Only where AWS insists on one.
    """
    group = cloudwatch.LogGroup(
        name,
        region=here.region,
        name=physical_name,
        name_prefix=name_prefix,
        retention_in_days=retention_days or here.log_retention_days,
        kms_key_id=expect_region(here.log_key(owner.name), here.region, f"the key of log group {name}"),
        tags=tags(name, recovery="lost"),
        opts=owner.child(protect=here.protect),
    )
    here.inventory.stores.append(Store(name=name, arn=group.arn, recovery="lost", loss="the region's logs"))
    return group


def write_logs(log_group: cloudwatch.LogGroup) -> Statement:
    """What a container's log driver needs to write to `log_group`."""
    return Statement(
        sid="WriteLogs",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(pulumi.Output.concat(log_group.arn, ":*"),),
    )
