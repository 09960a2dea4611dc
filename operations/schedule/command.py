"""`dataconnect schedule`: whether a stack sleeps, keeping it awake or putting it to sleep, and what that saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from functions.sleep.said import headline, held
from operations import stack as stacks
from operations.aws import connect
from operations.cost import resources
from operations.errors import Code, OperationError
from operations.invoke import invoke
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.schedule.money import saved
from operations.stack import Messaging

schedule = typer.Typer(
    help="The schedule: show it, keep a stack awake, put it to sleep, report.", no_args_is_help=True, rich_markup_mode=None
)

Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="HH:MM of today, or YYYY-MM-DDTHH:MM, in the schedule's time zone."),
]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a command works with.

    Attributes:
        awslambda: A client of Lambda.
        function: The function that keeps the schedule.
        by: Who asks, as AWS knows them.
    """

    awslambda: Any
    function: str
    by: str

    def ask(self, what: str, **order: Any) -> Mapping[str, Any]:
        """What the function answers.

        Raises:
            OperationError: on an order that it cannot use.
        """
        # Of two orders the one that was given last counts, whichever had to wait.
        told = invoke(self.awslambda, self.function, order, what, tell_wait=order["do"] in ("order", "resume"))
        if "error" in told:
            raise OperationError(told["error"], Code.USAGE)
        return told

    def hold(self, holder: str, *, seconds: int = 3600) -> Mapping[str, Any]:
        """Keep the stack's databases awake for another stack that is being made or taken down; for 60 s to two hours.

        It is answered as `show` is: a thing of the kind `database` has the state `awake` once it serves. May be repeated.
        """
        what = f"keep the database awake for {holder}"
        return self.ask(what, do="hold", holder=holder, seconds=seconds, by=self.by)


Opener = Callable[[Messaging], Place]


def open_place(stack: Messaging) -> Place:
    """The schedule of a stack in AWS."""
    aws = connect(stack)
    return Place(awslambda=aws.awslambda, function=stack.sleeper or "", by=aws.sts.get_caller_identity()["Arn"])


@schedule.command()
def show(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show what the stack is to be, until when, how each thing is, and what would be done next; change nothing."""
    output = Output(as_json=as_json)
    with output.ending():
        _tell(output, _place(context, stack, outputs).ask("tell how the stack is", do="show"))


@schedule.command()
def wake(
    context: typer.Context,
    stack: OfStack,
    until: Until = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Wake the stack, for two hours unless --until says otherwise; a quarter of an hour later all of it is awake.

    Also what is awake stays so until then. After that the hours count again.
    """
    _order(context, stack, outputs, as_json=as_json, state="awake", until=until, dry=dry_run)


@schedule.command(name="keep-awake")
def keep_awake(
    context: typer.Context,
    stack: OfStack,
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="HH:MM of today, or YYYY-MM-DDTHH:MM, in the schedule's time zone.")
    ],
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Keep the stack awake until a time, two weeks from now at the most; also wakes it."""
    _order(context, stack, outputs, as_json=as_json, state="awake", until=until, dry=dry_run)


@schedule.command()
def sleep(
    context: typer.Context,
    stack: OfStack,
    until: Until = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Put the stack to sleep, until its next hours begin unless --until says otherwise. Jobs that run end first."""
    _order(context, stack, outputs, as_json=as_json, state="asleep", until=until, dry=dry_run)


@schedule.command()
def resume(
    context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False, dry_run: DryRun = False
) -> None:
    """Let the hours count again: takes back what `wake`, `keep-awake` or `sleep` ordered."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        _tell(output, place.ask("let the hours count again", do="resume", by=place.by, dry=dry_run))


@schedule.command()
def report(
    context: typer.Context,
    stack: OfStack,
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="How many days back; 30 by default.")] = 30,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Its state (`pulumi stack export`); by default Pulumi is asked for it."),
    ] = None,
    hours_only: Annotated[bool, typer.Option("--hours-only", help="Tell no money; the state is not needed.")] = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many hours each thing was known, awake and asleep, measured at each round; and what its sleep saved.

    Money is an estimate: the sizes of today at the list prices that `dataconnect cost` has.
    """
    output = Output(as_json=as_json)
    with output.ending():
        told = _place(context, stack, outputs).ask("report", do="report", days=days)
        usd: list[float | None] = [None for _ in told["things"]]
        if not hours_only:
            usd = saved(told["things"], stack.rpartition("/")[2], resources.read(stack, None, state))
        things = [
            {**each, "awake": round(each["hours"] - each["asleep"], 1), "asleepPercent": _percent(each), "savedUsd": money}
            for each, money in zip(told["things"], usd, strict=True)
        ]
        names = ("kind", "name", "hours", "awake", "asleep", "asleepPercent")
        rows: list[Any] = [("kind", "name", "hours", "awake", "asleep", "asleep %", *(() if hours_only else ("saved USD",)))]
        rows += [(*(each[name] for name in names), *(() if hours_only else (_shown(each["savedUsd"]),))) for each in things]
        total = round(sum(filter(None, usd)), 2)
        sums = [] if hours_only else [f"saved {total:,.2f} USD: an estimate, at list prices and the sizes of today"]
        result = {**told, "things": things, **({} if hours_only else {"savedUsd": total})}
        output.result(result, [f"since {told['since']}", *columns(rows), *sums])


def _shown(usd: float | None) -> str:
    return "-" if usd is None else f"{usd:,.2f}"


def _percent(told: Mapping[str, Any]) -> int:
    return round(100 * told["asleep"] / told["hours"]) if told["hours"] else 0


def _order(context: typer.Context, stack: str, outputs: Any, *, as_json: bool, **order: Any) -> None:
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        _tell(output, place.ask(f"have the stack {order['state']}", do="order", by=place.by, **order))


def _tell(output: Output, told: Mapping[str, Any]) -> None:
    """The answer of the function, for people and programs."""
    rows: list[Any] = [("kind", "name", "is", "is to be", "late", "says")]
    rows += [
        (
            *(each["kind"], each["name"], each["state"] or "unknown", each["wanted"]),
            *(f"{each['minutesLate']} min" if each["minutesLate"] else "-", each["says"]),
        )
        for each in told["things"]
    ]
    calls = [call for each in told["things"] for call in each["calls"]]
    does = "would be called" if told["dry"] else "called"
    lines = [
        headline(told),
        *held(told),
        *columns(rows),
        *(f"{does}: {call}" for call in calls),
    ]
    output.result(told, lines)


def _place(context: typer.Context, stack: str, outputs: Any) -> Place:
    known = stacks.load_messaging(stack, outputs)
    if known.sleeper is None:
        raise OperationError(f"{stack} has no schedule; expected a stack with dataconnect:schedule", Code.USAGE)
    opener: Opener = context.obj or open_place
    return opener(known)
