"""Workgroup, prefix and session tag together: no session runs in another's workgroup, nor reads its results or partition.

Athena and Glue do both as whoever asks, so what S3 refuses the session it refuses the query: that is the boundary, not the
`tenant = '...'` that the table asks for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.isolation.matrix import actions_of, tenant_roles
from tests.isolation.simulator import Policies, Request
from tests.isolation.tried import STACKS, A, B, breaches, estate, policies

ATHENA: Final = actions_of("athena")
GLUE: Final = actions_of("glue")
ROLE: Final = "bi-tenant"
QUERY: Final = {
    *("athena:BatchGetQueryExecution", "athena:GetPreparedStatement", "athena:GetQueryExecution", "athena:GetQueryResults"),
    *("athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListPreparedStatements"),
    *("athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution"),
}


def prefix(stack: str) -> str:
    return f"dataconnect-{estate(stack).stack}-"


def arn(stack: str, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{estate(stack).region}:{estate(stack).account}:{resource}"


def in_workgroup(role: str, stack: str, name: str) -> list[Request]:
    """Every action that takes a workgroup, on one."""
    group = arn(stack, "athena", f"workgroup/{name}")
    return [Request(role, each.name, group) for each in ATHENA if any(p.endswith(":workgroup/*") for p in each.arns)]


def of_tables(role: str, stack: str, *tables: str) -> list[Request]:
    """Every action that takes a table of the catalogue, on these."""
    found = [arn(stack, "glue", f"table/{table}") for table in tables]
    return [
        Request(role, each.name, table) for each in GLUE if any(p.endswith(":table/*/*") for p in each.arns) for table in found
    ]


def asking(stack: str) -> list[str]:
    """The roles that could do anything with Athena or Glue: whose policies name one of them, or a whole of actions."""
    known = policies(stack).roles
    found = [
        role
        for role, documents in known.items()
        if any(
            action == "*" or action.startswith(("athena:", "glue:", "*"))
            for document in documents
            for statement in document["Statement"]
            if statement["Effect"] == "Allow"
            for action in statement["Action"]
        )
    ]
    assert {"bi-tenant", "quota"} <= {*found} and len(found) < len(known)
    return found


def lake_table(stack: str, table: str) -> str:
    return f"dataconnect_{estate(stack).stack.replace('-', '_')}_lake/{table}"


@pytest.mark.parametrize("stack", STACKS)
def test_a_session_queries_in_the_workgroup_of_its_tenant(stack: str) -> None:
    asked = [each.of(A) for each in in_workgroup(ROLE, stack, f"{prefix(stack)}{A}")]
    assert {each.action for each in breaches(policies(stack), asked)} == QUERY


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_does_anything_in_the_workgroup_of_another_tenant_nor_in_the_accounts_own(stack: str) -> None:
    names = (f"{prefix(stack)}{B}", "primary", f"{prefix(stack)}", f"{prefix(stack)}{A}x", A)
    asked = [each.of(A) for role in asking(stack) for name in names for each in in_workgroup(role, stack, name)]
    assert {each.role for each in breaches(policies(stack), asked)} <= {"quota"}


@pytest.mark.parametrize("stack", STACKS)
def test_without_a_tenant_only_what_caps_touches_workgroups_and_it_only_switches_those_of_tenants(stack: str) -> None:
    names = (f"{prefix(stack)}{B}", "primary")
    asked = [each.of(None) for role in asking(stack) for name in names for each in in_workgroup(role, stack, name)]
    found = {(each.role, each.action, each.resource.rpartition("/")[2]) for each in breaches(policies(stack), asked)}
    group = f"{prefix(stack)}{B}"
    assert found == {("quota", "athena:GetWorkGroup", group), ("quota", "athena:UpdateWorkGroup", group)}


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_lists_workgroups_or_makes_catalogues(stack: str) -> None:
    general = [Request(role, each.name, "*") for role in asking(stack) for each in ATHENA if not each.arns]
    catalogues = [
        Request(role, each.name, arn(stack, "athena", "datacatalog/AwsDataCatalog"))
        for role in asking(stack)
        for each in ATHENA
        if any(p.endswith(":datacatalog/*") for p in each.arns)
    ]
    assert breaches(policies(stack), [each.of(tag) for each in (*general, *catalogues) for tag in (A, None)]) == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_session_looks_up_the_shared_table_and_its_own_and_changes_none(stack: str) -> None:
    tables = ("loans", f"loans_{A}", f"loans_{B}", "loans_")
    asked = [each.of(A) for each in of_tables(ROLE, stack, *(lake_table(stack, table) for table in tables))]
    found = {(each.action, each.resource.rpartition("/")[2]) for each in breaches(policies(stack), asked)}
    assert found == {(action, table) for action in ("glue:GetPartitions", "glue:GetTable") for table in ("loans", f"loans_{A}")}


@pytest.mark.parametrize("stack", STACKS)
def test_of_the_accounts_default_database_a_session_sees_that_it_is_there_and_nothing_of_it(stack: str) -> None:
    """Athena asks for it, whatever a query names."""
    database = arn(stack, "glue", "database/default")
    there = [Request(ROLE, each.name, database).of(A) for each in GLUE if any(p.endswith(":database/*") for p in each.arns)]
    assert [each.action for each in breaches(policies(stack), there)] == ["glue:GetDatabase"]
    inside = [each.of(A) for each in of_tables(ROLE, stack, "default/loans")]
    assert inside and breaches(policies(stack), inside) == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_tenant_role_looks_up_the_hot_layer_whose_files_tenants_share(stack: str) -> None:
    hot = f"dataconnect_{estate(stack).stack.replace('-', '_')}/loans"
    asked = [each.of(A) for role in tenant_roles(estate(stack)) for each in of_tables(role, stack, hot)]
    assert asked and breaches(policies(stack), asked) == []


def objects(stack: str, whose: str, *, session: str = A) -> list[Request]:
    """What a query needs of S3: to list and read a tenant's partition, and to write and read its results."""
    found: list[Request] = []
    for data_class, written in (("curated", False), ("queries", True)):
        shared = estate(stack).state("s3/bucket:Bucket", f"lake-{data_class}")["bucket"]
        for bucket in (shared, f"{data_class}-{whose}-{estate(stack).account}-{estate(stack).region}"):
            there = f"arn:aws:s3:::{bucket}"
            key = f"{there}/tenant={whose}/dataset=loans/date=2026-11-29/part-0.parquet"
            listed = {"s3:prefix": f"tenant={whose}/dataset=loans/date=2026-11-29/"}
            found += [Request(ROLE, "s3:ListBucket", there, listed), Request(ROLE, "s3:GetObject", key)]
            found += [Request(ROLE, "s3:PutObject", key)] if written else []
    return [each.of(session) for each in found]


