"""`dataconnect slo`: what services promise and keep, and what fails."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from operations.aws import Aws, connect
from operations.errors import Code, OperationError
from operations.insights import ask
from operations.options import AsJson, OfStack, Outputs
from operations.output import Output, columns
from operations.promises.measured import Kept, measure
from operations.promises.outputs import Promised, load_promised

slo = typer.Typer(help="Promises of services: what is kept, and what fails.", no_args_is_help=True, rich_markup_mode=None)

OfService = Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="A service or function; all by default.")]
FIELDS: Final = ("failed", "service", "operation", "tier", "kind", "fingerprint", "since", "last", "example")


@slo.command()
def show(
    context: typer.Context, stack: OfStack, service: OfService = None, outputs: Outputs = None, as_json: AsJson = False
) -> None:
    """Show what each service promises, what was kept in its window, what is left of its budget, and how fast that burns.

    A burn of 1 spends the budget in just the window; 14.4 in two days. Where nobody asked anything, nothing is measured.
    """
    output = Output(as_json=as_json)
    with output.ending():
        known = load_promised(stack, outputs)
        wanted = [each for each in known.promises if service in (None, each.service)]
        if service and not wanted:
            names = ", ".join(sorted({each.service for each in known.promises})) or "none: nothing is promised there"
            raise OperationError(f"{known.name} promises nothing of {service!r}; there is {names}", Code.UNKNOWN)
        cloudwatch = _open(context, known).cloudwatch if wanted else None
        found = [measure(each, cloudwatch) for each in wanted]
        output.result({"promises": [each.told() for each in found]}, _table(found))


def _table(found: list[Kept]) -> list[str]:
    if not found:
        return ["nothing is promised there"]
    rows: list[tuple[object, ...]] = [("service", "promise", "days", "requests", "good %", "budget left %", "1h", "6h", "3d")]
    for each in found:
        promise = each.promise
        tier = f" ({promise.tier})" if promise.tier else ""
        burn = (_number(value) for value in each.burn.values())
        left = _number(each.left_percent)
        rows.append(
            (
                *(promise.service, f"{promise.kind}{tier}: {promise.says}", promise.window_days, round(each.requests)),
                *(_number(each.good_percent, 3), left, *burn),
            )
        )
    return columns(rows)


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


@slo.command()
def failures(
    context: typer.Context,
    stack: OfStack,
    service: OfService = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 30, metavar="HOURS", help="So far back; 3 by default.")] = 3,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """List what failed by kind and fingerprint, the most frequent first, each with the trace of its newest example.

    It reads the lines that services tell of their requests (docs/telling.md), and no other. CloudWatch asks $0.005 for each GB
    of logs that it reads.
    """
    output = Output(as_json=as_json)
    with output.ending():
        known = load_promised(stack, outputs)
        if service is not None and service not in known.logs:
            raise OperationError(f"{known.name} has no {service!r}; there is {', '.join(sorted(known.logs))}", Code.UNKNOWN)
        groups = [known.logs[service]] if service else [*known.logs.values()]
        end = datetime.now(UTC)
        rows = ask(_open(context, known).logs, groups, known.failures, end - timedelta(hours=hours), end, sleep=time.sleep)
        if rows is None:
            raise OperationError("the logs cannot be asked: none of them exists yet, or the query took too long; run it again")
        told = [{field: row.get(field, "") for field in FIELDS} for row in rows]
        table = columns([FIELDS, *(tuple(each[field] or "-" for field in FIELDS) for each in told)])
        output.result({"failures": told}, table if told else [f"nothing failed in {hours} hours"])


def _open(context: typer.Context, known: Promised) -> Aws:
    opener: Callable[[Any], Aws] = context.obj or connect
    return opener(known)
