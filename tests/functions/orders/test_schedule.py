"""The slash command: the sleeper gets what the command line would have sent, and who ordered hears what became of it."""

from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.orders.words import USAGE
from operations.schedule.command import Place, schedule
from tests.functions.orders.office import ADA, ANSWER_AT, GRACE, Office, command_body
from tests.functions.sleep.model import refusal

BY = "ada@dataconnect.example (Slack)"


def test_somebody_keeps_the_stack_awake_until_a_time(office: Office) -> None:
    said = office.say("keep-awake until 22:00")
    assert said.startswith(f"dev at 2026-12-01 12:00 EST: awake until 2026-12-01 22:00 EST, as {BY} ordered\n")
    assert "database database: awake" in said
    assert office.sleeper.aws.round({"do": "show"})["order"]["by"] == BY


def test_slack_is_answered_before_anything_is_done(office: Office) -> None:
    status, body = office.send(office.command("sleep"))
    assert status == 200 and "one moment" in body
    assert not office.sleeper.orders and not office.told
    office.work()
    assert len(office.sleeper.orders) == 1 and [address for address, _ in office.told] == [ANSWER_AT]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("keep-awake until 22:00", ["keep-awake", "--until", "22:00"]),
        ("KEEP-AWAKE  Until 2026-12-05 18:00", ["keep-awake", "--until", "2026-12-05 18:00"]),
        ("wake", ["wake"]),
        ("wake until 2026-12-05T18:00", ["wake", "--until", "2026-12-05T18:00"]),
        ("sleep", ["sleep"]),
        ("sleep until 23:00", ["sleep", "--until", "23:00"]),
        ("resume", ["resume"]),
        ("status", ["show"]),
        ("", ["show"]),
    ],
)
def test_the_command_in_slack_orders_what_the_command_line_does(
    office: Office, said: str, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.say(said)
    (ours,) = office.sleeper.orders

    class Known:
        sleeper = "dataconnect-dev-sleeper"

    monkeypatch.setattr("operations.stack.load_messaging", lambda *_: Known())
    place = Place(awslambda=office.sleeper, function=Known.sleeper, by=BY)
    done = CliRunner().invoke(schedule, [*typed, "--stack", "dev"], obj=lambda _known: place)
    assert done.exit_code == 0, done.output
    theirs = office.sleeper.orders[1]
    assert _meant(ours) == _meant(theirs)


def _meant(order: dict[str, Any]) -> dict[str, Any]:
    """What the sleeper reads of an order: nothing of who only looks, and nothing of what is not there."""
    kept = order if order["do"] != "show" else {"do": "show"}
    return {name: value for name, value in kept.items() if value not in (None, False, 0)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("destroy", "'destroy' is no order"),
        ("keep-awake", "keep-awake takes `until` and a time"),
        ("keep-awake 22:00", "keep-awake takes `until` and a time"),
        ("wake until", "wake takes `until` and a time"),
        ("resume now", "resume stands alone"),
    ],
)
def test_what_is_no_order_is_said_at_once_with_what_would_be(office: Office, text: str, says: str) -> None:
    said = office.say(text)
    assert said.startswith(says) and all(f"/dataconnect {each}" in said for each in USAGE)
    assert not office.sleeper.orders


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("wake until 11:00", "'11:00' is past"),
        ("wake until soon", "'soon' is no time"),
        ("sleep until 2027-01-01T00:00", "14 days"),
    ],
)
def test_a_time_that_cannot_be_used_is_explained_by_the_sleeper(office: Office, text: str, says: str) -> None:
    assert says in office.say(text)
    assert office.sleeper.aws.items == {}


def test_a_stack_that_never_sleeps_says_so(office: Office) -> None:
    office.sleeps = False
    assert office.say("sleep") == "dev has no schedule: it never sleeps"


def test_an_order_waits_for_a_sleeper_that_is_at_work(office: Office) -> None:
    office.sleeper.busy = 3
    assert office.say("status").startswith("dev at")
    assert len(office.waited) == 3 and all(0.2 <= each <= 0.6 for each in office.waited)


def test_of_two_orders_that_wait_the_one_that_was_given_last_counts(office: Office) -> None:
    """Who waits for the sleeper waits by chance."""
    office.send(office.command("sleep"))
    office.desk.advance(seconds=14)
    office.send(office.command("keep-awake until 22:00", user_id=GRACE))
    office.desk.advance(seconds=40)
    office.sleeper.aws.now += 54
    office.handed.reverse()
    office.work()
    later, earlier = (content["text"] for _, content in office.told)
    assert "awake until 2026-12-01 22:00 EST, as grace" in later
    assert earlier.startswith("grace@dataconnect.example (Slack) ordered awake until 2026-12-01 22:00 EST 14 s after this")
    assert office.sleeper.aws.round({"do": "show"})["mode"] == "awake"


def test_how_long_an_order_has_waited_is_of_when_slack_sent_it_and_of_each_attempt(office: Office) -> None:
    office.sleeper.busy = 2
    orders = office.orders()
    office.send(office.signed(command_body("sleep"), at=-3))
    (event,) = office.handed
    office.desk.advance(seconds=5)
    doer = replace(orders.doer, wait=lambda _: office.desk.advance(seconds=7))
    replace(orders, doer=doer).do(event)
    assert [each["waited"] for each in office.sleeper.orders] == [3 + 5 + 2 * 7]


def test_a_clock_of_slacks_that_is_ahead_is_no_order_of_a_time_to_come(office: Office) -> None:
    office.send(office.signed(command_body("sleep"), at=200))
    office.work()
    assert [each["waited"] for each in office.sleeper.orders] == [0]


def test_a_sleeper_that_stays_busy_is_not_waited_for_without_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 50))
    monkeypatch.setattr("functions.orders.doing.time.monotonic", lambda: next(clock))
    office.sleeper.busy = 100
    assert office.say("status") == "the sleeper was busy for 120 s; ask again"


def test_a_sleeper_that_fails_is_told(office: Office) -> None:
    office.sleeper.failure = {"errorType": "EndpointConnectionError", "errorMessage": "secret.example"}
    assert office.say("status") == "the sleeper failed: EndpointConnectionError"


def test_what_aws_refuses_is_an_error_of_the_function_and_who_ordered_hears_of_it(office: Office) -> None:
    office.sleeper.error = refusal("AccessDeniedException", "Invoke")
    office.send(office.command("sleep"))
    with pytest.raises(Exception, match="AccessDeniedException"):
        office.work()
    assert "it was not done: ClientError" in office.told[0][1]["text"]


def test_an_order_stands_where_slack_does_not_take_the_answer(office: Office, capsys: Any) -> None:
    office.unreachable = TimeoutError()
    office.send(office.command("keep-awake until 22:00"))
    office.work()
    assert office.sleeper.aws.round({"do": "show"})["order"]
    assert '"unanswered": "TimeoutError"' in capsys.readouterr().out


@pytest.mark.parametrize("text", ["<!channel>", "wake until <!channel>", "wake until <https://example.com|22:00>"])
def test_what_somebody_typed_mentions_nobody_and_links_nothing(office: Office, text: str) -> None:
    said = office.say(text)
    assert "<" not in said and "&lt;" in said


def test_names_that_slack_sends_along_are_not_believed(office: Office) -> None:
    office.say("sleep", user_name="<!everyone>", team_domain="evil", channel_name="other", user_id=ADA)
    assert office.sleeper.orders[0]["by"] == BY
