"""What somebody took care of before a machine that calls people had heard of it calls nobody, as long as that holds."""

import json
from collections.abc import Iterator

import pytest

from functions.notify.handler import Notifier
from tests.functions.notify.desks import CALLS, NIGHT, World, alarm, envelope

HOOK = "/hook/secret"
ALL_TO_ON_CALL = [{"team": "on-call", "severities": [], "things": [], "hours": []}]


@pytest.fixture
def unreached(desk: World) -> Iterator[Notifier]:
    """A notifier that reaches neither PagerDuty nor the webhook, until `reach`."""
    arn = desk.routing["secret"]
    whole = desk.secrets.get_secret_value(SecretId=arn)["SecretString"]
    desk.secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(json.loads(whole) | {"pagerduty": {}, "webhooks": {}}))
    yield desk.another()
    desk.secrets.put_secret_value(SecretId=arn, SecretString=whole)


def reach(desk: World) -> Notifier:
    """A notifier that reaches all."""
    arn = desk.routing["secret"]
    values = {"pagerduty": {"pager": "routing-key"}, "webhooks": {"hook": f"{desk.services.address}{HOOK}"}}
    told = json.loads(desk.secrets.get_secret_value(SecretId=arn)["SecretString"]) | values
    desk.secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(told))
    return desk.another()


def test_what_was_acknowledged_before_pagerduty_could_be_told_calls_nobody(desk: World, unreached: Notifier) -> None:
    assert desk.take(alarm(), notifier=unreached) == ["0"]
    desk.advance(minutes=1)
    desk.acknowledge()
    notifier = reach(desk)
    for _ in range(3):
        desk.advance(minutes=1)
        assert desk.tick(notifier) == ""
    assert desk.services.posted == {} and "Acknowledged: by ada" in str(desk.services.shown(CALLS))
    desk.take(alarm(state="OK", at=desk.now), notifier=notifier)
    for _ in range(12):
        desk.advance(minutes=1)
        desk.tick(notifier)
    assert desk.services.posted == {} and desk.open() == []


def test_it_calls_once_nobody_takes_care_of_it_any_more(desk: World, unreached: Notifier) -> None:
    desk.take(alarm(), notifier=unreached)
    desk.acknowledge(minutes=30)
    notifier = reach(desk)
    desk.tick(notifier)
    assert desk.services.posted == {}
    desk.advance(minutes=30)
    desk.tick(notifier)
    assert desk.pages() == ["trigger"] and len(desk.services.posted[HOOK]) == 1


def test_an_acknowledged_event_that_pagerduty_never_heard_of_is_closed(desk: World, unreached: Notifier) -> None:
    desk.take(envelope("something"), notifier=unreached)
    desk.acknowledge()
    notifier = reach(desk)
    for _ in range(12):
        desk.advance(minutes=1)
        desk.tick(notifier)
    assert desk.open() == [] and desk.services.posted == {}


def test_a_warning_of_the_night_that_was_acknowledged_then_calls_nobody_in_the_morning(desk: World) -> None:
    notifier = desk.notifier(routes=ALL_TO_ON_CALL)
    desk.now = NIGHT
    desk.take(alarm(severity="warning", at=NIGHT), notifier=notifier)
    desk.acknowledge()
    desk.now = NIGHT.replace(hour=14)
    desk.tick(notifier)
    assert desk.services.posted == {}
    assert desk.services.headers(CALLS) == ["🔴 WARNING: database-database-cpu"], "people read of it"
    assert "Acknowledged: by ada" in str(desk.services.shown(CALLS))


def test_what_comes_back_and_is_acknowledged_before_it_is_told_calls_nobody(desk: World) -> None:
    desk.take(alarm())
    desk.advance(minutes=1)
    desk.take(alarm(state="OK", at=desk.now))
    desk.silence("database-cpu", minutes=5)
    desk.advance(minutes=1)
    desk.take(alarm(at=desk.now))
    desk.acknowledge()
    desk.pass_minutes(8)
    assert desk.pages() == ["trigger", "resolve"]
    assert [each["state"] for each in desk.services.posted[HOOK]] == ["firing", "resolved"]
