"""A recovery stack that is cold, or was built from backups: what it declares, tells the others, and refuses."""

import json
from functools import cache
from typing import Any

import pytest

from components.base.errors import ComponentError
from components.operate.backup_watch import DOCUMENT, METRIC
from functions.recovery import backups
from functions.recovery.aws import namespace_of
from stacks.parts import cold
from tests.components.data.test_database import RUNBOOKS
from tests.settings.stack_files import refused
from tests.stacks.estate import AWAY, HOME, Estate, estate_of, run

COPIES = "rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
DATABASE = "rds/instance:Instance"


@cache
def stack(warmth: str, **edits: object) -> Estate:
    return run("prod-recovery", {"warmth": warmth, **edits}, others=[estate_of("prod")])


@pytest.mark.parametrize("warmth", ["cold", "restored"])
def test_the_primarys_backups_are_copied_under_the_regions_own_key(warmth: str) -> None:
    estate = stack(warmth)
    assert estate.inputs(COPIES) == {
        "region": AWAY,
        "sourceDbInstanceArn": estate_of("prod").arn(DATABASE),
        "kmsKeyId": estate.key("database"),
        "retentionPeriod": estate.file["database"]["backupRetentionDays"],
    }


def test_the_copies_stay_those_of_the_database_that_was_restored() -> None:
    assert stack("cold").one(COPIES).ignore_changes == ()
    assert stack("restored").one(COPIES).ignore_changes == ("sourceDbInstanceArn", "retentionPeriod")


def test_beside_a_replica_no_backups_are_copied() -> None:
    assert not estate_of("recovery").of(COPIES)


def test_a_cold_stack_keeps_the_buckets_repositories_and_vault_that_a_warm_one_has() -> None:
    cold, warm = stack("cold"), estate_of("recovery")
    for kind in ("s3/bucket:Bucket", "ecr/repository:Repository", "backup/vault:Vault"):
        kept = {name: each.inputs for name, each in warm.of(kind).items() if name != "stream"}
        assert {name: each.inputs for name, each in cold.of(kind).items()} == kept


def test_a_cold_region_has_no_network() -> None:
    assert not [kind for kind, _ in stack("cold").resources if kind.startswith("aws:ec2/")]


def test_tables_are_backed_up_while_a_region_is_cold() -> None:
    cold, warm = stack("cold"), estate_of("recovery")
    assert cold.inputs("backup/selection:Selection")["resources"] == warm.inputs("backup/selection:Selection")["resources"]


def test_the_links_between_the_regions_are_the_same_whether_it_is_cold_or_warm() -> None:
    linked = run("prod-replication", others=[estate_of("prod"), stack("cold")])
    assert {identity: each.inputs for identity, each in linked.resources.items()} == {
        identity: each.inputs for identity, each in estate_of("replication").resources.items()
    }


def test_what_is_built_is_a_warm_region_but_for_where_its_data_come_from() -> None:
    built, warm = stack("restored"), estate_of("recovery")
    assert built.resources.keys() ^ warm.resources.keys() == {
        (f"aws:{COPIES}", "database-backups"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "database-database-replica-lag"),
    }
    assert built.inputs(DATABASE)["restoreToPointInTime"] == {
        "sourceDbInstanceAutomatedBackupsArn": built.id(COPIES),
        "useLatestRestorableTime": True,
    }
    assert "replicateSourceDb" not in built.inputs(DATABASE)
    assert built.switches.keys() == warm.switches.keys()


def test_the_command_is_told_where_the_backups_are() -> None:
    assert stack("cold").outputs["cold"] == {
        "region": AWAY,
        "account": stack("cold").account,
        "primaryRegion": HOME,
        "table": estate_of("prod").outputs["tables"]["recovery"]["name"],
        "backups": {"database": stack("cold").id(COPIES)},
    }
    assert "cold" not in stack("restored").outputs


def test_a_function_looks_how_old_the_backups_are_and_an_alarm_takes_silence_for_trouble() -> None:
    estate = stack("cold")
    code = estate.inputs("lambda/function:Function", "backup-watch")["code"].assets
    assert {"functions/recovery/backups.py", "functions/recovery/aws.py", DOCUMENT} <= set(code)
    assert json.loads(code[DOCUMENT].text) == {
        "stack": estate.stack,
        "region": AWAY,
        "backups": {"database": estate.id(COPIES)},
    }
    alarm = estate.inputs("cloudwatch/metricAlarm:MetricAlarm", "backup-watch-recovery-backups")
    assert (alarm["metricName"], alarm["threshold"], alarm["treatMissingData"]) == (backups.METRIC, 1800, "breaching")
    assert alarm["alarmDescription"].endswith("/recovery/backups") and (RUNBOOKS / "recovery" / "backups.md").is_file()
    assert (METRIC, alarm["namespace"]) == (backups.METRIC, namespace_of(estate.stack))
    assert not stack("restored").names("lambda/function:Function") & {"backup-watch"}
    # What the region is built over must let itself be deleted.
    assert not estate.one("cloudwatch/logGroup:LogGroup", "backup-watch").protect


@pytest.mark.parametrize(
    ("edits", "line"),
    [
        (
            {"warmth": "cold", "active": True},
            "dataconnect:warmth is 'cold'; expected restored, which builds the region of its backups, or active: false: there "
            "is nothing to be active with",
        ),
        ({"warmth": "tepid"}, "dataconnect:warmth is 'tepid'; expected 'warm', 'cold' or 'restored'"),
    ],
)
def test_what_contradicts_itself_is_told(edits: dict[str, Any], line: str) -> None:
    assert refused("prod-recovery", edits) == [line]


@pytest.mark.parametrize("warmth", ["cold", "restored"])
def test_silos_are_refused_where_databases_are_restored(warmth: str) -> None:
    silos = {"tabcdefghij23456": {"slug": "acme"}}
    (line,) = refused("prod-recovery", {"warmth": warmth, "silos": silos})
    assert line.startswith(f"dataconnect:silos is 'tabcdefghij23456'; expected none, or warmth: warm in place of {warmth}")


@pytest.mark.parametrize(
    ("warmth", "outputs", "refuses"),
    [
        ("restored", {}, False),
        ("restored", {"warmth": "cold"}, False),
        ("restored", {"warmth": "restored", "databaseArn": "arn"}, False),
        ("restored", {"warmth": "warm", "databaseArn": "arn"}, True),
        ("restored", {"databaseArn": "arn"}, True),
        ("warm", {"warmth": "restored", "databaseArn": "arn"}, False),
        ("cold", {"warmth": "warm", "databaseArn": "arn"}, False),
    ],
)
def test_nothing_is_restored_beside_a_replica(warmth: Any, outputs: dict[str, str], *, refuses: bool) -> None:
    if refuses:
        with pytest.raises(ComponentError, match="warmth is restored, and this stack was deployed warm"):
            cold._confirmed(warmth, outputs)
    else:
        assert cold._confirmed(warmth, outputs) == warmth
