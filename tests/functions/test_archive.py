"""A function runs from an archive that holds what it imports of the rooms that run in AWS, and no more."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from stacks.parts.functions import source_of

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(file.parent.name for file in ROOT.glob("functions/*/handler.py"))
OF_THE_JOB: Final = {f"jobs/aggregate/{name}.py" for name in ("datasets", "place", "records")}
BESIDE: Final = {"orders": {"notify", "sleep"}}
"""Function -> others whose modules it has: whose table it writes, and whose answers it tells."""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_starts_from_its_archive_alone(tmp_path: Path, function: str) -> None:
    for name, text in source_of(f"functions.{function}.handler").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    # As Lambda does it: a name with a hyphen is none for an import statement.
    code = f"import importlib; found = importlib.import_module('functions.{function}.handler')"
    code = f"{code}; print(found.handle.__name__, found.__file__)"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["handle", str(tmp_path / "functions" / function / "handler.py")], done.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_holds_no_other_function_and_imports_nothing_that_lambda_lacks(function: str) -> None:
    source = source_of(f"functions.{function}.handler")
    folders = {name.split("/")[1] for name in source if name not in OF_THE_JOB}
    assert folders <= {function, "shared", *BESIDE.get(function, ())}
    held = {name.removesuffix(".py").replace("/", ".") for name in source}
    for name, text in source.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, name
                continue
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                known = module.partition(".")[0] in {*sys.stdlib_module_names, "boto3", "botocore"}
                assert known or any(each.startswith(module) for each in held), f"{name} imports {module}"
