"""Who can do what to the record of an account, tried on the policies of its bucket and its key: nobody can do two things."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from tests.isolation.simulator import Document, Policies, Request, allowed
from tests.stacks.estate import Estate, estate_of, run

ACCOUNT: Final = "111111111111"
REGION: Final = "us-east-2"
# Each role may do everything by its own policies: only those of bucket and key are between it and the record.
READER, ADMINISTRATOR, DEPLOYER, WORKLOAD = "investigator", "KeyAdministrator", "dataconnect-deploy", "prod-search"
ROLES: Final = (READER, ADMINISTRATOR, DEPLOYER, WORKLOAD)
EVERYTHING: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
BY_S3: Final = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}

# What is asked -> who can. What is in none of these lists nobody can.
CAN: Final[dict[str, tuple[str, ...]]] = {
    "s3:GetObject": ROLES,  # and gets nothing that the key does not decrypt
    "kms:Decrypt by S3": (READER,),
    "s3:PutLifecycleConfiguration": (ADMINISTRATOR, DEPLOYER),
    "s3:PutBucketPolicy": (ADMINISTRATOR, DEPLOYER),
    "s3:PutBucketVersioning": (ADMINISTRATOR, DEPLOYER),
    "s3:PutBucketObjectLockConfiguration": (ADMINISTRATOR, DEPLOYER),
    "s3:PutReplicationConfiguration": (ADMINISTRATOR, DEPLOYER),
    "kms:PutKeyPolicy": (ADMINISTRATOR, DEPLOYER),
    "kms:ScheduleKeyDeletion": (ADMINISTRATOR, DEPLOYER),
    "kms:DescribeKey": ROLES,
}
CANNOT: Final = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:BypassGovernanceRetention",
    "s3:PutObject",
    "kms:Decrypt",
    "kms:Encrypt by S3",
    "kms:GenerateDataKey",
    "kms:GenerateDataKey by S3",
    "kms:CreateGrant",
)
OF_OBJECTS: Final = ("GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention")


@cache
def planned() -> Estate:
    """Dev's account, with somebody who reads."""
    readers = [f"arn:aws:iam::{ACCOUNT}:role/{READER}"]
    return run("dev-account", {"audit.readers": readers}, others=[estate_of("dev")])


def known() -> Policies:
    """The policies as declared; no identity policy is in the way."""
    estate = planned()
    resources = {
        "bucket": estate.one("s3/bucketPolicy:BucketPolicy", "account-trail-policy").document(),
        "records": estate.one("s3/bucketPolicy:BucketPolicy", "account-records-policy").document(),
        "key": estate.one("kms/key:Key", "account-audit-key").document(),
    }
    return Policies(account=ACCOUNT, roles={role: [EVERYTHING] for role in ROLES}, resources=resources)


def request(role: str, asked: str) -> Request:
    action, _, by = asked.partition(" by ")
    estate = planned()
    context: dict[str, str | list[str]] = {
        "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "aws:PrincipalIsAWSService": "false",
        "aws:SecureTransport": "true",
        "kms:CallerAccount": ACCOUNT,
        **(BY_S3 if by else {}),
    }
    if action.startswith("kms:"):
        arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        return Request(role, action, arn, context, policy="key")
    bucket = f"arn:aws:s3:::{estate.state('s3/bucket:Bucket', 'account-trail')['bucket']}"
    path = f"/AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2026/12/01/a.json.gz" if action.split(":")[1] in OF_OBJECTS else ""
    return Request(role, action, f"{bucket}{path}", context, policy="bucket")


def found(policies: Policies) -> dict[str, tuple[str, ...]]:
    """Who can do what, as the simulator says."""
    asked = [(role, each) for each in (*CAN, *CANNOT) for role in ROLES]
    answers = allowed(policies, [request(role, each) for role, each in asked])
    can = [pair for pair, answer in zip(asked, answers, strict=True) if answer]
    return {each: tuple(role for role, one in can if one == each) for each in (*CAN, *CANNOT)}


def test_readers_read_administrators_manage_and_nobody_writes_or_deletes() -> None:
    assert found(known()) == {**CAN, **dict.fromkeys(CANNOT, ())}


def without(sid: str, policy: str) -> Callable[[Policies], Policies]:
    """A change that takes a statement out of a policy."""

    def change(policies: Policies) -> Policies:
        document: Document = policies.resources[policy]
        kept = [each for each in document["Statement"] if each["Sid"] != sid]
        assert len(kept) == len(document["Statement"]) - 1, sid
        return replace(policies, resources={**policies.resources, policy: {**document, "Statement": kept}})

    return change


