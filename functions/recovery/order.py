"""What the executor is asked to do: the event that starts a run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .plan import DISASTER, MODES, Mode

_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
"""AWS takes 64 characters of [a-zA-Z0-9-_] as the name of an execution:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


class OrderError(ValueError):
    """The order can't be carried out by this region; the message names the field."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A failover, ordered.

    Attributes:
        run: The run's id, also the name of the durable execution.
        mode: "planned", "disaster" or "rehearsal".
        accept_loss: Seconds of writes whose loss is accepted; None accepts a loss that nobody knows.
        by: Who ordered it.
        to: The region that is to become active.
    """

    run: str
    mode: Mode
    accept_loss: int | None
    by: str
    to: str


def order_of(event: Mapping[str, Any], region: str) -> Order:
    """Read the event `{"run", "mode", "acceptLoss", "by", "to"}` in a region; a planned run accepts no loss.

    Raises:
        OrderError: a field is missing or wrong, or it is meant for another region.
    """
    run, mode, by, to = (event.get(name) for name in ("run", "mode", "by", "to"))
    if not isinstance(run, str) or not _RUN.fullmatch(run):
        raise OrderError(f"run: 1 to 64 letters, digits and hyphens are expected, not {run!r}")
    if mode not in MODES:
        raise OrderError(f"mode: {' or '.join(MODES)} is expected, not {mode!r}")
    if not isinstance(by, str) or not by:
        raise OrderError(f"by: who orders it is expected, not {by!r}")
    if to != region:
        raise OrderError(f"to: this executor makes {region} active, not {to!r}: ask the executor there")
    accepted = event.get("acceptLoss", 0)
    if accepted != "unknown" and (type(accepted) is not int or accepted < 0):
        raise OrderError(f'acceptLoss: whole seconds, at least 0, or "unknown" are expected, not {accepted!r}')
    lossless = mode != DISASTER
    return Order(
        run=run, mode=mode, accept_loss=0 if lossless else None if accepted == "unknown" else accepted, by=by, to=region
    )
