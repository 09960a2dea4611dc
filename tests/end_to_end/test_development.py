"""dev on the real engine with the AWS stand-in, from an empty sandbox and back to one."""

import re
import shutil
from pathlib import Path

import pytest

from operations.environments.items import Environment
from operations.environments.outputs import dev_of
from operations.environments.template import load_template, render
from operations.pulumi_outputs import Reader
from tests.end_to_end.conftest import PACKS
from tests.engine import CLONE, Engine


@pytest.fixture
def sandbox(tmp_path: Path) -> Engine:
    engine = Engine(tmp_path / "sandbox")
    engine.run("stack", "init", "dev").ok()
    return engine


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """dev, with all packs enforcing. For copies."""
    engine = Engine(tmp_path_factory.mktemp("deployed") / "sandbox")
    engine.run("stack", "init", "dev").ok()
    engine.up("dev", *PACKS).ok()
    return engine


@pytest.fixture
def dev(deployed: Engine, tmp_path: Path) -> Engine:
    """A copy of it to be changed."""
    shutil.copytree(deployed.folder, tmp_path / "sandbox", symlinks=True)
    return Engine(tmp_path / "sandbox")


def test_a_preview_shows_everything_and_creates_nothing(sandbox: Engine) -> None:
    preview = sandbox.run("preview", "--stack", "dev").ok().output
    assert re.search(r"Resources:\n +\+ \d+ to create\n", preview)
    assert re.search(r"databaseAddress +: \[unknown\]", preview)
    assert sandbox.resources("dev") == {}


def test_what_was_deployed_can_be_taken_away_without_a_trace(dev: Engine) -> None:
    assert dev.changes("dev").keys() == {"same"}
    destroyed = dev.run("destroy", "--yes", "--skip-preview", "--stack", "dev").ok().output
    assert dev.resources("dev") == {}
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


def test_a_silo_comes_and_goes_and_no_other_resource_is_changed(dev: Engine) -> None:
    tenant = "tabcdefghij23456"
    silo = ("-c", f'dataconnect:silos={{"{tenant}": {{"slug": "acme-home-loans"}}}}')
    before = dev.resources("dev")
    changes = dev.changes("dev", *silo)
    # One page shows all alarms; what puts the stack to sleep knows every database, and may stop it.
    assert changes.keys() == {"create", "same", "update"} and changes["update"] == 3
    dev.up("dev", *silo, *PACKS).ok()
    others = {name for name in dev.resources("dev") if tenant not in name} - before.keys()
    assert {name.rpartition("::")[2] for name in others} == {"silos"}
    assert dev.changes("dev", *silo).keys() == {"same"}
    dev.up("dev").ok()
    assert dev.resources("dev").keys() == before.keys()


def test_the_template_of_environments_comes_up_beside_it_as_every_pack_agrees_and_goes(dev: Engine, tmp_path: Path) -> None:
    beside = dev_of("dev", Reader(dev.outputs("dev"), "dev's outputs"))
    wanted = Environment(
        name="x",
        owner="arn:aws:sts::111111111111:assumed-role/developers/ada",
        email="ada@dataconnect.example",
        of="dev",
        template="standard",
        range="10.128.0.0/20",
        data="discard",
        state="coming-up",
        created=0,
        expires=0,
        changed_by="",
        changed_at=0,
    )
    file = tmp_path / "Pulumi.dev-x.yaml"
    file.write_text(render(load_template("standard", beside), beside, wanted))
    told = ("--config-file", str(file))
    before = dev.resources("dev")
    dev.up("dev-x", *told, *PACKS).ok()
    assert dev.changes("dev-x", *told).keys() == {"same"}
    assert dev.outputs("dev-x")["url"] == "https://x.dev.dataconnect.example"
    # Neither has changed the other, and nothing that is kept stands in the way of its end.
    assert dev.changes("dev").keys() == {"same"}
    dev.run("destroy", "--yes", "--skip-preview", "--stack", "dev-x", *told).ok()
    assert dev.resources("dev-x") == {} and dev.resources("dev") == before
