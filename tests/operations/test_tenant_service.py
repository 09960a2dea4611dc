"""Workgroups over a tenant's life, and what `dataconnect tenant usage`, `limits`, `export` and `workgroups` tell and do."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import duckdb
import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from functions.shared.telling import Event, messages
from jobs.aggregate.datasets import curated
from operations.stack import load_queries
from operations.steps import run
from operations.tenants import meter
from operations.tenants.limits import set_steps
from operations.tenants.registry import Registry
from operations.tenants.service_command import align
from operations.tenants.usage import PRICES, rows, usage
from operations.tenants.workgroups import Workgroups
from tests.lake import Lake
from tests.operations.tenant_predicate import unguarded
from tests.operations.world import ACCOUNT, GROUP, ID, OWN, REGION, World

REMOVE = ("remove", "acme", "--yes", "acme", "--no-export")
GIB = 2**30


def group(world: World) -> dict[str, Any]:
    return world.athena.groups[GROUP]


def scan(world: World, size: int, *, state: str = "SUCCEEDED", at: datetime | None = None) -> None:
    """What CloudWatch counts when a query of the tenant ends."""
    assert world
    named = {"QueryState": state, "QueryType": "DML", "WorkGroup": GROUP}
    datum = {
        "MetricName": "ProcessedBytes",
        "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
        "Timestamp": (at or datetime.now(UTC)).replace(tzinfo=None),
        "Value": size,
    }
    cloudwatch_backends[ACCOUNT][REGION].put_metric_data("AWS/Athena", [datum])


# Workgroups


def test_a_tenant_that_is_taken_in_has_a_workgroup_that_enforces_where_results_go_and_what_a_query_scans(world: World) -> None:
    world.run("add", "acme")
    assert group(world)["State"] == "ENABLED"
    told = group(world)["Configuration"]
    assert told["EnforceWorkGroupConfiguration"] is True and told["PublishCloudWatchMetricsEnabled"] is True
    assert told["RequesterPaysEnabled"] is False and told["BytesScannedCutoffPerQuery"] == 50 * GIB
    assert told["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    assert told["ResultConfiguration"] == {
        "OutputLocation": f"s3://prod-dumps/tenant={ID}/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/storage"},
        "ExpectedBucketOwner": ACCOUNT,
    }
    tags = {each["Key"]: each["Value"] for each in group(world)["Tags"]}
    assert tags == {"Project": "dataconnect", "Tenant": "acme", "Name": GROUP}
    statements = world.athena.statements[GROUP]
    assert len(statements) >= 8
    assert all(unguarded(each["QueryStatement"], ID) == [] for each in statements.values())
    assert all("dataconnect_prod_lake.loans" in each["QueryStatement"] for each in statements.values())


def test_a_silos_results_and_tables_are_its_own(world: World) -> None:
    world.run("add", "acme", "--tier", "silo", code=6)
    assert world.athena.groups == {}
    world.deploy_silo()
    world.run("add", "acme")
    results = group(world)["Configuration"]["ResultConfiguration"]
    assert results["OutputLocation"] == f"s3://{OWN['dumps']}/tenant={ID}/"
    assert results["EncryptionConfiguration"]["KmsKey"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1"
    for each in world.athena.statements[GROUP].values():
        assert f"dataconnect_prod_lake.loans_{ID}" in each["QueryStatement"]
        assert unguarded(each["QueryStatement"], ID) == []


def test_a_suspended_tenants_workgroup_is_disabled_until_it_is_resumed(world: World) -> None:
    world.run("add", "acme")
    world.run("suspend", "acme")
    assert group(world)["State"] == "DISABLED"
    world.run("verify", "acme")
    world.run("resume", "acme")
    assert group(world)["State"] == "ENABLED"
    world.run("verify", "acme")


def cut_off(world: World, month: str) -> None:
    item = {"tenant": {"S": ID}, "item": {"S": "scan-quota"}, "month": {"S": month}, "cut_off": {"BOOL": True}}
    world.dynamodb.put_item(TableName="prod-tenants", Item={**item, "since": {"S": f"{month}-02T00:00:00.000Z"}})


def test_who_is_resumed_after_its_scans_are_used_up_stays_cut_off_for_the_month(world: World) -> None:
    world.run("add", "acme")
    cut_off(world, datetime.now(UTC).strftime("%Y-%m"))
    world.run("suspend", "acme")
    world.run("resume", "acme")
    assert group(world)["State"] == "DISABLED"
    world.run("verify", "acme")
    cut_off(world, "2026-01")
    world.run("suspend", "acme")
    world.run("resume", "acme")
    assert group(world)["State"] == "ENABLED"


def test_the_list_tells_who_is_cut_off_and_since_when(world: World) -> None:
    world.run("add", "acme")
    assert world.json("list")["tenants"][0]["cut_off_since"] is None
    cut_off(world, "2026-01")
    assert world.json("list")["tenants"][0]["cut_off_since"] is None
    month = datetime.now(UTC).strftime("%Y-%m")
    cut_off(world, month)
    assert world.json("list")["tenants"][0]["cut_off_since"] == f"{month}-02T00:00:00.000Z"
    heading, row = world.run("list").stdout.splitlines()[:2]
    assert heading.endswith("cut off since") and row.endswith(f"{month}-02T00:00:00.000Z")


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["Configuration"].update(EnforceWorkGroupConfiguration=False),
        lambda told: told["Configuration"].pop("BytesScannedCutoffPerQuery"),
        lambda told: told["Configuration"]["ResultConfiguration"].update(OutputLocation="s3://elsewhere/"),
        lambda told: told["Configuration"]["ResultConfiguration"].pop("EncryptionConfiguration"),
        lambda told: told.update(State="DISABLED"),
    ],
)
def test_a_workgroup_that_was_changed_is_told_by_verify_and_mended_by_add(world: World, change: Any) -> None:
    world.run("add", "acme")
    before = json.dumps(world.athena.everything(), sort_keys=True)
    change(group(world))
    told = world.json("verify", "acme", code=1)
    (check,) = [each for each in told["checks"] if not each["right"]]
    assert check["name"] == "queries" and "dataconnect tenant add acme" in check["told"]
    world.run("add", "acme")
    assert json.dumps(world.athena.everything(), sort_keys=True) == before


def test_a_statement_that_was_changed_is_put_right_and_a_strange_one_goes(world: World) -> None:
    world.run("add", "acme")
    there = world.athena.statements[GROUP]
    right = there["ageing"]["QueryStatement"]
    there["ageing"]["QueryStatement"] = "SELECT * FROM loans"
    there["mine"] = {"StatementName": "mine", "QueryStatement": "SELECT 1"}
    told = world.json("verify", "acme", code=1)
    assert any("prepared statements differ: ageing, mine" in each["told"] for each in told["checks"])
    world.run("add", "acme")
    assert there["ageing"]["QueryStatement"] == right and "mine" not in there


def test_a_removed_tenants_workgroup_goes_with_all_that_is_in_it(world: World) -> None:
    world.run("add", "acme")
    made = world.json(*REMOVE)["certificate"]
    assert world.athena.groups == {} and world.athena.statements == {}
    assert {"remove-queries", "remove-workgroup"} <= {each["step"] for each in made["steps"]}
    assert made["deleted"]["workgroup"] == f"dataconnect-prod-{ID}"
    world.run("verify", "acme")


def test_a_stack_without_a_catalogue_takes_tenants_in_as_before(world: World) -> None:
    outputs = json.loads(world.outputs_file.read_text())
    del outputs["catalog"]
    world.outputs_file.write_text(json.dumps(outputs))
    world.run("add", "acme")
    assert world.athena.groups == {} and world.json("show", "acme")["status"] == "active"
    world.run("suspend", "acme")
    world.run("resume", "acme")
    world.run(*REMOVE)


# In the other region


def test_workgroups_of_a_recovery_stack_follow_the_registry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("add", "acme")
    outputs = json.loads(world.outputs_file.read_text())
    outputs["catalog"]["workgroupPrefix"] = "dataconnect-prod-recovery-"
    outputs["active"] = False
    del outputs["tenantRoles"]
    world.outputs_file.write_text(json.dumps(outputs))

    def queries(_: str, told: Any) -> Any:
        return Registry(world.dynamodb, told.registry), Workgroups(boto3.client("athena", REGION), told)

    monkeypatch.setattr(world, "open", SimpleNamespace(queries=queries))
    there = f"dataconnect-prod-recovery-{ID}"
    assert world.json("workgroups")["made"] == ["acme"]
    assert world.athena.groups[there]["State"] == "ENABLED"
    assert world.json("workgroups") == {
        **{what: [] for what in ("made", "disabled", "deleted", "without a silo here")},
        "stack": "prod",
    }
    registry = Registry(world.dynamodb, "prod-tenants")
    registry.change(ID, ("active",), status="suspended")
    assert world.json("workgroups")["disabled"] == ["acme"] and world.athena.groups[there]["State"] == "DISABLED"
    registry.change(ID, ("suspended",), status="removed")
    assert world.json("workgroups")["deleted"] == ["acme"] and there not in world.athena.groups


@pytest.mark.parametrize(("status", "left"), [("suspended", "DISABLED"), ("removing", None), ("removed", None)])
def test_who_loses_access_while_workgroups_are_made_gets_none_back(world: World, status: Any, left: str | None) -> None:
    world.run("add", "acme")
    space = world.open(world.stack)
    registry, groups = space.registry, space.workgroups
    assert groups is not None
    before = registry.of_cell("prod")
    groups.remove(ID)
    registry.change(ID, ("active",), status=status)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(registry, "of_cell", lambda _: before)
        told = align(registry, groups)
    assert groups.state(ID) == left and told["made"] == []


def test_workgroups_need_a_stack_that_has_a_catalogue(world: World) -> None:
    outputs = json.loads(world.outputs_file.read_text())
    del outputs["catalog"]
    world.outputs_file.write_text(json.dumps(outputs))
    told = world.json("workgroups", code=2)["error"]
    assert "catalog" in told
    with pytest.raises(Exception, match="catalog"):
        load_queries("prod", world.outputs_file)


# Usage


def test_usage_tells_what_is_stored_by_bucket_and_class_what_was_scanned_and_what_is_unknown(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    world.s3.put_object(Bucket="prod-raw", Key=f"tenant={ID}/cold", Body=bytes(1000), StorageClass="GLACIER_IR")
    scan(world, 10**12)
    scan(world, 10**12, state="CANCELLED")
    told = world.json("usage", "acme")
    marker = len(json.dumps({"tenant": ID}))
    assert told["stored"]["curated"] == {"STANDARD": {"versions": 3, "bytes": 6 + marker}}
    assert told["stored"]["raw"]["GLACIER_IR"] == {"versions": 1, "bytes": 1000}
    assert told["scanned"] == {"bytes": 2 * 10**12, "succeeded": 1, "failed": 0, "cancelled": 1}
    assert told["items"] == {"prod-notes": 26}
    assert (told["rows"], told["queued"], told["search"]) == ({"lending.loans": 7}, {}, None)
    cost = told["cost"]
    assert cost["estimated"]["scanned"] == 2 * PRICES["scanned"].dollars[REGION] and cost["dollars"] == 10.0
    assert [*cost["unpriced"]] == ["messages", "items", "search", "rows", "jobs", "services", "cache"]
    assert cost["unpriced"]["messages"] == "no tenant has any" and "Amazon DynamoDB" in cost["unpriced"]["items"]
    assert cost["prices_as_of"] == "2026-11-29" and cost["covers"][-1] == "scanned"
    assert "own_by_tag" not in cost


def test_a_region_that_the_table_lacks_is_unpriced(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    scan(world, 10**12)
    space = world.open(world.stack)
    found = space.registry.get("acme")
    assert all({*price.dollars} == {"us-east-2", "us-west-2"} and price.usage_type for price in PRICES.values())
    for region, dollars in (("us-west-2", 5.0), ("eu-west-1", 0)):
        cost = usage(replace(space, stack=replace(space.stack, region=region)), found, meter.Month.now())["cost"]
        assert cost["dollars"] == dollars and ("scanned" in cost["unpriced"]) is (region == "eu-west-1")


def test_what_has_no_price_is_unknown_and_not_nothing(world: World) -> None:
    world.run("add", "acme")
    world.s3.put_object(Bucket="prod-raw", Key=f"tenant={ID}/x", Body=b"x", StorageClass="ONEZONE_IA")
    told = world.json("usage", "acme")["cost"]
    assert told["estimated"]["stored in raw, ONEZONE_IA"] is None and "stored in raw, ONEZONE_IA" in told["unpriced"]
    line = next(each for each in world.run("usage", "acme").stdout.splitlines() if "ONEZONE_IA" in each)
    assert line.endswith("unknown")


def test_of_another_month_scans_are_told_and_what_was_stored_is_unknown(world: World) -> None:
    world.run("add", "acme")
    before = datetime.now(UTC).replace(day=1, hour=12) - timedelta(days=3)
    scan(world, 7, at=before)
    told = world.json("usage", "acme", "--month", before.strftime("%Y-%m"))
    assert told["is_over"] and told["stored"] is None and told["items"] is None
    assert told["scanned"]["bytes"] == 7 and "stored" in told["cost"]["unpriced"]
    assert world.json("usage", "acme")["scanned"]["bytes"] == 0


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1", "2099-01", "2026-11-01", ""])
def test_a_month_that_is_none_is_named(world: World, month: str) -> None:
    told = world.json("usage", "acme", f"--month={month}", code=2)["error"] if month else None
    assert told is None or (f"--month is {month!r}" in told and "e.g. 2026-11" in told)


def test_a_silos_own_cost_comes_from_its_tag_and_what_bears_none_is_unknown(world: World) -> None:
    world.run("add", "acme", "--tier", "silo", code=6)
    world.deploy_silo()
    world.run("add", "acme")
    asked: list[dict[str, Any]] = []
    space = world.open(world.stack)
    found = space.registry.get("acme")

    class Costs:
        amount = "12.345"

        def get_cost_and_usage(self, **told: Any) -> Any:
            asked.append(told)
            if "Tags" not in told["Filter"]:
                return bill({})
            return bill({"Amazon Simple Storage Service": self.amount})

    own = meter.Meter(boto3.client("cloudwatch", REGION), Costs())
    object.__setattr__(space, "meter", own)
    month = meter.Month("2026-10")
    assert usage(space, found, month)["cost"]["own_by_tag"] == 12.35
    assert asked[1]["TimePeriod"] == {"Start": "2026-10-01", "End": "2026-11-01"}
    assert asked[1]["Filter"] == {"Tags": {"Key": "Tenant", "Values": ["acme"], "MatchOptions": ["EQUALS"]}}
    # Its buckets and its workgroup bear the tag, too: what they cost is told, and is in the sum once.
    scan(world, 10**12)
    now = usage(space, found, meter.Month.now())["cost"]
    assert now["estimated"]["scanned"] == 5.0 and now["dollars"] == 12.35
    assert {"scanned", "rows", "stored in raw, STANDARD"} <= {*now["in_own_by_tag"]}
    assert not {"scanned", "rows"} & now["unpriced"].keys() and now["covers"] == ["its own resources, by their tag"]
    Costs.amount = "0"
    unknown = usage(space, found, meter.Month.now())["cost"]
    assert (unknown["own_by_tag"], unknown["dollars"], unknown["in_own_by_tag"]) == (None, 5.0, [])
    assert unknown["unpriced"]["rows"] == "its own database is in no cost that bears its tag"
    # The real client takes that request.
    meter.Meter(boto3.client("cloudwatch", REGION), boto3.client("ce", "us-east-1")).cost("acme", month)


# Limits


def test_limits_tell_what_enforces_each_and_what_it_did(world: World) -> None:
    world.run("add", "acme")
    scan(world, 3 * GIB, state="CANCELLED")
    told = {each["name"]: each for each in world.json("limits", "acme")["limits"]}
    assert told["connections"]["value"] == 5 and "PostgreSQL" in told["connections"]["enforced_by"]
    month = told["scanned_gib_per_month"]
    assert (month["value"], month["did"]) == (1000, "3.0 GiB scanned this month; its workgroup is ENABLED")
    assert told["GiB a query scans"]["did"] == (
        "0 of its last 0 queries stopped by it; 1 cancelled this month, by it or by whomever"
    )
    cut_off(world, datetime.now(UTC).strftime("%Y-%m"))
    after = {each["name"]: each for each in world.json("limits", "acme")["limits"]}
    assert "cut off since" in after["scanned_gib_per_month"]["did"]


def test_limits_are_changed_and_the_database_is_told(world: World) -> None:
    world.run("add", "acme")
    orders = len(world.database.orders)
    told = world.json("limits", "acme", "--limit", "connections=9", "--limit", "scanned_gib_per_month=2000")
    assert {each["name"]: each["value"] for each in told["limits"]}["scanned_gib_per_month"] == 2000
    assert world.json("show", "acme")["limits"] == {"connections": 9, "scanned_gib_per_month": 2000}
    assert world.database.orders[orders:] == ["add"]
    world.json("limits", "acme", "--limit", "scanned_gib_per_month=3000")
    assert world.database.orders[orders:] == ["add"]
    world.run("add", "acme")
    assert world.json("show", "acme")["limits"]["connections"] == 9


def test_two_commands_that_set_limits_at_once_keep_each_others(world: World) -> None:
    world.run("add", "acme")
    space = world.open(world.stack)
    found, journal = space.registry.get("acme"), space.registry.journal(ID)
    both = [set_steps(space, found, {name: value}) for name, value in (("connections", 9), ("scanned_gib_per_month", 7))]
    for steps in both:
        run(steps, journal, lambda *_: None)
    assert space.registry.get("acme").limits == {"connections": 9, "scanned_gib_per_month": 7}


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("connections=0", "--limit connections is 0; expected 1 to 100"),
        ("scanned_gib_per_month=0", "--limit scanned_gib_per_month is 0; expected 1 to 1000000"),
        ("scans=5", "--limit has 'scans'; expected one of connections, scanned_gib_per_month"),
        ("connections", "--limit is 'connections'"),
    ],
)
def test_a_limit_that_is_none_is_named(world: World, limit: str, told: str) -> None:
    world.run("add", "acme")
    assert told in world.json("limits", "acme", "--limit", limit, code=2)["error"]


def test_limits_of_a_tenant_without_access_are_shown_and_not_changed(world: World) -> None:
    world.run("add", "acme")
    world.run("suspend", "acme")
    world.run("limits", "acme")
    assert "acme is suspended; expected active" in world.json("limits", "acme", "--limit", "connections=6", code=4)["error"]


def took(world: World, function: str, tenant: str, *, taken: int, failed: int = 0, waited: float = 0.0) -> None:
    """Lines of functions/shared/telling.py."""

    def write(line: str) -> None:
        world.logs.events[f"/aws/lambda/{function}-1"].append(line)

    for outcome, number in (("ok", taken), ("failed", failed)):
        told = Event(outcome=outcome)
        told.tell(tenant=tenant)
        messages(function, "take-in", told, [waited] * number, write=write)


NEIGHBOUR = "t" + 15 * "n"


def job(tenant: str, status: str, created: float, started: float | None = None) -> dict[str, Any]:
    now = datetime.now(UTC).timestamp() * 1000
    times = {"createdAt": now - created * 1000, **({} if started is None else {"startedAt": now - started * 1000})}
    return {"shareIdentifier": tenant, "status": status, **times}


def test_usage_tells_a_tenants_messages_jobs_and_rows_and_its_share_of_what_they_cost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run("add", "acme")
    world.fill()
    took(world, "newest", ID, taken=20, failed=2, waited=1.5)
    took(world, "newest", ID, taken=10, waited=9.0)
    took(world, "newest", NEIGHBOUR, taken=60, waited=77.0)
    took(world, "index", NEIGHBOUR, taken=10)
    world.logs.events["/aws/lambda/newest-1"].append(json.dumps({"service": "newest", "requests": 90}))
    world.batch.jobs = [
        job(ID, "RUNNABLE", 30),
        job(ID, "RUNNING", 100, 40),
        job(ID, "SUCCEEDED", 5000, 4999),
        job(ID, "SUCCEEDED", 30 * 86_400, 86_400),
        job(NEIGHBOUR, "RUNNABLE", 9999),
    ]
    asked: list[Any] = []

    def spent(_: Any, of: Any, month: meter.Month) -> dict[str, float]:
        asked.append((of, month.name))
        return {"AWS Lambda": 150.0, "Amazon Simple Queue Service": 50.0}

    monkeypatch.setattr(meter.Meter, "_spent", spent)
    told = world.json("usage", "acme")
    assert told["queued"] == {
        "index": {"taken": 0, "of_all": 10, "failed": 0, "longest_wait_seconds": 0.0},
        "newest": {"taken": 30, "of_all": 90, "failed": 2, "longest_wait_seconds": 9.0},
    }
    assert told["jobs"] == {"waiting": 1, "running": 1, "ended": 1, "longest_wait_seconds": 60}
    assert told["rows"] == {"lending.loans": 7}
    assert told["cost"]["estimated"]["messages"] == 60.0  # 30 of 100 messages, of 200 dollars
    ((tag, region),) = [of["And"] for of, _ in asked]
    assert tag["Tags"]["Values"] == ["shared"] and region["Dimensions"]["Values"] == [REGION]
    lines = world.run("usage", "acme").stdout
    assert "newest took 30 of 90, 2 times one failed, the longest waited 9 s" in lines
    assert "1 waiting, 1 running, 1 ended in 7 days; the longest waited 60 s" in lines


class Domain:
    """Indexes of two tenants, in a search that both share."""

    sizes: tuple[int, int] = (3000, 9000)

    def look(self) -> dict[str, Any]:
        names = zip((f"{ID}-loans-000001", f"{NEIGHBOUR}-loans-000001"), self.sizes, strict=True)
        return {"indexes": [{"index": name, "documents": 4, "bytes": size} for name, size in names]}


def bill(costs: dict[str, str]) -> dict[str, Any]:
    groups = [{"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": each}}} for name, each in costs.items()]
    return {"ResultsByTime": [{"Groups": groups}]}


class Shared:
    """Cost Explorer, which tells what all share on two pages."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.pages: list[dict[str, str]] = [
            {"Amazon DynamoDB": "40", "Amazon ElastiCache": "70", "Amazon Simple Storage Service": "9"},
            {"Amazon OpenSearch Service": "400", "Amazon Relational Database Service": "20", "AWS Lambda": "0"},
        ]

    def get_cost_and_usage(self, **told: Any) -> Any:
        tag = told["Filter"].get("Tags") or told["Filter"]["And"][0]["Tags"]
        self.tags += tag["Values"]
        if tag["Values"] != ["shared"]:
            return bill({"Amazon Relational Database Service": "30.0"})
        page = int(told.get("NextPageToken", "0"))
        more = {"NextPageToken": str(page + 1)} if page + 1 < len(self.pages) else {}
        return {**bill(self.pages[page]), **more}


