"""No role reaches a tenant's data but a tenant role in a session of that tenant, and only by what its workload uses."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from tests.isolation.matrix import Data, data_of, policies_of, tenant_roles
from tests.isolation.simulator import Policies, Request, allowed
from tests.stacks.estate import FLEET, Estate, run

A, B = "tabcdefghij23456", "tzyxwvutsrq76543"

VERBS: Final = {
    ("lake", "read"): ("s3:GetObject", "s3:ListBucket"),
    ("lake", "write"): ("s3:PutObject", "s3:DeleteObject"),
    ("table", "read"): ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"),
    ("table", "write"): ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
}


@cache
def estate() -> Estate:
    """Prod with a table of tenants' items, which search reads and writes, and with a fleet."""
    table = {"hashKey": "tenant", "rangeKey": "day", "perTenant": True, "indexes": {"by-day": {"hashKey": "tenant"}}}
    uses = [*run("prod").services["search"]["uses"], "table/counts:read+write"]
    fleet: dict[str, object] = {"queues.convert": {}, "fleets.convert": FLEET}
    return run("prod", {"tables.counts": table, "services.search.uses": uses, **fleet})


@cache
def data() -> Data:
    return data_of(estate(), [name for name, table in estate().file["tables"].items() if table.get("perTenant")])


@cache
def policies() -> Policies:
    return policies_of(estate())


def granted(role: str) -> set[tuple[str, str]]:
    """Action and resource's beginning of all that the workload's uses let its tenant role do for the session's tenant."""
    workload = role.removesuffix("-tenant")
    found: set[tuple[str, str]] = set()
    for use in estate().uses[workload]:
        link, _, verbs = use.partition(":")
        kind, name, path = (*link.split("/", 2), "", "")[:3]
        if kind == "database":
            found |= {("rds-db:connect", f"{database}{A}_{workload.replace('-', '_')}") for database in data().databases}
        for verb in filter(None, verbs.split("+")):
            if kind == "lake" and not path:  # what is asked for lies under none
                bucket = estate().state("s3/bucket:Bucket", f"lake-{name}")["bucket"]
                found |= {(action, f"arn:aws:s3:::{bucket}") for action in VERBS[kind, verb]}
            elif kind == "table" and estate().file["tables"][name].get("perTenant"):
                found |= {(action, estate().arn("dynamodb/table:Table", name)) for action in VERBS[kind, verb]}
    return found


def test_there_are_roles_and_data_to_try() -> None:
    assert sorted(tenant_roles(estate())) == sorted(f"{name}-tenant" for name in estate().uses)
    assert len(data().buckets) >= 2 and data().tables and data().databases and len(data().users) >= 3


def test_a_tenant_role_does_for_its_tenant_what_its_workload_uses_and_no_more() -> None:
    for role in tenant_roles(estate()):
        asked = [request.of(A) for request in data().requests(role, A)]
        found = {
            (request.action, request.resource.split("/tenant=")[0].removesuffix("/index/by-day"))
            for request, answer in zip(asked, allowed(policies(), asked), strict=True)
            if answer
        }
        assert found == granted(role) != set(), role


def test_the_policies_of_the_buckets_only_deny() -> None:
    documents = {each.inputs["bucket"]: each.document() for each in estate().of("s3/bucketPolicy:BucketPolicy").values()}
    for bucket in data().buckets:
        assert {statement["Effect"] for statement in documents[bucket]["Statement"]} == {"Deny"}, bucket


def test_no_role_reaches_another_tenants_data() -> None:
    roles = [*estate().of("iam/role:Role")]
    asked = [request.of(A) for role in roles for request in data().requests(role, B)]
    assert len(asked) > 400
    assert breaches(policies(), asked) == []


def test_no_role_reaches_any_tenants_data_without_the_tag() -> None:
    roles = [*estate().of("iam/role:Role")]
    asked = [request for role in roles for request in data().requests(role, A)]
    assert breaches(policies(), asked) == []


def test_no_role_reaches_data_by_naming_no_tenant() -> None:
    roles = [*estate().of("iam/role:Role")]
    asked = [request.of(tenant) for role in roles for tenant in (A, None) for request in data().unnamed(role)]
    assert breaches(policies(), asked) == []


def test_a_request_that_mixes_tenants_is_refused() -> None:
    mixed = {"dynamodb:LeadingKeys": [A, B]}
    asked = [
        Request("search-tenant", action, table, mixed).of(A)
        for table in data().tables
        for action in ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem")
    ]
    assert breaches(policies(), asked) == []


