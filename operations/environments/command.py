"""`dataconnect environment`: bring one up beside dev for some hours, extend it, list all, take one down, clean up."""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from operations.aws import connect
from operations.environments import asked
from operations.environments import janitor as cleaning
from operations.environments.bring_up import Asked, bring_up, check
from operations.environments.clock import refuse_skew
from operations.environments.dry_run import preview
from operations.environments.engine import Tools
from operations.environments.hours import awake_until_its_end
from operations.environments.items import Environment
from operations.environments.outputs import Dev, load_dev
from operations.environments.place import Place
from operations.environments.registry import Registry
from operations.environments.take_down import take_down
from operations.environments.template import load_template
from operations.environments.told import both, database_of, iso, rows, state_of, value_of, when_up
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, Outputs
from operations.output import Output

environment = typer.Typer(
    help="Environments on demand: bring one up, extend it, list all, take one down.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name: up to 12 lower-case letters, digits and hyphens.")]
Beside = Annotated[str, typer.Option("--stack", metavar="NAME", help="The stack beside which environments are.")]
For = Annotated[str, typer.Option("--for", metavar="TIME", help="How long, e.g. 30m, 8h or 2d; 7 days in all at the most.")]
Pulumi = Annotated[str, typer.Option("--pulumi", metavar="PATH", help="The Pulumi CLI; by default the one on PATH.")]
SecretsProvider = Annotated[
    str | None,
    typer.Option(metavar="URL", help="What encrypts secrets in the state of a new stack; by default as the template says."),
]


Opener = Callable[[Dev, str, str], Place]


def open_place(dev: Dev, pulumi: str, secrets_provider: str) -> Place:
    """The environments beside a stack, with the credentials at hand; `pulumi` is empty for what needs no engine.

    Raises:
        OperationError: when these are of another account, or there are none; when there is no such engine, or this machine's
            clock is wrong.
    """
    aws, before = connect(dev), datetime.now(UTC)
    identity = aws.sts.get_caller_identity()
    refuse_skew(identity, before, datetime.now(UTC))
    return Place(
        dev=dev,
        registry=Registry(aws.dynamodb, dev.table),
        aws=aws,
        tools=Tools(pulumi=pulumi, account=dev.account).found() if pulumi else Tools(pulumi="pulumi", account=dev.account),
        by=identity["Arn"],
        now=lambda: datetime.now(UTC),
        secrets_provider=secrets_provider,
    )


