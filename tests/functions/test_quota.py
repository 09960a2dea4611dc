"""The function `quota`: who is cut off, who is let in again and who never is, against moto's registry and metrics."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends

from functions.quota import quota as module
from functions.quota.quota import DEFAULT_GIB, GIB, Quota
from functions.quota.scanned import AT_ONCE, scanned_bytes
from operations.tenants.meter import Meter, Month
from operations.tenants.registry import DEFAULT_LIMITS, Registry, Tenant
from tests.athena import FakeAthena, faked, refused

REGION: Final = "us-east-2"
A, B = "t" + 15 * "a", "t" + 15 * "b"
NOW: Final = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
DECEMBER: Final = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Cell:
    """The registry, the workgroups and their metrics."""

    dynamodb: Any
    cloudwatch: Any
    athena: FakeAthena
    client: Any
    registry: Registry
    killing: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, tenant: str, *, status: str = "active", limits: Mapping[str, int] | None = None, cell: str = "prod") -> None:
        known = {"scanned_gib_per_month": 100} if limits is None else dict(limits)
        told: Any = {"status": status, "tier": "pool"}
        self.registry.claim(
            Tenant(id=tenant, slug=tenant, name=tenant, cell=cell, created_at="2026-01-01T00:00:00.000Z", limits=known, **told)
        )
        self.client.create_work_group(Name=f"dataconnect-prod-{tenant}", Configuration={}, Tags=[])

    def scan(self, tenant: str, gib: float, at: datetime = NOW, **dimensions: str) -> None:
        named = {"QueryState": "SUCCEEDED", "QueryType": "DML", **dimensions, "WorkGroup": f"dataconnect-prod-{tenant}"}
        datum = {
            "MetricName": "ProcessedBytes",
            "Dimensions": [{"Name": name, "Value": value} for name, value in named.items() if value],
            "Timestamp": (at - timedelta(minutes=5)).replace(tzinfo=None),  # as moto keeps them
            "Value": gib * GIB,
        }
        # What AWS puts there itself, nobody else may: not by the client, which moto refuses as AWS does.
        cloudwatch_backends["123456789012"][REGION].put_metric_data("AWS/Athena", [datum])

    def run(self, now: datetime = NOW) -> dict[str, Any]:
        clients = {"dynamodb": self.dynamodb, "athena": self.client, "cloudwatch": self.cloudwatch}
        return Quota(
            **clients, table="tenants", cell="prod", workgroups="dataconnect-prod-", namespace="DataConnect/prod/Queries"
        ).run(now)

    def state(self, tenant: str) -> str:
        return self.athena.groups[f"dataconnect-prod-{tenant}"]["State"]

    def cut_offs(self) -> float:
        found = self.cloudwatch.get_metric_statistics(
            Namespace="DataConnect/prod/Queries",
            MetricName="TenantsCutOff",
            Dimensions=[{"Name": "Cell", "Value": "prod"}],
            StartTime=NOW - timedelta(days=1),
            EndTime=DECEMBER + timedelta(days=1),
            Period=86400,
            Statistics=["Sum"],
        )
        return sum(each["Sum"] for each in found["Datapoints"])


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    athena = FakeAthena()
    with mock_aws(), faked(athena):
        make: Any = boto3.client
        dynamodb = make("dynamodb", region_name=REGION)
        keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("tenant", "HASH"), ("item", "RANGE"))]
        by_cell = [{"AttributeName": name, "KeyType": kind} for name, kind in (("cell", "HASH"), ("tenant", "RANGE"))]
        dynamodb.create_table(
            TableName="tenants",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item", "cell")],
            GlobalSecondaryIndexes=[
                {"IndexName": "by-cell", "KeySchema": by_cell, "Projection": {"ProjectionType": "ALL"}}
            ],
        )  # fmt: skip
        client, cloudwatch = (make(name, region_name=REGION) for name in ("athena", "cloudwatch"))
        yield Cell(dynamodb, cloudwatch, athena, client, Registry(dynamodb, "tenants"))


def test_the_limits_of_function_and_operations_are_the_same() -> None:
    assert DEFAULT_LIMITS["scanned_gib_per_month"] == DEFAULT_GIB


def test_who_scanned_what_the_limit_lets_is_cut_off_and_another_is_not(cell: Cell) -> None:
    cell.add(A)
    cell.add(B)
    cell.scan(A, 60)
    cell.scan(A, 40, NOW - timedelta(days=20))
    cell.scan(B, 99)
    assert cell.run() == {"tenants": 2, "cut_off": [A], "let_in": [], "troubles": []}
    assert (cell.state(A), cell.state(B)) == ("DISABLED", "ENABLED")
    assert cell.cut_offs() == 1


def test_the_registry_says_why(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    (entry,) = cell.registry.steps(A)
    assert (entry["step"], entry["state"], entry["started_at"]) == ("quota-cut-off", "done", "2026-11-29T12:30:00.000Z")
    assert entry["result"] == {"month": "2026-11", "scanned_bytes": 100 * GIB, "limit_gib": 100}
    monkeypatch.setattr("operations.tenants.registry.now", lambda: "2026-11-30T00:00:00.000Z")
    found = cell.registry.cut_off(A)
    assert found and (found["month"], found["limit_gib"]) == ("2026-11", 100)
    monkeypatch.setattr("operations.tenants.registry.now", lambda: "2026-12-01T00:00:00.000Z")
    assert cell.registry.cut_off(A) is None


def test_what_failed_or_was_cancelled_counts_and_a_sum_by_workgroup_alone_is_not_counted_twice(cell: Cell) -> None:
    cell.add(A)
    for state in ("SUCCEEDED", "FAILED", "CANCELLED"):
        cell.scan(A, 10, QueryState=state)
    cell.scan(A, 30, QueryState="", QueryType="")
    names = [f"dataconnect-prod-{A}", f"dataconnect-prod-{B}"]
    found = scanned_bytes(cell.cloudwatch, names, NOW.replace(day=1, hour=0, minute=0), NOW)
    assert found == {names[0]: 30 * GIB, names[1]: 0}
    cell.scan(A, 15, QueryState="", QueryType="")
    assert scanned_bytes(cell.cloudwatch, names, NOW.replace(day=1, hour=0, minute=0), NOW)[names[0]] == 45 * GIB


def test_what_tells_usage_and_what_cuts_off_ask_for_the_same_and_find_the_same(cell: Cell) -> None:
    """The function imports nothing of the operations: the series stand in both."""
    name, asked = f"dataconnect-prod-{A}", list[list[Any]]()
    plain = cell.cloudwatch.get_metric_data

    def noted(**told: Any) -> Any:
        stats = [each["MetricStat"] for each in told["MetricDataQueries"] if each["MetricStat"]["Stat"] == "Sum"]
        asked.append(sorted(json.dumps(each, sort_keys=True) for each in stats))
        return plain(**told)

    for state, gib in (("SUCCEEDED", 10), ("FAILED", 4), ("CANCELLED", 2)):
        cell.scan(A, gib, QueryState=state)
    client: Any = SimpleNamespace(get_metric_data=noted)
    month = Month("2026-11")
    told = Meter(client, None).scanned(name, month)
    assert scanned_bytes(client, [name], month.start, month.end) == {name: told["bytes"]} == {name: 16 * GIB}
    assert len(asked) == 2 and len(asked[0]) == 7 and asked[0] == asked[1]


def test_the_month_before_counts_nothing(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 500, datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert cell.run()["cut_off"] == []


def test_a_second_run_does_nothing_and_tells_nothing_again(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    before = cell.dynamodb.scan(TableName="tenants")["Items"]
    assert cell.run() == {"tenants": 1, "cut_off": [], "let_in": [], "troubles": []}
    assert cell.dynamodb.scan(TableName="tenants")["Items"] == before and cell.cut_offs() == 1


def test_who_is_enabled_by_hand_is_cut_off_again(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    cell.client.update_work_group(WorkGroup=f"dataconnect-prod-{A}", State="ENABLED")
    cell.run()
    assert cell.state(A) == "DISABLED"


def test_on_the_first_of_the_month_it_is_let_in_again(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    assert cell.run(DECEMBER)["let_in"] == [A] and cell.state(A) == "ENABLED"
    assert {each["step"] for each in cell.registry.steps(A)} == {"quota-cut-off", "quota-let-in"}
    assert cell.run(DECEMBER)["let_in"] == []


def test_who_is_over_in_the_new_month_as_well_is_cut_off_anew(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    cell.scan(A, 100, DECEMBER)
    assert cell.run(DECEMBER)["cut_off"] == [A]
    assert cell.registry.steps(A)[0]["result"]["month"] == "2026-12"


def test_a_raised_limit_lets_in_again_within_the_month(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    cell.registry.change(A, ("active",), limits={"scanned_gib_per_month": 101})
    assert cell.run()["let_in"] == [A] and cell.state(A) == "ENABLED"


@pytest.mark.parametrize("status", ["suspended", "removing"])
def test_who_has_no_access_is_never_let_in(cell: Cell, status: str) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    cell.registry.change(A, ("active",), status=status)
    cell.run(DECEMBER)
    assert cell.state(A) == "DISABLED"
    cell.client.update_work_group(WorkGroup=f"dataconnect-prod-{A}", State="ENABLED")
    cell.run(DECEMBER)
    assert cell.state(A) == "DISABLED"


def test_who_is_suspended_while_the_function_runs_is_not_let_in(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell.add(A)
    cell.scan(A, 100)
    cell.run()
    real = module.scanned_bytes

    def slow(*told: Any) -> Any:
        cell.registry.change(A, ("active",), status="suspended")
        return real(*told)

    monkeypatch.setattr(module, "scanned_bytes", slow)
    cell.run(DECEMBER)
    assert cell.state(A) == "DISABLED"


def test_who_was_disabled_by_somebody_else_stays_so(cell: Cell) -> None:
    cell.add(A)
    cell.client.update_work_group(WorkGroup=f"dataconnect-prod-{A}", State="DISABLED")
    cell.run()
    assert cell.state(A) == "DISABLED"


def test_a_tenant_without_a_limit_has_the_default_and_one_of_another_cell_is_not_looked_at(cell: Cell) -> None:
    cell.add(A, limits={})
    cell.add(B, cell="dev")
    cell.scan(A, DEFAULT_GIB - 1)
    cell.scan(B, 10_000)
    assert cell.run() == {"tenants": 1, "cut_off": [], "let_in": [], "troubles": []}
    cell.scan(A, 1)
    assert cell.run()["cut_off"] == [A]


def test_a_tenant_without_a_workgroup_here_and_one_in_trouble_keep_nobody_from_being_cut_off(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant in (A, B, "t" + 15 * "c"):
        cell.add(tenant)
        cell.scan(tenant, 100)
    del cell.athena.groups[f"dataconnect-prod-{A}"]
    real = cell.athena.answer

    def answer(operation: str, told: dict[str, Any]) -> dict[str, Any]:
        if told.get("WorkGroup", "").endswith(B):
            raise refused(operation, "Too many requests")
        return real(operation, told)

    monkeypatch.setattr(cell.athena, "answer", answer)
    found = cell.run()
    assert found["troubles"] == [B] and cell.state("t" + 15 * "c") == "DISABLED"
    # What could not be done is done by the next run.
    monkeypatch.setattr(cell.athena, "answer", real)
    assert cell.run()["troubles"] == [] and cell.state(B) == "DISABLED"


@pytest.mark.parametrize("when", ["cut off", "let in"])
def test_a_run_that_ends_anywhere_is_made_up_for_by_the_next(cell: Cell, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    cell.add(A)
    cell.scan(A, 100)
    if when == "let in":
        cell.run()
    now = NOW if when == "cut off" else DECEMBER
    wanted = "DISABLED" if when == "cut off" else "ENABLED"
    plain: Any = module.Quota._switch, module.Quota._write
    for lost in range(2):
        left = lost

        def dying(real: Any) -> Any:
            def call(*told: Any, **named: Any) -> Any:
                nonlocal left
                if left == 0:
                    raise Killed
                left -= 1
                return real(*told, **named)

            return call

        monkeypatch.setattr(module.Quota, "_switch", dying(plain[0]))
        monkeypatch.setattr(module.Quota, "_write", dying(plain[1]))
        with pytest.raises(Killed):
            cell.run(now)
        monkeypatch.setattr(module.Quota, "_switch", plain[0])
        monkeypatch.setattr(module.Quota, "_write", plain[1])
        if lost == 1:
            cell.run(now)
            assert cell.state(A) == wanted
            item = cell.registry._get(A, "scan-quota")
            assert item and item["cut_off"] is (when == "cut off")


def test_more_metrics_than_an_answer_takes_are_asked_for_in_pages(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = cell.cloudwatch.get_metric_data

    def noted(**told: Any) -> Any:
        asked.append(len(told["MetricDataQueries"]))
        return real(**told)

    monkeypatch.setattr(cell.cloudwatch, "get_metric_data", noted)
    names = [f"dataconnect-prod-{number}" for number in range(130)]
    assert scanned_bytes(cell.cloudwatch, names, NOW.replace(day=1, hour=0), NOW) == dict.fromkeys(names, 0)
    assert asked == [AT_ONCE, 410]


def test_without_figures_nobody_is_cut_off_nor_let_in(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell.add(A)
    cell.scan(A, 100)
    before = json.dumps(cell.dynamodb.scan(TableName="tenants")["Items"], sort_keys=True)

    def refuse(**_: Any) -> Any:
        raise refused("GetMetricData", "no")

    monkeypatch.setattr(cell.cloudwatch, "get_metric_data", refuse)
    with pytest.raises(Exception, match="GetMetricData"):
        cell.run()
    assert json.dumps(cell.dynamodb.scan(TableName="tenants")["Items"], sort_keys=True) == before
    assert cell.state(A) == "ENABLED"


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_what_is_not_known_of_one_ends_no_cut_off_and_keeps_no_other_from_one(
    cell: Cell, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    cell.add(A)
    cell.add(B)
    cell.scan(A, 200)
    assert cell.run()["cut_off"] == [A]
    cell.scan(B, 200)
    real = cell.cloudwatch.get_metric_data

    def half(**told: Any) -> Any:
        answer = real(**told)
        of_a = {each["Id"] for each in told["MetricDataQueries"] if A in json.dumps(each)}
        unknown = {"Values": [], "StatusCode": status}
        found = [{**each, **(unknown if each["Id"] in of_a else {})} for each in answer["MetricDataResults"]]
        return {"MetricDataResults": found}

    monkeypatch.setattr(cell.cloudwatch, "get_metric_data", half)
    assert cell.run() == {"tenants": 2, "cut_off": [B], "let_in": [], "troubles": [A]}
    assert cell.state(A) == cell.state(B) == "DISABLED"


def test_what_explains_a_query_by_running_it_counts(cell: Cell) -> None:
    cell.add(A)
    cell.scan(A, 200, QueryType="UTILITY")
    assert cell.run()["cut_off"] == [A]
