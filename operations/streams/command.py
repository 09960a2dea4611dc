"""`dataconnect stream` and `dataconnect queue`: what could not be delivered or processed, and putting it back."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import typer

from operations import stack as stacks
from operations.aws import Aws, connect
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.stack import Messaging
from operations.steps import Result, Step, Unrecorded, plan, run
from operations.streams.errors_of import Errors
from operations.streams.queues import RATES, Queues
from operations.streams.replay import ObjectJournal, Replay

stream = typer.Typer(help="Streams: put back what Firehose could not deliver.", no_args_is_help=True, rich_markup_mode=None)
queue = typer.Typer(help="Queues: look at them, and move dead letters back.", no_args_is_help=True, rich_markup_mode=None)

Thing = TypeVar("Thing")
NameOfStream = Annotated[str, typer.Argument(metavar="STREAM", help="The stream, e.g. loans.")]
NameOfQueue = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue, e.g. newest.")]


@stream.callback()
def _streams() -> None:
    """Streams: put back what Firehose could not deliver."""


@stream.command()
def replay(
    context: typer.Context,
    name: NameOfStream,
    stack: OfStack,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Put the records under a stream's error prefix back into it, and move each object aside, to replayed/.

    Mend first what made Firehose refuse them: one that it refuses again lies under the prefix again. One command at a time.
    """
    output = Output(as_json=as_json)
    with output.ending():
        known = stacks.load_messaging(stack, outputs)
        found = _known(known.streams, name, "streams")
        aws = _opener(context)(known)
        errors = Errors(aws.s3(known.region), found)
        objects = errors.survey()
        work = Replay(
            stream=found, errors=errors, journal=ObjectJournal(aws.s3(known.region), found.bucket), firehose=aws.firehose
        )
        steps = work.steps(objects)
        reasons = sum((each.reasons for each in objects), Counter[str]())
        unreadable = [each.key for each in objects if not each.is_readable]
        if dry_run:
            plan(steps, output.progress)
        else:
            run(steps, work.journal, output.progress)
        told = {
            "stream": name,
            "objects": len(objects),
            "records": reasons.total(),
            "reasons": dict(reasons.most_common()),
            "put_back": 0 if dry_run else sum(each.reasons.total() for each in objects if each.is_readable),
            "unreadable": unreadable,
            "dry_run": dry_run,
        }
        rows = columns([("reason", "records"), *reasons.most_common()])
        output.result(told, [f"{told['put_back']} of {told['records']} records put back into {name}", "", *rows])
        if unreadable and not dry_run:
            raise OperationError(
                f"{len(unreadable)} objects hold lines without a record and stay where they are, the first is"
                f" s3://{found.bucket}/{unreadable[0]}",
                Code.INCOMPLETE,
            )


@queue.command()
def show(context: typer.Context, name: NameOfQueue, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show how many messages wait in a queue and among its dead letters, and where; SQS counts approximately."""
    output = Output(as_json=as_json)
    with output.ending():
        found = _queues(context, name, stacks.load_messaging(stack, outputs))
        counts, task = found.counts(), found.task()
        rows = [
            ("", *counts["dead_letters"], "url"),
            *((each.replace("_", " "), *told.values(), found.urls[each]) for each, told in counts.items()),
        ]
        moving = _task(task)
        said = [f"the latest move back: {', '.join(f'{key} {value}' for key, value in moving.items())}"] if moving else []
        output.result({"name": name, **counts, "urls": found.urls, "latest_move": moving}, [*columns(rows), *said])


@queue.command()
def redrive(
    context: typer.Context,
    name: NameOfQueue,
    stack: OfStack,
    per_second: Annotated[int, typer.Option(help="Messages a second that are moved, 1 to 500.")] = 50,
    although_they_fail: Annotated[
        bool, typer.Option("--although-they-fail", help="Move them, though dead letters grew within the last half hour.")
    ] = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Move a queue's dead letters back, and wait for it; one that is under way already is followed."""
    output = Output(as_json=as_json)
    with output.ending():
        if per_second not in RATES:
            raise OperationError(f"--per-second is {per_second}; expected {RATES[0]} to {RATES[-1]}", Code.USAGE)
        found = _queues(context, name, stacks.load_messaging(stack, outputs))
        if found.queue.url is None:
            raise OperationError(
                f"{name} came from no queue, and SQS moves dead letters back to queues only; expected a queue."
                " The runbook of its alarm says what to do",
                Code.USAGE,
            )
        dead = found.counts()["dead_letters"]["waiting"]
        if dead and not although_they_fail and not found.is_moving():
            found.expect_mended()
        moved: dict[str, Any] = {"moved": 0}

        def move() -> Result:
            moved.update(found.redrive(per_second=per_second, told=_tell_progress))
            return moved

        step = Step(
            name="redrive",
            says=f"move {dead} dead letters back into {name}, {per_second} a second",
            check=lambda: not found.counts()["dead_letters"]["waiting"] and not found.is_moving(),
            act=move,
            verify=lambda: None,  # consumers may fail at some again meanwhile: `show` tells
        )
        if dry_run:
            plan([step], output.progress)
        else:
            run([step], Unrecorded(), output.progress)
        output.result(
            {"name": name, "dead_letters": dead, **moved, "dry_run": dry_run},
            [f"{moved['moved']} of {dead} dead letters moved back into {name}"],
        )


def _tell_progress(moved: int, of: int) -> None:
    print(f"      {moved} of {of} moved", file=sys.stderr, flush=True)


def _task(task: Mapping[str, Any] | None) -> dict[str, Any]:
    if task is None:
        return {}
    names = {"Status": "status", "ApproximateNumberOfMessagesMoved": "moved", "FailureReason": "failure"}
    return {told: task[name] for name, told in names.items() if name in task}


def _queues(context: typer.Context, name: str, stack: Messaging) -> Queues:
    found = _known(stack.queues, name, "queues")
    aws = _opener(context)(stack)
    return Queues(queue=found, sqs=aws.sqs, cloudwatch=aws.cloudwatch)


def _known(things: Mapping[str, Thing], name: str, what: str) -> Thing:
    if name not in things:
        known = ", ".join(things) or "none: its outputs tell none"
        raise OperationError(f"there is no {name!r} among the stack's {what}; expected one of {known}", Code.UNKNOWN)
    return things[name]


def _opener(context: typer.Context) -> Callable[[Messaging], Aws]:
    """What opens a stack's clients: AWS, unless whoever runs the command says otherwise."""
    return context.obj or connect
