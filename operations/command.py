"""The command line `dataconnect`."""

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer._click.exceptions import UsageError  # typer's own, for which it has no public name
from typer.core import TyperGroup

from operations import policy as policies
from operations import stack as stacks
from operations.alerts.command import alerts
from operations.cache.command import cache
from operations.cost.command import cost
from operations.credentials.command import credentials
from operations.environments.command import environment
from operations.errors import Code, OperationError
from operations.logs.command import logs
from operations.options import AsJson, OfStack, Outputs
from operations.output import Output, error_as_json
from operations.promises.command import slo
from operations.recovery.lost_command import recovery
from operations.schedule.command import schedule
from operations.search.command import search
from operations.shares.command import share
from operations.streams.command import queue, stream
from operations.tenants.service_command import tenant

CODES = """Exit codes: 0 done; 1 a step failed (run the same command again: it goes on from there); 2 wrong usage, credentials
or outputs, nothing was changed; 3 there is no such tenant, share, stream, queue, user, incident
or run; 4 its state, or another command,
does not allow it; 5 isolation is not proven; 6 not finished: a silo is not deployed yet, something of a removed tenant is kept
for now, some records cannot be put back, or a recovery run died; 130 interrupted."""


class Group(TyperGroup):
    """The commands; a wrong option or argument is told as JSON, too, where that is asked for."""

    _as_json = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what stands before the first command."""
        self._as_json = "--json" in args
        return self._told(lambda: super(Group, self).parse_args(ctx, args))

    def invoke(self, ctx: Any) -> Any:
        """Read the rest, and run the command."""
        return self._told(lambda: super(Group, self).invoke(ctx))

    def _told(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except UsageError as error:
            if self._as_json:
                print(json.dumps(error_as_json(error.format_message(), Code.USAGE), indent=2), flush=True)
            raise


app = typer.Typer(
    name="dataconnect",
    cls=Group,
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


@app.command()
def policy(
    stack: OfStack,
    export_to: Annotated[
        list[str] | None,
        typer.Option(metavar="BUCKET", help="A bucket that `tenant remove --export-to` may name; none without it."),
    ] = None,
    part: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Print the Nth of the managed policies that hold it."),
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Print the IAM policy of a role that runs all these commands on a stack, and may do nothing else.

    All but `environment`, which deploys: its role is in docs/delivery.md.

    Whoever owns the roles in dataconnect:tenantOperators puts it there, again after a deployment that changes the lake's
    buckets, tables, queues, streams or workloads. A role that operates a stack with a recovery region has that one's, too. It
    asks AWS nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        made = policies.document(stacks.load_operated(stack, outputs), export_to or ())
        parts = policies.parts(made)
        if part is not None and part > len(parts):
            raise OperationError(f"--part is {part}; expected 1 to {len(parts)}", Code.USAGE)
        wanted = made if part is None else parts[part - 1]
        output.result(wanted, [json.dumps(wanted, indent=2)])
        fits = f"IAM takes {policies.INLINE} inline in a role, {policies.MANAGED} in a managed policy"
        split = f", so {len(parts)} of them hold all (--part 1 to {len(parts)})" if len(parts) > 1 else ""
        print(f"dataconnect: {policies.size(wanted)} characters; {fits}{split}", file=sys.stderr)


app.add_typer(tenant, name="tenant", epilog=CODES)
app.add_typer(share, name="share", epilog=CODES)
app.add_typer(stream, name="stream", epilog=CODES)
app.add_typer(queue, name="queue", epilog=CODES)
app.add_typer(cache, name="cache", epilog=CODES)
app.add_typer(credentials, name="credentials", epilog=CODES)
app.add_typer(search, name="search", epilog=CODES)
app.add_typer(schedule, name="schedule", epilog=CODES)
app.add_typer(environment, name="environment", epilog=CODES)
app.add_typer(slo, name="slo", epilog=CODES)
app.add_typer(alerts, name="alerts", epilog=CODES)
app.add_typer(logs, name="logs", epilog=CODES)
app.add_typer(recovery, name="recovery", epilog=CODES)
app.add_typer(cost, name="cost", epilog=CODES)
