"""Every alarm of every stack has an owner, an urgency and a runbook, and fires: a message of it reaches somebody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.base.severity import listed
from functions.notify.events import read
from functions.notify.incident import Incident, take
from functions.notify.notice import Notice
from functions.notify.render import blocks, mail, message_of, slack_text, subject
from functions.notify.routing import Routing, parse
from tests.found import some
from tests.functions.notify.desks import MONDAY, World, alarm, envelope, world
from tests.functions.notify.services import wrong_with
from tests.stacks.estate import ALL, PLATFORMS, Estate, archive, estate_of

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


def routing_of(estate: Estate) -> dict[str, Any]:
    """What the notifier of a stack reads; replication's alarms are told by the others' notifiers."""
    owner = estate if estate.file["role"] != "replication" else estate.others[0]
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
        yield read(envelope(template), runbooks=estate.file["runbookUrl"], now=MONDAY)


def assert_whole(notice: Notice, routing: Routing) -> None:
    assert notice.key and notice.runbook, notice
    page = RUNBOOKS / notice.runbook.removeprefix(f"{routing.runbooks}/")
    assert page.with_suffix(".md").is_file(), notice.runbook
    assert routing.owner_of(notice.thing) in routing.teams
    incident = take(None, notice, team=routing.team_for(notice.thing, notice.severity, MONDAY), now=MONDAY)
    assert isinstance(incident, Incident) and routing.channels(incident.teams), notice.title
    message = message_of(incident, routing)
    assert wrong_with({"text": slack_text(message), "blocks": blocks(message)}) == ""
    facts = dict(message.facts)
    assert facts["Owner"] in routing.teams and facts["Since"] and facts["Told"]
    assert dict(message.links)["Runbook"] == notice.runbook
    assert subject(message, again=False).isascii() and notice.text in mail(message)


@pytest.mark.parametrize("name", ALL)
def test_every_alarm_has_an_owner_an_urgency_a_runbook_and_somebody_who_is_told(name: str) -> None:
    estate = estate_of(name)
    routing = parse(routing_of(estate))
    for each, body in some(fired(estate)).items():
        notice = read(body, runbooks=routing.runbooks, now=MONDAY)
        assert f"Severity: {notice.severity}. " in estate.inputs("cloudwatch/metricAlarm:MetricAlarm", each)["alarmDescription"]
        assert notice.graph.endswith(f"alarm/{each}") and dict(notice.facts)["Threshold"]
        assert_whole(notice, routing)


@pytest.mark.parametrize("name", ALL)
def test_so_has_every_alarm_over_alarms(name: str) -> None:
    estate = estate_of(name)
    routing = parse(routing_of(estate))
    urgent = {"objective-fast-burn": "critical", "objective-slow-burn": "warning"}
    for body in fired_together(estate).values():
        notice = read(body, runbooks=routing.runbooks, now=MONDAY)
        assert notice.severity == urgent[notice.key]
        assert_whole(notice, routing)


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_event_that_people_are_told_has_them_too(name: str) -> None:
    estate = estate_of(name)
    alerts = estate.arn("sns/topic:Topic", "alerts")
    targets = [
        each.inputs for each in estate.some("cloudwatch/eventTarget:EventTarget").values() if each.inputs["arn"] == alerts
    ]
    for notice in told(estate, some(targets)):
        assert_whole(notice, parse(routing_of(estate)))


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


def test_a_kind_that_is_less_than_critical_is_one_that_there_is() -> None:
    kinds = {f"{page.parent.name}-{page.stem}" for page in RUNBOOKS.glob("*/*.md")}
    assert listed() <= kinds


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "emulated")
        with world() as made:
            yield made


def test_every_alarm_of_prod_fires_into_slack(desk: World) -> None:
    estate = estate_of("prod")
    slack = {team: {"slack": f"C0{team.upper()}"} for team in routing_of(estate)["teams"]}
    changes = {**routing_of(estate), "teams": slack, "storm": {"alarms": 10_000, "minutes": 5}}
    own = {name: desk.routing[name] for name in ("region", "table", "secret")}
    notifier = desk.another(**(changes | own))
    bodies = some(fired(estate))
    assert desk.take(*bodies.values(), notifier=notifier) == []
    headers = [head for channel in desk.services.messages for head in desk.services.headers(channel)]
    assert sorted(each.partition(": ")[2] for each in headers) == sorted(bodies)
