"""A function runs from an archive that holds its folder, what functions share, and what the job shares with them; no more."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(file.parent.name for file in ROOT.glob("functions/*/handler.py"))
OF_THE_JOB = [Path("jobs", "aggregate", name) for name in ("datasets.py", "place.py", "records.py")]


def files(function: str) -> list[Path]:
    """What the archive holds, as it stands in the repository."""
    folders = (ROOT / "functions" / name for name in (function, "shared"))
    return [*(file.relative_to(ROOT) for folder in folders for file in folder.glob("*.py")), *OF_THE_JOB]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_starts_from_its_archive_alone(tmp_path: Path, function: str) -> None:
    for file in files(function):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    # As Lambda does it: a name with a hyphen is none for an import statement.
    code = f"import importlib; found = importlib.import_module('functions.{function}.handler')"
    code = f"{code}; print(found.handle.__name__, found.__file__)"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["handle", str(tmp_path / "functions" / function / "handler.py")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_imports_nothing_of_the_program_and_nothing_that_lambda_lacks(function: str) -> None:
    own = (f"functions.{function}", "functions.shared", "jobs.aggregate.place", "jobs.aggregate.records")
    for file in files(function):
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, file
                continue
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                known = module.partition(".")[0] in {*sys.stdlib_module_names, "boto3", "botocore"}
                assert known or module.startswith(own), f"{file} imports {module}"