def own_role(workload: str) -> str:
    """The role of a workload's code: a function or an instance is in one role alone, a task has another that starts it."""
    return workload if workload in {**estate().functions, **estate().fleets} else f"{workload}-task"


def test_no_role_reads_the_hot_layer_where_tenants_share_files_but_that_of_its_stream() -> None:
    bucket = f"arn:aws:s3:::{estate().state('s3/bucket:Bucket', 'stream')['bucket']}"
    keys = (f"{bucket}/dataset=loans/date=2026-11-29/pool=a/file", f"{bucket}/errors/loans/processing-failed/file")
    asked = [
        request
        for role in estate().of("iam/role:Role")
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion")
        for key in keys
        for request in (Request(role, action, key), Request(role, action, key).of(A))
    ]
    assert {(each.role, each.action) for each in breaches(policies(), asked)} == {
        ("loans-stream-role", "s3:GetObject"),
        ("loans-stream-role", "s3:PutObject"),
    }


def breaches(known: Policies, asked: list[Request]) -> list[Request]:
    return [request for request, answer in zip(asked, allowed(known, asked), strict=True) if answer]


# Who takes a tenant role


def take(taker: str, role: str, context: Mapping[str, Any]) -> list[Request]:
    """The two actions that one call of AssumeRole with tags takes."""
    principal = {"aws:PrincipalArn": estate().arn("iam/role:Role", taker)}
    arn = estate().arn("iam/role:Role", role)
    return [
        Request(taker, action, arn, {**principal, **context}, policy=f"trust {role}")
        for action in ("sts:AssumeRole", "sts:TagSession")
    ]


TAGGED: Final = {"aws:RequestTag/tenant": A, "aws:TagKeys": ["tenant"]}


def test_a_workload_takes_its_own_tenant_role_for_a_tenant() -> None:
    for workload in estate().uses:
        assert allowed(policies(), take(own_role(workload), f"{workload}-tenant", TAGGED)) == [True, True], workload


def test_a_workload_takes_no_other_workloads_tenant_role() -> None:
    workloads = list(estate().uses)
    asked = [each for a in workloads for b in workloads if a != b for each in take(own_role(a), f"{b}-tenant", TAGGED)]
    assert breaches(policies(), asked) == []


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"aws:TagKeys": ["tenant"]},
        {"aws:RequestTag/tenant": "acme", "aws:TagKeys": ["tenant"]},
        {"aws:RequestTag/tenant": A + "x", "aws:TagKeys": ["tenant"]},
        {"aws:RequestTag/tenant": A, "aws:RequestTag/role": "admin", "aws:TagKeys": ["tenant", "role"]},
    ],
)
def test_a_tenant_role_is_not_taken_without_a_tenants_tag_nor_with_another(context: Mapping[str, Any]) -> None:
    assert breaches(policies(), take("search-task", "search-tenant", context)) == []


# What would be a hole is seen as one


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


HOLES: Final = (without_null, whole_bucket, loose_prefix, list_all, without_leading_keys, any_user)


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)
def test_a_hole_in_a_tenant_role_is_found(hole: Callable[[dict[str, Any]], None]) -> None:
    known = policies().changed("search-tenant", lambda statement: _changed(statement, hole))
    assert breaches(known, list(_all_that_must_be_refused("search-tenant")))


def test_a_scan_is_found_where_the_key_is_not_asked_for_either() -> None:
    known = policies().changed("search-tenant", lambda statement: _changed(_changed(statement, scan), without_null))
    assert [each.action for each in breaches(known, list(data().unnamed("search-tenant")))].count("dynamodb:Scan") == 1


def test_a_workload_that_touches_the_data_itself_is_found() -> None:
    known = Policies(
        account=policies().account,
        roles={**policies().roles, "search-task": [*policies().roles["search-task"], *policies().roles["search-tenant"]]},
        resources=policies().resources,
    )
    # Its sessions have no tag, so the grants give nothing; with a wide one they do.
    wide = known.changed("search-task", lambda statement: _changed(statement, whole_bucket))
    assert breaches(known, list(data().requests("search-task", A))) == []
    assert breaches(wide, list(data().requests("search-task", A)))


def _all_that_must_be_refused(role: str) -> Iterator[Request]:
    for request in (*data().requests(role, B), *data().unnamed(role)):
        yield request.of(A)


