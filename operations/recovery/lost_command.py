"""`dataconnect recovery lost`: which deliveries may have been lost with the other region."""

from typing import Annotated

import typer

from operations.options import AsJson, OfStack, Outputs
from operations.output import Output
from operations.recovery.command import moment, recovery
from operations.recovery.ledger import load
from operations.recovery.lost import look


@recovery.command()
def lost(
    stack: OfStack,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From when on, e.g. 2026-11-30T07:00:00Z; by default 15 minutes before the other region's last delivery.",
        ),
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """List what lenders delivered to the other region and is not in this one's raw buckets; --stack is that which took over.

    It reads the ledger, which has each request before anything of it is stored, and changes nothing. By default it goes back 15
    minutes from the last delivery to the other region, within which S3 copies 99.99 % of objects; where the alarm of the copies
    rang before, give --since. The ledger keeps a week. What was delivered in its own last second or two may be missing from it.
    It needs the role that operates tenants, as `dataconnect policy` prints it for this stack; that of recovery reads no tenant.
    """
    output = Output(as_json=as_json)
    with output.ending():
        begin = moment("--since", since) if since else None
        told = look(load(stack, outputs), begin)
        output.result(told.facts(), [*told.lines()])
