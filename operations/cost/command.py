"""`dataconnect cost`: what a stack costs, whether its tags count, and what is too large."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from operations.cost import prices, report, resources, usage
from operations.cost.estimate import BY, estimate
from operations.cost.savings import savings
from operations.cost.week import OFFICE, awake_hours
from operations.errors import Code, OperationError
from operations.options import AsJson
from operations.output import Output


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
    awake: Annotated[
        str, typer.Option(metavar="WINDOW", help="When it is awake; what is stopped outside of it costs nothing then.")
    ] = OFFICE,
    with_savings: Annotated[bool, typer.Option("--savings", help="Tell what schedule, Spot and shared database save.")] = False,
    as_json: AsJson = False,
) -> None:
    """Estimate what a stack costs a month, planned or deployed: at the least, as a rule, at the most, awake and asleep.

    Prices are those of prices.csv, with their sources and days; what has none is told, and is not in the sum. It asks AWS
    nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        _check(stack, planned, state, by)
        hours = awake_hours(awake)
        name = stack.rpartition("/")[2]
        known = usage.load(profile or name)
        table = prices.load()
        found = estimate(resources.read(stack, planned, state), table, known)
        if not found.lines:
            raise OperationError(f"stack {stack} has no resource that costs anything; is it deployed?", Code.USAGE)
        told = report.value(
            found, table, stack=name, profile=known.profile, by=by, hours=hours, saved=savings(found, table, hours, awake)
        )
        output.result(told, report.lines(told, savings=with_savings))


def _check(stack: str, planned: Path | None, state: Path | None, by: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}", stack) or stack.startswith("-"):
        raise OperationError(f"STACK is {stack!r}; expected the name of a stack, such as prod", Code.USAGE)
    if planned and state:
        raise OperationError("--planned and --state are both given; expected one of them", Code.USAGE)
    if by not in BY and not re.fullmatch(r"tag:[\w .:/=+@-]{1,128}", by):
        raise OperationError(f"--by is {by!r}; expected {', '.join(BY)} or tag:<key>", Code.USAGE)
