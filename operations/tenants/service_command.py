"""`dataconnect tenant usage`, `limits`, `export` and `workgroups`: what a tenant uses, may use, and is handed."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final

import typer

from operations import stack as stacks
from operations.aws import connect
from operations.errors import OperationError
from operations.options import AsJson, OfStack, Outputs
from operations.output import Output, columns
from operations.stack import Queries
from operations.steps import run
from operations.tenants import silos
from operations.tenants import usage as counting
from operations.tenants.command import Who, limits_of, opener, tenant
from operations.tenants.limits import limits as tell_limits
from operations.tenants.limits import set_steps
from operations.tenants.meter import Month
from operations.tenants.onboarding import check_limits
from operations.tenants.registry import Registry, conflict
from operations.tenants.workgroups import DISABLED, ENABLED, Workgroups

Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE", help="A limit to be set: connections, or scanned_gib_per_month. Without, they are shown."
    ),
]
WITH_DATA: Final = ("active", "suspended")


@tenant.command()
def usage(
    context: typer.Context,
    who: Who,
    stack: OfStack,
    month: Annotated[
        str | None, typer.Option(help="A calendar month, UTC, e.g. 2026-11; the one that runs by default.")
    ] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a tenant stored, scanned, sent and holds, and an estimate of what that costs.

    The pool's is counted, at list prices or as a share of what all cost; a silo's own resources are told by Cost Explorer, by
    their tag. What is not known is `unknown`, and not in the sum. It changes nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        wanted = Month(month) if month else Month.now()
        space = opener(context)(stacks.load(stack, outputs))
        found = space.registry.get(who)
        told = counting.usage(space, found, wanted)
        heading = f"{found.slug} ({found.id}), {wanted.name}{'' if told['is_over'] else ', so far'}; prices of {counting.AS_OF}"
        output.result({"tenant": found.slug, "id": found.id, **told}, [heading, "", *columns(counting.rows(told))])


@tenant.command()
def limits(
    context: typer.Context,
    who: Who,
    stack: OfStack,
    limit: Limit = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Show a tenant's limits, what enforces each and what that did this month; with --limit, change them first."""
    output = Output(as_json=as_json)
    with output.ending():
        changes = limits_of(limit or [])
        check_limits(changes)
        space = opener(context)(stacks.load(stack, outputs))
        found = space.registry.get(who)
        if changes:
            if found.status != "active":
                raise conflict(found, ("active",))
            run(set_steps(space, found, changes), space.registry.journal(found.id), output.progress)
            found = space.registry.get(found.id)
        told = tell_limits(space, found)
        rows: list[Sequence[object]] = [("limit", "value", "enforced by", "this month")]
        rows += [tuple(each.values()) for each in told]
        output.result({"tenant": found.slug, "id": found.id, "limits": told}, columns(rows))


@tenant.command()
def export(
    context: typer.Context,
    who: Who,
    stack: OfStack,
    to: Annotated[str, typer.Option("--to", metavar="BUCKET", help="The bucket for handing over; none of the lake's.")],
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Copy a tenant's current curated data and dumps to a bucket, under export/, with a list of SHA-256s, and verify them.

    Within S3: nothing passes this machine. Run again, it copies what is missing or new. The tenant keeps all it has.
    """
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        found = space.registry.get(who)
        if found.status not in WITH_DATA:
            raise conflict(found, WITH_DATA)
        lake = silos.home(space, found).lake
        lake.check_target(to, "--to")
        told = lake.export(found.id, to)
        if faults := lake.export_faults(found.id, to):
            more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
            raise OperationError(f"the export in {to} is not whole: {'; '.join(faults[:3])}{more}. Run the same command again")
        lines = [f"{told['objects']} objects, {told['bytes']} bytes in {told['target']}, verified"]
        output.result({"tenant": found.slug, "id": found.id, **told}, [*lines, f"{told['manifest']}, SHA-256 {told['sha256']}"])


@tenant.command()
def workgroups(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Make every tenant's workgroup of Athena in the region of a stack what it should be.

    For a recovery stack above all, where nobody is taken in: after each `pulumi up` of it, and in a failover. It makes those of
    tenants with access, disables those of tenants without, and deletes those of removed ones. Where nothing lacks, it changes
    nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        name, queries = stacks.load_queries(stack, outputs)
        make: Callable[[str, Queries], tuple[Registry, Workgroups]] = getattr(context.obj, "queries", None) or _open
        registry, groups = make(name, queries)
        told = align(registry, groups)
        lines = [f"{what}: {', '.join(slugs) or 'none'}" for what, slugs in told.items()]
        output.result({"stack": name, **told}, lines)


def _open(name: str, queries: Queries) -> tuple[Registry, Workgroups]:
    aws = connect(queries, name)
    return Registry(aws.dynamodb, queries.registry), Workgroups(aws.athena, queries)


def align(registry: Registry, groups: Workgroups) -> dict[str, list[str]]:
    """Make the workgroups what the registry says; the slugs of tenants by what was done."""
    told: dict[str, list[str]] = {"made": [], "disabled": [], "deleted": [], "without a silo here": []}
    for each in registry.of_cell(groups.queries.cell):
        if each.status == "removed":
            if groups.state(each.id) is not None:
                groups.remove(each.id)
                told["deleted"].append(each.slug)
        elif each.status in ("suspended", "removing"):
            if groups.state(each.id) == ENABLED:
                groups.switch(each.id, DISABLED)
                told["disabled"].append(each.slug)
        elif each.status == "active":
            state = DISABLED if registry.cut_off(each.id) else ENABLED
            if each.tier == "silo" and each.id not in groups.queries.own_buckets:
                told["without a silo here"].append(each.slug)
            elif groups.faults(each, state):
                groups.make(each, state)
                # Who ends its access writes the status first, and switches then: one of the two sees the other.
                status = registry.get(each.id).status
                if status == "suspended":
                    groups.switch(each.id, DISABLED)
                elif status != "active":
                    groups.remove(each.id)
                what = {"active": "made", "suspended": "disabled"}.get(status, "deleted")
                told[what].append(each.slug)
    return told
