"""Cases of policies/controls/least_privilege/tenants.py."""

import json
from typing import Any

from tests.policies.given.least_privilege.access import admits
from tests.policies.given.least_privilege.common import OWN, POLICY, ROLE, ROLE_POLICY, UNKNOWN_POLICY, all_of, allow, may, when
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Case, Cases

KEY = "aws:kms/key:Key"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
BUCKET = "aws:s3/bucket:Bucket"
TABLE = "aws:dynamodb/table:Table"
LOANS = planned(TABLE, "loans", kms=ref(KEY, "key"))
TABLE_ARN = f"arn:aws:dynamodb:us-east-2:{OWN}:table/loans"
LEADING = when("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["${aws:PrincipalTag/TenantId}"])
KEYED = {"Condition": {**LEADING["Condition"], "Null": {"dynamodb:LeadingKeys": "false"}}}


def tagged(value: object, **inputs: Any) -> dict[str, Any]:
    return {"tags": {"Tenant": value}, **inputs}


def by_default(value: str) -> dict[str, Any]:
    return {"defaultTags": json.dumps({"tags": {"Tenant": value}})}


def bucket(owner: object, user: object, **inputs: Any) -> Case:
    """A key of one tenant that a bucket of another uses."""
    lake = planned(BUCKET, "lake", **tagged(user, kmsKeyId=ref(KEY, "key"), **inputs))
    return [planned(KEY, "key", **tagged(owner)), lake]


def apart(user: str, owner: str) -> Case:
    """A bucket and the key that it uses, without tags."""
    return [planned(KEY, owner), planned(BUCKET, "it", bucket=user, kms=ref(KEY, owner))]


def holder(policy: dict[str, Any]) -> list[Planned]:
    """Two tenants with a role and a bucket each; `policy` is the role's of acme."""
    return [
        planned(ROLE, "acme", **tagged("acme", arn=f"arn:aws:iam::{OWN}:role/acme")),
        planned(ROLE, "globex", **tagged("globex", arn=f"arn:aws:iam::{OWN}:role/globex")),
        planned(BUCKET, "acme-lake", **tagged("acme", bucket="acme-lake")),
        planned(BUCKET, "globex-lake", **tagged("globex", bucket="globex-lake")),
        planned(BUCKET, "shared-lake", **tagged("shared", bucket="shared-lake")),
        planned(ROLE_POLICY, "policy", role=ref(ROLE, "acme"), **policy),
    ]


def guards(principal: str) -> Case:
    """A bucket policy of acme's."""
    policy = {"bucket": "acme-lake", **admits({"AWS": f"arn:aws:iam::{OWN}:role/{principal}"}, action="s3:GetObject")}
    return [*holder({})[:5], planned("aws:s3/bucketPolicy:BucketPolicy", "guard", **policy)]


def reads(actions: object, value: str | None = None, **more: object) -> Case:
    inputs = {**may(actions, TABLE_ARN, **more), **(tagged(value) if value else {})}
    return [planned(POLICY, **inputs)]


def of_role(value: str) -> Case:
    """An inline policy, which takes no tags, of a role that does."""
    policy = planned(ROLE_POLICY, role=ref(ROLE, "app"), **may("dynamodb:Query", TABLE_ARN))
    other = "shared" if value != "shared" else "acme"
    return [planned(ROLE, "app", **tagged(value)), policy.with_provider(by_default(other))]


def used_by(*tenants: str, policy: object = None, own: str = "shared") -> Case:
    key = planned(KEY, "key", **tagged(own, **({"policy": policy} if policy else {})))
    return [key, *(planned(TABLE, name, **tagged(name, kms=ref(KEY, "key"))) for name in tenants)]


FOR_GLOBEX = admits({"AWS": f"arn:aws:iam::{OWN}:role/apps/globex"}, action="kms:Decrypt")
CONTEXT = admits({"AWS": f"arn:aws:iam::{OWN}:root"}, {"StringEquals": {"kms:EncryptionContext:tenant": "acme"}}, "kms:Decrypt")

CASES: dict[str, Cases] = {
    "tenant-isolation": Cases(
        token=BUCKET,
        fails=[
            bucket("acme", "globex"),
            apart("tenant-a-lake", "tenantB-key"),
            [planned(KEY, "key", **tagged("acme")), LOANS.with_provider(by_default("globex"))],
            holder(may("s3:GetObject", "arn:aws:s3:::globex-lake/*")),
            holder(may("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/globex")),
            holder(may("s3:GetObject", "arn:aws:s3:::shared-lake/tenants/globex/*")),
            holder(may("s3:ListBucket", "arn:aws:s3:::shared-lake", **when("StringLike", "s3:prefix", ["globex/*"]))),
            guards("globex"),
            [
                planned(ROLE, "app", **tagged("globex", name="globex", path="/apps/")),
                planned(KEY, "key", **tagged("acme", **FOR_GLOBEX)),
            ],
            [
                *holder({})[:5],
                planned(KEY, "key", **tagged("globex")),
                planned(ENCRYPTION, "encryption", bucket="acme-lake", rules=ref(KEY, "key")),
            ],
        ],
        passes=[
            bucket("acme", "acme"),
            bucket("acme", "shared"),
            bucket("shared", "globex"),
            bucket("tenant-acme", "Acme"),
            apart("tenant-a-lake", "tenant_a"),
            apart("tenant-router", "tenant-registry"),
            bucket("Shared", "globex"),
            holder(all_of(allow("s3:GetObject", ["arn:aws:s3:::acme-lake/*", "arn:aws:s3:::shared-lake/tenants/acme/*"]))),
            guards("acme"),
            planned(BUCKET),
        ],
        unknown=[bucket("acme", UNKNOWN), holder({"policy": UNKNOWN})],
    ),
    "tenant-leading-keys": Cases(
        token=POLICY,
        fails=[
            {**may("dynamodb:GetItem", TABLE_ARN), "name": "tenant-access"},
            {**may("dynamodb:GetItem", TABLE_ARN), "tags": {"Purpose": "Tenants"}},
            reads("dynamodb:GetItem", Sid="TenantItems"),
            planned(POLICY, "reader", **may("dynamodb:GetItem", f"{TABLE_ARN}-of-tenants")),
            [*holder({}), planned(POLICY, **may("dynamodb:GetItem", TABLE_ARN))],
            reads(["dynamodb:Query", "dynamodb:PutItem"], "acme"),
            reads("dynamodb:*", "acme", **LEADING),
            reads(["dynamodb:Query", "dynamodb:Scan"], "acme", **LEADING),
            reads("dynamodb:Scan", "acme", Condition={**LEADING["Condition"], "Null": {"dynamodb:LeadingKeys": "true"}}),
            reads("dynamodb:Query", "acme", **when("ForAllValues:StringLike", "dynamodb:LeadingKeys", ["*"])),
            reads("dynamodb:Query", "acme", **when("StringEquals", "dynamodb:Attributes", ["tenant"])),
            of_role("acme"),
            planned(POLICY, **may("dynamodb:BatchGetItem", TABLE_ARN)).with_provider(by_default("acme")),
        ],
        passes=[
            reads("dynamodb:Query", "acme", **LEADING),
            reads(["dynamodb:Query", "dynamodb:Scan"], "acme", **KEYED),
            reads("dynamodb:Scan", "acme", **when("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", ["acme"])),
            reads("dynamodb:Query", "shared"),
            reads("dynamodb:Query"),
            [planned(ROLE, "app", **tagged("shared")), planned(POLICY, **may("dynamodb:GetItem", TABLE_ARN))],
            reads("dynamodb:DescribeTable", "acme"),
            reads("s3:GetObject", "acme"),
            of_role("shared"),
            planned(POLICY, **may("dynamodb:BatchGetItem", TABLE_ARN)).with_provider(by_default("shared")),
        ],
        unknown=[*UNKNOWN_POLICY, {**may("dynamodb:GetItem", TABLE_ARN), "tags": UNKNOWN}],
    ),
    "tenant-key": Cases(
        token=KEY,
        fails=[
            {"description": "Shared by all tenants"},
            {"tags": {"Purpose": "multi-tenant storage"}},
            {**admits({"AWS": f"arn:aws:iam::{OWN}:root"}, action="kms:*"), "description": "Tenant data"},
            planned(KEY, "tenant-key"),
            [planned(KEY, "key"), planned("aws:kms/alias:Alias", name="alias/tenants", targetKeyId=ref(KEY, "key"))],
            [planned(KEY, "key"), planned(ROLE, "app", **tagged("acme"))],
            used_by("acme", "globex"),
            used_by("globex", own="acme"),
        ],
        passes=[
            tagged("acme"),
            {"tags": {"tenant-id": "acme"}},
            {},
            {"tags": {"Owner": "platform"}, "description": "Logs"},
            {"description": "Key of tenant acme"},
            tagged("shared"),
            CONTEXT,
            used_by("acme", own="acme"),
            used_by("acme", "globex", policy=CONTEXT["policy"]),
            planned(KEY).with_provider(by_default("shared")),
            [planned(KEY, "key"), planned("aws:kms/keyPolicy:KeyPolicy", keyId=ref(KEY, "key"), **CONTEXT)],
        ],
        unknown=[{"policy": UNKNOWN, "description": "Tenants"}, {"tags": UNKNOWN}, used_by("acme", policy=UNKNOWN)],
    ),
}
