"""Of an alarm that is deleted while it fires CloudWatch tells nothing: the clock's run sees it, and tells that it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from functions.notify.gone import UnaskedError, ended, gone
from functions.notify.incident import Incident
from functions.notify.notice import Notice
from tests.functions.notify.desks import ACCOUNT, CALLS, MONDAY, PLATFORM, REGION, World, alarm

TYPES = ["MetricAlarm", "CompositeAlarm"]


def delete(desk: World, *names: str) -> None:
    desk.cloudwatch.delete_alarms(AlarmNames=[*names])
    desk.alarms -= {*names}


def firing(name: str, region: str = REGION, *, kind: Any = "alarm", state: str = "firing") -> Incident:
    identity = f"alarm#arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"
    at = MONDAY.isoformat(timespec="milliseconds")
    notice = Notice(identity=identity, state="firing", at=at, severity="critical", title=name, text="")
    return Incident(kind=kind, notice=notice, state=state, changed=at, opened=at, raised=at, teams=("on-call",))


def test_an_alarm_that_is_deleted_while_it_fires_is_over_for_everybody(desk: World) -> None:
    desk.take(alarm("of-ada"), alarm("of-dev"))
    desk.pass_minutes(2)
    assert len(desk.open()) == 2 and desk.services.headers(CALLS) == ["🔴 CRITICAL: of-ada", "🔴 CRITICAL: of-dev"]
    delete(desk, "of-ada")
    desk.pass_minutes(2)
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: of-ada", "🔴 CRITICAL: of-dev"]
    assert "Ended: its alarm is gone" in str(desk.services.shown(CALLS)[0])
    assert [each["event_action"] for each in desk.services.posted["/pager"]] == ["trigger", "trigger", "resolve"]
    desk.pass_minutes(20)
    assert [each.notice.title for each in desk.open()] == ["of-dev"]
    assert not any("of-ada" in each for each in desk.services.headers(PLATFORM)), "what is over is not escalated"


def test_an_alarm_that_is_made_anew_and_fires_is_told_again(desk: World) -> None:
    desk.take(alarm("of-ada"))
    delete(desk, "of-ada")
    desk.pass_minutes(2)
    desk.take(alarm("of-ada", at=desk.now))
    desk.pass_minutes(2)
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: of-ada"]
    assert "its alarm is gone" not in str(desk.services.shown(CALLS))


@pytest.mark.parametrize("error", ["ThrottlingException", "Throttling", "InternalServiceFault"])
def test_that_cloudwatch_is_busy_ends_nothing_and_wakes_nobody(desk: World, error: str) -> None:
    notifier = desk.another()
    desk.take(alarm("of-ada"), notifier=notifier)
    delete(desk, "of-ada")
    with Stubber(notifier._cloudwatch) as stub:
        stub.add_client_error("describe_alarms", error, http_status_code=500 if "Internal" in error else 400)
        assert desk.tick(notifier) == ""
    assert desk.open()[0].is_open


def test_that_cloudwatch_refuses_is_told_and_ends_nothing(desk: World) -> None:
    notifier = desk.another()
    desk.take(alarm("of-ada"), notifier=notifier)
    with Stubber(notifier._cloudwatch) as stub:
        stub.add_client_error("describe_alarms", "AccessDenied", http_status_code=403)
        assert desk.tick(notifier) == "CloudWatch does not say which alarms there are: AccessDenied"
    assert desk.open()[0].is_open


def test_a_run_without_time_left_asks_nobody(desk: World) -> None:
    desk.take(alarm("of-ada", severity="warning"))
    delete(desk, "of-ada")
    desk.tick()
    desk.empty()
    desk.take(alarm("of-bob", severity="warning"))
    delete(desk, "of-bob")
    left = iter([False, True, True])
    desk.notifier().look_through(lambda: next(left))
    assert desk.open()[0].is_open


@pytest.fixture(name="cloudwatch")
def _cloudwatch(desk: World) -> Any:  # noqa: ARG001 - for its credentials
    make: Any = boto3.client
    return make("cloudwatch", region_name=REGION)


def test_alarms_over_alarms_are_asked_for_by_name_a_hundred_at_once_and_page_by_page(cloudwatch: Any) -> None:
    names = [f"alarm-{number:03}" for number in range(101)]
    with Stubber(cloudwatch) as stub:
        asked = {"AlarmNames": names[:100], "AlarmTypes": TYPES}
        first = {"MetricAlarms": [{"AlarmName": name} for name in names[:50]], "NextToken": "more"}
        stub.add_response("describe_alarms", first, asked)
        rest = {"CompositeAlarms": [{"AlarmName": name} for name in names[50:99]], "MetricAlarms": []}
        stub.add_response("describe_alarms", rest, {**asked, "NextToken": "more"})
        stub.add_response("describe_alarms", {"MetricAlarms": []}, {"AlarmNames": names[100:], "AlarmTypes": TYPES})
        found = gone(map(firing, names), cloudwatch, REGION)
        stub.assert_no_pending_responses()
    assert [each.notice.title for each in found] == ["alarm-099", "alarm-100"]


def test_only_what_goes_on_of_alarms_of_the_region_is_asked_for(cloudwatch: Any) -> None:
    digest = replace(firing("x").notice, identity=f"alarm#{64 * 'a'}")
    others = [
        firing("elsewhere", "us-west-2"),
        firing("over", state="resolved"),
        firing("event", kind="event", state="event"),
        firing("two  spaces"),
        replace(firing("digest"), notice=digest),
    ]
    with Stubber(cloudwatch):
        assert gone(others, cloudwatch, REGION) == []


def test_nobody_who_cannot_be_reached_ends_anything(cloudwatch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://monitoring.us-east-2.amazonaws.com")

    monkeypatch.setattr(cloudwatch, "_make_api_call", unreachable)
    assert gone([firing("x")], cloudwatch, REGION) == []


def test_a_refusal_is_an_error_with_its_code(cloudwatch: Any) -> None:
    with Stubber(cloudwatch) as stub, pytest.raises(UnaskedError, match="AccessDenied"):
        stub.add_client_error("describe_alarms", "AccessDenied", http_status_code=403)
        gone([firing("x")], cloudwatch, REGION)


def test_what_was_heard_of_meanwhile_goes_on(desk: World) -> None:
    seen = firing("x")
    later = (MONDAY + timedelta(seconds=30)).isoformat(timespec="milliseconds")
    assert ended(replace(seen, changed=later), seen, desk.now) is None
    assert ended(None, seen, desk.now) is None
    assert ended(replace(seen, state="resolved"), seen, desk.now) is None
    over = ended(seen, seen, MONDAY - timedelta(hours=1))
    assert over and (over.state, over.changed) == ("resolved", seen.changed), "never before it began"
