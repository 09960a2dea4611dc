"""A database through a failover and back: who follows whom, what is kept, and what recovery is told of."""

import json
from functools import cache
from typing import Any, Final

import pytest

from settings import SettingsError
from stacks.parts import databases
from tests.settings.stack_files import REMOVED, refused
from tests.stacks.estate import AWAY, HOME, SWITCHED, Estate, estate_of, run
from tests.stacks.test_silos import SILOS

DATABASE: Final = "rds/instance:Instance"
GROUP: Final = "ec2/securityGroup:SecurityGroup"


@cache
def silos(name: str) -> Estate:
    """The stacks of a pair with silos, after a failover."""
    if name == "prod":
        return run("prod", {"silos": SILOS})
    if name == "active":
        return run("prod-recovery", {"silos": SILOS, "active": True}, others=[silos("prod")])
    edits = {
        "standby": True,
        "recoveredBy": "prod-recovery",
        "database.generation": 2,
        "database.kept": [1],
        "silos": SILOS,
    }
    return run("prod", edits, others=[silos("active")])


def test_a_standby_primary_follows_the_other_regions_database_in_a_new_instance_and_keeps_the_old() -> None:
    standby, prod, active = (estate_of(name) for name in ("standby", "prod", "active"))
    assert standby.names(DATABASE) == {"database", "database-2"}
    kept, before = standby.inputs(DATABASE, "database"), prod.inputs(DATABASE)
    # The password is generated anew in each run here. Of its data, nothing follows it any more.
    assert {name for name in kept if kept[name] != before[name]} <= {"password", "tags"} and kept.keys() == before.keys()
    assert (before["tags"]["RecoveryClass"], kept["tags"]["RecoveryClass"]) == ("replicated", "lost")
    follows = standby.inputs(DATABASE, "database-2")
    assert follows["replicateSourceDb"] == active.arn(DATABASE)
    assert (follows["identifier"], follows["region"]) == ("dataconnect-prod-2", HOME)
    assert not {"username", "password", "engine", "dbName"} & set(follows)
    assert all(standby.one(DATABASE, name).protect for name in standby.names(DATABASE))


def test_everybody_is_sent_to_the_instance_in_use_once_there_is_another() -> None:
    standby = estate_of("standby")
    address = standby.state(DATABASE, "database-2")["address"]
    assert standby.outputs["databaseAddress"] == standby.outputs["databaseLogin"]["host"] == address
    told = {
        variable["value"]
        for each in standby.of("ecs/taskDefinition:TaskDefinition").values()
        for container in json.loads(each.inputs["containerDefinitions"])
        for variable in container["environment"]
        if variable["name"] == "DATABASE_HOST"
    }
    assert told == {address}
    assert standby.outputs["databaseGeneration"] == 2


def test_credentials_outlive_the_instance_that_they_were_made_with() -> None:
    edits = {"recoveredBy": "prod-recovery", "standby": True, "database.generation": 2}
    later, prod = run("prod", edits, others=[estate_of("active")]), estate_of("prod")
    assert later.names(DATABASE) == {"database-2"}
    secret = "secretsmanager/secret:Secret", "database-credentials"
    assert later.one(*secret).inputs == prod.one(*secret).inputs and later.one(*secret).parent == prod.one(*secret).parent
    assert later.outputs["databaseLogin"]["credentials"] == prod.outputs["databaseLogin"]["credentials"]


def test_silos_go_through_the_same_generations() -> None:
    standby, active = silos("standby"), silos("active")
    for tenant in SILOS:
        assert standby.inputs(DATABASE, f"silo-{tenant}-2")["replicateSourceDb"] == active.arn(DATABASE, f"silo-{tenant}")
        assert standby.inputs(DATABASE, f"silo-{tenant}")["username"]
        for suffix in ("", "-2"):
            found = standby.inputs(DATABASE, f"silo-{tenant}{suffix}")
            assert found["vpcSecurityGroupIds"] == [standby.id(GROUP, f"database{suffix}{end}") for end in ("", "-fence")]
            key = standby.arn("kms/key:Key", f"silo-{tenant}-key")
            assert found["kmsKeyId"] == key
        place = json.loads(standby.inputs("dynamodb/tableItem:TableItem", f"silo-{tenant}-place-{HOME}")["item"])
        assert place["database_host"] == {"S": standby.state(DATABASE, f"silo-{tenant}-2")["address"]}


