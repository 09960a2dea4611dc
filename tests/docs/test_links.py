"""What a page links to is there, and says what the link promises."""

import re
import subprocess
from pathlib import Path

import pytest

from docs.generate.source import ROOT

LINK = re.compile(r'\]\(([^)\s#]*)(#[^)\s]*)?(?:\s+"((?:[^"\\]|\\.)*)")?\)')


def pages() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted(listed)


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {"#" + re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}


@pytest.mark.parametrize("page", pages())
def test_every_link_leads_to_a_file_or_a_heading(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, heading, _ in LINK.findall(text):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if heading and file.suffix == ".md":
            assert heading in anchors(file.read_text(encoding="utf-8")), f"{page}: {target}{heading}"


def test_the_tour_stops_at_words_that_stand_there() -> None:
    tour = ROOT / "docs" / "tour.md"
    links = LINK.findall(tour.read_text(encoding="utf-8"))
    stops = [(target, words.replace('\\"', '"')) for target, _, words in links if words]
    assert len(stops) > 20
    for target, words in stops:
        found = Path(tour.parent, target).resolve().read_text(encoding="utf-8").count(words)
        assert 1 <= found <= 3, f"{target} has {words!r} {found} times: a reader must find the place"
