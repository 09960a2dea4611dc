"""`dataconnect credentials`: change the passwords of the databases' master users at once."""

from collections.abc import Callable
from typing import Annotated, Final

import typer

from operations import stack as stacks
from operations.aws import Aws, connect
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.rotations import Passwords
from operations.stack import Messaging
from operations.steps import Result, Step, Unrecorded, plan, run

SHARED: Final = "database"
_LOG: Final = "The log of the function database-rotation says why (docs/runbooks/credentials/failed.md)"
credentials = typer.Typer(help="The databases' master users: change passwords.", no_args_is_help=True, rich_markup_mode=None)


@credentials.callback()
def _credentials() -> None:
    """The databases' master users: change passwords."""


@credentials.command()
def rotate(
    context: typer.Context,
    stack: OfStack,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="ID", help="A silo's database; without it the one that tenants share.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All databases, one after the other.")] = False,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Change the master users' passwords, and wait until the new ones are in use.

    It is done in the region that is active, of the primary stack's secrets. The password before opens nothing afterwards;
    sessions that are open go on, and services notice nothing: they log in with tokens.
    """
    output = Output(as_json=as_json)
    with output.ending():
        if everything and tenant is not None:
            raise OperationError("both of --tenant and --all are given; expected one of them at the most", Code.USAGE)
        known = stacks.load_messaging(stack, outputs)
        secrets = known.rotation_secrets
        if not secrets:
            raise OperationError(f"{stack} rotates no secrets; expected the primary stack: others have copies", Code.UNKNOWN)
        name = SHARED if tenant is None else tenant
        if not everything and name not in secrets:
            silos = ", ".join(each for each in secrets if each != SHARED) or "none: the stack has no silo"
            raise OperationError(f"there is no silo of {name!r}; expected one of {silos}", Code.UNKNOWN)
        passwords = Passwords(manager=_opener(context)(known).secretsmanager, secrets=secrets, log=_LOG)
        steps = [_step(passwords, each) for each in (secrets if everything else [name])]
        if dry_run:
            plan(steps, output.progress)
            done: dict[str, Result] = {}
        else:
            done = run(steps, Unrecorded(), output.progress)
        told = [{"database": result["database"], "version": result["version"]} for result in done.values()]
        rows = columns([("database", "version"), *((each["database"], each["version"]) for each in told)])
        output.result({"rotated": told, "dry_run": dry_run}, rows if told else ["nothing was changed"])


def _step(passwords: Passwords, database: str) -> Step:
    whose = "the shared database's master" if database == SHARED else f"the master of {database}'s database"
    return Step(
        name=f"rotate-{database}",
        says=f"change the password of {whose}, and wait until the new one is in use",
        # It is asked for a new one: what is there is none.
        check=lambda: False,
        act=lambda: {"database": database, "version": passwords.rotate(database)},
        verify=lambda: None,
    )


def _opener(context: typer.Context) -> Callable[[Messaging], Aws]:
    """What opens a stack's clients: AWS, unless whoever runs the command says otherwise."""
    return context.obj or connect
