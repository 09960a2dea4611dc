"""What the executor is asked to do: the event that starts a run."""

import re
from dataclasses import dataclass
from typing import Any, Final, cast

from .plan import DISASTER, MODES, Mode

_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
"""AWS takes 64 characters of [a-zA-Z0-9-_] as the name of an execution:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FIELDS: Final = ("run", "mode", "acceptLoss", "by", "to", "without")
BY_MOST: Final = 128
"""Characters of who orders a run: it stands in one line of a message."""
_LOSS_MOST: Final = 10**9
"""Seconds, some thirty years: above that nobody means seconds."""


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
        without: Databases that are left behind, in a disaster only: one that can't be promoted is to hold up nobody else.
    """

    run: str
    mode: Mode
    accept_loss: int | None
    by: str
    to: str
    without: tuple[str, ...] = ()


def order_of(event: object, region: str) -> Order:
    """Read the event `{"run", "mode", "acceptLoss", "by", "to", "without"}` in a region; a planned run accepts no loss.

    Raises:
        OrderError: it is no object, a field is missing, wrong or unknown, or it is meant for another region.
    """
    if not isinstance(event, dict):
        raise OrderError(f"order: an object with {', '.join(_FIELDS)} is expected, not {_told(event)}")
    told = cast("dict[str, Any]", event)
    if unknown := sorted(told.keys() - set(_FIELDS)):
        raise OrderError(f"{_told(unknown[0])}: no such field; known are {', '.join(_FIELDS)}")
    run, mode, by, to = (told.get(name) for name in ("run", "mode", "by", "to"))
    if not isinstance(run, str) or not _RUN.fullmatch(run):
        raise OrderError(f"run: 1 to 64 letters, digits and hyphens are expected, not {_told(run)}")
    if mode not in MODES:
        raise OrderError(f"mode: {' or '.join(MODES)} is expected, not {_told(mode)}")
    if not isinstance(by, str) or not by.strip() or not by.isprintable() or len(by) > BY_MOST:
        raise OrderError(f"by: who orders it is expected, 1 to {BY_MOST} printable characters in one line, not {_told(by)}")
    if to != region:
        raise OrderError(f"to: this executor makes {region} active, not {_told(to)}: ask the executor there")
    accepted = told.get("acceptLoss", 0)
    if accepted != "unknown" and (type(accepted) is not int or not 0 <= accepted <= _LOSS_MOST):
        raise OrderError(f'acceptLoss: whole seconds, 0 to {_LOSS_MOST:,}, or "unknown" are expected, not {_told(accepted)}')
    lossless = mode != DISASTER
    loss = 0 if lossless else None if accepted == "unknown" else accepted
    return Order(run=run, mode=mode, accept_loss=loss, by=by, to=region, without=_without(told.get("without", []), mode))


def _without(named: object, mode: Mode) -> tuple[str, ...]:
    listed = cast("list[Any]", named) if isinstance(named, list) else None
    if listed is None or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in listed):
        raise OrderError(f"without: a list of names of databases is expected, not {_told(named)}")
    if listed and mode != DISASTER:
        raise OrderError(f"without: databases are left behind in a disaster only, not with mode {mode}")
    return tuple(sorted(set(listed)))


def _told(value: object) -> str:
    """A wrong value for a message, which is not to be as long as that may be."""
    return repr(value)[:100]
