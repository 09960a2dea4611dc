"""An encrypted log group with a retention, as every component that writes logs needs one."""

import pulumi
from pulumi_aws import cloudwatch

from components.arn import expect_region
from components.component import Component, tags


def create_log_group(
    owner: Component,
    name: str,
    *,
    region: str,
    key_arn: pulumi.Input[str],
    retention_days: int,
    protect: bool,
    physical_name: pulumi.Input[str] | None = None,
    name_prefix: str | None = None,
) -> cloudwatch.LogGroup:
    """Create a log group as a child of `owner`.

    Args:
        owner: The component it belongs to.
        name: Logical name.
        region: AWS region.
        key_arn: Customer managed key of `region`; its policy lets CloudWatch Logs use it.
        retention_days: Days to keep events.
        protect: Stop a plan that would delete the events.
        physical_name: Only where AWS itself writes to a group of that name; auto-named otherwise.
        name_prefix: Only where AWS insists on one.
    """
    return cloudwatch.LogGroup(
        name,
        region=region,
        name=physical_name,
        name_prefix=name_prefix,
        retention_in_days=retention_days,
        kms_key_id=expect_region(key_arn, region, f"the key of log group {name}"),
        tags=tags(name),
        opts=owner.child(protect=protect),
    )
