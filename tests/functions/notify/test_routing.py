"""Hours of people, by the clock on the wall of their zone, whatever the machine knows of time zones."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.base.hours import rules_of, spans_of
from functions.notify.routing import load
from tests.functions.notify.test_events import ROUTING


def written(folder: Path, **changes: Any) -> Path:
    document = {
        **ROUTING,
        "timezone": "America/Chicago",
        "hours": spans_of(["mon-fri 08:00-18:00", "sat 22:00-02:00"]),
        **changes,
    }
    (folder / "notify.json").write_text(json.dumps(document))
    (folder / "zone").write_bytes(rules_of("America/Chicago").read_bytes())
    return folder / "notify.json"


@pytest.mark.parametrize(
    ("when", "waits"),
    [
        # 08:00 in Chicago, in winter and in summer
        ("2026-12-01T14:00", False),
        ("2026-12-01T13:59", True),
        ("2026-07-01T13:00", False),
        ("2026-07-01T12:59", True),
        ("2026-12-02T00:00", True),
        # The night to Sunday
        ("2026-12-06T05:00", False),
        ("2026-12-06T08:00", True),
    ],
)
def test_what_can_wait_waits_for_the_hours_of_the_zone(tmp_path: Path, when: str, waits: bool) -> None:
    routing = load(written(tmp_path))
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert routing.wait("warning", now) is waits
    assert not routing.wait("critical", now)
    assert not load(written(tmp_path, hours=[])).wait("info", now)


def test_without_its_zones_rules_it_does_not_guess(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "zone").unlink()
    with pytest.raises(FileNotFoundError):
        load(file)
