"""What runbooks tell somebody to run: commands as they can be run, and no call to a server that no person reaches."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer._click.exceptions import UsageError  # typer's own, for which it has no public name

from operations.command import app

FOLDER = Path(__file__).parents[2] / "docs" / "runbooks"
PAGES = {str(page.relative_to(FOLDER)): page.read_text() for page in sorted([*FOLDER.glob("*/*.md"), FOLDER / "failover.md"])}
COMMANDS = typer.main.get_command(app)


def _commands(page: str) -> list[str]:
    """What stands between backticks and is a command of ours, line breaks and all."""
    return [" ".join(told.split()) for told in re.findall(r"`dataconnect (.*?)`", page, re.DOTALL)]


def _parse(told: str) -> None:
    """Take a command as the command line does, short of running it: a command that is none, or lacks something, is refused."""
    found, words = COMMANDS, shlex.split(told)
    while known := getattr(found, "commands", None):
        assert words and words[0] in known, f"dataconnect {told}: expected one of {', '.join(known)}"
        found = known[words.pop(0)]
    try:
        found.make_context("dataconnect", words)
    except UsageError as error:
        raise AssertionError(f"dataconnect {told}: {error.format_message()}") from error


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if _commands(text)])
def test_a_runbook_tells_commands_in_full(page: str) -> None:
    for told in _commands(PAGES[page]):
        _parse(told)


@pytest.mark.parametrize(
    "told",
    ["queue show live", "queue show --stack prod", "queue tell live --stack prod", "cache rotate live --stack prod --thrice"],
)
def test_a_command_that_lacks_something_is_found(told: str) -> None:
    with pytest.raises(AssertionError, match=f"dataconnect {told}: "):
        _parse(told)


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("search/")])
def test_nobody_is_told_to_ask_the_domain_itself(page: str) -> None:
    assert not re.findall(r"(?:GET|PUT|POST|DELETE) /?_", PAGES[page])
