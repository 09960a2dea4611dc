"""A lender's curated data, its shares and the bucket of products, in moto."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from jobs.aggregate.curated import columns, parquet_bytes
from jobs.aggregate.records import SCHEMAS, Message
from tests.jobs.aggregate.platform import ACME, KEYS, REGION
from tests.loans import record

CURATED, PRODUCTS, REGISTRY = "curated", "products", "tenants"
ACCOUNT = "123456789012"  # moto's
RECEIVED = datetime(2026, 11, 29, tzinfo=UTC)


@dataclass
class Platform:
    """What the job meets."""

    s3: Any
    dynamodb: Any
    kms: Any
    keys: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def session(self) -> dict[str, Any]:
        return {"s3": self.s3, "dynamodb": self.dynamodb}

    def curate(self, *records: dict[str, Any], part: int = 0, tenant: str = ACME, day: str = "2026-11-28") -> None:
        """Put records where the aggregation puts them, as it writes them."""
        messages = [
            Message(f"m{part}-{number}", RECEIVED, b"", SCHEMAS["loans"].read(each, received_at=RECEIVED))
            for number, each in enumerate(records)
        ]
        key = f"tenant={tenant}/dataset=loans/date={day}/part-{part}.parquet"
        self.s3.put_object(Bucket=CURATED, Key=key, Body=parquet_bytes(columns("loans", messages)))

    def share(self, name: str, product: str = "loan-book", until: str = "2027-03-31", tenant: str = ACME, **told: str) -> None:
        """Enter a share, as a deployment does, with a key of its own."""
        self.keys.setdefault(name, self.kms.create_key()["KeyMetadata"]["Arn"])
        prefix = f"tenant={tenant}/product={product}/share={name}/"
        item = {"tenant": tenant, "item": f"share#{REGION}#{name}", "product": product, "until": until}
        item |= {"since": "2026-01-01", "key_arn": self.keys[name], "prefix": prefix, **told}
        self.dynamodb.put_item(TableName=REGISTRY, Item={key: {"S": value} for key, value in item.items()})

    def revoke(self, name: str, tenant: str = ACME) -> None:
        item = {"tenant": tenant, "item": f"share-state#{name}", "state": "revoked"}
        self.dynamodb.put_item(TableName=REGISTRY, Item={key: {"S": value} for key, value in item.items()})

    def register(self, tenant: str = ACME, status: str = "active", tier: str = "pool") -> None:
        item = {"tenant": tenant, "item": "registry", "status": status, "tier": tier}
        self.dynamodb.put_item(TableName=REGISTRY, Item={name: {"S": value} for name, value in item.items()})

    def published(self) -> list[str]:
        """The keys of what lies in the bucket of products."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=PRODUCTS).get("Contents", ())]


def loan(number: int, **changes: Any) -> dict[str, Any]:
    return record(number, **changes)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        clients: dict[str, Any] = {name: boto3.client(name, region_name=REGION) for name in ("s3", "dynamodb", "kms")}  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]
        for bucket in (CURATED, PRODUCTS):
            clients["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        clients["dynamodb"].create_table(TableName=REGISTRY, **KEYS)
        yield Platform(**clients)
