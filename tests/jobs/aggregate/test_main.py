"""The job as the scheduler sees it: arguments and variables in, an exit code and one line of JSON out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.client import BaseClient

from jobs.aggregate.__main__ import main
from jobs.aggregate.failures import BadConfigurationError
from jobs.aggregate.lake import tenant_session
from jobs.aggregate.order import Order, read
from jobs.aggregate.tables import Tables
from tests.jobs.aggregate.platform import ACME, CURATED, DUMPS, KEYS, RAW, REGION, REGISTRY, ROLE, ZENITH, Platform, message
from tests.postgres import DATABASE, MASTER

ROOT = Path(__file__).parents[3]
ARGUMENTS = ["--tenant", ACME, "--dataset", "loans"]


def variables(lake: Platform) -> dict[str, str]:
    return {
        "AWS_REGION": REGION,
        "TENANT_ROLE_ARN": ROLE,
        "TENANTS_TABLE": REGISTRY,
        "LAKE_RAW": RAW,
        "LAKE_CURATED": CURATED,
        "LAKE_DUMPS": DUMPS,
        "DATABASE_HOST": "localhost",
        "DATABASE_PORT": str(lake.server.tls_port),
        "DATABASE_NAME": DATABASE,
        "DATABASE_USER": "aggregate",
        "DATABASE_AUTHORITIES": str(lake.server.authorities),
    }


def run(lake: Platform, capsys: pytest.CaptureFixture[str], *arguments: str, **changes: str) -> tuple[int, dict[str, Any]]:
    code = main([*ARGUMENTS, *arguments], variables(lake) | changes)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    told = json.loads(lines[0])
    assert told["exit_code"] == code
    return code, told


def test_a_run_that_is_done_tells_what_it_did(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    lake.deliver(message(1))
    lake.deliver(b"{", name="broken")
    code, told = run(lake, capsys, "--dates", "2026-11-28")
    assert code == 0
    assert {key: told[key] for key in ("job", "tenant", "dataset", "accepted", "rejected", "parts", "loans")} == {
        "job": "aggregate",
        "tenant": ACME,
        "dataset": "loans",
        "accepted": 1,
        "rejected": {"json": 1},
        "parts": 1,
        "loans": 1,
    }
    assert told["dump"]["rows"] == {"loan": 1, "loan_daily": 1}


def test_the_role_is_taken_for_one_tenant_and_its_login_is_that_tenants(
    lake: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    call = BaseClient._make_api_call

    def watched(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "AssumeRole":
            asked.append(parameters)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    before = len(lake.server.log.read_text())
    assert run(lake, capsys)[0] == 0
    tags = [{"Key": "tenant", "Value": ACME}]
    assert asked == [{"RoleArn": ROLE, "RoleSessionName": f"aggregate-{ACME}", "Tags": tags}]
    assert f"connection authorized: user={ACME}_aggregate" in lake.server.log.read_text()[before:]


def test_a_session_takes_its_role_again_before_it_ends(lake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    session = tenant_session(role=ROLE, tenant=ACME, region=REGION)
    credentials: Any = session.get_credentials()
    first = credentials.get_frozen_credentials()
    assert credentials.get_frozen_credentials() == first
    monkeypatch.setattr(credentials, "_seconds_remaining", lambda: 60)
    assert credentials.get_frozen_credentials().access_key != first.access_key
    assert lake.s3


# What will not be better the next time


def test_everything_that_is_wrong_with_an_order_is_named_at_once(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        "TENANT_ROLE_ARN": "role",
        "TENANTS_TABLE": "t?",
        "LAKE_RAW": "",
        "LAKE_CURATED": "Curated",
        "LAKE_DUMPS": "s3://dumps",
        "AWS_REGION": "Ohio",
        "DATABASE_HOST": "a b",
        "DATABASE_PORT": "x",
        "DATABASE_NAME": "",
        "DATABASE_USER": "Aggregate",
        "DATABASE_AUTHORITIES": "/nowhere",
    }
    code, told = run(lake, capsys, "--tenant", "acme", "--dataset", "quotes", "--dates", "2026-02-30,today", **wrong)
    assert code == 20
    assert all(f"{name} is {value!r}; expected" in told["error"] for name, value in wrong.items())
    assert "--tenant is 'acme'; expected t and 15 of a-z and 2-7" in told["error"]
    assert "--dataset is 'quotes'; expected one of loans" in told["error"]
    assert all(f"--dates has {word!r}; expected days" in told["error"] for word in ("2026-02-30", "today"))


@pytest.mark.parametrize("port", ["0", "65536", "99999", "080", "5432\n", "\u0665"])
def test_a_port_that_is_none_is_not_tried_again(lake: Platform, capsys: pytest.CaptureFixture[str], port: str) -> None:
    code, told = run(lake, capsys, DATABASE_PORT=port)
    assert code == 20 and told["error"] == f"DATABASE_PORT is {port!r}; expected a TCP port, 1 to 65535"


@pytest.mark.parametrize("arguments", [[], ["--tenant", ACME], ["--tenant"], [*ARGUMENTS, "--everything"], [*ARGUMENTS, "x"]])
def test_arguments_that_are_none_are_no_defect(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments, {}) == 20
    assert json.loads(capsys.readouterr().out)["error"]


def test_what_the_image_lacks_without_its_authorities_is_told() -> None:
    with pytest.raises(BadConfigurationError, match=r"DATABASE_AUTHORITIES is .*rds-ca\.pem'; expected a file"):
        read(ARGUMENTS, {})
    assert Order.__dataclass_fields__["authorities"].default.name == "rds-ca.pem"


def test_what_is_not_there_or_not_allowed_is_not_tried_again(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(lake, capsys, TENANTS_TABLE="elsewhere")
    assert (code, told["error"]) == (20, "GetItem: ResourceNotFoundException")
    code, told = run(lake, capsys, LAKE_RAW="elsewhere")
    assert (code, told["error"]) == (20, "ListObjectsV2: NoSuchBucket")
    code, told = run(lake, capsys, DATABASE_USER="nobody")
    assert code == 20 and f'role "{ACME}_nobody" does not exist' in told["error"]
    code, told = run(lake, capsys, DATABASE_NAME="nothing")
    assert code == 20 and 'database "nothing" does not exist' in told["error"]
    lake.server.psql("REVOKE SELECT ON lending.delivery FROM lending_write", user=MASTER)
    try:
        lake.deliver(message(1))
        code, told = run(lake, capsys)
        assert (code, told["error"]) == (20, "permission denied for table delivery (SQLSTATE 42501)")
    finally:
        lake.server.psql("GRANT SELECT ON lending.delivery TO lending_write", user=MASTER)


def test_a_server_that_is_not_the_one_is_not_trusted(
    lake: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    code, told = run(lake, capsys, DATABASE_AUTHORITIES=str(other))
    assert code == 20 and "certificate" in told["error"]
    # The right authority, but another name than the certificate's.
    code, told = run(lake, capsys, DATABASE_HOST="127.0.0.1")
    assert code == 20 and "certificate" in told["error"]
    # No TLS at all.
    code, told = run(lake, capsys, DATABASE_PORT=str(lake.server.port))
    assert code == 20 and "SSL" in told["error"]


def test_a_login_that_row_level_security_does_not_bind_is_refused(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    lake.server.psql(f"CREATE ROLE {ACME}_root LOGIN BYPASSRLS")
    try:
        code, told = run(lake, capsys, DATABASE_USER="root")
        assert (code, told["error"]) == (
            20,
            f"the login role {ACME}_root is not confined to its tenant by row level security",
        )
    finally:
        lake.server.psql(f"DROP ROLE {ACME}_root")


# What may


def test_a_server_that_cannot_be_reached_is_tried_again(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(lake, capsys, DATABASE_PORT="1")
    assert code == 10 and "Connection refused" in told["error"]


def test_a_session_that_the_server_ends_is_tried_again_and_goes_on_there(
    lake: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.deliver(message(1))
    next_part = Tables.next_part

    def ended(self: Tables, folder: str) -> int:
        found = next_part(self, folder)
        lake.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aggregate'")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Tables, "next_part", ended)
        assert run(lake, capsys)[0] == 10
    code, told = run(lake, capsys)
    assert (code, told["accepted"]) == (0, 1)


def test_a_defect_is_told_without_what_it_choked_on(
    lake: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(*_: object) -> None:
        raise KeyError("123-45-6789")

    monkeypatch.setattr("jobs.aggregate.__main__.run_for", choke)
    code, told = run(lake, capsys)
    assert code == 1 and told["error"].startswith("KeyError in choke, line ")
    assert "123-45-6789" not in json.dumps(told)


def test_what_the_server_quotes_of_a_record_is_not_told(lake: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    lake.server.psql("ALTER TABLE lending.loan ADD CONSTRAINT poor CHECK (amount_cents < 5)")
    try:
        lake.deliver(message(1, loan_id="123-45-6789"))
        code, told = run(lake, capsys)
        assert (code, told["error"]) == (1, "CheckViolation (SQLSTATE 23514)")
    finally:
        lake.server.psql("ALTER TABLE lending.loan DROP CONSTRAINT poor")


def test_the_container_ends_with_the_code_also_when_it_is_told_to_stop(lake: Platform) -> None:
    """As in the image: the package alone on the path, and SIGTERM while another run has the lock."""
    lock = f"SELECT pg_advisory_lock(hashtextextended('aggregate/{ACME}/loans', 0))"
    lake.administrator.execute(lock.encode())
    program = (
        "import sys, runpy, boto3; from moto import mock_aws; sys.argv[0] = 'aggregate'\n"
        "with mock_aws():\n"
        f"    registry = boto3.resource('dynamodb', {REGION!r}).create_table(TableName={REGISTRY!r}, **{KEYS})\n"
        f"    registry.put_item(Item={{'tenant': {ACME!r}, 'item': 'registry', 'status': 'active', 'tier': 'pool'}})\n"
        "    runpy.run_module('aggregate', run_name='__main__', alter_sys=True)"
    )
    environment = {**os.environ, **variables(lake), "PYTHONPATH": str(ROOT / "jobs")}
    command = [sys.executable, "-c", program, *ARGUMENTS]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT / "jobs")
    try:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aggregate' AND wait_event = 'advisory'"
        while lake.rows(waits) == ["0"]:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate()
    finally:
        process.kill()
        lake.administrator.execute("SELECT pg_advisory_unlock_all()")
    told = json.loads(output)
    assert (process.returncode, told["exit_code"], told["error"]) == (10, 10, "told to stop")
    assert told["tenant"] == ACME and ZENITH not in output
