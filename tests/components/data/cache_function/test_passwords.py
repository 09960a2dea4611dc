"""Passwords made and rotated on a real cache: whoever has read the old one goes on, and nothing half done shuts anybody out.

ElastiCache is played by a few lines that do to the server's users what ModifyUser says.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from components.data.cache_access import access_string
from components.data.cache_function.handler import fulfil
from components.data.cache_function.login import may_log_in
from components.data.cache_function.passwords import CURRENT, PENDING, NotYetError, Passwords
from functions.shared.valkey import ValkeyError
from tests.secrets_manager import SecretsManager
from tests.valkey import HOST, Server, running, tls

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
ACCESS = access_string({"live": ["read", "write"]})
BOOTSTRAP = "b" * 40
ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:cache-passwords-live-AbCdEf"


class Gone(BaseException):
    """The function is ended."""


@dataclass
class ElastiCache:
    """ModifyUser and DescribeUsers, on the users of a server; a change takes some looks until it holds.

    Attributes:
        server: The cache.
        looks: How often a user is told to be modifying after a change.
        changes: The passwords of each change.
    """

    server: Server
    looks: int = 2
    changes: list[list[str]] = field(default_factory=list[list[str]])
    _left: int = 0

    def modify_user(self, *, UserId: str, Passwords: list[str]) -> None:  # noqa: N803 - AWS's names
        assert not self._left, "InvalidUserState: the user is being modified"
        assert 1 <= len(Passwords) <= 2
        assert all(16 <= len(each) <= 128 for each in Passwords)
        self.changes.append(Passwords)
        connection = self.server.administrator()
        connection.call("ACL", "SETUSER", UserId.removeprefix("dev-"), "resetpass", *(f">{each}" for each in Passwords))
        connection.close()
        self._left = self.looks

    def describe_users(self, *, UserId: str) -> dict[str, Any]:  # noqa: N803
        status, self._left = ("modifying", self._left - 1) if self._left else ("active", 0)
        return {"Users": [{"UserId": UserId, "Status": status}]}


@dataclass
class World:
    """A cache, a secret, and the function between the two."""

    server: Server
    manager: SecretsManager
    elasticache: ElastiCache

    def passwords(self) -> Passwords:
        return Passwords(manager=self.manager, elasticache=self.elasticache, login=self.login, sleep=lambda _: None)

    def login(self, user: str, password: str) -> bool:
        return may_log_in(HOST, self.server.port, user=user, password=password, context=None)

    def make(self) -> dict[str, str]:
        return fulfil({"users": {"live": {"user_id": "dev-live", "secret": ARN}}}, self.passwords())

    def value(self, stage: str = CURRENT) -> dict[str, str]:
        return json.loads(self.manager.get_secret_value(SecretId=ARN, VersionStage=stage)["SecretString"])

    def begin(self) -> str:
        return self.manager.begin()

    def step(self, name: str, token: str) -> None:
        fulfil({"Step": name, "SecretId": ARN, "ClientRequestToken": token}, self.passwords())

    def rotate(self) -> None:
        token = self.begin()
        for name in STEPS:
            self.step(name, token)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@pytest.fixture
def world(server: Server) -> World:
    server.empty()
    server.allow("live", ACCESS, BOOTSTRAP)
    return World(server, SecretsManager(ARN), ElastiCache(server))


def test_the_first_deployment_makes_a_password_and_takes_away_the_one_that_pulumi_knew(world: World) -> None:
    assert world.make() == {"live": "made"}
    value = world.value()
    assert (value["username"], value["user_id"]) == ("live", "dev-live")
    assert len(value["password"]) == 64 and value["password"].isalnum()
    assert world.login("live", value["password"])
    assert not world.login("live", BOOTSTRAP)


def test_the_next_one_keeps_it(world: World) -> None:
    world.make()
    before = world.value()
    assert world.make() == {"live": "kept"}
    assert world.value() == before and len(world.elasticache.changes) == 1


def test_a_user_that_was_made_anew_gets_its_password_again(world: World) -> None:
    world.make()
    world.server.allow("live", ACCESS, BOOTSTRAP)
    assert world.make() == {"live": "given again"}
    assert world.login("live", world.value()["password"]) and not world.login("live", BOOTSTRAP)


def test_a_secret_that_lost_its_password_is_given_another_which_is_rotated(world: World) -> None:
    """What `dataconnect cache rotate` orders first: a rotation alone would not know whose password it is."""
    world.make()
    lost = world.value()["password"]
    world.manager.values.clear()
    world.manager.stages.clear()
    assert world.make() == {"live": "made"}
    assert not world.login("live", lost) and world.login("live", world.value()["password"])
    token = world.begin()
    for step in STEPS:
        fulfil({"Step": step, "SecretId": ARN, "ClientRequestToken": token}, world.passwords())
    assert world.login("live", world.value()["password"])


def test_old_and_new_open_until_the_next_rotation(world: World) -> None:
    world.make()
    seen = [world.value()["password"]]
    for _ in range(3):
        world.rotate()
        seen.append(world.value()["password"])
        assert [world.login("live", each) for each in seen] == [False] * (len(seen) - 2) + [True, True]
    assert len(set(seen)) == 4


def test_twice_shuts_out_whoever_has_a_leaked_password(world: World) -> None:
    world.make()
    leaked = world.value()["password"]
    world.rotate()
    assert world.login("live", leaked)
    world.rotate()
    assert not world.login("live", leaked)


def test_a_session_that_is_open_goes_on_through_every_step(world: World) -> None:
    world.make()
    session = world.server.login("live", world.value()["password"])
    ended, done = threading.Event(), list[int]()

    def work() -> None:
        while not ended.is_set():
            done.append(session.call("INCR", "live:n"))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(3):
            world.rotate()
    finally:
        ended.set()
        worker.join()
    assert done == list(range(1, len(done) + 1)) and done
    assert session.call("GET", "live:n") == str(len(done)).encode()
    session.close()


def test_who_reads_the_secret_at_any_moment_of_a_rotation_gets_in(world: World) -> None:
    world.make()
    token = world.begin()
    held = [world.value()["password"]]
    for name in STEPS:
        world.step(name, token)
        held.append(world.value()["password"])
        assert all(world.login("live", each) for each in held), name


@pytest.mark.parametrize("again", STEPS)
def test_a_step_may_be_done_again(world: World, again: str) -> None:
    world.make()
    old, token = world.value()["password"], world.begin()
    for name in STEPS:
        world.step(name, token)
        if name == again:
            pending = world.value(PENDING if name != "finishSecret" else CURRENT)
            world.step(name, token)
            assert world.value(PENDING if name != "finishSecret" else CURRENT) == pending
    assert world.login("live", old) and world.login("live", world.value()["password"])


def test_a_rotation_that_breaks_off_leaves_the_password_that_is_in_use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.make()
    old = world.value()
    token = world.begin()
    world.step("createSecret", token)

    def gone(**_: Any) -> None:
        raise Gone

    for name in ("modify_user", "describe_users"):
        with monkeypatch.context() as patch:
            patch.setattr(world.elasticache, name, gone)
            with pytest.raises(Gone):
                world.step("setSecret", token)
        assert world.value() == old and world.login("live", old["password"])
    for name in STEPS[1:]:
        world.step(name, token)
    assert world.login("live", old["password"]) and world.login("live", world.value()["password"])


def test_a_password_that_does_not_open_never_becomes_the_current_one(world: World) -> None:
    world.make()
    old, token = world.value(), world.begin()
    world.step("createSecret", token)
    with pytest.raises(NotYetError, match="does not let the user in"):
        world.step("testSecret", token)
    assert world.value() == old


def test_a_user_that_elasticache_does_not_finish_is_left_for_the_next_try(world: World) -> None:
    world.make()
    world.elasticache.looks = 1000
    token = world.begin()
    world.step("createSecret", token)
    with pytest.raises(NotYetError, match="not finished"):
        world.step("setSecret", token)


def test_the_test_that_secrets_manager_makes_when_rotation_is_set_up_passes(world: World) -> None:
    world.make()
    world.step("testSecret", world.begin())


def test_a_version_that_is_not_pending_is_refused(world: World) -> None:
    world.make()
    with pytest.raises(ValueError, match="no such version"):
        world.step("setSecret", str(uuid.uuid4()))
    token = world.begin()
    with pytest.raises(ValueError, match="expected one of createSecret"):
        world.step("dropSecret", token)
    for name in STEPS:
        world.step(name, token)
    changes = len(world.elasticache.changes)
    world.step("setSecret", token)
    assert len(world.elasticache.changes) == changes


def test_no_password_is_in_what_is_raised_or_returned(world: World) -> None:
    told = json.dumps(world.make())
    token = world.begin()
    world.step("createSecret", token)
    with pytest.raises(NotYetError) as raised:
        world.step("testSecret", token)
    for value in (world.value(), world.value(PENDING)):
        assert value["password"] not in told + str(raised.value)


def test_the_login_goes_over_tls_and_believes_no_other_certificate(world: World) -> None:
    world.make()
    user, password = "live", world.value()["password"]
    with tls(world.server) as front, tls(world.server) as other:
        assert may_log_in("localhost", front.port, user=user, password=password, context=front.trusted)
        assert not may_log_in("localhost", front.port, user=user, password="wrong" * 4, context=front.trusted)
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            may_log_in("localhost", front.port, user=user, password=password, context=other.trusted)


def test_a_server_that_says_something_else_is_no_answer(world: World) -> None:
    world.make()
    connection = world.server.administrator()
    connection.call("ACL", "SETUSER", "live", "-ping")
    with pytest.raises(ConnectionError, match="neither"):
        world.login("live", world.value()["password"])
    connection.close()


def test_the_users_rights_are_not_touched(world: World) -> None:
    world.make()
    world.rotate()
    session = world.server.login("live", world.value()["password"])
    with pytest.raises(ValkeyError, match="NOPERM"):
        session.call("GET", "other:key")
    session.close()
