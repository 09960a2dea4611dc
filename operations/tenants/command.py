"""`dataconnect tenant`: onboarding, suspension, removal and placement of tenants."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from operations import stack as stacks
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.steps import Step, plan, run
from operations.tenants import cells, onboarding, removal, silos
from operations.tenants.certificate import Certificate, digest, keys, markdown
from operations.tenants.checking import checks
from operations.tenants.registry import Tenant, Tier, conflict
from operations.tenants.workspace import Opener, Workspace, open_workspace

tenant = typer.Typer(
    help="Tenants of a stack: onboard, look at, suspend and remove them. Every command may be repeated, and goes on"
    " where it stopped.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

MOST_TEXT: Final = 200
"""Characters of a name or a reason."""
MOST_TENANTS: Final = 10**9

Who = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's slug, or its id.")]
Unproven = Annotated[
    str | None,
    typer.Option(
        "--isolation-unproven",
        metavar="REASON",
        help="Do not try isolation, and write down why: an emulator of AWS that evaluates no policies proves nothing.",
    ),
]


def opener(context: typer.Context) -> Opener:
    """What opens a stack's things: AWS, unless whoever runs the command says otherwise."""
    return context.obj or open_workspace


@tenant.command()
def add(
    context: typer.Context,
    slug: Annotated[
        str,
        typer.Argument(
            metavar="SLUG",
            help="The lender's readable name: 2 to 39 lower-case letters, digits and -, a letter first, e.g. acme-home-loans.",
        ),
    ],
    stack: OfStack,
    name: Annotated[str | None, typer.Option(help="The lender's full name; the slug by default.")] = None,
    tier: Annotated[
        str | None,
        typer.Option(
            help="pool shares everything (the default); silo has a key, buckets and a database of its own, which an entry in"
            " the settings makes: the command tells it, ends with exit code 6, and goes on once it is deployed."
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="connections: sessions of each of its database users, 1 to 100 (5);"
            " scanned_gib_per_month: GiB that its queries may scan, 1 to 1,000,000 (1,000).",
        ),
    ] = None,
    unproven: Unproven = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Onboard a tenant: slug and id, limits, folders, database users, isolation tried, active.

    It creates no Pulumi resource; a silo's are made by its entry in the settings, in between. The id is random and stays the
    tenant's; the slug is for people, and is never given twice.
    """
    output = Output(as_json=as_json)
    with output.ending():
        limits, wanted = limits_of(limit or []), _tier(tier)
        onboarding.check_new(slug, limits)
        check_text("--name", name)
        check_text("--isolation-unproven", unproven)
        space = opener(context)(stacks.load(stack, outputs))
        who = onboarding.candidate(space, slug, name=name, tier=wanted, limits=limits)
        if not dry_run:
            who = onboarding.claim(space, who)
        try:
            _do(space, who, onboarding.add_steps(space, who, unproven=unproven), output, dry_run=dry_run)
        except silos.NotDeployedError:
            found = space.registry.get(who.id)
            lines = [*_lines(found), "", *silos.entry_lines(space.stack, found)]
            output.result({**_row(found), "entry": silos.entry(found)}, lines)
            raise
        _tell(space, who, output, dry_run=dry_run)


@tenant.command()
def show(context: typer.Context, who: Who, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show a tenant's entry in the registry, and the journal of what was done to it."""
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        found = space.registry.get(who)
        steps = space.registry.steps(found.id)
        rows = [("step", "state", "started", "finished")]
        rows += [(each["step"], each["state"], each["started_at"], each["finished_at"] or "") for each in steps]
        output.result({**_row(found), "steps": steps}, [*_lines(found), "", *columns(rows)])


@tenant.command("list")
def list_all(
    context: typer.Context,
    stack: OfStack,
    status: Annotated[str | None, typer.Option(help="Only those: onboarding, active, suspended, removing or removed.")] = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """List the tenants of a stack, by slug, and what is wrong: with its silos, and with roles that let in who has no access.

    Where lenders query, it tells since when somebody is cut off, whose queries have scanned what they may this month.

    What changed within the last second may be missing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        known = ("onboarding", "active", "suspended", "removing", "removed")
        if status is not None and status not in known:
            raise OperationError(f"--status is {status!r}; expected one of {', '.join(known)}", Code.USAGE)
        space = opener(context)(stacks.load(stack, outputs))
        everybody = space.registry.of_cell(space.stack.name)
        found = [each for each in everybody if status in (None, each.status)]
        wrong, lacking = silos.faults(space, everybody), space.access.faults()
        cut_off = _cut_off(space, found)
        rows = [("slug", "id", "status", "tier", "created", *(("cut off since",) if space.workgroups else ()))]
        rows += [
            (*(each.slug, each.id, each.status, each.tier, each.created_at), *((cut_off[each.id] or "",) if cut_off else ()))
            for each in found
        ]
        told = [*(f"silo: {each['told']}" for each in wrong), *(f"access: {each['told']}" for each in lacking)]
        told = ["", *told] if told else []
        faults = {"silo_faults": wrong, "access_faults": lacking}
        listed = [_row(each) | ({"cut_off_since": cut_off[each.id]} if cut_off else {}) for each in found]
        output.result({"tenants": listed, **faults}, [*columns(rows), *told])


@tenant.command()
def suspend(
    context: typer.Context, who: Who, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False, dry_run: DryRun = False
) -> None:
    """Take a tenant its access, and keep its data: every tenant role denies its sessions, its database users are locked."""
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        found = _in(space.registry.get(who), "active", "suspended")
        _do(space, found, onboarding.suspend_steps(space, found), output, dry_run=dry_run)
        _tell(space, found, output, dry_run=dry_run)


@tenant.command()
def resume(
    context: typer.Context, who: Who, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False, dry_run: DryRun = False
) -> None:
    """Give a suspended tenant its access back."""
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        found = _in(space.registry.get(who), "suspended", "active")
        _do(space, found, onboarding.resume_steps(space, found), output, dry_run=dry_run)
        _tell(space, found, output, dry_run=dry_run)


@tenant.command()
def access(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Deny those without access on every tenant role of the stack and of its recovery, also on roles made since.

    A role is made without the list. Deployments run this after `pulumi up`; whoever deploys by hand does. Where nothing lacks,
    it changes nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        told = opener(context)(stacks.load(stack, outputs)).access.apply()
        changed = f"changed: {', '.join(told['changed']) or 'none'}"
        output.result(told, [f"{told['without_access']} tenants denied on {len(told['roles'])} roles; {changed}"])


@tenant.command()
def remove(
    context: typer.Context,
    who: Who,
    stack: OfStack,
    export_to: Annotated[
        str | None, typer.Option(metavar="BUCKET", help="Copy its curated data and dumps to this bucket first, under export/.")
    ] = None,
    no_export: Annotated[bool, typer.Option("--no-export", help="Hand nothing over: everything is lost.")] = False,
    yes: Annotated[
        str | None, typer.Option("--yes", metavar="SLUG", help="The slug once more; without it, it is asked for.")
    ] = None,
    unproven: Unproven = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Remove a tenant and all it has, and print the certificate of deletion. Nothing brings it back.

    Access first, then the data: sessions, a list of every object version, the export, objects in all versions and replicas,
    items, rows and users of the database; then it looks whether anything is left. What an object lock keeps is told with its
    date, ends with exit code 6 and without a certificate: run the same command again after that date. The certificate is in
    the bucket config under certificates/, as JSON and Markdown.
    """
    output = Output(as_json=as_json)
    with output.ending():
        if bool(export_to) == no_export:
            given = "both" if no_export else "none"
            raise OperationError(f"{given} of --export-to and --no-export is given; expected one of them", Code.USAGE)
        space = opener(context)(stacks.load(stack, outputs))
        found = space.registry.get(who)
        check_text("--isolation-unproven", unproven)
        if export_to:
            silos.last_home(space, found).lake.check_target(export_to)
        if not dry_run:
            _confirm(found, yes)
        steps = removal.remove_steps(space, found, export_to=export_to, unproven=unproven)
        if found.status != "removed":
            _do(space, found, steps, output, dry_run=dry_run)
        if dry_run:
            _tell(space, found, output, dry_run=True)
        else:
            _certify(space, found, removal.close(space, found), output)


@tenant.command()
def verify(
    context: typer.Context,
    who: Who,
    stack: OfStack,
    unproven: Unproven = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Look whether a tenant is, everywhere, what the registry says, and try isolation. It changes nothing of the tenant's."""
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        check_text("--isolation-unproven", unproven)
        found = space.registry.find(who)
        if found is None and (fault := silos.fault(space, who, None)):
            raise OperationError(f"there is no tenant {who!r} here, but a silo: {fault}", Code.UNKNOWN)
        found = found or space.registry.get(who)
        results = list(checks(space, found, unproven=unproven))
        rows = [(found.status, "", ""), *((each.name, "right" if each.right else "WRONG", each.told) for each in results)]
        output.result({"tenant": _row(found), "checks": [vars(each) for each in results]}, columns(rows))
        if wrong := [each.name for each in results if not each.right]:
            raise OperationError(
                f"tenant {found.slug} is {found.status}, but not so: {', '.join(wrong)}",
                Code.ISOLATION if "isolation" in wrong else Code.FAILED,
            )


@tenant.command()
def placement(
    tenants: Annotated[list[int] | None, typer.Argument(help="Numbers of tenants; 75, 1000 and 10000 by default.")] = None,
    silo_share: Annotated[float, typer.Option(help="Share of tenants with resources of their own.")] = cells.SILO_SHARE,
    as_json: AsJson = False,
) -> None:
    """Show how many cells a number of tenants takes, and which quota of AWS is met first. It asks no stack.

    A cell is one stack in an account and region of its own, filled to 70 % of every quota.
    """
    output = Output(as_json=as_json)
    with output.ending():
        if not 0 <= silo_share <= 1:
            raise OperationError(f"--silo-share is {silo_share}; expected 0 to 1", Code.USAGE)
        if wrong := [size for size in tenants or () if not 1 <= size <= MOST_TENANTS]:
            raise OperationError(f"TENANTS has {wrong[0]}; expected 1 to {MOST_TENANTS}", Code.USAGE)
        found = cells.table(tenants or cells.SIZES, silo_share=silo_share)
        rows: list[Sequence[object]] = [("quotas", "tenants", "pool", "silo", "cells", "a cell holds", "met first", "used")]
        rows += [
            (
                *(each[name] for name in ("quotas", "tenants", "pool", "silo")),
                *(each["cells"] or "none", each["ceiling"], each["first"]),
                f"{each['used']:.0%}",
            )
            for each in found["placements"]
        ]
        own: list[Sequence[object]] = [("quota", "as given", "raised", "shared", "pool", "silo", "what a tenant takes")]
        own += [
            tuple(f"{each[name]:g}" if name not in ("name", "why") else each[name] for name in _QUOTA_COLUMNS)
            for each in found["quotas"]
        ]
        heading = f"Quotas of {found['as_of']}, used to {found['headroom']:.0%}; {silo_share:.0%} of the tenants have a silo."
        output.result(found, [heading, "", *columns(rows), "", *columns(own)])


_QUOTA_COLUMNS = ("name", "value", "raised", "shared", "pool", "silo", "why")


def _cut_off(space: Workspace, tenants: Sequence[Tenant]) -> dict[str, str | None]:
    """Id -> since when the tenant's queries are refused for what they scanned, None where not; empty without workgroups."""
    if not space.workgroups:
        return {}
    found = {each.id: space.registry.cut_off(each.id) for each in tenants if each.status != "removed"}
    return {each.id: str(told["since"]) if (told := found.get(each.id)) else None for each in tenants}


def _do(space: Workspace, who: Tenant, steps: Sequence[Step], output: Output, *, dry_run: bool) -> None:
    if dry_run:
        plan(steps, output.progress)
    else:
        run(steps, space.registry.journal(who.id), output.progress)


def _tell(space: Workspace, who: Tenant, output: Output, *, dry_run: bool) -> None:
    found = who if dry_run else space.registry.get(who.id)
    said = ["nothing was changed (--dry-run)"] if dry_run else []
    output.result({**_row(found), "dry_run": dry_run}, [*_lines(found), *said])


def _certify(space: Workspace, who: Tenant, made: Certificate, output: Output) -> None:
    names = keys(who, complete=made["complete"])
    place = f"s3://{space.lake.config}/{names.json}"
    output.result(
        {"certificate": made, "place": place, "sha256": digest(made)},
        [markdown(made), f"{place}, SHA-256 {digest(made)}"],
    )
    if not made["complete"]:
        raise removal.incomplete(who, made)


def _confirm(who: Tenant, yes: str | None) -> None:
    if yes is None:
        try:
            yes = typer.prompt(f"All data of {who.name} ({who.id}) will be deleted. Its slug, to go on", err=True)
        except typer.Abort as error:
            raise OperationError(f"nobody confirmed it; expected --yes {who.slug}", Code.USAGE) from error
    if yes != who.slug:
        raise OperationError(f"the slug is {who.slug}, not {yes!r}; nothing was changed", Code.USAGE)


def _in(who: Tenant, *statuses: str) -> Tenant:
    if who.status not in statuses:
        raise conflict(who, statuses)
    return who


def _tier(text: str | None) -> Tier | None:
    if text not in (None, "pool", "silo"):
        raise OperationError(f"--tier is {text!r}; expected pool or silo", Code.USAGE)
    return text


def check_text(option: str, text: str | None) -> None:
    """What ends in the registry and in certificates is read by people: one line, and not an empty one."""
    if text is not None and not (text.strip() and text.isprintable() and len(text) <= MOST_TEXT):
        shown = text if len(text) <= MOST_TEXT else f"{text[:40]}..."
        raise OperationError(f"{option} is {shown!r}; expected 1 to {MOST_TEXT} printable characters", Code.USAGE)


def limits_of(texts: Sequence[str]) -> dict[str, int]:
    """The limits that `--limit` gives.

    Raises:
        OperationError: on another form, or a name twice.
    """
    limits: dict[str, int] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not re.fullmatch(r"[0-9]{1,9}", value) or name in limits:
            raise OperationError(f"--limit is {text!r}; expected each name once, as connections=5", Code.USAGE)
        limits[name] = int(value)
    return limits


def _row(who: Tenant) -> dict[str, Any]:
    return {**vars(who), "limits": dict(who.limits)}


def _lines(who: Tenant) -> list[str]:
    return columns([(name, value) for name, value in _row(who).items() if value not in ("", {})])
