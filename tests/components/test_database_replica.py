from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.component import InvalidArgumentError
from components.database_replica import DatabaseReplica, DatabaseReplicaArgs
from components.limits import DB_INSTANCE_CLASSES
from tests.components.harness import ACCOUNT, Declaration, children_without_region, resources_of, statements_of
from tests.components.postgres_examples import key, postgres
from tests.components.test_database import RUNBOOKS
from tests.components.test_database import declare as declare_database

HOME, REGION = "us-east-2", "us-west-2"
SOURCE = f"arn:aws:rds:{HOME}:{ACCOUNT}:db:dataconnect-prod"
INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
LAG = "replica-database-replica-lag"


def arguments(**changes: Any) -> DatabaseReplicaArgs:
    own: dict[str, Any] = {"source_arn": SOURCE, "source_region": HOME, "source_instance_class": "db.r7g.large"}
    return DatabaseReplicaArgs(**(postgres(REGION) | own | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: DatabaseReplica("replica", arguments(**changes)))


def inputs(**changes: Any) -> dict[str, Any]:
    return declare(**changes).one(INSTANCE).inputs


def test_the_replica_names_its_source_by_arn() -> None:
    assert inputs()["replicateSourceDb"] == SOURCE


@pytest.mark.parametrize("source", ["dataconnect-prod", SOURCE.replace(HOME, REGION)])
def test_a_source_that_is_not_in_the_source_region_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=f"replica: source_arn is '{source}'; expected an ARN of {HOME}"):
        declare(source_arn=source)


@pytest.mark.parametrize("promoted", [False, True])
def test_what_the_source_hands_down_is_not_declared(promoted: bool) -> None:
    handed_down = {"username", "password", "dbName", "engine", "engineVersion", "allocatedStorage", "manageMasterUserPassword"}
    assert not handed_down & set(inputs(promoted=promoted))


def test_the_replica_is_encrypted_under_a_key_of_its_own_region() -> None:
    own = inputs()
    assert own["storageEncrypted"]
    assert own["kmsKeyId"] == own["performanceInsightsKmsKeyId"] == key(REGION, "database")
    with pytest.raises(ValueError, match=f"replica: key_arn is .*; expected an ARN of {REGION}"):
        declare(key_arn=key(HOME, "database"))


def test_network_and_parameters_are_of_its_own_region() -> None:
    declared = declare()
    assert children_without_region(declared, REGION) == []
    assert declared.one(INSTANCE).inputs["dbSubnetGroupName"] == "replica-subnets"
    assert declared.one(INSTANCE).inputs["parameterGroupName"] == "replica-parameters"
    assert declared.one(INSTANCE).inputs["vpcSecurityGroupIds"] == ["replica-id"]


def test_parameters_are_those_of_a_database_of_the_same_class() -> None:
    source, replica = declare_database().one(PARAMETERS).inputs, declare().one(PARAMETERS).inputs
    assert (replica["family"], replica["parameters"]) == (source["family"], source["parameters"])


def test_the_replica_is_ready_to_take_over_before_it_is_asked_to() -> None:
    own = inputs()
    assert own["multiAz"] and own["deletionProtection"] and own["iamDatabaseAuthenticationEnabled"]
    assert own["backupRetentionPeriod"] == 35
    assert own["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]


def test_no_final_snapshot_is_asked_of_a_replica() -> None:
    assert inputs()["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in inputs()


def test_promotion_stops_declaring_the_source_and_keeps_a_final_snapshot() -> None:
    promoted = inputs(promoted=True)
    assert "replicateSourceDb" not in promoted
    assert (promoted["skipFinalSnapshot"], promoted["finalSnapshotIdentifier"]) == (False, "dataconnect-test-final")


def test_promotion_changes_nothing_else() -> None:
    changed = {"replicateSourceDb", "skipFinalSnapshot", "finalSnapshotIdentifier"}
    before, after = inputs(), inputs(promoted=True)
    assert {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)} == changed


def test_a_promoted_replica_needs_nothing_of_its_source() -> None:
    gone = {"source_arn": pulumi.Output.from_input("nothing"), "source_instance_class": pulumi.Output.from_input("nothing")}
    assert inputs(promoted=True, **gone)["instanceClass"] == "db.r7g.large"


def test_lag_is_unknown_and_alarms_when_nobody_reports_it() -> None:
    lag = declare().one(ALARM, LAG).inputs
    assert (lag["metricName"], lag["threshold"], lag["treatMissingData"]) == ("ReplicaLag", 300, "breaching")
    assert declare(max_lag_seconds=60).one(ALARM, LAG).inputs["threshold"] == 60
    assert (RUNBOOKS / "database-replica-lag.md").is_file()


def test_a_promoted_replica_has_no_lag_to_watch() -> None:
    usual = {alarm.name for alarm in declare().of(ALARM)} - {LAG}
    assert {alarm.name for alarm in declare(promoted=True).of(ALARM)} == usual
    assert len(usual) == 10


def test_an_iam_user_connects_to_the_replica_in_its_own_region() -> None:
    [connect] = statements_of(lambda: DatabaseReplica("replica", arguments()).connect_as("search_app"))
    assert connect["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-EXAMPLE/search_app"]


def test_a_replica_in_the_region_of_its_source_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"DatabaseReplicaArgs\.region is 'us-west-2'; expected a region other than"):
        arguments(source_region=REGION)


@pytest.mark.parametrize("seconds", [0, 86_401])
def test_a_lag_that_means_nothing_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidArgumentError, match="max_lag_seconds is .*; expected 1 to 86400"):
        arguments(max_lag_seconds=seconds)


def test_a_replica_without_backups_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"DatabaseReplicaArgs\.backup_retention_days is 0; expected 1 to 35"):
        arguments(backup_retention_days=0)


def test_an_unknown_class_of_the_source_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"source_instance_class is 'db\.m1\.small'"):
        arguments(source_instance_class="db.m1.small")


CLASSES = st.sampled_from(sorted(DB_INSTANCE_CLASSES))


@given(own=CLASSES, source=CLASSES)
def test_a_replica_that_could_not_replay_its_source_is_refused(own: str, source: str) -> None:
    fits = all(mine >= theirs for mine, theirs in zip(DB_INSTANCE_CLASSES[own], DB_INSTANCE_CLASSES[source], strict=True))
    try:
        arguments(instance_class=own, source_instance_class=source)
    except InvalidArgumentError as error:
        assert not fits and error.field == "instance_class"
    else:
        assert fits


def test_the_class_of_the_source_is_checked_also_when_it_is_another_stacks_output() -> None:
    with pytest.raises(ValueError, match="expected at least 32 GiB and 4 vCPUs, as the source's db.r7g.xlarge"):
        declare(source_instance_class=pulumi.Output.from_input("db.r7g.xlarge"))