def shared(world: World, costs: Shared) -> Any:
    own = meter.Meter(boto3.client("cloudwatch", REGION), costs)
    return replace(world.open(world.stack), meter=own, search=cast(Any, Domain()))


def test_what_all_share_is_divided_by_what_each_has_and_the_rest_is_named(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    space, month = shared(world, Shared()), meter.Month.now()
    told = usage(space, space.registry.get("acme"), month)
    assert told["search"] == {"documents": 4, "bytes": 3000, "bytes_of_all": 12_000}
    cost = told["cost"]
    parts = {name: cost["estimated"][name] for name in ("items", "search", "rows", "messages")}
    assert parts == {"items": 20.0, "search": 100.0, "rows": 10.0, "messages": None}
    assert cost["dollars"] == 130.0 and {"items", "search", "rows"} <= {*cost["covers"]}
    assert [*cost["unpriced"]] == ["messages", "jobs", "services", "cache"]
    assert cost["not_divided"] == {"Amazon ElastiCache": 70.0}
    lines = [" ".join(map(str, each)) for each in rows(told)]
    assert "search 4 documents, 3000 bytes with copies 100" in lines
    assert "all tenants', not divided Amazon ElastiCache 70.0 70" in lines
    assert any(each.startswith("not in the sum cache: no user of it") for each in lines)


def test_what_all_tenants_have_is_a_reason_where_nobody_knows_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("add", "acme")
    world.fill()
    space, month = shared(world, Shared()), meter.Month.now()
    found, plain = space.registry.get("acme"), world.database.order
    monkeypatch.setattr(world.database, "order", lambda *told, **more: {**plain(*told, **more), "of_all": None})
    # Counted six hours ago, there were fewer than the tenant has: no more than all of it is its share.
    monkeypatch.setattr(space.items, "of_all", lambda: 5)
    cost = usage(space, found, month)["cost"]
    assert cost["estimated"]["items"] == 40.0 and cost["estimated"]["rows"] is None
    assert cost["unpriced"]["rows"] == "what all tenants have of it is not known"
    before = usage(space, found, meter.Month("2026-01"))["cost"]
    assert before["estimated"]["search"] is None
    assert before["unpriced"]["search"] == "what the tenant has of it is not known"


def test_a_silos_rows_are_in_its_tag_and_its_items_and_index_in_what_all_share(world: World) -> None:
    world.run("add", "acme", "--tier", "silo", code=6)
    world.deploy_silo()
    world.run("add", "acme")
    world.fill()
    costs = Shared()
    space = shared(world, costs)
    cost = usage(space, space.registry.get("acme"), meter.Month.now())["cost"]
    assert sorted(costs.tags) == ["acme", "shared", "shared"]
    assert cost["dollars"] == 30.0 + 20.0 + 100.0 and cost["estimated"]["rows"] is None
    assert cost["covers"] == ["items", "search", "its own resources, by their tag"]
    assert cost["not_divided"] == {"Amazon ElastiCache": 70.0, "Amazon Relational Database Service": 20.0}


def test_of_a_month_that_no_log_reaches_back_to_messages_are_unknown(world: World) -> None:
    world.run("add", "acme")
    world.logs.since = int(datetime.now(UTC).timestamp()) - 86_400
    told = world.json("usage", "acme", "--month", "2026-01")
    assert told["queued"] is None and told["jobs"] is None and told["rows"] is None
    assert world.json("usage", "acme")["queued"] == {}
    world.logs.states = ("Running", "Failed")
    assert world.json("usage", "acme")["queued"] is None


def test_limits_tell_what_each_did_to_this_tenant(world: World) -> None:
    world.run("add", "acme")
    refused = f'FATAL:  53300: too many connections for role "{ID}_search"'
    world.logs.events["/aws/rds/instance/dataconnect-prod/postgresql"] += [refused, refused, refused.replace(ID, NEIGHBOUR)]
    took(world, "index", ID, taken=4, waited=600.0)
    world.batch.jobs = [job(ID, "RUNNABLE", 30)]
    told = {each["name"]: each["did"] for each in world.json("limits", "acme")["limits"]}
    assert told["connections"] == "2 sessions refused this month; now open: data_products 0, search 0"
    assert told["share of the queues"] == "this month: index took 4 of 4, 0 times one failed, the longest waited 600 s"
    assert told["share of the batch queue"].startswith("1 waiting, 0 running")
    assert world.logs.asked[0]["startTime"] == int(meter.Month.now().start.timestamp())


def test_a_silos_refused_sessions_are_in_its_own_databases_log(world: World) -> None:
    world.run("add", "acme", "--tier", "silo", code=6)
    world.deploy_silo()
    world.run("add", "acme")
    world.logs.events[f"/aws/rds/instance/{ID}-prod/postgresql"].append(f'too many connections for role "{ID}_search"')
    told = {each["name"]: each["did"] for each in world.json("limits", "acme")["limits"]}
    assert told["connections"].startswith("1 sessions refused")


def test_a_query_that_scans_more_than_one_may_is_cancelled_and_told(world: World, tmp_path: Path) -> None:
    """DuckDB reads files; what it reads is what counts, and 10 MB is the least that Athena takes for a limit."""
    world.run("add", "acme")
    folder = tmp_path / f"tenant={ID}" / "dataset=loans" / "date=2026-11-28"
    folder.mkdir(parents=True)
    made = {each.name: "now()" if each.kind == "time" else "NULL" for each in curated("loans")} | {"loan_id": "md5(i::text)"}
    values = ", ".join(f"{value} AS {name}" for name, value in made.items())
    duckdb.connect().execute(f"COPY (SELECT {values} FROM range(400000) t(i)) TO '{folder}/part-0.parquet'")
    world.athena.engine = Lake(tmp_path).scan
    world.athena.counted = lambda _, state, size: scan(world, size, state=state)
    athena: Any = boto3.client("athena", REGION)

    def ask(text: str) -> Any:
        id = athena.start_query_execution(WorkGroup=GROUP, QueryString=text)["QueryExecutionId"]
        return athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]

    wide, narrow = "SELECT loan_id FROM loans", "SELECT count(*) FROM loans"
    assert ask(wide)["Status"]["State"] == "SUCCEEDED"
    athena.update_work_group(WorkGroup=GROUP, ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000})
    stopped = ask(wide)
    assert stopped["Status"] == {"State": "CANCELLED", "StateChangeReason": "Bytes scanned limit was exceeded"}
    assert stopped["Statistics"]["DataScannedInBytes"] == 10_000_000
    assert ask(narrow)["Status"]["State"] == "SUCCEEDED"
    told = world.json("usage", "acme")["scanned"]
    assert (told["succeeded"], told["cancelled"]) == (2, 1) and told["bytes"] > 20_000_000
    did = {each["name"]: each["did"] for each in world.json("limits", "acme")["limits"]}["GiB a query scans"]
    assert did == "1 of its last 3 queries stopped by it; 1 cancelled this month, by it or by whomever"


