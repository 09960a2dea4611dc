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
    other = {"acme": "zenith", "zenith": "acme"}
    assert all(view and other[name] not in view[1] for name, view in views.items())
