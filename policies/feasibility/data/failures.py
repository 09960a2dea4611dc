"""The catalogue of mistakes that pass a preview and fail, or silently break, at `up` (`failures.tsv`)."""

import csv
from functools import cache
from pathlib import Path

from policies.kit.catalogue import Catalogue, Entry


@cache
def failures() -> Catalogue:
    """All mistakes by id. One that a source confirms is `high`; one that is inferred stays `low`, so its rules only advise."""
    with (Path(__file__).parent / "failures.tsv").open(encoding="utf-8", newline="") as file:
        entries = {
            row["id"]: Entry(
                id=row["id"],
                service=row["service"],
                text=row["what_goes_wrong"],
                severity="low" if row["confidence"].startswith("inferred") else "high",
                answer=row["error_or_symptom"],
                source=row["source_url"],
            )
            for row in csv.DictReader(file, delimiter="\t")
        }
    return Catalogue("Apply-time failures of AWS", entries)
