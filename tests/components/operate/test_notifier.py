"""What is declared to tell people: a queue, a function, a table, a secret, mail topics, and alarms that do without all that."""

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

from components.base.alarms import AlarmTarget
from components.base.hours import rules_of
from components.operate.alerts_spec import AlertsSpec
from components.operate.notifier import QUEUE, SIZE, Notifier, NotifierArgs
from functions.notify.desk import LEASE_SECONDS
from functions.notify.routing import parse
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of
from tests.found import some

ALERTS = f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts"
DIRECT = f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts-direct"
RUNBOOKS = "https://runbooks.dataconnect.example"
KEYS = {name: kms_key("us-west-2", name) for name in ("alerts", "messages", "secrets", "tables")}


def spec(**changes: Any) -> AlertsSpec:
    return AlertsSpec.model_validate(
        {
            "emails": ["oncall@dataconnect.example"],
            "timezone": "America/Chicago",
            "teams": {
                "platform": {"emails": ["one@dataconnect.example", "two@dataconnect.example"], "slack": "C07EXAMPLE"},
                "on-call": {"pagerduty": "pager", "webhook": "hook"},
            },
            "owner": "platform",
            "owners": {"batch": "platform"},
            "routes": [{"team": "on-call", "severities": ["critical"], "hours": ["mon-fri 18:00-08:00"]}],
            "hours": ["mon-fri 08:00-18:00"],
            "escalation": [{"afterMinutes": 15, "team": "platform"}],
            **changes,
        }
    )


def declare(**changes: Any) -> Declaration:
    place = replace(here("us-west-2"), alarms=AlarmTarget(topic_arn=ALERTS, runbook_url=RUNBOOKS), switched=True)
    arguments: dict[str, Any] = {
        "here": place,
        "direct": AlarmTarget(topic_arn=DIRECT, runbook_url=RUNBOOKS),
        "spec": spec(),
        "environment": "prod",
        "topic_arn": ALERTS,
        "keys": KEYS,
        "source": {"functions/notify/handler.py": ""},
        "commands": {"database-cpu": "aws rds describe-db-instances"},
    }
    return resources_of(lambda: Notifier("notifier", NotifierArgs(**(arguments | changes))))


def test_what_the_topic_is_told_comes_to_the_queue_in_its_envelope() -> None:
    declared = declare()
    (hears,) = [
        each.inputs for each in declared.of("aws:sns/topicSubscription:TopicSubscription") if each.inputs["protocol"] == "sqs"
    ]
    assert hears["topic"] == ALERTS and "rawMessageDelivery" not in hears
    assert "alerts-dead-letters" in hears["redrivePolicy"]
    policy = declared.one("aws:sqs/queuePolicy:QueuePolicy", "notifier-queue-policy").document()
    (allowed,) = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": ALERTS}}
    assert declared.one("aws:sqs/queue:Queue", "notifier-queue").inputs["kmsMasterKeyId"] == KEYS["messages"]


def test_every_alarm_about_it_goes_to_the_topic_that_it_has_no_part_in() -> None:
    alarms = declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {tuple(each.inputs["alarmActions"]) for each in some(alarms)} == {(DIRECT,)}
    names = {each.name for each in alarms}
    assert {
        "alerts-notifier-unreached",
        "alerts-topic-dead-letters",
        "notifier-function-errors",
        "notifier-clock-function-silent",
    } <= names
    assert {"notifier-queue-queue-dead-letters", "notifier-table-table-throttles"} <= names


