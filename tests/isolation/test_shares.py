"""What a share opens is its own folder, under its own key, until its day: a simulator of IAM judges the plan's policies."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from operations.shares.shares import CLOSED, Shares
from operations.stack import parse
from tests.deny_all import DOCUMENT
from tests.isolation.matrix import actions_of
from tests.isolation.simulator import Policies, Request, allowed
from tests.isolation.tried import A, B
from tests.stacks.estate import Estate, run

SHARE: Final = {"product": "loan-book", "account": "333333333333", "since": "2026-12-01", "until": "2027-03-31"}
SHARES: Final = {
    "a-investor": {**SHARE, "tenant": A},
    "a-insurer": {**SHARE, "tenant": A, "account": "444444444444", "product": "loans-by-state"},
    "b-investor": {**SHARE, "tenant": B},
}
BEFORE, LAST, AFTER = "2027-01-15T12:00:00Z", "2027-03-31T23:59:59Z", "2027-04-01T00:00:00Z"
ROLE, POLICY, KEY = "iam/role:Role", "iam/rolePolicy:RolePolicy", "kms/key:Key"
ACTIONS: Final = [each for each in actions_of("s3", "kms") if each.arns]


@cache
def estate() -> Estate:
    """prod with three shares of two tenants."""
    return run("prod", {"shares": SHARES})


def role(share: str) -> str:
    return f"share-{share}-access"


def key(share: str) -> str:
    return estate().arn(KEY, f"share-{share}-key")


def folder(share: str) -> str:
    told = SHARES[share]
    bucket = estate().arn("s3/bucket:Bucket", "products")
    return f"{bucket}/tenant={told['tenant']}/product={told['product']}/share={share}/"


@cache
def policies() -> Policies:
    """The roles of the shares and of the job, and the keys of the shares."""
    known = estate()
    names = [*map(role, SHARES), "publish-tenant", "publish-task", "search-tenant"]
    roles: dict[str, Sequence[Mapping[str, Any]]] = {
        name: [each.document() for each in known.where(POLICY, role=known.state(ROLE, name)["name"])] for name in names
    }
    keys = {f"key {share}": known.one(KEY, f"share-{share}-key").document() for share in SHARES}
    trusts = {f"trust {share}": known.one(ROLE, role(share)).document("assumeRolePolicy") for share in SHARES}
    return Policies(account=known.account, roles=roles, resources={**keys, **trusts})


def reading(share: str, of: str, at: str = BEFORE) -> list[Request]:
    """Every action of S3 and KMS on what is of a share, as the role of another asks it."""
    known = estate()
    via = {"kms:ViaService": f"s3.{known.region}.amazonaws.com", "kms:CallerAccount": known.account}
    arn = f"arn:aws:iam::{known.account}:role/{role(share)}"
    when = {"aws:CurrentTime": at, "aws:PrincipalArn": known.arn(ROLE, role(share))}
    assert when["aws:PrincipalArn"].startswith(arn)
    asked: list[Request] = []
    for action in ACTIONS:
        for pattern in action.arns:
            if pattern == "arn:*:s3:::*/*":
                asked.append(Request(role(share), action.name, f"{folder(of)}data.parquet", when))
            elif pattern == "arn:*:s3:::*":
                prefix = folder(of).partition("/")[2]
                bucket = estate().arn("s3/bucket:Bucket", "products")
                asked.append(Request(role(share), action.name, bucket, {**when, "s3:prefix": prefix}))
            elif ":key/" in pattern:
                aliases = {"kms:ResourceAliases": [f"alias/share/{SHARES[of]['tenant']}/{of}"]}
                asked.append(Request(role(share), action.name, key(of), {**when, **via, **aliases}, policy=f"key {of}"))
    return asked


def granted(asked: Sequence[Request], known: Policies | None = None) -> set[str]:
    answers = allowed(known or policies(), asked)
    return {request.action for request, answer in zip(asked, answers, strict=True) if answer}


READS: Final = {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
LOOKS: Final = {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies"}


@pytest.mark.parametrize("at", [BEFORE, LAST])
@pytest.mark.parametrize("share", SHARES)
def test_a_share_reads_its_own_folder_under_its_own_key_until_its_day(share: str, at: str) -> None:
    assert READS <= granted(reading(share, share, at)) <= READS | LOOKS | {"kms:ListKeyRotations", "kms:ListResourceTags"}


@pytest.mark.parametrize("share", SHARES)
def test_a_share_opens_nothing_from_its_end_on(share: str) -> None:
    assert not READS & granted(reading(share, share, AFTER))


@pytest.mark.parametrize("share", SHARES)
def test_a_share_opens_nothing_before_its_first_day(share: str) -> None:
    assert not READS & granted(reading(share, share, "2026-11-30T23:59:59Z"))
    assert granted(reading(share, share, "2026-12-01T00:00:00Z")) >= READS


@pytest.mark.parametrize(("share", "of"), [(a, b) for a in SHARES for b in SHARES if a != b])
def test_a_share_opens_nothing_of_another_be_it_of_the_same_tenant(share: str, of: str) -> None:
    found = granted(reading(share, of))
    assert not found & READS and not [action for action in found if action.startswith("s3:")]


def test_a_revoked_share_opens_nothing_though_its_day_has_not_come() -> None:
    """With the policy that `dataconnect share revoke` attaches to the role; the key's own state is none of IAM's."""
    attached: list[str] = []

    class Iam:
        @staticmethod
        def attach_role_policy(**told: str) -> None:
            attached.append(told["PolicyArn"])

    class Clients:
        iam = Iam()

    stack = parse("prod", {"stack": "prod", **estate().outputs}, "outputs")
    shares = Shares(stack, Clients(), None)  # pyright: ignore[reportArgumentType]
    shares.deny(shares.get("a-investor"))
    assert attached == [CLOSED]
    known = policies()
    roles = {**known.roles, role("a-investor"): [*known.roles[role("a-investor")], DOCUMENT]}
    revoked = replace(known, roles=roles)
    assert granted(reading("a-investor", "a-investor")) >= READS
    assert granted(reading("a-investor", "a-investor"), revoked) & READS == set()
    assert granted(reading("a-insurer", "a-insurer"), revoked) >= READS


def decrypting(by: str, share: str, tenant: str | None, at: str = BEFORE) -> Request:
    known = estate()
    context: dict[str, str | list[str]] = {
        "kms:ViaService": f"s3.{known.region}.amazonaws.com",
        "kms:CallerAccount": known.account,
        "kms:ResourceAliases": [f"alias/share/{SHARES[share]['tenant']}/{share}"],
        "aws:CurrentTime": at,
        "aws:PrincipalArn": known.arn(ROLE, by),
    }
    return Request(by, "kms:Decrypt", key(share), context, policy=f"key {share}").of(tenant)


def test_the_job_writes_under_keys_of_its_tenants_shares_and_reads_nothing_back() -> None:
    by = "publish-tenant"
    own = [replace(decrypting(by, share, A), action="kms:GenerateDataKey") for share in ("a-investor", "a-insurer")]
    other = replace(decrypting(by, "b-investor", A), action="kms:GenerateDataKey")
    late = replace(decrypting(by, "a-investor", A, AFTER), action="kms:GenerateDataKey")
    assert allowed(policies(), [*own, other, late]) == [True, True, False, False]
    assert allowed(policies(), [decrypting(by, share, A) for share in SHARES]) == [False] * 3
    put = [Request(by, "s3:PutObject", f"{folder(share)}data.parquet").of(A) for share in SHARES]
    assert allowed(policies(), put) == [True, True, False]
    assert allowed(policies(), [Request(by, "s3:GetObject", f"{folder('a-investor')}data.parquet").of(A)]) == [False]


Hole = Callable[[dict[str, Any]], None]


def any_share(statement: dict[str, Any]) -> None:
    statement["Resource"] = [each.replace("product=loan-book/share=a-investor/*", "*") for each in statement["Resource"]]


def whole_bucket(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("StringLike", None)


def for_ever(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("DateLessThan", None)


def any_key(statement: dict[str, Any]) -> None:
    if "kms:Decrypt" in statement["Action"]:
        statement["Resource"] = ["*"]


@pytest.mark.parametrize(
    ("hole", "of", "at", "opened"),
    [
        (any_share, "a-insurer", BEFORE, "s3:GetObject"),
        (whole_bucket, "a-insurer", BEFORE, "s3:ListBucket"),
        (for_ever, "a-investor", AFTER, "s3:GetObject"),
        (any_key, "a-insurer", BEFORE, None),
    ],
)
def test_a_hole_in_the_role_is_found_or_closed_by_the_key(hole: Hole, of: str, at: str, opened: str | None) -> None:
    def changed(statement: Mapping[str, Any]) -> Mapping[str, Any]:
        made = copy.deepcopy(dict(statement))
        hole(made)
        return made

    known = policies().changed(role("a-investor"), changed)
    assert known.roles != policies().roles
    found = granted(reading("a-investor", of, at), known)
    # The key of the other share refuses whatever a role is given.
    assert (opened in found) if opened else "kms:Decrypt" not in found


@pytest.mark.parametrize("sid", ["OnlyItsRoleDecrypts", "ClosedAtItsEnd", "OnlyItsOwnTenant"])
def test_a_hole_in_the_key_is_found(sid: str) -> None:
    """With each of its refusals gone, and a role that has more than it should, something is opened."""
    known = policies()
    document = copy.deepcopy(dict(known.resources["key a-investor"]))
    document["Statement"] = [each for each in document["Statement"] if each.get("Sid") != sid]
    loose = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
    roles = {name: [{"Version": "2012-10-17", "Statement": [loose]}] for name in known.roles}
    whole, holed = (
        Policies(account=known.account, roles=roles, resources={**known.resources, "key a-investor": each})
        for each in (known.resources["key a-investor"], document)
    )
    asked = {
        "OnlyItsRoleDecrypts": decrypting("search-tenant", "a-investor", A),
        "ClosedAtItsEnd": decrypting(role("a-investor"), "a-investor", None, AFTER),
        "OnlyItsOwnTenant": replace(decrypting("publish-tenant", "a-investor", B), action="kms:GenerateDataKey"),
    }[sid]
    assert allowed(whole, [asked]) == [False] and allowed(holed, [asked]) == [True]
