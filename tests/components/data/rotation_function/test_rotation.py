"""Passwords of masters changed on a real database: sessions go on, and nothing half done shuts anybody out."""

import json
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError

from components.data.rotation_function.masters import LocalMasters, Place, name_of
from components.data.rotation_function.rotation import FIRST, NotYetError
from components.data.users_function.postgres_client import PostgresError
from tests.components.data.rotation_function.world import ARN, LOGIN, STEPS, World
from tests.postgres import MASTER, PASSWORD, tls
from tests.secrets_manager import CURRENT, PENDING, PREVIOUS


def test_the_new_password_opens_the_old_one_does_not_and_open_sessions_go_on(world: World) -> None:
    with world.open(LOGIN) as session:
        token = world.rotate()
        assert session.run("SELECT current_user") == [(MASTER,)]
    assert world.manager.stages[CURRENT] == token
    assert world.opens(world.password()) and not world.opens(PASSWORD)
    assert json.loads(str(world.manager.values[token])) == {**LOGIN, "password": world.password()}
    world.read()


def test_it_is_rotated_again_and_again(world: World) -> None:
    seen = {PASSWORD}
    for _ in range(4):
        world.rotate()
        seen.add(world.password())
        world.read()
    assert len(seen) == 5


@pytest.mark.parametrize("again", STEPS)
def test_each_step_may_be_repeated(world: World, again: str) -> None:
    token = world.manager.begin()
    for name in STEPS:
        world.rotation().step(name, ARN, token)
        if name == again:
            before = dict(world.manager.values)
            world.rotation().step(name, ARN, token)
            assert world.manager.values == before
        world.read()
    assert world.manager.stages[CURRENT] == token and world.opens(world.password())


def test_of_two_at_once_the_second_is_not_begun_and_after_a_cancelled_one_the_next_one_mends(world: World) -> None:
    first = world.manager.begin()
    for name in STEPS[:2]:
        world.rotation().step(name, ARN, first)
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        world.manager.begin()
    in_force = world.password(PENDING)
    # What a person does who ends it by hand: the version that is in force has no stage any more.
    world.manager.update_secret_version_stage(SecretId=ARN, VersionStage=PENDING, RemoveFromVersionId=first)
    with pytest.raises(PostgresError, match="28P01"):
        world.read()
    assert world.opens(in_force)
    with pytest.raises(ValueError, match="the secret has no such version"):
        world.rotation().step("testSecret", ARN, first)
    world.rotate()
    world.read()
    assert not world.opens(in_force) and not world.opens(PASSWORD)


def test_the_steps_of_one_that_was_overtaken_change_nothing(world: World) -> None:
    first = world.manager.begin()
    world.rotation().step("createSecret", ARN, first)
    world.manager.update_secret_version_stage(SecretId=ARN, VersionStage=PENDING, RemoveFromVersionId=first)
    second = world.rotate()
    world.manager.stages["SOME"] = first
    for name in STEPS:
        with pytest.raises(ValueError, match="not pending"):
            world.rotation().step(name, ARN, first)
    assert world.manager.stages[CURRENT] == second and world.opens(world.password())


def test_a_password_that_does_not_open_never_becomes_the_current_one(world: World) -> None:
    token = world.manager.begin()
    world.rotation().step("createSecret", ARN, token)
    for name in ("testSecret", "finishSecret"):
        with pytest.raises(NotYetError, match="does not open"):
            world.rotation().step(name, ARN, token)
    assert world.password() == PASSWORD and world.opens(PASSWORD)


def test_one_that_stopped_opening_after_the_test_does_not_become_the_current_one(world: World) -> None:
    """As after a failover in between to a region whose database is older than the change."""
    token = world.manager.begin()
    for name in STEPS[:3]:
        world.rotation().step(name, ARN, token)
    world.server.psql(f"ALTER ROLE {MASTER} PASSWORD '{PASSWORD}'")
    with pytest.raises(NotYetError, match="does not open"):
        world.rotation().step("finishSecret", ARN, token)
    world.read()
    for name in STEPS:
        world.rotation().step(name, ARN, token)
    assert world.opens(world.password())


@pytest.mark.parametrize("rotations", [1, 3])
def test_a_database_that_was_made_anew_or_restored_is_given_the_new_password(world: World, rotations: int) -> None:
    for _ in range(rotations):
        world.rotate()
    world.server.psql(f"ALTER ROLE {MASTER} PASSWORD '{PASSWORD}'")
    world.rotate()
    world.read()
    assert world.opens(world.password()) and not world.opens(PASSWORD)


