"""`dataconnect` as the demonstration's chapters run it: the command line, with what stands in for AWS handed in."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from operations.command import app


def dataconnect(outputs: Path, opened: object, *words: str, stack: str = "prod") -> Any:
    """Run a command on a stack, whose outputs are in a file, and return what it says as JSON.

    `opened` is what the command opens AWS with. A command that fails ends the demonstration.
    """
    told = [*words, "--stack", stack, "--outputs", str(outputs), "--json"]
    done = CliRunner().invoke(app, told, obj=opened, catch_exceptions=False)
    if done.exit_code:
        raise SystemExit(f"dataconnect {' '.join(words)} ended with {done.exit_code}:\n{done.stderr}{done.stdout}")
    return json.loads(done.stdout)
