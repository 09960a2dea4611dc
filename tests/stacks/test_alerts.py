"""Every alarm of every stack has an owner, an urgency and a runbook, and fires: a message of it reaches somebody."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest

from components.base.severity import URGENCY
from functions.notify.events import read
from functions.notify.handler import Notifier
from functions.notify.incident import Incident, take
from functions.notify.notice import Notice
from functions.notify.render import blocks, mail, message_of, slack_text, subject
from functions.notify.routing import Routing, parse
from tests.cloudwatch import composite, states
from tests.found import some
from tests.functions.notify.desks import MONDAY, REGION, World, alarm, envelope, world
from tests.functions.notify.services import wrong_with
from tests.stacks.alarms import LONG, METRIC, alarms, series
from tests.stacks.estate import ACCOUNTS, ALL, PLATFORMS, Estate, archive, estate_of

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


def routing_of(estate: Estate) -> dict[str, Any]:
    """What the notifier of a stack reads; alarms of replication, and of an account, are told by the others' notifiers."""
    owner = estate if estate.file["role"] not in ("replication", "account") else estate.others[0]
    files: Any = archive(owner.inputs("lambda/function:Function", "notifier")["code"])
    return json.loads(files["functions/notify/notify.json"])


def fired(estate: Estate) -> dict[str, str]:
    """Name -> what SNS hands on of each alarm, as CloudWatch says it."""
    found: dict[str, str] = {}
    for name, each in estate.some("cloudwatch/metricAlarm:MetricAlarm").items():
        told = each.inputs
        trigger = {"Threshold": told["threshold"], "ComparisonOperator": told["comparisonOperator"]}
        found[name] = alarm(name, AlarmDescription=told["alarmDescription"], Trigger=trigger)
    return found


def fired_together(estate: Estate) -> dict[str, str]:
    """The same of alarms over alarms, which have a rule in place of a threshold."""
    return {
        name: alarm(name, AlarmDescription=each.inputs["alarmDescription"], AlarmRule="ALARM(x)", Trigger=None)
        for name, each in estate.of("cloudwatch/compositeAlarm:CompositeAlarm").items()
    }


def told(estate: Estate, targets: Any) -> Iterator[Notice]:
    """What an event rule of a stack makes of an event, as the notifier reads it."""
    for each in targets:
        template = each["inputTransformer"]["inputTemplate"].replace("[<said>]", '["said"]')
        yield read(envelope(template), runbooks=estate.file["runbookUrl"], stack=estate.stack, now=MONDAY)


def assert_whole(notice: Notice, routing: Routing) -> None:
    assert notice.key and notice.runbook, notice
    page = RUNBOOKS / notice.runbook.removeprefix(f"{routing.runbooks}/")
    assert page.with_suffix(".md").is_file(), notice.runbook
    assert routing.owner_of(notice.thing) in routing.teams
    incident = take(None, notice, team=routing.team_for(notice.thing, notice.severity, MONDAY), now=MONDAY)
    assert isinstance(incident, Incident) and routing.channels(incident.teams), notice.title
    message = message_of(incident, routing, MONDAY)
    assert wrong_with({"text": slack_text(message), "blocks": blocks(message)}) == ""
    facts = dict(message.facts)
    assert facts["Owner"] in routing.teams and facts["Since"] and facts["Told"]
    assert dict(message.links)["Runbook"] == notice.runbook
    assert subject(message, again=False).isascii() and notice.text in mail(message)


@pytest.mark.parametrize("name", ALL)
def test_every_alarm_has_an_owner_an_urgency_a_runbook_and_somebody_who_is_told(name: str) -> None:
    estate = estate_of(name)
    routing = parse(routing_of(estate), UTC)
    for each, body in some(fired(estate)).items():
        notice = read(body, runbooks=routing.runbooks, stack=routing.stack, now=MONDAY)
        assert f"Severity: {notice.severity}. " in estate.inputs("cloudwatch/metricAlarm:MetricAlarm", each)["alarmDescription"]
        assert notice.graph.endswith(f"alarm/{each}") and dict(notice.facts)["Threshold"]
        assert_whole(notice, routing)


