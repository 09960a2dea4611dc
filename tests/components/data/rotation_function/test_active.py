"""Rotations in whichever region is active: real databases, the table as DynamoDB has it, and a copy of the secret that lags."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.data.rotation_function.active import ActiveMasters, Order, Table
from components.data.rotation_function.rotation import NotYetError, Rotation
from components.data.users_function.credentials import log_in, reader
from functions.recovery.record import Record
from tests.components.data.rotation_function.world import ARN, STEPS, World, local
from tests.postgres import MASTER, PASSWORD, Server, server

HERE, THERE = "us-east-2", "us-west-2"


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """One server, and another in the other region: which major does not matter to who decides."""
    with server(18) as started:
        yield started


@pytest.fixture(scope="module")
def away() -> Iterator[Server]:
    with server(18) as started:
        yield started


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-nobody")
    with mock_aws():
        make: Any = boto3.client
        client = make("dynamodb", region_name=HERE)
        key = [("id", "HASH"), ("item", "RANGE")]
        client.create_table(
            TableName="recovery",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in key],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in key],
        )
        yield client


@dataclass
class Lambda:
    """The other region's function, called by its name."""

    masters: ActiveMasters
    orders: list[Order] = field(default_factory=list[Order])

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert FunctionName == "dataconnect-prod-recovery-database-rotation"
        order: Order = json.loads(Payload)
        self.orders.append(order)
        try:
            self.masters.fulfil(order)
        except Exception as error:
            told = json.dumps({"errorMessage": str(error)}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(told)}
        return {"Payload": io.BytesIO(b"{}")}


@dataclass
class Regions:
    """Both regions: the secret's own is `HERE`."""

    world: World
    away: Server
    dynamodb: Any

    def __post_init__(self) -> None:
        table = Table(dynamodb=self.dynamodb, name="recovery", primary=HERE)
        there = ActiveMasters(region=THERE, here=local(self.away, self.world.manager), table=table, awslambda=None)
        self.awslambda = Lambda(there)
        self.masters = ActiveMasters(region=HERE, here=self.world.masters(), table=table, awslambda=self.awslambda)
        self.record = Record(self.dynamodb, "recovery")

    def step(self, name: str, token: str) -> None:
        Rotation(manager=self.world.manager, masters=self.masters, sleep=lambda _: None).step(name, ARN, token)

    def fail_over(self, region: str, epoch: int) -> None:
        self.record.put_site(region, json.dumps({"stack": "prod-recovery" if region == THERE else "prod"}), 0)
        self.record.decide(region, f"run-{epoch}", epoch, 0)

    def read_there(self) -> None:
        """Log in to the other region's database with the copy of the secret there."""
        copy = self.world.manager.copy(THERE)
        world = World(self.away, copy)
        with log_in(copy.arn, reader(copy), world.open) as session:
            assert session.run("SELECT current_user") == [(MASTER,)]


@pytest.fixture
def regions(running: Server, away: Server, dynamodb: Any) -> Regions:
    running.reset()
    away.reset()
    return Regions(World(running), away, dynamodb)


def opens(server: Server, password: str) -> bool:
    return server.attempt("SELECT 1", user=MASTER, password=password).returncode == 0


def rotate(regions: Regions) -> None:
    token = regions.world.manager.begin()
    for name in STEPS:
        regions.step(name, token)


def test_before_the_first_failover_it_is_done_in_the_primary_region(regions: Regions) -> None:
    rotate(regions)
    assert not regions.awslambda.orders
    assert opens(regions.world.server, regions.world.password()) and opens(regions.away, PASSWORD)


def test_after_a_failover_the_promoted_database_is_changed_and_after_giving_back_the_first_one(regions: Regions) -> None:
    regions.fail_over(THERE, 1)
    rotate(regions)
    there = regions.world.password()
    assert opens(regions.away, there) and not opens(regions.away, PASSWORD) and opens(regions.world.server, PASSWORD)
    assert [each["act"] for each in regions.awslambda.orders] == ["change", "prove", "prove"]
    regions.read_there()
    # Given back: the database of a new generation, which followed the other one, has its passwords.
    regions.world.server.psql(f"ALTER ROLE {MASTER} PASSWORD '{there}'")
    regions.fail_over(HERE, 2)
    rotate(regions)
    assert opens(regions.world.server, regions.world.password()) and opens(regions.away, there)
    regions.world.read()


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("replicated", [False, True], ids=["lost", "replicated"])
def test_a_failover_after_any_step_shuts_nobody_out_and_the_rotation_ends_there(
    regions: Regions, steps: int, replicated: bool
) -> None:
    """Whether the replica had the change already when its source was lost, or never gets it."""
    token = regions.world.manager.begin()
    for name in STEPS[:steps]:
        regions.step(name, token)
    if replicated and steps > 1:
        regions.away.psql(f"ALTER ROLE {MASTER} PASSWORD '{json.loads(str(regions.world.manager.values[token]))['password']}'")
    regions.fail_over(THERE, 1)
    regions.read_there()
    for name in STEPS:
        regions.step(name, token)
    regions.read_there()
    rotate(regions)
    regions.read_there()
    assert opens(regions.away, regions.world.password())


def test_a_region_that_is_not_the_active_one_refuses_the_order(regions: Regions) -> None:
    with pytest.raises(NotYetError, match="us-east-2 is the active region, and not us-west-2"):
        regions.awslambda.masters.fulfil(Order(act="change", secret=ARN, token="any"))


def test_what_the_other_region_says_is_told(regions: Regions) -> None:
    regions.fail_over(THERE, 1)
    token = regions.world.manager.begin()
    regions.step("createSecret", token)
    with pytest.raises(NotYetError, match=r"us-west-2 is the active region, and dataconnect-prod-recovery-.* there: the passw"):
        regions.step("testSecret", token)


def test_an_active_region_that_never_told_of_itself_is_named(regions: Regions) -> None:
    regions.record.decide(THERE, "run-1", 1, 0)
    token = regions.world.manager.begin()
    regions.step("createSecret", token)
    with pytest.raises(NotYetError, match="us-west-2 is the active region, and has not told"):
        regions.step("setSecret", token)
    assert opens(regions.world.server, PASSWORD)


def test_a_database_that_follows_another_is_not_changed(regions: Regions, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL itself refuses to change a password there: it is read-only."""
    monkeypatch.setattr("components.data.rotation_function.masters.Connection.run", lambda *_: [("t",)])
    with pytest.raises(NotYetError, match="follows another"):
        regions.world.masters().prove(ARN, regions.world.manager.begin())
