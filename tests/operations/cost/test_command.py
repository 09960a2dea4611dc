"""`dataconnect cost`, as somebody types it."""

import json
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from operations.command import app
from operations.cost.hourly import hourly
from operations.cost.resources import of_state

NAT = "urn:pulumi:dev::dataconnect::dataconnect:index:Network$aws:ec2/natGateway:NatGateway::network-nat"
STACK = "urn:pulumi:dev::dataconnect::pulumi:pulumi:Stack::dataconnect-dev"
TAGS = {"CostCenter": "CC-4100"}


def gateway(urn: str = NAT, **changes: Any) -> dict[str, Any]:
    inputs = {"region": "us-east-2", "tags": TAGS}
    return {"urn": urn, "custom": True, "type": "aws:ec2/natGateway:NatGateway", "inputs": inputs, **changes}


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    root = {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    return {"version": 3, "deployment": {"resources": [root, *resources]}}


SCHEDULE = {
    "urn": "urn:pulumi:dev::dataconnect::dataconnect:index:Schedule::schedule",
    "custom": False,
    "type": "dataconnect:index:Schedule",
    "inputs": {"timezone": "Europe/Berlin", "hours": [[0, 480, 960]], "holidays": [], "windows": []},
}
DATABASE = {"region": "us-east-2", "instanceClass": "db.r7g.xlarge", "allocatedStorage": 20}


def preview(*steps: dict[str, Any], **summary: int) -> dict[str, Any]:
    """A preview; its summary counts the steps, and what is said besides."""
    return {"steps": steps, "changeSummary": {**Counter(each["op"] for each in steps), **summary}}


def file(tmp_path: Path, told: object) -> str:
    path = tmp_path / "told.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return str(path)


def run(*arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, ["cost", *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def told(*arguments: str, code: int = 0) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json", code=code).stdout)


def test_a_deployed_stack_is_estimated_from_its_state(tmp_path: Path) -> None:
    found = told("dev", "--state", file(tmp_path, state(gateway())))
    assert found["estimate"] is True
    assert found["fixed"]["typical"] == 32.85
    assert list(found["parts"]) == ["Network"]
    assert found["prices"]["stand_ins"] == 2, "the table has the gateway's prices for us-east-1"
    assert found["unpriced"] == []


def test_what_is_being_deleted_costs_nothing(tmp_path: Path) -> None:
    gone = gateway(f"{NAT}-old", delete=True)
    assert told("dev", "--state", file(tmp_path, state(gateway(), gone)))["fixed"]["typical"] == 32.85


def test_a_planned_stack_is_what_there_will_be(tmp_path: Path) -> None:
    steps = [
        {"op": "same", "urn": STACK, "newState": {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}},
        {"op": "create", "urn": NAT, "newState": gateway()},
        {"op": "create-replacement", "urn": NAT, "newState": gateway()},
        {"op": "delete", "urn": f"{NAT}-2", "oldState": gateway(f"{NAT}-2"), "newState": gateway(f"{NAT}-2")},
    ]
    assert told("dev", "--planned", file(tmp_path, preview(*steps)))["fixed"]["typical"] == 32.85


STEP = {"op": "create", "urn": NAT, "newState": gateway()}


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (preview(STEP, same=7), "the preview lacks 7 unchanged resources; make it with `pulumi preview --json --show-sames`"),
        (preview(STEP, create=4, same=6), "holds 1 of 10 steps; make it with `pulumi preview --json --show-sames`"),
        ({"steps": [STEP]}, "has no changeSummary, by which one can tell that no step is missing"),
        (
            {**preview(STEP), "diagnostics": [{"severity": "error", "message": "no such zone\n"}]},
            "failed, so resources may be missing: no such zone; make it with",
        ),
        ({"steps": [STEP], "changeSummary": [1]}, "expected what `pulumi preview --json --show-sames --stack dev` prints"),
    ],
)
def test_a_plan_that_lacks_resources_is_refused(tmp_path: Path, plan: dict[str, Any], says: str) -> None:
    assert says in told("dev", "--planned", file(tmp_path, plan), code=2)["error"]


def test_steps_that_are_never_printed_are_not_missed(tmp_path: Path) -> None:
    plan = preview(STEP, read=3, refresh=2)
    assert told("dev", "--planned", file(tmp_path, plan))["fixed"]["typical"] == 32.85


def test_sums_go_by_tag_and_what_bears_none_is_told(tmp_path: Path) -> None:
    other = gateway(f"{NAT}-2", inputs={"region": "us-east-2"})
    found = told("dev", "--by", "tag:CostCenter", "--state", file(tmp_path, state(gateway(), other)))
    assert set(found["parts"]) == {"CC-4100", "-"}


def test_people_read_what_is_not_in_the_sum_what_goes_on_asleep_and_what_saves(tmp_path: Path) -> None:
    cluster = gateway(f"{NAT}-c", type="aws:ecs/cluster:Cluster")
    text = run("estimate", "dev", "--savings", "--state", file(tmp_path, state(gateway(), cluster, SCHEDULE))).stdout
    assert "dev: an estimate in USD a month, usage as profile dev, prices of 20" in text
    assert "1 resources cost something that is NOT in the sum:" in text
    assert "Container Insights" in text
    assert "the goal for an environment that sleeps is 35 %" in text
    assert "most of what goes on: Network 32.85" in text
    assert "saved by" not in run("dev", "--state", file(tmp_path, state(gateway()))).stdout


def test_hours_are_those_of_the_schedule_planned_or_deployed(tmp_path: Path) -> None:
    steps = [{"op": "create", "urn": each["urn"], "newState": each} for each in (gateway(), SCHEDULE)]
    for how, what in (("--state", state(gateway(), SCHEDULE)), ("--planned", preview(*steps))):
        assert told("dev", how, file(tmp_path, what))["awake_hours"] == round(730 * 8 / 168, 1)


def test_environments_on_one_database_save_as_many(tmp_path: Path) -> None:
    path = file(tmp_path, state(gateway(type="aws:rds/instance:Instance", inputs=DATABASE), SCHEDULE))
    one, ten = (told("dev", "--state", path, "--environments", each)["savings"] for each in ("1", "10"))
    saved = {each["what"]: each["usd"]["typical"] for each in ten}
    alone = {each["what"]: each["usd"]["typical"] for each in one}
    assert saved["shared database"] == pytest.approx(10 * alone["shared database"], abs=0.05)
    assert saved["schedule"] == alone["schedule"]


def test_an_hour_is_told_to_whoever_shows_it_beside_a_stack(tmp_path: Path) -> None:
    database = gateway(f"{NAT}-d", type="aws:rds/instance:Instance", inputs=DATABASE)
    there = state(gateway(), database, SCHEDULE)
    found, shown = hourly("dev-lucy", of_state(there)), told("dev", "--state", file(tmp_path, there))["hourly"]
    assert round(found.awake.typical, 4) == Decimal(str(shown["awake"]["typical"]))
    assert found.asleep.typical < found.awake.typical
    assert found.unpriced == 0


def test_of_what_never_sleeps_nothing_is_told_about_sleep(tmp_path: Path) -> None:
    text = run("dev", "--profile", "prod", "--savings", "--state", file(tmp_path, state(gateway()))).stdout
    assert "asleep" not in text and "schedule" not in text
    assert "saved by: nothing" in text


def test_everything_in_the_sum_is_told_and_a_goal_that_is_reached(tmp_path: Path) -> None:
    database = gateway(type="aws:rds/instance:Instance", inputs=DATABASE)
    text = run("dev", "--state", file(tmp_path, state(database, SCHEDULE))).stdout
    assert "every other resource is in the sum" in text
    assert "most of what goes on" not in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("dev", "--profile", "test"), "--profile is 'test'; expected one of dev, prod"),
        (
            ("training",),
            "there is no stack or profile 'training'; expected one of dev, prod, prod-recovery, prod-replication; for a stack "
            "of another name say with --profile how it is used (usage.toml)",
        ),
        (("dev", "--by", "colour"), "--by is 'colour'; expected component, service, type, resource or tag:<key>"),
        (("estimate", "--", "-s"), "STACK is '-s'; expected the name of a stack"),
        (("dev", "--planned", "a", "--state", "b"), "--planned and --state are both given; expected one of them"),
        (("dev", "--state", "/nowhere"), "--state /nowhere is not readable"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[str, ...], says: str) -> None:
    assert says in told(*arguments, code=2)["error"] if "--" not in arguments else says in run(*arguments, code=2).stderr


