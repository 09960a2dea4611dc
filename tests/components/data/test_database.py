import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.base.features import Features
from components.base.here import Inventory, Store
from components.base.links import Link
from components.base.severity import severity_of
from components.data.database import Database, DatabaseArgs
from components.data.database_spec import DatabaseSpec
from components.data.postgres_parameters import max_connections
from components.data.secret import SecretReplica, generate_password
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.data.postgres_examples import key, postgres
from tests.components.harness import (
    ACCOUNT,
    Declaration,
    Declared,
    children_without_region,
    here,
    resources_of,
    statements_of,
)

REGION = "us-east-2"
INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
GIB = 1024**3
RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"


def arguments(**changes: Any) -> DatabaseArgs:
    """Arguments of a database, with changes of its place, its spec or the arguments themselves."""
    password: dict[str, Any] = {"password": "s3cretPassword"}
    return DatabaseArgs(
        **(password | postgres(REGION, DatabaseSpec, changes, name="dataconnect", username="dataconnect_owner"))
    )


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Database("database", arguments(**changes)))


def instance(**changes: Any) -> Declared:
    return declare(**changes).one(INSTANCE)


def alarm(name: str, **changes: Any) -> dict[str, Any]:
    return declare(**changes).one(ALARM, f"database-database-{name}").inputs


def parameters(**changes: Any) -> dict[str, tuple[str, str]]:
    declared = declare(**changes).one("aws:rds/parameterGroup:ParameterGroup")
    return {each["name"]: (each["value"], each["applyMethod"]) for each in declared.inputs["parameters"]}


# Data at rest


def test_storage_and_performance_insights_are_encrypted_under_the_given_key() -> None:
    inputs = instance().inputs
    assert inputs["storageEncrypted"] and inputs["performanceInsightsEnabled"]
    assert inputs["kmsKeyId"] == inputs["performanceInsightsKmsKeyId"] == key(REGION, "database")


@pytest.mark.parametrize("field", ["key_arn", "log_key_arn"])
def test_a_key_of_another_region_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="database.* is '.*us-west-2.*'; expected an ARN of us-east-2"):
        declare(**{field: key("us-west-2", "database")})


@pytest.mark.parametrize("storage", [20, 399, 400, 10_000])
def test_gp3_storage_grows_by_itself_and_names_no_throughput_of_its_own(storage: int) -> None:
    inputs = instance(storage_gib=storage, max_storage_gib=20_000).inputs
    assert (inputs["storageType"], inputs["allocatedStorage"], inputs["maxAllocatedStorage"]) == ("gp3", storage, 20_000)
    assert not {"iops", "storageThroughput"} & set(inputs)


def test_backups_are_kept_and_carry_the_tags() -> None:
    inputs = instance().inputs
    assert (inputs["backupRetentionPeriod"], inputs["backupWindow"]) == (35, "07:00-08:00")
    assert inputs["copyTagsToSnapshot"] is True
    assert inputs["tags"]["DataClassification"] == "restricted"


# Protection


def test_a_protected_database_survives_mistakes() -> None:
    database = instance()
    assert database.protect
    assert database.inputs["deletionProtection"] is True
    assert database.inputs["deleteAutomatedBackups"] is False
    assert (database.inputs["skipFinalSnapshot"], database.inputs["finalSnapshotIdentifier"]) == (
        False,
        "dataconnect-test-final",
    )


def test_changes_of_a_protected_database_wait_for_the_maintenance_window_and_spare_the_major() -> None:
    inputs = instance().inputs
    assert inputs["applyImmediately"] is False
    assert inputs["allowMajorVersionUpgrade"] is False
    assert inputs["maintenanceWindow"] == "sun:09:00-sun:10:00"


def test_a_database_whose_deletion_nobody_regrets_can_be_destroyed_without_leaving_anything() -> None:
    declared = declare(protect=False, features=Features(keep_deleted=False))
    inputs = declared.one(INSTANCE).inputs
    assert not any(resource.protect for resource in declared.aws())
    assert (inputs["skipFinalSnapshot"], inputs["deleteAutomatedBackups"], inputs["deletionProtection"]) == (True, True, False)
    assert "finalSnapshotIdentifier" not in inputs
    assert declared.one(SECRET).inputs["recoveryWindowInDays"] == 0


