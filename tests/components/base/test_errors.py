"""What components and stacks refuse is told without a traceback."""

import ast
import re
from pathlib import Path

import pulumi
import pytest

from components.base.errors import ComponentError, InvalidArgumentError
from settings import SettingsError
from tests.engine import CLONE, Engine, write_program

FAMILY = {each.__name__: each for each in (ComponentError, InvalidArgumentError, SettingsError)}
# Within a validator: pydantic makes one error of all of them, which a spec or the settings turn into one of the family.
WITHIN = {"PydanticCustomError", "PydanticKnownError", "FileProblemError", "QuotedProblemError"}


def raised(file: Path) -> set[str]:
    nodes = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Raise))
    calls = {node.exc.func.id for node in nodes if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)}
    # A name in lower case is a function that makes one.
    return {name for name in calls - WITHIN if not name.startswith("_")}


def test_every_error_of_the_program_is_one_that_the_engine_shows_without_a_traceback() -> None:
    rooms = (CLONE / room for room in ("components", "settings", "stacks"))
    # What runs in Lambda shows its errors there.
    files = [
        file for room in rooms for file in room.rglob("*.py") if not any(each.endswith("_function") for each in file.parts)
    ]
    found = {str(file.relative_to(CLONE)): raised(file) - FAMILY.keys() for file in files}
    assert {file: names for file, names in found.items() if names} == {}
    assert all(issubclass(each, pulumi.RunError) for each in FAMILY.values())


def test_who_catches_a_value_error_catches_it() -> None:
    assert issubclass(InvalidArgumentError, ValueError)


@pytest.mark.parametrize(
    "statement",
    [
        "raise InvalidArgumentError('QueueArgs', 'name', 7, 'text')",
        "pulumi.export('x', pulumi.Output.from_input(7).apply(refuse))",
        "aws.sqs.Queue('q', name=aws.sns.Topic('t').arn.apply(refuse))",
    ],
    ids=["at once", "once a value is known", "once another resource is there"],
)
def test_the_engine_shows_the_sentence_alone(tmp_path: Path, statement: str) -> None:
    program = f"import sys\nsys.path.insert(0, {str(CLONE)!r})\nfrom components.base.errors import InvalidArgumentError\n"
    program += "def refuse(value): raise InvalidArgumentError('QueueArgs', 'name', 7, 'text')\n" + statement
    result = Engine(tmp_path / "sandbox", write_program(tmp_path / "project", program)).up("test")
    assert result.code != 0
    assert re.search(r"^ +error: QueueArgs\.name is 7; expected text$", result.stdout, re.MULTILINE)
    assert "Traceback" not in result.output
