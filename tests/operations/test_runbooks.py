"""What runbooks tell somebody to run: commands that there are, and no call to a server that no person reaches."""

import re
from pathlib import Path

import pytest
import typer.main

from operations.command import app

FOLDER = Path(__file__).parents[2] / "docs" / "runbooks"
PAGES = {str(page.relative_to(FOLDER)): page.read_text() for page in sorted(FOLDER.glob("*/*.md"))}
COMMANDS = typer.main.get_command(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_runbook_tells_commands_that_there_are(page: str) -> None:
    for told in re.findall(r"`dataconnect ([a-z -]+[a-z])", PAGES[page]):
        found = COMMANDS
        for word in told.split(" -")[0].split():
            known = getattr(found, "commands", None)
            if known is None:
                break  # an argument
            assert word in known, f"dataconnect {told}: there is no {word}"
            found = known[word]


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("search/")])
def test_nobody_is_told_to_ask_the_domain_itself(page: str) -> None:
    assert not re.findall(r"(?:GET|PUT|POST|DELETE) /?_", PAGES[page])
