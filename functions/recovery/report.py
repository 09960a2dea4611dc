"""What people are told when a run ends, by the topic that they read."""

from collections.abc import Mapping
from typing import Any

from .execute import Notes
from .work import Work


def tell(work: Work, state: str, why: str, notes: Notes, seconds: int | None = None) -> None:
    """Publish how a run ended: what was lost, whether the other region is shut off, what waits there. Raises as boto3 does."""
    order, other, fence = work.order, work.site.other, notes.get("fence", {})
    loss: Mapping[str, Any] = notes.get("promote", {}).get("loss") or notes.get("gate", {}).get("loss") or {}
    lines = [
        f"Recovery run {order.run}: {state}." + (f" {why}" if why else ""),
        f"{order.mode} to {work.site.region}, ordered by {order.by}" + ("" if seconds is None else f", {seconds} s"),
        f"Lost: {_seconds(loss.get('known'))}; at most {_seconds(loss.get('atMost'))}" if loss else "",
        f"UNFENCED: {other} may still be written to: {fence.get('detail')}" if fence.get("unfenced") else "",
        *(
            f"NOT RECOVERED: database {name} of {other} has no replica here"
            for name in notes.get("gate", {}).get("leftBehind", ())
        ),
        *(f"Service {name} is short of tasks: {count} run" for name, count in notes.get("start", {}).get("short", {}).items()),
        *(f"Waits in queue {name} of {other}: {count}" for name, count in fence.get("waits", {}).items() if count),
    ]
    _publish(work, state, lines)


def tell_not_reconciled(work: Work, why: str, by_hand: str) -> None:
    """Publish that the program was not told of a run, and what a person does instead. Raises as boto3 does."""
    lines = [
        f"Recovery run {work.order.run}: {work.site.region} serves, and `up` of {work.site.stack} was not started: {why}",
        f"When there is time, by hand: {by_hand}",
    ]
    _publish(work, "reconcile not started", lines)


def _publish(work: Work, subject: str, lines: list[str]) -> None:
    """A message of lines: what AWS says in several stands in one."""
    work.here.client("sns").publish(
        TopicArn=work.site.alerts,
        # AWS takes 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
        Subject=f"Recovery {work.order.run}: {subject}",
        Message="\n".join(" ".join(line.split()) for line in lines if line)[:100_000],
    )


def _seconds(told: int | None) -> str:
    return "unknown" if told is None else f"{told} s"
