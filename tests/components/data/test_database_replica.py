from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import InvalidArgumentError
from components.base.features import Features
from components.base.here import Inventory
from components.base.limits import DB_INSTANCE_CLASSES
from components.data.database_replica import DatabaseReplica, DatabaseReplicaArgs, ReplicaSource
from components.data.database_spec import ReplicaSpec
from tests.components.data.postgres_examples import key, postgres
from tests.components.data.test_database import RUNBOOKS
from tests.components.data.test_database import declare as declare_database
from tests.components.harness import ACCOUNT, Declaration, children_without_region, resources_of, statements_of

HOME, REGION = "us-east-2", "us-west-2"
SOURCE = f"arn:aws:rds:{HOME}:{ACCOUNT}:db:dataconnect-prod"
BACKUPS = f"arn:aws:rds:{REGION}:{ACCOUNT}:auto-backup:ab-1a2b3c4d5e6f7g"
INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CREDENTIALS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:database-credentials-a1b2c3"
LAG = "replica-database-replica-lag"


def arguments(**changes: Any) -> DatabaseReplicaArgs:
    """Arguments of a replica, with changes of its place, its spec or the arguments themselves.

    `source_...` change what it follows, and with `promoted` it follows nobody.
    """
    source: dict[str, Any] = {"arn": SOURCE, "region": HOME, "instance_class": "db.r7g.large"}
    source |= {name: changes.pop(f"source_{name}") for name in source if f"source_{name}" in changes}
    own: dict[str, Any] = {
        "source": None if changes.pop("promoted", False) else ReplicaSource(**source),
        "credentials_arn": CREDENTIALS,
        "database_name": "dataconnect",
        "switch": "database",
    }
    return DatabaseReplicaArgs(**(own | postgres(REGION, ReplicaSpec, changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: DatabaseReplica("replica", arguments(**changes)))


def inputs(**changes: Any) -> dict[str, Any]:
    return declare(**changes).one(INSTANCE).inputs


def test_the_replica_names_its_source_by_arn() -> None:
    assert inputs()["replicateSourceDb"] == SOURCE


@pytest.mark.parametrize("source", ["dataconnect-prod", SOURCE.replace(HOME, REGION)])
def test_a_source_that_is_not_in_the_source_region_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=f"replica: source.arn is '{source}'; expected an ARN of {HOME}"):
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


def test_the_source_is_given_once_and_whoever_promotes_it_leaves_the_program_nothing_to_change() -> None:
    for promoted in (False, True):
        assert declare(promoted=promoted).one(INSTANCE).ignore_changes == ("replicateSourceDb", "restoreToPointInTime")


def test_one_that_was_promoted_names_no_source_and_keeps_a_final_snapshot() -> None:
    promoted = inputs(promoted=True)
    assert "replicateSourceDb" not in promoted
    assert (promoted["skipFinalSnapshot"], promoted["finalSnapshotIdentifier"]) == (False, "dataconnect-test-final")


def test_a_promoted_replica_that_nobody_will_miss_keeps_no_final_snapshot() -> None:
    promoted = inputs(promoted=True, features=Features(keep_deleted=False))
    assert promoted["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in promoted


def test_one_that_was_restored_is_made_of_the_newest_moment_of_the_backups_and_is_otherwise_as_promoted() -> None:
    restored = inputs(promoted=True, restored_from=BACKUPS)
    made_of = {"sourceDbInstanceAutomatedBackupsArn": BACKUPS, "useLatestRestorableTime": True}
    assert restored == {**inputs(promoted=True), "restoreToPointInTime": made_of}


def test_one_that_follows_a_source_is_restored_from_nothing() -> None:
    with pytest.raises(InvalidArgumentError, match=r"restored_from is 'arn:.*'; expected None for one that follows a source"):
        arguments(restored_from=BACKUPS)


def test_promotion_changes_nothing_else() -> None:
    changed = {"replicateSourceDb", "skipFinalSnapshot", "finalSnapshotIdentifier", "tags"}
    before, after = inputs(), inputs(promoted=True)
    assert {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)} == changed


def test_lag_is_unknown_and_told_when_nobody_reports_it_any_more() -> None:
    lag = declare().one(ALARM, LAG).inputs
    assert (lag["metricName"], lag["threshold"], lag["treatMissingData"]) == ("ReplicaLag", 300, "missing")
    assert lag["insufficientDataActions"] == lag["alarmActions"]
    assert declare(max_lag_seconds=60).one(ALARM, LAG).inputs["threshold"] == 60
    assert (RUNBOOKS / "database" / "replica-lag.md").is_file()


def test_a_promoted_replica_has_no_lag_to_watch() -> None:
    usual = {alarm.name for alarm in declare().of(ALARM)} - {LAG}
    assert {alarm.name for alarm in declare(promoted=True).of(ALARM)} == usual
    assert len(usual) == 10


def test_an_iam_user_connects_to_the_replica_in_its_own_region() -> None:
    [connect] = statements_of(lambda: DatabaseReplica("replica", arguments()).connect_as("search_app"))
    assert connect["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-EXAMPLE/search_app"]


def test_a_replica_in_the_region_of_its_source_is_refused() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"DatabaseReplicaArgs\.source.region is 'us-west-2'; expected a region other"
    ):
        arguments(source_region=REGION)