def as_root_said(policies: Policies) -> Policies:
    """AWS's own default for a key, in place of ours: IAM decides."""
    root: Any = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    document = {"Version": "2012-10-17", "Statement": [{**root, "Action": "kms:*", "Resource": "*"}]}
    return replace(policies, resources={**policies.resources, "key": document})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (without("NobodyDeletes", "bucket"), "s3:DeleteObjectVersion"),
        (without("OnlyServicesWrite", "bucket"), "s3:PutObject"),
        (without("OnlyAdministratorsChange", "bucket"), "s3:PutLifecycleConfiguration"),
        (without("ReadersDecrypt", "key"), "kms:Decrypt by S3"),
        (without("AdministratorsManage", "key"), "kms:PutKeyPolicy"),
        (as_root_said, "kms:Decrypt"),
    ],
)
def test_each_statement_is_what_keeps_it_so(change: Callable[[Policies], Policies], wrong: str) -> None:
    assert found(change(known()))[wrong] != CAN.get(wrong, ())


TRAIL: Final = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/dataconnect"
DETECTOR: Final = f"arn:aws:guardduty:us-west-2:{ACCOUNT}:detector/abc"
STRANGER: Final = "444444444444"


def written(service: str, bucket: str, path: str, source: str, account: str, action: str = "s3:PutObject") -> Request:
    """What a service asks of a bucket on behalf of `source`, which is of `account`."""
    name = planned().state("s3/bucket:Bucket", f"account-{bucket}")["bucket"]
    context: dict[str, str | list[str]] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:SecureTransport": "true",
        "aws:SourceArn": source,
        "aws:SourceAccount": account,
    }
    policy = "bucket" if bucket == "trail" else bucket
    return Request(f"{service}.amazonaws.com", action, f"arn:aws:s3:::{name}/AWSLogs/{path}", context, policy=policy)


def encrypted(service: str, source: str, account: str) -> Request:
    """What a service asks of the key."""
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    context: dict[str, str | list[str]] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:SourceArn": source,
        "aws:SourceAccount": account,
    }
    return Request(f"{service}.amazonaws.com", "kms:GenerateDataKey", arn, context, policy="key")


RECORDER: Final = f"arn:aws:config:{REGION}:{ACCOUNT}:recorder"


def of_services() -> dict[str, tuple[Request, bool]]:
    """What services ask -> whether they get it."""
    other = TRAIL.replace(ACCOUNT, STRANGER)
    return {
        "the trail": (written("cloudtrail", "trail", f"{ACCOUNT}/a.gz", TRAIL, ACCOUNT), True),
        "another trail of the account": (
            written("cloudtrail", "trail", f"{ACCOUNT}/a.gz", TRAIL.replace("/dataconnect", "/own"), ACCOUNT),
            False,
        ),
        "a stranger's trail": (written("cloudtrail", "trail", f"{STRANGER}/a.gz", other, STRANGER), False),
        "the trail under a stranger's prefix": (written("cloudtrail", "trail", f"{STRANGER}/a.gz", TRAIL, ACCOUNT), False),
        "the trail among the records": (written("cloudtrail", "records", f"{ACCOUNT}/a.gz", TRAIL, ACCOUNT), False),
        "the trail deletes": (
            written("cloudtrail", "trail", f"{ACCOUNT}/a.gz", TRAIL, ACCOUNT, action="s3:DeleteObject"),
            False,
        ),
        "the recorder": (written("config", "records", f"{ACCOUNT}/Config/a.gz", RECORDER, ACCOUNT), True),
        "a stranger's recorder": (written("config", "records", f"{STRANGER}/Config/a.gz", RECORDER, STRANGER), False),
        "the recorder over findings": (written("config", "records", f"{ACCOUNT}/GuardDuty/a.gz", RECORDER, ACCOUNT), False),
        "the recorder in the trail": (written("config", "trail", f"{ACCOUNT}/Config/a.gz", RECORDER, ACCOUNT), False),
        "a detector of another region": (
            written("guardduty", "records", f"{ACCOUNT}/GuardDuty/us-west-2/a.gz", DETECTOR, ACCOUNT),
            True,
        ),
        "the trail encrypts": (encrypted("cloudtrail", TRAIL, ACCOUNT), True),
        "another trail encrypts": (encrypted("cloudtrail", TRAIL.replace("/dataconnect", "/own"), ACCOUNT), False),
        "the recorder encrypts": (encrypted("config", RECORDER, ACCOUNT), True),
        "a stranger's recorder encrypts": (encrypted("config", RECORDER, STRANGER), False),
        "the detector encrypts": (encrypted("guardduty", DETECTOR, ACCOUNT), True),
        "a stranger's detector encrypts": (encrypted("guardduty", DETECTOR.replace(ACCOUNT, STRANGER), STRANGER), False),
        "another service encrypts": (encrypted("sns", RECORDER, ACCOUNT), False),
    }


def test_services_write_what_is_theirs_for_the_accounts_that_are_named() -> None:
    asked = of_services()
    answers = allowed(known(), [request for request, _ in asked.values()])
    assert dict(zip(asked, answers, strict=True)) == {name: expected for name, (_, expected) in asked.items()}
