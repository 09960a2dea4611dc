"""The registry of environments on demand: which there are, whose, until when, and which ranges they have."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from ..base.alarms import create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..data.global_table import alarms_of_table


@dataclass(frozen=True, kw_only=True)
class EnvironmentRegistryArgs:
    """The table.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `tables` data class, of the same region.
    """

    here: Here
    key_arn: pulumi.Input[str]


class EnvironmentRegistry(Component):
    """A table of one region, billed by request, keyed by `id` and `item`; operations/environments/registry.py fills it.

    No attribute ends an item by itself: an environment's goes after its stack, never before it.

    Outputs: `table_name`.
    """

    table_name: pulumi.Output[str]

    def __init__(self, name: str, args: EnvironmentRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        table = dynamodb.Table(
            name,
            region=here.region,
            billing_mode="PAY_PER_REQUEST",
            attributes=[dynamodb.TableAttributeArgs(name=each, type="S") for each in ("id", "item")],
            hash_key="id",
            range_key="item",
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=here.protect,
            tags=tags(name, data_classification="restricted", recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self.table_name = table.name
        create_alarms(self, alarms_of_table(table.name), here)
        loss = "whose each environment is, and until when; their stacks tell which there are"
        here.inventory.stores.append(Store(name=name, arn=table.arn, recovery="lost", loss=loss, backed_up=True))
        self.register_outputs({"tableName": self.table_name})
