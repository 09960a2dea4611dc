"""Channels that fail: what is untold comes again, is told once they work, and is said to whoever hears without the notifier."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.base.hours import rules_of
from functions.notify import handler
from functions.notify.desk import LEASE_SECONDS
from functions.notify.store import ContendedError, Store
from functions.shared import secret
from tests.functions.notify.desks import CALLS, PLATFORM, World, alarm
from tests.functions.notify.services import Fault

ONLY = {"severities": [], "things": [], "hours": []}

FAULTS = {
    "throttled": (Fault(status=429, headers={"Retry-After": "30"}), "HTTP 429, to be tried again after 30 s"),
    "ill": (Fault(status=503), "HTTP 503"),
    "refused": (Fault(body={"ok": False, "error": "channel_not_found"}), "channel_not_found"),
    "no JSON": (Fault(body=b"<html>"), "JSONDecodeError"),
}


@pytest.mark.parametrize("fault", ["throttled", "ill", "refused", "no JSON"])
def test_what_slack_does_not_take_comes_again_and_is_told_once_slack_takes_it(desk: World, fault: str) -> None:
    desk.services.down, why = FAULTS[fault]
    assert desk.take(alarm()) == ["0"]
    assert desk.services.posted["/pager"], "the other channels are told all the same"
    assert desk.tick() == f"slack {CALLS}: {why}"
    desk.services.down = None
    assert desk.take(alarm()) == [] and desk.tick() == ""
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: database-database-cpu"]
    assert len(desk.services.posted["/pager"]) == 1


def test_an_answer_of_another_shape_is_no_success(desk: World) -> None:
    for body in ([1], {"ok": True}):
        desk.services.down = Fault(body=body)
        assert desk.take(alarm()) == ["0"]
    assert desk.tick().startswith(f"slack {CALLS}: ")
    desk.services.down = None
    assert desk.tick() == "" and len(desk.services.shown(CALLS)) == 1


def test_a_channel_that_fails_is_not_tried_again_in_the_same_run(desk: World) -> None:
    desk.services.faults += [Fault(status=429)]
    failed = desk.take(*(alarm(f"a{number}", severity="critical") for number in range(3)))
    assert failed == ["0", "1", "2"] and not desk.services.calls
    assert desk.tick() == "" and len(desk.services.shown(CALLS)) == 3


def test_a_moment_that_slack_asks_for_is_waited_once(desk: World) -> None:
    desk.services.faults += [Fault(status=429, headers={"Retry-After": "0"})]
    assert desk.take(alarm()) == []
    assert len(desk.services.shown(CALLS)) == 1
    desk.services.faults += 2 * [Fault(status=429, headers={"Retry-After": "0"})]
    assert desk.take(alarm("another")) == ["0"]


def test_a_secret_that_has_nothing_yet_keeps_nobody_else_from_hearing(desk: World) -> None:
    empty = desk.secrets.create_secret(Name="empty")["ARN"]
    notifier = desk.another(secret=empty)
    assert desk.take(alarm(severity="warning"), notifier=notifier) == ["0"]
    assert desk.tick(notifier) == f"slack {PLATFORM}: ResourceNotFoundException"
    assert len(desk.mails()) == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("[1]", "TypeError"),
        ("xoxb", "JSONDecodeError"),
        ("{}", "slackToken of the secret is missing; expected a text"),
        ('{"slackToken": null}', "slackToken of the secret is missing; expected a text"),
        ('{"slackToken": ""}', "slackToken of the secret is empty; expected a text"),
        ('{"slackToken": " \\n"}', "slackToken of the secret is empty; expected a text"),
        ('{"slackToken": 0}', "slackToken of the secret is a number; expected a text"),
        ('{"slackToken": false}', "slackToken of the secret is a boolean; expected a text"),
        ('{"slackToken": ["xoxb-secret"]}', "slackToken of the secret is a list; expected a text"),
    ],
)
def test_a_secret_that_says_something_else_is_named_and_not_quoted(desk: World, value: str, why: str) -> None:
    assert desk.tick_after(alarm(severity="warning"), filled(desk, value)) == f"slack {PLATFORM}: {why}"
    assert not desk.services.calls


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("pagerduty", {"pager": ""}, "pagerduty.pager of the secret is empty; expected a text"),
        ("pagerduty", {"pager": None}, "pagerduty.pager of the secret is missing; expected a text"),
        ("pagerduty", {"pager": 0}, "pagerduty.pager of the secret is a number; expected a text"),
        ("pagerduty", {"pager": {"key": "x"}}, "pagerduty.pager of the secret is an object; expected a text"),
        ("pagerduty", {}, "pagerduty.pager of the secret is missing; expected a text"),
        ("pagerduty", "routing-key", "pagerduty of the secret is no object; expected one, name -> text"),
        ("webhook", {"pager": 7}, "webhooks.pager of the secret is a number; expected a text"),
        ("webhook", None, "webhooks of the secret is no object; expected one, name -> text"),
    ],
)
def test_a_credential_that_is_none_is_refused_by_the_name_of_its_field(desk: World, kind: str, value: Any, why: str) -> None:
    field = {"pagerduty": "pagerduty", "webhook": "webhooks"}[kind]
    made = filled(desk, json.dumps({field: value}), teams={"platform": {kind: "pager"}}, routes=[], escalation=[])
    assert desk.tick_after(alarm(), made) == f"{kind} pager: {why}"
    assert not desk.services.posted


def filled(desk: World, value: str, **changes: Any) -> Any:
    """A notifier whose secret says so."""
    name = f"odd-{hashlib.sha256(value.encode()).hexdigest()[:12]}"
    return desk.another(secret=desk.secrets.create_secret(Name=name, SecretString=value)["ARN"], **changes)


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        ("moved", "HTTP 302"),
        ("ftp", "its address does not begin with http://"),
        ("none", "webhooks.none of the secret is missing; expected a text"),
    ],
)
def test_a_webhook_is_told_at_its_own_address_only(desk: World, hook: str, why: str) -> None:
    notifier = desk.another(teams={"platform": {"webhook": hook}}, routes=[], escalation=[])
    assert desk.tick_after(alarm(), notifier) == f"webhook {hook}: {why}"
    assert "/stolen" not in desk.services.posted


def test_a_mail_topic_that_is_gone_is_named(desk: World) -> None:
    gone = "arn:aws:sns:us-east-2:111111111111:gone"
    notifier = desk.another(teams={"platform": {"mail": gone}}, routes=[], escalation=[])
    assert desk.tick_after(alarm(), notifier) == "mail gone: NotFound"


def test_a_run_that_died_while_it_told_is_made_up_for_by_the_clock(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException): ...

    def die(*_: object) -> None:
        raise Killed

    desk.services.down = Fault(status=500)
    with monkeypatch.context() as patch:
        patch.setattr("functions.notify.desk.Desk._release", die)
        with pytest.raises(Killed):
            desk.take(alarm())
    desk.services.down = None
    assert desk.tick() == "" and not desk.services.shown(CALLS), "it may still be at it"
    desk.advance(seconds=LEASE_SECONDS + 1)
    desk.tick()
    assert len(desk.services.shown(CALLS)) == 1


def test_two_runs_at_once_tell_once_and_what_the_second_heard_is_told_by_the_first(desk: World) -> None:
    other = desk.another()

    def second() -> None:
        desk.take(alarm(state="OK", at=desk.now + timedelta(seconds=1)), notifier=other)

    desk.services.during = second
    assert desk.take(alarm()) == []
    assert desk.services.headers(CALLS) == ["🟢 RESOLVED: database-database-cpu"]


def test_a_message_that_breaks_the_code_takes_no_other_with_it(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Store.change

    def broken(self: Store, identity: str, how: Any) -> Any:
        if identity.endswith("bad"):
            raise ContendedError(identity)
        return whole(self, identity, how)

    monkeypatch.setattr(Store, "change", broken)
    assert desk.take(alarm("bad"), alarm("good")) == ["0"]
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: good"]


def test_a_run_ends_before_its_time_does_and_says_that_there_is_more(desk: World) -> None:
    desk.services.down = Fault(status=500)
    desk.take(alarm())
    desk.services.down = None
    with pytest.raises(handler.UntoldError, match="more to tell than a run has time for"):
        desk.notifier().look_through(lambda: True)
    assert not desk.services.calls


def test_an_item_that_others_write_again_and_again_is_left_for_later(desk: World) -> None:
    store = desk.notifier().store
    desk.take(alarm())
    (found,) = desk.open()

    def contended(each: Any) -> Any:
        store._put(each.numbered(each.version + 1), each.version)
        return each

    with pytest.raises(ContendedError):
        store.change(found.identity, contended)
    assert store.close(found, desk.now.timestamp()) is False


def test_an_error_of_the_table_is_none_of_the_conditions(desk: World) -> None:
    store = desk.another(table="none").store
    with pytest.raises(Exception, match="ResourceNotFound"):
        store._put(_some(desk), None)
    with pytest.raises(Exception, match="ResourceNotFound"):
        store.close(_some(desk), 0)


def _some(desk: World) -> Any:
    desk.take(alarm())
    return desk.open()[0].__class__(kind="alarm", notice=desk.open()[0].notice, state="firing", changed="")


def test_the_function_takes_a_batch_or_does_the_minutes_work(
    desk: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "notify.json"
    file.write_text(json.dumps(desk.routing))
    file.with_name("zone").write_bytes(rules_of(desk.routing["timezone"]).read_bytes())
    monkeypatch.setattr(handler, "DOCUMENT", file)
    monkeypatch.setattr(handler, "Endpoints", lambda: desk.another()._endpoints)
    handler._notifier.cache_clear()
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 50_000)
    event = {"Records": [{"messageId": "m", "body": alarm(severity="critical")}]}
    assert handler.handle(event, context) == {"batchItemFailures": []}
    assert handler.handle({}, context) == {}
    assert len(desk.services.shown(CALLS)) == 1
    handler._notifier.cache_clear()


def test_the_secret_is_asked_for_again_after_some_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    client = SimpleNamespace(get_secret_value=lambda **told: asked.append(told["SecretId"]) or {"SecretString": "{}"})
    now = [0.0]
    monkeypatch.setattr(secret.time, "monotonic", lambda: now[0])
    asking = secret.Secret(client, "arn")
    for now[0] in (1.0, 2.0, 400.0):
        assert asking() == {}
    assert asked == ["arn", "arn"]


def test_what_another_release_wrote_besides_keeps_nobody_from_hearing(desk: World) -> None:
    desk.services.down = Fault(status=503)
    desk.take(alarm())
    desk.services.down = None
    (item,) = desk.table.query(KeyConditionExpression="kind = :open", ExpressionAttributeValues={":open": "open"})["Items"]
    body = json.loads(item["body"])
    body["notice"] = json.dumps(json.loads(body["notice"]) | {"newer": 1})
    desk.table.put_item(Item={**item, "body": json.dumps(body | {"newer": 1})})
    assert desk.tick() == "" and len(desk.services.shown(CALLS)) == 1


def test_a_message_that_cannot_be_read_takes_no_other_with_it(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = handler.read

    def broken(body: str, **how: Any) -> Any:
        if "bad" in body:
            raise RecursionError
        return whole(body, **how)

    monkeypatch.setattr(handler, "read", broken)
    assert desk.take(alarm("bad"), alarm("good")) == ["0"]
    assert desk.services.headers(CALLS) == ["🔴 CRITICAL: good"]
