"""Runs of the executor: starting one, and what the journal says of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

from functions.recovery import plan
from functions.recovery.record import Record
from operations.aws import code_of
from operations.errors import Code, OperationError
from operations.recovery.place import Place

State = Literal["running", "done", "refused", "given-back", "failed", "overtaken"]
EXIT: Final[Mapping[str, Code]] = {
    "done": Code.DONE,
    "refused": Code.CONFLICT,
    "given-back": Code.CONFLICT,
    "failed": Code.FAILED,
    "overtaken": Code.CONFLICT,
}
"""State of a run that is over -> how the command ends."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the journal says of a step.

    Attributes:
        step: Its name.
        state: `running`, `done` or `failed`.
        started: When.
        ended: When; None while it goes on.
        result: What it found and did.
    """

    step: str
    state: str
    started: datetime
    ended: datetime | None
    result: Mapping[str, Any]

    @property
    def seconds(self) -> int | None:
        """How long it took."""
        return None if self.ended is None else int((self.ended - self.started).total_seconds())


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the journal says of a run.

    Attributes:
        id: Its name.
        mode: Planned or disaster.
        to: The region that it makes active.
        by: Who ordered it.
        state: What has become of it.
        why: The reason, where it is not done.
        accepted: Seconds of writes whose loss was accepted, or `unknown`.
        started: When it was declared.
        ended: When it was over; None while it goes on.
        entries: Its steps, in the order in which they began.
    """

    id: str
    mode: plan.Mode
    to: str
    by: str
    state: str
    why: str
    accepted: str
    started: datetime
    ended: datetime | None
    entries: tuple[Entry, ...]

    @property
    def seconds(self) -> int | None:
        """How long it took."""
        return None if self.ended is None else int((self.ended - self.started).total_seconds())

    def result(self, step: str) -> Mapping[str, Any]:
        """What a step found and did; empty where it did not come to it."""
        return next((entry.result for entry in self.entries if entry.step == step), {})


def new_id(mode: plan.Mode, now: datetime) -> str:
    """A name for a run: unique, and in the order of time."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{mode}"


def start(place: Place, *, run: str, mode: plan.Mode, accept_loss: int | Literal["unknown"]) -> dict[str, Any]:
    """Order a run; one that the journal knows, whoever ordered it and how, is not ordered again.

    Returns the order, as it can be given without this command.

    Raises:
        OperationError: when another order has that name, or AWS refuses it.
    """
    known = place.record.run(run)
    by = known.get("by", place.caller)
    order = {"run": run, "mode": mode, "acceptLoss": accept_loss, "by": by, "to": place.region.region}
    # Its payload may be somebody else's: with another caller, or other blanks, it would be another one to Lambda.
    if all(known.get(name) == order[name] for name in ("mode", "acceptLoss", "to")):
        return order
    try:
        place.awslambda.invoke(
            FunctionName=place.region.recover,
            InvocationType="Event",
            DurableExecutionName=run,
            Payload=json.dumps(order).encode(),
        )
    except ClientError as error:
        # docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html: the same name with another payload.
        if code_of(error) != "DurableExecutionAlreadyStartedException":
            raise
        raise OperationError(
            f"--run is {run!r}, and another order was given under that name; expected a new name, or the same order",
            Code.CONFLICT,
        ) from error
    return order


def read(record: Record, run: str) -> Run | None:
    """What the journal says of a run; None where it says nothing."""
    head = record.run(run)
    if not head:
        return None
    entries = [_entry(name, told) for name, told in record.entries(run).items()]
    return Run(
        id=run,
        mode=head["mode"],
        to=head["to"],
        by=head["by"],
        state=head["state"],
        why=head.get("why", ""),
        accepted=str(head.get("acceptLoss", 0)),
        started=_moment(head["started"]),
        ended=_moment(head["ended"]) if head.get("ended") else None,
        entries=tuple(sorted(entries, key=lambda entry: (entry.started, _place(entry.step)))),
    )


def _place(step: str) -> int:
    names = [each.name for each in plan.PLAN]
    return names.index(step) if step in names else len(names)


def _entry(name: str, told: Mapping[str, Any]) -> Entry:
    return Entry(
        step=name.partition("#")[2],
        state=told["state"],
        started=_moment(told["started"]),
        ended=_moment(told["ended"]) if told.get("ended") else None,
        result=json.loads(told["result"]) if told.get("result") else {},
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
