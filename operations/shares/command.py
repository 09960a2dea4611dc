"""`dataconnect share`: what tenants share with other organisations, looked at and ended."""

from typing import Annotated, Any

import typer

from operations import stack as stacks
from operations.errors import Code, OperationError
from operations.options import AsJson, DryRun, OfStack, Outputs
from operations.output import Output, columns
from operations.shares import revoking
from operations.shares.checking import checks, state_of
from operations.shares.shares import Shares
from operations.stack import Share
from operations.steps import plan, run
from operations.tenants.command import Unproven, check_text, opener
from operations.tenants.workspace import Workspace

share = typer.Typer(
    help="Shares of a stack: what tenants share with other organisations. Entries in the settings make them; these commands"
    " look at them and end them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="SHARE", help="The name of the share, as in dataconnect:shares.")]
Yes = Annotated[str | None, typer.Option("--yes", metavar="SHARE", help="The name once more; without it, it is asked for.")]


def _shares(space: Workspace) -> Shares:
    if space.shares is None:
        raise OperationError(
            f"stack {space.stack.name} has no data products; expected one with dataconnect:products", Code.UNKNOWN
        )
    return space.shares


@share.command("list")
def list_all(context: typer.Context, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """List the shares of a stack, with what became of each, and what is to be done."""
    output = Output(as_json=as_json)
    with output.ending():
        shares = _shares(opener(context)(stacks.load(stack, outputs)))
        found = [(each, state_of(shares, each)) for _, each in sorted(shares.sharing.shares.items())]
        rows = [("share", "product", "tenant", "subscriber", "until", "state")]
        rows += [(each.name, each.product, each.tenant, each.account, each.until, state) for each, state in found]
        told = [f"{each.name} is {state}: {_TO_DO[state]}" for each, state in found if state in _TO_DO]
        value = {"shares": [{**vars(each), "state": state} for each, state in found], "to_do": told}
        output.result(value, [*columns(rows), *(["", *told] if told else [])])


_LET_GO = "take its entry out of dataconnect:shares"
_TO_DO = {
    "revoked": _LET_GO,
    # The entry is what tells these commands where it lies: without it, nobody would delete that before its tenant is removed.
    "expired": f"end it with `dataconnect share revoke`, which deletes what lies there; then {_LET_GO}",
}


@share.command()
def show(context: typer.Context, name: Name, stack: OfStack, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Show a share, whom Lake Formation grants it, and the journal of what was done to it."""
    output = Output(as_json=as_json)
    with output.ending():
        shares = _shares(opener(context)(stacks.load(stack, outputs)))
        found = shares.get(name)
        granted = [
            {"to": each["Principal"]["DataLakePrincipalIdentifier"], "permissions": sorted(each["Permissions"])}
            for each in shares.grants(found)
        ]
        steps = [*revoking.steps_of(found, shares.registry.steps(found.tenant)).values()]
        told: dict[str, Any] = {**vars(found), "state": state_of(shares, found), "key": shares.key_state(found)}
        lines = columns(list(told.items()))
        lines += [f"granted to {each['to']}: {', '.join(each['permissions'])}" for each in granted]
        rows = [("step", "state", "started", "finished")]
        rows += [(each["step"], each["state"], each["started_at"], each["finished_at"] or "") for each in steps]
        output.result({**told, "granted": granted, "steps": steps}, [*lines, "", *columns(rows)])


@share.command()
def revoke(
    context: typer.Context,
    name: Name,
    stack: OfStack,
    yes: Yes = None,
    unproven: Unproven = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """End a share, prove that its subscriber has no access any more, and print the certificate. Nothing brings it back.

    The role that serves the subscriber is denied everything, credentials that it has given out included; the key is disabled;
    the grant is revoked; what lies there is deleted in all versions. Then its entry must leave the settings. The certificate is
    in the bucket config under certificates/, as JSON and Markdown.
    """
    output = Output(as_json=as_json)
    with output.ending():
        space = opener(context)(stacks.load(stack, outputs))
        shares = _shares(space)
        found = shares.get(name)
        check_text("--isolation-unproven", unproven)
        steps = revoking.revoke_steps(shares, found, unproven=unproven)
        if dry_run:
            plan(steps, output.progress)
            output.result({**vars(found), "dry_run": True}, [f"{found.name}: nothing was changed (--dry-run)"])
            return
        _confirm(found, yes)
        run(steps, shares.registry.journal(found.tenant), output.progress)
        made = certify(space, found)
        place = f"s3://{space.lake.config}/{revoking.place_of(found)}.json"
        digest = revoking.digest(made)
        lines = [revoking.markdown(made), f"{place}, SHA-256 {digest}"]
        output.result({"certificate": made, "place": place, "sha256": digest}, lines)


@share.command()
def verify(
    context: typer.Context,
    name: Name,
    stack: OfStack,
    unproven: Unproven = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Look whether a share is open to its subscriber alone, or where it is over, to nobody. It changes nothing."""
    output = Output(as_json=as_json)
    with output.ending():
        shares = _shares(opener(context)(stacks.load(stack, outputs)))
        check_text("--isolation-unproven", unproven)
        found = shares.get(name)
        state = state_of(shares, found)
        results = list(checks(shares, found, state, unproven=unproven))
        rows = [(state, "", ""), *((each.name, "right" if each.right else "WRONG", each.told) for each in results)]
        output.result({"share": vars(found), "state": state, "checks": [vars(each) for each in results]}, columns(rows))
        if wrong := [each.name for each in results if not each.right]:
            raise OperationError(f"share {name} is {state}, but not so: {', '.join(wrong)}", Code.ISOLATION)


def certify(space: Workspace, found: Share) -> dict[str, Any]:
    """Write the certificate that the journal of the share's tenant gives."""
    made = revoking.certificate(space.stack, found, space.registry.steps(found.tenant))
    place = revoking.place_of(found)
    space.lake.write(f"{place}.json", revoking.as_text(made).encode(), "application/json")
    space.lake.write(f"{place}.md", revoking.markdown(made).encode(), "text/markdown")
    return made


def _confirm(found: Share, yes: str | None) -> None:
    if yes is None:
        try:
            asked = (
                f"Account {found.account} loses {found.product} of tenant {found.tenant} for good. The share's name, to go on"
            )
            yes = typer.prompt(asked, err=True)
        except typer.Abort as error:
            raise OperationError(f"nobody confirmed it; expected --yes {found.name}", Code.USAGE) from error
    if yes != found.name:
        raise OperationError(f"the share is {found.name}, not {yes!r}; nothing was changed", Code.USAGE)
