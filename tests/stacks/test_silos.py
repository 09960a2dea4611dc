"""A tenant with a key, buckets and a database of its own: one entry adds them in both regions and changes nothing else."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest

from components.data.silo_spec import MOST
from tests.stacks.estate import AWAY, HOME, Estate, archive, estate_of, run

A, B = "tabcdefghij23456", "tzyxwvutsrq76543"
SILOS: Final[dict[str, Any]] = {
    A: {"slug": "acme-home-loans"},
    B: {"slug": "birch", "instanceClass": "db.r7g.2xlarge", "storageGiB": 300, "maxStorageGiB": 2000, "protect": False},
}
BUCKET, KEY, INSTANCE = "s3/bucket:Bucket", "kms/key:Key", "rds/instance:Instance"
TAG: Final = "aws:PrincipalTag/tenant"
OTHERS: Final = {"StringLike": {TAG: "t" + 15 * "?"}}
"""Of sessions of tenants only: the stack's own roles bear `Tenant: shared`, and to IAM that is the same key."""
# What lists all of something: it grows by the silo's.
KNOW: Final = {"database-rotation", "heartbeat", "fence", "ready", "recover", "sleeper"}
LISTS: Final = {"aws:cloudwatch/dashboard:Dashboard", "aws:backup/selection:Selection"}


@cache
def silos_in(name: str, **edits: object) -> Estate:
    """A stack with both silos."""
    known = {"silos": SILOS, **edits}
    match name:
        case "recovery":
            return run("prod-recovery", known, others=[silos_in("prod")])
        case "promoted":
            return run("prod-recovery", {**known, "active": True}, others=[silos_in("prod")])
        case "replication":
            return run("prod-replication", known, others=[silos_in("prod"), silos_in("recovery")])
        case _:
            return run(name, known)


@cache
def classes() -> tuple[str, ...]:
    """The classes of data of which a silo has a bucket."""
    buckets = estate_of("prod").file["lake"]["buckets"]
    return tuple(name for name, each in buckets.items() if each.get("perTenant", True))


def own(estate: Estate, tenant: str) -> dict[tuple[str, str], Any]:
    return {key: each for key, each in estate.resources.items() if tenant in key[1]}


@pytest.mark.parametrize("name", ["dev", "prod", "recovery", "replication"])
def test_an_entry_adds_resources_and_changes_no_other(name: str) -> None:
    before, after = estate_of(name), silos_in(name)
    added = {key for key in after.resources if key not in before.resources}
    assert before.resources.keys() < after.resources.keys()
    pages = set[tuple[str, str]]() if name == "replication" else {("aws:cloudwatch/dashboard:Dashboard", "silos")}
    assert added == {*own(after, A), *own(after, B)} | pages
    for key, each in before.resources.items():
        # Recovery's functions and the schedule's know every database: they have it in their packages.
        lists = key[0] in LISTS or (key[0] == "aws:lambda/function:Function" and key[1] in KNOW)
        lists |= key == ("aws:iam/policy:Policy", "sleeper-turn")
        assert lists or _plain(each.inputs) == _plain(after.resources[key].inputs), key


def _plain(inputs: Mapping[str, Any]) -> str:
    """Inputs without a generated password, which is another in every run."""
    return re.sub(r'"[A-Za-z0-9]{40}"', "a password", json.dumps(inputs, sort_keys=True, default=archive).replace("\\", ""))


def test_each_has_a_key_of_its_own_and_everything_of_it_is_under_that() -> None:
    estate = silos_in("prod")
    for tenant in SILOS:
        key = estate.arn(KEY, f"silo-{tenant}-key")
        policy = estate.one(KEY, f"silo-{tenant}-key").document()
        (refused,) = [each for each in policy["Statement"] if each["Sid"] == "OnlyItsOwnTenant"]
        assert (refused["Effect"], refused["Action"]) == ("Deny", ["kms:*"])
        assert refused["Condition"] == OTHERS | {"StringNotEquals": {TAG: tenant}}
        assert estate.inputs("kms/alias:Alias", f"silo-{tenant}-key-alias")["name"] == f"alias/tenant/{tenant}"
        instance = estate.inputs(INSTANCE, f"silo-{tenant}")
        assert instance["kmsKeyId"] == instance["performanceInsightsKmsKeyId"] == key
        assert estate.inputs("secretsmanager/secret:Secret", f"silo-{tenant}-credentials")["kmsKeyId"] == key
        for data_class in classes():
            name = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
            (rule,) = estate.inputs(name, f"silo-{tenant}-{data_class}-encryption")["rules"]
            assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == key


