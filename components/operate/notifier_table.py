"""The table of what the notifier has told, and whom."""

from dataclasses import dataclass

import pulumi

from ..base.here import Here
from ..base.statements import Condition, Statement, use_key
from .own_table import OwnTable, OwnTableArgs


@dataclass(frozen=True, kw_only=True)
class NotifierTableArgs:
    """The table.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `tables` data class, of the same region.
    """

    here: Here
    key_arn: pulumi.Input[str]


class NotifierTable(OwnTable):
    """A table of one region, billed by request, of which DynamoDB deletes what is over after five weeks.

    Outputs: `table_name`.
    """

    def __init__(self, name: str, args: NotifierTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        own = OwnTableArgs(
            here=args.here,
            key_arn=args.key_arn,
            hash_key="kind",
            range_key="id",
            loss="who acknowledged what; CloudWatch knows which alarms go on",
            backed_up=True,
        )
        super().__init__(name, own, opts)

    def notices(self) -> tuple[Statement, ...]:
        """What the notifier does with it."""
        actions = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
        return self.use(*actions, sid="Notices")

    def words(self) -> tuple[Statement, ...]:
        """What the function of orders does with it: read what is open, say who takes care of it, silence, note requests."""

        def of(sid: str, actions: tuple[str, ...], *kinds: str) -> Statement:
            conditions: Condition = {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": kinds},
                # Without keys the condition above holds, too.
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
            return Statement(sid=sid, actions=actions, resources=(self.arn,), conditions=conditions)

        here, key_arn = self.args.here, self.args.key_arn
        return (
            of("ReadOpen", ("dynamodb:GetItem", "dynamodb:Query"), "open"),
            of("SayWords", ("dynamodb:PutItem",), "open", "request", "silence", "silenced"),
            use_key(key_arn, service="dynamodb", region=here.region, write=True, sid="KeyOfWords"),
        )