# Export


def exported(world: World) -> dict[str, bytes]:
    found = world.s3.list_objects_v2(Bucket="handover").get("Contents", [])
    return {each["Key"]: world.s3.get_object(Bucket="handover", Key=each["Key"])["Body"].read() for each in found}


def test_an_export_is_the_current_data_with_a_list_of_its_sha256_and_leaves_the_tenant_as_it_is(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    told = world.json("export", "acme", "--to", "handover")
    there = exported(world)
    manifest = there.pop(f"export/{ID}.jsonl")
    assert told["sha256"] == hashlib.sha256(manifest).hexdigest() and told["objects"] == len(there) == 4
    listed = {each["key"]: each for each in map(json.loads, manifest.splitlines())}
    assert listed.keys() == there.keys()
    for key, body in there.items():
        assert listed[key]["bytes"] == len(body)
        assert listed[key]["sha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert f"export/curated/tenant={ID}/dataset=loans/one" in there
    assert not any("z" * 15 in key for key in there) and world.json("show", "acme")["status"] == "active"


def test_an_export_that_is_run_again_copies_what_is_new_and_no_more(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    world.run("export", "acme", "--to", "handover")
    before = len(world.calls)
    world.s3.put_object(Bucket="prod-curated", Key=f"tenant={ID}/dataset=loans/two", Body=b"more")
    world.run("export", "acme", "--to", "handover")
    assert [call for call in world.calls[before:] if "Copy" in call] == ["s3:CopyObject"]
    assert exported(world)[f"export/curated/tenant={ID}/dataset=loans/two"] == b"more"


def test_an_export_that_is_killed_goes_on_where_it_stopped(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    world.kill_at = len(world.calls) + 3
    world.run("export", "acme", "--to", "handover", code=None)
    world.revive()
    world.run("export", "acme", "--to", "handover")
    assert len(exported(world)) == 5


def test_a_copy_that_is_not_as_listed_is_told(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    world.run("export", "acme", "--to", "handover")
    lake = world.open(world.stack).lake
    assert lake.export_faults(ID, "handover") == []
    key = f"export/curated/tenant={ID}/dataset=loans/one"
    world.s3.put_object(Bucket="handover", Key=key, Body=b"NEW", ChecksumAlgorithm="SHA256")
    assert lake.export_faults(ID, "handover") == [f"{key} is not as listed"]
    world.s3.delete_object(Bucket="handover", Key=f"export/{ID}.jsonl")
    assert lake.export_faults(ID, "handover") == [f"there is no list of it, export/{ID}.jsonl"]


@pytest.mark.parametrize(
    "command", [("export", "acme", "--to", "handover"), ("remove", "acme", "--yes", "acme", "--export-to", "handover")]
)
def test_what_was_written_over_since_is_copied_anew_though_it_is_as_large(world: World, command: tuple[str, ...]) -> None:
    world.run("add", "acme")
    world.fill()
    world.run("export", "acme", "--to", "handover")
    key = f"tenant={ID}/dataset=loans/one"
    before = exported(world)[f"export/curated/{key}"]
    world.s3.put_object(Bucket="prod-curated", Key=key, Body=before[::-1])
    lake = world.open(world.stack).lake
    assert not lake.is_exported(ID, "handover")
    assert lake.export_faults(ID, "handover") == [f"export/curated/{key} is of what was written over since"]
    world.run(*command)
    assert exported(world)[f"export/curated/{key}"] == before[::-1] != before


def test_what_is_written_over_while_it_is_copied_is_no_copy_of_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("add", "acme")
    world.fill()
    lake = world.open(world.stack).lake
    listed = list(lake.exports(ID))
    bucket, key, _, _ = listed[0]
    world.s3.put_object(Bucket=bucket, Key=key, Body=b"another")
    monkeypatch.setattr(lake, "exports", lambda _: iter(listed))
    with pytest.raises(ClientError, match="Precondition"):
        lake.export(ID, "handover")
    assert exported(world) == {}


@pytest.mark.parametrize("bucket", ["prod-curated", "prod-raw-west", "arn:aws:s3:::x"])
def test_an_export_goes_to_no_bucket_of_the_lake(world: World, bucket: str) -> None:
    world.run("add", "acme")
    assert world.json("export", "acme", "--to", bucket, code=2)["error"].startswith(f"--to is {bucket}".replace("arn", "'arn"))


def test_a_removed_tenant_has_nothing_to_export(world: World) -> None:
    world.run("add", "acme")
    world.run(*REMOVE)
    assert "acme is removed" in world.json("export", "acme", "--to", "handover", code=4)["error"]