@pytest.mark.parametrize("name", ["dev", "prod", "recovery"])
def test_buckets_are_called_as_the_statements_say_and_kept_as_the_shared_ones(name: str) -> None:
    estate = silos_in(name)
    for tenant in SILOS:
        for data_class in classes():
            bucket = estate.inputs(BUCKET, f"silo-{tenant}-{data_class}")
            assert bucket["bucket"] == f"{data_class}-{tenant}-{estate.account}-{estate.region}"
            kept = "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
            shared, its = (estate.inputs(kept, f"{of}-{data_class}-lifecycle") for of in ("lake", f"silo-{tenant}"))
            assert its["rules"] == shared["rules"]
            locks = estate.names("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
            assert (f"silo-{tenant}-{data_class}-lock" in locks) == (f"lake-{data_class}-lock" in locks)


def test_a_bucket_refuses_the_sessions_of_other_tenants() -> None:
    policy = silos_in("prod").one("s3/bucketPolicy:BucketPolicy", f"silo-{A}-raw-policy").document()
    (statement,) = [each for each in policy["Statement"] if each["Sid"] == "OnlyItsOwnTenant"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", ["s3:*"])
    assert statement["Condition"] == OTHERS | {"StringNotEquals": {TAG: A}}


def test_a_database_is_as_the_shared_one_but_for_what_the_entry_says() -> None:
    estate = silos_in("prod")
    shared = estate.inputs(INSTANCE, "database")
    same = ("engine", "engineVersion", "multiAz", "backupRetentionPeriod", "dbName", "username", "port", "vpcSecurityGroupIds")
    for tenant, entry in SILOS.items():
        found = estate.inputs(INSTANCE, f"silo-{tenant}")
        assert {key: found[key] for key in same} == {key: shared[key] for key in same}
        assert found["identifier"] == f"{tenant}-prod"
        assert found["instanceClass"] == entry.get("instanceClass", shared["instanceClass"])
        assert found["allocatedStorage"] == entry.get("storageGiB", shared["allocatedStorage"])
        assert found["maxAllocatedStorage"] == entry.get("maxStorageGiB", shared["maxAllocatedStorage"])
        assert found["deletionProtection"] == entry.get("protect", True)


def test_what_is_to_go_is_not_protected_and_all_else_is() -> None:
    estate = silos_in("prod")
    kept = {tenant: {key for key, each in own(estate, tenant).items() if each.protect} for tenant in SILOS}
    assert kept[B] == set()
    assert {kind for kind, _ in kept[A]} >= {f"aws:{kind}" for kind in (BUCKET, KEY, INSTANCE, "kms/replicaKey:ReplicaKey")}


@pytest.mark.parametrize("name", ["prod", "recovery"])
def test_what_it_costs_bears_its_slug(name: str) -> None:
    estate = silos_in(name)
    tagged = 0
    for tenant, entry in SILOS.items():
        for key, each in own(estate, tenant).items():
            # The function for users and what invokes it are of all.
            if each.inputs.get("tags"):
                assert each.inputs["tags"]["Tenant"] == entry["slug"], key
                tagged += 1
    assert tagged > 20
    added = {key: each for key, each in estate.resources.items() if key not in estate_of(name).resources}
    assert not [key for key, each in added.items() if (each.inputs.get("tags") or {}).get("Tenant") == "shared"]


def test_the_same_users_are_made_in_its_database() -> None:
    estate = silos_in("prod")
    shared = json.loads(estate.inputs("lambda/invocation:Invocation", "database-users")["input"])
    for tenant in SILOS:
        order = json.loads(estate.inputs("lambda/invocation:Invocation", f"silo-{tenant}-users")["input"])
        assert order["users"] == shared["users"] and order["schema"] == shared["schema"]
        assert order["host"] == estate.state(INSTANCE, f"silo-{tenant}")["address"]
        assert order["credentials"] == estate.arn("secretsmanager/secret:Secret", f"silo-{tenant}-credentials")


def place(estate: Estate, tenant: str, region: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    item = estate.inputs("dynamodb/tableItem:TableItem", f"silo-{tenant}-place-{region}")
    return item, json.loads(item["item"])


def test_workloads_of_both_regions_are_told_where_it_is() -> None:
    prod, recovery, replication = (silos_in(name) for name in ("prod", "recovery", "replication"))
    for where, region, written_by in ((prod, HOME, prod), (recovery, AWAY, replication)):
        for tenant in SILOS:
            item, told = place(written_by, tenant, region)
            assert (item["hashKey"], item["rangeKey"], item["region"]) == ("tenant", "item", HOME)
            assert item["tableName"] == prod.state("dynamodb/table:Table", "tenants")["name"]
            assert told == {
                "tenant": {"S": tenant},
                "item": {"S": f"place#{region}"},
                "database_host": {"S": where.state(INSTANCE, f"silo-{tenant}")["address"]},
                "buckets": {"M": {each: {"S": where.state(BUCKET, f"silo-{tenant}-{each}")["bucket"]} for each in classes()}},
            }


def test_recovery_follows_with_a_replica_under_the_silos_own_key() -> None:
    prod, recovery = silos_in("prod"), silos_in("recovery")
    for tenant in SILOS:
        replica = recovery.inputs(INSTANCE, f"silo-{tenant}")
        assert replica["replicateSourceDb"] == prod.arn(INSTANCE, f"silo-{tenant}")
        assert replica["instanceClass"] == prod.inputs(INSTANCE, f"silo-{tenant}")["instanceClass"]
        assert replica["kmsKeyId"] == prod.arn("kms/replicaKey:ReplicaKey", f"silo-{tenant}-key-replica")


def test_users_are_kept_in_one_that_was_promoted() -> None:
    estate = silos_in("promoted")
    for tenant in SILOS:
        promoted = estate.inputs(INSTANCE, f"silo-{tenant}")
        assert "replicateSourceDb" not in promoted
        order = json.loads(estate.inputs("lambda/invocation:Invocation", f"silo-{tenant}-users")["input"])
        assert order["host"] == estate.state(INSTANCE, f"silo-{tenant}")["address"]


def test_its_buckets_are_copied_as_the_shared_ones_are() -> None:
    replication = silos_in("replication")
    prod, recovery = silos_in("prod"), silos_in("recovery")
    for tenant in SILOS:
        for data_class in (each for each in classes() if each != "queries"):  # which nothing copies
            name = f"silo-{tenant}-{data_class}"
            keys = prod.arn(KEY, f"silo-{tenant}-key"), prod.arn("kms/replicaKey:ReplicaKey", f"silo-{tenant}-key-replica")
            for source, there, key in ((prod, recovery, keys[1]), (recovery, prod, keys[0])):
                found = replication.only(
                    "s3/bucketReplicationConfig:BucketReplicationConfig", bucket=source.state(BUCKET, name)["bucket"]
                )
                (rule,) = found.inputs["rules"]
                assert rule["destination"]["bucket"].endswith(there.state(BUCKET, name)["bucket"])
                assert rule["destination"]["encryptionConfiguration"]["replicaKmsKeyId"] == key


def test_outputs_tell_what_operations_work_with() -> None:
    estate = silos_in("prod")
    found = estate.outputs["silos"]
    assert set(found) == set(SILOS)
    for tenant, entry in SILOS.items():
        assert found[tenant]["slug"] == entry["slug"]
        assert found[tenant]["buckets"] == {each: estate.state(BUCKET, f"silo-{tenant}-{each}")["bucket"] for each in classes()}
        assert found[tenant]["usersFunction"] == estate.outputs["databaseUsersFunction"]
        assert found[tenant]["login"]["host"] == found[tenant]["databaseAddress"]


def test_deliveries_into_its_bucket_start_the_job() -> None:
    estate = silos_in("prod")
    pattern = json.loads(estate.inputs("cloudwatch/eventRule:EventRule", "aggregate-objects")["eventPattern"])
    shared, its = pattern["detail"]["bucket"]["name"]
    assert shared == estate.state(BUCKET, "lake-raw")["bucket"]
    assert its == {"wildcard": f"raw-t*-{estate.account}-{estate.region}"}
    assert {"s3/bucketNotification:BucketNotification", f"silo-{A}-raw-events"} & estate.names(
        "s3/bucketNotification:BucketNotification"
    ), "its bucket tells EventBridge"


def test_a_stack_holds_as_many_as_it_may() -> None:
    """Names, the dashboard and the backup plan still fit."""
    ids = [f"t{number:015d}".translate(str.maketrans("0189", "abcd")) for number in range(MOST)]
    estate = run("prod", {"silos": {each: {"slug": f"lender-{number}"} for number, each in enumerate(ids)}})
    assert len(estate.outputs["silos"]) == MOST
    assert max(len(each.inputs["bucket"]) for each in estate.of(BUCKET).values() if each.inputs.get("bucket")) <= 63
