"""`dataconnect search`: filling tenants' indexes anew."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

import typer

from operations import stack as stacks
from operations.aws import connect
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.tenants.registry import Registry, Tenant
from operations.tenants.search import Search, SearchFunctions

search = typer.Typer(help="The search: fill indexes anew, or drop them.", no_args_is_help=True, rich_markup_mode=None)

WAIT_SECONDS: Final = 1
REBUILT: Final = ("active",)
"""Statuses of tenants whose indexes are filled: nobody searches another's, and what is being removed must not come back."""


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
    """

    cell: str
    tenants: Tenants
    search: Search


Opener = Callable[[stacks.Searched], Place]


def open_place(stack: stacks.Searched) -> Place:
    """The things of a stack in AWS."""
    aws = connect(stack)
    return Place(
        cell=stack.cell,
        tenants=Registry(aws.dynamodb, stack.registry),
        search=SearchFunctions(aws.awslambda, stack.search),
    )


OfTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="TENANT", help="Only that one, by its slug or id; all by default.")
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
    comes in meanwhile is in both or comes again. It may be interrupted, and run again. A document that does not fit the new
    mapping keeps the old index in place, and is told.
    """
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        found = _tenants(place, tenant, REBUILT)
        if dry_run:
            told = [{"tenant": each.id, "slug": each.slug} for each in found]
            output.result({"would_rebuild": told}, [f"{len(found)} tenants would be rebuilt (--dry-run)"])
            return
        rows = [row for each in found for row in rebuild_tenant(place.search, each.id)]
        table: list[Any] = [("tenant", "index", "written", "older", "copied", "refused")]
        table += [tuple(row[name] for name in ("tenant", "index", "written", "older", "copied", "refused")) for row in rows]
        output.result({"rebuilt": rows}, columns(table))
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
    yes: Annotated[str | None, typer.Option("--yes", metavar="STACK", help="The stack's name once more.")] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Delete tenants' indexes: those of a recovery region that has handed back. `rebuild` makes them again."""
    output = Output(as_json=as_json)
    with output.ending():
        if yes != stack:
            raise OperationError(f"--yes is {yes!r}; expected {stack}: until it is rebuilt, nobody searches there", Code.USAGE)
        place = _place(context, stack, outputs)
        told = {each.id: place.search.order(each.id, action="remove")["changed"] for each in _tenants(place, tenant, None)}
        output.result({"dropped": told}, [f"{sum(map(bool, told.values()))} of {len(told)} tenants had something there"])


def rebuild_tenant(place: Search, tenant: str) -> Iterator[dict[str, Any]]:
    """Fill each index of a tenant anew; a row for each."""
    # Its role, its people, and an index where there is none: as after a failover.
    before = place.order(tenant, action="verify")
    made = place.order(tenant, action="add")
    for dataset in place.datasets:
        alias = f"{tenant}-{dataset}"
        if alias not in before["aliases"]:
            index = made["aliases"][alias]
            yield {"tenant": tenant, "index": index, **_fill(place, tenant, dataset, index), "copied": 0, "complete": True}
            continue
        index = place.order(tenant, dataset=dataset, step="begin")["index"]
        filled = _fill(place, tenant, dataset, index)
        done = place.order(tenant, dataset=dataset, step="switch")
        while not done["complete"] and not done["refused"]:
            time.sleep(WAIT_SECONDS)
            done = place.order(tenant, dataset=dataset, step="switch")
        refused = filled["refused"] + done["refused"]
        yield {
            "tenant": tenant,
            "index": done["index"],
            **filled,
            "refused": refused,
            "copied": done["copied"],
            "complete": done["complete"],
        }


def _fill(place: Search, tenant: str, dataset: str, index: str) -> dict[str, int]:
    counts: Counter[str] = Counter({"written": 0, "older": 0, "refused": 0})
    after = None
    while True:
        told = place.fill(tenant=tenant, dataset=dataset, index=index, after=after)
        counts.update({name: told[name] for name in ("written", "older", "refused")})
        after = told["after"]
        if after is None:
            return dict(counts)


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
