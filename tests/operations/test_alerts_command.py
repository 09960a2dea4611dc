"""`dataconnect alerts`: what people see and say reaches the notifier's table, and so the messages."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.notify.incident import Incident
from functions.notify.store import ContendedError, Store
from operations.alerts.command import Place
from operations.command import app
from tests.functions.notify.desks import ACCOUNT, CALLS, REGION, World, alarm, world

OUTPUTS: dict[str, Any] = {
    "stack": "prod",
    "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
    "alerts": {
        "table": "notices",
        "secret": "arn",
        "kinds": dict.fromkeys(("database-cpu", "database-load", "queue-in-flight"), "warning"),
    },
}


@pytest.fixture(scope="module")
def whole() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def desk(whole: World) -> World:
    whole.empty()
    return whole


@pytest.fixture
def run(desk: World, tmp_path: Path) -> Any:
    file = tmp_path / "prod.json"
    file.write_text(json.dumps(OUTPUTS))

    def call(*arguments: str, code: int = 0, as_json: bool = True) -> Any:
        place = Place(store=desk.notifier().store, who="ada", now=desk.now)
        told = [*arguments, "--stack", "prod", "--outputs", str(file), *(["--json"] if as_json else [])]
        done = CliRunner().invoke(app, told, obj=lambda _: place, catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return json.loads(done.stdout) if as_json else done.stdout

    return call


def reference(desk: World) -> str:
    (found,) = desk.open()
    return found.reference


def test_what_is_open_is_listed_the_most_urgent_first(desk: World, run: Any) -> None:
    desk.take(alarm("warned", severity="warning"), alarm("woken"), alarm("fine", "OK"))
    told = run("alerts", "list")["open"]
    assert [(each["title"], each["severity"], each["state"]) for each in told] == [
        ("woken", "critical", "firing"),
        ("warned", "warning", "firing"),
    ]
    assert "woken" in run("alerts", "list", as_json=False)


def test_nothing_is_said_to_be_nothing(run: Any) -> None:
    assert run("alerts", "list", as_json=False) == "nothing is open\n"
    assert run("alerts", "report", as_json=False) == "nothing fired in 7 days\n"


def test_who_takes_care_is_in_the_message_and_nobody_else_is_called(desk: World, run: Any) -> None:
    desk.take(alarm())
    assert run("alerts", "ack", reference(desk))["by"] == "ada"
    desk.pass_minutes(16)
    (message,) = desk.services.shown(CALLS)
    assert "Acknowledged: by ada" in str(message) and not desk.services.shown("C0PLATFORM")
    assert run("alerts", "list")["open"][0]["acknowledged"] == "by ada"


def test_taking_care_for_a_time_ends(desk: World, run: Any) -> None:
    desk.take(alarm())
    run("alerts", "ack", reference(desk), "--for", "30m")
    desk.pass_minutes(31)
    assert run("alerts", "list")["open"][0]["acknowledged"] == ""
    desk.pass_minutes(14)
    assert desk.services.shown("C0PLATFORM")


def test_a_dry_run_changes_nothing(desk: World, run: Any) -> None:
    desk.take(alarm())
    assert run("alerts", "ack", reference(desk), "--dry-run")["dry_run"] is True
    assert run("alerts", "silence", "database-cpu", "--for", "1h", "--because", "why", "--dry-run")["dry_run"] is True
    told = run("alerts", "list")
    assert told["open"][0]["acknowledged"] == "" and told["silenced"] == {}


def test_an_unknown_reference_tells_the_known_ones(desk: World, run: Any) -> None:
    assert run("alerts", "ack", "zzzzzz", code=3)["error"] == (
        "nothing open is called 'zzzzzz'; expected one of none: nothing is open"
    )
    desk.take(alarm())
    assert run("alerts", "ack", "zzzzzz", code=3)["error"].endswith(f"expected one of {reference(desk)}")


def test_a_table_that_others_write_all_the_time_is_told(desk: World, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(*_: object) -> None:
        raise ContendedError

    desk.take(alarm())
    found = reference(desk)
    monkeypatch.setattr(Store, "change", change)
    assert "changed again and again" in run("alerts", "ack", found, code=1)["error"]


def happening(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens between what the command reads and what it writes."""
    named = Store.named

    def then(store: Store, reference: str) -> Incident | None:
        found = named(store, reference)
        happens()
        return found

    monkeypatch.setattr(Store, "named", then)


