"""The recipes of docs/changing.md, applied to a copy of the project all at once, and what the page says to run there."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from components.base.problems import keys
from components.compute.service_spec import ServiceSpec
from tests.clones import copy_project, run_in
from tests.engine import CLONE

PAGE = (CLONE / "docs" / "changing.md").read_text()
_PLACE = r"(?:, (under|in the place of|at the end)(?: ([^\n]+))?)?"
BLOCKS = re.findall(rf"^```\w+\n# (\S+?){_PLACE}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
"""File, how the text gets in, where, text."""


def apply(project: Path) -> None:
    """Change the files as the recipes say."""
    for name, how, where, text in BLOCKS:
        file = project / name
        if not how:
            assert not file.exists(), f"{name} is there already"
            file.write_text(text)
            continue
        content = file.read_text()
        if how == "at the end":
            file.write_text(f"{content}\n{text}")
        elif how == "under":
            found = re.search(rf"^( *){re.escape(where)}:\n", content, re.MULTILINE)
            assert found, f"{name} has no {where}"
            indent = found[1] + "  "
            added = "".join(f"{indent}{line}\n" for line in text.splitlines())
            file.write_text(content[: found.end()] + added + content[found.end() :])
        else:
            assert content.count(where.strip('"')) == 1, f"{name} has no {where}, or several"
            file.write_text(content.replace(where.strip('"'), text.strip()))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with another queue, table, bucket, service and stack."""
    project = copy_project(tmp_path_factory.mktemp("changed"))
    apply(project)
    # Pages are found by asking git.
    run_in(project, "git", "init", "-q").ok()
    run_in(project, "git", "add", "--all", ":!.venv").ok()
    return project


def test_there_is_a_recipe_for_each_thing() -> None:
    assert {name for name, how, _, _ in BLOCKS if not how} == {"services/reports.yaml", "Pulumi.training.yaml"}
    assert len(BLOCKS) > 8


def test_the_required_keys_of_a_service_are_those_of_its_spec() -> None:
    (told,) = re.findall(r"Required are (.*?);", PAGE, re.DOTALL)
    spelled = dict(zip(ServiceSpec.model_fields, keys(ServiceSpec), strict=True))
    required = {spelled[name] for name, field in ServiceSpec.model_fields.items() if field.is_required()}
    assert set(re.findall(r"`(\w+)`", told)) == required


@pytest.mark.parametrize("stack", ["prod", "training"])
def test_a_preview_shows_what_was_added_and_every_pack_agrees(changed: Path, stack: str) -> None:
    result = run_in(changed, "sandbox/pulumi", "preview", "--stack", stack, "--policy-pack", "policies").ok()
    added = ["documents-dead-letters", "loans", "lake-reports"] + (["reports-execution"] if stack == "prod" else [])
    assert [name for name in added if name not in result.stdout] == []


def test_the_tests_that_the_page_names_need_no_change(changed: Path) -> None:
    (named,) = re.findall(r"pytest -n auto --dist loadfile (.*)", PAGE)
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    run_in(changed, sys.executable, "-m", "pytest", *options, *named.split(), "tests/docs/test_links.py").ok()


def test_a_service_that_recovery_lacks_is_told_with_its_file(changed: Path) -> None:
    """As the tests of the settings and every preview tell it."""
    own = yaml.safe_load((changed / "Pulumi.prod-recovery.yaml").read_text())["config"]
    del own["dataconnect:services"]["reports"]
    program = f"from settings import parse; parse({own!r}, stack='prod-recovery')"
    result = run_in(changed, sys.executable, "-c", program)
    line = "Pulumi.prod-recovery.yaml: dataconnect:services.reports is missing; expected it as in Pulumi.prod.yaml"
    assert result.stderr.rstrip().endswith(line)
