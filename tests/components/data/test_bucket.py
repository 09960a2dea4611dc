from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.base.features import Features
from components.base.here import Inventory
from components.base.links import Link
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec, LakeSpec
from tests.components.harness import (
    ACCOUNT,
    Declaration,
    Declared,
    here,
    kms_key,
    resources_of,
    statements_of,
    statements_of_link,
)

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
KEY = kms_key()


def arguments(
    *, variable: str | None = None, spec: BucketSpec | None = None, per_tenant: bool = False, **changes: Any
) -> BucketArgs:
    return BucketArgs(
        here=here(**changes),
        spec=spec or BucketSpec(),
        key_arn=KEY,
        log_bucket="logs-1a2b3c4",
        per_tenant=per_tenant,
        variable=variable,
    )


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Bucket("lake", arguments(**changes)))


def statement(sid: str) -> dict[str, Any]:
    return next(s for s in declare().one(POLICY).document()["Statement"] if s["Sid"] == sid)


def test_objects_are_encrypted_under_the_given_key_with_a_bucket_key() -> None:
    (rule,) = (
        declare().one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").inputs["rules"]
    )
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] and rule["blockedEncryptionTypes"] == ["SSE-C"]


def test_an_upload_under_another_key_is_refused_and_one_that_names_none_is_not() -> None:
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    condition = statement("OnlyTheKeyOfTheBucket")["Condition"]
    assert condition == {"StringNotEquals": {key: KEY}, "Null": {key: "false"}}
    assert statement("OnlyKms")["Condition"]["StringNotEquals"] == {"s3:x-amz-server-side-encryption": "aws:kms"}


def test_plain_http_is_refused_for_the_bucket_and_its_objects() -> None:
    refusal = statement("OnlyOverTls")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refusal["Resource"] == [f"arn:aws:s3:us-east-2:{ACCOUNT}:lake", f"arn:aws:s3:us-east-2:{ACCOUNT}:lake/*"]


def test_the_policy_allows_nobody() -> None:
    assert {s["Effect"] for s in declare().one(POLICY).document()["Statement"]} == {"Deny"}


