"""`dataconnect schedule`, against the function as it runs, in a model of AWS."""

import csv
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from operations import policy
from operations import stack as stacks
from operations.command import app
from operations.cost import prices
from operations.errors import OperationError
from operations.schedule.command import Place
from tests.functions.sleep.model import CALENDAR, NIGHT, TARGETS, Aws, refusal
from tests.functions.sleep.test_lease import Estate, World
from tests.functions.sleep.test_rounds import asleep, awake
from tests.operations.world import ACCOUNT, REGION

FUNCTION = "dataconnect-dev-sleeper"
PRICES = Path(prices.__file__).with_name("prices.csv")
TOLD: dict[str, Any] = {"stack": "dev", "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}


class Lending(World):
    """dev, whose database others share."""

    def __init__(self) -> None:
        super().__init__(Estate(()), [TARGETS[0]])
        self.estate.dev = self

    def round(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.take(CALENDAR, event)


class Lambda:
    """Lambda, with the one function."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        assert FunctionName == FUNCTION
        return {"Payload": io.BytesIO(json.dumps(self.aws.round(json.loads(Payload))).encode())}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**TOLD, "schedule": {"function": FUNCTION, "timezone": "America/New_York"}}))
    return file


def run(aws: Aws, outputs: Path, *arguments: str, code: int = 0, as_json: bool = True) -> Any:
    def opened(_: object) -> Place:
        return Place(awslambda=Lambda(aws), function=FUNCTION, by=f"arn:aws:iam::{ACCOUNT}:user/ada")

    options = ["--stack", "dev", "--outputs", str(outputs), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app, ["schedule", *arguments, *options], obj=opened, catch_exceptions=False)
    assert done.exit_code == code, (done.exit_code, done.output)
    return json.loads(done.stdout) if as_json else done.stdout


def test_a_stack_is_kept_awake_until_a_time_by_somebody(outputs: Path) -> None:
    aws = Aws()
    told = run(aws, outputs, "keep-awake", "--until", "22:00")
    assert told["order"] == {
        "state": "awake",
        "by": f"arn:aws:iam::{ACCOUNT}:user/ada",
        "at": int(aws.now),
        "until": "2026-12-01 22:00 EST",
    }
    aws.now += 9 * 3600
    aws.rounds()
    assert awake(aws)


@pytest.mark.parametrize("command", ["wake", "keep-awake", "sleep"])
def test_a_time_that_is_past_is_refused_and_nothing_is_ordered(outputs: Path, command: str) -> None:
    aws = Aws()
    told = run(aws, outputs, command, "--until", "11:30", code=2)
    assert told["error"].startswith("'11:30' is past: it is 2026-12-01 12:00 EST; expected a time to come")
    assert not aws.items


def test_it_is_put_to_sleep_woken_and_left_to_its_hours(outputs: Path) -> None:
    aws = Aws()
    assert run(aws, outputs, "sleep")["mode"] == "asleep"
    aws.rounds()
    assert asleep(aws)
    assert run(aws, outputs, "wake")["mode"] == "awake"
    aws.now = NIGHT
    assert run(aws, outputs, "resume")["order"] is None
    aws.rounds()
    assert asleep(aws)


class Busy(Lambda):
    """It is at work for the first attempts of each order; a second passes between two of them."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self.attempts, self.told = 0, list[dict[str, Any]]()

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        self.attempts += 1
        if self.attempts % 3:
            raise refusal("TooManyRequestsException", "Invoke")
        self.told.append(json.loads(Payload))
        return super().invoke(FunctionName=FunctionName, Payload=Payload)


def test_an_order_says_how_long_it_waited_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr("operations.invoke.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("operations.invoke.time.sleep", lambda _: None)
    busy = Busy(Aws())
    place = Place(awslambda=busy, function=FUNCTION, by="ada")
    for order in ({"do": "order", "state": "asleep"}, {"do": "resume"}, {"do": "show"}):
        place.ask("try", **order)
    assert [each.get("waited", 0) > 0 for each in busy.told] == [True, True, False]


@pytest.mark.parametrize(
    "arguments", [("sleep", "--dry-run"), ("wake", "--dry-run"), ("keep-awake", "--until", "22:00", "--dry-run"), ("show",)]
)
def test_who_only_looks_changes_nothing(outputs: Path, arguments: tuple[str, ...]) -> None:
    aws = Aws()
    assert run(aws, outputs, *arguments)["dry"]
    assert not aws.items and not aws.calls


def test_people_read_what_is_to_be_done_and_why_it_waits(outputs: Path) -> None:
    aws = Aws()
    told = run(aws, outputs, "sleep", "--dry-run", as_json=False)
    assert "dev at 2026-12-01 12:00 EST: asleep until 2026-12-02 07:00 EST, as arn:aws:iam" in told
    assert "would be called: cloudwatch.disable_alarm_actions(" in told
    assert "waits for alarms" in told


def test_the_report_tells_hours_of_each_thing(outputs: Path) -> None:
    aws = Aws()
    aws.rounds(96, minutes=15)
    told = run(aws, outputs, "report", "--days", "1", "--hours-only")
    (row,) = [each for each in told["things"] if each["name"] == "bi"]
    assert row["awake"] + row["asleep"] == pytest.approx(row["hours"], abs=0.11)
    assert 40 <= row["asleepPercent"] <= 50
    assert "savedUsd" not in told
    assert "asleep %" in run(aws, outputs, "report", "--hours-only", as_json=False)
    assert run(Aws(), outputs, "report", "--hours-only")["things"][0]["asleepPercent"] == 0


def test_the_report_tells_what_sleep_saved_at_list_prices(outputs: Path, tmp_path: Path) -> None:
    """db.t4g.medium, PostgreSQL, one zone: its price is in prices.csv; jobs only wait, and save nothing."""
    inputs = {
        "region": REGION,
        "engine": "postgres",
        "instanceClass": "db.t4g.medium",
        "multiAz": False,
        "allocatedStorage": 20,
    }
    urn = "urn:pulumi:dev::dataconnect::dataconnect:index:Database$aws:rds/instance:Instance::database"
    database = {"urn": urn, "type": "aws:rds/instance:Instance", "custom": True, "inputs": inputs}
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [database]}}))
    aws = Aws()
    aws.rounds(96, minutes=15)
    told = run(aws, outputs, "report", "--days", "1", "--state", str(state))
    rows = {each["name"]: each for each in told["things"]}
    price = next(each for each in csv.DictReader(PRICES.read_text().splitlines()) if each["key"] == "rds/db.t4g.medium")
    assert rows["database"]["asleep"] > 9
    assert rows["database"]["savedUsd"] == pytest.approx(rows["database"]["asleep"] * float(price["usd"]), abs=0.01)
    assert rows["bi"]["savedUsd"] is rows["batch"]["savedUsd"] is None
    assert told["savedUsd"] == rows["database"]["savedUsd"]
    text = run(aws, outputs, "report", "--days", "1", "--state", str(state), as_json=False)
    assert f"saved {told['savedUsd']:,.2f} USD: an estimate" in text


