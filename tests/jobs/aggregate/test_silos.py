"""A silo's data goes to the silo's buckets and database, or the run ends before it begins."""

import json
from collections import defaultdict
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import psycopg
import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.aggregate import __main__ as job
from jobs.aggregate import tables
from jobs.aggregate.order import Order
from jobs.aggregate.tables import Judged, Part
from tests.jobs.aggregate.platform import (
    ACME,
    CURATED,
    DUMPS,
    RAW,
    REGION,
    REGISTRY,
    SCHEMA,
    ZENITH,
    Platform,
    message,
)
from tests.jobs.aggregate.test_main import run, variables
from tests.postgres import DATABASE, MASTER

HOST, DATABASE_OF_THE_SILO = "acme.silo.example", "silo"
BUCKETS = {name: f"{name}-{ACME}" for name in (RAW, CURATED, DUMPS)}
POOL_HOST = "localhost"


def settle(lake: Platform, region: str = REGION, host: str = HOST, **changes: str) -> None:
    """Enter where acme's silo lies, and what is different about it, as Pulumi enters it."""
    item: Any = {
        "tenant": {"S": ACME},
        "item": {"S": f"place#{region}"},
        "database_host": {"S": host},
        "buckets": {"M": {name: {"S": bucket} for name, bucket in (BUCKETS | changes).items()}},
    }
    lake.dynamodb.put_item(TableName=REGISTRY, Item=item)


def unsettle(lake: Platform) -> None:
    for region in (REGION, "us-west-2"):
        lake.dynamodb.delete_item(TableName=REGISTRY, Key={"tenant": {"S": ACME}, "item": {"S": f"place#{region}"}})


@pytest.fixture(scope="module")
def built(whole: Platform) -> Platform:
    """The platform with acme's silo: buckets, and a database on the same server."""
    for bucket in BUCKETS.values():
        whole.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    whole.server.psql(f"CREATE DATABASE {DATABASE_OF_THE_SILO} OWNER {MASTER}", database="postgres")
    whole.server.psql(SCHEMA, user=MASTER, database=DATABASE_OF_THE_SILO)
    return whole


@pytest.fixture
def silo(built: Platform, lake: Platform) -> Platform:
    """Empty, with nothing said of the silo."""
    for bucket in BUCKETS.values():
        for key in lake.keys(bucket):
            lake.s3.delete_object(Bucket=bucket, Key=key)
    unsettle(lake)
    assert built is lake
    return lake


@pytest.fixture
def connected(silo: Platform, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Host and token of each connection; the silo's host is a database of its own."""
    connect: Any = psycopg.connect
    seen = list[tuple[str, str]]()

    def routed(**told: Any) -> Any:
        seen.append((told["host"], told["password"]))
        there = {"host": POOL_HOST, "dbname": DATABASE_OF_THE_SILO} if told["host"] == HOST else {}
        return connect(**told | there)

    monkeypatch.setattr(tables.psycopg, "connect", routed)
    assert silo
    return seen


def deliver(lake: Platform, number: int, bucket: str) -> None:
    """Put a message of acme into a raw bucket."""
    told = message(number)
    key = f"tenant={ACME}/dataset=loans/date=2026-11-28/{told['id']}.json"
    lake.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(told).encode())