def _changed(statement: Mapping[str, Any], hole: Callable[[dict[str, Any]], None]) -> Mapping[str, Any]:
    own = copy.deepcopy(dict(statement))
    hole(own)
    return own


# Silos: what is one tenant's own, by names that hold its id


ANY_KEY: Final = "a key whose policy leaves it to the roles"


def with_key() -> Policies:
    """What is known, with a key that refuses nobody: the role alone decides. The real one refuses other tenants by itself."""
    everybody = {"AWS": f"arn:aws:iam::{estate().account}:root"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": everybody, "Action": "kms:*", "Resource": "*"}],
    }
    return replace(policies(), resources={**policies().resources, ANY_KEY: document})


def requests_of_silo(role: str, tenant: str) -> Iterator[Request]:
    """Every way to what a silo has of its own: buckets, key, a database of its own."""
    where = f"{estate().region}:{estate().account}"
    for data_class in ("raw", "curated", "dumps"):
        bucket = f"arn:aws:s3:::{data_class}-{tenant}-{estate().account}-{estate().region}"
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            yield Request(role, action, f"{bucket}/tenant={tenant}/dataset=loans/a.json")
        for context in ({}, {"s3:prefix": ""}, {"s3:prefix": f"tenant={tenant}/"}):
            yield Request(role, "s3:ListBucket", bucket, context)
    used = {"kms:ViaService": f"s3.{estate().region}.amazonaws.com", "kms:ResourceAliases": [f"alias/tenant/{tenant}"]}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield Request(role, action, f"arn:aws:kms:{where}:key/mrk-1", used, policy=ANY_KEY)
    for user in data().users:
        yield Request(role, "rds-db:connect", f"arn:aws:rds-db:{where}:dbuser:db-SILO/{tenant}_{user}")


def test_a_tenant_role_reaches_what_its_tenant_has_of_its_own() -> None:
    for role in ("aggregate-tenant", "data-products-tenant"):
        asked = [request.of(A) for request in requests_of_silo(role, A)]
        granted = {request.action for request, answer in zip(asked, allowed(with_key(), asked), strict=True) if answer}
        assert granted >= {"s3:GetObject", "s3:ListBucket", "kms:Decrypt", "rds-db:connect"}, role


def test_no_role_reaches_what_another_tenant_has_of_its_own() -> None:
    roles = [*estate().of("iam/role:Role")]
    asked = [request.of(whose) for role in roles for request in requests_of_silo(role, B) for whose in (A, None)]
    assert len(asked) > 1000
    assert breaches(with_key(), asked) == []


def any_alias(statement: dict[str, Any]) -> None:
    statement.get("Condition", {}).pop("ForAnyValue:StringEquals", None)


def any_own_bucket(statement: dict[str, Any]) -> None:
    statement["Resource"] = [resource.replace("-${aws:PrincipalTag/tenant}-", "-*-") for resource in statement["Resource"]]
    whole_bucket(statement)


@pytest.mark.parametrize("hole", [any_alias, any_own_bucket, any_user], ids=lambda hole: hole.__name__)
def test_a_hole_in_what_is_its_own_is_found(hole: Callable[[dict[str, Any]], None]) -> None:
    known = with_key().changed("aggregate-tenant", lambda statement: _changed(statement, hole))
    assert breaches(known, [request.of(A) for request in requests_of_silo("aggregate-tenant", B)])


def test_a_tenant_reads_of_the_registry_what_is_about_itself() -> None:
    table = estate().arn("dynamodb/table:Table", "tenants")
    reading = ("dynamodb:GetItem", "dynamodb:Query")
    for role in tenant_roles(estate()):
        own, others = (
            [Request(role, action, table, {"dynamodb:LeadingKeys": [tenant]}).of(A) for action in reading] for tenant in (A, B)
        )
        writing = [Request(role, "dynamodb:PutItem", table, {"dynamodb:LeadingKeys": [A]}).of(A)]
        assert all(allowed(policies(), own)), role
        assert breaches(policies(), [*others, *writing]) == []


def test_a_thousand_tenants_are_apart() -> None:
    """Each is tried against its neighbour, by every tenant role, action and resource."""
    ids = [f"t{number:015d}".translate(str.maketrans("0189", "abcd")) for number in range(1000)]
    asked = [
        request.of(tenant)
        for role in tenant_roles(estate())
        for tenant, other in zip(ids, [*ids[1:], ids[0]], strict=True)
        for request in data().requests(role, other)
    ]
    assert breaches(policies(), asked) == []