def test_who_holds_the_database_awake_is_told_to_whoever_puts_the_stack_to_sleep(outputs: Path) -> None:
    aws = Lending()
    place = Place(awslambda=Lambda(aws), function=FUNCTION, by="ada")
    assert [each["stack"] for each in place.hold("dev-ada")["holders"]] == ["dev-ada"]
    text = run(aws, outputs, "sleep", as_json=False)
    assert "dev at 2026-12-01 12:00 EST: databases until" in text
    assert "its databases are held awake by dev-ada, until 2026-12-01 13:00 EST unless that renews it" in text
    with pytest.raises(OperationError, match="holder is 'Dev'; expected the name of a stack"):
        place.hold("Dev")


def test_a_stack_that_never_sleeps_is_named(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(TOLD))
    told = run(Aws(), file, "show", code=2)
    assert told["error"] == "dev has no schedule; expected a stack with dataconnect:schedule"


def test_who_operates_a_stack_may_order_the_function_and_stop_nothing_themselves(outputs: Path) -> None:
    keys = {name: f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}" for name in ("config", "messages", "storage", "tables")}
    outputs.write_text(json.dumps({**json.loads(outputs.read_text()), "keyArns": keys, "lakeBuckets": {}, "lakeClasses": {}}))
    statements = policy.document(stacks.load_operated("dev", outputs))["Statement"]
    (own,) = [each for each in statements if each["Sid"] == "Schedule"]
    assert own["Action"] == ["lambda:InvokeFunction"]
    assert own["Resource"] == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"]
    assert not [each for each in statements for action in each["Action"] if action.startswith(("rds:", "ecs:"))]
