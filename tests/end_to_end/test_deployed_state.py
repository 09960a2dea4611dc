"""The program on the state that was last released: everything deployed is found again, and what changes is meant to."""

import json
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pytest

from tests.end_to_end import deployed
from tests.engine import Engine

UPDATES: Final[dict[str, str]] = {
    "aws:cloudwatch/dashboard:Dashboard dashboard: dashboardBody": "rows stand in the order of declaration; the queue has one",
    "aws:cloudwatch/dashboard:Dashboard replication: dashboardBody": "the registry of tenants has a replica, which is watched",
    "aws:iam/rolePolicy:RolePolicy *-task-grants: policy": (
        "links name table, bucket and verb; before, every table and bucket. And services log in as users of their own"
    ),
    "aws:iam/rolePolicy:RolePolicy *-execution-grants: policy": "nothing starts with the master's credentials any more",
    "aws:ecs/service:Service *: taskDefinition": "the revision with the variables of the exact links",
    "aws:cloudwatch/metricAlarm:MetricAlarm *: alarmDescription": "it says how urgent it is; runbooks are filed by subject",
    "aws:cloudwatch/eventTarget:EventTarget *: inputTransformer": "what is told says how urgent it is; a quote broke one",
    "aws:cloudwatch/metricAlarm:MetricAlarm ingress-*: datapointsToAlarm": "FILL stands where the newest datapoint lags",
    "aws:cloudwatch/metricAlarm:MetricAlarm *: insufficientDataActions": "the silence of a database or of a service is told",
    "aws:cloudwatch/metricAlarm:MetricAlarm *-service-running-tasks: treatMissingData": "a new service raised a false alarm",
    "aws:cloudwatch/metricAlarm:MetricAlarm *-database-replica-lag: treatMissingData": "a new replica raised a false alarm",
    "aws:cloudwatch/metricAlarm:MetricAlarm *-database-load: treatMissingData": "the load is reported only while there is some",
    "aws:kms/*ey secrets-key*: policy": "variables of functions are under it, too, by a grant that Lambda holds",
    "aws:kms/*ey *alerts-key*: policy": "budgets, and what is unusual in costs, publish to the encrypted topic",
    "aws:sns/topicPolicy:TopicPolicy alerts-policy: policy": "budgets, and what is unusual in costs, publish there",
    "aws:kms/key:Key zone-guard-signing: policy": "who creates the key-signing key must be able to try the key",
    "aws:ec2/networkAcl:NetworkAcl network-data-acl: *gress": "environments on demand reach dev's database",
    "aws:backup/plan:Plan backup: rules": "recovery's backups started in the hour before its database's maintenance",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration lake-*: rules": (
        "raw and curated end after seven years, and what is large in raw moves to an archive"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration access-logs-lifecycle: rules": (
        "lists of objects are kept for a quarter"
    ),
    "aws:s3/bucketPolicy:BucketPolicy access-logs-policy: policy": "S3 delivers lists of objects there",
    "aws:s3/bucketPolicy:BucketPolicy lake-raw-policy: policy": "only who operates tenants passes the lock",
    "aws:iam/rolePolicy:RolePolicy lake-raw-replication-policy: policy": "a lock is copied with what it locks",
    "aws:rds/eventSubscription:EventSubscription database-*-events: sourceIds": (
        "a region has 20 subscriptions: these tell the events of the silos' databases, too"
    ),
    "aws:cloudwatch/logGroup:LogGroup cluster-exec: retentionInDays": "who did what in a container is asked for later",
    "aws:*: tags.Stack": "what sleeps bears its stack's name: the sleeper may touch that alone",
    "aws:*: tags.RecoveryClass": "what holds something says what becomes of it when the region is lost",
    "aws:route53/healthCheck:HealthCheck app-*: resourcePath": "traffic follows latches, no service's health",
    "aws:route53/healthCheck:HealthCheck app-serving: childHealthThreshold": (
        "PRIMARY is healthy unless recovery's latch alone is open: while everything is closed, too"
    ),
    "aws:route53/record:Record app: healthCheckId": "SECONDARY asks for the primary's latch, too",
    "aws:wafv2/webAcl:WebAcl ingress-firewall: rules": "the latch is open to everybody: Route 53's checkers ask it",
    "aws:cloudwatch/metricAlarm:MetricAlarm *-service-running-tasks: metricQueries": (
        "a service that recovery wants no task of misses none"
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig lake-*-replication-config: rules": (
        "copies go both ways, and changes of an object's metadata with them"
    ),
}
"""`<type> <name>: <property>` patterns of updates on purpose -> why. One that matches nothing is out of date."""

REPLACES: Final[dict[str, str]] = {
    "aws:backup/selection:Selection backup": "RDS promotes no replica while it is being backed up; AWS changes no selection",
    "aws:ecs/taskDefinition:TaskDefinition *": "a revision never changes: other variables are another one, and the old stays",
}
"""`<type> <name>` patterns of what is replaced on purpose -> why."""

DELETES: Final[dict[str, str]] = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule endpoints-interface-from-vpc-443": (
        "the endpoints admit the groups that take their link, no longer the whole network"
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction *": "dev sleeps as a whole, its services by no schedule of their own",
    "aws:sns/topicSubscription:TopicSubscription alerts-email-0": "teams hear by the notifier, in mails that people can read",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration alerts-slack": "the notifier posts to Slack",
    "aws:iam/role:Role alerts-slack": "it was Chatbot's",
}
"""`<type> <name>` patterns of what goes on purpose -> why."""


def key(urn: str) -> str:
    return f"{urn.split('::')[2].rpartition('$')[2]} {urn.rpartition('::')[2]}"


