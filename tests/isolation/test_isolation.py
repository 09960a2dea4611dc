"""No role reaches a tenant's data but a tenant role in a session of that tenant, and only by what its workload uses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from policies.controls.least_privilege.actions import find
from tests.isolation.matrix import ACTIONS, PLACES, actions_of, tenant_roles
from tests.isolation.simulator import NO_TENANT, Policies, Request, allowed
from tests.isolation.tried import STACKS, A, B, across, breaches, data, estate, granted, policies, registry

VERBS: Final = {
    ("lake", "read"): ("s3:GetObject", "s3:ListBucket"),
    ("lake", "write"): ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
    ("table", "read"): ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"),
    ("table", "write"): ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
}


def used(role: str, stack: str) -> set[tuple[str, str]]:
    """Action and resource's beginning of all that the workload's uses let its tenant role do for the session's tenant."""
    workload, file, known = role.removesuffix("-tenant"), estate(stack).file, data(stack)
    found: set[tuple[str, str]] = set()
    for use in estate(stack).uses[workload]:
        link, _, verbs = use.partition(":")
        kind, name, path = (*link.split("/", 2), "", "")[:3]
        if kind == "database":
            found |= {("rds-db:connect", f"{database}{A}_{workload.replace('-', '_')}") for database in known.databases}
        for verb in filter(None, verbs.split("+")):
            if kind == "lake" and not path:  # what is asked for lies under none
                own = [bucket.format(tenant=A) for bucket in known.own_buckets if bucket.startswith(f"{name}-")]
                buckets = [estate(stack).state("s3/bucket:Bucket", f"lake-{name}")["bucket"], *own]
                found |= {(action, f"arn:aws:s3:::{bucket}") for bucket in buckets for action in VERBS[kind, verb]}
            elif kind == "product":
                found |= {("s3:PutObject", f"arn:aws:s3:::{bucket}") for bucket in known.products}
            elif kind == "table" and file["tables"][name].get("perTenant"):
                tables = [table for table in known.tables if f":table/{name}." in table]
                found |= {(action, table) for table in tables for action in VERBS[kind, verb]}
    return found


def touching_tenants(stack: str = "prod") -> list[str]:
    """The workloads that touch tenants' data: all but those that only read the registry, or cap what others scan."""
    none = ("table/tenants:", "catalog:cap")
    return [name for name, uses in estate(stack).uses.items() if any(not use.startswith(none) for use in uses)]


def test_there_are_roles_and_data_to_try() -> None:
    for stack in STACKS:
        touching = {*touching_tenants(stack)}
        assert sorted(tenant_roles(estate(stack))) == sorted(f"{name}-tenant" for name in touching)
        assert "convert-tenant" in tenant_roles(estate(stack))
        known = data(stack)
        assert len(known.buckets) >= 2 and len(known.own_buckets) >= 3 and len(known.databases) == 3 and len(known.users) >= 3
        assert known.tables and {table.split(":")[3] for table in known.tables} == {estate(stack).region}
        assert [*known.silos] == [A, B]
        assert known.domains and known.logins and bool(known.products) is bool(known.product_tables) is (stack != "active")


def test_every_action_of_the_services_that_hold_data_is_tried() -> None:
    tried = {request.action for request in data().requests("search-tenant", B)}
    for pattern in ("s3:*", "dynamodb:*", "rds-db:*"):
        known = {action.name for action in find(pattern)}
        assert known and known - PLACES <= tried
    assert {"s3:GetObjectTagging", "s3:RestoreObject", "dynamodb:PartiQLSelect", "dynamodb:ExportTableToPointInTime"} < tried


@pytest.mark.parametrize("stack", STACKS)
def test_a_tenant_role_does_for_its_tenant_what_its_workload_uses_and_no_more(stack: str) -> None:
    for role in tenant_roles(estate(stack)):
        found = {
            (request.action, request.resource.split("/tenant=")[0].removesuffix("/index/by-day"))
            for request in granted(role, stack)
        }
        assert found == used(role, stack) != set(), role


def test_the_policies_of_the_buckets_only_deny() -> None:
    for stack in STACKS:
        documents = {
            each.inputs["bucket"]: each.document() for each in estate(stack).of("s3/bucketPolicy:BucketPolicy").values()
        }
        for bucket in (*data(stack).buckets, *(name.format(tenant=A) for name in data(stack).own_buckets)):
            assert {statement["Effect"] for statement in documents[bucket]["Statement"]} == {"Deny"}, bucket


def shared(stack: str, whose: str) -> set[tuple[str, str, str]]:
    """What the role of a tenant's share reads, whoever has a session of it: its folder. Lake Formation alone takes it."""
    role = f"share-s-{whose}-access"
    buckets = [f"arn:aws:s3:::{name}" for name in data(stack).products if role in policies(stack).roles]
    file = f"tenant={whose}/product=loan-book/share=s-{whose}/a.json"
    return {
        each for bucket in buckets for each in ((role, "s3:ListBucket", bucket), (role, "s3:GetObject", f"{bucket}/{file}"))
    }


