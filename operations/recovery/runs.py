"""Runs of the executor: starting one, and what the journal says of them."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

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
WAKES: Final = ("CodeArtifactUserPendingException", "ResourceConflictException")
"""What Lambda answers (409) while it makes a function ready that nobody has called for long:
docs.aws.amazon.com/lambda/latest/dg/functions-states.html and docs.aws.amazon.com/lambda/latest/api/API_Invoke.html."""
READY_SECONDS: Final = 120
AGAIN_SECONDS: Final = 5


class JournalError(OperationError):
    """What the journal says of a run is not what a run writes; the message says what is missing."""


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


def start(
    place: Place,
    *,
    run: str,
    mode: plan.Mode,
    accept_loss: int | Literal["unknown"],
    without: Sequence[str] = (),
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Order a run; one that the journal knows, whoever ordered it and how, is not ordered again.

    Returns the order, as it can be given without this command.

    `tell` gets a line while Lambda makes the function ready, which may take minutes when nobody has called it for weeks.

    Raises:
        OperationError: when another order has that name, or AWS refuses it.
    """
    known = place.record.run(run)
    by = known.get("by", place.caller)
    order: dict[str, Any] = {"run": run, "mode": mode, "acceptLoss": accept_loss, "by": by, "to": place.region.region}
    if without:
        order["without"] = [*without]
    # Its payload may be somebody else's: with another caller, or other blanks, it would be another one to Lambda.
    if all(known.get(name) == order[name] for name in ("mode", "acceptLoss", "to")) and (
        {*known.get("without", [])} == {*without}
    ):
        return order
    for waited in range(0, READY_SECONDS + 1, AGAIN_SECONDS):
        try:
            place.awslambda.invoke(
                FunctionName=place.region.recover,
                InvocationType="Event",
                DurableExecutionName=run,
                Payload=json.dumps(order).encode(),
            )
        except ClientError as error:
            # docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html: the same name with another payload.
            if code_of(error) == "DurableExecutionAlreadyStartedException":
                raise OperationError(
                    f"--run is {run!r}, and another order was given under that name; expected a new name, or the same order",
                    Code.CONFLICT,
                ) from error
            if code_of(error) not in WAKES or waited >= READY_SECONDS:
                raise
            tell(f"Lambda makes the function ready ({code_of(error)}): run {run} is ordered again in {AGAIN_SECONDS} s")
            sleep(AGAIN_SECONDS)
        else:
            break
    return order


def read(record: Record, run: str) -> Run | None:
    """What the journal says of a run; None where it says nothing.

    Raises:
        JournalError: when it is not what a run writes.
    """
    head = record.run(run)
    if not head:
        return None
    _whole(head, run, ("mode", "to", "by", "state", "started"))
    entries = [_entry(run, name, told) for name, told in record.entries(run).items()]
    return Run(
        id=run,
        mode=head["mode"],
        to=head["to"],
        by=head["by"],
        state=head["state"],
        why=head.get("why", ""),
        accepted=str(head.get("acceptLoss", 0)),
        started=_moment(head["started"], run),
        ended=_moment(head["ended"], run) if head.get("ended") else None,
        entries=tuple(sorted(entries, key=lambda entry: (entry.started, _place(entry.step)))),
    )


def _place(step: str) -> int:
    names = [each.name for each in plan.PLAN]
    return names.index(step) if step in names else len(names)


def _entry(run: str, name: str, told: Mapping[str, Any]) -> Entry:
    of = f"{run}, entry {name}"
    _whole(told, of, ("state", "started"))
    try:
        result: Any = json.loads(told["result"]) if told.get("result") else {}
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise JournalError(f"the journal of run {of}: result is {str(told['result'])[:100]!r}; expected an object as JSON")
    return Entry(
        step=name.partition("#")[2],
        state=told["state"],
        started=_moment(told["started"], of),
        ended=_moment(told["ended"], of) if told.get("ended") else None,
        result=cast("dict[str, Any]", result),
    )


def _whole(told: Mapping[str, Any], of: str, names: tuple[str, ...]) -> None:
    if missing := [name for name in names if not isinstance(told.get(name), str)]:
        raise JournalError(f"the journal of run {of} lacks {', '.join(missing)}; expected what the function `recover` writes")


def _moment(text: str, of: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise JournalError(f"the journal of run {of}: {text!r} is no time; expected ISO 8601") from error