def test_protection_refuses_to_delete_and_decides_nothing_else() -> None:
    protected, open_ = declare(), declare(protect=False)
    assert not any(resource.protect for resource in open_.aws())
    before, after = protected.one(INSTANCE).inputs, open_.one(INSTANCE).inputs
    assert {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)} == {"deletionProtection"}
    assert (before["deletionProtection"], after["deletionProtection"]) == (True, False)
    assert protected.one(SECRET).inputs == open_.one(SECRET).inputs


@pytest.mark.parametrize(
    ("feature", "changed"),
    [
        (Features(keep_deleted=False), {"skipFinalSnapshot", "finalSnapshotIdentifier", "deleteAutomatedBackups"}),
        (Features(immediate_changes=True), {"applyImmediately"}),
        (Features(major_upgrades=True), {"allowMajorVersionUpgrade"}),
    ],
)
def test_each_feature_decides_one_thing_and_leaves_the_protection(feature: Features, changed: set[str]) -> None:
    before, after = instance(), instance(features=feature)
    names = before.inputs.keys() | after.inputs.keys()
    assert {name for name in names if before.inputs.get(name) != after.inputs.get(name)} == changed
    assert after.protect


def test_changes_apply_at_once_and_majors_upgrade_where_the_features_say_so() -> None:
    inputs = instance(features=Features(immediate_changes=True, major_upgrades=True)).inputs
    assert (inputs["applyImmediately"], inputs["allowMajorVersionUpgrade"]) == (True, True)


def test_exactly_what_holds_data_is_protected() -> None:
    assert {resource.token for resource in declare().aws() if resource.protect} == {INSTANCE, LOG_GROUP, SECRET}


# Availability and upkeep


def test_a_standby_waits_in_another_zone_unless_it_is_not_wanted() -> None:
    assert instance().inputs["multiAz"] is True
    assert instance(multi_az=False).inputs["multiAz"] is False


def test_rds_keeps_the_minor_of_the_given_major_current() -> None:
    inputs = instance().inputs
    assert (inputs["engine"], inputs["engineVersion"], inputs["autoMinorVersionUpgrade"]) == ("postgres", "17", True)


# Access


def test_the_database_is_closed_until_a_service_is_let_in() -> None:
    declared = declare()
    assert declared.one(INSTANCE).inputs["publiclyAccessible"] is False
    assert declared.one(INSTANCE).inputs["vpcSecurityGroupIds"] == ["database-id"]
    assert not declared.of(INGRESS) and not declared.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")

    def program() -> None:
        group = SecurityGroup("search", SecurityGroupArgs(here=here(REGION), vpc_id="vpc-1", description="Search tasks"))
        database = Database("database", arguments(port=6432))
        database.security_group.allow_from(group, port=database.port, description="SQL")

    rule = resources_of(program).one(INGRESS).inputs
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"], rule["fromPort"]) == ("database-id", "search-id", 6432)


def test_the_database_lives_in_the_subnets_of_the_data_tier() -> None:
    declared = declare()
    assert declared.one("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"] == ["subnet-a", "subnet-b"]
    assert declared.one(INSTANCE).inputs["dbSubnetGroupName"] == "database-subnets"


def test_connections_need_tls_under_a_current_certificate() -> None:
    assert parameters()["rds.force_ssl"] == ("1", "pending-reboot")
    assert instance().inputs["caCertIdentifier"] == "rds-ca-rsa2048-g1"


def test_an_iam_user_connects_as_one_database_user_of_this_instance() -> None:
    [connect] = statements_of(lambda: Database("database", arguments()).connect_as("search_app"))
    assert connect["Sid"] == "ConnectDatabaseAsSearchApp"
    assert connect["Action"] == ["rds-db:connect"]
    assert connect["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-EXAMPLE/search_app"]
    assert instance().inputs["iamDatabaseAuthenticationEnabled"] is True


