"""`dataconnect search`: looking at the domain, and filling tenants' indexes anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Protocol

import typer

from operations import stack as stacks
from operations.aws import connect
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.search.rebuilding import REBUILT, rebuild_all
from operations.streams.queues import Queues
from operations.tenants.registry import Registry, Tenant
from operations.tenants.search import Search, SearchFunctions, State

search = typer.Typer(help="The search: show it, fill indexes anew, drop them.", no_args_is_help=True, rich_markup_mode=None)

LISTED: Final = 20
"""So many indexes of all tenants are listed for people, and shards that no node has."""


class Tenants(Protocol):
    """The registry, as far as this needs it."""

    def find(self, who: str) -> Tenant | None:
        """The tenant of an id or a slug."""
        ...

    def of_cell(self, cell: str) -> list[Tenant]:
        """All tenants of a cell."""
        ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a command works with.

    Attributes:
        cell: Whose tenants.
        tenants: Their registry.
        search: The functions of the stack's search.
        look: Tells of the domain and its indexes, or of those of one tenant.
        waiting: Tells what waits for the indexer, and its dead letters; None where no queue is known.
    """

    cell: str
    tenants: Tenants
    search: Search
    look: Callable[[str], State]
    waiting: Callable[[], dict[str, Any]] | None = None


Opener = Callable[[stacks.Searched], Place]


def open_place(stack: stacks.Searched) -> Place:
    """The things of a stack in AWS."""
    aws = connect(stack)
    functions = SearchFunctions(aws.awslambda, stack.search)

    def waiting(name: str, queue: stacks.Queue) -> dict[str, Any]:
        return {"name": name, **Queues(queue=queue, sqs=aws.sqs, cloudwatch=aws.cloudwatch).counts()}

    return Place(
        cell=stack.cell,
        tenants=Registry(aws.dynamodb, stack.registry),
        search=functions,
        look=functions.look,
        waiting=partial(waiting, *stack.queue) if stack.queue else None,
    )


OfTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="TENANT", help="Only that one, by its slug or id; all by default.")
]