def test_a_silos_run_reads_and_writes_its_own_buckets_and_database(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    silo.register(tier="silo")
    settle(silo)
    deliver(silo, 1, BUCKETS[RAW])
    silo.s3.put_object(Bucket=BUCKETS[RAW], Key=f"tenant={ACME}/dataset=loans/date=2026-11-28/broken.json", Body=b"{")
    deliver(silo, 2, RAW)
    code, told = run(silo, capsys)
    assert (code, told["accepted"], told["loans"], told["rejected"]) == (0, 1, 1, {"json": 1})
    folder = f"tenant={ACME}/dataset=loans/date=2026-11-28"
    assert silo.keys(BUCKETS[CURATED]) == [f"{folder}/part-0.parquet"]
    assert silo.keys(BUCKETS[DUMPS]) == [told["dump"]["key"]]
    assert silo.keys(BUCKETS[RAW], f"tenant={ACME}/rejected/") == [
        f"tenant={ACME}/rejected/dataset=loans/date=2026-11-28/broken.json"
    ]
    assert silo.keys(RAW) == [f"{folder}/m2.json"] and not silo.keys(CURATED) and not silo.keys(DUMPS)
    query = "SELECT count(*) FROM lending.loan"
    assert [silo.server.psql(query, database=name) for name in (DATABASE_OF_THE_SILO, DATABASE)] == [["1"], ["0"]]
    ((host, token),) = connected
    assert host == HOST and token.startswith(f"{HOST}:{silo.server.tls_port}/?Action=connect&DBUser={ACME}_aggregate&")


def test_a_run_of_the_pool_goes_where_the_variables_say(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    settle(silo)  # is not asked for
    deliver(silo, 1, RAW)
    assert run(silo, capsys)[0] == 0
    assert [host for host, _ in connected] == [POOL_HOST] and silo.rows("SELECT loan_id FROM lending.loan") == ["loan-1"]


def test_the_registry_is_read_in_the_tenants_session_and_as_it_was_written_last(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    silo.register(tier="silo")
    settle(silo)
    taken, asked, call = set[str](), list[tuple[str, Any]](), BaseClient._make_api_call

    def watched(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        answer = call(self, operation, parameters)
        if operation == "AssumeRole":
            taken.add(answer["Credentials"]["AccessKeyId"])
        if operation == "GetItem":
            asked.append((self._request_signer._credentials.access_key, parameters))
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    assert run(silo, capsys)[0] == 0 and connected
    assert [parameters["Key"]["item"]["S"] for _, parameters in asked] == ["registry", f"place#{REGION}"]
    assert {key for key, _ in asked} == taken
    assert all(each["ConsistentRead"] and each["Key"]["tenant"] == {"S": ACME} for _, each in asked)


@pytest.mark.parametrize("status", ["onboarding", "suspended", "removing", "removed", ""])
@pytest.mark.parametrize("tier", ["pool", "silo"])
def test_a_tenant_that_is_not_active_is_not_worked_for(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str], status: str, tier: str
) -> None:
    silo.register(status=status, tier=tier)
    settle(silo)
    assert run(silo, capsys)[1] | {"seconds": 0} == {
        "job": "aggregate",
        "tenant": ACME,
        "dataset": "loans",
        "error": f"the tenant's status in the registry is {status!r}; expected active",
        "exit_code": 20,
        "seconds": 0,
    }
    assert not connected


def test_a_tenant_that_nobody_knows_is_not_worked_for(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = run(silo, capsys, "--tenant", "tnobodynobody555")
    assert (code, told["error"]) == (20, "the tenant's status in the registry is ''; expected active")
    assert not connected


@pytest.mark.parametrize("tier", ["", "Pool", "cell"])
def test_a_tier_that_nobody_knows_is_not_the_pool(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str], tier: str
) -> None:
    silo.register(tier=tier)
    settle(silo)
    code, told = run(silo, capsys)
    assert (code, told["error"]) == (20, f"the tenant's tier in the registry is {tier!r}; expected pool or silo")
    assert not connected


def test_a_silo_without_a_place_in_this_region_is_tried_again(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    silo.register(tier="silo")
    settle(silo, region="us-west-2")
    code, told = run(silo, capsys)
    assert (code, told["error"]) == (10, "the registry has no place#us-east-2 of the tenant's silo")
    assert not connected
    settle(silo)
    assert run(silo, capsys)[0] == 0


NO_PLACE = "registry, place#us-east-2: expected buckets (raw, curated, dumps) and database_host"
THE_POOLS = "registry, place#us-east-2: expected a silo's own buckets and database, none of the pool's"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"raw": ""}, NO_PLACE),
        ({"curated": "s3://curated"}, NO_PLACE),
        ({"dumps": "Dumps"}, NO_PLACE),
        ({"host": ""}, NO_PLACE),
        ({"host": "a b"}, NO_PLACE),
        ({"raw": RAW}, THE_POOLS),
        ({"curated": CURATED}, THE_POOLS),
        ({"dumps": DUMPS}, THE_POOLS),
        ({"host": POOL_HOST}, THE_POOLS),
    ],
)
def test_a_place_that_is_none_is_not_tried_again_and_neither_is_the_pool(
    silo: Platform, connected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str], changes: dict[str, str], error: str
) -> None:
    silo.register(tier="silo")
    settle(silo, **changes)
    code, told = run(silo, capsys)
    assert (code, told["error"]) == (20, error)
    assert not connected


# Whatever happens


