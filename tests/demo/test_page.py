"""What is shown is what was told: figures in proportion, and nothing of a lender's text is markup."""

import re
from xml.etree import ElementTree

from tests.demo.page import Chart, Refusal, Seen, Table, as_page
from tests.demo.slack import Slack
from tests.demo.strips import Span, Strips

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


def test_a_message_of_slack_links_what_is_a_link_and_no_other_text_is_markup() -> None:
    link = "<https://runbooks.dataconnect.example/a?b=1&amp;c=2|Runbook>"
    said = f"{link} &lt;!channel&gt;\n```aws rds <b>'x'</b>```<javascript:x|y>"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "CRITICAL: <b>"}},
        {"type": "context", "elements": [{"type": "plain_text", "text": "prod"}]},
        {"type": "section", "fields": [{"type": "plain_text", "text": "Owner: <i>"}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": said}},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Take <care>"}}]},
    ]
    found = "".join(Slack(title="t", source="s", blocks=blocks, thread=["RESOLVED: &lt;b&gt;"]).body())
    assert "<a href='https://runbooks.dataconnect.example/a?b=1&amp;c=2'>Runbook</a> &lt;!channel&gt;" in found
    assert "<pre><code>aws rds &lt;b&gt;&#x27;x&#x27;&lt;/b&gt;</code></pre>&lt;javascript:x|y&gt;" in found
    assert "CRITICAL: &lt;b&gt;" in found and "<li>Owner: &lt;i&gt;</li>" in found and "RESOLVED: &lt;b&gt;</p>" in found
    assert "<button disabled>Take &lt;care&gt;</button>" in found


def test_strips_are_as_long_as_their_hours_and_are_spoken() -> None:
    days = {"Mon": [Span(begins=7, ends=20, awake="all"), Span(begins=20, ends=20.25, awake="some")], "Tue": []}
    found = "".join(Strips(title="A week", source="s", days=days, legend={"all": "awake"}).body())
    svg = ElementTree.fromstring(found[: found.index("</svg>") + len("</svg>")])
    long = {each.attrib["class"]: float(each.attrib["width"]) for each in svg.iter("rect")}
    assert abs(long["all"] / long["asleep"] - 13 / 24) < 0.01
    assert svg.attrib["aria-label"] == "A week: Mon 07:00-20:00 all, 20:00-20:15 some; Tue asleep"
