"""What tenants cost: the matrix of isolation for so many of them, and what a plan has to do with them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from moto import mock_aws

from components.compute.job_spec import REGISTRY
from operations.tenants.registry import Registry, Tenant, now
from tests.isolation import tried
from tests.stacks.estate import Estate, run


@dataclass(frozen=True)
class Asked:
    """The simulator's answers: how many requests were asked, how many were allowed, and the time in seconds."""

    requests: int
    allowed: int
    seconds: float


def ask(tenants: int) -> Asked:
    """What each of so many tenants may do with its own data, asked of its neighbour's; of none: one request of nobody's."""
    asked = tried.across(tenants) if tenants else tried.across(1)[:1]
    policies = tried.policies()
    started = time.perf_counter()
    found = tried.breaches(policies, asked)
    return Asked(len(asked), len(found), time.perf_counter() - started)


@dataclass(frozen=True)
class Declared:
    """The program of prod, run: its resources, and how many calls it made to AWS meanwhile."""

    resources: int
    calls: int


def declare(tenants: int, silos: Mapping[str, Any] | None = None) -> Declared:
    """Run the program where so many tenants are in the registry, within reach of a program that would ask for them."""
    made = run("prod")
    calls: list[str] = []
    call = cast(Any, BaseClient)._make_api_call  # every call of any client passes here

    def counted(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        calls.append(operation)
        return call(client, operation, parameters)

    credentials = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": made.region}
    with mock_aws(), patch.dict("os.environ", credentials), patch.object(BaseClient, "_make_api_call", counted):
        _fill(made, tenants)
        calls.clear()
        found = run("prod", {"silos": dict(silos or {})})
    return Declared(len(found.resources), len(calls))


def _fill(estate: Estate, tenants: int) -> None:
    table = estate.inputs("dynamodb/table:Table", REGISTRY)
    name = estate.state("dynamodb/table:Table", REGISTRY)["name"]
    client = boto3.client("dynamodb", region_name=estate.region)
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": table["hashKey"], "KeyType": "HASH"},
            {"AttributeName": table["rangeKey"], "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": table[key], "AttributeType": "S"} for key in ("hashKey", "rangeKey")],
        BillingMode="PAY_PER_REQUEST",
    )
    registry = Registry(client, name)
    for number, tenant in enumerate(tried.ids(tenants)):
        row = Tenant(
            id=tenant, slug=f"lender-{number}", name=tenant, tier="pool", cell="prod", status="active", created_at=now()
        )
        if not registry.claim(row):
            raise RuntimeError(f"the registry did not take {row}")
