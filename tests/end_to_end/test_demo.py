"""`make demo` goes as it must: the platform's code under the stack's own variables and policies."""

import subprocess
import sys

from tests.engine import CLONE


def test_two_lenders_go_through_the_platform() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.demo"], cwd=CLONE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("the policies allow each", "refused, each", "1 set aside {'json': 1}", "# Certificate of deletion"):
        assert told in done.stdout
    assert "Everything went as it must" in done.stdout
