"""The global table `recovery`, and what the functions and people of recovery may do with it."""

from dataclasses import dataclass

import pulumi

from ..base.arn import in_region
from ..base.statements import Statement, use_key


@dataclass(frozen=True, kw_only=True)
class RecoveryTable:
    """The table as one region has it.

    Attributes:
        name: Its physical name, the same in both regions.
        arn: In this region.
        key_arn: Its key in this region: a multi-region one, with the same id in the other.
        region: This region.
    """

    name: pulumi.Input[str]
    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    region: str

    def read(self) -> tuple[Statement, ...]:
        """Read all of it."""
        return self._use(("dynamodb:GetItem", "dynamodb:Query"), write=False)

    def write(self, *, whole_items: bool) -> tuple[Statement, ...]:
        """Read all of it, and change items; with `whole_items` put new ones in their place, too."""
        put = ("dynamodb:PutItem",) if whole_items else ()
        return self._use(("dynamodb:GetItem", "dynamodb:Query", *put, "dynamodb:UpdateItem"), write=True)

    def read_there(self, region: str) -> tuple[Statement, ...]:
        """Read items of its replica in the other region."""
        return (
            Statement(sid="ReadTableThere", actions=("dynamodb:GetItem",), resources=(in_region(self.arn, region),)),
            use_key(in_region(self.key_arn, region), service="dynamodb", region=region, sid="DecryptTableThere"),
        )

    def _use(self, actions: tuple[str, ...], *, write: bool) -> tuple[Statement, ...]:
        return (
            Statement(sid="Table", actions=actions, resources=(self.arn,)),
            use_key(self.key_arn, service="dynamodb", region=self.region, write=write, sid="KeyOfTable"),
        )