def test_the_version_that_a_deployment_made_keeps_a_stage_for_ever(world: World) -> None:
    (made,) = world.manager.values
    for _ in range(3):
        world.rotate()
        assert world.manager.stages[FIRST] == made


def test_a_secret_that_opens_nothing_is_told_and_changes_nothing(world: World) -> None:
    world.server.psql(f"ALTER ROLE {MASTER} PASSWORD 'of-somebody-else'")
    token = world.manager.begin()
    world.rotation().step("createSecret", ARN, token)
    with pytest.raises(NotYetError, match=r"no version of the secret opens the database \(docs/runbooks/credentials"):
        world.rotation().step("setSecret", ARN, token)
    assert world.opens("of-somebody-else") and world.password() == PASSWORD


def test_a_database_that_is_not_there_is_no_wrong_password(world: World) -> None:
    token = world.manager.begin()
    world.rotation().step("createSecret", ARN, token)
    masters = LocalMasters(
        databases={name_of(ARN): Place(host="localhost", port=1)},
        manager=lambda _: world.manager,
        authorities=world.server.authorities,
    )
    with pytest.raises(ConnectionRefusedError):
        world.rotation(of=masters).step("setSecret", ARN, token)
    world.read()


def test_nothing_is_changed_before_the_copy_in_the_other_region_has_the_new_password(world: World) -> None:
    world.manager.copies["us-west-2"] = "InProgress"
    token = world.manager.begin()
    world.rotation().step("createSecret", ARN, token)
    with pytest.raises(NotYetError, match=r"not in sync: us-west-2 \(InProgress\)"):
        world.rotation().step("setSecret", ARN, token)
    assert world.opens(PASSWORD)
    world.manager.copies["us-west-2"] = "InSync"
    world.rotation().step("setSecret", ARN, token)
    assert not world.opens(PASSWORD)
    world.read(world.manager.copy("us-west-2"))


def test_what_comes_while_it_waits_for_the_copy_is_seen(world: World) -> None:
    world.manager.copies["us-west-2"] = "InProgress"
    token = world.manager.begin()
    world.rotation().step("createSecret", ARN, token)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        world.manager.copies["us-west-2"] = "InSync"

    rotation = world.rotation()
    object.__setattr__(rotation, "sleep", sleep)
    rotation.step("setSecret", ARN, token)
    assert waited == [2] and world.opens(world.password(PENDING))


def test_the_test_that_secrets_manager_makes_when_rotation_is_set_up_passes(world: World) -> None:
    world.rotation().step("testSecret", ARN, world.manager.begin())


def test_what_makes_no_sense_is_refused(world: World) -> None:
    token = world.manager.begin()
    with pytest.raises(ValueError, match="the step is 'dropSecret'; expected one of createSecret, setSecret"):
        world.rotation().step("dropSecret", ARN, token)
    for name in ("setSecret", "finishSecret"):
        with pytest.raises(NotYetError, match="is not there yet"):
            world.rotation().step(name, ARN, token)
    assert world.password() == PASSWORD
    with pytest.raises(ValueError, match=r"expected one of database-credentials-AbCdEf: deploy the stack|expected one of none"):
        LocalMasters(databases={}, manager=lambda _: world.manager, authorities=world.server.authorities).prove(ARN, token)


def test_a_secret_without_a_password_is_left_alone(world: World) -> None:
    world.manager = type(world.manager)(ARN)
    token = world.manager.begin()
    with pytest.raises(NotYetError, match="deploy the stack"):
        world.rotation().step("createSecret", ARN, token)


def test_no_password_is_in_the_servers_log_nor_in_what_is_raised(world: World) -> None:
    world.rotate()
    world.manager.values[world.manager.begin()] = json.dumps({**LOGIN, "password": "wrong" * 8})
    with pytest.raises(NotYetError) as raised:
        world.rotation().step("testSecret", ARN, world.manager.stages[PENDING])
    told = world.server.log.read_text() + str(raised.value)
    for stage in (CURRENT, PREVIOUS, PENDING):
        assert world.password(stage) not in told.replace(f"PASSWORD '{PASSWORD}'", "")


def test_no_password_is_shown_to_a_server_that_is_not_of_the_authorities(world: World) -> None:
    with tls(world.server.port, trustme.CA().issue_cert("localhost")) as port:
        masters: Any = LocalMasters(
            databases={name_of(ARN): Place(host="localhost", port=port)},
            manager=lambda _: world.manager,
            authorities=world.server.authorities,
        )
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            masters.prove(ARN, world.manager.begin())
