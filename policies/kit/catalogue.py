"""The project's copy of the control catalogue (`controls.tsv`): severities and the frameworks' own numbers for a control id."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SEVERITIES: Final = ("low", "medium", "high", "critical")
_FRAMEWORKS: Final = {
    "nist_800_53_r5": "NIST 800-53 r5",
    "cis_aws_v3": "CIS AWS v3",
    "pci_dss_4": "PCI DSS 4",
    "soc2": "SOC 2",
    "ffiec": "FFIEC",
    "glba_16cfr314.4": "GLBA 16 CFR",
}


@dataclass(frozen=True)
class Control:
    """One row of the catalogue. `frameworks` maps a framework's name to its own numbers for this control."""

    id: str
    service: str
    text: str
    severity: str
    frameworks: dict[str, str]


@cache
def controls() -> dict[str, Control]:
    """All controls by id."""
    with (Path(__file__).parent / "controls.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: Control(
                id=row["id"],
                service=row["service"],
                text=row["rule"],
                severity=row["severity"],
                frameworks={name: row[column] for column, name in _FRAMEWORKS.items() if row[column]},
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


def gravest(ids: tuple[str, ...]) -> str:
    """The highest severity among these controls."""
    return max((controls()[id_].severity for id_ in ids), key=SEVERITIES.index)


def references(ids: tuple[str, ...]) -> str:
    """The frameworks' numbers of these controls as one line: `NIST 800-53 r5: SC-28(1); PCI DSS 4: 3.5.1`."""
    merged: dict[str, dict[str, None]] = {}
    for id_ in ids:
        for name, numbers in controls()[id_].frameworks.items():
            merged.setdefault(name, {}).update(dict.fromkeys(numbers.split(", ")))
    return "; ".join(f"{name}: {', '.join(numbers)}" for name, numbers in merged.items())