@search.command()
def show(
    context: typer.Context,
    stack: OfStack,
    tenant: Annotated[
        str | None, typer.Argument(metavar="[TENANT]", help="A tenant, by its slug or id; all by default.")
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Show the domain's health, and indexes: generation, documents, newest state, blocks; what waits, and dead letters.

    Of all tenants, twenty indexes are listed: those that are not as they should be, or the largest. --json has all. It reads
    no document; the newest state is the latest `updated_at`, by the lender's clock.
    """
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        known = {each.id: each for each in _tenants(place, tenant, None)}
        told = place.look(next(iter(known)) if tenant else "")
        indexes = [_told_index(each, known) for each in told["indexes"]]
        present = {each["index"] for each in indexes if each["searched"]}
        missing = sorted(
            f"{each.slug}: {dataset}"
            for each in known.values()
            for dataset in place.search.datasets
            if each.status in REBUILT and not any(index.startswith(f"{each.id}-{dataset}-") for index in present)
        )
        queue = place.waiting() if place.waiting else None
        value = {**told, "indexes": indexes, "missing": missing, "queue": queue}
        output.result(value, _lines(value, all_indexes=tenant is not None))


def _told_index(told: State, known: Mapping[str, Tenant]) -> dict[str, Any]:
    """An index with whose it is, and what is wrong with it."""
    tenant, _, _ = told["index"].partition("-")
    found = known.get(tenant)
    troubles = [
        *([told["health"]] if told["health"] != "green" else []),
        *(f"blocks {each}" for each in told["blocks"]),
        *([] if told["alias"] else ["not searched: being filled, or left behind"]),
        *([] if found else ["of no tenant of this cell"]),
    ]
    return {**told, "slug": found.slug if found else tenant, "searched": bool(told["alias"]), "troubles": troubles}


def _lines(told: Mapping[str, Any], *, all_indexes: bool) -> list[str]:
    """The same for people."""
    indexes, nodes = told["indexes"], [("node", "heap %", "disk %", "cpu %"), *(tuple(each.values()) for each in told["nodes"])]
    rank = sorted(indexes, key=lambda each: (not each["troubles"], -each["bytes"]))
    listed = rank if all_indexes else ([each for each in rank if each["troubles"]] or rank)[:LISTED]
    rows = [("tenant", "index", "documents", "MiB", "newest state", "trouble")]
    rows += [
        (
            *(each["slug"], each["index"], each["documents"], round(each["bytes"] / 2**20, 1)),
            *(each["newest"] or "-", ", ".join(each["troubles"]) or "-"),
        )
        for each in listed
    ]
    unassigned = told["unassigned"]
    lost = [f"  {'copy' if each['copy'] else 'shard'} of {each['index']}: {each['reason']}" for each in unassigned[:LISTED]]
    queue = told["queue"]
    room = told["room"] or "an unknown number of"
    return [
        f"domain: {told['health']}, {told['shards']} of {room} shards, {len(unassigned)} more on no node",
        *lost,
        *([f"  why: {told['why']}"] if told["why"] else []),
        *([f"the whole domain refuses: {', '.join(told['blocks'])}"] if told["blocks"] else []),
        *columns(nodes),
        "",
        f"{len(listed)} of {len(indexes)} indexes",
        *columns(rows),
        *([f"no index yet, `dataconnect search rebuild` makes it: {', '.join(told['missing'])}"] if told["missing"] else []),
        "",
        f"queue {queue['name']}: {queue['queue']['waiting']} waiting, {queue['dead_letters']['waiting']} dead letters"
        if queue
        else "no queue is told by the stack's outputs",
    ]


@search.command()
def rebuild(
    context: typer.Context,
    stack: OfStack,
    tenant: OfTenant = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Fill tenants' indexes anew from the table of the newest states: for another mapping, and after a failover.

    A new index is filled beside the old one and takes its place in one step; people search the old one until then, and what
    comes in meanwhile is in both or comes again. Where there was none, they find less than there is until theirs is filled;
    five are at once. It may be interrupted, and run again. A document that does not fit the new mapping keeps the old index
    in place, and is told.
    """
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        found = _tenants(place, tenant, REBUILT)
        if dry_run:
            told = [{"tenant": each.id, "slug": each.slug} for each in found]
            output.result({"would_rebuild": told}, [f"{len(found)} tenants would be rebuilt (--dry-run)"])
            return
        done = rebuild_all(place.search, found, partial(_status, place))
        rows, left_out, failed = done.rows, done.left_out, done.failed
        table: list[Any] = [("tenant", "index", "written", "older", "copied", "refused")]
        table += [tuple(row[name] for name in ("tenant", "index", "written", "older", "copied", "refused")) for row in rows]
        ended = [f"{slug} is not active any more, and was left out" for slug in left_out]
        output.result({"rebuilt": rows, "left_out": left_out, "failed": failed}, [*columns(table), *ended, *failed])
        if failed:
            raise OperationError(f"{len(failed)} of {len(found)} tenants failed, {failed[0]}; run it again", Code.FAILED)
        if kept := [row for row in rows if not row["complete"]]:
            raise OperationError(
                f"{len(kept)} indexes are as they were: {kept[0]['refused']} documents of {kept[0]['tenant']} do not fit the"
                " new mapping. Mend that, and run it again",
                Code.INCOMPLETE,
            )


@search.command()
def drop(
    context: typer.Context,
    stack: OfStack,
    tenant: OfTenant = None,
    yes: Annotated[str | None, typer.Option("--yes", metavar="STACK", help="The stack's name once more; required.")] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Delete tenants' indexes: those of a recovery region that has handed back. `rebuild` makes them again."""
    output = Output(as_json=as_json)
    with output.ending():
        if yes != stack:
            given = "--yes is not given" if yes is None else f"--yes is {yes!r}"
            raise OperationError(f"{given}; give --yes {stack}: until it is rebuilt, nobody searches there", Code.USAGE)
        place = _place(context, stack, outputs)
        told = {each.id: place.search.order(each.id, action="remove")["changed"] for each in _tenants(place, tenant, None)}
        output.result({"dropped": told}, [f"{sum(map(bool, told.values()))} of {len(told)} tenants had something there"])


def _status(place: Place, tenant: str) -> str:
    found = place.tenants.find(tenant)
    return found.status if found else "removed"


def _place(context: typer.Context, stack: str, outputs: Any) -> Place:
    opener: Opener = context.obj or open_place
    return opener(stacks.load_searched(stack, outputs))


def _tenants(place: Place, who: str | None, statuses: tuple[str, ...] | None) -> list[Tenant]:
    if who is None:
        return [each for each in place.tenants.of_cell(place.cell) if statuses is None or each.status in statuses]
    found = place.tenants.find(who)
    if found is None:
        raise OperationError(f"there is no tenant {who!r} in {place.cell}", Code.UNKNOWN)
    if statuses is not None and found.status not in statuses:
        raise OperationError(f"tenant {found.slug} is {found.status}; expected {', '.join(statuses)}", Code.CONFLICT)
    return [found]
