"""`dataconnect credentials rotate`, against the Secrets Manager that `dataconnect cache rotate` is tested with."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from operations import rotations
from operations.command import app
from tests.operations.test_cache_command import Manager
from tests.operations.world import ACCOUNT, REGION

TENANT = "t0123456789abcde"
SECRETS = {name: f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-credentials-AbCdEf" for name in ("database", TENANT)}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    told = {"stack": "prod", "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}
    rotation = {"function": "dataconnect-prod-database-rotation", "secrets": SECRETS}
    file.write_text(json.dumps({**told, "databaseRotation": rotation}))
    return file


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rotations.Passwords

    def made(**values: Any) -> rotations.Passwords:
        return real(**values, sleep=lambda _: None)

    monkeypatch.setattr("operations.credentials.command.Passwords", made)


def run(manager: Manager, outputs: Path, *arguments: str, code: int = 0) -> Any:
    def opened(_: object) -> Any:
        return SimpleNamespace(secretsmanager=manager)

    command = ["credentials", "rotate", *arguments, "--stack", "prod", "--outputs", str(outputs), "--json"]
    done = CliRunner().invoke(app, command, obj=opened, catch_exceptions=False)
    assert done.exit_code == code, (done.exit_code, done.output)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "rotated"),
    [((), ["database"]), (("--tenant", TENANT), [TENANT]), (("--all",), ["database", TENANT])],
)
def test_those_that_are_named_are_changed_and_waited_for(outputs: Path, arguments: tuple[str, ...], rotated: list[str]) -> None:
    manager = Manager()
    told = run(manager, outputs, *arguments)
    assert manager.begun == [SECRETS[name] for name in rotated]
    assert [each["database"] for each in told["rotated"]] == rotated


def test_a_dry_run_changes_nothing(outputs: Path) -> None:
    manager = Manager()
    assert run(manager, outputs, "--all", "--dry-run") == {"rotated": [], "dry_run": True}
    assert not manager.begun


def test_one_that_does_not_end_is_told_with_the_page_that_says_what_then(outputs: Path) -> None:
    told = run(Manager(stuck=True), outputs, code=1)["error"]
    assert "the new password of database is not in use after 15 minutes; the one before still opens." in told
    assert "(docs/runbooks/credentials/failed.md)" in told


def test_one_that_is_under_way_is_not_disturbed(outputs: Path) -> None:
    assert "cannot be rotated now: A previous rotation" in run(Manager(busy=True), outputs, code=4)["error"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--tenant", "t1"), 3, f"there is no silo of 't1'; expected one of {TENANT}"),
        (("--tenant", TENANT, "--all"), 2, "both of --tenant and --all are given; expected one of them at the most"),
    ],
)
def test_what_makes_no_sense_is_refused(outputs: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    manager = Manager()
    assert told in run(manager, outputs, *arguments, code=code)["error"]
    assert not manager.begun


def test_a_stack_that_has_copies_only_says_so(outputs: Path) -> None:
    known = json.loads(outputs.read_text())
    del known["databaseRotation"]
    outputs.write_text(json.dumps(known))
    assert "prod rotates no secrets; expected the primary stack" in run(Manager(), outputs, code=3)["error"]