def test_what_is_over_meanwhile_is_nobodys(desk: World, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.take(alarm())
    found, store = reference(desk), desk.notifier().store
    identity = desk.open()[0].identity
    happening(monkeypatch, lambda: store.change(identity, lambda each: each and replace(each, state="resolved")))
    assert run("alerts", "ack", found, code=4)["error"] == f"{found}: it was over meanwhile"
    for dry in ([], ["--dry-run"]):
        assert run("alerts", "ack", found, *dry, code=4)["error"] == f"{found}: it is over, there is nothing to take care of"
    assert desk.open()[0].acknowledged is None


def test_of_two_at_once_one_takes_care(desk: World, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.take(alarm())
    found = reference(desk)
    happening(monkeypatch, lambda: desk.acknowledge(by="grace"))
    assert run("alerts", "ack", found, code=4)["error"] == f"{found}: grace takes care of it already"


def test_who_takes_over_hears_from_whom_and_who_goes_on_does_not(desk: World, run: Any) -> None:
    desk.take(alarm())
    desk.acknowledge(by="grace", minutes=30)
    found = reference(desk)
    assert run("alerts", "ack", found, "--dry-run")["before"] == "grace"
    told = run("alerts", "ack", found, as_json=False)
    assert told == f"ada takes care of {found}, instead of grace: database-database-cpu\n"
    assert run("alerts", "ack", found, "--for", "2h", as_json=False) == f"ada takes care of {found}: database-database-cpu\n"
    assert run("alerts", "list")["open"][0]["acknowledged"] == "by ada"


def test_a_silence_that_ends_later_holds_and_is_told(desk: World, run: Any) -> None:
    desk.silence("database-cpu", minutes=72 * 60)
    told = run("alerts", "silence", "database-cpu", "--for", "1h", "--because", "x", as_json=False)
    assert told == "database-cpu is silenced until 2026-12-03T15:00:00+00:00 already, by ada: a test of load\n"
    told = run("alerts", "silence", "database-cpu", "--for", "4d", "--because", "longer")
    assert (told["why"], told["until"]) == ("longer", "2026-12-04T15:00:00+00:00")
    assert run("alerts", "list")["silenced"]["database-cpu"]["why"] == "longer"


def test_a_silence_that_others_end_and_begin_all_the_time_is_told(
    desk: World, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.silence("database-cpu", minutes=10)
    monkeypatch.setattr(Store, "_put_if", lambda *_, **__: False)
    assert "again and again" in run("alerts", "silence", "database-cpu", "--for", "1h", "--because", "x", code=1)["error"]


def test_a_silenced_kind_tells_nobody_and_is_listed(desk: World, run: Any) -> None:
    run("alerts", "silence", "database-cpu", "--for", "2h", "--because", "a test of load")
    desk.take(alarm())
    desk.pass_minutes(2)
    assert not desk.services.calls
    text = run("alerts", "list", as_json=False)
    assert "database-cpu is silenced until 2026-11-30T17:00:00+00:00 by ada: a test of load" in text


def test_a_silence_that_is_ended_is_heard_within_a_minute_and_reported(desk: World, run: Any) -> None:
    run("alerts", "silence", "database-cpu", "--for", "2h", "--because", "a test of load")
    desk.take(alarm())
    desk.pass_minutes(10)
    assert run("alerts", "unsilence", "database-cpu", "--dry-run")["dry_run"] is True
    assert run("alerts", "list")["silenced"]
    assert run("alerts", "unsilence", "database-cpu") == {"unsilenced": "database-cpu", "by": "ada", "dry_run": False}
    assert run("alerts", "list")["silenced"] == {}
    desk.pass_minutes(1)
    assert len(desk.services.shown(CALLS)) == 1
    told = "silenced database-cpu: 10 min by ada, ended by ada; a test of load"
    assert run("alerts", "report")["silenced"] == [told] and told in run("alerts", "report", as_json=False)


def test_what_is_not_silenced_cannot_be_ended(run: Any) -> None:
    nothing = "nothing silenced is called 'database-cpu'; expected one of none: nothing is silenced"
    assert run("alerts", "unsilence", "database-cpu", code=3)["error"] == nothing
    run("alerts", "silence", "database-load", "--for", "1h", "--because", "why")
    for dry in ([], ["--dry-run"]):
        assert run("alerts", "unsilence", "database-cpu", *dry, code=3)["error"].endswith("expected one of database-load")


def test_one_incident_is_silenced_by_its_reference_if_it_is_open(desk: World, run: Any) -> None:
    assert (
        "nothing open is called 'zzzzzz'"
        in run("alerts", "silence", "zzzzzz", "--for", "1h", "--because", "x", code=3)["error"]
    )
    desk.take(alarm(severity="warning"))
    run("alerts", "silence", reference(desk), "--for", "1h", "--because", "known")
    assert run("alerts", "report")["silenced"][0].startswith(
        f"silenced database-database-cpu ({reference(desk)}): 60 min by ada"
    )


def test_a_kind_that_there_is_none_of_is_not_silenced(run: Any) -> None:
    told = run("alerts", "silence", "database-cpus", "--for", "1h", "--because", "x", code=3)["error"]
    assert told == "WHAT is 'database-cpus'; expected a kind of alarm, e.g. database-cpu, database-load"
    assert (
        "e.g. database-cpu, database-load, queue-in-flight"
        in run("alerts", "silence", "xyz-xyz", "--for", "1h", "--because", "x", code=3)["error"]
    )


@pytest.mark.parametrize("time", ["0m", "8d", "2", "h", "1w", "-1h"])
def test_a_time_that_is_none_is_refused(run: Any, time: str) -> None:
    told = run("alerts", "silence", "database-cpu", f"--for={time}", "--because", "x", code=2)
    assert told["error"] == f"--for is {time!r}; expected a time such as 30m, 2h or 1d, 7d at the most"


@pytest.mark.parametrize(
    ("what", "because", "says"), [("CPU", "x", "WHAT is 'CPU'"), ("database-cpu", " ", "--because is empty")]
)
def test_what_is_silenced_and_why_is_said(run: Any, what: str, because: str, says: str) -> None:
    assert says in run("alerts", "silence", what, "--for", "1h", "--because", because, code=2)["error"]


def test_the_report_tells_what_nobody_acted_on_first(desk: World, run: Any) -> None:
    desk.take(alarm("handled"))
    run("alerts", "ack", reference(desk))
    desk.take(alarm("ignored"))
    desk.advance(minutes=9)
    told = run("alerts", "report", "--days", "1")["alarms"]
    assert [(each["title"], each["by"], each["minutes"]) for each in told] == [("ignored", [], 9), ("handled", ["ada"], 9)]


def test_a_stack_without_a_notifier_is_told(tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text(json.dumps({"stack": "prod"}))
    done = CliRunner().invoke(app, ["alerts", "list", "--stack", "prod", "--outputs", str(file)])
    assert done.exit_code == 2 and "prod tells of no notifier" in done.stderr


def test_with_the_credentials_at_hand_it_is_their_name(desk: World, tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text(json.dumps({**OUTPUTS, "alertTopicArn": f"arn:aws:sns:{REGION}:123456789012:alerts"}))
    desk.take(alarm())
    told = ["alerts", "ack", reference(desk), "--stack", "prod", "--outputs", str(file), "--json"]
    done = CliRunner().invoke(app, told, catch_exceptions=False)
    assert done.exit_code == 0 and json.loads(done.stdout)["by"] == "moto"
