from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.spec import StackContext
from components.base.uses import LinkKind
from components.data.database_spec import DatabaseSpec, PostgresSpec, ReplicaSpec, suffix_of
from tests.components.data.postgres_examples import SPEC

LOGIN = {"name": "dataconnect", "username": "dataconnect_owner"}
YAML = {
    "instanceClass": "db.r7g.large",
    "engineVersion": 17,
    "port": 6432,
    "storageGiB": 200,
    "maxStorageGiB": 1000,
    "multiAz": False,
    "backupRetentionDays": 35,
    "backupWindow": "07:00-08:00",
    "maintenanceWindow": "sun:09:00-sun:10:00",
}
SQL_NAME = "up to 63 lower-case letters, digits and _, a letter first, no word reserved by PostgreSQL or RDS"


def spec(**changes: Any) -> DatabaseSpec:
    values: dict[str, Any] = {**SPEC, **LOGIN, **changes}
    return DatabaseSpec(**values)


def replica(**changes: Any) -> ReplicaSpec:
    values: dict[str, Any] = {**SPEC, **changes}
    return ReplicaSpec(**values)


def test_a_stack_file_and_a_program_say_the_same() -> None:
    read = DatabaseSpec.model_validate({**YAML, **LOGIN, "rotationDays": 7})
    assert read == spec(port=6432, multi_az=False, rotation_days=7)
    again = ReplicaSpec.model_validate({**YAML, "generation": 3, "kept": [1, 2]})
    assert again == replica(port=6432, multi_az=False, generation=3, kept=(1, 2))


def test_what_is_left_out_is_the_usual_port_a_standby_and_a_first_password_of_a_first_replica() -> None:
    assert (spec().port, spec().multi_az, spec().rotation_days) == (5432, True, 30)
    assert (replica().generation, replica().kept) == (spec().generation, spec().kept) == (1, ())


def test_a_workload_uses_a_database_in_one_way() -> None:
    assert PostgresSpec.link == DatabaseSpec.link == ReplicaSpec.link == LinkKind("database", ("read", "write"))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("port", (1150, 65_535)),
        ("storage_gib", (20, 909)),
        ("max_storage_gib", (220, 65_536)),
        ("backup_retention_days", (1, 35)),
        ("rotation_days", (1, 90)),
        ("backup_window", ("07:00-07:30", "23:45-00:15")),
        ("maintenance_window", ("sun:09:00-sun:09:30", "sun:09:00-mon:07:00", "sat:23:45-sun:00:15")),
        ("maintenance_window", ("sun:08:00-sun:09:00", "sun:06:00-sun:07:00")),
        ("engine_version", ("16", "18")),
        ("name", ("d", "d" * 63)),
        ("username", ("d", "d" * 63)),
    ],
)
def test_the_lowest_and_the_highest_are_taken(field: str, values: tuple[Any, ...]) -> None:
    for value in values:
        assert getattr(spec(**{field: value}), field) == value


@pytest.mark.parametrize("kept", [[3], [4], [1, 1]])
def test_only_what_came_before_is_kept(kept: list[int]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"kept is \[.*\]; expected generations before 3, each once"):
        replica(generation=3, kept=kept)


def test_generations_have_names_of_their_own_but_for_the_first() -> None:
    assert [suffix_of(generation) for generation in (1, 2, 99)] == ["", "-2", "-99"]
    assert replica(generation=2).suffix == "-2"


@pytest.mark.parametrize("generation", [1, 99])
def test_the_first_and_the_last_generation_are_taken(generation: int) -> None:
    assert replica(generation=generation).generation == generation


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("instance_class", "db.m1.small", "one of db.t4g"),
        ("engine_version", "17.5", "a major, one of 16, .*18: RDS keeps the minor current"),
        ("engine_version", "9", "a major, one of 16"),
        ("engine_version", "15", "a major, one of 16"),
        ("engine_version", "19", "a major, one of 16"),
        ("kept", [1], "none before generation 1"),
        ("kept", ["one"], "a list of whole numbers"),
        ("generation", 0, "1 to 99"),
        ("port", 1149, "1150 to 65535"),
        ("port", 65_536, "1150 to 65535"),
        ("port", True, "a whole number"),
        ("storage_gib", 19, "20 to 59578 GiB"),
        ("storage_gib", 65_537, "20 to 59578 GiB"),
        ("max_storage_gib", 19, "20 to 65536 GiB"),
        ("max_storage_gib", 219, r"220 GiB or more \(1.1 times the storage, 200 GiB\)"),
        ("max_storage_gib", 65_537, "20 to 65536 GiB"),
        ("backup_retention_days", 0, "1 to 35 days: without backups there is no replica and no way back"),
        ("backup_retention_days", 36, "1 to 35 days"),
        ("backup_window", "7-8", "hh:mm-hh:mm in UTC"),
        ("backup_window", "07:00-07:29", "30 minutes or longer"),
        ("maintenance_window", "09:00-10:00", "ddd:hh:mm-ddd:hh:mm in UTC"),
        ("maintenance_window", "sun:09:00-sun:09:29", "30 minutes to 24 hours"),
        ("maintenance_window", "sun:09:00-mon:09:01", "30 minutes to 24 hours"),
        ("maintenance_window", "sun:07:30-sun:08:30", "a window that does not overlap backup_window 07:00-08:00"),
        ("maintenance_window", "sun:07:59-sun:08:59", "a window that does not overlap backup_window 07:00-08:00"),
        ("maintenance_window", "sun:06:01-sun:07:01", "a window that does not overlap backup_window 07:00-08:00"),
        ("name", "user", SQL_NAME),
        ("name", "postgres", SQL_NAME),
        ("name", "1st", SQL_NAME),
        ("name", "d" * 64, SQL_NAME),
        ("username", "admin", SQL_NAME),
        ("username", "rdsadmin", SQL_NAME),
        ("username", "d" * 64, SQL_NAME),
        ("username", "postgres", "a name that is not PostgreSQL's default"),
        ("rotation_days", 0, "1 to 90 days"),
        ("rotation_days", 91, "1 to 90 days"),
    ],
)
def test_what_could_not_work_is_refused_by_name(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"DatabaseSpec\.{field} is .*; expected .*{expected}"):
        spec(**{field: value})


@pytest.mark.parametrize("generation", [0, 100])
def test_a_generation_out_of_bounds_is_refused(generation: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"ReplicaSpec\.generation is {generation}; expected 1 to 99"):
        replica(generation=generation)


def test_a_replica_has_no_login_of_its_own() -> None:
    with pytest.raises(InvalidArgumentError, match=r"\.username is an unknown key; expected one of instance_class, "):
        replica(username="dataconnect_owner")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidArgumentError) as error:
        spec(port=1, storage_gib=1, username="postgres")
    assert [line.partition(" ")[0] for line in str(error.value).splitlines()] == [
        "DatabaseSpec.port",
        "DatabaseSpec.storage_gib",
        "DatabaseSpec.username",
    ]


@pytest.mark.parametrize("make", [spec, replica])
def test_prod_must_survive_the_loss_of_a_zone(make: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"multi_az is false; expected true: prod must survive the loss of a zone"):
        make(multi_az=False).within(StackContext(environment="prod"))
    assert make(multi_az=True).within(StackContext(environment="prod")).multi_az
    assert not make(multi_az=False).within(StackContext(environment="dev")).multi_az