def test_the_function_may_read_its_secret_write_its_table_send_mail_look_at_alarms_and_nothing_else() -> None:
    policies = [each.document()["Statement"] for each in declare().of("aws:iam/policy:Policy")]
    actions = {
        action for statements in policies for each in statements if each["Effect"] == "Allow" for action in each["Action"]
    }
    assert not [each for each in actions if each.endswith("*") and not each.startswith("kms:")]
    services = {"logs", "xray", "sqs", "kms", "secretsmanager", "dynamodb", "sns", "cloudwatch"}
    assert {each.partition(":")[0] for each in actions} == services
    (looks,) = [each for statements in policies for each in statements if "cloudwatch:DescribeAlarms" in each["Action"]]
    # CloudWatch tells nothing of alarms over alarms to who may ask for some only: they would all seem to be gone.
    assert (looks["Action"], looks["Resource"]) == (["cloudwatch:DescribeAlarms"], ["*"])
    assert looks["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    (mail,) = [each for statements in policies for each in statements if each["Action"] == ["sns:Publish"]]
    assert mail["Resource"] == [f"arn:aws:sns:us-west-2:{ACCOUNT}:notifier-mail-platform"]


def test_a_team_with_addresses_has_a_mail_topic_of_its_own() -> None:
    declared = declare()
    topic = declared.one("aws:sns/topic:Topic", "notifier-mail-platform").inputs
    assert topic["kmsMasterKeyId"] == KEYS["alerts"]
    people = [
        each.inputs for each in declared.of("aws:sns/topicSubscription:TopicSubscription") if each.inputs["protocol"] == "email"
    ]
    assert sorted(each["endpoint"] for each in people) == ["one@dataconnect.example", "two@dataconnect.example"]
    none = declare(spec=spec(teams={"platform": {"slack": "C07EXAMPLE"}}, routes=[]))
    assert not none.of("aws:sns/topic:Topic")


def test_the_function_reads_what_the_settings_say() -> None:
    source = declare().one("aws:lambda/function:Function").inputs["code"]
    files = source.assets if hasattr(source, "assets") else source["assets"]
    file = files["functions/notify/notify.json"]
    routing = parse(json.loads(file.text if hasattr(file, "text") else file["text"]), UTC)
    assert (routing.stack, routing.environment, routing.owner, routing.runbooks) == ("test", "prod", "platform", RUNBOOKS)
    assert [str(each) for each in routing.channels(["platform", "on-call"])] == [
        "slack:C07EXAMPLE",
        f"mail:arn:aws:sns:us-west-2:{ACCOUNT}:notifier-mail-platform",
        "webhook:hook",
        "pagerduty:pager",
    ]
    assert [(each.team, each.severities, len(each.hours)) for each in routing.routes] == [
        # Nights are in two parts.
        ("on-call", ("critical",), 10)
    ]
    assert routing.escalation == [(15, "platform")] and routing.owners == {"batch": "platform"}
    assert (routing.workloads, routing.searched) == (frozenset(), False)
    assert routing.hours == tuple((day, 480, 1080) for day in range(5)) and routing.commands == {
        "database-cpu": "aws rds describe-db-instances"
    }


def test_the_rules_of_its_time_zone_lie_beside_what_it_reads() -> None:
    files = declare().one("aws:lambda/function:Function").inputs["code"].assets
    assert files["functions/notify/zone"].path == str(rules_of("America/Chicago"))


def test_the_secret_holds_nothing_that_a_state_would_keep() -> None:
    declared = declare()
    assert declared.one("aws:secretsmanager/secret:Secret").inputs["kmsKeyId"] == KEYS["secrets"]
    assert not declared.of("aws:secretsmanager/secretVersion:SecretVersion")


def test_it_runs_in_a_region_on_standby_too() -> None:
    declared = declare()
    assert declared.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs["enabled"] is True
    schedule = declared.one("aws:scheduler/schedule:Schedule")
    assert (schedule.inputs["state"], schedule.inputs["scheduleExpression"]) == ("ENABLED", "rate(1 minutes)")
    assert not schedule.ignore_changes


def test_every_child_is_in_the_given_region() -> None:
    assert children_without_region(declare(), "us-west-2") == []


def test_nobody_else_takes_an_incident_over_while_a_run_may_still_be_at_it() -> None:
    assert SIZE.timeout_seconds < LEASE_SECONDS
    assert QUEUE.visibility_timeout_seconds > LEASE_SECONDS
