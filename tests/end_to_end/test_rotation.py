"""What a rotation has made of a password since, and the next deployments on the real engine: none brings the old one back."""

import json
from pathlib import Path
from typing import Any

from tests.engine import CLONE, Engine, write_program

# Each run generates another password, as the stacks do.
PROGRAM = f"""
import sys
sys.path.insert(0, {str(CLONE)!r})

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.data.database import Database, DatabaseArgs
from components.data.database_spec import DatabaseSpec
from components.data.secret import generate_password

topic = aws.sns.Topic("alerts")
key = aws.kms.Key("key")
Database(
    "database",
    DatabaseArgs(
        here=Here(
            region="us-east-2",
            account_id="222222222222",
            alarms=AlarmTarget(topic_arn=topic.arn, runbook_url="https://runbooks.example"),
            log_key_arn=key.arn,
            log_retention_days=30,
            protect=False,
        ),
        spec=DatabaseSpec(
            instance_class=pulumi.Config().get("class") or "db.r7g.large",
            engine_version="17",
            storage_gib=50,
            max_storage_gib=100,
            backup_retention_days=7,
            backup_window="07:00-08:00",
            maintenance_window="sun:09:00-sun:10:00",
            name="dataconnect",
            username="dataconnect_owner",
        ),
        identifier="dataconnect-test",
        vpc_id="vpc-0a1b2c3d",
        subnet_ids=["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
        key_arn=key.arn,
        secrets_key_arn=key.arn,
        password=generate_password(),
    ),
)
"""
CONFIG = {
    "aws:allowedAccountIds": '["222222222222"]',
    "aws:defaultTags": '{"tags": {"Project": "tiny", "Owner": "nobody"}}',
}
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def test_no_deployment_brings_back_the_password_that_a_rotation_replaced(tmp_path: Path) -> None:
    project = write_program(tmp_path / "project", PROGRAM, CONFIG)
    engine = Engine(tmp_path / "sandbox", project)
    engine.run("up", "--yes", "--stack", "test").ok()
    # What a refresh finds after a rotation: the version that the deployment made is the one before, or an older one.
    for stages in (["AWSPREVIOUS", "DEPLOYED"], ["DEPLOYED"]):
        state: Any = engine.run("stack", "export", "--stack", "test").ok().json
        (version,) = [each for each in state["deployment"]["resources"] if each["type"] == SECRET_VERSION]
        version["outputs"]["versionStages"] = stages
        (tmp_path / "state.json").write_text(json.dumps(state))
        engine.run("stack", "import", "--stack", "test", "--file", str(tmp_path / "state.json")).ok()
        assert changes(engine) == {}
    # Nor does one that changes the instance otherwise.
    write_program(project, PROGRAM, CONFIG | {"tiny:class": "db.r7g.xlarge"})
    found = changes(engine)
    assert found["database"] == ["instanceClass"]
    assert not [name for name in found if "credentials" in name]
    engine.run("up", "--yes", "--stack", "test").ok()
    assert changes(engine) == {}


def changes(engine: Engine) -> dict[str, list[str]]:
    """Name of each resource that a preview would change -> what of it; `all` of one that is made, replaced or deleted."""
    steps = engine.run("preview", "--json", "--stack", "test").ok().json["steps"]
    return {
        step["urn"].rpartition("::")[2]: sorted(step.get("detailedDiff") or {"all": ""})
        for step in steps
        if step["op"] != "same"
    }
