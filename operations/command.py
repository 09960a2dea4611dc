"""The command line `dataconnect`."""

import typer

from operations.streams.command import queue, stream
from operations.tenants.command import tenant

CODES = """Exit codes: 0 done; 1 a step failed (run the same command again: it goes on from there); 2 wrong usage, credentials
or outputs, nothing was changed; 3 there is no such tenant, stream or queue; 4 its state, or another command, does not
allow it; 5 isolation is not proven; 6 something of a removed tenant is kept for now, or some records cannot be put back;
130 interrupted."""

app = typer.Typer(
    name="dataconnect",
    help="Day-2 operations of DataConnect.",
    epilog=CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _group() -> None:
    """Day-2 operations of DataConnect."""


app.add_typer(tenant, name="tenant", epilog=CODES)
app.add_typer(stream, name="stream", epilog=CODES)
app.add_typer(queue, name="queue", epilog=CODES)
