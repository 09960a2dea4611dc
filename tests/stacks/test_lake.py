"""The lake: each bucket under the key of its class, kept, archived, locked and listed as its entry says, copied, erasable."""

from typing import Any, Final

import pytest

from components.data.bucket_spec import LakeBucketSpec, LakeSpec, ShortenedFrom
from settings import ReplicationSettings, Settings
from settings.roles import ReplicatedLake
from stacks.parts.retention import shortened
from tests.found import some
from tests.stacks.estate import PLATFORMS, Estate, estate_of, run

BUCKET: Final = "s3/bucket:Bucket"


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_lakes_buckets_are_the_stack_files_under_the_key_of_their_class(name: str) -> None:
    estate = estate_of(name)
    lake = estate.file["lake"]
    assert estate.names(BUCKET) == {
        *("access-logs", "log-archive", "stream", *(["products"] if "products" in estate.outputs else [])),
        *(f"lake-{role}" for role in lake["buckets"]),
    }
    for role, entry in lake["buckets"].items():
        declared = estate.one(BUCKET, f"lake-{role}")
        assert (declared.protect, declared.inputs["forceDestroy"]) == (estate.protect, not estate.protect)
        assert declared.inputs["tags"]["DataClassification"] == "restricted"
        of = estate.state(BUCKET, f"lake-{role}")["bucket"]
        (rule,) = estate.only(
            "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", bucket=of
        ).inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == estate.key(entry.get("key", "storage"))
        logging = estate.only("s3/bucketLogging:BucketLogging", bucket=of).inputs
        assert logging["targetBucket"] == estate.state(BUCKET, "access-logs")["bucket"]
        tidy, *archive = lifecycle(estate, of)
        assert tidy["noncurrentVersionExpiration"] == {"noncurrentDays": entry.get("noncurrentDays", 90)}
        assert tidy["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": entry.get("uploadDays", 7)}
        assert tidy["expiration"].get("days") == entry.get("expireDays")
        moved = [move["days"] for rule in archive for move in rule["transitions"]]
        assert moved == [entry[key] for key in ("archiveDays", "deepArchiveDays") if key in entry]


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_statement_about_a_bucket_is_about_that_bucket(name: str) -> None:
    estate = estate_of(name)
    for logical in estate.some(BUCKET):
        arn, of = estate.arn(BUCKET, logical), estate.state(BUCKET, logical)["bucket"]
        policy = estate.only("s3/bucketPolicy:BucketPolicy", bucket=of)
        for statement in some(policy.document()["Statement"]):
            resources = statement["Resource"]
            assert resources
            # A log bucket's writers are given a part of it, under their own prefix.
            assert all(each == arn or each.startswith(f"{arn}/") for each in resources), (logical, statement["Sid"])
        closed = {each.name for each in estate.resources.values() if each.token in FIRST and each.inputs["bucket"] == of}
        assert len(closed) == len(FIRST)
        assert all(policy.depends_on(each) for each in closed)


# S3 refuses calls on one bucket that overlap: its policy comes last, and whoever uses the bucket waits for the policy.
FIRST: Final = {
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
}


