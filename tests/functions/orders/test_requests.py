"""Whom the function of orders answers: Slack, for those who may, once, and nobody else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.notify.store import Store
from functions.orders import handler
from functions.orders.asked import is_slacks
from functions.orders.signed import LARGEST, WINDOW_SECONDS, signed
from functions.shared.request import MisconfiguredError
from tests.functions.notify.desks import alarm
from tests.functions.orders.office import ADA, ANSWER_AT, SECRET, Office, button_body, command_body, shown
from tests.functions.requests import request
from tests.functions.sleep.model import refusal

Change = Callable[[Office], dict[str, Any]]


def test_the_signature_is_the_one_of_slacks_documentation() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&"
        "user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        "trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    found = signed("8f742231b10e" + "8888abcd99yyyzzz85a5", "1531420618", body.encode())
    assert found == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def refuse(office: Office, event: dict[str, Any], status: int) -> None:
    assert office.send(event) == (status, "")
    assert not office.handed and not office.told


UNSIGNED: dict[str, Change] = {
    "another secret": lambda office: office.signed(
        command_body("status"), x_slack_signature=signed("another", str(int(office.desk.now.timestamp())), b"x")
    ),
    "a changed body": lambda office: office.signed(command_body("status")) | {"body": command_body("sleep")},
    "another time": lambda office: office.signed(
        command_body("status"), x_slack_request_timestamp=str(int(office.desk.now.timestamp()) + 1)
    ),
    "no signature": lambda office: office.signed(command_body("status"), x_slack_signature=None),
    "no time": lambda office: office.signed(command_body("status"), x_slack_request_timestamp=None),
    "a time that is none": lambda office: office.signed(command_body("status"), x_slack_request_timestamp="1e9"),
    "another version": lambda office: office.signed(command_body("status"), x_slack_signature=f"v1={'0' * 64}"),
    "no ASCII": lambda office: office.signed(command_body("status"), x_slack_signature=f"v0={'é' * 64}"),
    "too old": lambda office: office.signed(command_body("status"), at=-WINDOW_SECONDS - 1),
    "too new": lambda office: office.signed(command_body("status"), at=WINDOW_SECONDS + 1),
}


@pytest.mark.parametrize("what", UNSIGNED)
def test_what_slack_did_not_sign_now_is_refused_without_a_word(office: Office, what: str) -> None:
    refuse(office, UNSIGNED[what](office), 401)
    assert office.say("status"), "what is right is taken"


def test_the_edge_of_the_window_is_inside(office: Office) -> None:
    for at in (-WINDOW_SECONDS + 1, WINDOW_SECONDS):
        assert office.send(office.signed(command_body("status"), at=at))[0] == 200


def test_a_request_is_taken_once(office: Office) -> None:
    event = office.command("keep-awake until 22:00")
    assert office.send(event)[0] == 200 and len(office.handed) == 1
    office.handed.clear()
    refuse(office, event, 401)
    office.desk.advance(seconds=WINDOW_SECONDS - 1)
    refuse(office, event, 401)
    kept = office.desk.table.scan()["Items"]
    ends = [int(each["expires_at"]) for each in kept if each["kind"] == "request"]
    assert ends == [int(event["multiValueHeaders"]["x-slack-request-timestamp"][0]) + 2 * WINDOW_SECONDS]


OTHERS: dict[str, Change] = {
    "another path": lambda office: office.command("status") | {"path": "/slack/other"},
    "another method": lambda office: office.command("status") | {"httpMethod": "GET"},
    "a query": lambda office: office.command("status") | {"multiValueQueryStringParameters": {"ssl_check": ["1"]}},
    "JSON": lambda office: office.signed(command_body("status"), content_type="application/json"),
    "a huge body": lambda office: office.signed("text=" + "a" * LARGEST),
    "two signatures": lambda office: office.signed(command_body("status"), x_slack_signature=["v0=1", "v0=2"]),
    "another workspace": lambda office: office.command("status", team_id="T0002"),
    "another channel": lambda office: office.command("status", channel_id="C0FOREIGN"),
    "another user": lambda office: office.command("status", user_id="U0FOREIGN"),
    "no command": lambda office: office.command("status", command="dataconnect"),
    "a field twice": lambda office: office.signed(command_body("status") + f"&user_id={ADA}"),
    "a field too few": lambda office: office.signed("command=%2Fdataconnect&text=status"),
    "many fields": lambda office: office.signed(command_body("status") + "".join(f"&x{each}=1" for each in range(40))),
    "no form": lambda office: office.signed("status"),
    "no UTF-8": lambda office: office.signed(command_body("status") + "&x=%ff"),
    "a payload that is no JSON": lambda office: office.signed("payload=%7B"),
    "a payload that is a list": lambda office: office.signed("payload=%5B%5D"),
    "a payload that is deep": lambda office: office.signed("payload=" + "%5B" * 50_000),
    "nothing": lambda office: office.signed(""),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_nobody_may_order_is_refused_without_a_word(office: Office, what: str) -> None:
    refuse(office, OTHERS[what](office), 403)


ELSEWHERE = (
    "http://hooks.slack.com/commands/1",
    "https://hooks.slack.com.example/commands/1",
    "https://example.com/hooks.slack.com/",
    "https://hooks.slack.com@169.254.169.254/latest/meta-data",
    "https://user@hooks.slack.com/commands/1",
    "https://hooks.slack.com:8443/commands/1",
    "https://hooks.slack.com\\@example.com/",
    "https://hooks.slack.com\n.example.com/",
    "https://HOOKS.slack.com/commands/1",
    "https://hooks.slack.com",
    "https://[hooks.slack.com/",
    "file:///etc/passwd",
    "",
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nothing_is_answered_at_another_host(office: Office, address: str) -> None:
    refuse(office, office.command("status", response_url=address), 403)
    assert not is_slacks(address) and is_slacks(ANSWER_AT)
    office.send(office.command("status"))
    office.handed[0]["asked"]["answer_at"] = address  # pyright: ignore[reportIndexIssue] - as if somebody else had handed it on
    with pytest.raises(ValueError, match=r"no address of Slack's"):
        office.work()
    assert not office.told


@pytest.mark.parametrize(
    "change",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": [{"action_id": "delete", "value": "abc234"}]},
        {"actions": [{"action_id": "acknowledge", "value": "../../x"}]},
        {"actions": [{"action_id": "acknowledge", "value": 5}]},
        {"user": {"id": "U0FOREIGN"}},
        {"team": {"id": "T0002"}},
        {"team": None},
        {"channel": {"id": "C0FOREIGN"}},
        {"response_url": "https://example.com/"},
        {"message": {"ts": "now"}},
        {"message": "none"},
    ],
)
def test_a_payload_that_is_no_button_of_ours_is_refused(office: Office, change: dict[str, Any]) -> None:
    office.desk.take(alarm(), notifier=office.notifier)
    refuse(office, office.signed(button_body("acknowledge", shown(office), **change)), 403)
    assert office.desk.open()[0].acknowledged is None


def test_what_aws_or_the_secret_lacks_is_no_refusal_and_can_be_sent_again(office: Office, capsys: Any) -> None:
    event = office.command("status")
    office.secret = {}
    assert office.send(event) == (503, "")
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["outcome"] == "failed" and line["error"]["kind"].startswith("signingSecret is none; expected 32 lower-case")
    office.secret = {"signingSecret": SECRET}
    assert office.send(event)[0] == 200


UNFILLED: tuple[Any, ...] = (
    *("", None, 0, False, True, [], {}, [SECRET], {"value": SECRET}),
    *("None", "null", "0", "xoxb-1", "changeme", "...", "TODO", "<signing secret>", "signingSecret"),
    *(SECRET[:-1], SECRET.upper(), f" {SECRET}", f"{SECRET}\n", SECRET * 5),
    *(SECRET[:-1] + other for other in ("g", "\N{FULLWIDTH DIGIT FIVE}")),
)


@pytest.mark.parametrize("value", UNFILLED)
def test_who_signs_with_a_secret_that_nobody_filled_orders_nothing(office: Office, value: Any, capsys: Any) -> None:
    office.secret = {"signingSecret": value}
    now, body = str(int(office.desk.now.timestamp())), command_body("sleep")
    for guess in {str(value), value if isinstance(value, str) else json.dumps(value), ""}:
        refuse(office, office.signed(body, x_slack_signature=signed(guess, now, body.encode())), 503)
        line = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert line["error"]["kind"].startswith("signingSecret is none") and line["failed"] == 1
        assert SECRET[:8] not in json.dumps(line)


@pytest.mark.parametrize(
    "body", ["ssl_check=1", "ssl_check=1&token=gIkuvaNzQIHg97ATvDxqgjtO", command_body("sleep", ssl_check="1")]
)
@pytest.mark.parametrize("is_signed", [True, False])
def test_slack_that_only_looks_at_the_certificate_is_answered_and_nothing_is_done(
    office: Office, body: str, is_signed: bool, capsys: Any
) -> None:
    office.secret = {}
    without: dict[str, Any] = {} if is_signed else {"x_slack_signature": None, "x_slack_request_timestamp": None}
    assert office.send(office.signed(body, **without)) == (200, "")
    assert not office.handed and not office.told
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["outcome"] == "ok"
    assert not [each for each in office.desk.table.scan()["Items"] if each["kind"] == "request"]


@pytest.mark.parametrize("body", ["ssl_check=0", "ssl_check=11", "xssl_check=1", "text=ssl_check%3D1", "ssl_check"])
def test_what_is_no_look_at_the_certificate_needs_a_signature(office: Office, body: str) -> None:
    refuse(office, office.signed(body, x_slack_signature=None), 401)


@pytest.mark.parametrize("change", [{"path": "/slack/other"}, {"httpMethod": "PUT"}, {"body": "ssl_check=1&" + "a" * LARGEST}])
def test_only_what_slack_would_send_looks_at_the_certificate(office: Office, change: dict[str, Any]) -> None:
    refuse(office, office.signed("ssl_check=1") | change, 403)


class Lossy:
    """The table, behind a network that loses the answer to the first write, as boto3 sees it: it writes again."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def put_item(self, **given: Any) -> Any:
        self._table.put_item(**given)
        return self._table.put_item(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def test_a_request_whose_note_boto3_writes_twice_is_no_replay(office: Office) -> None:
    lossy = Store(Lossy(office.desk.table))
    now = office.desk.now.timestamp()
    assert lossy.is_first("digest", now)
    assert not lossy.is_first("digest", now) and not Store(office.desk.table).is_first("digest", now)


def test_a_note_that_cannot_be_written_is_no_replay_but_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> None:
        raise refusal("ProvisionedThroughputExceededException", "PutItem")

    lossy = Lossy(office.desk.table)
    monkeypatch.setattr(lossy, "put_item", refused)
    with pytest.raises(ClientError, match="ProvisionedThroughput"):
        Store(lossy).is_first("digest", 0)


def test_a_refusal_is_one_line_that_the_alarm_counts_and_says_nothing_of_the_request(office: Office, capsys: Any) -> None:
    office.send(office.command("status", user_id="U0FOREIGN"))
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["service"], line["operation"], line["outcome"], line["reason"]) == ("orders", "answer", "refused", "user")
    assert "U0FOREIGN" not in json.dumps(line)


def test_what_is_no_request_of_the_load_balancer_is_an_error(office: Office) -> None:
    with pytest.raises(MisconfiguredError):
        office.orders().answer({"requestContext": {"http": {}}})


def test_the_second_run_is_called_by_the_first_and_by_no_request(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_orders", office.orders)
    forged = request("{}", path="/slack/orders", authorization=None) | {"asked": {}, "by": "mallory"}
    answer = handler.handle(forged, None)
    assert answer and answer["statusCode"] == 403
    assert handler.handle(office.command("status"), None)
    (handed,) = office.handed
    assert handler.handle(handed, None) is None
    assert office.told


def test_a_clients_failure_is_told_as_one(office: Office) -> None:
    office.sleeper.error = refusal("AccessDeniedException", "Invoke")
    office.send(office.command("status"))
    with pytest.raises(ClientError):
        office.work()
    ((_, content),) = office.told
    assert content["text"] == "it was not done: ClientError; ask again, or on the command line"
