"""`dataconnect cost`: what a stack costs, whether its tags count, and what is too large."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from operations import stack as stacks
from operations.aws import connect
from operations.cost import prices, report, resources, usage
from operations.cost.awake import ALWAYS, awake_of
from operations.cost.estimate import BY, estimate
from operations.cost.hints import Hint, hints
from operations.cost.savings import savings
from operations.cost.tags import ACTIVE, BESIDE, INACTIVE, WANTED, CostTags
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns


class Costs(TyperGroup):
    """The commands; `cost dev` is `cost estimate dev`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is left out."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["estimate", *args]
        return super().parse_args(ctx, args)


cost = typer.Typer(
    cls=Costs,
    help="Costs: `cost STACK` estimates a month of a stack; tags that AWS's bill counts by; what is larger than needed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Stack = Annotated[str, typer.Argument(metavar="STACK", help="The stack, e.g. dev.")]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="Its state (`pulumi stack export`); by default Pulumi is asked for it."),
]


@cost.command("estimate")
def show(
    stack: Stack,
    planned: Annotated[
        Path | None,
        typer.Option("--planned", metavar="FILE", help="What there will be (`pulumi preview --json`), not what is deployed."),
    ] = None,
    state: State = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How much it is used (usage.toml); by default the profile called as the stack."),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="WHAT", help=f"Sum by {', '.join(BY)} or tag:<key>, e.g. tag:CostCenter.")
    ] = "component",
    with_savings: Annotated[bool, typer.Option("--savings", help="Tell what schedule, Spot and shared database save.")] = False,
    environments: Annotated[
        int,
        typer.Option(min=1, max=100, metavar="N", help="With --savings: so many environments use its database; 1 by default."),
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Estimate what a stack costs a month, planned or deployed: at the least, as a rule, at the most, awake and asleep.

    Prices are those of prices.csv, with their sources and days; what has none is told, and is not in the sum. It asks AWS
    nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        _check(stack, planned, state, by)
        name = stack.rpartition("/")[2]
        known = usage.load(profile) if profile else usage.load(name, exactly=False)
        table = prices.load()
        there = resources.read(stack, planned, state)
        found = estimate(there.resources, table, known)
        if not found.lines:
            raise OperationError(f"stack {stack} has no resource that costs anything; is it deployed?", Code.USAGE)
        awake = awake_of(there.schedule, datetime.now(UTC).date()) if there.schedule else ALWAYS
        saved = savings(found, table, awake, environments)
        told = report.value(found, table, known, stack=name, by=by, awake=awake, saved=saved)
        output.result(told, report.lines(told, savings=with_savings))


def _check(stack: str, planned: Path | None, state: Path | None, by: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}", stack) or stack.startswith("-"):
        raise OperationError(f"STACK is {stack!r}; expected the name of a stack, such as prod", Code.USAGE)
    if planned and state:
        raise OperationError("--planned and --state are both given; expected one of them", Code.USAGE)
    if by not in BY and not re.fullmatch(r"tag:[\w .:/=+@-]{1,128}", by):
        raise OperationError(f"--by is {by!r}; expected {', '.join(BY)} or tag:<key>", Code.USAGE)


@cost.command()
def tags(
    context: typer.Context,
    stack: OfStack,
    activate: Annotated[bool, typer.Option("--activate", help="Activate those that AWS knows and does not count by.")] = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Tell whether AWS's bill counts by the tags of this estate, for the account of a stack; exit code 6 unless by all.

    AWS knows a tag up to a day after the first resource bears it, and counts by it from its activation on, not backwards. In an
    organisation only the management account may: another account's credentials are refused.
    """
    output = Output(as_json=as_json)
    with output.ending():
        wanted = (*WANTED, *(BESIDE if _known(stack, outputs).takes_environments else ()))
        known = CostTags(costs=_aws(context, stack, outputs).costs, wanted=wanted)
        states = known.states()
        inactive = [tag for tag, state in states.items() if state == INACTIVE]
        refused: dict[str, str] = {}
        if activate and inactive and not dry_run:
            refused = known.activate(inactive)
            states |= {tag: ACTIVE for tag in inactive if tag not in refused}
        would = [f"would activate {tag} (--dry-run)" for tag in inactive if activate and dry_run]
        lines = [*columns([("tag", "state"), *states.items()]), *would]
        output.result({"tags": states, "refused": refused}, [*lines, *(f"{tag}: {why}" for tag, why in refused.items())])
        if missing := [f"{tag} ({state})" for tag, state in states.items() if state != ACTIVE]:
            raise OperationError(f"costs are not counted by {', '.join(missing)}", Code.INCOMPLETE)


@cost.command("hints")
def rightsizing(
    context: typer.Context,
    stack: OfStack,
    state: State = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Tell what was used so little in two weeks that half its size would have done, and what was seen. It changes nothing.

    Looked at are databases, services, caches and search domains: the highest value of each hour. Memory of databases is in no
    percentage: look at FreeableMemory before you follow. Functions tell their memory in their log only.
    """
    output = Output(as_json=as_json)
    with output.ending():
        known, aws = _known(stack, outputs), _aws(context, stack, outputs)
        # Of the usage, what costs by the hour takes the least number of tasks only, which all profiles have alike.
        found = hints(
            *(resources.read(stack, None, state).resources, aws.cloudwatch, known.account, datetime.now(UTC)),
            *(prices.load(), usage.load("dev")),
        )
        told = [_told(each) for each in found]
        rows = [(each["resource"], each["type"], each["seen"], each["says"]) for each in told]
        output.result({"hints": told}, columns([("resource", "type", "highest in two weeks", "hint"), *rows]))


def _told(hint: Hint) -> dict[str, Any]:
    seen = {metric: None if value is None else round(value, 1) for metric, value in hint.seen.items()}
    if hint.halved:
        says = f"half its size would have done, for {hint.usd:,.2f} USD a month less"
    else:
        says = "as large as it is used" if None not in seen.values() else f"{hint.hours} hours of data: too few"
    return {
        "resource": hint.resource.name,
        "type": hint.resource.service,
        "seen": ", ".join(f"{metric} {'-' if value is None else f'{value} %'}" for metric, value in seen.items()),
        "metrics": seen,
        "hours": hint.hours,
        "halved": hint.halved,
        "usd": float(round(hint.usd, 2)),
        "says": says,
    }


def _known(stack: str, outputs: Path | None) -> stacks.Messaging:
    return stacks.load_messaging(stack, outputs)


def _aws(context: typer.Context, stack: str, outputs: Path | None) -> Any:
    return (context.obj or connect)(_known(stack, outputs))
