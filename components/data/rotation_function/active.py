"""The masters of the databases of the active region, which may be the other one: there the same function does it."""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

from .rotation import Masters, NotYetError

NAME: Final = "dataconnect-{stack}-database-rotation"
"""What the function of a stack is called; the other region knows its stack."""
Act = Literal["change", "prove"]


class Order(TypedDict):
    """What the function of the secrets' region has the active region's do; see `Masters`."""

    act: Act
    secret: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """The table `recovery` in this region (functions/recovery/record.py), as far as it tells which region is active.

    Attributes:
        dynamodb: A client of DynamoDB.
        name: The table's.
        primary: The region that is active as long as nothing says otherwise.
    """

    dynamodb: Any
    name: str
    primary: str

    def active(self) -> str:
        """The region that is active."""
        item = self._item("active", "region")
        return item["region"]["S"] if item else self.primary

    def stack(self, region: str) -> str:
        """The stack of a region.

        Raises:
            NotYetError: where it has never told.
        """
        item = self._item("site", region)
        if not item:
            raise NotYetError(f"{region} is the active region, and has not told of what it consists")
        return json.loads(item["document"]["S"])["stack"]

    def _item(self, identity: str, item: str) -> Any:
        key = {"id": {"S": identity}, "item": {"S": item}}
        return self.dynamodb.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")


@dataclass(frozen=True, kw_only=True)
class ActiveMasters:
    """The masters of the active region's databases.

    Attributes:
        region: This region.
        here: Its own.
        table: What tells which region is active; None where there is one region.
        awslambda: A client of Lambda in the other region.
    """

    region: str
    here: Masters
    table: Table | None
    awslambda: Any

    def change(self, arn: str, token: str) -> None:
        """Give the master the password of that version; see `Masters`."""
        self._do("change", arn, token)

    def prove(self, arn: str, token: str) -> None:
        """Log in with the password of that version; see `Masters`."""
        self._do("prove", arn, token)

    def fulfil(self, order: Order) -> None:
        """Do what the other region orders, which takes this one for the active one.

        Raises:
            NotYetError: where it is not.
        """
        active = self.table.active() if self.table else self.region
        if active != self.region:
            raise NotYetError(f"{active} is the active region, and not {self.region}")
        acts = {"change": self.here.change, "prove": self.here.prove}
        acts[order["act"]](order["secret"], order["token"])

    def _do(self, act: Act, arn: str, token: str) -> None:
        order = Order(act=act, secret=arn, token=token)
        active = self.table.active() if self.table else self.region
        if self.table is None or active == self.region:
            self.fulfil(order)
            return
        name = NAME.format(stack=self.table.stack(active))
        told = self.awslambda.invoke(FunctionName=name, Payload=json.dumps(order).encode())
        if told.get("FunctionError"):
            why = json.loads(told["Payload"].read()).get("errorMessage", "it does not say why")
            raise NotYetError(f"{active} is the active region, and {name} there: {why}")
