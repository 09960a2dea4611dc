"""A shop's orders: one queue from dataconnect_components, and a role that may send to it and nothing else."""

import pulumi
import pulumi_aws as aws
from dataconnect_components.base.alarms import AlarmTarget
from dataconnect_components.base.here import Here
from dataconnect_components.base.statements import policy_json, service_trust_json
from dataconnect_components.messaging.queue import Queue, QueueArgs
from dataconnect_components.messaging.queue_spec import QueueSpec
from dataconnect_components.security.key import Key, KeyArgs

config, aws_config = pulumi.Config(), pulumi.Config("aws")
account_id = aws_config.require_object("allowedAccountIds")[0]

# What this account has already.
here = Here(
    region=aws_config.require("region"),
    account_id=account_id,
    alarms=AlarmTarget(topic_arn=config.require("alarmTopicArn"), runbook_url="https://runbooks.shop.example"),
)

key = Key(
    "orders-key",
    KeyArgs(here=here, data_class="messages", alias="alias/shop-orders", administrators=(config.require("deployerArn"),)),
)
orders = Queue("orders", QueueArgs(here=here, spec=QueueSpec(retention_days=7), key_arn=key.arn))

checkout = aws.iam.Role("checkout", assume_role_policy=service_trust_json("ecs-tasks.amazonaws.com", account_id=account_id))
aws.iam.RolePolicy("checkout-sends-orders", role=checkout.name, policy=policy_json(orders.link("send").statements))

pulumi.export("ordersUrl", orders.url)