@pytest.mark.parametrize("user", ["*", "", "Search", "a/b", "x" * 64, "rdsadmin", "pg_monitor", "public"])
def test_a_database_user_that_would_widen_the_permission_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="expected up to 63 lower-case letters"):
        resources_of(lambda: Database("database", arguments()).connect_as(user))


# Credentials


def test_the_credentials_hold_the_login_and_not_the_host_that_differs_by_region() -> None:
    version = declare().one(VERSION)
    assert json.loads(version.inputs["secretString"]) == {
        "engine": "postgres",
        "dbname": "dataconnect",
        "username": "dataconnect_owner",
        "password": "s3cretPassword",
    }


def test_the_password_is_a_secret_wherever_it_goes() -> None:
    declared = declare()
    assert "password" in declared.one(INSTANCE).secret_inputs
    assert "secretString" in declared.one(VERSION).secret_inputs
    shown = [
        resource.name
        for resource in declared.resources
        for field, value in resource.inputs.items()
        if "s3cretPassword" in str(value) and field not in resource.secret_inputs
    ]
    assert shown == []


def test_the_instance_uses_the_password_that_was_stored() -> None:
    declared = declare(password=generate_password())
    stored = json.loads(declared.one(VERSION).inputs["secretString"])["password"]
    assert declared.one(INSTANCE).inputs["password"] == stored
    assert declared.one(INSTANCE).depends_on("database-credentials-version-1")
    assert "manageMasterUserPassword" not in declared.one(INSTANCE).inputs  # it forbids replicas


def test_what_a_rotation_has_made_of_the_password_since_no_deployment_brings_back() -> None:
    declared = declare(password=generate_password())
    assert "password" in declared.one(INSTANCE).ignore_changes
    assert "secretString" in declared.one(VERSION).ignore_changes


def test_the_credentials_are_copied_to_the_recovery_region_under_its_own_key() -> None:
    replica = SecretReplica(region="us-west-2", key_arn=key("us-west-2", "secrets"))
    secret = declare(secrets_replica=replica).one(SECRET).inputs
    assert secret["kmsKeyId"] == key(REGION, "secrets")
    assert secret["replicas"] == [{"region": "us-west-2", "kmsKeyId": key("us-west-2", "secrets")}]


# Links


def link(**changes: Any) -> Link:
    found: list[Link] = []
    resources_of(lambda: found.append(Database("database", arguments(**changes)).link(workload="data-products")))
    return found[0]


def test_reading_the_credentials_names_the_secret_and_its_key_only() -> None:
    read, decrypt = statements_of(lambda: Database("database", arguments()).read_credentials())
    assert (read["Sid"], decrypt["Sid"]) == ("ReadDatabaseCredentials", "DecryptDatabaseCredentials")
    assert read["Resource"] == [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:database-credentials"]
    assert decrypt["Resource"] == [key(REGION, "secrets")]
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}


def test_a_workload_is_told_where_to_log_in_and_as_whom_and_is_handed_no_secret() -> None:
    seen: list[Any] = []

    def program() -> None:
        used = Database("database", arguments(port=6432)).link(workload="data-products")
        assert not used.secrets and not used.start_statements
        pulumi.Output.all(**used.environment).apply(seen.append)

    resources_of(program)
    assert seen == [
        {
            "DATABASE_HOST": "database.c0example.rds.amazonaws.com",
            "DATABASE_PORT": "6432",
            "DATABASE_NAME": "dataconnect",
            "DATABASE_USER": "data_products",
        }
    ]


def test_a_workload_may_log_in_as_its_own_user_and_no_other() -> None:
    [connect] = statements_of(lambda: Database("database", arguments()).link(workload="data-products").statements)
    assert connect["Action"] == ["rds-db:connect"]
    assert connect["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-EXAMPLE/data_products"]


