"""`python -m policies.evidence.run --out FOLDER -- pulumi preview ARGS...`: previews, and judges what the preview prints.

What `make evidence` and `python -m delivery.deploy evidence` share. The folder holds this run's evidence and its `plan.json`,
or, when the run fails, none.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from policies.evidence.__main__ import main as judge
from policies.evidence.__main__ import rule_name
from policies.evidence.place import PLAN, InvalidPlaceError, forget
from policies.evidence.text import without_traceback
from policies.kit.pack import InvalidConfigurationError

COMPLETE: Final = ("--json", "--show-sames")
"""What a preview needs, to print every resource for machines."""

_ERRORS: Final = ("error", "info#err")
"""Severities of the engine's own errors, and of what the program printed when it ended."""


def main(arguments: Sequence[str]) -> int:
    """The evidence's exit code (0, 1), or 2 if there is no evidence: the message says why."""
    parser = argparse.ArgumentParser(prog="python -m policies.evidence.run", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the files; it is made")
    parser.add_argument("--policy-pack-config", default="", help="as for `pulumi preview`")
    parser.add_argument("--rule", default="", help="print every finding of this rule in full")
    parser.add_argument("--more", default="--rule NAME", help="how a reader asks for --rule, by default: %(default)s")
    parser.add_argument("preview", nargs="+", help="the command, without --json; after `--`")
    chosen = parser.parse_args(arguments)
    try:
        forget(chosen.out)
        rule = ["--rule", rule_name(chosen.rule)] if chosen.rule else []
    except (InvalidPlaceError, InvalidConfigurationError) as error:
        return _failed(str(error))
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch, PLAN)
        try:
            with plan.open("wb") as file:
                code = subprocess.run([*chosen.preview, *COMPLETE], stdout=file, check=False).returncode  # noqa: S603
        except OSError as error:
            return _failed(f"{chosen.preview[0]} cannot be run: {error.strerror}")
        if code:
            return _failed(f"the preview failed (exit code {code}), so there is nothing to judge{_reason(plan)}")
        configuration = ["--policy-pack-config", chosen.policy_pack_config] if chosen.policy_pack_config else []
        return judge([str(plan), "--out", str(chosen.out), "--keep-plan", f"--more={chosen.more}", *rule, *configuration])


def _failed(message: str) -> int:
    sys.stderr.write(f"evidence: {message}\n")
    return 2


def _reason(plan: Path) -> str:
    """What the preview said was wrong; with `--json` that stands among what it printed, not on the error stream."""
    try:
        found: Any = json.loads(plan.read_bytes())
        diagnostics = cast(list[dict[str, Any]], found.get("diagnostics") or [])
        said = "".join(str(each.get("message", "")) for each in diagnostics if each.get("severity") in _ERRORS)
    except (ValueError, AttributeError, TypeError):
        said = ""
    lines = list(without_traceback(said))
    return ":\n" + "\n".join(f"  {line}" for line in lines) if lines else "; it says why above"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
