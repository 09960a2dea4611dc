"""What takes the orders that people give in Slack."""

from typing import Any

import pulumi

from components.edge.ingress import Ingress
from components.operate.notifier import Notifier
from components.operate.orders import Orders, OrdersArgs
from components.operate.schedule import Schedule
from settings import PrimarySettings
from stacks.parts.functions import source_of
from stacks.parts.region import Region


def declare_orders(
    settings: PrimarySettings, region: Region, ingress: Ingress, notifier: Notifier, schedule: Schedule | None
) -> Orders | None:
    """Declare what takes orders from Slack; None where nobody may order there."""
    if settings.orders is None:
        return None
    return Orders(
        "orders",
        OrdersArgs(
            here=region.here,
            spec=settings.orders,
            listener=ingress.listener,
            table=notifier.table,
            sleeper=schedule.function if schedule else None,
            keys={data_class: region.keys[data_class] for data_class in ("messages", "secrets")},
            source=source_of("functions.orders.handler"),
        ),
    )


def outputs_of_orders(orders: Orders | None) -> dict[str, pulumi.Input[Any]]:
    """Where people put Slack's signing secret."""
    return {"orders": {"secret": orders.secret_arn, "path": orders.args.spec.path}} if orders else {}
