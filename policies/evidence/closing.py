"""`python -m policies.evidence.closing EVENTS --code CODE`: the verdict of a preview or an update on one screen, failures last.

EVENTS is what the engine wrote with `--event-log`, a flag that it hides: `PULUMI_DEBUG_COMMANDS=true` shows it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policies.evidence.changes import Step, counts, holds_state, losses, rebuilds, step
from policies.evidence.text import without_traceback
from policies.kit.pack import ADVICE, OWN_POLICIES

_STOPS_SHOWN: Final = 12
_BEGINNING: Final = 260
_END: Final = 440
"""Characters that are shown of a longer line: what is wrong begins it, and the remedy, with the finding's id, ends it."""
_LINES_SHOWN: Final = 4
_UNHANDLED: Final = "Program failed with an unhandled exception"
_NOT_JUDGED: Final = "unknown: the packs did not judge the stack as a whole; a \u2705 above is for what was declared until then"

_ENDS: Final = ("preview failed", "update failed")
"""What the engine says last, whatever went wrong before."""

Event = Mapping[str, Any]


class InvalidEventsError(ValueError):
    """The file is not the engine's event log."""


def main(arguments: Sequence[str]) -> int:
    """0, or 2 if the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m policies.evidence.closing", description=__doc__)
    parser.add_argument("events", type=Path, help="the engine's event log")
    parser.add_argument("--code", type=int, default=0, help="the engine's exit code")
    parser.add_argument("--stack", default="", help="the stack's name, for a run that ends before it names a resource")
    parser.add_argument("--more", default="python -m policies.evidence", help="the command that tells each finding in full")
    chosen = parser.parse_args(arguments)
    try:
        events = load(chosen.events)
    except InvalidEventsError as error:
        sys.stderr.write(f"closing: {error}\n")
        return 2
    sys.stdout.write("\n".join(closing(events, chosen.code, chosen.more, chosen.stack)) + "\n")
    return 0


def load(file: Path) -> list[Event]:
    """The events of the last operation in the log: `up` writes those of its preview first.

    Raises:
        InvalidEventsError: if the file cannot be read or holds something else.
    """
    events: list[Event] = []
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                if not isinstance(event, dict):
                    raise InvalidEventsError(f"{file} holds {type(event).__name__}; expected one event of the engine per line")
                if "preludeEvent" in event:
                    events = [each for each in events if "policyLoadEvent" in each]
                events.append(event)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidEventsError(f"{file} cannot be read: {error}") from error
    return events


def closing(events: Sequence[Event], code: int, more: str, stack: str = "") -> Iterator[str]:
    """The lines: changes, what is replaced and deleted, advice, what stops it, the verdict with the exit code.

    Of a preview that ended early nothing is counted: what it had planned until then is not what would change.
    """
    summary = _last(events, "summaryEvent")
    told = [each["policyEvent"] for each in events if "policyEvent" in each]
    preview = summary.get("isPreview", True)
    operation = "preview" if preview else "update"
    stops = list(_violations(told))
    failed = bool(code or stops or summary.get("result") == "failed")
    steps = list(_steps(events, "resourcePreEvent" if preview else "resOutputsEvent"))
    judged = not failed or any("policyAnalyzeStackSummaryEvent" in each for each in events)
    # Deletions are planned once the program has ended.
    whole = judged or not preview or any(each.op == "delete" for each in steps)
    yield f"Verdict of the {operation} of {_stack(events) or stack or 'the stack'}"
    if failed and not steps:
        yield f"  changes  {'unknown: nothing was planned or judged' if preview else 'none'}"
    else:
        yield from _figures(steps, judged=judged, whole=whole, preview=preview)
        yield f"  advice   {_advice(told, more) if judged else _NOT_JUDGED}"
    if failed:
        stops += _errors(events)
    for cause in stops[:_STOPS_SHOWN]:
        for number, line in enumerate(_cut(cause)):
            yield f"  {'     ' if number else 'STOPS'}    {line}"
    if len(stops) > _STOPS_SHOWN:
        yield f"  STOPS    and {len(stops) - _STOPS_SHOWN} more, above"
    if failed:
        why = "" if stops else "; the engine's error above says why"
        yield f"STOPPED{f' by {len(stops)}' if stops else ''}: the {operation} failed (exit code {code}){why}."
    elif not preview:
        yield f"The update succeeded (exit code {code})."
    elif any(map(holds_state, losses(steps))):
        yield f"Nothing stops it, but it LOSES STATE, as told above: deploy it only if that is meant (exit code {code})."
    else:
        yield f"Nothing stops it: it may be deployed (exit code {code})."


def _figures(steps: Sequence[Step], *, judged: bool, whole: bool, preview: bool) -> Iterator[str]:
    lost = losses(steps)
    if whole:
        done = ", ".join(f"{number} {op}" for op, number in counts(steps).items()) or "none"
        yield f"  changes  {done}{'' if judged or preview else ', before it failed'}"
    else:
        yield "  changes  unknown: it ended before the whole stack was planned"
    for line in lost:
        yield f"  {'LOSES' if holds_state(line) else 'loses'}    {'' if whole else 'so far: '}{line}"
    if not lost:
        yield f"  loses    {'nothing' if whole else 'unknown'}"
    for line in rebuilds(steps):
        yield f"  rebuilds {line}"


def _stack(events: Sequence[Event]) -> str:
    """`project/stack`, by the first resource; empty where there is none."""
    urn = next((str(each["resourcePreEvent"]["metadata"]["urn"]) for each in events if "resourcePreEvent" in each), "")
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    return f"{rest.partition('::')[0]}/{stack}" if rest else ""


def _last(events: Sequence[Event], kind: str) -> Mapping[str, Any]:
    return next((each[kind] for each in reversed(events) if each.get(kind)), {})


def _steps(events: Sequence[Event], kind: str) -> Iterator[Step]:
    """The steps that were begun (`resourcePreEvent`) or done (`resOutputsEvent`)."""
    for each in events:
        if kind in each:
            found = each[kind]["metadata"]
            yield step(found.get("op"), found.get("urn"), found.get("old"), found.get("new"))


def _advice(told: Sequence[Event], more: str) -> str:
    advisory = [each for each in told if each["enforcementLevel"] == "advisory"]
    counted = [_said(each["message"]).partition(":")[0] for each in advisory if each["policyName"] == ADVICE]
    others = sum(each["policyName"] not in OWN_POLICIES for each in advisory)
    parts = [*counted, *([f"{others} findings, told above"] if others else [])]
    return f"{'; '.join(parts)}; each in full: {more}" if parts else "none"


def _violations(told: Sequence[Event]) -> Iterator[str]:
    for each in told:
        if each["enforcementLevel"] != "advisory":
            name = str(each.get("resourceUrn") or "").rpartition("::")[2]
            yield f"{each['policyName']} on {name}: {_short(_said(each['message']))}"


def _said(message: str) -> str:
    """What a pack of ours says after its rule's description; the whole of another pack's."""
    first, _, rest = message.strip().partition("\n")
    return rest.partition("\n")[0] or first


def _errors(events: Sequence[Event]) -> Iterator[str]:
    """The causes, each with all its lines: an error of the engine, and what the program said when it ended.

    That comes line by line: an indented one belongs to the one before, and so does everything after an unhandled exception.
    """
    said: list[str] = []
    for each in (each["diagnosticEvent"] for each in events if "diagnosticEvent" in each):
        text = str(each.get("message", ""))
        if each.get("severity") == "info#err":
            said.append(text.removeprefix("error: "))
        elif each.get("severity") == "error" and text.strip().removeprefix("error: ") not in _ENDS:
            yield "\n".join(without_traceback(text))
    cause: list[str] = []
    for line in without_traceback("\n".join(said)):
        if cause and not line.startswith(" ") and _UNHANDLED not in cause[0]:
            yield "\n".join(cause)
            cause = []
        cause.append(line)
    if cause:
        yield "\n".join(cause)


def _cut(cause: str) -> Iterator[str]:
    """The lines of a cause, as many and as much of each as fit."""
    lines = cause.splitlines()
    shown = lines if len(lines) <= _LINES_SHOWN else [*lines[: _LINES_SHOWN - 1], "... (in full above)"]
    yield from map(_short, shown)


def _short(text: str) -> str:
    return text if len(text) <= _BEGINNING + _END else f"{text[:_BEGINNING]} ... {text[-_END:]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
