"""Wrong input of commands ends in one line that names it, a documented exit code, and with `--json` in one JSON document."""

import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from operations.command import app
from operations.output import Output
from tests.operations.test_streams_command import BUCKET, PREFIX, REPLAY, Estate, estate
from tests.operations.world import ACCOUNT, ID, OUTPUTS, REGION, World

__all__ = ["estate"]


def run(*arguments: str, code: int = 2) -> Any:
    """Run `dataconnect … --json` on AWS; its one document."""
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tenant", "list"), "Missing option '--stack'."),
        (("tenant", "lst"), "No such command 'lst'."),
        (("tenant", "show", "--stack", "prod"), "Missing argument 'TENANT'."),
        (("tenant", "add", "x", "--bogus"), "No such option: --bogus"),
        (("queue", "redrive", "newest", "--stack", "prod", "--per-second", "x"), "Invalid value for '--per-second'"),
        (("--bogus",), "No such option: --bogus"),
        (("tenant", "placement", "9" * 400), "expected 1 to 1000000000"),
        (
            ("tenant", "list", "--stack", "prod;x", "--outputs", "none.json"),
            "--stack is 'prod;x'; expected the name of a stack",
        ),
    ],
)
def test_what_is_wrong_in_usage_is_one_json_document(arguments: tuple[str, ...], told: str) -> None:
    said = run(*arguments)
    assert told in said["error"] and (said["code"], said["kind"]) == (2, "usage")


def test_a_result_and_its_error_are_one_json_document(world: World) -> None:
    world.run("add", "acme")
    world.leaks = True
    told = world.json("verify", "acme", code=5)
    assert told["tenant"]["id"] == ID and told["kind"] == "isolation" and "not so: isolation" in told["error"]


def test_the_dry_run_of_a_removal_is_told_as_json(world: World) -> None:
    world.run("add", "acme")
    told = world.json("remove", "acme", "--no-export", "--dry-run")
    assert told["id"] == ID and told["dry_run"] is True
    assert world.json("show", "acme")["status"] == "active"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, -1, 0.5, "5432"])
def test_numbers_of_outputs_are_whole(world: World, value: object) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    outputs["databaseLogin"]["port"] = value
    world.outputs_file.write_text(json.dumps(outputs))
    told = world.json("list", code=2)["error"]
    assert f"output databaseLogin.port is {value!r}; expected a whole number, 0 or more" in told


@pytest.mark.parametrize("value", ["\ud800", "a\nb", "\x1b[31m"])
def test_texts_of_outputs_are_printable(world: World, value: str) -> None:
    world.outputs_file.write_text(json.dumps({**OUTPUTS, "databaseUsersFunction": value}))
    assert "output databaseUsersFunction is" in world.json("list", code=2)["error"]


@pytest.mark.parametrize("name", ["", "\ud800", "a\nb", "\x1b[2J"])
def test_names_in_outputs_are_printable(world: World, name: str) -> None:
    world.outputs_file.write_text(json.dumps({**OUTPUTS, "silos": {name: {}}}))
    assert f"output silos is {name!r}; expected names of printable characters" in world.json("list", code=2)["error"]


@pytest.mark.parametrize("wrong", [{"databaseUsersFunction": "a" * 10**6 + "\n"}, {"stack": ["prod"] * 10**5}])
def test_a_value_that_is_long_is_told_by_its_beginning(world: World, wrong: dict[str, Any]) -> None:
    world.outputs_file.write_text(json.dumps({**OUTPUTS, **wrong}))
    told = world.json("list", code=2)["error"]
    assert repr(*wrong.values())[:200] + "..." in told and len(told) < 1_000


def test_an_account_is_written_with_digits(world: World) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    outputs["tables"]["tenants"]["arn"] = "arn:aws:dynamodb:us-east-2:" + 12 * "\u0661" + ":table/x"
    world.outputs_file.write_text(json.dumps(outputs))
    assert "expected the ARN of a DynamoDB table" in world.json("list", code=2)["error"]


def test_outputs_that_are_nested_too_deep_are_no_json(world: World) -> None:
    world.outputs_file.write_text("[" * 100_000)
    assert "expected what `pulumi stack output --json` prints" in world.json("list", code=2)["error"]


def test_without_pulumi_a_command_that_asks_aws_sends_nobody_to_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = run("tenant", "list", "--stack", "prod")["error"]
    assert told.startswith("there is no pulumi on the path; install it, or give --outputs FILE; ")
    assert "the stack's account" in told and "make demo" in told and "sandbox" not in told


@mock_aws
def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    # moto has an account of its own.
    file.write_text(json.dumps(OUTPUTS).replace(ACCOUNT, boto3.client("sts", REGION).get_caller_identity()["Account"]))
    told = run("tenant", "list", "--stack", "prod", "--outputs", str(file), code=1)["error"]
    assert "table prod-tenants; are the outputs of what is deployed?" in told


def test_a_pulumi_that_prints_no_json_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho warning: a newer version is there\n")
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "pulumi tells the outputs of stack prod as no JSON" in run("tenant", "list", "--stack", "prod")["error"]


