"""Production on the real engine with the AWS stand-in: what deploying, changing and losing it does."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.generate.picture import draw
from tests.end_to_end.conftest import PACKS, PRODUCTION
from tests.engine import CLONE, Engine
from tests.found import some
from tests.settings.stack_files import CONFIG

PRIMARY, RECOVERY = "us-east-2", "us-west-2"
Setting = Callable[[str, str, Any], tuple[str, ...]]


Resources = dict[tuple[str, str], dict[str, Any]]
DATABASE = ("aws:rds/instance:Instance", "database")
SERVICE = "aws:ecs/service:Service"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SWITCHED = (
    *(SERVICE, "aws:appautoscaling/target:Target", "aws:lambda/eventSourceMapping:EventSourceMapping"),
    *("aws:scheduler/schedule:Schedule", "aws:cloudwatch/eventRule:EventRule", "aws:batch/jobQueue:JobQueue"),
    *("aws:lb/listenerRule:ListenerRule", "aws:route53/record:Record"),
)


def state(engine: Engine, stack: str) -> Resources:
    """Type and name -> resource, as the state has it; secrets opened, for each writing encrypts them anew."""
    items = engine.run("stack", "export", "--show-secrets", "--stack", stack).ok().json["deployment"]["resources"]
    return {(item["type"], item["urn"].rpartition("::")[2]): item for item in items if not item["type"].startswith("pulumi:")}


def of_type(resources: Resources, token: str) -> dict[str, dict[str, Any]]:
    return {name: resource for (kind, name), resource in resources.items() if kind == token}


@pytest.mark.parametrize("stack", PRODUCTION)
def test_a_second_up_changes_nothing(production: Engine, stack: str) -> None:
    before = state(production, stack)
    production.up(stack, *PACKS).ok()
    assert state(production, stack).keys() == before.keys()
    assert production.changes(stack).keys() == {"same"}


def test_what_is_kept_is_not_shortened_by_a_setting_alone(estate: Engine, setting: Setting) -> None:
    stack = "prod"
    deployed = CONFIG[stack]["dataconnect:lake"]["buckets"]["dumps"]["expireDays"]
    shorter = setting(stack, "lake.buckets.dumps.expireDays", deployed - 1)
    done = estate.run("preview", "--stack", stack, *shorter)
    assert done.code != 0
    assert f"dataconnect:lake.buckets.dumps.expireDays is {deployed - 1}, and deployed as {deployed}:" in done.output
    longer = setting(stack, "lake.buckets.dumps.expireDays", deployed + 1)
    assert estate.changes(stack, *longer)["update"] == 1


@pytest.mark.parametrize("stack", PRODUCTION)
def test_a_refresh_changes_nothing(production: Engine, stack: str) -> None:
    before = state(production, stack)
    production.run("refresh", "--yes", "--skip-preview", "--stack", stack).ok()
    after = state(production, stack)
    assert {name: _without_files(item) for name, item in after.items()} == {
        name: _without_files(item) for name, item in before.items()
    }
    assert production.changes(stack).keys() == {"same"}


def _without_files(item: dict[str, Any]) -> dict[str, Any] | None:
    """The outputs of a resource; of an archive its hash, for a refresh leaves nothing else of one in the state."""
    outputs = item.get("outputs")
    code = outputs.get("code") if outputs else None
    return {**outputs, "code": code["hash"]} if outputs and isinstance(code, dict) else outputs


def test_a_longer_retention_updates_log_groups_in_place(production: Engine, setting: Setting) -> None:
    changes = production.changes("prod", *setting("prod", "logRetentionDays", 400))
    assert changes.keys() == {"same", "update"}


@pytest.mark.parametrize(("path", "value"), [("database.name", "another"), ("database.username", "someone_else")])
def test_a_change_that_would_replace_the_database_is_stopped(
    production: Engine, setting: Setting, path: str, value: str
) -> None:
    before = state(production, "prod")
    result = production.up("prod", *setting("prod", path, value))
    assert result.code != 0
    assert "rds/instance:Instance::database" in result.output
    assert "protect" in result.output
    assert state(production, "prod")[DATABASE]["outputs"] == before[DATABASE]["outputs"]


def test_destroying_production_is_refused_and_takes_nothing_away(production: Engine) -> None:
    before = state(production, "prod")
    result = production.run("destroy", "--yes", "--stack", "prod")
    assert result.code != 0
    assert "protect" in result.output
    assert state(production, "prod").keys() == before.keys()


def test_the_recovery_stack_lives_in_its_own_region_alone(estate: Engine) -> None:
    regions = {item["inputs"].get("region") for item in state(estate, "prod-recovery").values() if item["custom"]}
    # Without a region: IAM and Route 53, which are global.
    assert regions == {RECOVERY, None}


@pytest.mark.parametrize("stack", ["prod", "prod-replication"])
def test_the_lost_region_is_really_refused(production: Engine, stack: str) -> None:
    result = production.run(
        "refresh", "--yes", "--skip-preview", "-s", stack, environ={"DATACONNECT_SANDBOX_REFUSE_REGION": PRIMARY}
    )
    assert result.code != 0
    assert PRIMARY in result.output


def test_what_is_in_no_region_can_be_changed_while_the_region_is_lost_and_the_rest_is_not_asked(production: Engine) -> None:
    before, kind = state(production, "prod"), "aws:route53/healthCheck:HealthCheck"
    tags = {**CONFIG["prod"]["aws:defaultTags"]["tags"], "CostCenter": "CC-9999"}
    changed = ("-c", f"aws:defaultTags={json.dumps({'tags': tags})}")
    lost = {"DATACONNECT_SANDBOX_REFUSE_REGION": PRIMARY}
    name, check = next(iter(some(of_type(before, kind)).items()))
    production.run("up", "--yes", "--skip-preview", "-s", "prod", "--target", check["urn"], *changed, environ=lost).ok()
    after = state(production, "prod")
    assert after[kind, name]["inputs"]["tags"]["CostCenter"] == "CC-9999"
    # Where a resource has no input, the state has none.
    assert {key for key, item in after.items() if item.get("inputs") != before[key].get("inputs")} == {(kind, name)}
    assert production.run("up", "--yes", "--skip-preview", "-s", "prod", *changed, environ=lost).code != 0


def test_no_password_is_readable_in_the_state(estate: Engine) -> None:
    state = estate.run("stack", "export", "--stack", "prod").ok().json
    login = next(item for item in state["deployment"]["resources"] if item["type"].endswith(":SecretVersion"))
    for value in (login["inputs"]["secretString"], login["outputs"]["secretString"]):
        assert value.keys() >= {"ciphertext"}
    # What the sandbox's own passphrase opens must not stand anywhere else either.
    shown = estate.run("stack", "export", "--show-secrets", "--stack", "prod").ok().json
    opened = next(item for item in shown["deployment"]["resources"] if item["type"].endswith(":SecretVersion"))
    password = json.loads(json.loads(opened["inputs"]["secretString"]["plaintext"]))["password"]
    assert len(password) >= 20
    assert password not in json.dumps(state)


def test_alarms_and_events_link_a_runbook_and_every_runbook_is_linked(estate: Engine) -> None:
    address = re.escape(CONFIG["prod"]["dataconnect:runbookUrl"])
    told = json.dumps([[*state(estate, stack).values()] for stack in PRODUCTION])
    links = set(re.findall(rf"{address}/([a-z]+/[a-z-]+)", told))
    folder = CLONE / "docs" / "runbooks"
    pages = {str(page.relative_to(folder).with_suffix("")) for page in folder.glob("*/*.md")}
    assert links <= pages
    # A stack without a fleet has none to tell of (tests/end_to_end/test_fleets.py deploys one), nor has one that is not cold of
    # its backups (tests/stacks/test_cold.py), that never sleeps (tests/stacks/test_sleep.py), or that has no environments on
    # demand (tests/components/operate/test_janitor_watch.py). Of costs the notifier tells.
    fleets = any(CONFIG[stack].get("dataconnect:fleets") for stack in PRODUCTION)
    others = {"cost", "environment", "sleep", *([] if fleets else ["fleet"])}
    assert {page.partition("/")[0] for page in pages - links - {"recovery/backups"}} == others


def test_every_alarm_tells_a_topic_of_its_own_region(estate: Engine) -> None:
    for stack in PRODUCTION:
        resources = state(estate, stack)
        rules = "".join(each["inputs"]["alarmRule"] for each in of_type(resources, COMPOSITE).values())
        alarms = some(of_type(resources, "aws:cloudwatch/metricAlarm:MetricAlarm"))
        # The part of a composite alarm tells nobody: that one does.
        told = {name: each for name, each in alarms.items() if f'"{each["outputs"]["name"]}"' not in rules}
        for name, alarm in (some(told) | of_type(resources, COMPOSITE)).items():
            for action in [*some(alarm["inputs"]["alarmActions"]), *some(alarm["inputs"]["okActions"])]:
                assert action.split(":")[3] == alarm["inputs"]["region"], name


def test_what_holds_data_is_protected(estate: Engine) -> None:
    stateful = {
        *("aws:rds/instance:Instance", "aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"),
        *("aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:secretsmanager/secret:Secret"),
        *("aws:ecr/repository:Repository", "aws:cloudwatch/logGroup:LogGroup"),
    }
    for stack in PRODUCTION:
        found = {name: item for name, item in state(estate, stack).items() if item["type"] in stateful}
        assert [name for name, item in found.items() if not item.get("protect")] == []
        assert found


def test_replication_needs_what_recovery_has_deployed(production: Engine) -> None:
    production.run("stack", "rm", "--force", "--yes", "prod-recovery").ok()
    result = production.run("preview", "--stack", "prod-replication")
    assert result.code != 0
    assert "prod-recovery" in result.output


@pytest.mark.parametrize("stack", ["prod-recovery", "prod-replication"])
def test_a_new_table_can_be_previewed_everywhere_before_prod_has_it(production: Engine, tmp_path: Path, stack: str) -> None:
    # As a pull request meets it: the settings have a table, the prod that is deployed does not tell of it.
    deployed = production.run("stack", "export", "--stack", "prod").ok().json
    (root,) = (item for item in deployed["deployment"]["resources"] if item["type"] == "pulumi:pulumi:Stack")
    del root["outputs"]["tables"]["user-logins"]
    file = tmp_path / "prod.json"
    file.write_text(json.dumps(deployed))
    production.run("stack", "import", "--stack", "prod", "--file", str(file)).ok()
    # The table's replica is as new as the table.
    production.run("stack", "rm", "--force", "--yes", "prod-replication").ok()
    production.run("stack", "init", "prod-replication").ok()
    preview = production.run("preview", "--stack", stack, *PACKS).ok().output
    assert "stack prod has no output tables.user-logins" in preview
    assert "It is unknown in this preview." in preview
    refused = production.up(stack)
    assert refused.code != 0
    assert "stack prod has no output tables.user-logins" in refused.output and "deploy it first" in refused.output


def test_a_second_up_makes_the_key_replicas_that_the_first_could_not(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "sandbox")
    engine.run("stack", "init", "prod").ok()
    first = engine.run("up", "--yes", "--skip-preview", "-s", "prod", environ={"DATACONNECT_SANDBOX_REFUSE_REGION": RECOVERY})
    assert first.code != 0
    keys = of_type(state(engine, "prod"), "aws:kms/key:Key")
    assert keys
    assert not of_type(state(engine, "prod"), "aws:kms/replicaKey:ReplicaKey")
    engine.up("prod").ok()
    after = of_type(state(engine, "prod"), "aws:kms/key:Key")
    assert {name: after[name]["id"] for name in keys} == {name: key["id"] for name, key in keys.items()}
    assert of_type(state(engine, "prod"), "aws:kms/replicaKey:ReplicaKey")
    assert engine.changes("prod").keys() == {"same"}


def test_the_committed_picture_shows_what_is_deployed(estate: Engine) -> None:
    deployed = draw(*(estate.run("stack", "export", "--stack", stack).ok().json for stack in PRODUCTION))
    drawn = (CLONE / "docs" / "platform.svg").read_text(encoding="utf-8")
    assert drawn == deployed, "docs/platform.svg is out of date: run `make picture`"