@pytest.mark.parametrize("name", ALL)
def test_so_has_every_alarm_over_alarms(name: str) -> None:
    estate = estate_of(name)
    routing = parse(routing_of(estate), UTC)
    urgent = {"objective-fast-burn": "critical", "objective-slow-burn": "warning"}
    for body in fired_together(estate).values():
        notice = read(body, runbooks=routing.runbooks, stack=routing.stack, now=MONDAY)
        assert notice.severity == urgent[notice.key]
        assert_whole(notice, routing)


@pytest.mark.parametrize("name", (*PLATFORMS, *ACCOUNTS))
def test_every_event_that_people_are_told_has_them_too(name: str) -> None:
    estate = estate_of(name)
    owners = estate.others if name in ACCOUNTS else (estate,)
    alerts = {each.arn("sns/topic:Topic", "alerts") for each in owners}
    targets = [
        each.inputs for each in estate.some("cloudwatch/eventTarget:EventTarget").values() if each.inputs["arn"] in alerts
    ]
    for notice in told(estate, some(targets)):
        assert_whole(notice, parse(routing_of(estate), UTC))


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_hears_that_the_notifier_fails_hears_without_it(name: str) -> None:
    estate = estate_of(name)
    direct = estate.arn("sns/topic:Topic", "alerts-direct")
    own = {
        name: each for name, each in estate.some("cloudwatch/metricAlarm:MetricAlarm").items() if name.startswith("notifier")
    }
    assert {tuple(each.inputs["alarmActions"]) for each in some(own).values()} == {(direct,)}
    told = estate.where("sns/topicSubscription:TopicSubscription", topic=direct)
    assert {each.inputs["protocol"] for each in some(told)} <= {"email", "https"}


def test_every_kind_that_has_an_urgency_has_a_runbook_and_the_reverse() -> None:
    assert {f"{page.parent.name}-{page.stem}" for page in RUNBOOKS.glob("*/*.md")} == {*URGENCY}


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world() as made:
        yield made


def notifier_of(estate: Estate, desk: World) -> Notifier:
    """The notifier as planned, whose teams are told in Slack, on the table and with the secret of the test."""
    planned = routing_of(estate)
    slack = {team: {"slack": f"C0{team.upper()}"} for team in planned["teams"]}
    own = {name: desk.routing[name] for name in ("table", "secret")}
    changes: dict[str, Any] = {"teams": slack, "storm": {"alarms": 10_000, "minutes": 5}, "hours": []}
    return desk.another(**(planned | changes | own))


def test_every_alarm_of_prod_fires_into_slack(desk: World) -> None:
    estate = estate_of("prod")
    desk.empty()
    bodies = some(fired(estate))
    assert desk.take(*bodies.values(), notifier=notifier_of(estate, desk)) == []
    headers = [head for channel in desk.services.messages for head in desk.services.headers(channel)]
    assert sorted(each.partition(": ")[2] for each in headers) == sorted(bodies)


def planned(estate: Estate, name: str) -> dict[str, Any]:
    """An alarm as planned, a composite one or not."""
    token = "cloudwatch/metricAlarm:MetricAlarm"
    return estate.inputs(token if name in estate.of(token) else "cloudwatch/compositeAlarm:CompositeAlarm", name)


def states_of(estate: Estate, name: str) -> list[str]:
    """The states that an alarm comes into while all is well, then wrong, then well again."""
    alarm, whole = planned(estate, name), (("well", LONG), ("wrong", LONG), ("well", LONG))
    if "alarmRule" not in alarm:
        seen = list(states(alarm, series(alarm, estate, *whole)))
    else:
        parts = {
            estate.state(METRIC, each)["name"]: list(states(part, series(part, estate, *whole)))
            for each, part in alarms(estate).items()
            if f'"{estate.state(METRIC, each)["name"]}"' in alarm["alarmRule"]
        }
        at = range(3 * LONG)
        rule = alarm["alarmRule"]
        seen = ["ALARM" if composite(rule, lambda one, now=now: parts[one][now] == "ALARM") else "OK" for now in at]
    return [after for before, after in pairwise(["INSUFFICIENT_DATA", *seen]) if before != after]


