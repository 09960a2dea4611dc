"""The image's recipe agrees with the job and with how Batch runs it."""

import ast
import re
import sys
from pathlib import Path

from components.compute.container import USER

ROOT = Path(__file__).parents[3]
JOB = ROOT / "jobs" / "aggregate"
DOCKERFILE = (JOB / "Dockerfile").read_text()


def test_what_the_image_copies_is_there() -> None:
    copied = re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE)
    assert len(copied) == 3
    assert all(list(ROOT.glob(source)) for source in copied)


def test_the_image_runs_as_the_user_of_tasks_with_nothing_writable_but_tmp() -> None:
    assert f"\nUSER {USER}\n" in DOCKERFILE and DOCKERFILE.count("USER") == 1
    assert f"chown {USER} /tmp" in DOCKERFILE and "\nVOLUME /tmp\n" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_the_image_has_the_versions_that_the_tests_run_with() -> None:
    pinned = r"^([a-z0-9-]+)==([^ ;]+)"
    tested = dict(re.findall(pinned, (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    shipped = dict(re.findall(pinned, (JOB / "requirements.txt").read_text(), re.MULTILINE))
    assert shipped and shipped.items() <= tested.items()


def test_the_job_imports_nothing_of_the_program_and_nothing_that_the_image_lacks() -> None:
    names = {"boto3": "boto3", "botocore": "botocore", "psycopg": "psycopg", "pyarrow": "pyarrow"}
    locked = re.findall(r"^([a-z0-9-]+)==", (JOB / "requirements.txt").read_text(), re.MULTILINE)
    asked = (JOB / "requirements.in").read_text().split()
    for file in JOB.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, file
                continue
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                top = module.partition(".")[0]
                assert top in sys.stdlib_module_names or names[top] in locked, f"{file.name} imports {module}"
    assert all(re.sub(r"\[.*", "", each) in locked for each in asked)
