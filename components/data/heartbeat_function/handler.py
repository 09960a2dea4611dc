"""The entry point of the function `heartbeat`: reads what its region consists of, and does what it is told."""

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, cast

import boto3
from botocore.config import Config

from ..users_function.credentials import CURRENT, ReadSecret, reader
from ..users_function.handler import AUTHORITIES
from .beat import Run
from .database import Database
from .heart import Heart
from .table import Table

# At the top of the package: the file lies there for all functions of recovery.
SITE: Final = Path(__file__).parents[2] / "site.json"
# AWS answers, or the next second asks again: two attempts of two seconds are what a look may take.
CONFIG: Final = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})


class Order(TypedDict):
    """What to do: `beat` until the next run does; `look`; write the `final` number; `close` for all others; `probe`."""

    do: Literal["beat", "look", "final", "close", "probe"]


def handle(order: Order, context: Any) -> Mapping[str, Any]:
    """Do it, and log one line of how it went."""
    told = fulfil(order, heart(), cloudwatch=_client("cloudwatch"), writer=context.aws_request_id)
    outcome = "failed" if told.get("troubles") else "ok"
    print(json.dumps({"service": "heartbeat", "operation": order["do"], "outcome": outcome, **told}), flush=True)
    return told


def fulfil(order: Order, heart: Heart, *, cloudwatch: Any, writer: str) -> Mapping[str, Any]:
    """Do what `order` says, as `writer`.

    Raises:
        KeyError: on another order.
    """
    orders: dict[str, Callable[[], Mapping[str, Any]]] = {
        "beat": lambda: Run(heart=heart, cloudwatch=cloudwatch, writer=writer).beat(),
        "look": heart.look,
        "final": lambda: heart.final(writer),
        "close": heart.close,
        "probe": heart.probe,
    }
    try:
        return orders[order["do"]]()
    finally:
        heart.hang_up()


@cache
def heart() -> Heart:
    """The heart of the region that the package describes, kept from one invocation to the next."""
    site = json.loads(SITE.read_text(encoding="utf-8"))
    return heart_of(site, dynamodb=_client("dynamodb"), read_secret=secret_reader(_client("secretsmanager")))


def heart_of(
    site: Mapping[str, Any],
    *,
    dynamodb: Any,
    read_secret: ReadSecret,
    authorities: Path = AUTHORITIES,
    now: Callable[[], float] = time.time,
) -> Heart:
    """The heart of the region that `site` describes."""
    return Heart(
        stack=site["stack"],
        region=site["region"],
        databases=[Database(facts["name"], facts, read_secret, authorities) for facts in site["switches"].get("database", ())],
        table=Table(dynamodb=dynamodb, name=site["table"], region=site["region"], primary_region=site["primary"]),
        now=now,
    )


def secret_reader(client: Any, *, seconds: float = 300, monotonic: Callable[[], float] = time.monotonic) -> ReadSecret:
    """Reads secrets, and keeps what is current for `seconds`, or until another stage is asked for: then it was refused."""
    kept: dict[str, tuple[float, str | None]] = {}
    anew = reader(client)

    def read(arn: str, stage: str) -> str | None:
        if stage != CURRENT:
            kept.pop(arn, None)
            return anew(arn, stage)
        found = kept.get(arn)
        if found is None or monotonic() - found[0] > seconds:
            found = kept[arn] = (monotonic(), anew(arn, stage))
        return found[1]

    return read


def _client(service: str) -> Any:
    make = cast("Any", boto3).client
    return make(service, config=CONFIG)
