"""The report of a run: what was done and when, how long that took, what was lost, who decided; for people and programs."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from functions.recovery import plan
from functions.recovery.record import iso
from operations.recovery import times
from operations.recovery.calls import may_call
from operations.recovery.runs import Run
from operations.recovery.watch import clock

_STYLE: Final = """
:root { color-scheme: light; color: #1f2328; }
html { font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.state { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; background: #fff1e5; color: #8a3b00; }
.state.done { background: #dafbe1; color: #116329; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid #d0d7de; padding: .4rem .5rem; }
th { text-align: left; font-weight: 600; } td:not(:first-child) { font-variant-numeric: tabular-nums; }
pre { background: #f6f8fa; padding: .8rem; border-radius: 6px; overflow-x: auto; }
.wide { overflow-x: auto; } .wide td, .wide th { white-space: nowrap; } th { overflow-wrap: normal; } h3 { font-size: 1rem; }
"""
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|~&]")
_MAY_CALL: Final = "What each step may call, besides the journal"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run, told.

    Attributes:
        run: The run.
        stack: The stack whose region it makes active.
        outage: When the outage began, as whoever asks for the report knows it; None where nobody said.
    """

    run: Run
    stack: str
    outage: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """For programs."""
        run = self.run
        return {
            "run": run.id,
            "mode": run.mode,
            "to": run.to,
            "by": run.by,
            "state": run.state,
            "why": run.why,
            "declared": _text(run.started),
            "ended": run.ended and _text(run.ended),
            "outage": self.outage and _text(self.outage),
            "seconds": {"declared": self._until_open(run.started), "outage": self.outage and self._until_open(self.outage)},
            "accepted_loss": run.accepted,
            "decided": self._decided(),
            "loss": run.result("promote" if run.mode == plan.PLANNED else "gate").get("loss"),
            "left_behind": list(run.result("gate").get("leftBehind") or ()),
            "fence": run.result("fence"),
            "short": run.result("start").get("short") or {},
            "by_hand": run.result("reconcile").get("by hand"),
            "steps": [
                {
                    "step": entry.step,
                    "state": entry.state,
                    "started": _text(entry.started),
                    "after": int((entry.started - run.started).total_seconds()),
                    "seconds": entry.seconds,
                    "expected": times.expected(entry.step) if entry.step in times.STEPS else None,
                    "may_call": may_call(entry.step, run.mode, {plan.HERE: run.to, plan.THERE: "the other region"}),
                    "result": dict(entry.result),
                }
                for entry in run.entries
            ],
        }

    def _until_open(self, since: datetime) -> int | None:
        """Seconds until the traffic was turned; clients follow within a minute or two (docs/failover-times.md)."""
        opened = next((entry.ended for entry in self.run.entries if entry.step == "open" and entry.state == "done"), None)
        return None if opened is None else int((opened - since).total_seconds())

    def _decided(self) -> str | None:
        """When the region was recorded as the active one."""
        at = next((entry.ended for entry in self.run.entries if entry.step == "decide" and entry.state == "done"), None)
        return at and _text(at)

    def _lines(self) -> Iterator[tuple[str, str]]:
        """What is told first: label and words."""
        told = self.facts()
        yield "Ordered by", told["by"]
        yield "Declared", told["declared"]
        seconds = told["seconds"]
        if seconds["declared"] is not None:
            yield "Traffic turned after", f"{clock(seconds['declared'])} from the declaration (minutes:seconds)"
        if seconds["outage"] is not None:
            yield "From the outage", f"{clock(seconds['outage'])}, which began {told['outage']}"
        if self.run.mode in plan.BOTH:
            yield "Loss accepted", _seconds(told["accepted_loss"])
            yield "Decided", f"{told['decided']}, by {told['by']}" if told["decided"] else "it did not come to that"
            yield "Loss measured", _loss(self.run.mode, told["loss"])
        if self.run.mode == plan.DISASTER and told["decided"]:
            yield "Deliveries possibly lost", f"listed by dataconnect recovery lost --stack {self.stack}, within a day"
        if told["left_behind"]:
            yield "Not recovered", f"without a replica here: {', '.join(told['left_behind'])}"
        if fence := told["fence"]:
            detail = f": {fence['detail']}" if fence.get("detail") else ""
            yield "The other region", f"{fence.get('state', 'unfenced')}{detail}"
            if waits := _counts({name: count for name, count in (fence.get("waits") or {}).items() if count}):
                yield "Waits in its queues", waits
        if short := _counts(told["short"]):
            yield "Services short of tasks", f"these run: {short}"
        if told["by_hand"]:
            yield "The program was not told", f"when there is time, by hand: {told['by_hand']}"
        if told["why"]:
            yield "Why it ended so", told["why"]

    def _calls(self) -> Iterator[tuple[str, str]]:
        """Step and what it may call."""
        for step in self.facts()["steps"]:
            if step["may_call"]:
                yield step["step"], ", ".join(step["may_call"])

    def _rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        for step in self.facts()["steps"]:
            took = "-" if step["seconds"] is None else clock(step["seconds"])
            expected = "-" if step["expected"] is None else clock(int(step["expected"]))
            yield f"+{clock(step['after'])}", step["step"], step["state"], took, expected

    def markdown(self) -> str:
        """For people."""
        run = self.run
        blocks = [
            "# " + _plain(f"Run {run.id}: {run.mode} to {run.to}, {run.state}"),
            "\n".join(f"- {_plain(label)}: {_plain(words)}" for label, words in self._lines()),
            "## Timeline",
            _table(("at", "step", "state", "took", "expected"), self._rows()),
            "## What each step found and did",
            *(f"**{_plain(entry.step)}** {_code(entry.result)}" for entry in run.entries if entry.result),
            f"## {_MAY_CALL}",
            "\n".join(f"- {_plain(step)}: {_plain(calls)}" for step, calls in self._calls()),
        ]
        return "\n\n".join(blocks) + "\n"

    def page(self) -> str:
        """The same as a page of its own, without anything from elsewhere."""
        run = self.run
        head = "".join(f"<tr><th>{escape(label)}</th><td>{escape(words)}</td></tr>" for label, words in self._lines())
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        found = "".join(
            f"<h3>{escape(entry.step)}</h3><pre>{escape(json.dumps(dict(entry.result), indent=2, sort_keys=True))}</pre>"
            for entry in run.entries
            if entry.result
        )
        calls = "".join(f"<tr><th>{escape(step)}</th><td>{escape(told)}</td></tr>" for step, told in self._calls())
        title = escape(f"Run {run.id}: {run.mode} to {run.to}")
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>{_STYLE}</style></head><body>"
            f'<h1>{title} <span class="state {escape(run.state)}">{escape(run.state)}</span></h1>'
            f"<table>{head}</table><h2>Timeline</h2>"
            '<div class="wide"><table><tr><th>at</th><th>step</th><th>state</th><th>took</th><th>expected</th></tr>'
            f"{rows}</table></div><h2>What each step found and did</h2>{found}"
            f"<h2>{_MAY_CALL}</h2><table>{calls}</table></body></html>\n"
        )


def _loss(mode: plan.Mode, loss: Mapping[str, Any] | None) -> str:
    if loss is None:
        return "it did not come to that"
    if mode == plan.PLANNED:
        return "none: nobody wrote any more when the last number had arrived"
    known, at_most = loss.get("known"), loss.get("atMost")
    words = "unknown" if known is None else f"{known} s of writes"
    return f"{words}; no more than {at_most} s" if at_most is not None else f"{words}; no bound is known"


def _seconds(accepted: str) -> str:
    return f"{accepted} s" if accepted.isdigit() else "whatever it is"


def _counts(told: Mapping[str, Any] | None) -> str:
    """Names with their numbers: `search: 0, web: 1`."""
    return ", ".join(f"{name}: {count}" for name, count in sorted((told or {}).items()))


def _plain(text: str) -> str:
    """A value as Markdown that shows it and does nothing else: in one line, and nothing in it is markup or a table's bar."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _code(result: Mapping[str, Any]) -> str:
    """JSON in a code span: a backtick in it stands as JSON's escape."""
    return "`" + json.dumps(dict(result), sort_keys=True).replace("`", "\\u0060") + "`"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    cells = [head, ["---"] * len(head), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _text(moment: datetime) -> str:
    return iso(moment.timestamp())
