"""AWS for the demonstration: moto, with the things of the planned stack prod under their planned names.

moto keeps objects, items, messages and roles, and evaluates no policy. So every call that is made in a tenant's session is
written down, and `judge` asks a simulator of IAM about all of them, with the policies that the stack declares.
"""

import io
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from components.data.users_function.handler import Order, TenantOrder, fulfil, fulfil_for_tenant
from tests.athena import FakeAthena, faked
from tests.isolation.simulator import Request
from tests.postgres import DATABASE, MASTER, PASSWORD, Server
from tests.stacks.estate import Estate

# Operation -> the action that IAM is asked for; parts of an upload and heads have none of their own.
_ACTIONS: Final = {
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


@dataclass
class Calls:
    """What was called in sessions of tenant roles.

    Attributes:
        tables: Name of a table in AWS -> its ARN.
        requests: The calls as requests to IAM, each once.
        sessions: Access key -> logical name of the role and tenant.
    """

    tables: Mapping[str, str]
    requests: dict[str, Request] = field(default_factory=dict[str, Request])
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def note(self, key: str, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Note a call if it is made in a tenant's session."""
        if key in self.sessions:
            role, tenant = self.sessions[key]
            asked = self._request(role, service, operation, parameters).of(tenant)
            self.requests[repr(asked)] = asked

    def taken(self, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Note that a tenant role was taken; another bears no tag."""
        if "Tags" not in parameters:
            return
        (tag,) = parameters["Tags"]
        role = parameters["RoleArn"].rpartition("/")[2].partition(".")[0]
        self.sessions[answer["Credentials"]["AccessKeyId"]] = (role, tag["Value"])

    def _request(self, role: str, service: str, operation: str, parameters: Mapping[str, Any]) -> Request:
        action = _ACTIONS.get(operation, f"{service}:{operation}")
        if service == "s3":
            bucket = f"arn:aws:s3:::{parameters['Bucket']}"
            if action == "s3:ListBucket":
                return Request(role, action, bucket, {"s3:prefix": parameters.get("Prefix", "")})
            return Request(role, action, f"{bucket}/{parameters['Key']}")
        assert service == "dynamodb", f"{service}:{operation}: say here what IAM is asked"
        key = parameters.get("Key") or parameters.get("Item")
        tenant = key["tenant"] if key else parameters["ExpressionAttributeValues"][":tenant"]
        table = self.tables[parameters["TableName"]]
        return Request(role, action, table, {"dynamodb:LeadingKeys": [tenant["S"]]})


@dataclass(frozen=True)
class Aws:
    """Clients that may do everything, and what belongs to the stack.

    Attributes:
        estate: The planned stack.
        outputs: Its outputs, with the database that really runs.
        calls: What was called in tenants' sessions.
        queues: Queue -> its address.
        topic: ARN of the topic `deliveries`.
        athena: Workgroups and their statements.
    """

    estate: Estate
    outputs: Mapping[str, Any]
    calls: Calls
    queues: Mapping[str, str]
    topic: str
    athena: FakeAthena

    def client(self, name: str) -> Any:
        """A client of the stack's region."""
        return boto3.client(cast(Any, name), region_name=self.estate.region)

    def environment_of(self, function: str) -> dict[str, str]:
        """The variables that the stack tells a function, and those that Lambda does."""
        told = self.estate.inputs("lambda/function:Function", function)["environment"]["variables"]
        return {**told, "DELIVERIES_TOPIC_ARN": self.topic, "AWS_REGION": self.estate.region}

    def job(self, name: str, database: Server, **parameters: str) -> tuple[list[str], dict[str, str]]:
        """Arguments and variables of a job as Batch would start it."""
        container = json.loads(self.estate.inputs("batch/jobDefinition:JobDefinition", name)["containerProperties"])
        arguments = [
            parameters[text.removeprefix("Ref::")] if text.startswith("Ref::") else text for text in container["command"]
        ]
        told = {each["name"]: each["value"] for each in container["environment"]}
        where = {"DATABASE_HOST": "localhost", "DATABASE_PORT": str(database.tls_port), "DATABASE_NAME": DATABASE}
        authorities = {"DATABASE_AUTHORITIES": str(database.authorities), "AWS_REGION": self.estate.region}
        return arguments, {**told, **where, **authorities}

    def messages(self, queue: str) -> Iterator[list[dict[str, Any]]]:
        """The messages of a queue, ten at a time as Lambda is handed them; each batch is deleted once it is done with."""
        sqs, url = self.client("sqs"), self.queues[queue]
        wanted = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        while found := sqs.receive_message(QueueUrl=url, **wanted).get("Messages"):
            yield found
            for each in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """What lies in a bucket of the lake."""
        lister = self.client("s3").get_paginator("list_objects_v2")
        pages = lister.paginate(Bucket=self.outputs["lakeBuckets"][bucket], Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]


class UsersFunction:
    """The function that keeps the database's users, called here: its own code, on the real database."""

    def __init__(self, database: Server) -> None:
        self._database = database

    def _read_secret(self, _arn: str, _stage: str) -> str:
        return json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})

    def deploy(self, order: Mapping[str, Any]) -> None:
        """What a deployment calls it with."""
        told = cast(Order, {**order, "host": "localhost", "port": self._database.tls_port})
        fulfil(told, read_secret=self._read_secret, authorities=self._database.authorities)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: ARG002, N803 - as boto3 names them
        """What `dataconnect` calls it with."""
        order = cast(TenantOrder, {**json.loads(Payload), "host": "localhost", "port": self._database.tls_port})
        done = fulfil_for_tenant(order, read_secret=self._read_secret, authorities=self._database.authorities)
        return {"Payload": io.BytesIO(json.dumps(done).encode())}


@contextmanager
def aws(estate: Estate, database: Server) -> Generator[Aws]:
    """The stack's things in moto, while the `with` lasts."""
    calls = Calls({output["name"]: output["arn"] for output in estate.outputs["tables"].values()})

    def noted(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.note(self._request_signer._credentials.access_key, self.meta.service_model.service_name, operation, parameters)
        answer = real(self, operation, parameters)
        if operation == "AssumeRole":
            calls.taken(parameters, answer)
        return answer

    with mock_aws(), faked(FakeAthena()) as athena, pytest.MonkeyPatch.context() as patch:
        real = BaseClient._make_api_call  # pyright: ignore[reportPrivateUsage]
        patch.setattr(BaseClient, "_make_api_call", noted)
        for name, value in {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_REGION": estate.region}.items():
            patch.setenv(name, value)
        outputs = json.loads(json.dumps(estate.outputs))
        outputs["databaseLogin"] |= {"host": "localhost", "port": database.tls_port}
        # One region is here: of its buckets nothing is copied.
        outputs["lakeClasses"] = {name: {**each, "replicated": False} for name, each in outputs["lakeClasses"].items()}
        made = Aws(estate, outputs, calls, {}, "", athena)
        _make_tables(made)
        _make_buckets(made)
        _make_roles(made)
        topic, queues = _make_messaging(made)
        yield Aws(estate, outputs, calls, queues, topic, athena)


def _make_tables(made: Aws) -> None:
    for name, output in made.outputs["tables"].items():
        planned = made.estate.inputs("dynamodb/table:Table", name)
        schema = [(planned["hashKey"], "HASH"), *([(planned["rangeKey"], "RANGE")] if "rangeKey" in planned else [])]
        indexes = [
            {
                "IndexName": each["name"],
                "KeySchema": [{"AttributeName": key["attributeName"], "KeyType": key["keyType"]} for key in each["keySchemas"]],
                "Projection": {"ProjectionType": each["projectionType"]},
            }
            for each in planned.get("globalSecondaryIndexes") or ()
        ]
        attributes = [{"AttributeName": each["name"], "AttributeType": each["type"]} for each in planned["attributes"]]
        made.client("dynamodb").create_table(
            TableName=output["name"],
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": attribute, "KeyType": kind} for attribute, kind in schema],
            AttributeDefinitions=attributes,
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )


def _make_buckets(made: Aws) -> None:
    s3 = made.client("s3")
    for bucket in made.outputs["lakeBuckets"].values():
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": made.estate.region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _make_roles(made: Aws) -> None:
    iam = made.client("iam")
    for arn in made.outputs["tenantRoles"].values():
        name = arn.rpartition("/")[2]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        for policy in made.estate.where("iam/rolePolicy:RolePolicy", role=name):
            iam.put_role_policy(RoleName=name, PolicyName=policy.name, PolicyDocument=json.dumps(policy.document()))


def _make_messaging(made: Aws) -> tuple[str, dict[str, str]]:
    """The topic and the queues that subscribe to it, by its filters; without their key and their policies."""
    sns, sqs = made.client("sns"), made.client("sqs")
    topic = sns.create_topic(Name="deliveries")["TopicArn"]
    queues = dict[str, str]()
    for name in made.estate.file["queues"]:
        queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queues[name], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for each in made.estate.where("sns/topicSubscription:TopicSubscription", protocol="sqs"):
            if each.inputs["endpoint"] == made.estate.arn("sqs/queue:Queue", name):
                raw = {"RawMessageDelivery": str(each.inputs["rawMessageDelivery"]).lower()}
                only = {"FilterPolicy": each.inputs["filterPolicy"]} if each.inputs.get("filterPolicy") else {}
                sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={**raw, **only})
    return topic, queues
