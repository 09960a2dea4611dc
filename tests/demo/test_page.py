"""What is shown is what was told: figures in proportion, and nothing of a lender's text is markup."""

import re
from xml.etree import ElementTree

from tests.demo.page import Chart, Refusal, Seen, Table, as_page

VIEW = Seen(
    who="acme",
    id="tacmeacmeacmeacm",
    parts=[
        Chart(title="By status", source="BI", rows={"funded": 50, "declined": 25}, unit="loans"),
        Table(title="Found", source="search", head=("loan", "state"), rows=[("L-1", "<script>alert(1)</script>")]),
        Chart(title="Nothing yet", source="live", rows={}),
    ],
    refusals=[Refusal(what="the other's index", by="OpenSearch", said="no permissions for [indices:data/read/search]")],
)


def test_bars_are_as_long_as_their_figures() -> None:
    page = as_page("Demo", "about", [VIEW])
    (svg,) = re.findall("<svg.*?</svg>", page)
    long, short = (float(bar.attrib["width"]) for bar in ElementTree.fromstring(svg).iter("rect"))
    assert long == 2 * short


def test_a_text_of_a_lender_is_no_markup() -> None:
    page = as_page("Demo", "about", [VIEW])
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_who_sees_no_picture_is_told_the_figures() -> None:
    assert "aria-label='By status: funded 50 loans; declined 25 loans'" in as_page("Demo", "about", [VIEW])


def test_an_empty_chart_says_so() -> None:
    assert as_page("Demo", "about", [VIEW]).count(">nothing</p>") == 1
