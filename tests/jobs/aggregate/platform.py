"""What the job runs against in tests: a real PostgreSQL server, and moto's S3 and STS behind boto3, in this process."""

import io
import json
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import psycopg
from moto import mock_aws
from pyarrow import parquet

from jobs.aggregate.lake import Bucket
from jobs.aggregate.order import Order
from jobs.aggregate.run import Summary, run_for
from jobs.aggregate.tables import open_tables
from tests.loans import record
from tests.postgres import ADMINISTRATOR, DATABASE, MASTER, Server, server

ACME, ZENITH = "tacmeacmeacme222", "tzenithzenith333"
REGION = "us-east-2"
ROLE = "arn:aws:iam::123456789012:role/dev-aggregate-tenant"  # moto's account: another one has other tables
RAW, CURATED, DUMPS = "raw", "curated", "dumps"
REGISTRY = "tenants"
SCHEMA = Path(__file__).parents[3].joinpath("jobs", "aggregate", "schema.sql").read_text(encoding="utf-8")
KEYS: Any = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "tenant", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item")],
}
"""Of the registry."""
DAY = "2026-11-28"
TODAY = date(2026, 11, 29)


@dataclass(frozen=True)
class Platform:
    """The server, a session above row level security, and clients of S3 and DynamoDB that may see everything."""

    server: Server
    administrator: psycopg.Connection[Any]
    s3: Any
    dynamodb: Any

    def order(self, tenant: str = ACME, **changes: Any) -> Order:
        told: dict[str, Any] = {
            "tenant": tenant,
            "dataset": "loans",
            "role": ROLE,
            "registry": REGISTRY,
            "raw": RAW,
            "curated": CURATED,
            "dumps": DUMPS,
            "region": REGION,
            "host": "localhost",
            "port": self.server.tls_port,
            "database": DATABASE,
            "user": "aggregate",
            "authorities": self.server.authorities,
        }
        return Order(**told | changes)

    def aggregate(self, tenant: str = ACME, *, chunk_objects: int = 10_000, **changes: Any) -> Summary:
        """What the job does, but for its session of AWS, which takes a second to make: `test_main` has that."""
        order = self.order(tenant, **changes)
        with open_tables(order, "a token") as tables:
            run = replace(run_for(order, tables, self.s3), chunk_objects=chunk_objects)
            run.aggregate(order.dates)
            if order.dump:
                run.dump(TODAY)
        return run.summary

    def deliver(self, body: bytes | Mapping[str, Any], *, day: str = DAY, name: str = "", tenant: str = ACME) -> str:
        """Put a message where ingestion puts it; the key."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        name = name or (str(body["id"]) if not isinstance(body, bytes) else "m1")
        key = f"tenant={tenant}/dataset=loans/date={day}/{name}.json"
        self.s3.put_object(Bucket=RAW, Key=key, Body=text)
        return key

    def register(self, tenant: str = ACME, status: str = "active", tier: str = "pool") -> None:
        """Enter a tenant's row."""
        item = {"tenant": tenant, "item": "registry", "status": status, "tier": tier}
        self.dynamodb.put_item(TableName=REGISTRY, Item={name: {"S": value} for name, value in item.items()})

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return [each.key for each in Bucket(self.s3, bucket).objects(prefix)]

    def body(self, bucket: str, key: str) -> bytes:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def reasons(self, tenant: str = ACME) -> Counter[str]:
        """Of what is set aside in the bucket."""
        keys = self.keys(RAW, f"tenant={tenant}/rejected/")
        return Counter(json.loads(self.body(RAW, key))["reason"] for key in keys)

    def curated(self, tenant: str = ACME) -> list[dict[str, Any]]:
        """Every row of every curated file."""
        files = [self.body(CURATED, key) for key in self.keys(CURATED, f"tenant={tenant}/")]
        return [row for file in files for row in parquet.ParquetFile(io.BytesIO(file)).read().to_pylist()]

    def rows(self, query: str) -> list[str]:
        """What a query returns to somebody above row level security, in the order of the text."""
        return sorted("|".join(map(str, row)) for row in self.administrator.execute(query.encode()))

    def empty(self) -> None:
        """Take everything out of the buckets and the tables; both tenants are active and in the pool."""
        for tenant in (ACME, ZENITH):
            self.register(tenant)
        for bucket in (RAW, CURATED, DUMPS):
            for key in self.keys(bucket):
                self.s3.delete_object(Bucket=bucket, Key=key)
        self.administrator.execute("DELETE FROM lending.loan; DELETE FROM lending.delivery")
        self.administrator.execute("DELETE FROM lending.loan_daily; DELETE FROM lending.curated_part")


@contextmanager
def platform(major: int) -> Generator[Platform]:
    """A platform with the tables, two tenants, and empty buckets."""
    with server(major) as running, mock_aws():
        set_up(running)
        s3: Any = boto3.client("s3", region_name=REGION)
        dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        dynamodb.create_table(TableName=REGISTRY, **KEYS)
        for bucket in (RAW, CURATED, DUMPS):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        where = f"host=127.0.0.1 port={running.port} user={ADMINISTRATOR} dbname={DATABASE}"
        with psycopg.connect(where, autocommit=True) as administrator:
            yield Platform(running, administrator, s3, dynamodb)


def set_up(running: Server) -> None:
    """Make the tables and the tenants' roles, as the master."""
    running.psql(SCHEMA, user=MASTER)
    for tenant in (ACME, ZENITH):
        for service, group in (("aggregate", "lending_write"), ("search", "lending_read")):
            role = f"{tenant}_{service}"
            running.psql(f"CREATE ROLE {role} LOGIN; GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE", user=MASTER)


def message(number: int = 1, *, tenant: str = ACME, id: str = "", **changes: Any) -> dict[str, Any]:
    """A message that is right, and what is different about its record."""
    received_at = datetime(2026, 11, 28, 9, tzinfo=UTC).isoformat()
    told = {"id": id or f"m{number}", "tenant": tenant, "dataset": "loans", "received_at": received_at}
    return {**told, "record": record(number, **changes)}