def test_for_a_tenant_a_workload_may_log_in_as_its_user_of_that_tenant_and_no_other() -> None:
    [connect] = statements_of(lambda: Database("database", arguments()).link(workload="data-products").tenant_statements)
    assert connect["Action"] == ["rds-db:connect"]
    own = "${aws:PrincipalTag/tenant}_data_products"
    assert connect["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-EXAMPLE/{own}"]


@pytest.mark.parametrize("workload", ["", "postgres*", "pg-monitor", "rdsadmin", "Search"])
def test_a_workload_that_no_user_can_be_called_after_is_refused(workload: str) -> None:
    with pytest.raises(ValueError, match="expected up to 63 lower-case letters"):
        resources_of(lambda: Database("database", arguments()).link(workload=workload))


def test_a_workload_may_connect_to_the_database() -> None:
    used = link(port=6432)
    assert [(opening.security_group.name, opening.port, opening.what) for opening in used.openings] == [
        ("database", 6432, "PostgreSQL for {workload}")
    ]


# What becomes of the data


def store(**changes: Any) -> Store:
    inventory = Inventory()
    declare(inventory=inventory, **changes)
    return next(store for store in inventory.stores if store.name == "database")


def test_a_database_with_a_copy_of_its_credentials_elsewhere_is_expected_to_have_a_replica_there() -> None:
    replica = SecretReplica(region="us-west-2", key_arn=key("us-west-2", "secrets"))
    replicated = store(secrets_replica=replica)
    assert (replicated.recovery, replicated.loss) == ("replicated", "seconds: replication is asynchronous")


def test_a_database_without_a_replica_is_lost_with_its_region() -> None:
    assert store().recovery == "lost"


def test_the_database_is_backed_up_and_its_credentials_are_not() -> None:
    where = here(REGION)
    declare(inventory=where.inventory)
    assert where.inventory.backed_up().keys() == {"database"}
    assert {store.name for store in where.inventory.stores} > {"database-credentials", "database"}


# Logs and metrics


def test_log_groups_are_encrypted_and_retained_before_rds_writes_to_them() -> None:
    declared = declare()
    groups = {group.inputs["name"]: group for group in declared.of(LOG_GROUP)}
    assert set(groups) == {f"/aws/rds/instance/dataconnect-test/{kind}" for kind in ("postgresql", "upgrade")}
    assert declared.one(INSTANCE).inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    for group in groups.values():
        assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (key(REGION, "logs"), 365)
        assert declared.one(INSTANCE).depends_on(group.name)


def test_schema_changes_slow_statements_and_sessions_are_logged_without_borrowers_data() -> None:
    logged = {name: value for name, (value, method) in parameters().items() if method == "immediate"}
    assert logged == {
        "log_statement": "ddl",
        "log_min_duration_statement": "1000",
        "log_parameter_max_length": "0",
        "log_connections": "1",
        "log_disconnections": "1",
        "log_lock_waits": "1",
    }


def test_postgresql_18_lists_the_stages_of_a_connection_to_log() -> None:
    assert parameters(engine_version="18")["log_connections"] == ("all", "immediate")


def test_the_parameter_family_follows_the_major() -> None:
    assert declare(engine_version="16").one("aws:rds/parameterGroup:ParameterGroup").inputs["family"] == "postgres16"


def test_enhanced_monitoring_has_a_role_that_only_this_instance_can_make_rds_use() -> None:
    declared = declare()
    role = declared.one("aws:iam/role:Role")
    [trust] = role.document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:dataconnect-test"},
    }
    assert declared.one(INSTANCE).inputs["monitoringInterval"] == 60
    assert declared.one(INSTANCE).depends_on("database-monitoring")


# Alarms


