"""Who may take access from tenants, by writing on their roles, gains none by it: the account's boundary holds its sessions."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from operations.tenants.lake import MARKER
from operations.tenants.probe import PROBE
from tests.delivery.test_boundary import boundary
from tests.isolation.simulator import Policies, Request, allowed
from tests.isolation.tried import A, B, estate, policies

ROLE: Final = "search-tenant"
OPERATOR: Final = "operator"
PROBING: Final = {"aws:RequestTag/tenant": A, f"aws:RequestTag/{PROBE}": "true", "aws:TagKeys": ["tenant", PROBE]}
EVERYTHING: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@cache
def written() -> Policies:
    """The tenant role with Allow * that an operator wrote on it, within the boundary; a key that leaves all to IAM."""
    refused = [each for each in boundary() if each["Effect"] == "Deny"]
    known = policies()
    roles = {**known.roles, ROLE: [EVERYTHING, {"Version": "2012-10-17", "Statement": refused}]}
    account = {"AWS": f"arn:aws:iam::{known.account}:root"}
    key = {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    return replace(known, roles=roles, resources={**known.resources, "key": {"Version": "2012-10-17", "Statement": [key]}})


def asks(action: str, resource: str, context: Mapping[str, str], *, probe: bool = True) -> Request:
    session = {f"aws:PrincipalTag/{PROBE}": "true"} if probe else {}
    return Request(ROLE, action, resource, {**session, **context}, policy="key" if ":key/" in resource else None).of(A)


def bucket() -> str:
    return f"arn:aws:s3:::{estate().state('s3/bucket:Bucket', 'lake-raw')['bucket']}"


def table() -> str:
    return f"arn:aws:dynamodb:{estate().region}:{estate().account}:table/notes"


GAINS: Final[dict[str, tuple[str, str, Mapping[str, str]]]] = {
    "an object": ("s3:GetObject", "{bucket}/tenant={a}/loans.parquet", {}),
    "another tenant's object": ("s3:GetObject", "{bucket}/tenant={b}/loans.parquet", {}),
    "an older version": ("s3:GetObjectVersion", "{bucket}/tenant={a}/_tenant.json", {}),
    "to write": ("s3:PutObject", "{bucket}/tenant={a}/loans.parquet", {}),
    "to delete": ("s3:DeleteObject", "{bucket}/tenant={a}/_tenant.json", {}),
    "items": ("dynamodb:Query", "{table}", {"dynamodb:Select": "ALL_ATTRIBUTES"}),
    "items, not said how": ("dynamodb:Scan", "{table}", {}),
    "an item": ("dynamodb:GetItem", "{table}", {}),
    "items by SQL": ("dynamodb:PartiQLSelect", "{table}", {}),
    "a key": ("kms:Decrypt", "{key}", {}),
    "a key by a secret": ("kms:Decrypt", "{key}", {"kms:ViaService": "secretsmanager.us-east-2.amazonaws.com"}),
    "a secret": ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-2:{account}:secret:a", {}),
    "a login": ("rds-db:connect", "arn:aws:rds-db:us-east-2:{account}:dbuser:db-A/master", {}),
    "a role": ("sts:AssumeRole", "arn:aws:iam::{account}:role/any", {}),
    "more rights": ("iam:PutRolePolicy", "arn:aws:iam::{account}:role/any", {}),
}


@pytest.mark.parametrize("gain", GAINS)
def test_an_operator_that_wrote_itself_everything_on_a_tenant_role_gains(gain: str) -> None:
    action, pattern, context = GAINS[gain]
    key = f"arn:aws:kms:us-east-2:{estate().account}:key/a"
    resource = pattern.format(bucket=bucket(), a=A, b=B, table=table(), key=key, account=estate().account)
    told = [asks(action, resource, context, probe=probe) for probe in (True, False)]
    # Without the tag it is allowed: what refuses is the boundary, and no gap of the simulator's.
    assert allowed(written(), told) == [False, True]


def test_a_probe_may_make_the_calls_that_it_tries() -> None:
    key, counting = f"arn:aws:kms:us-east-2:{estate().account}:key/a", {"dynamodb:Select": "COUNT"}
    calls = [
        asks("s3:ListBucket", bucket(), {}),
        asks("s3:GetObject", f"{bucket()}/tenant={A}/{MARKER}", {}),
        asks("s3:PutObject", f"{bucket()}/tenant={B}/{MARKER}", {}),
        asks("kms:Decrypt", key, {"kms:ViaService": "s3.us-east-2.amazonaws.com"}),
        asks("dynamodb:Query", table(), counting),
        asks("dynamodb:Scan", table(), counting),
    ]
    assert allowed(written(), calls) == [True] * len(calls)


def take(context: Mapping[str, Any]) -> list[bool]:
    known = policies()
    (operator, *_) = estate().file["tenantOperators"]
    arn = estate().arn("iam/role:Role", ROLE)
    roles = {**known.roles, OPERATOR: [EVERYTHING]}
    told = {"aws:PrincipalArn": operator, **context}
    calls = ("sts:AssumeRole", "sts:TagSession")
    asked = [Request(OPERATOR, each, arn, told, policy=f"trust {ROLE}") for each in calls]
    return allowed(replace(known, roles=roles), asked)


def test_an_operator_takes_a_tenant_role_as_a_probe() -> None:
    assert take(PROBING) == [True, True]


@pytest.mark.parametrize(
    "context",
    [
        {"aws:RequestTag/tenant": A, "aws:TagKeys": ["tenant"]},
        {**PROBING, f"aws:RequestTag/{PROBE}": "false"},
        {f"aws:RequestTag/{PROBE}": "true", "aws:TagKeys": [PROBE]},
    ],
)
def test_an_operator_takes_a_tenant_role_as_nothing_else(context: Mapping[str, Any]) -> None:
    assert True not in take(context)
