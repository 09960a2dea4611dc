"""A shop's workers: a fleet from dataconnect_components, asleep at night, with the key of its volumes."""

import pulumi
from dataconnect_components.base.alarms import AlarmTarget
from dataconnect_components.base.here import Here
from dataconnect_components.compute.fleet import Fleet, FleetArgs
from dataconnect_components.compute.fleet_spec import FleetScheduleSpec, FleetSpec
from dataconnect_components.security.key import Key, KeyArgs

config, aws_config = pulumi.Config(), pulumi.Config("aws")

# What this account has already.
here = Here(
    region=aws_config.require("region"),
    account_id=aws_config.require_object("allowedAccountIds")[0],
    alarms=AlarmTarget(topic_arn=config.require("alarmTopicArn"), runbook_url="https://runbooks.shop.example"),
)

key = Key(
    "workers-key",
    KeyArgs(here=here, data_class="volumes", alias="alias/shop-workers", administrators=(config.require("deployerArn"),)),
)
workers = Fleet(
    "workers",
    FleetArgs(
        here=here,
        spec=FleetSpec(
            image_id="ami-0a1b2c3d4e5f60718",
            instance_types=("m7g.large", "m6g.large", "c7g.xlarge"),
            min_instances=2,
            max_instances=8,
            on_demand_base=1,
            schedule=FleetScheduleSpec(down="0 20 * * 1-5", up="0 7 * * 1-5", timezone="America/New_York"),
        ),
        vpc_id=config.require("vpcId"),
        subnet_ids=config.require_object("subnetIds"),
        key_arn=key.arn,
        default_tags=aws_config.require_object("defaultTags")["tags"],
    ),
)

pulumi.export("groupName", workers.group_name)