def plain(value: Any) -> Any:
    """A value as AWS understands it: the order of a policy's lists, and a list of one in place of a text, mean nothing."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return plain(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        inner = [plain(each) for each in value]
        if len(inner) == 1 and isinstance(inner[0], str):
            return inner[0]
        return (
            sorted(inner, key=lambda each: json.dumps(each, sort_keys=True))
            if all(isinstance(i, str) for i in inner)
            else inner
        )
    return value


def changes(step: dict[str, Any]) -> Iterator[str]:
    old, new = step["oldState"].get("inputs", {}), step["newState"].get("inputs", {})
    for name in sorted({*old, *new}):
        if name.startswith("__") or plain(old.get(name)) == plain(new.get(name)):
            continue
        if name == "tags":
            before, after = old.get(name, {}), new.get(name, {})
            yield from (f"{key(step['urn'])}: tags.{tag}" for tag in {*before, *after} if before.get(tag) != after.get(tag))
        else:
            yield f"{key(step['urn'])}: {name}"


def checks(steps: list[dict[str, Any]], side: str) -> dict[str, dict[str, Any]]:
    """The health checks of a stack by name, as they are before (`oldState`) or after (`newState`) its deployment."""
    found = [step for step in steps if key(step["urn"]).startswith("aws:route53/healthCheck:") and side in step]
    return {step["urn"].rpartition("::")[2]: step[side]["inputs"] for step in found}


def is_healthy(stack: str, found: dict[str, dict[str, Any]]) -> bool:
    """A stack's record, while prod is active and no latch is open, and what runs is all in prod."""

    def holds(name: str) -> bool:
        asked = "prod" if (name == "app-endpoint") == (stack == "prod") else "prod-recovery"
        return (asked == "prod" and found[name]["resourcePath"] != "/active") != bool(found[name].get("invertHealthcheck"))

    serving = found.get("app-serving")
    if serving is None:
        return holds("app-endpoint")
    return sum(holds(name) for name in found if name != "app-serving") >= serving["childHealthThreshold"]


@pytest.fixture(scope="module")
def previews(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The steps that the engine would take on each recorded stack; prod is deployed, for the others read its new outputs."""
    print(f"the recorded states are those of commit {deployed.commit()}")
    engine = Engine(tmp_path_factory.mktemp("deployed") / "sandbox")
    steps: dict[str, list[dict[str, Any]]] = {}
    for stack in deployed.STACKS:
        file = Path(engine.folder.parent, f"{stack}.json")
        file.write_text(json.dumps(deployed.state(stack)))
        engine.run("stack", "init", stack).ok()
        engine.run("stack", "import", "--stack", stack, "--file", str(file)).ok()
        steps[stack] = engine.run("preview", "--json", "--show-sames", "--stack", stack).ok().json["steps"]
        if stack == "prod":
            engine.up(stack).ok()
    return steps


def test_states_are_recorded_of_a_commit_and_of_nothing_that_is_not_committed(tmp_path: Path) -> None:
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com")
    (tmp_path / "file").write_text("committed")
    for arguments in (("init", "-q"), ("add", "file"), ("commit", "-q", "-m", "first")):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert deployed.checked_out(tmp_path) == head.strip()
    (tmp_path / "file").write_text("changed")
    with pytest.raises(SystemExit, match=r"commit these first:\nM file"):
        deployed.checked_out(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", deployed.commit())


@pytest.mark.parametrize("stack", deployed.STACKS)
def test_nothing_that_is_deployed_is_replaced(previews: dict[str, list[dict[str, Any]]], stack: str) -> None:
    replaced = {key(step["urn"]) for step in previews[stack] if "replace" in step["op"]}
    assert {name for name in replaced if not any(fnmatchcase(name, pattern) for pattern in REPLACES)} == set()
    assert len(previews[stack]) > 10


@pytest.mark.parametrize("stack", deployed.STACKS)
def test_what_goes_is_meant_to_go(previews: dict[str, list[dict[str, Any]]], stack: str) -> None:
    gone = {key(step["urn"]) for step in previews[stack] if step["op"].startswith("delete")}
    assert {name for name in gone if not any(fnmatchcase(name, pattern) for pattern in DELETES)} == set()


@pytest.mark.parametrize("stack", deployed.STACKS)
def test_what_changes_is_meant_to_change(previews: dict[str, list[dict[str, Any]]], stack: str) -> None:
    changed = {change for step in previews[stack] if step["op"] == "update" for change in changes(step)}
    assert {change for change in changed if not any(fnmatchcase(change, pattern) for pattern in UPDATES)} == set()


def test_users_stay_at_the_primary_while_this_is_deployed(previews: dict[str, list[dict[str, Any]]]) -> None:
    """In the order of docs/decisions/stacks.md. Route 53 answers with PRIMARY while that is healthy or SECONDARY is not."""
    prod, recovery = previews["prod"], previews["prod-recovery"]
    # While prod's checks change, one after another, they may say anything.
    assert not is_healthy("prod-recovery", checks(recovery, "oldState"))
    # While those of prod-recovery do.
    assert is_healthy("prod", checks(prod, "newState"))
    assert not is_healthy("prod-recovery", checks(recovery, "newState"))


def test_the_lists_of_changes_on_purpose_are_up_to_date(previews: dict[str, list[dict[str, Any]]]) -> None:
    steps = [step for stack in deployed.STACKS for step in previews[stack]]
    changed = {change for step in steps if step["op"] == "update" for change in changes(step)}
    replaced = {key(step["urn"]) for step in steps if "replace" in step["op"]}
    gone = {key(step["urn"]) for step in steps if step["op"].startswith("delete")}
    for patterns, found in ((UPDATES, changed), (REPLACES, replaced), (DELETES, gone)):
        assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in found)] == []