def test_thresholds_derive_from_the_class_and_the_storage() -> None:
    small = {"instance_class": "db.t4g.micro", "storage_gib": 50, "max_storage_gib": 100}
    large = {"instance_class": "db.r7g.xlarge", "storage_gib": 200, "max_storage_gib": 1000}
    for name, of_small, of_large in (
        ("free-storage", 5 * GIB, 20 * GIB),
        ("freeable-memory", GIB // 10, 32 * GIB // 10),
        ("connections", 64, 2048),
        ("load", 2, 4),
    ):
        assert (alarm(name, **small)["threshold"], alarm(name, **large)["threshold"]) == (of_small, of_large)


@given(st.sampled_from(sorted(limits.DB_INSTANCE_CLASSES)))
def test_connections_stay_below_what_rds_admits_by_default(instance_class: str) -> None:
    nominal = limits.DB_INSTANCE_CLASSES[instance_class].memory_gib * GIB
    assert 0 < max_connections(instance_class) <= min(nominal * 0.72 / 9_531_392, 5000)


def test_the_number_of_connections_that_the_alarm_assumes_is_the_one_in_force() -> None:
    assert parameters()["max_connections"] == (str(max_connections("db.r7g.large")), "pending-reboot")


def test_alarms_look_at_this_instance_with_the_statistics_that_matter() -> None:
    alarms = {each.name.removeprefix("database-database-"): each.inputs for each in declare().of(ALARM)}
    seen = {
        name: (each["metricName"], each.get("statistic") or each["extendedStatistic"], each["evaluationPeriods"])
        for name, each in alarms.items()
    }
    assert seen == {
        "cpu": ("CPUUtilization", "Average", 5),
        "free-storage": ("FreeStorageSpace", "Minimum", 5),
        "freeable-memory": ("FreeableMemory", "Average", 15),
        "connections": ("DatabaseConnections", "Maximum", 5),
        "latency-read": ("ReadLatency", "p90", 5),
        "latency-write": ("WriteLatency", "p90", 5),
        "load": ("DBLoad", "Average", 15),
        "ebs-balance-byte": ("EBSByteBalance%", "Minimum", 3),
        "ebs-balance-io": ("EBSIOBalance%", "Minimum", 3),
        "transaction-ids": ("MaximumUsedTransactionIDs", "Maximum", 5),
    }
    assert {json.dumps(each["dimensions"]) for each in alarms.values()} == {'{"DBInstanceIdentifier": "dataconnect-test"}'}


def test_what_rds_reports_only_at_times_is_right_while_it_is_silent() -> None:
    silent = {each.name for each in declare().of(ALARM) if each.inputs["treatMissingData"] == "notBreaching"}
    assert silent == {f"database-database-{name}" for name in ("load", "ebs-balance-byte", "ebs-balance-io")}


def test_every_alarm_has_a_runbook() -> None:
    pages = {each.inputs["alarmDescription"].rpartition(".example/")[2] for each in declare().of(ALARM)}
    assert {page for page in pages if not (RUNBOOKS / f"{page}.md").is_file()} == set()


def test_rds_reports_its_own_events_to_the_alert_topic() -> None:
    events = {each.inputs["sourceType"]: each.inputs for each in declare().of("aws:rds/eventSubscription:EventSubscription")}
    assert events["db-instance"]["sourceIds"] == ["dataconnect-test"]
    assert {"failover", "failure", "maintenance", "low storage"} <= set(events["db-instance"]["eventCategories"])
    assert events["db-parameter-group"]["sourceIds"] == ["database-parameters"]
    assert {each["snsTopic"] for each in events.values()} == {f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}


@pytest.mark.parametrize("key", ["event", "maintenance"])
def test_what_happens_to_the_instance_is_told_in_the_form_that_the_notifier_reads(key: str) -> None:
    declared = declare()
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule", f"database-{key}").document("eventPattern")
    assert (pattern["source"], pattern["detail-type"]) == (["aws.rds"], ["RDS DB Instance Event"])
    assert pattern["detail"]["SourceIdentifier"] == ["dataconnect-test"]
    assert (RUNBOOKS / "database" / f"{key}.md").is_file()
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget", f"database-{key}").inputs
    assert target["arn"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    assert target["inputTransformer"]["inputPaths"]["said"] == "$.detail.Message"


def test_what_rds_plans_wakes_nobody_and_each_category_that_is_subscribed_is_one_or_the_other() -> None:
    declared = declare()
    rules = {key: declared.one("aws:cloudwatch/eventRule:EventRule", f"database-{key}") for key in ("event", "maintenance")}
    details = {key: rule.document("eventPattern")["detail"] for key, rule in rules.items()}
    urgent = {value for each in details["event"]["$or"] for value in each.get("EventCategories", [])}
    planned = set(details["maintenance"]["EventCategories"])
    assert {"failover", "failure"} <= urgent and planned == {"configuration change", "maintenance"}
    subscribed = declared.one("aws:rds/eventSubscription:EventSubscription", "database-instance-events").inputs
    assert {*subscribed["eventCategories"]} == urgent | planned and not urgent & planned
    severities = {key: severity_of(f"database-{key}") for key in details}
    assert severities == {"event": "critical", "maintenance": "info"}


def test_the_dashboard_row_shows_what_is_watched() -> None:
    inventory = Inventory()
    declared = declare(inventory=inventory)
    [row] = inventory.rows
    assert (row.title, row.region, len(row.alarms)) == ("database", REGION, len(declared.of(ALARM)))


# Every child, and every wrong argument


def test_every_child_is_in_the_given_region() -> None:
    assert children_without_region(declare(), REGION) == []


def test_the_outputs_say_where_the_database_is() -> None:
    seen: list[Any] = []

    def program() -> None:
        database = Database("database", arguments())
        pulumi.Output.all(database.arn, database.identifier, database.address).apply(seen.append)

    resources_of(program)
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:database"
    assert seen == [[arn, "dataconnect-test", "database.c0example.rds.amazonaws.com"]]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("identifier", "DataConnect", "1 to 63 lower-case letters"),
        ("identifier", "data--connect", "single hyphens"),
        ("identifier", "dataconnect-", "no hyphen last"),
        ("identifier", "d" * 64, "1 to 63"),
        ("subnet_ids", ["subnet-a"], "subnets in at least two zones"),
    ],
)
def test_an_argument_that_could_not_work_is_refused_by_name(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"DatabaseArgs\.{field} is .*; expected .*{expected}"):
        arguments(**{field: value})


