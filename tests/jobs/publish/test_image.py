"""The image's recipe agrees with the job, which imports nothing of the program."""

import ast
import re
from pathlib import Path

from components.compute.container import USER

ROOT = Path(__file__).parents[3]
JOB = ROOT / "jobs" / "publish"
DOCKERFILE = (JOB / "Dockerfile").read_text()


def test_what_the_image_copies_is_there_and_where_the_job_imports_it_from() -> None:
    copied = dict(re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE))
    assert all(list(ROOT.glob(source)) for source in copied)
    assert {copied[f"jobs/{name}/*.py"] for name in ("aggregate", "publish")} == {
        f"/app/jobs/{name}/" for name in ("aggregate", "publish")
    }


def test_the_image_runs_as_the_user_of_tasks() -> None:
    assert f"\nUSER {USER}\n" in DOCKERFILE and f"chown {USER} /tmp" in DOCKERFILE and "--require-hashes" in DOCKERFILE


def test_the_job_imports_its_own_folder_the_aggregations_and_what_that_image_has() -> None:
    outside = {
        (node.module or "").partition(".")[0]
        for file in JOB.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert outside <= {"collections", "dataclasses", "datetime", "typing", "botocore", "pyarrow"}
    inside = {
        node.module or ""
        for file in JOB.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 2
    }
    assert {name.partition(".")[0] for name in inside} == {"aggregate"}
