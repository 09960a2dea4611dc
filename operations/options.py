"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

OfStack = Annotated[str, typer.Option("--stack", metavar="NAME", help="The stack where it is, e.g. prod.")]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--outputs", metavar="FILE", help="The stack's outputs (`pulumi stack output --json`); by default Pulumi is asked."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, an error too. Progress goes to the error stream.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what each step would do, and change nothing.")]