@pytest.mark.parametrize("identifier", ["d", "d" * 63])
def test_the_shortest_and_the_longest_identifier_are_taken(identifier: str) -> None:
    assert arguments(identifier=identifier).identifier == identifier


@pytest.mark.parametrize("password", ["x" * 8, "x" * 128])
def test_the_shortest_and_the_longest_password_are_taken(password: str) -> None:
    assert arguments(password=password).password == password


@pytest.mark.parametrize("password", ["short", "x" * 129, "with/slash", "with space", 'with"quote', "with@sign"])
def test_a_password_that_rds_would_refuse_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"DatabaseArgs\.password is '\(hidden\)'") as error:
        arguments(password=password)
    assert password not in str(error.value)


# Its generations


def test_one_whose_data_a_later_generation_has_is_kept_as_it_is() -> None:
    kept, serving = instance(stage="kept"), instance()
    assert (kept.inputs, kept.protect) == (serving.inputs, serving.protect)
    inventory = Inventory()
    declare(stage="kept", secrets_replica=None, inventory=inventory)
    assert [store.recovery for store in inventory.stores if store.name == "database"] == ["lost"]


def test_of_one_that_is_gone_the_credentials_live_on_under_their_name() -> None:
    gone, serving = declare(stage="gone"), declare()
    assert {resource.name for resource in gone.aws()} == {"database-credentials", "database-credentials-version-1"}
    assert gone.one(SECRET).inputs == serving.one(SECRET).inputs
    assert gone.one(SECRET).parent == serving.one(SECRET).parent


def test_another_database_of_the_vpc_shares_its_groups() -> None:
    def program() -> None:
        first = Database("database", arguments(switched=True))
        Database("silo", arguments(switched=True, identifier="silo-test", groups_of=first))

    declared = resources_of(program)
    groups = {group.name for group in declared.of("aws:ec2/securityGroup:SecurityGroup")}
    assert groups == {"database", "database-fence"}
    assert declared.one(INSTANCE, "silo").inputs["vpcSecurityGroupIds"] == ["database-id", "database-fence-id"]
