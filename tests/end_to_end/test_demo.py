"""`make demo` goes as it must: the platform's code under the stack's own variables and policies."""

import re
import subprocess
import sys
from typing import Final

from tests.demo.page import PAGE
from tests.engine import CLONE

TOLD: Final = (
    r"set aside \{'json': 1\}",
    r"acme finds \d+ loans in Ohio in its index",
    r"refused with 403: acme would search in the other's index, count it, have its words suggested, look its loans up",
    r"refused with 403: zenith would search in the other's index",
    r"one more of acme: a reader .* has it \d+ ms after it was sent, a search finds it after [\d.]+ s",
    r"in place of 50 GiB: CANCELLED: Bytes scanned limit was exceeded",
    r"acme may scan 1 GiB a month, and 1\.5 GiB are on its account: cut off\..* is disabled",
    r"within the hour it is let in again",
    r"dataconnect tenant usage acme: [\d,]+ bytes and \d+ rows stored",
    r"calls of the code in tenants' sessions: the policies allow each",
    r"calls for another's objects, items and database users: refused, each",
    r"the investor reads \d+ loans: product, state, status, rate_bp",
    r"revoked; read: AccessDenied",
    r"revoked; list: AccessDenied",
    r"key Disabled, 0 grants left",
    r"# Certificate of deletion",
    r"left of zenith: 0 objects",
    r"\d+ lines that functions have logged in this run, in 3 log groups: \d+ created\n",
    r"search tells of 40 requests, and writes one hostile line; the domain is gone: they wait in the queue",
    r"the domain is back, its first answer is lost: 40 known, 1 quarantined\n",
    r"dataconnect logs replay: 2 copies are shipped again: \d+ known\n",
    r"\d+ events were logged: 0 lost, 0 there twice",
    r"dataconnect logs show: application \d+, quarantine 1; quarantined: mapper_parsing_exception",
    r"dataconnect slo failures search: 5 times TimeoutError \([0-9a-f]{12}\), last in Root=1-692c5a00-0{22}25",
    r"dataconnect slo failures search: 1 times KeyError",
    r"dataconnect logs find Root=1-692c5a00-0{22}25: 1 event, search find, failed, of t\w{15}",
    r"search fails 12 of 100 requests from 02:31 on: after \d+ minutes search-objective-fast-burn-prod speaks",
    r"🔴 CRITICAL: search-objective-fast-burn-prod",
    r"nobody acknowledged it: platform is told, too, in C024PRODALERT",
    r"dataconnect alerts ack \w{6}: Acknowledged: by ada",
    r"🟢 RESOLVED: search-objective-fast-burn-prod, in the same message; nobody else was called",
    r"the database does not keep up: 13 alarms within 2 minutes",
    r"8 messages, and one of the others: 🔴 WARNING: Storm: 5 alarms of platform at once",
    r"one word acknowledges them; all are over: 🟢 RESOLVED: Storm: 5 alarms",
    r"ingest-function-errors fires while Slack is down: slack C024PRODCALLS: HTTP 503; the run ends with an error",
    r'a mail that the notifier has no part in: ALARM: "notifier-function-errors',
    r"1 message waited; Slack is back, and is told 1 time: 🔴 CRITICAL: ingest-function-errors",
    r"dataconnect alerts report: 15 alarms fired in 7 days",
    r"Wednesday: it wakes at 07:05, all of it is awake at 07:10",
    r"19:10 dataconnect schedule keep-awake --until 22:00: until 22:00 EST; all of it is awake until 22:\d\d",
    r"Thursday: the start of a service fails 2 times, and is repeated; it wakes at 07:05, all of it is awake at 07:20",
    r"Friday is a holiday: it is asleep all day",
    r"Sunday: clocks are put forward, to EDT; 04:45 the database is awake, to be patched, and services are asleep",
    r"Monday: it wakes at 07:05, all of it is awake at 07:10, 11:10 UTC",
    r"dataconnect schedule report: hours asleep, of 168\.0: database 11\d\.\d, service 11\d\.\d, batch 11\d\.\d",
    r"a month of such weeks: \d+ dollars in place of \d+, \d+ saved",
    r"ada is up in 10\.128\.\d+\.0/20, until \S+: https://ada\.dev\.dataconnect\.example",
    r"refused: --for is '8d', which is too long; expected a time such as 30m, 8h or 2d: 30 min to 7 d",
    r"the janitor, 3 h 10 min later: grace dev's alerts are told, \d+ min before its end: it is \S+@dataconnect\.example's",
    r"the janitor, 4 h 1 min later: grace taken down: it expired at ",
    r"ada takes hers down; environments left: 0; ranges and names are free again",
    r"Everything went as it must",
)
"""What it must tell, in this order."""


def test_two_lenders_go_through_the_platform() -> None:
    PAGE.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-m", "tests.demo"], cwd=CLONE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rest = done.stdout
    for told in TOLD:
        found = re.search(told, rest)
        assert found, f"{told}\n{done.stdout}"
        rest = rest[found.end() :]
    page = PAGE.read_text(encoding="utf-8")
    views = {name: re.search(rf"<section id='{name}'>(.*?)</section>", page, re.DOTALL) for name in ("acme", "zenith")}
    for name, view in views.items():
        assert view, name
        for title in ("Largest loans in Ohio", "Came in today", "Pipeline", "Volume by state", "Limits, and what they did"):
            assert title in view[1], (name, title)
        assert view[1].count("refused by OpenSearch") == 4, name
    on_call = re.search(r"<section id='on-call'>(.*?)</section>", page, re.DOTALL)
    assert on_call and on_call[1].count("<figure class='slack'>") == 5
    assert "<a href='https://runbooks.dataconnect.example/objective/fast-burn'>Runbook</a>" in on_call[1]
    assert page.count("<rect class='some'") >= 7
    assert "<script" not in page
    other = {"acme": "zenith", "zenith": "acme"}
    assert all(view and other[name] not in view[1] for name, view in views.items())
