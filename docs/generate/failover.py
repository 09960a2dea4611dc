"""Writes the steps of a failover into its runbook, from the plan that the executor runs; the rest is written by hand."""

from collections.abc import Mapping
from typing import Final

from docs.generate.markdown import table, text
from docs.generate.packs import MARKER
from docs.generate.source import ROOT
from functions.recovery import plan
from operations.recovery import times
from operations.recovery.watch import clock

FILE: Final = ROOT / "docs/runbooks/failover.md"

AGAIN: Final = "order it again: a new run finds what is done, and goes on"
THEN: Final[Mapping[str, str]] = {
    "lock": "Refused: another run works in this region; `status` shows it. If it died, its lock ends within three minutes: "
    f"{AGAIN}. Planned, and `does not tell what it consists of`: the other region is lost, or as good as; `--mode disaster`.",
    "gate": "Refused: the loss is above what was accepted, or unknown. Read the figure in the refusal, have it accepted by "
    "whoever may, and order with `--accept-data-loss` at that figure. `backing-up`: it waits until the backup is over. One "
    "database of many is ill: in a disaster, `--without DATABASE` leaves it behind.",
    "quiesce": f"Given back. See what the refusal names, in the region that is active; mend it, then {AGAIN}.",
    "drain": "Given back. A queue that does not empty has messages that fail: `dataconnect queue show QUEUE --stack prod`. "
    "A job goes on: wait for it.",
    "decide": "Refused as overtaken: another run decided meanwhile. `status` shows which region is active now.",
    "fence": "Planned: given back. In a disaster it goes on, and says what was not shut off. Unfenced means: the other "
    "region may still be written to, and what is written there is lost. The function `fence` tries on each minute; `status` "
    "shows it.",
    "catch-up": f"Given back: the replica does not follow. Look at its lag, then {AGAIN}.",
    "copy": f"A rehearsal only; what was made is deleted. See what RDS says of the copy, then {AGAIN}.",
    "promote-copy": f"A rehearsal only; what was made is deleted. It is the step to learn from: mend it, then {AGAIN}.",
    "promote": "It waits for RDS, up to ninety minutes. The console of RDS shows each instance; one that is `backing-up` is "
    f"not promoted before that ends. After the limit: {AGAIN}. One of many is not promoted, and the others wait for it: stop "
    "the run (section 6), and order it again with `--without DATABASE`. Nobody promotes by hand beside a run that goes on.",
    "writable": f"The database does not take a write. The report has its error. Mend it, then {AGAIN}.",
    "start": "Tasks do not start: ECS's events of that service say why (image, quota, credentials). It waits twenty minutes. "
    f"Mend it, then {AGAIN}.",
    "stop": "A rehearsal only. `status` shows the run; the function `fence` turns the services off within a minute.",
    "clean-up": "A rehearsal only. Delete the instances whose identifiers end with `-rehearsal` in the console; nothing else.",
    "resume": f"A consumer, schedule or job queue did not turn on; the refusal names it. Mend it, then {AGAIN}.",
    "smoke": f"A service does not answer its health path. No traffic was turned. Its log says why. Mend it, then {AGAIN}.",
    "open": f"The latch did not turn: {AGAIN}.",
    "report": "Nobody could be told; the run counts as done. Tell people yourself: "
    "`dataconnect recovery report RUN --stack prod-recovery`.",
    "reconcile": "The region serves, and a message says that `up` did not start. When there is time: "
    "`pulumi up --refresh -s prod-recovery`, as section 4 says.",
}
"""Step -> what whoever watches does when it does not come about."""


def page(written: str) -> str:
    """The whole runbook: its hand-written part, and the steps of both modes."""
    head = written.partition(MARKER)[0].rstrip()
    blocks = [head, MARKER]
    titles: dict[plan.Mode, str] = {
        plan.DISASTER: "The steps in a disaster",
        plan.PLANNED: "The steps of a planned switchover",
        plan.REHEARSAL: "The steps of a rehearsal",
    }
    for mode, title in titles.items():
        rows = [
            [
                f"{number}. `{step.name}`",
                text(step.says),
                clock(int(times.expected(step.name))),
                clock(step.limit),
                _after(step, mode),
            ]
            for number, step in enumerate(plan.steps(mode), 1)
        ]
        blocks += [f"## {title}", table(["Step", "What it does", "about", "at most", "after"], rows)]
    rows = [[f"`{step.name}`", text(THEN[step.name]), text(step.undo)] for step in plan.PLAN]
    blocks += ["## When a step does not come about", table(["Step", "Then", "What is taken back"], rows)]
    return "\n\n".join(blocks) + "\n"


def _after(step: plan.Step, mode: plan.Mode) -> str:
    return ", ".join(f"`{name}`" for name in plan.after(step.name, mode))
