"""Plans of any size, made of one that the engine printed: `python -m tests.bench.estates plan.json --out big.json`."""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policies.kit.resource import ROOT

Document = Mapping[str, Any]
"""What `pulumi preview --json --show-sames` prints."""

_URN: Final = re.compile(rf'"(urn:pulumi:(?![^"]*::(?:pulumi:providers:|{ROOT}::))[^"]+)"')
_NAMES: Final = (
    (re.compile(r"-[0-9a-f]{7}\b"), "-{:07x}"),  # what Pulumi appended
    (re.compile(r'(?<!"Environment": ")\bprod\b(?!::)'), "prod{}"),  # names that tell the stack
    (re.compile(r'"dataconnect/'), '"dataconnect{}/'),  # repositories
    (re.compile(r"\b10\.20\."), "10.{}."),  # networks
)
"""What is another in each copy, as in a real estate: physical names and address ranges."""


def copied(document: Document, resources: int) -> Document:
    """A plan of so many resources: the document's own, then copies of all of them; what they refer to is in the same copy."""
    steps: list[Any] = list(document["steps"])
    texts = [json.dumps(each) for each in steps if each["newState"]["type"] != ROOT]
    for number in range(1, resources // len(texts) + 1):
        steps += (json.loads(_renamed(text, number)) for text in texts)
    return _of(document, steps[:resources])


def alike(document: Document, token: str, resources: int) -> Document:
    """A plan of so many resources: the document's own, then copies of its first one of a type; only their URNs differ."""
    steps: list[Any] = list(document["steps"])
    one = next(each for each in steps if each["newState"]["type"] == token)
    for number in range(resources - len(steps)):
        urn = f"{one['urn']}-{number}"
        steps.append({**one, "urn": urn, "newState": {**one["newState"], "urn": urn}})
    return _of(document, steps)


def _of(document: Document, steps: Sequence[Any]) -> Document:
    return {**document, "steps": steps, "changeSummary": {"create": len(steps)}}


def _renamed(text: str, number: int) -> str:
    for pattern, name in _NAMES:
        text = pattern.sub(name.format(number + 20 if "10." in name else number), text)
    return _URN.sub(rf'"\1-{number}"', text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.estates", description=__doc__)
    parser.add_argument("plan", type=Path, help="what `pulumi preview --json --show-sames` printed for a new stack")
    parser.add_argument("--resources", type=int, default=20_000, help="how many; by default %(default)s")
    parser.add_argument("--alike", metavar="TYPE", help="copies of the first resource of this type, instead of all")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    document = json.loads(chosen.plan.read_text())
    made = alike(document, chosen.alike, chosen.resources) if chosen.alike else copied(document, chosen.resources)
    chosen.out.write_text(json.dumps(made))


if __name__ == "__main__":
    main()
