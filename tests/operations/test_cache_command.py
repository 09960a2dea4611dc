"""`dataconnect cache rotate`, against a Secrets Manager that goes through a rotation in some looks."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from operations import rotations
from operations.command import app
from tests.operations.world import ACCOUNT, REGION

SECRETS = {name: f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cache-passwords-{name}" for name in ("live", "realtime")}


@dataclass
class Manager:
    """Rotations that end after some looks; `stuck` ones do not."""

    looks: int = 3
    stuck: bool = False
    busy: bool = False
    begun: list[str] = field(default_factory=list[str])
    ordered: list[Any] = field(default_factory=list[Any])
    mended: str = "kept"
    _stages: dict[str, dict[str, list[str]]] = field(default_factory=dict[str, dict[str, list[str]]])
    _left: int = 0

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803
        assert FunctionName == "cache-passwords" and not self.begun, "the function mends before anything is rotated"
        self.ordered.append(json.loads(Payload))
        told = dict.fromkeys(self.ordered[-1]["users"], self.mended)
        return {"Payload": io.BytesIO(json.dumps(told).encode())}

    def rotate_secret(self, *, SecretId: str, ClientRequestToken: str) -> None:  # noqa: N803 - AWS's names
        if self.busy:
            told = {"Code": "InvalidRequestException", "Message": "A previous rotation isn't complete."}
            raise ClientError({"Error": told}, "RotateSecret")
        assert not self._left, "the one before is under way"
        self.begun.append(SecretId)
        self._left = self.looks
        self._stages[SecretId] = {ClientRequestToken: ["AWSPENDING"]}

    def describe_secret(self, *, SecretId: str) -> Any:  # noqa: N803
        self._left = self._left if self.stuck else max(0, self._left - 1)
        if not self._left:
            self._stages[SecretId] = {token: ["AWSCURRENT"] for token in self._stages[SecretId]}
        return {"VersionIdsToStages": self._stages[SecretId]}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    told = {"stack": "prod", "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts", "cacheSecrets": SECRETS}
    users = {user: f"prod-{user}" for user in SECRETS}
    file.write_text(json.dumps({**told, "cacheUsers": users, "cacheFunction": "cache-passwords"}))
    return file


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rotations.Passwords

    def made(**values: Any) -> rotations.Passwords:
        return real(**values, sleep=lambda _: None)

    monkeypatch.setattr("operations.cache.command.Passwords", made)


def run(manager: Manager, outputs: Path, *arguments: str, code: int = 0) -> Any:
    def opened(_: object) -> Any:
        return SimpleNamespace(secretsmanager=manager, awslambda=manager)

    command = ["cache", "rotate", *arguments, "--stack", "prod", "--outputs", str(outputs), "--json"]
    done = CliRunner().invoke(app, command, obj=opened, catch_exceptions=False)
    assert done.exit_code == code, (done.exit_code, done.output)
    return json.loads(done.stdout)


def test_one_password_is_changed_and_waited_for(outputs: Path) -> None:
    manager = Manager()
    told = run(manager, outputs, "live")
    assert manager.begun == [SECRETS["live"]]
    assert [each["user"] for each in told["rotated"]] == ["live"]


def test_all_are_changed_one_after_the_other(outputs: Path) -> None:
    manager = Manager()
    run(manager, outputs, "--all")
    assert manager.begun == [*SECRETS.values()]


def test_a_leaked_one_is_changed_twice(outputs: Path) -> None:
    manager = Manager()
    told = run(manager, outputs, "live", "--twice")
    assert manager.begun == [SECRETS["live"]] * 2
    assert len({each["version"] for each in told["rotated"]}) == 2


def test_a_dry_run_changes_nothing(outputs: Path) -> None:
    manager = Manager()
    assert run(manager, outputs, "--all", "--dry-run") == {"mended": {}, "rotated": [], "dry_run": True}
    assert not manager.begun and not manager.ordered


@pytest.mark.parametrize("what", ["made", "given again"])
def test_who_has_no_password_that_opens_is_given_one_before_it_is_changed(outputs: Path, what: str) -> None:
    manager = Manager(mended=what)
    told = run(manager, outputs, "live")
    assert manager.ordered == [{"users": {"live": {"user_id": "prod-live", "secret": SECRETS["live"]}}}]
    assert told["mended"] == {"live": what} and manager.begun == [SECRETS["live"]]


def test_one_that_does_not_end_is_told_and_the_next_is_not_begun(outputs: Path) -> None:
    manager = Manager(stuck=True)
    told = run(manager, outputs, "--all", code=1)["error"]
    assert "the new password of live is not in use after 15 minutes; the one before still opens" in told
    assert manager.begun == [SECRETS["live"]]


def test_one_that_is_under_way_is_not_disturbed(outputs: Path) -> None:
    told = run(Manager(busy=True), outputs, "live", code=4)["error"]
    assert "cannot be rotated now: A previous rotation isn't complete." in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "neither of USER and --all is given; expected one of them"),
        (("live", "--all"), 2, "both of USER and --all is given; expected one of them"),
        (("bi",), 3, "there is no 'bi' among the users of the cache; expected one of live, realtime"),
    ],
)
def test_what_makes_no_sense_is_refused(outputs: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    manager = Manager()
    assert told in run(manager, outputs, *arguments, code=code)["error"]
    assert not manager.begun


def test_a_stack_without_a_cache_says_so(outputs: Path) -> None:
    known = json.loads(outputs.read_text())
    outputs.write_text(json.dumps({name: value for name, value in known.items() if not name.startswith("cache")}))
    assert "none: the stack has no cache" in run(Manager(), outputs, "live", code=3)["error"]