def test_a_silo_of_later_days_has_no_earlier_generations() -> None:
    tenant = next(iter(SILOS))
    late = {tenant: {**SILOS[tenant], "firstGeneration": 2}}
    edits = {"standby": True, "recoveredBy": "prod-recovery", "database.generation": 2, "database.kept": [1], "silos": late}
    estate = run("prod", edits, others=[silos("active")])
    assert estate.names(DATABASE) == {"database", "database-2", f"silo-{tenant}"}
    assert estate.inputs(DATABASE, f"silo-{tenant}")["identifier"] == f"{tenant}-prod-2"


@pytest.mark.parametrize("name", SWITCHED)
def test_recovery_is_told_of_the_instances_in_use(name: str) -> None:
    estate = estate_of(name)
    found = estate.switches["database", "database"]
    (logical,) = estate.names(DATABASE)
    assert found["identifier"] == estate.inputs(DATABASE)["identifier"]
    assert (found["groups"], found["fence"]) == (
        [estate.id(GROUP, logical), estate.id(GROUP, f"{logical}-fence")],
        estate.id(GROUP, f"{logical}-fence"),
    )
    assert "vpcSecurityGroupIds" in estate.one(DATABASE).ignore_changes


def test_recovery_is_told_of_each_silos_instance_in_use_and_of_none_that_is_kept() -> None:
    found = {name: facts["identifier"] for (kind, name), facts in silos("standby").switches.items() if kind == "database"}
    assert found == {"database": "dataconnect-prod-2", **{f"silo-{tenant}": f"{tenant}-prod-2" for tenant in SILOS}}


def test_where_nobody_takes_over_who_is_let_in_is_the_programs() -> None:
    dev = estate_of("dev")
    assert not dev.one(DATABASE).ignore_changes
    assert "database-fence" not in dev.names(GROUP) and dev.switches == {}


@pytest.mark.parametrize(
    ("generation", "deployed", "follows", "refuses"),
    [(1, 1, False, False), (2, 1, True, False), (2, 2, False, False), (2, 1, False, True), (3, 2, False, True)],
)
def test_a_new_generation_is_refused_while_there_is_nobody_to_follow(
    generation: int, deployed: int, *, follows: bool, refuses: bool
) -> None:
    def ask() -> int:
        return databases._confirmed(generation, deployed, follows=follows)

    if refuses:
        with pytest.raises(
            databases.ComponentError, match=rf"database\.generation is {generation}, and deployed as {deployed}"
        ):
            ask()
    else:
        assert ask() == generation


@pytest.mark.parametrize(
    ("stack", "edits", "line"),
    [
        (
            "prod",
            {"standby": True, "recoveredBy": REMOVED},
            "dataconnect:standby is true; expected false, or recoveredBy: who else is active",
        ),
        (
            "dev",
            {"standby": True, "recoveredBy": "prod-recovery"},
            "dataconnect:standby is true; expected false, or recoveryRegion: who else is active",
        ),
        (
            "dev",
            {"database.generation": 2},
            "dataconnect:database.generation is 2; expected 1, or recoveryRegion: a later generation follows the database of "
            "another region",
        ),
        (
            "prod",
            {"database.kept": [1]},
            "dataconnect:database.kept is [1]; expected none before generation 1",
        ),
        (
            "prod-recovery",
            {"database.generation": 3, "database.kept": [3]},
            "dataconnect:database.kept is [3]; expected generations before 3, each once",
        ),
        (
            "prod",
            {"silos": {"tabcdefghij23456": {"slug": "acme", "firstGeneration": 2}}},
            "dataconnect:silos.tabcdefghij23456.firstGeneration is 2; expected 1 at most, dataconnect:database.generation",
        ),
        (
            "prod",
            {"standby": True, "recoveredBy": "prod-recovery"},
            "dataconnect:standby is true; expected false, or active: true in Pulumi.prod-recovery.yaml: nobody would be active",
        ),
        (
            "prod",
            {"recoveredBy": "dev"},
            "dataconnect:recoveredBy is 'dev'; expected a stack whose dataconnect:role is recovery: Pulumi.dev.yaml says "
            "primary",
        ),
    ],
)
def test_what_contradicts_itself_is_told(stack: str, edits: dict[str, Any], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_two_active_regions_are_told_by_the_primary_for_a_failover_must_not_wait_for_its_file() -> None:
    active = estate_of("active")
    with pytest.raises(
        SettingsError, match=r"dataconnect:standby is false; expected true: Pulumi\.prod-recovery\.yaml says active"
    ):
        run("prod", {}, others=[active])
    assert active.file["active"] is True and active.region == AWAY
