"""`python -m policies.evidence.closing EVENTS --code CODE`: the verdict of a preview or an update on one screen, failures last.

EVENTS is what the engine wrote with `--event-log`, a flag that it hides: `PULUMI_DEBUG_COMMANDS=true` shows it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policies.evidence.changes import losses, step
from policies.evidence.text import without_traceback
from policies.kit.pack import ADVICE, OWN_POLICIES

_STOPS_SHOWN: Final = 12
_WIDTH: Final = 260
_ERRORS: Final = ("error", "info#err")

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
    parser.add_argument("--more", default="python -m policies.evidence", help="the command that tells each finding in full")
    chosen = parser.parse_args(arguments)
    try:
        events = load(chosen.events)
    except InvalidEventsError as error:
        sys.stderr.write(f"closing: {error}\n")
        return 2
    sys.stdout.write("\n".join(closing(events, chosen.code, chosen.more)) + "\n")
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


def closing(events: Sequence[Event], code: int, more: str) -> Iterator[str]:
    """The lines: changes, what is replaced and deleted, advice, what stops it, the verdict with the exit code."""
    summary = _last(events, "summaryEvent")
    told = [each["policyEvent"] for each in events if "policyEvent" in each]
    operation = "preview" if summary.get("isPreview", True) else "update"
    counts = ", ".join(f"{number} {op}" for op, number in (summary.get("resourceChanges") or {}).items())
    yield f"Verdict of the {operation} of {_stack(events)}"
    yield f"  changes  {counts or 'none'}"
    yield from (f"  {line}" for line in _losses(events))
    yield f"  advice   {_advice(told, more)}"
    stops = [*_violations(told), *_errors(events)]
    for line in stops[:_STOPS_SHOWN]:
        yield f"  STOPS    {line}"
    if len(stops) > _STOPS_SHOWN:
        yield f"  STOPS    and {len(stops) - _STOPS_SHOWN} more, above"
    if code or stops:
        yield f"STOPPED{f' by {len(stops)}' if stops else ''}: the {operation} failed (exit code {code})."
    else:
        good = "Nothing stops it: it may be deployed" if operation == "preview" else "The update succeeded"
        yield f"{good} (exit code {code})."


def _stack(events: Sequence[Event]) -> str:
    """`project/stack`, by the first resource."""
    urn = next((str(each["resourcePreEvent"]["metadata"]["urn"]) for each in events if "resourcePreEvent" in each), "")
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    return f"{rest.partition('::')[0]}/{stack}" if rest else "the stack"


def _last(events: Sequence[Event], kind: str) -> Mapping[str, Any]:
    return next((each[kind] for each in reversed(events) if each.get(kind)), {})


def _losses(events: Sequence[Event]) -> list[str]:
    found = [each["resourcePreEvent"]["metadata"] for each in events if "resourcePreEvent" in each]
    said = losses(step(each.get("op"), each.get("urn"), each.get("old")) for each in found)
    return [f"LOSES    {line}" if "STATE" in line else f"loses    {line}" for line in said] or ["loses    nothing"]


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
    found = [each["diagnosticEvent"] for each in events if "diagnosticEvent" in each]
    text = "\n".join(str(each.get("message", "")) for each in found if each.get("severity") in _ERRORS)
    for line in without_traceback(text):
        if line.removeprefix("error: ") not in _ENDS:
            yield _short(line)


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