def test_the_public_and_acls_are_shut_out() -> None:
    declared = declare()
    block = declared.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"))
    owned = declared.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert owned["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_configuration_calls_on_one_bucket_do_not_overlap() -> None:
    policy = declare().one(POLICY)
    assert all(policy.depends_on(f"lake-{part}") for part in ("public-access-block", "ownership", "encryption", "versioning"))


def test_versions_are_kept_before_rules_about_them_are_set() -> None:
    declared = declare()
    versioning = declared.one("aws:s3/bucketVersioning:BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert declared.one(LIFECYCLE).depends_on("lake-versioning")


def test_what_is_left_over_is_cleared_away_but_objects_stay() -> None:
    (rule,) = declare().one(LIFECYCLE).inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}


def test_objects_expire_when_asked_for() -> None:
    (rule,) = declare(spec=BucketSpec(expire_days=30)).one(LIFECYCLE).inputs["rules"]
    assert rule["expiration"] == {"days": 30}  # S3 refuses days together with delete markers


def test_access_is_logged_to_another_bucket() -> None:
    logging = declare().one("aws:s3/bucketLogging:BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs-1a2b3c4", "buckets/lake/")


@pytest.mark.parametrize(("protect", "keep"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_bucket_is_destroyed_with_its_objects_only_where_nothing_is_protected_or_kept(protect: bool, keep: bool) -> None:
    bucket = declare(protect=protect, features=Features(keep_deleted=keep)).one(BUCKET)
    assert bucket.protect is protect and bucket.inputs["forceDestroy"] is not (protect or keep)


def test_everything_is_declared_in_the_region_of_the_bucket() -> None:
    assert {resource.inputs["region"] for resource in declare().aws()} == {"us-east-2"}


def test_reading_a_prefix_lists_and_reads_nothing_else() -> None:
    lists, read, decrypt = statements_of_link(lambda: Bucket("lake", arguments()).link("read", "gold/"))
    bucket = lists["Resource"][0]
    assert lists["Condition"] == {"StringLike": {"s3:prefix": "gold/*"}}
    assert read["Resource"] == [f"{bucket}/gold/*"]
    assert decrypt["Resource"] == [KEY] and "kms:GenerateDataKey" not in decrypt["Action"]


def test_writing_does_not_read_nor_delete_versions() -> None:
    write, encrypt = statements_of_link(lambda: Bucket("lake", arguments()).link("write"))
    assert not {"s3:GetObject", "s3:DeleteObjectVersion"} & set(write["Action"])
    assert "kms:GenerateDataKey" in encrypt["Action"]
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}


def test_grants_on_two_prefixes_can_be_handed_to_one_role() -> None:
    def program() -> Any:
        lake = Bucket("lake", arguments())
        uses = (lake.link("read", "gold/"), lake.link("read", "silver/"), lake.link("write", "silver/"))
        return [statement for use in uses for statement in use.statements]

    assert len(statements_of(program)) == 8


def test_a_tenants_objects_are_reached_in_the_tenant_role_alone_and_under_its_own_prefix() -> None:
    def used(verb: str, path: str = "") -> Link:
        return Bucket("lake", arguments(per_tenant=True)).link(verb, path)

    own = "tenant=${aws:PrincipalTag/tenant}/"
    assert statements_of_link(lambda: used("read")) == statements_of_link(lambda: used("write")) == []
    lists, read, _ = statements_of(lambda: used("read").tenant_statements)
    bucket = lists["Resource"][0]
    assert lists["Condition"] == {"StringLike": {"s3:prefix": f"{own}*"}}
    assert read["Resource"] == [f"{bucket}/{own}*"]
    write, _ = statements_of(lambda: used("write", "gold/").tenant_statements)
    assert write["Resource"] == [f"{bucket}/{own}gold/*"]


@pytest.mark.parametrize("verb", LakeSpec.link.verbs)
@pytest.mark.parametrize("path", ["acme", "/acme/", "ac*me/", "acme//"])
def test_a_path_that_would_match_more_than_it_says_is_refused(verb: str, path: str) -> None:
    with pytest.raises(ValueError, match="expected path segments that each end with /, of letters"):
        resources_of(lambda: Bucket("lake", arguments()).link(verb, path))


def test_reading_all_of_a_bucket_lists_all_of_it() -> None:
    lists, read, _ = statements_of_link(lambda: Bucket("lake", arguments()).link("read"))
    assert "Condition" not in lists
    assert read["Resource"] == [f"{lists['Resource'][0]}/*"]


@pytest.mark.parametrize("verb", LakeSpec.link.verbs)
def test_the_name_is_told_by_the_variable_of_the_callers_choice(verb: str) -> None:
    seen: list[Any] = []

    def program() -> None:
        told = Bucket("lake", arguments(variable="LAKE_RAW")).link(verb).environment
        pulumi.Output.all(**told).apply(seen.append)

    resources_of(program)
    assert seen == [{"LAKE_RAW": "a-bucket"}]


def test_nothing_is_told_without_a_variable() -> None:
    links: list[Link] = []
    resources_of(lambda: links.append(Bucket("lake", arguments()).link("read")))
    assert links[0].environment == {}


def test_a_verb_that_a_bucket_does_not_know_gives_nothing() -> None:
    with pytest.raises(KeyError, match="consume"):
        resources_of(lambda: Bucket("lake", arguments()).link("consume"))


@pytest.mark.parametrize(
    ("replicated", "recovery", "loss"), [(True, "replicated", "15 minutes"), (False, "lost", "all objects")]
)
def test_it_tells_what_is_lost_with_its_region(replicated: bool, recovery: str, loss: str) -> None:
    inventory = Inventory()
    args = replace(arguments(inventory=inventory), replicated=replicated)
    resources_of(lambda: Bucket("lake", args))
    (store,) = inventory.stores
    assert (store.name, store.recovery, store.backed_up) == ("lake", recovery, False) and store.loss.startswith(loss)


def test_large_objects_move_to_the_archives_by_a_rule_of_their_own() -> None:
    tidy, archive = declare(spec=BucketSpec(archive_days=90, deep_archive_days=400)).one(LIFECYCLE).inputs["rules"]
    assert archive["filter"] == {"objectSizeGreaterThan": 128 * 1024 - 1}
    assert archive["transitions"] == [
        {"days": 90, "storageClass": "GLACIER_IR"},
        {"days": 400, "storageClass": "DEEP_ARCHIVE"},
    ]
    assert "transitions" not in tidy


def test_uploads_are_dropped_after_the_days_of_the_spec() -> None:
    (rule,) = declare(spec=BucketSpec(upload_days=2)).one(LIFECYCLE).inputs["rules"]
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 2}


LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"


def test_a_lock_is_of_governance_mode_on_a_bucket_that_is_not_replaced_for_it() -> None:
    declared = declare(spec=BucketSpec(lock_days=90))
    lock = declared.one(LOCK)
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 90}}
    assert "objectLockEnabled" not in declared.one(BUCKET).inputs
    assert lock.depends_on("lake-versioning") and declared.one(POLICY).depends_on("lake-lock")
    assert declared.one(POLICY).depends_on("lake-versioning")
    assert not declare().of(LOCK)


