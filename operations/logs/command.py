"""`dataconnect logs`: how far they are, what they say, and filling their domain again from the copies."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from operations.aws import Aws, connect
from operations.errors import Code, OperationError
from operations.invoke import invoke
from operations.logs.copies import HOUR, Copies, tell_again
from operations.logs.events import said
from operations.logs.moments import span
from operations.logs.outputs import Logs, Searched, load_logs
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.stack import Queue
from operations.streams.queues import Queues

logs = typer.Typer(
    help="Logs: how far they are, what they say, and filling their domain again.", no_args_is_help=True, rich_markup_mode=None
)

CLASSES = ("application", "audit", "access")
Since = Annotated[str, typer.Option(metavar="WHEN", help="From when: 30m, 2h or 3d before now, or 2026-11-30T10:00, UTC.")]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="Until when; now by default.")]


@logs.command()
def show(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show how far logs are: the newest copies, what waits for the shipper, and of each class the newest event.

    `quarantine` is what no index takes, with the reasons of the last day. An access log that nobody caused is no old one.
    """
    output = Output(as_json=as_json)
    with output.ending():
        found, aws = _open(context, stack, outputs)
        now = datetime.now(UTC)
        newest = [*_copies(found, aws).between(now - HOUR, now)]
        told: dict[str, Any] = {"copies": {"objects": len(newest), "bytes": sum(each.bytes for each in newest)}}
        lines = [f"copies of this hour and the last: {len(newest)}, {told['copies']['bytes'] / 2**20:.1f} MiB"]
        if found.searched is None:
            output.result({**told, "searched": None}, [*lines, f"{found.name} has copies only: nothing is searched there"])
            return
        queue = Queue(url=found.searched.queue_url, dead_letters_url=found.searched.dead_letters_url)
        counts = Queues(queue=queue, sqs=aws.sqs, cloudwatch=aws.cloudwatch).counts()
        domain = _ask(aws, found, found.searched, "show the log domain", show=True)
        rows = [("class", "indexes", "events", "MiB", "newest")]
        rows += [
            (name, each["indexes"], each["documents"], round(each["bytes"] / 2**20, 1), each["newest"] or "-")
            for name, each in sorted(domain["classes"].items())
        ]
        reasons = [f"quarantined in the last day, {reason}: {number}" for reason, number in domain["reasons"].items()]
        lines += [
            f"waiting for the shipper: {counts['queue']['waiting']}, dead letters: {counts['dead_letters']['waiting']}",
            f"domain: {domain['health']}",
            *columns(rows),
            *reasons,
        ]
        output.result({**told, "searched": domain, "queue": counts}, lines)


@logs.command()
def find(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="In Lucene's syntax, e.g. 'level:ERROR AND group:ingest*'.")],
    stack: OfStack,
    since: Since = "1h",
    until: Until = None,
    of_class: Annotated[
        list[str] | None, typer.Option("--class", metavar="CLASS", help="application, audit or access; all by default.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=500, metavar="N", help="Events that are told, the latest ones.")] = 50,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Find the latest events that say something; words without a field are looked for in the message.

    Of a line that a service tells of its work (docs/telling.md) its members are shown, the outcome first.
    """
    output = Output(as_json=as_json)
    with output.ending():
        if unknown := [each for each in of_class or () if each not in CLASSES]:
            raise OperationError(f"--class is {unknown[0]!r}; expected one of {', '.join(CLASSES)}", Code.USAGE)
        begins, ends = span(since, until)
        found, aws = _open(context, stack, outputs)
        order = {"query": query, "since": begins.isoformat(), "until": ends.isoformat()}
        order |= {"classes": [*(of_class or CLASSES)], "most": most}
        told = _ask(aws, found, _searched(found), "find events", find=order)
        lines = [f"{each['@timestamp']} {each['group']} {said(each)}" for each in reversed(told["events"])]
        output.result(told, [*lines, f"{len(told['events'])} of {told['total']} events"])


@logs.command()
def replay(
    context: typer.Context,
    stack: OfStack,
    since: Since,
    until: Until = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Have the copies of some hours shipped again: into a domain that lost them, or got them while it was not there.

    An event that is in the domain is not written again. Days that were deleted come back for as long as they were kept before.
    """
    output = Output(as_json=as_json)
    with output.ending():
        begins, ends = span(since, until)
        found, aws = _open(context, stack, outputs)
        searched = _searched(found)
        copies = [*_copies(found, aws).between(begins, ends)]
        size = sum(each.bytes for each in copies)
        if not dry_run:
            tell_again(aws.sqs, searched.queue_url, found.bucket, copies)
        told = {"objects": len(copies), "bytes": size, "told": 0 if dry_run else len(copies), "dry_run": dry_run}
        what = (
            "would be shipped again (--dry-run)" if dry_run else "are shipped again; `dataconnect logs show` tells what waits"
        )
        output.result(told, [f"{len(copies)} copies, {size / 2**20:.1f} MiB, {what}"])


def _open(context: typer.Context, stack: str, outputs: Any) -> tuple[Logs, Aws]:
    opener: Callable[[Logs], Aws] = context.obj or connect
    found = load_logs(stack, outputs)
    return found, opener(found)


def _copies(found: Logs, aws: Aws) -> Copies:
    return Copies(s3=aws.s3(found.region), bucket=found.bucket, prefix=found.prefix)


def _searched(found: Logs) -> Searched:
    if found.searched is None:
        expected = "a stack with dataconnect:logs.search: its copies are in S3, and events in CloudWatch"
        raise OperationError(f"nothing is searched in {found.name}; expected {expected}", Code.USAGE)
    return found.searched


def _ask(aws: Aws, found: Logs, searched: Searched, what: str, **order: Any) -> Any:
    return invoke(aws.awslambda, searched.function, {"endpoint": searched.endpoint, "region": found.region, **order}, what)
