"""A shop's network and database from dataconnect_components, and a workload that reaches the database and nothing else."""

import pulumi
import pulumi_aws as aws
from dataconnect_components.base.alarms import AlarmTarget
from dataconnect_components.base.here import Here
from dataconnect_components.base.statements import policy_json, service_trust_json
from dataconnect_components.data.database import Database, DatabaseArgs
from dataconnect_components.data.database_spec import DatabaseSpec
from dataconnect_components.data.database_users import DatabaseUsers, DatabaseUsersArgs
from dataconnect_components.data.secret import generate_password
from dataconnect_components.network.network import Network, NetworkArgs
from dataconnect_components.network.network_spec import NetworkSpec
from dataconnect_components.network.security_group import SecurityGroup, SecurityGroupArgs
from dataconnect_components.security.key import DataClass, Key, KeyArgs

config, aws_config = pulumi.Config(), pulumi.Config("aws")
region, account_id = aws_config.require("region"), aws_config.require_object("allowedAccountIds")[0]

# What this account has already. `protect` is left at its default: what holds data is not deleted.
here = Here(
    region=region,
    account_id=account_id,
    alarms=AlarmTarget(topic_arn=config.require("alarmTopicArn"), runbook_url="https://runbooks.shop.example"),
    log_key_arn=config.require("logKeyArn"),
)


def key_of(data_class: DataClass) -> Key:
    """A key for one class of data."""
    administrators = (config.require("deployerArn"),)
    return Key(
        f"shop-{data_class}",
        KeyArgs(here=here, data_class=data_class, alias=f"alias/shop-{data_class}", administrators=administrators),
    )


network = Network(
    "shop",
    NetworkArgs(
        here=here,
        spec=NetworkSpec(cidr="10.40.0.0/16", zones=(f"{region}a", f"{region}b"), nat="single", interface_endpoints=()),
    ),
)
database = Database(
    "shop-database",
    DatabaseArgs(
        here=here,
        spec=DatabaseSpec(
            name="shop",
            username="shop_owner",
            instance_class="db.t4g.medium",
            engine_version="17",
            storage_gib=50,
            max_storage_gib=100,
            backup_retention_days=7,
            backup_window="07:00-08:00",
            maintenance_window="sun:09:00-sun:10:00",
        ),
        identifier="shop",
        vpc_id=network.vpc_id,
        subnet_ids=network.data_subnet_ids,
        key_arn=key_of("database").arn,
        secrets_key_arn=key_of("secrets").arn,
        password=generate_password(),
    ),
)

users = DatabaseUsers(
    "shop-database-users",
    DatabaseUsersArgs(
        here=here,
        database=database,
        workloads={"checkout": "write"},
        vpc_id=network.vpc_id,
        subnet_ids=network.application_subnet_ids,
    ),
)

# What the checkout needs in order to use it: the statements for its role, the way through the firewall, and its variables.
link = users.link("write", workload="checkout")
checkout = SecurityGroup("checkout", SecurityGroupArgs(here=here, vpc_id=network.vpc_id, description="Checkout of the shop"))
for opening in link.openings:
    opening.security_group.allow_from(checkout, port=opening.port, description="Orders of the checkout")
role = aws.iam.Role("checkout", assume_role_policy=service_trust_json("ecs-tasks.amazonaws.com", account_id=account_id))
aws.iam.RolePolicy("checkout-logs-in", role=role.name, policy=policy_json(link.statements))

pulumi.export("checkoutVariables", dict(link.environment))
pulumi.export("databaseAddress", database.address)
pulumi.export("natAddresses", network.nat_public_ips)
