"""The table of what the notifier has told, and whom."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from ..base.alarms import create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.statements import Statement, use_key
from ..data.global_table import alarms_of_table


@dataclass(frozen=True, kw_only=True)
class NotifierTableArgs:
    """The table.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `tables` data class, of the same region.
    """

    here: Here
    key_arn: pulumi.Input[str]


class NotifierTable(Component):
    """A table of one region, billed by request, of which DynamoDB deletes what is over after five weeks.

    Outputs: `table_name`.
    """

    table_name: pulumi.Output[str]

    def __init__(self, name: str, args: NotifierTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        here = args.here
        table = dynamodb.Table(
            name,
            region=here.region,
            billing_mode="PAY_PER_REQUEST",
            attributes=[dynamodb.TableAttributeArgs(name=each, type="S") for each in ("id", "kind")],
            hash_key="kind",
            range_key="id",
            ttl=dynamodb.TableTtlArgs(enabled=True, attribute_name="expires_at"),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=here.protect,
            tags=tags(name, data_classification="restricted", recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self._arn, self.table_name = table.arn, table.name
        create_alarms(self, alarms_of_table(table.name), here)
        loss = "who acknowledged what; CloudWatch knows which alarms go on"
        here.inventory.stores.append(Store(name=name, arn=table.arn, recovery="lost", loss=loss, backed_up=True))
        self.register_outputs({"tableName": self.table_name})

    def use(self) -> tuple[Statement, ...]:
        """What the notifier does with it."""
        actions = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
        return (
            Statement(sid="Notices", actions=actions, resources=(self._arn,)),
            use_key(self._args.key_arn, service="dynamodb", region=self._args.here.region, write=True, sid="KeyOfNotices"),
        )
