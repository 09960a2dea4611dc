"""How it went, as the journal, people and the exit code tell it."""

import json
from dataclasses import dataclass, field
from typing import Final, Literal

from .changes import Change
from .order import UNKNOWN

State = Literal["done", "refused", "locked", "failed"]
EXIT: Final[dict[State, int]] = {"done": 0, "failed": 1, "refused": 3, "locked": 4}
"""State -> exit code; 2 is a task that was started with the wrong variables."""
_MOST: Final = 40


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What was found and done on the way; filled as it goes.

    Attributes:
        image: The commit of the image.
        deployed: The commit of the last deployment.
        cancelled: Locks that were taken away.
        stranded: URNs that an `up` was creating when it was cut off.
        made: Changes that were made.
        refused: Changes that were not to be made.
        left: Changes that a preview still shows after them.
        findings: What the policy packs say afterwards.
    """

    image: str
    deployed: list[str] = field(default_factory=list[str])
    cancelled: list[str] = field(default_factory=list[str])
    stranded: list[str] = field(default_factory=list[str])
    made: list[Change] = field(default_factory=list[Change])
    refused: list[Change] = field(default_factory=list[Change])
    left: list[str] = field(default_factory=list[str])
    findings: list[str] = field(default_factory=list[str])

    def facts(self) -> dict[str, object]:
        """For the journal: lists that fit it, what says nothing left out."""
        told = {
            "image": self.image,
            "deployed": (self.deployed or [UNKNOWN])[-1],
            "cancelled": self.cancelled,
            "stranded": self.stranded,
            "made": [str(each) for each in self.made],
            "refused": [str(each) for each in self.refused],
            "left": self.left,
            "findings": self.findings,
        }
        return {name: value[:_MOST] if isinstance(value, list) else value for name, value in told.items() if value}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it went.

    Attributes:
        state: `done`; `refused`, before anything was changed in AWS; `locked`, as somebody else is at work; `failed`.
        why: The reason, where it is not done.
        notes: What was found and done on the way.
    """

    state: State
    why: str
    notes: Notes

    @property
    def result(self) -> str:
        """For the journal, JSON."""
        return json.dumps({"outcome": self.state, **({"why": self.why[:2000]} if self.why else {}), **self.notes.facts()})

    def text(self, stack: str, setting: str) -> str:
        """For people; `setting` is what the stack file must say before it is deployed again."""
        notes = self.notes
        deployed = (notes.deployed or [UNKNOWN])[-1]
        lines = [
            f"Stack {stack} was brought together with AWS: {self.state}." + (f" {self.why}" if self.why else ""),
            f"Image of commit {notes.image}; the last deployment was of {deployed}.",
            *_listed("A lock of the state was cancelled, of", notes.cancelled),
            *_listed("An up had been cut off while it created; look in AWS for one without a stack:", notes.stranded),
            *_listed("Changed:", notes.made),
            *_listed("Not to be changed without a person, and so nothing was:", notes.refused),
            *_listed("Still to change:", notes.left),
            *_listed("What the policy packs find, which stopped nothing here but stops the next deployment:", notes.findings),
            f"Before the next deployment of {stack}: {setting} in its stack file.",
        ]
        return "\n".join(lines)[:100_000]


def _listed(title: str, items: list[str] | list[Change]) -> list[str]:
    return [title, *(f"  {item}" for item in items)] if items else []
