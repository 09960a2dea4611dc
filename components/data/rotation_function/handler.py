"""The entry point of the function: a step of a rotation, an order of the other region's function, or a look at all."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import boto3
from botocore.config import Config

from ..users_function.handler import AUTHORITIES
from .active import ActiveMasters, Order, Table
from .masters import LocalMasters, Place, name_of
from .rotation import Rotation
from .watch import SERVICE, look

FACTS: Final = Path(__file__).parents[2] / "rotation.json"
# The other region's function logs in twice at the most, and each answer may take 30 seconds; never an order twice at once.
CONFIG: Final = Config(connect_timeout=5, read_timeout=100, retries={"mode": "standard", "total_max_attempts": 2})


class Database(Place):
    """A database, and the secret of its master."""

    credentials: str


class Recovery(TypedDict):
    """What tells which region is active."""

    table: str
    primary: str
    other: str


class Facts(TypedDict):
    """What the function knows of its region.

    Attributes:
        region: Its region.
        namespace: Where its metrics are.
        databases: Each with the ARN of the secret of its master in this region.
        recovery: The table `recovery`, the region that is active at first, and the other one; None where there is one region.
    """

    region: str
    namespace: str
    databases: list[Database]
    recovery: Recovery | None


def handle(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Do it; what is raised ends the step, and Secrets Manager tries again. No answer and no line of the log has a password."""
    told = fulfil(event, json.loads(FACTS.read_text(encoding="utf-8")), client=_client)
    print(json.dumps({"service": SERVICE, "operation": _what(event), "outcome": "ok", **told}), flush=True)
    return told


def fulfil(
    event: Mapping[str, Any], facts: Facts, *, client: Callable[[str, str], Any], authorities: Path = AUTHORITIES
) -> Mapping[str, Any]:
    """Do what `event` says, with what `client` makes of a service and a region.

    Raises:
        ValueError: on an event that is none of those.
    """
    region, recovery = facts["region"], facts["recovery"]
    masters = ActiveMasters(
        region=region,
        here=LocalMasters(
            databases={name_of(each["credentials"]): each for each in facts["databases"]},
            manager=partial(client, "secretsmanager"),
            authorities=authorities,
        ),
        table=Table(dynamodb=client("dynamodb", region), name=recovery["table"], primary=recovery["primary"])
        if recovery
        else None,
        awslambda=client("lambda", recovery["other"]) if recovery else None,
    )
    if "Step" in event:
        rotation = Rotation(manager=client("secretsmanager", region), masters=masters)
        rotation.step(event["Step"], event["SecretId"], event["ClientRequestToken"])
        return {"secret": event["SecretId"]}
    if "act" in event:
        order = cast(Order, event)
        masters.fulfil(order)
        return {"secret": order["secret"]}
    if event.get("do") == "look":
        arns = [each["credentials"] for each in facts["databases"]]
        return look(arns, manager=client("secretsmanager", region), namespace=facts["namespace"], now=datetime.now(UTC))
    raise ValueError(f"the event has {', '.join(event) or 'nothing'}; expected Step, act or do: look")


def _what(event: Mapping[str, Any]) -> str:
    return event.get("Step") or event.get("act") or event.get("do") or ""


def _client(service: str, region: str) -> Any:
    make = cast("Any", boto3).client
    return make(service, region_name=region, config=CONFIG)
