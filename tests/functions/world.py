"""What the functions run against in tests: moto's S3, STS, DynamoDB, SNS and SQS behind boto3, in this process.

moto evaluates no policies. So a guard stands before it, which holds the two rules of the tenant roles as their policies have
them (components/data/bucket.py, table_statements.py): objects under `tenant=<tag>/` in the pool and in the tenant's own silo,
items whose hash key is the tag. The
function's own role may take the role, read the registry, and publish. It stands for IAM, and is no proof of what IAM does.
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.ingest import handler as ingest
from functions.newest import handler as newest
from functions.shared.ledger import Entry
from functions.shared.raw import KEY
from functions.shared.tenants import Registry, Sessions
from jobs.aggregate.place import POOL

ACME, ZENITH, QUIET = "tacmeacmeacme222", "tzenithzenith333", "tquietquietqui44"
REGION: Final = "us-east-2"
ROLE: Final = "arn:aws:iam::123456789012:role/dev-ingest-tenant"  # moto's account
RAW, REGISTRY, NEWEST, LEDGER = "raw", "tenants", "newest", "deliveries"
SILO_TENANTS: Final = (ACME, ZENITH)
"""Tenants that have buckets of their own, whatever the registry says."""
FUNCTION, ADMINISTRATOR = "FUNCTION", "ADMINISTRATOR"
MORNING: Final = datetime(2026, 11, 28, 9, tzinfo=UTC)


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Guard:
    """Stands before moto: who may do what, and where a process ends."""

    tenants: dict[str, str] = field(default_factory=dict[str, str])
    denied: set[str] = field(default_factory=set[str])
    failing: dict[str, str] = field(default_factory=dict[str, str])
    calls: list[str] = field(default_factory=list[str])
    left: int | None = None
    dead: bool = False

    def call(self, who: str, operation: str, parameters: Mapping[str, Any], real: Callable[[], Any]) -> Any:
        self._burn()
        self.calls.append(operation)
        if code := self.failing.get(operation):
            raise _error(code, operation)
        if not self._may(who, operation, parameters):
            raise _error("AccessDenied", operation)
        answer = real()
        if operation == "AssumeRole":
            (tag,) = parameters["Tags"]
            assert tag["Key"] == "tenant"
            self.tenants[answer["Credentials"]["AccessKeyId"]] = tag["Value"]
        self._burn()
        return answer

    def _burn(self) -> None:
        if self.dead:
            raise Crash
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.dead = True
                raise Crash

    def _may(self, who: str, operation: str, parameters: Mapping[str, Any]) -> bool:
        if who == FUNCTION:
            registry = operation == "GetItem" and parameters["TableName"] == REGISTRY
            return registry or operation in ("AssumeRole", "PublishBatch")
        tenant = self.tenants[who]
        if tenant in self.denied:
            return False
        if operation in ("PutObject", "GetObject", "HeadObject"):
            return parameters["Bucket"] in (RAW, silo_of(tenant)) and parameters["Key"].startswith(f"tenant={tenant}/")
        if operation == "GetItem":
            return parameters["TableName"] == REGISTRY and parameters["Key"]["tenant"] == {"S": tenant}
        if operation == "Query":
            return parameters["TableName"] == NEWEST and parameters["ExpressionAttributeValues"][":tenant"] == {"S": tenant}
        tables = (NEWEST, LEDGER)
        return operation == "PutItem" and parameters["TableName"] in tables and parameters["Item"]["tenant"] == {"S": tenant}

    @contextmanager
    def lit(self, exchanges: int | None) -> Generator[None]:
        """The process ends at that exchange with AWS, before it is sent or before its answer is read; swallows the crash."""
        self.left = exchanges
        try:
            yield
        except Crash:
            pass
        finally:
            self.left, self.dead = None, False


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


@dataclass
class World:
    """The two functions, and clients that may see everything."""

    guard: Guard
    s3: Any
    dynamodb: Any
    sqs: Any
    topic: str
    queue: str
    now: datetime = MORNING

    def ingest(self) -> ingest.Service:
        """The function `ingest` as a new process."""
        return ingest.Service(
            registry=Registry(_client("dynamodb", FUNCTION), REGISTRY),
            sessions=Sessions(_client("sts", FUNCTION), role=ROLE, workload="ingest", region=REGION),
            sns=_client("sns", FUNCTION),
            topic=self.topic,
            ledger=LEDGER,
            bucket=RAW,
            now=lambda: self.now,
        )

    def newest(self) -> newest.Service:
        """The function `newest` as a new process."""
        return newest.Service(
            registry=Registry(_client("dynamodb", FUNCTION), REGISTRY),
            sessions=Sessions(_client("sts", FUNCTION), role=ROLE, workload="newest", region=REGION),
            bucket=RAW,
            table=NEWEST,
        )

    def register(self, tenant: str, status: str = "active", tier: str | None = POOL) -> None:
        """Enter a tenant's row, or one that says no tier."""
        item = {"tenant": tenant, "item": "registry", "status": status, "slug": "a-lender"} | ({"tier": tier} if tier else {})
        self.dynamodb.put_item(TableName=REGISTRY, Item={name: {"S": value} for name, value in item.items()})

    def settle(self, tenant: str, region: str = REGION, **changes: Any) -> None:
        """Enter where the tenant's silo lies in a region, and what is different about it, as Pulumi enters it."""
        buckets = {"raw": silo_of(tenant), "curated": f"curated-{tenant}", "dumps": f"dumps-{tenant}"}
        item: dict[str, Any] = {
            "tenant": {"S": tenant},
            "item": {"S": f"place#{region}"},
            "database_host": {"S": f"{tenant}.example"},
            "buckets": {"M": {name: {"S": bucket} for name, bucket in buckets.items()}},
        }
        self.dynamodb.put_item(TableName=REGISTRY, Item=item | changes)

    def unsettle(self, tenant: str, region: str = REGION) -> None:
        """Take that away."""
        self.dynamodb.delete_item(TableName=REGISTRY, Key={"tenant": {"S": tenant}, "item": {"S": f"place#{region}"}})

    def objects(self, bucket: str = RAW) -> dict[str, Any]:
        """Key -> what the object says, as bytes where it is no JSON."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return {key: _said(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}

    def delivered(self) -> dict[str, Any]:
        """Of the objects the messages."""
        return {key: told for key, told in self.objects().items() if KEY.fullmatch(key)}

    def states(self) -> dict[tuple[str, str], dict[str, str]]:
        """The items of `newest`, by tenant and record."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=NEWEST)
        items = [{name: value["S"] for name, value in item.items()} for page in pages for item in page["Items"]]
        return {(item["tenant"], item["record"]): item for item in items}

    def entered(self) -> set[str]:
        """Keys of all objects that the ledger tells of."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=LEDGER)
        return {key for page in pages for item in page["Items"] for key in Entry.of(item).keys}

    def received(self, count: int = 1000) -> list[dict[str, Any]]:
        """Messages of the queue as Lambda is given them; they stay in flight."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            asked = {"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}
            told = self.sqs.receive_message(**asked, AttributeNames=["All"], MessageAttributeNames=["All"])
            if not told.get("Messages"):
                break
            found += [as_record(each) for each in told["Messages"]]
        return found

    def pump(self) -> int:
        """Hand the queue's messages to `newest`, a batch each, and delete what it took; how many failed."""
        service, failed = self.newest(), 0
        records = self.received()
        for at in range(0, len(records), 10):
            batch = records[at : at + 10]
            told = {each["itemIdentifier"] for each in service.handle({"Records": batch})["batchItemFailures"]}
            failed += len(told)
            for each in batch:
                message = {"QueueUrl": self.queue, "ReceiptHandle": each["receiptHandle"]}
                if each["messageId"] in told:
                    self.sqs.change_message_visibility(**message, VisibilityTimeout=0)
                else:
                    self.sqs.delete_message(**message)
        return failed

    def empty(self) -> None:
        """Take everything out; the three tenants are active and in the pool, and no silo is known."""
        for bucket in BUCKETS:
            for key in self.objects(bucket):
                self.s3.delete_object(Bucket=bucket, Key=key)
        for tenant, record in self.states():
            self.dynamodb.delete_item(TableName=NEWEST, Key={"tenant": {"S": tenant}, "record": {"S": record}})
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=LEDGER):
            for item in page["Items"]:
                self.dynamodb.delete_item(TableName=LEDGER, Key={name: item[name] for name in ("tenant", "entry")})
        for each in self.received():
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["receiptHandle"])
        self.guard.denied.clear()
        self.guard.failing.clear()
        self.guard.calls.clear()
        self.now = MORNING
        for tenant in (ACME, ZENITH, QUIET):
            self.register(tenant)
            self.unsettle(tenant)