def of_data(found: Iterable[Request]) -> list[Request]:
    """Without what readiness asks of a whole table, which tells of nobody's items: whether there is a replica."""
    return [each for each in found if (each.role, each.action) != ("ready", "dynamodb:DescribeTable")]


def reached(stack: str, asked: Sequence[Request], known: Policies | None = None) -> set[tuple[str, str, str]]:
    return {(each.role, each.action, each.resource) for each in of_data(breaches(known or policies(stack), asked))}


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_reaches_another_tenants_data(stack: str) -> None:
    asked = [request.of(A) for role in policies(stack).roles for request in data(stack).requests(role, B)]
    assert len(asked) > len(ACTIONS) * len(policies(stack).roles)
    assert reached(stack, asked) == shared(stack, B)
    assert bool(shared(stack, B)) is (stack == "full")


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_reaches_any_tenants_data_without_the_tag(stack: str) -> None:
    asked = [request for role in policies(stack).roles for request in data(stack).requests(role, A)]
    assert reached(stack, asked) == shared(stack, A)


# Where tenants' data is besides: each role that may do anything there, and what.
READS_LOGIN: Final = frozenset({"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"})
HOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "search-domain-configurer": frozenset(f"es:ESHttp{each}" for each in ("Delete", "Get", "Head", "Patch", "Post", "Put")),
    "index": frozenset({"es:ESHttpPost"}),
    "products": frozenset(
        {
            *("glue:DeleteResourcePolicy", "glue:GetTable", "glue:GetTables", "glue:PutResourcePolicy"),
            *("lakeformation:GetDataLakeSettings", "lakeformation:GrantPermissions", "lakeformation:ListPermissions"),
            *("lakeformation:PutDataLakeSettings", "lakeformation:RevokePermissions"),
        }
    ),
    "cache-passwords": READS_LOGIN | {"secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"},
}


def of_elsewhere(stack: str, *roles: str) -> list[Request]:
    """Every way to the search, to products and to logins; of a tenant role, in a session of another tenant."""
    tags = {role: A if role in tenant_roles(estate(stack)) else None for role in roles or policies(stack).roles}
    return [request.of(tag) for role, tag in tags.items() for request in data(stack).elsewhere(role, B)]