@pytest.mark.parametrize("seconds", [0, 86_401])
def test_a_lag_that_means_nothing_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidArgumentError, match="max_lag_seconds is .*; expected 1 to 86400 seconds"):
        arguments(max_lag_seconds=seconds)


def test_a_replica_without_backups_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"ReplicaSpec\.backup_retention_days is 0; expected 1 to 35"):
        arguments(backup_retention_days=0)


def test_an_unknown_class_of_the_source_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"source.instance_class is 'db\.m1\.small'"):
        arguments(source_instance_class="db.m1.small")


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_the_least_and_the_most_lag_are_taken(seconds: int) -> None:
    assert arguments(max_lag_seconds=seconds).max_lag_seconds == seconds


def test_where_recovery_switches_the_program_leaves_alone_who_is_let_in() -> None:
    declared = declare(switched=True)
    replica = declared.one(INSTANCE)
    assert replica.ignore_changes == ("replicateSourceDb", "restoreToPointInTime", "vpcSecurityGroupIds")
    # Open at first: what follows is read only, and recovery's fence closes it within a minute.
    assert replica.inputs["vpcSecurityGroupIds"] == ["replica-id", "replica-fence-id"]
    fence = declared.one("aws:ec2/securityGroup:SecurityGroup", "replica-fence").inputs
    assert not {"ingress", "egress"} & set(fence)
    rules = (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    )
    assert not [rule for token in rules for rule in declared.of(token)]


def test_where_nobody_takes_over_there_is_no_fence_and_nothing_to_switch() -> None:
    inventory = Inventory()
    declared = declare(inventory=inventory)
    assert "replica-fence" not in {group.name for group in declared.of("aws:ec2/securityGroup:SecurityGroup")}
    assert inventory.switches == []


def test_recovery_is_told_what_it_takes_to_promote_to_open_and_to_close_it() -> None:
    inventory, seen = Inventory(), list[Any]()

    def program() -> None:
        DatabaseReplica("replica-2", arguments(switched=True, inventory=inventory))
        (switch,) = inventory.switches
        assert (switch.kind, switch.name) == ("database", "database")
        pulumi.Output.all(**switch.facts).apply(seen.append)

    resources_of(program)
    assert seen == [
        {
            "identifier": "dataconnect-test",
            "address": "database.c0example.rds.amazonaws.com",
            "port": 5432,
            "databaseName": "dataconnect",
            "credentials": CREDENTIALS,
            "groups": ["replica-2-id", "replica-2-fence-id"],
            "fence": "replica-2-fence-id",
            "backupRetentionDays": 35,
            "backupWindow": "07:00-08:00",
        }
    ]


def test_one_that_is_kept_is_none_of_recoverys() -> None:
    inventory = Inventory()
    declare(switched=True, switch=None, promoted=True, inventory=inventory)
    assert inventory.switches == []
    (store,) = (store for store in inventory.stores if store.name == "replica")
    assert (store.recovery, store.loss) == ("lost", "what it alone has: writes that no later generation took over")


@pytest.mark.parametrize("promoted", [False, True])
def test_the_credentials_are_read_in_the_replicas_own_region(promoted: bool) -> None:
    read, decrypt = statements_of(lambda: DatabaseReplica("database", arguments(promoted=promoted)).read_credentials())
    assert (read["Sid"], read["Resource"]) == ("ReadDatabaseCredentials", [CREDENTIALS])
    assert (decrypt["Sid"], decrypt["Resource"]) == ("DecryptDatabaseCredentials", [key(REGION, "secrets")])
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}


def test_a_workload_is_told_the_replicas_address_under_the_names_of_the_database() -> None:
    seen: list[Any] = []
    openings: list[Any] = []

    def program() -> None:
        link = DatabaseReplica("replica", arguments()).link(workload="search")
        openings.extend((opening.security_group.name, opening.port, opening.what) for opening in link.openings)
        assert not link.secrets and not link.start_statements
        pulumi.Output.all(**link.environment).apply(seen.append)

    resources_of(program)
    assert seen == [
        {
            "DATABASE_HOST": "database.c0example.rds.amazonaws.com",
            "DATABASE_PORT": "5432",
            "DATABASE_NAME": "dataconnect",
            "DATABASE_USER": "search",
        }
    ]
    assert openings == [("replica", 5432, "PostgreSQL for {workload}")]


def test_credentials_of_the_sources_region_are_refused() -> None:
    with pytest.raises(ValueError, match=rf"replica: credentials_arn is .*; expected an ARN of {REGION}"):
        declare(credentials_arn=CREDENTIALS.replace(REGION, HOME))


@pytest.mark.parametrize(("promoted", "recovery"), [(False, "replicated"), (True, "lost")])
def test_a_replica_is_backed_up_once_it_is_promoted_and_then_nothing_follows_it(promoted: bool, recovery: str) -> None:
    inventory = Inventory()
    declare(promoted=promoted, inventory=inventory)
    assert {store.name: store.recovery for store in inventory.stores}["replica"] == recovery
    # RDS promotes no replica while it is being backed up.
    assert inventory.backed_up().keys() == ({"replica"} if promoted else set())
    assert [row.title for row in inventory.rows] == ["replica"]


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
