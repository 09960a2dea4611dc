"""What components do for a tenant that has things of its own, each alone."""

from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link, Links
from components.base.statements import Statement, distinct, use_own_key
from components.base.uses import LinkKind
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from components.data.database_spec import DatabaseSpec
from components.data.silo_spec import SiloSpec
from components.security.key import Key, KeyArgs
from tests.components.harness import ACCOUNT, here, kms_key, resources_of

TENANT = "tabcdefghij23456"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/admin"


def bucket_args(**changes: Any) -> BucketArgs:
    return BucketArgs(here=here(), spec=BucketSpec(), key_arn=kms_key(), log_bucket="logs", **changes)


def test_an_own_bucket_has_a_physical_name_and_refuses_other_tenants() -> None:
    found = resources_of(lambda: Bucket("silo-raw", bucket_args(per_tenant=True, data_class="raw", tenant=TENANT)))
    assert found.one("aws:s3/bucket:Bucket").inputs["bucket"] == f"raw-{TENANT}-{ACCOUNT}-us-east-2"
    policy = found.one("aws:s3/bucketPolicy:BucketPolicy").document()
    assert "OnlyItsOwnTenant" in {statement["Sid"] for statement in policy["Statement"]}


def test_a_shared_bucket_has_neither() -> None:
    found = resources_of(lambda: Bucket("lake-raw", bucket_args(per_tenant=True, data_class="raw")))
    assert "bucket" not in found.one("aws:s3/bucket:Bucket").inputs
    policy = found.one("aws:s3/bucketPolicy:BucketPolicy").document()
    assert "OnlyItsOwnTenant" not in {statement["Sid"] for statement in policy["Statement"]}


@pytest.mark.parametrize(
    ("alias", "tenant"), [("alias/tenant/x", None), ("alias/other", TENANT), (f"alias/tenant/{TENANT}x", TENANT)]
)
def test_an_alias_that_statements_trust_is_that_of_its_own_tenant(alias: str, tenant: str | None) -> None:
    with pytest.raises(InvalidArgumentError, match="alias is"):
        KeyArgs(here=here(), data_class="tenant", alias=alias, administrators=(ADMINISTRATOR,), tenant=tenant)


def test_a_tenants_key_serves_no_session_of_another() -> None:
    args = KeyArgs(
        here=here(),
        data_class="tenant",
        alias=f"alias/tenant/{TENANT}",
        administrators=(ADMINISTRATOR,),
        tenant=TENANT,
    )
    found = resources_of(lambda: Key("silo-key", args))
    policy = {each["Sid"]: each for each in found.one("aws:kms/key:Key").document()["Statement"]}
    assert policy["OnlyItsOwnTenant"]["Effect"] == "Deny"
    assert policy["OnlyItsOwnTenant"]["Condition"]["StringNotEquals"] == {"aws:PrincipalTag/tenant": TENANT}
    groups = policy["LogGroupsOfThisAccount"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert groups.endswith(":log-group:/aws/rds/instance/*")


def test_a_statement_that_is_handed_over_twice_stands_once() -> None:
    own = use_own_key(service="s3", account_id=ACCOUNT, region="us-east-2")
    other = Statement(sid=own.sid, actions=("kms:Decrypt",), resources=(kms_key(),))
    assert distinct([own, own, other, own]) == (
        own,
        Statement(sid=f"{own.sid}2", actions=("kms:Decrypt",), resources=(kms_key(),)),
    )


def test_who_touches_tenants_data_gets_what_that_takes_and_nobody_else() -> None:
    links = Links()
    read = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::a/*",))
    links.for_tenants = Link(environment={"TENANTS_TABLE": "tenants"})
    links.offer(LinkKind("lake"), lambda *_: Link(tenant_statements=(read,)))
    links.offer(LinkKind("topic"), lambda *_: Link(statements=(read,)))
    assert links.of(["lake"], workload="search").environment == {"TENANTS_TABLE": "tenants"}
    assert links.of(["topic"], workload="search").environment == {}


SHARED = DatabaseSpec(
    instance_class="db.r7g.xlarge",
    engine_version="17",
    storage_gib=200,
    max_storage_gib=1000,
    backup_retention_days=35,
    backup_window="07:00-08:00",
    maintenance_window="sun:09:00-sun:10:00",
    name="dataconnect",
    username="dataconnect_master",
)


def test_a_silos_database_is_the_shared_one_but_for_what_it_says() -> None:
    assert SiloSpec(slug="acme").of(SHARED) == SHARED
    own = SiloSpec(slug="acme", instance_class="db.r7g.large", storage_gib=400).of(SHARED)
    assert own == SHARED.model_copy(update={"instance_class": "db.r7g.large", "storage_gib": 400})


def test_a_database_that_rds_would_not_make_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="max_storage_gib"):
        SiloSpec(slug="acme", storage_gib=1000).of(SHARED)