def lifecycle(estate: Estate, bucket: str) -> list[dict[str, Any]]:
    return estate.only("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket=bucket).inputs["rules"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_access_logs_are_kept_as_long_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    tidy, _ = lifecycle(estate, estate.state(BUCKET, "access-logs")["bucket"])
    assert tidy["expiration"] == {"days": estate.file["lake"]["accessLogDays"]}
    assert estate.one(BUCKET, "access-logs").protect is estate.protect


def test_each_bucket_of_the_lake_and_its_namesake_in_recovery_are_copied_to_each_other() -> None:
    estate, prod, recovery = estate_of("replication"), estate_of("prod"), estate_of("recovery")
    pairs = {
        each.inputs["bucket"]: each.inputs["rules"][0]["destination"]
        for each in estate.of("s3/bucketReplicationConfig:BucketReplicationConfig").values()
    }
    roles = some([role for role, entry in estate.file["lake"]["buckets"].items() if entry.get("replicated", True)])
    both = ((prod, recovery), (recovery, prod))
    assert set(pairs) == {end.state(BUCKET, f"lake-{role}")["bucket"] for role in roles for end in (prod, recovery)}
    for role in roles:
        of = estate.file["lake"]["buckets"][role].get("key", "storage")
        for source, there in both:
            destination = pairs[source.state(BUCKET, f"lake-{role}")["bucket"]]
            assert destination["bucket"] == there.arn(BUCKET, f"lake-{role}")
            assert destination["encryptionConfiguration"] == {"replicaKmsKeyId": prod.key(of, there.region)}


def test_a_bucket_is_copied_by_a_role_of_its_own_that_reads_the_one_and_writes_the_other() -> None:
    estate, prod, recovery = estate_of("replication"), estate_of("prod"), estate_of("recovery")
    for role, entry in some(estate.file["lake"]["buckets"]).items():
        if not entry.get("replicated", True):
            continue
        of = entry.get("key", "storage")
        for here, there in ((prod, recovery), (recovery, prod)):
            source, destination = here.arn(BUCKET, f"lake-{role}"), there.arn(BUCKET, f"lake-{role}")
            config = estate.only("s3/bucketReplicationConfig:BucketReplicationConfig", bucket=source.rpartition(":")[2]).inputs
            copier = estate.state("iam/role:Role", estate.named_by("iam/role:Role", "arn", config["role"]))["name"]
            (policy,) = estate.where("iam/rolePolicy:RolePolicy", role=copier)
            document = policy.document()["Statement"]
            reached = {resource for each in document for resource in each["Resource"]}
            keys = prod.key(of, here.region), prod.key(of, there.region)
            assert reached == {source, f"{source}/*", f"{destination}/*", *keys}
            used = {
                (action, resource, each["Condition"]["StringEquals"]["kms:ViaService"])
                for each in document
                if "Condition" in each
                for action in each["Action"]
                for resource in each["Resource"]
            }
            reads = {("kms:Decrypt", keys[0], f"s3.{here.region}.amazonaws.com")}
            writes = {
                (action, keys[1], f"s3.{there.region}.amazonaws.com") for action in ("kms:Encrypt", "kms:GenerateDataKey")
            }
            assert used == reads | writes


def test_what_is_locked_is_locked_in_both_regions_and_copied_with_its_retention() -> None:
    roles = some({name: entry for name, entry in estate_of("prod").file["lake"]["buckets"].items() if "lockDays" in entry})
    for role, entry in roles.items():
        for name in ("prod", "recovery", "active"):
            estate = estate_of(name)
            of = estate.state(BUCKET, f"lake-{role}")["bucket"]
            lock = estate.only("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", bucket=of)
            assert lock.inputs["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": entry["lockDays"]}
            document = estate.only("s3/bucketPolicy:BucketPolicy", bucket=of).document()
            (only,) = [each for each in document["Statement"] if "s3:BypassGovernanceRetention" in each["Action"]]
            assert only["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": estate.file["tenantOperators"]}}
        for way in ("", "-back"):
            name = f"lake-{role}-replication{way}-policy"
            document = estate_of("replication").one("iam/rolePolicy:RolePolicy", name).document()
            assert "s3:GetObjectRetention" in str(document)
    assert not estate_of("dev").of("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_is_listed_is_listed_beside_the_access_logs(name: str) -> None:
    estate = estate_of(name)
    listed = {role for role, entry in estate.file["lake"]["buckets"].items() if "inventory" in entry}
    assert estate.names("s3/inventory:Inventory") == {f"lake-{role}-inventory" for role in some(listed)}
    for each in estate.of("s3/inventory:Inventory").values():
        assert each.inputs["destination"]["bucket"]["bucketArn"] == estate.arn(BUCKET, "access-logs")
        assert each.depends_on("access-logs-policy")


def test_what_is_not_to_be_copied_is_not() -> None:
    def without(settings: Settings) -> Settings:
        assert isinstance(settings, ReplicationSettings)
        dumps = settings.lake.buckets["dumps"].model_copy(update={"replicated": False})
        return settings.model_copy(update={"lake": ReplicatedLake(buckets={**settings.lake.buckets, "dumps": dumps})})

    estate = run("prod-replication", others=[estate_of("prod"), estate_of("recovery")], change=without)
    of = "s3/bucketReplicationConfig:BucketReplicationConfig"
    assert estate_of("replication").names(of) - estate.names(of) == {
        f"lake-dumps-replication{way}-config" for way in ("", "-back")
    }


# What a protected stack keeps


def lake(**changes: Any) -> LakeSpec:
    return LakeSpec(buckets={"dumps": LakeBucketSpec(**changes)}, access_log_days=365)


def told(spec: LakeSpec, **deployed: Any) -> list[str]:
    """What is told of a spec where a bucket was deployed so, in the numbers that Pulumi's state has."""
    outputs = {"lakeBuckets": {"dumps": "lake-dumps"}, "lakeClasses": {"dumps": deployed}}
    return list(shortened(spec, outputs))


def test_what_would_delete_objects_that_are_kept_is_told_with_what_confirms_it() -> None:
    assert told(lake(expire_days=89), expireDays=90.0, noncurrentDays=90.0) == [
        "dataconnect:lake.buckets.dumps.expireDays is 89, and deployed as 90: S3 would delete objects that are kept now;"
        " expected 90 or more, or, to let them go, beside it shortenedFrom: {expireDays: 90}"
    ]
    (line,) = told(lake(noncurrent_days=30), noncurrentDays=90.0)
    assert line.startswith("dataconnect:lake.buckets.dumps.noncurrentDays is 30, and deployed as 90:")
    (line,) = told(lake(expire_days=400), expireDays="never")
    assert "deployed as never" in line and "expected no value, or" in line


@pytest.mark.parametrize(
    ("spec", "deployed"),
    [
        ({"expire_days": 90}, {"expireDays": 90.0, "noncurrentDays": 90.0}),
        ({"expire_days": 91, "noncurrent_days": 91}, {"expireDays": 90.0, "noncurrentDays": 90.0}),
        ({}, {"expireDays": 90.0}),
        ({}, {"expireDays": "never"}),
        ({"expire_days": 30, "shortened_from": ShortenedFrom(expire_days="90")}, {"expireDays": 90.0}),
        ({"expire_days": 30, "shortened_from": ShortenedFrom(expire_days="never")}, {"expireDays": "never"}),
    ],
)
def test_what_keeps_as_long_or_is_confirmed_is_not_told(spec: dict[str, Any], deployed: dict[str, Any]) -> None:
    assert told(lake(**spec), **deployed) == []


def test_a_confirmation_is_of_one_change_and_no_later_one() -> None:
    spec = lake(expire_days=30, shortened_from=ShortenedFrom(expire_days="90"))
    assert len(told(spec, expireDays=60.0)) == len(told(spec, expireDays="never")) == 1
    assert told(spec, expireDays=30.0) == []


def test_a_bucket_is_not_another_partys_by_a_setting() -> None:
    (line,) = told(lake(per_tenant=False), perTenant=True)
    assert "perTenant is false, and deployed as true" in line and "expected another bucket" in line
    assert told(lake(), perTenant=True) == []


def test_a_stack_that_told_no_classes_kept_everything_and_a_new_bucket_kept_nothing() -> None:
    spec = lake(expire_days=90)
    assert len(list(shortened(spec, {"lakeBuckets": {"dumps": "lake-dumps"}}))) == 1
    assert list(shortened(spec, {"lakeBuckets": {"raw": "lake-raw"}})) == list(shortened(spec, {})) == []