@pytest.mark.parametrize(
    "command",
    [
        *(f"tenant {each}" for each in ("add acme", "list", "show acme", "suspend acme", "resume acme", "verify acme")),
        "tenant remove acme --no-export --yes acme",
        "stream replay loans",
        "queue show newest",
        "queue redrive newest",
        "policy",
    ],
)
def test_every_command_refuses_the_outputs_of_another_stack(world: World, command: str) -> None:
    where = ("--stack", "nope", "--outputs", str(world.outputs_file))
    told = run(*command.split(), *where)
    expected = "but --outputs {} has the outputs of 'prod'; expected a stack and its own outputs"
    assert told["error"] == f"--stack is 'nope', {expected.format(world.outputs_file)}" and told["kind"] == "usage"
    assert world.calls == [] and world.items("prod-tenants") == []


@pytest.mark.parametrize("told", [7, ["prod"], "", "PROD"])
def test_a_name_that_is_not_the_stacks_is_refused(world: World, told: object) -> None:
    world.outputs_file.write_text(json.dumps({**OUTPUTS, "stack": told}))
    assert f"has the outputs of {told!r}; expected" in world.json("list", code=2)["error"]


def test_outputs_of_an_older_program_say_how_they_are_written_anew(world: World) -> None:
    file = world.outputs_file
    file.write_text(json.dumps({name: value for name, value in OUTPUTS.items() if name != "stack"}))
    told = world.json("add", "acme", code=2)["error"]
    assert told.startswith(f"{file}: output stack is missing") and "deploy the stack with this release first" in told
    assert told.endswith(f"pulumi stack output --json --stack prod > {file}")
    assert world.items("prod-tenants") == []


def test_a_tenants_cell_is_the_stack_without_what_pulumi_takes_before_its_name(world: World) -> None:
    where = ("--stack", "organization/dataconnect/prod", "--outputs", str(world.outputs_file))
    done = CliRunner().invoke(app, ["tenant", "add", "acme", *where, "--json"], obj=world.open, catch_exceptions=False)
    assert done.exit_code == 0 and json.loads(done.stdout)["cell"] == "prod"
    done = CliRunner().invoke(app, ["tenant", "list", *where, "--json"], obj=world.open, catch_exceptions=False)
    assert [each["slug"] for each in json.loads(done.stdout)["tenants"]] == ["acme"]


@pytest.mark.parametrize("value", ["9" * 5000, "\u0665", "\uff15", "-1", " 5"])
def test_limits_are_written_with_digits(world: World, value: str) -> None:
    assert "expected each name once" in world.json("add", "acme", "--limit", f"connections={value}", code=2)["error"]
    assert world.calls == []


@pytest.mark.parametrize("option", ["--name", "--isolation-unproven"])
@pytest.mark.parametrize("value", ["", " ", "a\nb", "\x1b[31m", "\x00", "\ud800", "a" * 201])
def test_texts_for_people_are_one_printable_line(world: World, option: str, value: str) -> None:
    told = world.json("add", "acme", option, value, code=2)["error"]
    assert told.startswith(f"{option} is ") and told.endswith("expected 1 to 200 printable characters")
    assert len(told) < 300 and world.calls == []


@pytest.mark.parametrize("bucket", ["../x", "é", "A", "a" * 70, "arn:aws:s3:us-east-2:123456789012:accesspoint/x"])
def test_exports_go_to_what_is_named_like_a_bucket(world: World, bucket: str) -> None:
    world.run("add", "acme")
    told = world.json("remove", "acme", "--export-to", bucket, "--yes", "acme", code=2)["error"]
    assert told == f"--export-to is {bucket!r}; expected the name of a bucket"


BROKEN = {
    "half": gzip.compress(b'{"rawData": ""}' * 1000, mtime=0)[:-9],
    "no gzip": b"\x1f\x8bno gzip",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_error_objects_that_nobody_can_read_stay_and_are_named(estate: Estate, body: bytes) -> None:
    estate.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}broken", Body=body)
    estate.fail("right", b"one")
    told = json.loads(estate.run(*REPLAY, "--json", code=6).stdout)
    assert told["unreadable"] == [f"{PREFIX}broken"] and told["put_back"] == 1 and told["kind"] == "incomplete"
    assert f"{PREFIX}broken" in estate.objects()


@pytest.fixture
def expired(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An STS that calls all credentials expired."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    for name, value in (("ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}"), ("ACCESS_KEY_ID", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("expired")
def test_expired_credentials_are_named_before_anything_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(OUTPUTS))
    told = run("tenant", "list", "--stack", "prod", "--outputs", str(file))
    assert told["error"] == "the credentials are of no use: ExpiredToken; expected valid ones of the stack's operator"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202e", "\r", "\x9b1m"])
def test_nothing_that_a_command_prints_moves_a_terminal(
    hostile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever named it: a path on the command line, or a record in AWS."""
    file = str(tmp_path / f"a{hostile}é.json")
    done = CliRunner().invoke(app, ["tenant", "list", "--stack", "prod", "--outputs", file], catch_exceptions=False)
    assert done.exit_code == 2 and hostile not in done.stderr and "é.json" in done.stderr
    Output(as_json=False).result({}, [f"acme  {hostile}"])
    assert capsys.readouterr().out == f"acme  {hostile.encode('unicode_escape').decode()}\n"
