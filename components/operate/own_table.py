"""A table of one region, for the records of one of its functions or of an operation."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from ..base.alarms import create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.statements import Statement, use_key
from ..data.global_table import alarms_of_table


@dataclass(frozen=True, kw_only=True)
class OwnTableArgs:
    """The table.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `tables` data class, of the same region.
        hash_key: Its partition key, a text.
        range_key: Its sort key, a text; None, the default, without.
        loss: What is lost with the region, for people.
        backed_up: Whether AWS Backup takes copies of it, where the stack keeps backups; false by default.
        expires: Whether items end by their attribute `expires_at`, in Unix seconds, as they do by default.
    """

    here: Here
    key_arn: pulumi.Input[str]
    hash_key: str
    range_key: str | None = None
    loss: str
    backed_up: bool = False
    expires: bool = True


class OwnTable(Component):
    """A table of one region, billed by request.

    Outputs: `arn`; `table_name`.
    """

    arn: pulumi.Output[str]
    table_name: pulumi.Output[str]

    def __init__(self, name: str, args: OwnTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, keys = args.here, sorted(filter(None, (args.hash_key, args.range_key)))
        table = dynamodb.Table(
            name,
            region=here.region,
            billing_mode="PAY_PER_REQUEST",
            attributes=[dynamodb.TableAttributeArgs(name=each, type="S") for each in keys],
            hash_key=args.hash_key,
            range_key=args.range_key,
            ttl=dynamodb.TableTtlArgs(enabled=True, attribute_name="expires_at") if args.expires else None,
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=here.protect,
            tags=tags(name, data_classification="restricted", recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self.arn, self.table_name = table.arn, table.name
        create_alarms(self, alarms_of_table(table.name), here)
        here.inventory.stores.append(Store(name=name, arn=table.arn, recovery="lost", loss=args.loss, backed_up=args.backed_up))
        self.register_outputs({"tableName": self.table_name})

    def use(self, *actions: str, sid: str) -> tuple[Statement, ...]:
        """The actions on its items, e.g. `dynamodb:GetItem`, and its key; `sid` is what the items are called."""
        args = self.args
        return (
            Statement(sid=sid, actions=actions, resources=(self.arn,)),
            use_key(args.key_arn, service="dynamodb", region=args.here.region, write=True, sid=f"KeyOf{sid}"),
        )