@pytest.mark.parametrize("text", ["no json", "[]", '{"deployment": {"resources": [{"custom": true, "type": "aws:x"}]}}'])
def test_a_file_of_something_else_is_named_with_what_it_should_be(tmp_path: Path, text: str) -> None:
    found = told("dev", "--state", file(tmp_path, text), code=2)
    assert "expected what `pulumi stack export --stack dev` prints" in found["error"]


@pytest.mark.parametrize("stack", ["prod", "acme/dataconnect/prod", "dev-lucy"])
def test_a_file_of_another_stack_is_refused(tmp_path: Path, stack: str) -> None:
    for option, what in (("--state", state(gateway())), ("--planned", preview(STEP))):
        path = file(tmp_path, what)
        for profile in ((), ("--profile", "dev")):
            error = told(stack, option, path, *profile, code=2)["error"]
            assert error.startswith(f"{option} {path} is of stack dev; expected what `pulumi "), error
            assert error.endswith(f" --stack {stack}` prints"), error


def test_a_stack_of_another_name_says_how_it_is_used(tmp_path: Path) -> None:
    path = file(tmp_path, state(gateway(NAT.replace("pulumi:dev", "pulumi:training"))))
    found = told("training", "--profile", "dev", "--state", path)
    assert (found["stack"], found["fixed"]["typical"]) == ("training", 32.85)


def test_a_stack_without_a_resource_is_told(tmp_path: Path) -> None:
    assert "has no resource that costs anything" in told("dev", "--state", file(tmp_path, state()), code=2)["error"]


def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "pulumi"
    program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_without_a_file_pulumi_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps(state(gateway()))
    pulumi(tmp_path, monkeypatch, f"assert sys.argv[1:] == ['stack', 'export', '--stack', 'org/dc/dev']; print({answer!r})")
    assert told("org/dc/dev")["stack"] == "dev"


def test_a_pulumi_that_knows_no_such_stack_and_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(tmp_path, monkeypatch, "sys.exit('no stack named dev')")
    assert "no stack named dev" in told("dev", code=2)["error"]
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "there is no pulumi on the path" in told("dev", code=2)["error"]