@pytest.mark.parametrize("operators", [(), (f"arn:aws:iam::{ACCOUNT}:role/operator",)])
def test_nobody_bypasses_a_lock_but_who_operates_tenants(operators: tuple[str, ...]) -> None:
    document = declare(spec=BucketSpec(lock_days=90), tenant_operators=operators).one(POLICY).document()
    (only,) = [each for each in document["Statement"] if each["Sid"] == "OnlyTenantOperatorsBypassTheLock"]
    assert (only["Effect"], only["Action"]) == ("Deny", ["s3:BypassGovernanceRetention"])
    assert only.get("Condition", {}) == ({"ArnNotLike": {"aws:PrincipalArn": list(operators)}} if operators else {})
    assert "OnlyTenantOperatorsBypassTheLock" not in str(declare(tenant_operators=operators).one(POLICY).document())


def test_every_version_is_listed_beside_the_access_logs_with_what_it_costs() -> None:
    listed = declare(spec=BucketSpec(inventory="Weekly")).one("aws:s3/inventory:Inventory").inputs
    assert (listed["includedObjectVersions"], listed["schedule"]) == ("All", {"frequency": "Weekly"})
    assert {"Size", "StorageClass", "ObjectLockRetainUntilDate"} <= set(listed["optionalFields"])
    destination = listed["destination"]["bucket"]
    assert (destination["bucketArn"], destination["prefix"]) == ("arn:aws:s3:::logs-1a2b3c4", "inventory")
    assert (destination["accountId"], destination["format"]) == (ACCOUNT, "Parquet")
    assert not declare().of("aws:s3/inventory:Inventory")


def test_what_is_not_confirmed_leaves_the_rules_as_they_are() -> None:
    declared: list[Declared] = []

    def program() -> None:
        refused = pulumi.Output.from_input(None).apply(lambda _: fail("kept as deployed"))
        Bucket("lake", replace(arguments(), retention=refused))

    with pytest.raises(ValueError, match="kept as deployed"):
        declared += resources_of(program).aws()
    assert LIFECYCLE not in {each.token for each in declared}


def fail(why: str) -> None:
    raise ValueError(why)


@pytest.mark.parametrize("name", ["abc", "x" * 55])
def test_the_shortest_and_the_longest_name_are_taken(name: str) -> None:
    assert resources_of(lambda: Bucket(name, arguments())).one(BUCKET).name == name


@pytest.mark.parametrize("name", ["Lake", "data_lake", "xx", "x" * 56, "lake-"])
def test_a_name_that_s3_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected 3 to 55 lower case letters, digits and hyphens"):
        resources_of(lambda: Bucket(name, arguments()))