@environment.command()
def up(
    context: typer.Context,
    name: Name,
    span: For,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which of environments/*.yaml it is rendered from; by default as it was, standard of a new one.",
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL", help="Whom its tags name; by default as it was, of a new one your session's name if an address."
        ),
    ] = None,
    data: Annotated[
        Literal["discard", "keep"] | None,
        typer.Option(help="What becomes of its database when it is taken down; by default as it was, discard of a new one."),
    ] = None,
    stack: Beside = "dev",
    outputs: Outputs = None,
    pulumi: Pulumi = "pulumi",
    secrets_provider: SecretsProvider = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Bring an environment up; one that failed or was interrupted goes on where it was, and keeps its end.

    Everything is checked before anything is made: name, time, template, account, quotas, the pool of addresses. --dry-run
    previews the stack and makes nothing.
    """
    output = Output(as_json=as_json)
    with output.ending():
        wanted_name, wanted_span = asked.name_of(name), asked.span_of("--for", span)
        place = _place(context, stack, outputs, pulumi, secrets_provider)
        before = place.registry.get(name)
        of = template or (before.template if before else "standard")
        wanted = Asked(
            name=wanted_name,
            span=wanted_span,
            template=load_template(of, place.dev, place.templates, place.root),
            email=asked.email_of(owner, place.by) if owner else None,
            data=data,
        )
        if dry_run:
            found, unknown = check(place, wanted)
            preview(place, wanted, found)
            value = {"name": name, "range": found.range, "stack": found.stack, "until": iso(found.expires), "dry_run": True}
            output.result(value, [*unknown, f"{found.stack} would have {found.range} until {both(found.expires)}"])
            return
        again = f"`dataconnect environment up {name} --for {span}` goes on from there"
        output.again = f"{again}, `dataconnect environment down {name}` ends it"
        done, notes = bring_up(place, wanted)
        output.result({**value_of(done, place.seconds), "notes": notes}, [*when_up(done), *notes])


@environment.command()
def extend(
    context: typer.Context,
    name: Name,
    span: For,
    stack: Beside = "dev",
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let an environment live on: for so long after its present end, until 7 days after its beginning at the most."""
    output = Output(as_json=as_json)
    with output.ending():
        wanted = asked.span_of("--for", span)
        place = _place(context, stack, outputs)
        found, now = place.registry.known(asked.name_of(name)), place.seconds
        new = asked.later(found, wanted, now)
        if not dry_run and not place.registry.extend(name, old=found.expires, new=new, by=place.by, now=now):
            raise OperationError(f"environment {name} was changed by another command meanwhile; try again", Code.CONFLICT)
        notes = [] if dry_run else awake_until_its_end(place, replace(found, expires=new))
        says = "would live" if dry_run else "lives"
        value = {"name": name, "until": iso(new), "dry_run": dry_run, "notes": notes}
        output.result(value, [f"environment {name} {says} until {both(new)}", *notes])


@environment.command("list")
def list_all(context: typer.Context, stack: Beside = "dev", outputs: Outputs = None, as_json: AsJson = False) -> None:
    """List all environments: whose, how they are, until when, where, and what they cost an hour as estimated."""
    output = Output(as_json=as_json)
    with output.ending():
        place = _place(context, stack, outputs)
        now = place.seconds
        found, broken = place.registry.read()
        why = [f"{each.name}: {each.why}" for each in found if each.why] + [f"{name}: {bad}" for name, bad in broken.items()]
        told = [value_of(each, now) for each in found]
        value = {"environments": told, "unreadable": [{"name": name, "why": bad} for name, bad in broken.items()]}
        output.result(value, [*(rows(found, now) if found else ["there are no environments"]), *why])


@environment.command()
def down(
    context: typer.Context,
    name: Name,
    data: Annotated[
        Literal["discard", "keep"] | None,
        typer.Option(help="What becomes of its database; by default as it was brought up. A kept one is dropped by discard."),
    ] = None,
    keep_for: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="How long a database is kept, e.g. 7d; by default as the last down said, or 30d, the most."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for its name.")] = False,
    stack: Beside = "dev",
    outputs: Outputs = None,
    pulumi: Pulumi = "pulumi",
    secrets_provider: SecretsProvider = None,
    as_json: AsJson = False,
) -> None:
    """Take an environment down: its stack, then what AWS still has of it is told; its range is free once that is nothing."""
    output = Output(as_json=as_json)
    output.again = f"`dataconnect environment down {name}` goes on from there"
    with output.ending():
        kept = asked.span_of("--keep-for", keep_for, timedelta(hours=1), asked.KEPT) if keep_for is not None else None
        place = _place(context, stack, outputs, pulumi, secrets_provider)
        found = place.registry.known(asked.name_of(name))
        what = data or found.data
        if not yes:
            _confirm(found, what, place.seconds)
        done = take_down(place, name, "down", data=data, keep_for=kept)
        again = f", for {name} to take up again" if done.kept_until else ""
        value = {"name": name, "range": found.range, "kept_until": iso(done.kept_until) if done.kept_until else None}
        output.result(value, [f"environment {name} is gone{database_of(done)}{again}"])


@environment.command()
def janitor(
    context: typer.Context,
    stack: Beside = "dev",
    outputs: Outputs = None,
    pulumi: Pulumi = "pulumi",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Tell what ends within an hour, take down what expired or died half-way; exit code 6 if something is to be looked at.

    A clock runs it (docs/environments.md). The failure of one environment stops no other.
    """
    output = Output(as_json=as_json)
    output.again = "the next run goes on from there"
    with output.ending():
        lines = cleaning.clean(_place(context, stack, outputs, pulumi), dry_run=dry_run)
        told = [{"name": each.name, "did": each.did, "mended": each.mended} for each in lines]
        output.result({"lines": told}, [f"{'' if each.mended else 'NOT MENDED: '}{each.name}: {each.did}" for each in lines])
        if wrong := [each.name for each in lines if not each.mended]:
            raise OperationError(f"somebody has to look at {', '.join(wrong)}", Code.INCOMPLETE)


def _place(
    context: typer.Context, stack: str, outputs: Path | None, pulumi: str = "", secrets_provider: str | None = None
) -> Place:
    opener: Opener = context.obj or open_place
    # What ends a job politely ends the engine as politely.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return opener(load_dev(stack, outputs), pulumi, secrets_provider or "")


def _confirm(found: Environment, data: str, now: int) -> None:
    """Have the name typed.

    Raises:
        OperationError: when another one is typed, or nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise OperationError("there is nobody to ask; expected --yes, or a terminal to type the name at", Code.USAGE)
    ends = "kept" if data == "keep" else "dropped"
    print(f"{found.name} of {found.email} is {state_of(found, now)}; its database is {ends}.", file=sys.stderr)
    if typer.prompt("Its name, to take it down", err=True) != found.name:
        raise OperationError("another name was typed; nothing was changed", Code.USAGE)
