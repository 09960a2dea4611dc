"""Files that look like settings and are none: each is told with what would be right, whichever stack is run."""

from pathlib import Path

import pytest

import settings
from settings import SettingsError, parse
from tests.settings.stack_files import OWN, STACKS

STACK_NAMES = "up to 40 lower-case letters, digits and single hyphens, a letter first"
STACK_FILE = f"expected Pulumi.<stack>.yaml, the stack's name of {STACK_NAMES}"
DEFAULTS = "expected one of all.yaml, dev.yaml, stage.yaml, prod.yaml"
SERVICE_FILE = "expected <service>.yaml, the name of up to 20 lower-case letters, digits and single hyphens, a letter first"


def lines(stack: str) -> list[str]:
    try:
        parse(OWN[stack], stack=stack)
    except SettingsError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("settings/defaults/production.yaml", DEFAULTS),
        ("settings/defaults/prod.yml", DEFAULTS),
        ("settings/defaults/prod", DEFAULTS),
        ("services/x.yml", "expected services/x.yaml"),
        ("services/x.yaml.orig", SERVICE_FILE),
        ("services/My_Service.yaml", SERVICE_FILE),
        ("Pulumi.prod.yml", "expected Pulumi.prod.yaml"),
        ("Pulumi.training.json", "expected Pulumi.training.yaml"),
        ("pulumi.prod.yaml", "expected Pulumi.prod.yaml"),
        ("Pulumi.Training.yaml", "expected Pulumi.training.yaml"),
        ("Pulumi.prod.old.yaml", STACK_FILE),
        ("Pulumi.a_b.yaml", STACK_FILE),
        ("Pulumi.yml", "expected Pulumi.yaml"),
    ],
)
def test_a_file_that_nobody_reads_is_told_with_what_would_be_right(project: Path, stack: str, file: str, expected: str) -> None:
    (project / file).write_text("dataconnect:protect: false\n")
    assert lines(stack) == [f"{file}: is read by nobody; {expected}"]


def test_a_folder_among_the_services_is_told(project: Path) -> None:
    (project / "services" / "prod").mkdir()
    assert lines("dev") == ["services/prod: is read by nobody; expected services/prod.yaml"]


@pytest.mark.parametrize(
    "file",
    [
        "settings/defaults/stage.yaml",
        ".Pulumi.prod.yaml.swp",
        "services/.gitkeep",
        "services/bi.yaml~",
        "Pulumi.yaml",
        "pulumi-notes.md",
    ],
)
def test_what_is_read_hidden_or_something_else_is_right(project: Path, file: str) -> None:
    (project / file).write_text("{}\n")
    assert lines("prod") == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_service_that_no_stack_names_is_told(project: Path, stack: str) -> None:
    (project / "services/nobodys.yaml").write_bytes((project / "services/bi.yaml").read_bytes())
    assert lines(stack) == [
        "services/nobodys.yaml: is read by nobody, as no stack names the service; "
        "expected `nobodys: {}` below dataconnect:services of the stacks that run it, or no such file"
    ]


def test_a_service_that_another_stack_may_name_is_not_told(project: Path) -> None:
    (project / "services/nobodys.yaml").write_bytes((project / "services/bi.yaml").read_bytes())
    (project / "Pulumi.somebody.yaml").write_text("config: [")
    assert lines("dev") == []


def test_a_stack_whose_own_file_has_another_suffix_is_told_that_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "Pulumi.prod.yaml").rename(project / "Pulumi.prod.yml")
    monkeypatch.setattr("pulumi.get_stack", lambda: "prod")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert str(caught.value) == "Pulumi.prod.yml: is read by nobody; expected Pulumi.prod.yaml"
