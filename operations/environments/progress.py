"""What the engine does, from its events, in lines that a person can read."""

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from operations.durations import spelled
from operations.output import printable

EVERY_SECONDS: Final = 10
"""How often a line is told, where something was done meanwhile."""
ERRORS: Final = 3
"""So many errors are told whole; the log has all."""
_PLAN: Final = re.compile(r"^ +[-+~]+ ?(\d+) to (?:create|update|replace|delete)\b", re.MULTILINE)
_PARTS: Final = ("create-replacement", "delete-replaced")
_UNCHANGED: Final = ("same", "read", "refresh")


def say(line: str) -> None:
    """One line, on the error stream."""
    print(f"dataconnect: {printable(line)}", file=sys.stderr, flush=True)


@dataclass(kw_only=True)
class Progress:
    """Reads events as they come.

    Attributes:
        what: What is done, e.g. `up of dev-ada`.
        durations: How many seconds earlier runs of that took.
        planned: Steps in all; 0 where nobody knows, until a preview has told.
        beat: Called at each look: shows that this command is alive.
        tell: Where lines go.
        clock: Seconds that only grow.
        now: The time of day.
    """

    what: str
    durations: Sequence[int] = ()
    planned: int = 0
    beat: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = say
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    errors: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._told = self._began
        self._told_done = 0
        self._read = 0
        self._planning = False
        self._steps: set[str] = set()
        end = f"; expected to end at {self._end():%H:%M}, as earlier runs did" if self.durations else ""
        self.tell(f"{self.what} begins{end}")

    @property
    def done(self) -> int:
        """How many steps are done, or planned while it plans."""
        return len(self._steps)

    @property
    def seconds(self) -> int:
        """How long it has taken until now."""
        return round(self.clock() - self._began)

    def _end(self) -> datetime:
        left = statistics.median(self.durations) - self.seconds if self.durations else 0
        return self.now() + timedelta(seconds=max(0, left))

    def read(self, events: Path) -> None:
        """Read what has come since, and tell a line where it is time for one."""
        self.beat()
        if events.is_file():
            try:
                self._read_on(events)
            except ValueError:
                # The engine began the file anew: the preview of an `up` has one, then the update.
                self._read = 0
        if self.done != self._told_done and self.clock() - self._told >= EVERY_SECONDS:
            self._line()

    def _read_on(self, events: Path) -> None:
        if events.stat().st_size < self._read:
            self._read = 0
        with events.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # The rest of it comes later.
                self._take(json.loads(line))
                self._read += len(line)

    def end(self, said: str) -> None:
        """Tell a last line. `said`, all that the engine said, has the plan where its events were gone too soon."""
        self.planned = self.planned or sum(map(int, _PLAN.findall(said)))
        self._line()

    def _line(self) -> None:
        self._told, self._told_done = self.clock(), self.done
        of = f" of {max(self.planned, self.done)}" if self.planned else ""
        doing = "steps planned" if self._planning else "steps done"
        late = self.durations and self.seconds > statistics.median(self.durations)
        end = "later than earlier runs" if late else f"expected to end at {self._end():%H:%M}" if self.durations else ""
        self.tell(", ".join(filter(None, (f"{self.what}: {self.done}{of} {doing}", f"{spelled_short(self.seconds)}", end))))

    def _take(self, event: Mapping[str, Any]) -> None:
        if "preludeEvent" in event:
            self._steps.clear()
        elif found := event.get("resourcePreEvent"):
            self._planning = bool(found.get("planning"))
            if self._planning:
                self._step(found["metadata"])
        elif found := event.get("resOutputsEvent"):
            if not found.get("planning"):
                self._step(found["metadata"])
        elif found := event.get("summaryEvent"):
            if found.get("isPreview"):
                changes = found.get("resourceChanges") or {}
                self.planned = sum(count for op, count in changes.items() if op not in (*_UNCHANGED, *_PARTS))
                self._planning = False
                self._steps.clear()
                self.tell(f"{self.what}: {self.planned} steps are planned")
        elif (found := event.get("diagnosticEvent")) and found.get("severity") == "error":
            self._error(str(found.get("urn") or "").rpartition("::")[2], str(found.get("message") or ""))
        elif (found := event.get("policyEvent")) and found.get("enforcementLevel") == "mandatory":
            self._error(str(found.get("policyName")), str(found.get("message") or ""))

    def _step(self, told: Mapping[str, Any]) -> None:
        # Once for each resource: one that replaces another has several, and a component tells its outputs once more. Of
        # providers the plan tells nothing.
        urn = str(told["urn"])
        if told["op"] not in _UNCHANGED and "::pulumi:providers:" not in urn:
            self._steps.add(urn)

    def _error(self, of: str, message: str) -> None:
        text = f"{of}: {_plain(message)}" if of else _plain(message)
        if text in self.errors or not text.strip():
            return
        if len(self.errors) < ERRORS:
            self.errors.append(text)
            self.tell(f"error: {text}")


def spelled_short(seconds: int) -> str:
    """Seconds below two minutes, else as `spelled`."""
    return f"{seconds} s" if seconds < 120 else spelled(timedelta(seconds=seconds))


def _plain(message: str) -> str:
    """Without the engine's marks of colour."""
    return re.sub(r"<\{%.*?%\}>", "", message).strip()
