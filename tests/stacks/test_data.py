"""What holds data: under which key, kept how, copied where, backed up by what."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.found import some
from tests.stacks.estate import AWAY, HOME, PLATFORMS, PRIMARIES, RECOVERIES, UNPROTECTED, Estate, estate_of
from tests.stacks.test_grants import table

DATABASE = "rds/instance:Instance"
TABLE = "dynamodb/table:Table"
BUCKET = "s3/bucket:Bucket"
QUEUE = "sqs/queue:Queue"

# Stack file -> RDS, as far as the two say the same.
SIZES: Final = {
    "instanceClass": "instanceClass",
    "maxStorageGiB": "maxAllocatedStorage",
    "multiAz": "multiAz",
    "backupRetentionDays": "backupRetentionPeriod",
    "backupWindow": "backupWindow",
    "maintenanceWindow": "maintenanceWindow",
}


def identifier(estate: Estate) -> str:
    """The name under which people and scripts know the database, in the console and in restores."""
    generation = estate.file["database"].get("generation", 1)
    return f"dataconnect-{estate.stack}" + ("" if generation == 1 else f"-{generation}")


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_database_is_as_large_and_as_safe_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    wanted, found = estate.file["database"], estate.inputs(DATABASE)
    assert {key: found[ours] for key, ours in SIZES.items()} == {key: wanted[key] for key in SIZES}
    assert found["port"] == wanted.get("port", 5432)
    assert found["identifier"] == identifier(estate)
    assert found["deletionProtection"] is estate.one(DATABASE).protect is estate.protect


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_database_is_encrypted_logged_and_tuned_for_itself(name: str) -> None:
    estate = estate_of(name)
    found, wanted = estate.inputs(DATABASE), estate.file["database"]
    assert found["storageEncrypted"] is True
    assert found["kmsKeyId"] == found["performanceInsightsKmsKeyId"] == estate.key("database")
    parameters = estate.named_by("rds/parameterGroup:ParameterGroup", "name", found["parameterGroupName"])
    assert estate.inputs("rds/parameterGroup:ParameterGroup", parameters)["family"] == f"postgres{wanted['engineVersion']}"
    logs = {estate.state("cloudwatch/logGroup:LogGroup", each)["name"] for each in estate.names("cloudwatch/logGroup:LogGroup")}
    exported = {f"/aws/rds/instance/{found['identifier']}/{each}" for each in found["enabledCloudwatchLogsExports"]}
    assert exported <= logs


@pytest.mark.parametrize("name", PRIMARIES)
def test_the_primary_database_is_created_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    found, wanted = estate.inputs(DATABASE), estate.file["database"]
    assert estate.names(DATABASE) == {"database"}
    assert (found["allocatedStorage"], found["dbName"], found["username"]) == (
        wanted["storageGiB"],
        wanted["name"],
        wanted["username"],
    )
    assert found["engineVersion"] == wanted["engineVersion"]
    assert "replicateSourceDb" not in found


def test_the_replica_follows_the_primary_database_under_its_own_regions_key() -> None:
    estate = estate_of("recovery")
    found = estate.inputs(DATABASE)
    assert estate.names(DATABASE) == {"database"}
    assert found["replicateSourceDb"] == estate_of("prod").arn(DATABASE)
    assert found["kmsKeyId"].split(":")[3] == estate.region


def test_a_promoted_replica_follows_nobody() -> None:
    found = estate_of("active").inputs(DATABASE)
    assert "replicateSourceDb" not in found
    assert found["skipFinalSnapshot"] is False


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_alarm_on_free_space_knows_the_storage(name: str) -> None:
    estate = estate_of(name)
    alarms = [
        each.inputs
        for each in estate.of("cloudwatch/metricAlarm:MetricAlarm").values()
        if each.inputs.get("metricName") == "FreeStorageSpace" and each.inputs["namespace"] == "AWS/RDS"
    ]
    (alarm,) = alarms
    assert alarm["threshold"] == estate.file["database"]["storageGiB"] * 1024**3 / 10
    assert alarm["dimensions"] == {"DBInstanceIdentifier": identifier(estate)}


@pytest.mark.parametrize("name", PRIMARIES)
def test_tables_are_keyed_kept_and_encrypted_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    assert estate.names(TABLE) == {*some(estate.file["tables"]), *estate.own_tables}
    for logical, wanted in estate.file["tables"].items():
        found = estate.inputs(TABLE, logical)
        indexes = {index: keys_of(each) for index, each in wanted.get("indexes", {}).items()}
        assert (found["hashKey"], found.get("rangeKey")) == keys_of(wanted)
        assert {each["name"]: index_key(each) for each in found.get("globalSecondaryIndexes", [])} == indexes
        used = {attribute for pair in (keys_of(wanted), *indexes.values()) for attribute in pair if attribute}
        types = dict.fromkeys(used, "S") | wanted.get("attributeTypes", {})
        assert {each["name"]: each["type"] for each in found["attributes"]} == types
        assert found["ttl"] == {"enabled": True, "attributeName": wanted.get("ttlAttribute", "expires_at")}
        assert found["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": estate.key("tables")}
        assert found["pointInTimeRecovery"]["enabled"] is True
        assert found["deletionProtectionEnabled"] is estate.one(TABLE, logical).protect is estate.protect


def keys_of(section: Mapping[str, Any]) -> tuple[str, str | None]:
    """The keys of a table, or of an index, as the stack file has them."""
    return section["hashKey"], section.get("rangeKey")


def index_key(index: dict[str, Any]) -> tuple[str, str | None]:
    keys = {each["keyType"]: each["attributeName"] for each in index["keySchemas"]}
    return keys["HASH"], keys.get("RANGE")


def test_tables_are_replicated_to_recovery_under_recoverys_key() -> None:
    estate, prod = estate_of("replication"), estate_of("prod")
    replicas = {each.inputs["globalTableArn"]: each for each in estate.of("dynamodb/tableReplica:TableReplica").values()}
    tables = some(estate.file["tables"])
    assert set(replicas) == {prod.arn(TABLE, logical) for logical in tables}
    assert estate.names("dynamodb/tableReplica:TableReplica") == {f"{logical}-replica" for logical in tables}
    for replica in replicas.values():
        away = estate.file["recoveryRegion"]
        assert (replica.inputs["region"], replica.inputs["kmsKeyArn"]) == (away, prod.key("tables", away))
        assert replica.inputs["pointInTimeRecovery"] is replica.inputs["deletionProtectionEnabled"] is replica.protect is True


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_database_waits_for_its_logs_and_for_leave_to_write_metrics(name: str) -> None:
    estate = estate_of(name)
    instance = estate.one(DATABASE)
    logs = [each for each in estate.names("cloudwatch/logGroup:LogGroup") if each.startswith(f"{instance.name}-log-")]
    assert len(logs) == 2
    assert all(instance.depends_on(each) for each in [*logs, f"{instance.name}-monitoring"])


def test_images_are_copied_between_the_two_regions_and_nowhere_else() -> None:
    estate = estate_of("replication")
    ways: dict[str, str] = {}
    for each in estate.of("ecr/replicationConfiguration:ReplicationConfiguration").values():
        (rule,) = each.inputs["replicationConfiguration"]["rules"]
        (destination,) = rule["destinations"]
        ways[each.inputs["region"]] = destination["region"]
        assert destination["registryId"] == estate.account
        assert [each["filter"] for each in rule["repositoryFilters"]] == ["dataconnect/"]
    assert ways == {HOME: AWAY, AWAY: HOME}


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_image_has_a_repository_and_each_repository_an_image(name: str) -> None:
    estate = estate_of(name)
    found = estate.of("ecr/repository:Repository")
    wanted = {each["repository"] for each in (*estate.workloads.values(), *estate.fleets.values())}
    wanted |= {"dataconnect/reconcile"} if "reconcile" in estate.file else set()
    assert {each.inputs["name"] for each in found.values()} == wanted
    for logical, each in found.items():
        assert logical == each.inputs["name"].replace("/", "-")
        (encryption,) = each.inputs["encryptionConfigurations"]
        assert encryption["kmsKey"] == estate.key("storage")
        assert (each.protect, each.inputs["forceDelete"]) == (estate.protect, not estate.protect)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_queues_are_the_stack_files_with_their_dead_letters(name: str) -> None:
    estate = estate_of(name)
    queues = some(estate.file["queues"])
    assert estate.names(QUEUE) == {each for queue in queues for each in (queue, f"{queue}-dead-letters")} | {
        *("batch-dead-letters", "alerts-dead-letters", "notifier-queue", "notifier-queue-dead-letters"),
        *(["orders-dead-letters"] if "orders" in estate.file else []),
        *(("logs", "logs-dead-letters") if "search" in estate.file["logs"] else ()),
        *(f"{topic}-dead-letters" for topic in estate.file["topics"]),
    }
    for queue, wanted in queues.items():
        found, dead = (estate.inputs(QUEUE, each) for each in (queue, f"{queue}-dead-letters"))
        redrive = estate.only("sqs/redrivePolicy:RedrivePolicy", queueUrl=estate.state(QUEUE, queue)["url"]).inputs
        assert json.loads(redrive["redrivePolicy"]) == {
            "deadLetterTargetArn": estate.arn(QUEUE, f"{queue}-dead-letters"),
            "maxReceiveCount": wanted.get("maxReceives", 10),
        }
        assert found["messageRetentionSeconds"] == wanted.get("retentionDays", 4) * 86_400
        for each in (found, dead):
            assert each["visibilityTimeoutSeconds"] == wanted.get("visibilityTimeoutSeconds", 300)
            assert each["kmsMasterKeyId"] == estate.key("messages")
        assert estate.one(QUEUE, queue).protect is estate.protect
        oldest = estate.inputs("cloudwatch/metricAlarm:MetricAlarm", f"{queue}-queue-oldest-message")
        assert oldest["threshold"] == wanted.get("maxAgeSeconds", 300)


@pytest.mark.parametrize("name", [*(name for name in PRIMARIES if name not in UNPROTECTED), *RECOVERIES])
def test_the_database_and_every_table_is_backed_up_in_its_own_region(name: str) -> None:
    estate = estate_of(name)
    selection = estate.inputs("backup/selection:Selection")
    tables = [table(estate, logical)[1] for logical in estate.file["tables"]]
    # RDS promotes no replica while it is being backed up.
    database = [] if "replicateSourceDb" in estate.inputs(DATABASE) else [estate.arn(DATABASE)]
    assert sorted(selection["resources"]) == sorted([*database, *tables, estate.arn(TABLE, "notifier-table")])
    assert selection["planId"] == estate.id("backup/plan:Plan")
    assert estate.inputs("backup/vault:Vault")["kmsKeyArn"] == estate.key("backups")
    assert estate.one("backup/vault:Vault").protect is True


@pytest.mark.parametrize("name", UNPROTECTED)
def test_what_is_not_worth_keeping_is_not_backed_up(name: str) -> None:
    assert not estate_of(name).of("backup/selection:Selection")


@pytest.mark.parametrize("name", PRIMARIES)
def test_there_is_a_key_for_each_class_of_data_with_a_copy_where_recovery_is(name: str) -> None:
    estate = estate_of(name)
    classes = {each for each in SERVED if each != "volumes" or estate.fleets}
    away = estate.file.get("recoveryRegion")
    wanted = {f"{region} {each}" for region in (estate.region, away) if region for each in classes}
    dns = {"us-east-1 dns-alerts", "us-east-1 dns-logs"} if estate.protect else set[str]()
    assert sorted(estate.keys.values()) == sorted(wanted | dns)
    for alias in estate.of("kms/alias:Alias").values():
        assert alias.inputs["name"].startswith(f"alias/dataconnect/{estate.environment}/")
    for each in (*estate.some("kms/key:Key").values(), *estate.of("kms/replicaKey:ReplicaKey").values()):
        assert each.protect is estate.protect
    for key in classes:
        assert estate.inputs("kms/key:Key", f"{key}-key")["multiRegion"] is (away is not None)


@pytest.mark.parametrize("name", PRIMARIES)
def test_the_administrators_of_the_stack_file_manage_every_key(name: str) -> None:
    estate = estate_of(name)
    managers = {f"arn:aws:iam::{estate.account}:root", *estate.file["keyAdministrators"]}
    for each in (*estate.some("kms/key:Key").values(), *estate.of("kms/replicaKey:ReplicaKey").values()):
        (manage,) = [one for one in each.document()["Statement"] if one["Sid"] == "AdministratorsManage"]
        assert set(manage["Condition"]["ArnLike"]["aws:PrincipalArn"]) == managers


@pytest.mark.parametrize("name", PRIMARIES)
def test_a_key_serves_its_class_of_data(name: str) -> None:
    estate = estate_of(name)
    for each in (*estate.some("kms/key:Key").values(), *estate.of("kms/replicaKey:ReplicaKey").values()):
        if (called := estate.keys.get(estate.arn(each.token.removeprefix("aws:"), each.name))) is None:
            continue  # the zone's signing key has no alias
        through = json.dumps(each.document())
        served = {
            service
            for service in (
                "rds",
                "dynamodb",
                "s3",
                "ecr",
                "secretsmanager",
                "backup",
                "sns",
                "sqs",
                "firehose",
                "lambda",
                "ec2",
                "elasticache",
                "es",
            )
            if f'"{service}.' in through
        }
        assert served == SERVED[called.split()[1].removeprefix("dns-")], called


SERVED: Final = {
    "volumes": {"ec2"},
    "database": {"rds"},
    "tables": {"dynamodb"},
    "storage": {"s3", "ecr"},
    "logs": set[str](),
    "secrets": {"secretsmanager", "lambda"},
    "alerts": {"sns"},
    "backups": {"backup"},
    "messages": {"sqs", "sns", "firehose", "s3"},
    "config": {"s3"},
    "cache": {"elasticache"},
    "search": {"es"},
}
