"""`dataconnect cache`: change the passwords of the cache's users."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import typer

from operations import stack as stacks
from operations.aws import Aws, connect
from operations.errors import Code, OperationError
from operations.invoke import invoke
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.rotations import Passwords
from operations.stack import Messaging
from operations.steps import Result, Step, Unrecorded, plan, run

MEND: Final = "mend"
_LOG: Final = "The log of the function cache-passwords says why (docs/runbooks/cache/logins.md)"
cache = typer.Typer(help="The cache: change passwords.", no_args_is_help=True, rich_markup_mode=None)


@cache.callback()
def _cache() -> None:
    """The cache: change passwords."""


@cache.command()
def rotate(
    context: typer.Context,
    stack: OfStack,
    name: Annotated[str | None, typer.Argument(metavar="USER", help="The workload whose password it is, e.g. live.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="The passwords of all users, one after the other.")] = False,
    twice: Annotated[
        bool, typer.Option("--twice", help="Twice, so that the present password, e.g. a leaked one, does not open any more.")
    ] = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Change passwords of the cache's users, and wait until the new ones are in use.

    First each that nobody could log in with is mended: of a user that was made anew, or of a secret that holds none.

    Once, the password before opens until the next change: who has read it goes on. Twice, it does not: who holds it and does
    not read its secret again is shut out when it next connects.
    """
    output = Output(as_json=as_json)
    with output.ending():
        if everybody == (name is not None):
            given = "both" if everybody else "neither"
            raise OperationError(f"{given} of USER and --all is given; expected one of them", Code.USAGE)
        known = stacks.load_messaging(stack, outputs)
        secrets = known.cache_secrets
        if name is not None and name not in secrets:
            listed = ", ".join(secrets) or "none: the stack has no cache"
            raise OperationError(f"there is no {name!r} among the users of the cache; expected one of {listed}", Code.UNKNOWN)
        aws, chosen = _opener(context)(known), [*secrets] if name is None else [name]
        passwords = Passwords(manager=aws.secretsmanager, secrets=secrets, log=_LOG)
        steps = [_mending(aws.awslambda, known, chosen)]
        steps += [_step(passwords, user, number) for user in chosen for number in range(1 + twice)]
        if dry_run:
            plan(steps, output.progress)
            done: dict[str, Result] = {}
        else:
            done = run(steps, Unrecorded(), output.progress)
        mended = {user: what for user, what in done.pop(MEND, {}).items() if what != "kept"}
        told = [{"user": result["user"], "version": result["version"]} for result in done.values()]
        rows = columns([("user", "version"), *((each["user"], each["version"]) for each in told)])
        lines = [*(f"{user}: its password was {what}" for user, what in mended.items()), *rows]
        output.result({"mended": mended, "rotated": told, "dry_run": dry_run}, lines if told else ["nothing was changed"])


def _mending(client: Any, known: Messaging, chosen: Sequence[str]) -> Step:
    """Order what a deployment orders: a password where there is none, the one of the secret where the cache knows another."""
    users = {user: {"user_id": known.cache_users[user], "secret": known.cache_secrets[user]} for user in chosen}
    return Step(
        name=MEND,
        says="give a password to whoever has none that opens",
        check=lambda: False,
        act=lambda: invoke(client, str(known.cache_function), {"users": users}, f"mend the passwords of {', '.join(chosen)}"),
        verify=lambda: None,
    )


def _step(passwords: Passwords, user: str, number: int) -> Step:
    again = " again" if number else ""
    return Step(
        name=f"rotate-{user}{'-again' if number else ''}",
        says=f"change the password of {user}{again}, and wait until the new one is in use",
        # It is asked for a new one: what is there is none.
        check=lambda: False,
        act=lambda: {"user": user, "version": passwords.rotate(user)},
        verify=lambda: None,
    )


def _opener(context: typer.Context) -> Callable[[Messaging], Aws]:
    """What opens a stack's clients: AWS, unless whoever runs the command says otherwise."""
    return context.obj or connect