@pytest.mark.parametrize(
    ("name", "urgency", "looks"),
    [
        ("database-database-cpu", "WARNING", "aws rds describe-db-instances"),
        ("ingress-ingress-errors", "CRITICAL", ""),
        ("search-objective-fast-burn", "CRITICAL", "dataconnect slo show search --stack prod"),
    ],
)
def test_from_the_plan_by_a_metric_that_breaches_and_by_sns_to_a_message_in_slack_that_changes_once_it_is_over(
    desk: World, name: str, urgency: str, looks: str
) -> None:
    estate = estate_of("prod")
    desk.empty()
    desk.now = datetime.now(UTC)
    desk.table.put_item(Item={"kind": "report", "id": "none"})
    alarm, notifier = planned(estate, name), notifier_of(estate, desk)
    topic, queue = topic_with_queue(desk, name)
    alerts = estate.arn("sns/topic:Topic", "alerts")
    shown: list[str] = []
    for number, state in enumerate(some(states_of(estate, name))):
        # CloudWatch tells whom the alarm names for that state; the topic is the region's, whose subscription is the queue's.
        assert alarm[{"OK": "okActions", "ALARM": "alarmActions"}[state]] == [alerts]
        at = desk.now + timedelta(minutes=number)
        body = json.loads(alarm_message(estate, name, state, at))
        boto3.client("sns", region_name=REGION).publish(TopicArn=topic, Subject=f"{state}: {name}", Message=body["Message"])
        (message,) = desk.sqs.receive_message(QueueUrl=queue)["Messages"]
        desk.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        desk.now = at
        assert desk.take(message["Body"], notifier=notifier) == []
        found = [(channel, each) for channel in desk.services.messages for each in desk.services.shown(channel)]
        shown.append(found[0][1]["blocks"][0]["text"]["text"].partition(":")[0] if found else "nothing")
        if state == "ALARM":
            ((_, told),) = found
            text = json.dumps(told)
            key = alarm["alarmDescription"].rpartition("example/")[2]
            assert f"<{estate.file['runbookUrl']}/{key}|Runbook>" in text and "Owner: platform" in text
            assert f"alarmsV2:alarm/{physical(estate, name)}|Graph>" in text
            assert "dataconnect alerts ack " in text and looks in text
    assert shown == ["nothing", f"🔴 {urgency}", "🟢 RESOLVED"], "the same message, which changed"


def physical(estate: Estate, name: str) -> str:
    alarm = planned(estate, name)
    return alarm.get("alarmName") or estate.state(METRIC, name)["name"]


def alarm_message(estate: Estate, name: str, state: str, at: datetime) -> str:
    """What CloudWatch sends when an alarm as planned comes into a state: Notify_Users_Alarm_Changes.html of its guide."""
    told, called = planned(estate, name), physical(estate, name)
    changes: dict[str, Any] = {"AlarmDescription": told["alarmDescription"]}
    if "alarmRule" in told:
        changes |= {"AlarmRule": told["alarmRule"], "Trigger": None}
    else:
        of = {"Threshold": told["threshold"], "ComparisonOperator": told["comparisonOperator"]}
        single = {"MetricName": told.get("metricName"), "Namespace": told.get("namespace"), "Period": told.get("period")}
        changes["Trigger"] = {**of, **single, "EvaluationPeriods": told["evaluationPeriods"]}
    return alarm(called, state, at, **changes)


def topic_with_queue(desk: World, name: str) -> tuple[str, str]:
    """A topic whose messages a queue has, as the plan's notifier has them."""
    sns = boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name=f"alerts-{name}")["TopicArn"]
    queue = desk.sqs.create_queue(QueueName=f"notices-{name}")["QueueUrl"]
    arn = desk.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


def test_the_topic_of_alarms_is_heard_by_the_notifiers_queue() -> None:
    estate = estate_of("prod")
    (heard,) = estate.where("sns/topicSubscription:TopicSubscription", topic=estate.arn("sns/topic:Topic", "alerts"))
    assert (heard.inputs["protocol"], heard.inputs["endpoint"]) == ("sqs", estate.arn("sqs/queue:Queue", "notifier-queue"))