@dataclass
class Rows:
    """The tables of one host, as far as a run uses them."""

    session: Any = None
    entered: dict[str, str] = field(default_factory=dict[str, str])
    parts: int = 0

    def known(self, folder: str, names: Sequence[str]) -> set[str]:
        assert folder
        return {name for name in names if name in self.entered}

    def accepted(self, names: Collection[str]) -> dict[str, bytes]:
        assert names is not None
        return {}

    def next_part(self, folder: str) -> int:
        assert folder
        return self.parts

    def enter(self, folder: str, judged: Sequence[Judged], part: Part | None) -> int:
        assert folder
        self.entered |= {each.name: each.outcome for each in judged}
        self.parts += part is not None
        return len(judged)


@pytest.fixture
def databases(silo: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], Rows]]:
    """Host and tenant -> rows; one session of AWS for each tenant, which takes a second to make."""
    found, sessions = defaultdict[tuple[str, str], Rows](Rows), dict[str, boto3.Session]()

    @contextmanager
    def opened(order: Order, token: str) -> Generator[Rows]:
        assert token.startswith(f"{order.host}:{order.port}/?Action=connect&DBUser={order.login}&")
        yield found[order.host, order.tenant]

    make = job.tenant_session

    def session(*, tenant: str, **told: str) -> boto3.Session:
        if tenant not in sessions:
            sessions[tenant] = make(tenant=tenant, **told)
        return sessions[tenant]

    monkeypatch.setattr(job, "open_tables", opened)
    monkeypatch.setattr(job, "tenant_session", session)
    assert silo
    yield found


TIERS = st.sampled_from(["pool", "silo", "silo", "cell", ""])
STATUSES = st.sampled_from(["active", "active", "active", "suspended", "onboarding"])
PLACES = st.sampled_from(["right", "right", "none", "elsewhere", "the pool's host", "the pool's bucket"])
STEPS = st.lists(
    st.tuples(st.just("row"), STATUSES, TIERS)
    | st.tuples(st.just("place"), PLACES)
    | st.tuples(st.just("deliver"), st.integers(1, 4), st.booleans())
    | st.tuples(st.just("run"), st.sampled_from([ACME, ACME, ZENITH])),
    min_size=4,
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_of_a_silo_ever_lies_in_the_pool_and_nothing_of_the_pool_in_a_silo(
    silo: Platform, databases: dict[tuple[str, str], Rows], capsys: pytest.CaptureFixture[str], steps: Any
) -> None:
    for bucket in (*BUCKETS, *BUCKETS.values()):
        for key in silo.keys(bucket):
            silo.s3.delete_object(Bucket=bucket, Key=key)
    unsettle(silo)
    silo.register()
    databases.clear()
    row: tuple[str, str] = ("active", "pool")
    place = "none"

    def lies(host: str, buckets: Collection[str]) -> Any:
        return dict(databases[host, ACME].entered), [silo.keys(bucket, f"tenant={ACME}/") for bucket in buckets]

    everything: list[Any] = [*steps, ("run", ACME)]
    for what, *told_of in everything:
        pool, own = lies(POOL_HOST, BUCKETS), lies(HOST, BUCKETS.values())
        if what == "row":
            row = (told_of[0], told_of[1])
            silo.register(ACME, *row)
        elif what == "place":
            (place,) = told_of
            unsettle(silo)
            if place == "elsewhere":
                settle(silo, region="us-west-2")
            elif place != "none":
                settle(
                    silo, **{"the pool's host": {"host": POOL_HOST}, "the pool's bucket": {"curated": CURATED}}.get(place, {})
                )
        elif what == "deliver":
            deliver(silo, told_of[0], RAW if told_of[1] else BUCKETS[RAW])
        else:
            (tenant,) = told_of
            code = job.main(["--tenant", tenant, "--dataset", "loans", "--no-dump"], variables(silo))
            where = "pool" if row == ("active", "pool") else "silo" if (*row, place) == ("active", "silo", "right") else ""
            if tenant == ACME:
                again = row == ("active", "silo") and place in ("none", "elsewhere")
                assert code == (0 if where else 10 if again else 20)
            if tenant != ACME or where != "pool":
                assert lies(POOL_HOST, BUCKETS) == pool
            if tenant != ACME or where != "silo":
                assert lies(HOST, BUCKETS.values()) == own
    assert {host for host, tenant in databases if tenant == ZENITH} <= {POOL_HOST}
    capsys.readouterr()
