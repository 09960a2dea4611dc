"""What the page on schedules shows of dev is what dev has."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_setting_that_the_page_shows_is_devs_own() -> None:
    page = (ROOT / "docs/schedules.md").read_text(encoding="utf-8")
    ((file, shown),) = re.findall(r"```yaml\n# (\S+)\n(.*?)```", page, re.DOTALL)
    assert f"\n{shown}" in (ROOT / file).read_text(encoding="utf-8")
