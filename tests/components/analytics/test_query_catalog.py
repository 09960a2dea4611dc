"""The catalogue of queries: its tables, what its links let a workload do, and what it refuses."""

import json
from typing import Any

import pytest

from components.analytics.query_catalog import QueryCatalog, QueryCatalogArgs, TableColumn
from components.analytics.query_catalog_spec import QueryCatalogSpec
from components.base.errors import ComponentError, InvalidArgumentError
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from tests.components.harness import ACCOUNT, Declaration, here, kms_key, resources_of

TENANT = "tabcdefghij23456"
LOANS = {"loan_id": TableColumn("string", "its number"), "amount_cents": TableColumn("bigint", "US cents")}


def bucket(name: str, *, per_tenant: bool = True, days: int | None = 7) -> Bucket:
    return Bucket(
        name,
        BucketArgs(
            here=here(),
            spec=BucketSpec(expire_days=days),
            key_arn=kms_key(),
            log_bucket="logs",
            per_tenant=per_tenant,
            data_class=name if per_tenant else None,
        ),
    )


def made(days: int | None = 400, **changes: Any) -> tuple[Declaration, QueryCatalog]:
    kept: list[QueryCatalog] = []

    def program() -> None:
        told: dict[str, Any] = {
            "here": here(),
            "spec": QueryCatalogSpec(),
            "database_name": "lake",
            "workgroups": "dataconnect-prod-",
            "cell": "prod",
            "tables": {"loans": LOANS},
            "curated": bucket("curated", days=days),
            "results": bucket("queries"),
        }
        kept.append(QueryCatalog("catalog", QueryCatalogArgs(**told | changes)))

    return resources_of(program), kept[0]


def table(declared: Declaration, name: str) -> dict[str, Any]:
    (found,) = [each.inputs for each in declared.of("aws:glue/catalogTable:CatalogTable") if each.inputs["name"] == name]
    return found


def test_a_table_projects_tenant_as_injected_and_the_days_that_files_are_kept() -> None:
    found = table(made()[0], "loans")
    told = found["parameters"]
    assert told["projection.tenant.type"] == "injected" and told["projection.enabled"] == "true"
    assert told["projection.date.range"] == "NOW-400DAYS,NOW+1DAYS"
    template = told["storage.location.template"]
    assert template == "s3://a-bucket/tenant=${tenant}/dataset=loans/date=${date}/"
    assert [each["name"] for each in found["partitionKeys"]] == ["tenant", "date"]
    columns = found["storageDescriptor"]["columns"]
    assert columns == [
        {"name": "loan_id", "type": "string", "comment": "its number"},
        {"name": "amount_cents", "type": "bigint", "comment": "US cents"},
    ]
    assert table(made(days=None)[0], "loans")["parameters"]["projection.date.range"] == "2020-01-01,NOW+1DAYS"


def test_a_silo_has_a_table_over_its_own_files() -> None:
    declared, _ = made(silos={TENANT: "own-bucket"})
    found = table(declared, f"loans_{TENANT}")
    assert found["storageDescriptor"]["location"] == "s3://own-bucket/"
    assert found["parameters"]["storage.location.template"].startswith("s3://own-bucket/tenant=${tenant}/")
    assert len(declared.of("aws:glue/catalogTable:CatalogTable")) == 2


def test_every_child_is_in_the_region_of_the_catalogue() -> None:
    declared, _ = made(here=here("us-west-2"))
    for each in declared.aws():
        if each.token.startswith("aws:glue/") or each.token.startswith("aws:cloudwatch/"):
            assert each.inputs["region"] == "us-west-2", each.name


def test_no_use_but_those_of_the_spec_is_offered() -> None:
    _, catalog = made()
    assert catalog.link("query").tenant_statements and not catalog.link("query").statements
    assert catalog.link("cap").statements and not catalog.link("cap").tenant_statements
    with pytest.raises(ComponentError, match="expected query or cap"):
        catalog.link("write")


def test_who_caps_switches_workgroups_of_the_form_of_a_tenants_alone() -> None:
    _, catalog = made()
    switch, *_ = catalog.link("cap").statements
    assert switch.resources == (f"arn:aws:athena:us-east-2:{ACCOUNT}:workgroup/dataconnect-prod-t" + 15 * "?",)


def test_a_tenant_that_is_cut_off_raises_an_alarm_with_a_runbook() -> None:
    declared, _ = made()
    (alarm,) = declared.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("DataConnect/test/Queries", "TenantsCutOff")
    assert alarm.inputs["alarmDescription"].endswith("/query/cut-off") and alarm.inputs["dimensions"] == {"Cell": "prod"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"database_name": "Lake-1"}, "database_name is 'Lake-1'; expected 1 to 128 lower-case letters, digits and _"),
        ({"workgroups": "dataconnect-prod"}, "workgroups is 'dataconnect-prod'; expected 1 to 112 letters"),
        ({"workgroups": f"{'x' * 112}-"}, "expected 1 to 112 letters"),
        ({"tables": {}}, "tables is {}; expected one table or more"),
    ],
)
def test_what_athena_could_not_call_is_refused_before_any_resource(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        made(**changes)
    assert told in str(refused.value)


@pytest.mark.parametrize("which", ["curated", "results"])
def test_a_bucket_that_is_not_per_tenant_is_refused(which: str) -> None:
    def program() -> None:
        told: dict[str, Any] = {"curated": bucket("aaa"), "results": bucket("bbb"), which: bucket("ccc", per_tenant=False)}
        QueryCatalogArgs(
            here=here(),
            spec=QueryCatalogSpec(),
            database_name="lake",
            workgroups="w-",
            cell="prod",
            tables={"loans": LOANS},
            **told,
        )

    with pytest.raises(InvalidArgumentError, match=f"{which} is 'ccc'; expected a bucket that is per tenant"):
        resources_of(program)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"cutoff_gib": 0}, "cutoff_gib"),
        ({"cutoff_gib": 10_001}, "cutoff_gib"),
        ({"engine": "AUTO"}, "engine"),
        ({"results": "Queries"}, "results"),
    ],
)
def test_a_spec_names_what_is_wrong(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        QueryCatalogSpec(**values)


def test_the_cutoff_is_told_to_athena_in_bytes() -> None:
    _, catalog = made(spec=QueryCatalogSpec(cutoff_gib=2))
    assert catalog.template["cutoffBytes"] == 2 * 1024**3
    assert json.dumps({each: value for each, value in catalog.template.items() if isinstance(value, str | int)})