@pytest.mark.parametrize("stack", STACKS)
def test_a_query_reads_the_partition_and_the_results_of_the_sessions_tenant(stack: str) -> None:
    asked = objects(stack, A)
    assert breaches(policies(stack), asked) == asked


@pytest.mark.parametrize("stack", STACKS)
def test_a_query_that_names_another_tenant_is_refused_by_s3_whatever_athena_lets_through(stack: str) -> None:
    assert breaches(policies(stack), objects(stack, B)) == []


def _widened(change: Any) -> Policies:
    return policies().changed(ROLE, change)


def _replaced(old: str, new: str) -> Any:
    def change(statement: Mapping[str, Any]) -> Mapping[str, Any]:
        if not any(action.startswith(("athena:", "glue:")) for action in statement["Action"]):
            return statement
        return {**statement, "Resource": [each.replace(old, new) for each in statement["Resource"]]}

    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [("${aws:PrincipalTag/tenant}", "*"), ("${aws:PrincipalTag/tenant}", "t" + 15 * "?"), ("dataconnect-prod-", "*")],
)
def test_a_grant_that_is_wider_by_a_word_is_found(old: str, new: str) -> None:
    wider = _widened(_replaced(old, new))
    names = (f"{prefix('prod')}{B}", "primary", f"other-{A}")
    asked = [each.of(A) for name in names for each in in_workgroup(ROLE, "prod", name)]
    assert breaches(policies(), asked) == [] and breaches(wider, asked) != []


def test_a_prefix_that_is_lost_is_found() -> None:
    def change(statement: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            **statement,
            "Resource": [each.replace("/tenant=${aws:PrincipalTag/tenant}/*", "/*") for each in statement["Resource"]],
        }

    wider = _widened(change)
    assert breaches(replace(wider), objects("prod", B)) != []
