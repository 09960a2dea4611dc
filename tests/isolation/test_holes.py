"""What would be a hole in a role is seen as one, in the tenant role of every workload."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.isolation.matrix import ACTIONS, tenant_roles
from tests.isolation.simulator import Policies, Request
from tests.isolation.test_isolation import (
    TAGGED,
    of_elsewhere,
    of_hot_layer,
    of_messages,
    own_role,
    reached,
    strangers,
    take,
)
from tests.isolation.tried import A, B, breaches, data, estate, policies, registry

Hole = Callable[[dict[str, Any]], None]


def without_null(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("Null", None)


def whole_bucket(statement: dict[str, Any]) -> None:
    statement["Resource"] = [resource.replace("tenant=${aws:PrincipalTag/tenant}/", "") for resource in statement["Resource"]]


def loose_prefix(statement: dict[str, Any]) -> None:
    statement["Resource"] = [resource.replace("=${aws:PrincipalTag/tenant}/", "=t*/") for resource in statement["Resource"]]


def list_all(statement: dict[str, Any]) -> None:
    if "s3:ListBucket" in statement["Action"]:
        statement.pop("Condition", None)


def scan(statement: dict[str, Any]) -> None:
    if any(action.startswith("dynamodb:") for action in statement["Action"]):
        statement["Action"] = [*statement["Action"], "dynamodb:Scan"]


def without_leading_keys(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("ForAllValues:StringEquals", None)


def any_user(statement: dict[str, Any]) -> None:
    statement["Resource"] = [resource.replace("${aws:PrincipalTag/tenant}_", "*_") for resource in statement["Resource"]]


def any_alias(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("ForAnyValue:StringEquals", None)


def any_own_bucket(statement: dict[str, Any]) -> None:
    statement["Resource"] = [resource.replace("-${aws:PrincipalTag/tenant}-", "-*-") for resource in statement["Resource"]]
    whole_bucket(statement)


HOLES: Final[dict[Hole, str]] = {
    without_null: "dynamodb:",
    whole_bucket: "s3:",
    loose_prefix: "s3:",
    list_all: "s3:",
    without_leading_keys: "dynamodb:",
    any_user: "rds-db:",
    any_own_bucket: "s3:",
}
"""Hole -> the service whose data it opens."""


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)
def test_a_hole_in_a_tenant_role_is_found(hole: Hole) -> None:
    """In each of which the statements are others for it: a role that has no such use has no such hole."""
    with_hole = [role for role in tenant_roles(estate()) if holed(role, hole).roles != policies().roles]
    assert with_hole
    for role in with_hole:
        asked = [request for request in all_that_must_be_refused(role) if request.action.startswith(HOLES[hole])]
        assert breaches(holed(role, hole), asked), role


def test_every_tenant_role_can_have_a_hole() -> None:
    for role in tenant_roles(estate()):
        assert any(holed(role, hole).roles != policies().roles for hole in (whole_bucket, any_user)), role


def test_an_action_on_everything_is_found_whichever_it_is() -> None:
    """Each action of the services alone, on `*`, in a role of its own."""
    names = [action.name for action in ACTIONS]
    roles = {name: [statements({"Effect": "Allow", "Action": [name], "Resource": ["*"]})] for name in names}
    known = replace(policies(), roles=roles)
    asked = [request.of(A) for name in names for request in data().requests(name, B, {name})]
    assert {each.role for each in breaches(known, asked)} == {*names}


def test_tagging_and_versions_of_all_of_a_bucket_are_found() -> None:
    """What only some actions of an object and of a bucket open."""
    more = statements(
        {"Effect": "Allow", "Action": ["s3:ListBucketVersions"], "Resource": [f"arn:aws:s3:::{data().buckets[0]}"]},
        {"Effect": "Allow", "Action": ["s3:GetObjectTagging"], "Resource": [f"arn:aws:s3:::{data().buckets[0]}/*"]},
    )
    known = replace(policies(), roles={**policies().roles, "search-tenant": [*policies().roles["search-tenant"], more]})
    found = breaches(known, all_that_must_be_refused("search-tenant"))
    assert {each.action for each in found} == {"s3:ListBucketVersions", "s3:GetObjectTagging"}


def test_a_hole_in_the_use_of_silos_keys_is_closed_by_the_keys_own_policy() -> None:
    role = "aggregate-tenant"
    asked = [request.of(A) for request in data().of_silo(role, B)]
    assert breaches(holed(role, any_alias), asked) == []
    open_keys = {name: copy.deepcopy(dict(each)) for name, each in policies().resources.items()}
    its_own = open_keys[f"key {B}"]
    its_own["Statement"] = [each for each in its_own["Statement"] if each["Effect"] == "Allow"]
    assert {"kms:Decrypt"} < {each.action for each in breaches(replace(holed(role, any_alias), resources=open_keys), asked)}
    assert breaches(replace(policies(), resources=open_keys), asked) == []


@pytest.mark.parametrize(
    ("action", "asked"), [("s3:GetObject", of_hot_layer), ("sqs:ReceiveMessage", of_messages), ("sns:Publish", of_messages)]
)
def test_a_tenant_role_that_reaches_what_tenants_share_is_found(action: str, asked: Callable[[str], list[Request]]) -> None:
    known = _with("search-tenant", {"Effect": "Allow", "Action": [action], "Resource": ["*"]})
    assert {each.action for each in breaches(known, asked("search-tenant"))} == {action}


@pytest.mark.parametrize(
    ("action", "places"),
    [
        ("s3:GetObject", ["arn:aws:s3:::products*/*"]),
        ("s3:ListBucket", ["arn:aws:s3:::products*"]),
        ("s3:PutObject", ["arn:aws:s3:::products*/tenant=*/product=*/*"]),
    ],
)
def test_a_tenant_role_that_reaches_all_shares_is_found(action: str, places: list[str]) -> None:
    known = _with("bi-tenant", {"Effect": "Allow", "Action": [action], "Resource": places})
    assert {each.action for each in breaches(known, all_that_must_be_refused("bi-tenant"))} == {action}


@pytest.mark.parametrize("role", ["bi-tenant", "bi-task", "newest"])
@pytest.mark.parametrize(
    ("action", "place"),
    [
        ("es:ESHttp*", "arn:aws:es:*:*:domain/*"),
        ("es:ESHttpGet", "arn:aws:es:*:*:domain/dataconnect-prod/t*/_search"),
        ("es:ESHttpPost", "arn:aws:es:*:*:domain/dataconnect-prod/_msearch"),
        ("es:UpdateDomainConfig", "*"),
        ("lakeformation:GetDataAccess", "*"),
        ("lakeformation:GrantPermissions", "*"),
        ("glue:GetTable", "arn:aws:glue:*:*:table/*_products/*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:cache-passwords-*"),
    ],
)
def test_a_role_that_goes_elsewhere_is_found(role: str, action: str, place: str) -> None:
    known = _with(role, {"Effect": "Allow", "Action": [action], "Resource": [place]})
    found = strangers(reached("prod", of_elsewhere("prod", role), known), "prod")
    assert {who for who, _, _ in found} == {role}


@pytest.mark.parametrize("role", ["realtime-task", "live", "index"])
def test_who_has_a_login_or_writes_in_bulk_and_reaches_more_is_found(role: str) -> None:
    more = {"index": ("es:ESHttpPost", "arn:aws:es:*:*:domain/dataconnect-prod/t*")}
    action, place = more.get(role, ("secretsmanager:GetSecretValue", "*"))
    known = _with(role, {"Effect": "Allow", "Action": [action], "Resource": [place]})
    found = strangers(reached("prod", of_elsewhere("prod", role), known), "prod")
    assert {who for who, _, _ in found} == {role}


def _with(role: str, statement: Mapping[str, Any]) -> Policies:
    return replace(policies(), roles={**policies().roles, role: [*policies().roles[role], statements(statement)]})


def test_a_trust_that_lets_any_workload_take_a_tenant_role_is_found() -> None:
    document = copy.deepcopy(dict(policies().resources["trust search-tenant"]))
    asked = take(own_role("bi"), "search-tenant", TAGGED)
    assert breaches(policies(), asked) == []
    for each in document["Statement"]:
        each["Principal"] = {"AWS": f"arn:aws:iam::{estate().account}:root"}
        for operator in each.get("Condition", {}).values():
            operator.pop("aws:PrincipalArn", None)
    bi = policies().roles[own_role("bi")]
    allowing = statements({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": ["*"]})
    loose = replace(
        policies(),
        roles={**policies().roles, own_role("bi"): [*bi, allowing]},
        resources={**policies().resources, "trust search-tenant": document},
    )
    assert breaches(loose, asked) == asked


def test_a_scan_is_found_where_the_key_is_not_asked_for_either() -> None:
    known = holed("search-tenant", scan, without_null)
    found = breaches(known, [request.of(A) for request in data().unnamed("search-tenant")])
    assert "dynamodb:Scan" in {each.action for each in found}


def test_a_workload_that_touches_the_data_itself_is_found() -> None:
    own = {"search-task": [*policies().roles["search-task"], *policies().roles["search-tenant"]]}
    known = replace(policies(), roles={**policies().roles, **own})
    # Its sessions have no tag, so the grants give nothing; with a wide one they do.
    wide = known.changed("search-task", lambda statement: changed(statement, whole_bucket))
    assert breaches(known, list(data().requests("search-task", A))) == []
    assert breaches(wide, list(data().requests("search-task", A)))


def holed(role: str, *holes: Hole) -> Policies:
    """What roles may do where one has holes."""
    known = policies()
    for hole in holes:
        known = known.changed(role, lambda statement, hole=hole: changed(statement, hole))
    return known


def changed(statement: Mapping[str, Any], hole: Hole) -> Mapping[str, Any]:
    own = copy.deepcopy(dict(statement))
    hole(own)
    return own


def statements(*of: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*of]}


def all_that_must_be_refused(role: str) -> list[Request]:
    return [
        request.of(A)
        for request in (
            *data().requests(role, B),
            *data().unnamed(role),
            *registry().requests(role, B),
            *registry().unnamed(role),
        )
    ]