def silo_of(tenant: str) -> str:
    """The raw bucket of a tenant's silo."""
    return f"raw-{tenant}"


BUCKETS: Final = (RAW, *map(silo_of, SILO_TENANTS))


def as_record(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of SQS as Lambda hands it on."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": each["StringValue"], "dataType": "String"}
            for name, each in message.get("MessageAttributes", {}).items()
        },
        "eventSource": "aws:sqs",
    }


def _said(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _client(name: str, who: str) -> Any:
    make: Any = boto3.client
    return make(name, region_name=REGION, aws_access_key_id=who, aws_secret_access_key="x")


@contextmanager
def world() -> Generator[World]:
    """A world with a bucket, three tables, a topic and a queue that is subscribed to it, raw."""
    guard = Guard()
    real = BaseClient._make_api_call

    def guarded(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        who = self._request_signer._credentials.access_key
        if who == ADMINISTRATOR:
            return real(self, operation, parameters)
        return guard.call(who, operation, parameters, lambda: real(self, operation, parameters))

    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", guarded)
        s3, dynamodb, sns, sqs = (_client(name, ADMINISTRATOR) for name in ("s3", "dynamodb", "sns", "sqs"))
        for bucket in BUCKETS:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        for table, ranged in ((REGISTRY, "item"), (NEWEST, "record"), (LEDGER, "entry")):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "tenant", "KeyType": "HASH"}, {"AttributeName": ranged, "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("tenant", ranged)],
            )
        topic = sns.create_topic(Name="deliveries")["TopicArn"]
        # What a test leaves in flight stays out of the next one's sight.
        queue = sqs.create_queue(QueueName="newest", Attributes={"VisibilityTimeout": "43200"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        yield World(guard, s3, dynamodb, sqs, topic, queue)
