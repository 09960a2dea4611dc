"""Catalogues that rules refer to: what each entry says, how grave it is, and its numbers in the published frameworks."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

SEVERITIES: Final = ("low", "medium", "high", "critical")
_COLUMNS: Final = {
    "nist_800_53_r5": "NIST 800-53 r5",
    "cis_aws_v3": "CIS AWS v3",
    "pci_dss_4": "PCI DSS 4",
    "soc2": "SOC 2",
    "ffiec": "FFIEC",
    "glba_16cfr314.4": "GLBA 16 CFR",
}
FRAMEWORKS: Final = tuple(_COLUMNS.values())


@dataclass(frozen=True)
class Entry:
    """One row of a catalogue.

    Attributes:
        id: Unique in its catalogue.
        service: The AWS service it is about.
        text: What is so where it holds, or what goes wrong where it does not.
        severity: One of `SEVERITIES`.
        frameworks: Framework name -> that framework's own numbers.
        answer: What AWS replies, where the row is a mistake that AWS refuses.
        source: Address of the page that says so.
    """

    id: str
    service: str
    text: str
    severity: str
    frameworks: Mapping[str, str] = field(default_factory=dict[str, str])
    answer: str = ""
    source: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A named set of entries by id."""

    name: str
    entries: Mapping[str, Entry]

    def gravest(self, ids: tuple[str, ...]) -> str:
        """The highest severity among these entries."""
        return max((self.entries[id_].severity for id_ in ids), key=SEVERITIES.index)

    def references(self, ids: tuple[str, ...]) -> str:
        """The frameworks' numbers of these entries as one line: `NIST 800-53 r5: SC-28(1); PCI DSS 4: 3.5.1`."""
        merged: dict[str, dict[str, None]] = {}
        for id_ in ids:
            for name, numbers in self.entries[id_].frameworks.items():
                merged.setdefault(name, {}).update(dict.fromkeys(numbers.split(", ")))
        return "; ".join(f"{name}: {', '.join(numbers)}" for name, numbers in merged.items())


@cache
def controls() -> Catalogue:
    """The project's copy of the control catalogue (`controls.tsv`)."""
    with (Path(__file__).parent / "controls.tsv").open(encoding="utf-8", newline="") as file:
        entries = {
            row["id"]: Entry(
                id=row["id"],
                service=row["service"],
                text=row["rule"],
                severity=row["severity"],
                frameworks={name: row[column] for column, name in _COLUMNS.items() if row[column]},
            )
            for row in csv.DictReader(file, delimiter="\t")
        }
    return Catalogue("DataConnect control catalogue", entries)
