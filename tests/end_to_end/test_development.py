"""dev on the real engine with the AWS stand-in, from an empty sandbox and back to one."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PACKS
from tests.engine import CLONE, Engine


@pytest.fixture
def sandbox(tmp_path: Path) -> Engine:
    engine = Engine(tmp_path / "sandbox")
    engine.run("stack", "init", "dev").ok()
    return engine


def test_a_preview_shows_everything_and_creates_nothing(sandbox: Engine) -> None:
    preview = sandbox.run("preview", "--stack", "dev").ok().output
    assert re.search(r"Resources:\n +\+ \d+ to create\n", preview)
    assert re.search(r"databaseAddress +: \[unknown\]", preview)
    assert sandbox.resources("dev") == {}


def test_what_was_deployed_can_be_taken_away_without_a_trace(sandbox: Engine) -> None:
    sandbox.up("dev", *PACKS).ok()
    assert sandbox.changes("dev").keys() == {"same"}
    destroyed = sandbox.run("destroy", "--yes", "--skip-preview", "--stack", "dev").ok().output
    assert sandbox.resources("dev") == {}
    # RDS makes a log group again while an instance shuts down: the groups go when the instance has gone.
    gone = destroyed.index("aws:rds:Instance database deleted")
    assert min(found.start() for found in re.finditer("aws:cloudwatch:LogGroup database-log-\\w+ deleting", destroyed)) > gone


def test_wrong_settings_are_all_named_before_anything_is_declared(sandbox: Engine) -> None:
    result = sandbox.run("preview", "--stack", "dev", "-c", "dataconnect:logRetentionDays=31", "-c", "dataconnect:colour=blue")
    assert result.code != 0
    assert "Pulumi.dev.yaml: dataconnect:logRetentionDays is 31; expected one of" in result.output
    assert "dataconnect:colour" in result.output
    assert "Traceback" not in result.output
    assert "+ 1 to create" in result.output  # the stack itself


def test_the_committed_stack_files_stay_as_they_are(sandbox: Engine) -> None:
    before = {file.name: file.read_bytes() for file in CLONE.glob("Pulumi.*.yaml")}
    sandbox.run("preview", "--stack", "dev", "-c", "dataconnect:logRetentionDays=60").ok()
    assert {file.name: file.read_bytes() for file in CLONE.glob("Pulumi.*.yaml")} == before


def test_a_silo_comes_and_goes_and_no_other_resource_is_changed(sandbox: Engine) -> None:
    tenant = "tabcdefghij23456"
    silo = ("-c", f'dataconnect:silos={{"{tenant}": {{"slug": "acme-home-loans"}}}}')
    sandbox.up("dev", *PACKS).ok()
    before = sandbox.resources("dev")
    changes = sandbox.changes("dev", *silo)
    # One page shows all alarms; what puts the stack to sleep knows every database, and may stop it.
    assert changes.keys() == {"create", "same", "update"} and changes["update"] == 3
    sandbox.up("dev", *silo, *PACKS).ok()
    others = {name for name in sandbox.resources("dev") if tenant not in name} - before.keys()
    assert {name.rpartition("::")[2] for name in others} == {"silos"}
    assert sandbox.changes("dev", *silo).keys() == {"same"}
    sandbox.up("dev").ok()
    assert sandbox.resources("dev").keys() == before.keys()
