"""What the heartbeat runs against in tests: PostgreSQL itself, and moto's DynamoDB for the table `recovery`."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3

from components.data.heartbeat_function.handler import heart_of
from components.data.heartbeat_function.heart import Heart
from tests.postgres import DATABASE, MASTER, PASSWORD, Server

HERE, THERE = "us-west-2", "us-east-2"
SECRET = json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})


def client_of(service: str, region: str) -> Any:
    """A client of a service in a region."""
    make: Any = boto3.client
    return make(service, region_name=region, aws_access_key_id="of-nobody", aws_secret_access_key="of-nobody")


def make_table(region: str) -> Any:
    """A client of DynamoDB in a region that has a table `recovery`."""
    client = client_of("dynamodb", region)
    client.create_table(
        TableName="recovery",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def activate(client: Any, region: str) -> None:
    """Record a region as the active one."""
    client.put_item(TableName="recovery", Item={"id": {"S": "active"}, "item": {"S": "region"}, "region": {"S": region}})


def heart(
    client: Any, databases: dict[str, Server | int], authorities: Any, *, region: str, now: Callable[[], float] = time.time
) -> Heart:
    """The heart of a region with these databases, or what listens at these ports."""
    return heart_of(
        {
            "stack": "prod",
            "region": region,
            "primary": THERE,
            "table": "recovery",
            "switches": {
                "database": [
                    {
                        "name": name,
                        "address": "localhost",
                        "port": each if isinstance(each, int) else each.tls_port,
                        "credentials": "arn",
                    }
                    for name, each in databases.items()
                ]
            },
        },
        dynamodb=client,
        read_secret=lambda _arn, _stage: SECRET,
        authorities=authorities,
        now=now,
    )