def strangers(found: set[tuple[str, str, str]], stack: str) -> set[tuple[str, str, str]]:
    """What of `found` no role is meant for: the indexer writes in bulk, a workload reads its own login, others as `HOLDERS`."""
    known = data(stack)
    own = {own_role(workload): login for workload, login in known.logins.items()}
    return {
        (role, action, place)
        for role, action, place in found
        if not (action in READS_LOGIN and own.get(role) == place)
        and (action not in HOLDERS.get(role, ()) or (role == "index" and not place.endswith(f"/{B}-loans/_bulk")))
    }


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_goes_to_the_search_to_products_or_to_a_login_but_what_is_there_for_it(stack: str) -> None:
    found = reached(stack, of_elsewhere(stack))
    assert strangers(found, stack) == set()
    # And each of them does what it is there for: what it may not do would be a name too many.
    for role in {*HOLDERS} - ({"products"} if stack == "active" else set()):
        assert {action for who, action, _ in found if who == role} == HOLDERS[role], role
    assert {login for who, _, login in found if who not in HOLDERS} == {*data(stack).logins.values()}


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_reaches_data_by_naming_no_tenant(stack: str) -> None:
    asked = [
        request.of(tenant)
        for role in policies(stack).roles
        for tenant in ((A, None) if role in tenant_roles(estate(stack)) else (None,))
        for request in data(stack).unnamed(role)
    ]
    assert of_data(breaches(policies(stack), asked)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_request_that_mixes_tenants_is_refused(stack: str) -> None:
    mixed = {"dynamodb:LeadingKeys": [A, B]}
    asked = [
        Request(role, action, table, mixed).of(A)
        for role in tenant_roles(estate(stack))
        for table in data(stack).tables
        for action in ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem")
    ]
    assert breaches(policies(stack), asked) == []


def test_a_thousand_tenants_are_apart() -> None:
    """What a tenant role may do for a tenant, each of the thousand asks of its neighbour's; the rest is refused above."""
    asked = across(1000)
    assert {each.role for each in asked} == {*tenant_roles(estate())}
    assert len({each.resource for each in asked if each.action == "s3:GetObject"}) > 3000
    assert breaches(policies(), asked) == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_reaches_secret_and_key_of_a_silo_but_what_logs_in_as_its_master(stack: str) -> None:
    """What makes the users of a silo's database, what changes its password, and the heartbeat: their sessions have no tag.

    Readiness asks whether the secret is there, and no more; RDS asks about the key in the name of the executor.
    """
    roles = policies(stack).roles
    asked = [request.of(tag) for role in roles for request in data(stack).of_silo(role, B) for tag in (A, None)]
    found = breaches(policies(stack), asked)
    asks = {"ready": {"secretsmanager:DescribeSecret"}, "recover": {"kms:DescribeKey"}}
    changing = {"PutSecretValue", "UpdateSecretVersionStage", "ListSecretVersionIds"}
    encrypting = {"Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"}
    asks["database-rotation"] = {f"secretsmanager:{each}" for each in changing} | {f"kms:{each}" for each in encrypting}
    found = [each for each in found if each.action not in asks.get(each.role, ())]
    assert {each.role for each in found} <= {"database-rotation", "database-users", "heartbeat"}
    untagged = {each.action for each in found if each.context["aws:PrincipalTag/tenant"] == NO_TENANT}
    reading = {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "kms:Decrypt", "kms:DescribeKey"}
    assert untagged == reading


def test_a_tenant_role_uses_the_key_of_its_tenant_for_objects_and_reads_no_secret() -> None:
    via = f"s3.{estate().region}.amazonaws.com"
    for role in tenant_roles(estate()):
        found = breaches(policies(), [request.of(A) for request in data().of_silo(role, A)])
        reads = any(action.startswith("s3:") for action, _ in used(role, "prod"))
        assert ({"kms:Decrypt"} <= {each.action for each in found}) is reads, role
        assert all(each.context["kms:ViaService"] == via for each in found), role


def test_a_tenant_role_reads_of_the_registry_what_is_about_itself() -> None:
    for role in tenant_roles(estate()):
        own = breaches(policies(), [request.of(A) for request in registry().requests(role, A)])
        assert {each.action for each in own} == {*VERBS["table", "read"]}, role
        others = [request.of(A) for request in (*registry().requests(role, B), *registry().unnamed(role))]
        assert breaches(policies(), others) == [], role


def own_role(workload: str) -> str:
    """The role of a workload's code: a function or an instance is in one role alone, a task has another that starts it."""
    return workload if workload in {**estate().functions, **estate().fleets} else f"{workload}-task"


def of_hot_layer(role: str) -> list[Request]:
    """Every action of S3 on files that hold several tenants' records."""
    bucket = f"arn:aws:s3:::{estate().state('s3/bucket:Bucket', 'stream')['bucket']}"
    keys = (f"{bucket}/dataset=loans/date=2026-11-29/pool=a/file", f"{bucket}/errors/loans/processing-failed/file")
    actions = [each.name for each in ACTIONS if "arn:*:s3:::*/*" in each.arns]
    return [
        request
        for action in actions
        for key in keys
        for request in (Request(role, action, key), Request(role, action, key).of(A))
    ]


def of_messages(role: str, stack: str = "prod") -> list[Request]:
    """Every action of SQS and SNS on the stack's queues and topics, in a session of a tenant."""
    places = {"sqs": ("sqs/queue:Queue", "arn:*:sqs:*:*:*"), "sns": ("sns/topic:Topic", "arn:*:sns:*:*:*")}
    return [
        Request(role, action.name, estate(stack).arn(kind, name)).of(A)
        for service, (kind, pattern) in places.items()
        for action in actions_of(service)
        if pattern in action.arns
        for name in estate(stack).of(kind)
    ]


def test_no_role_reads_the_hot_layer_where_tenants_share_files_but_that_of_its_stream() -> None:
    asked = [request for role in policies().roles for request in of_hot_layer(role)]
    assert {(each.role, each.action) for each in breaches(policies(), asked)} == {
        ("loans-stream-role", "s3:AbortMultipartUpload"),
        ("loans-stream-role", "s3:GetObject"),
        ("loans-stream-role", "s3:PutObject"),
    }


@pytest.mark.parametrize("stack", STACKS)
def test_no_tenant_role_touches_queues_and_topics_where_tenants_messages_are_together(stack: str) -> None:
    """A message is one tenant's by its attributes and its group: whoever may send or receive is not confined to any."""
    asked = [request for role in tenant_roles(estate(stack)) for request in of_messages(role, stack)]
    assert asked and breaches(policies(stack), asked) == []


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
    for workload in touching_tenants():
        assert allowed(policies(), take(own_role(workload), f"{workload}-tenant", TAGGED)) == [True, True], workload


def test_a_workload_takes_no_other_workloads_tenant_role() -> None:
    workloads = touching_tenants()
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
        {"aws:RequestTag/tenant": A, "aws:RequestTag/probe": "true", "aws:TagKeys": ["tenant", "probe"]},
    ],
)
def test_a_tenant_role_is_not_taken_without_a_tenants_tag_nor_with_another(context: Mapping[str, Any]) -> None:
    assert breaches(policies(), take("search-task", "search-tenant", context)) == []
