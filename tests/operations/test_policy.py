"""What `dataconnect policy` prints, beside what the commands call: every call is allowed, and nothing else is.

moto answers; what it cannot do (run the function, move dead letters) is answered here. Each call of the commands' own
credentials is noted, and translated into what IAM is asked: the action and the resource.
"""

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from typer.testing import CliRunner

from components.base import tenants as components
from functions.notify.incident import Incident
from functions.notify.notice import Notice
from functions.notify.store import Store
from functions.shared.ledger import Entry
from operations import policy
from operations.command import app
from operations.tenants import onboarding
from operations.tenants.registry import Registry, Tenant
from tests.operations.test_promises import AVAILABLE
from tests.operations.test_streams_command import BUCKET, PREFIX
from tests.operations.world import (
    ACCOUNT,
    AWAY,
    ID,
    LOCKED,
    OUTPUTS,
    OWN,
    OWN_REPLICA,
    REGION,
    REPLICA,
    SILO,
    FakeDatabase,
    World,
)

POOLED = "t" + 15 * "p"
MEGABYTE = 2**20
KEYS = ("config", "messages", "storage", "tables")
SEARCH = {
    "function": "search",
    "endpoint": "https://search.example",
    "indexes": {"loans": {"mapping": {}}},
    "indexer": "index",
    "queue": "newest",
    "registry": "prod-tenants",
    "cell": "prod",
}
PROMISED = {
    "objectives": {"bi": {"windowDays": 30, "indicators": [AVAILABLE]}},
    "errorLogs": {"bi": "/ecs/bi-1"},
    "errorQuery": "limit 1",
}
Asked = set[tuple[str, str]]
Call = tuple[str, str, dict[str, Any], str]


def key(name: str, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{name}"


def asked(call: Call) -> Asked:
    """What IAM is asked for a call; what AWS does for it in the caller's name is there, too."""
    service, operation, told, region = call
    if service == "s3":
        return asked_of_s3(operation, told)
    if service == "dynamodb":
        table = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/"
        if operation == "TransactWriteItems":
            return {
                (f"dynamodb:{kind}Item", table + item["TableName"])
                for each in told["TransactItems"]
                for kind, item in each.items()
            }
        if operation == "BatchWriteItem":
            return {("dynamodb:BatchWriteItem", table + name) for name in told["RequestItems"]}
        index = f"/index/{told['IndexName']}" if "IndexName" in told else ""
        return {(f"dynamodb:{operation}", f"{table}{told['TableName']}{index}")}
    if service == "sqs":
        return asked_of_sqs(operation, told)
    match operation:
        case "AssumeRole":
            return {("sts:AssumeRole", told["RoleArn"]), ("sts:TagSession", told["RoleArn"])}
        case "GetCallerIdentity":  # nobody needs a permission for it
            return set()
        case "Invoke":
            return {("lambda:InvokeFunction", f"arn:aws:lambda:{region}:{ACCOUNT}:function:{told['FunctionName']}")}
        case "RotateSecret":
            # Secrets Manager asks that who begins a rotation may invoke its function.
            name = "cache-passwords" if "cache" in told["SecretId"] else "database-rotation"
            function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
            return {("secretsmanager:RotateSecret", told["SecretId"]), ("lambda:InvokeFunction", function)}
        case "DescribeSecret":
            return {("secretsmanager:DescribeSecret", told["SecretId"])}
        case "PutRecordBatch":
            return {
                ("firehose:PutRecordBatch", f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{told['DeliveryStreamName']}")
            }
        case "GetMetricStatistics" | "GetMetricData":
            return {(f"cloudwatch:{operation}", "*")}
        case _ if service == "ce":
            return {(f"ce:{operation}", "*")}
        case "StartQuery":
            where = f"arn:aws:logs:{region}:{ACCOUNT}:log-group"
            return {("logs:StartQuery", f"{where}:{group}:*") for group in told["logGroupNames"]}
        case "GetQueryResults" if service == "logs":
            return {("logs:GetQueryResults", f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{told['queryId']}:*")}
        case "ListJobs":
            return {("batch:ListJobs", "*")}
        case "BatchGetQueryExecution":
            group = told["QueryExecutionIds"][0].removeprefix("of-")
            return {("athena:BatchGetQueryExecution", f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{group}")}
        case _ if service == "athena":
            groups = f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{told.get('WorkGroup') or told['Name']}"
            return {(f"athena:{operation}", groups), *({("athena:TagResource", groups)} if told.get("Tags") else ())}
        case _:
            assert service == "iam", call
            return {(f"iam:{operation}", f"arn:aws:iam::{ACCOUNT}:role/{told['RoleName']}" if "RoleName" in told else "*")}


_OF_BUCKETS = {
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "HeadBucket": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
}
_PARTS = ("CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload")


def asked_of_s3(operation: str, told: dict[str, Any]) -> Asked:
    bucket = f"arn:aws:s3:::{told['Bucket']}"
    if operation in _OF_BUCKETS:
        return {(f"s3:{_OF_BUCKETS[operation]}", bucket)}
    if operation == "DeleteObjects":
        objects = [f"{bucket}/{each['Key']}" for each in told["Delete"]["Objects"]]
        assert all("VersionId" in each for each in told["Delete"]["Objects"])
        actions = [
            "s3:DeleteObjectVersion",
            *(["s3:BypassGovernanceRetention"] if told.get("BypassGovernanceRetention") else []),
        ]
        return {(action, each) for action in actions for each in objects}
    there = f"{bucket}/{told['Key']}"
    # boto3 sends what is large in parts, and drops them where it fails.
    sent = {("s3:PutObject", there), ("s3:AbortMultipartUpload", there)}
    copied = (
        {("s3:GetObject", f"arn:aws:s3:::{told['CopySource']['Bucket']}/{told['CopySource']['Key']}")}
        if "CopySource" in told
        else set()
    )
    if operation in (*_PARTS, "CopyObject") or (operation == "PutObject" and told.get("Metadata")):  # the manifest, from a file
        return sent | copied
    if operation == "HeadObject" and "VersionId" in told:
        return {(f"s3:{action}", there) for action in ("GetObjectVersion", "GetObjectRetention", "GetObjectLegalHold")}
    if operation in ("HeadObject", "GetObject"):
        return {("s3:GetObject", there), ("s3:ListBucket", bucket)}  # without the second, what is missing is forbidden
    return {(f"s3:{operation}", there)}


def asked_of_sqs(operation: str, told: dict[str, Any]) -> Asked:
    dead = told.get("SourceArn") or f"arn:aws:sqs:{REGION}:{ACCOUNT}:{told['QueueUrl'].rpartition('/')[2]}"
    found = {(f"sqs:{operation}", dead)}
    if operation == "StartMessageMoveTask":
        found |= {("sqs:ReceiveMessage", dead), ("sqs:DeleteMessage", dead), ("sqs:SendMessage", dead.removesuffix("-dead"))}
    return found


class Recorder:
    """What the commands call with the credentials at hand, not what they call as a tenant."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        self._database, self._moving, self._version = FakeDatabase(), False, ""
        self._search: dict[str, str] = {}
        plain: Callable[..., Any] = BaseClient._make_api_call  # pyright: ignore[reportPrivateUsage]

        def call(client: Any, operation: str, told: dict[str, Any]) -> Any:
            if client._request_signer._credentials.access_key != os.environ["AWS_ACCESS_KEY_ID"]:
                return plain(client, operation, told)
            self.calls.append(
                (client.meta.service_model.service_name, operation, dict(told), client.meta.region_name)
            )  # which boto3 changes
            mine = getattr(self, f"_{operation}", None)
            return mine(told) if mine else plain(client, operation, told)

        patch.setattr(BaseClient, "_make_api_call", call)

    def _Invoke(self, told: dict[str, Any]) -> Any:  # noqa: N802 - called by the operation's name
        order = json.loads(told["Payload"])
        if told["FunctionName"] in ("search", "index"):
            return {"Payload": io.BytesIO(json.dumps(self._searched(order)).encode())}
        if told["FunctionName"] == "live":
            return {"Payload": io.BytesIO(json.dumps({"erased": 0, "left": 0, "most": 1, "windows": []}).encode())}
        if told["FunctionName"] == "cache-passwords":
            return {"Payload": io.BytesIO(json.dumps(dict.fromkeys(order["users"], "kept")).encode())}
        done = self._database.order(order["action"], order["tenant"], connections=order["connectionLimit"])
        return {"Payload": io.BytesIO(json.dumps(done).encode())}

    def _searched(self, order: dict[str, Any]) -> dict[str, Any]:
        """What the two functions of the search tell; `removed` is what the last order for a tenant was."""
        if "rebuild" in order:
            return {"written": 0, "older": 0, "refused": 0, "after": None}
        if "show" in order:
            lists: dict[str, Any] = {each: [] for each in ("nodes", "unassigned", "indexes", "blocks")}
            return {"health": "green", "shards": 0, "room": 0, "why": "", **lists}
        if "tenants" in order:
            aliases = {f"{each}-loans": f"{each}-loans-000001" for each in order["tenants"]}
            self._search |= dict.fromkeys(order["tenants"], "add")
            return {"aliases": aliases, "empty": [], "changed": []}
        tenant, action = order["tenant"], order.get("action", "verify")
        if action != "verify":
            self._search[tenant] = action
        there = self._search.get(tenant, "remove")
        names = {} if there == "remove" else {f"{tenant}-loans": f"{tenant}-loans-000001"}
        told = {"indexes": dict.fromkeys(names.values(), 0), "aliases": names, "role": bool(names), "open": there == "add"}
        step = {"alias": "", "index": f"{tenant}-loans-000002", "old": "", "complete": True, "copied": 0, "refused": 0}
        return {**told, "changed": [], **(step if "step" in order else {})}

    def _RotateSecret(self, told: dict[str, Any]) -> Any:  # noqa: N802
        self._version = told["ClientRequestToken"]
        return {}

    def _DescribeSecret(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {"VersionIdsToStages": {self._version: ["AWSCURRENT"]}}

    def _StartQuery(self, told: dict[str, Any]) -> Any:  # noqa: N802
        return {"queryId": told["logGroupNames"][-1]}

    def _GetQueryResults(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {"status": "Complete", "results": []}

    def _ListJobs(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {"jobSummaryList": []}

    def _ListQueryExecutions(self, told: dict[str, Any]) -> Any:  # noqa: N802
        return {"QueryExecutionIds": [f"of-{told['WorkGroup']}"]}

    def _BatchGetQueryExecution(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {"QueryExecutions": []}

    def _ListCostAllocationTags(self, told: dict[str, Any]) -> Any:  # noqa: N802
        tags = [{"TagKey": tag, "Type": "UserDefined", "Status": "Inactive"} for tag in told["TagKeys"]]
        return {"CostAllocationTags": tags}

    def _UpdateCostAllocationTagsStatus(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {}

    def _StartMessageMoveTask(self, _: dict[str, Any]) -> Any:  # noqa: N802
        self._moving = True
        return {"TaskHandle": "handle"}

    def _ListMessageMoveTasks(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return {"Results": [{"Status": "COMPLETED"}] if self._moving else []}


class Commands:
    """Every command, on a stack with everything, as its operator runs it."""

    def __init__(self, world: World, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.files = {name: folder / f"{name}.json" for name in ("prod", "prod-west")}
        self.sqs: Any = boto3.client("sqs", REGION)
        queues = ("newest", "newest-dead", "batch-dead-letters")
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in queues}
        world.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.world, self.outputs, self.patch = world, self._outputs(), patch
        for name in self.files:
            self.write(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "of-an-operator")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        self.recorder = Recorder(patch)

    def _outputs(self) -> dict[str, Any]:
        hash_keys = {"tenants": "tenant", "notes": "tenant", "sessions": "session_id"}
        prod = {
            **OUTPUTS,
            "tables": {name: {**each, "hashKey": hash_keys[name]} for name, each in OUTPUTS["tables"].items()},
            "keyArns": {name: key(name) for name in KEYS},
            "streams": {"loans": {"stream": "prod-loans", "bucket": BUCKET, "errorPrefix": f"{PREFIX}!{{firehose:x}}/"}},
            "queues": {"newest": {"url": self.urls["newest"], "deadLettersUrl": self.urls["newest-dead"]}},
            "deadLetters": {"batch-dead-letters": self.urls["batch-dead-letters"]},
            "cacheSecrets": {"live": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cache-passwords-live"},
            "cacheUsers": {"live": "prod-live"},
            "cacheFunction": "cache-passwords",
            "databaseRotation": {
                "function": "database-rotation",
                "secrets": {"database": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:database-credentials"},
            },
            "liveFunction": "live",
            "search": SEARCH,
            **PROMISED,
            "alerts": {"table": "prod-notices"},
        }
        west = {
            "search": SEARCH,
            **PROMISED,
            "stack": "prod-west",
            "keyArns": {name: key(name, AWAY) for name in KEYS},
            "alertTopicArn": f"arn:aws:sns:{AWAY}:{ACCOUNT}:alerts",
            "lakeBuckets": {"raw": REPLICA},
            "lakeClasses": {"raw": {"perTenant": True}},
            "catalog": {**OUTPUTS["catalog"], "workgroupPrefix": "dataconnect-prod-west-", "results": "raw"},
            "silos": {ID: {"slug": "apex", "keyArn": key("own", AWAY), "buckets": {"raw": OWN_REPLICA}}},
            "recovery": {
                "primaryRegion": REGION,
                "recoveryRegion": AWAY,
                "deliveries": "prod-deliveries",
                "tenants": "prod-tenants",
                "cell": "prod",
            },
        }
        return {"prod": prod, "prod-west": west}

    def write(self, name: str, **changes: Any) -> None:
        """Write the outputs of a stack; `changes` instead of some, or without them where they are None."""
        told = {**self.outputs[name], **changes}
        self.files[name].write_text(json.dumps({each: value for each, value in told.items() if value is not None}))

    def run(self, *arguments: str, code: int = 0, stack: str = "prod") -> Any:
        where = ("--stack", stack, "--outputs", str(self.files[stack]), "--json")
        done = CliRunner().invoke(app, [*arguments, *where], catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return json.loads(done.stdout)

    def run_all(self) -> Asked:
        """Run every command in every way that calls something else; what IAM was asked."""
        self.patch.setattr(onboarding, "new_id", lambda: POOLED)
        self.live("acme", POOLED, LOCKED)
        self.patch.setattr(onboarding, "new_id", lambda: ID)
        self.run("tenant", "add", "apex", "--tier", "silo", code=6)
        self.world.deploy_silo(slug="apex")
        self.write("prod", silos=self.world.silos)
        self.live("apex", ID, (OWN["dumps"],))
        self.run("tenant", "access")
        record = json.dumps({"rawData": "eA==", "lastErrorCode": "x"}).encode() + b"\n"
        self.world.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}one", Body=record)
        boto3.client("firehose", REGION, aws_access_key_id="x", aws_secret_access_key="x").create_delivery_stream(
            DeliveryStreamName="prod-loans",
            S3DestinationConfiguration={
                "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose",
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
            },
        )
        self.away()
        self.run("stream", "replay", "loans")
        self.sqs.send_message(QueueUrl=self.urls["newest-dead"], MessageBody="x")
        self.run("queue", "show", "newest")
        self.run("queue", "redrive", "newest")
        self.run("queue", "show", "batch-dead-letters")
        self.run("cache", "rotate", "--all")
        self.run("credentials", "rotate", "--all")
        self.run("cost", "tags", "--activate")
        self.run("cost", "hints", "--state", str(self.state()))
        self.searches("prod")
        self.alarms()
        return set[tuple[str, str]]().union(*map(asked, self.recorder.calls))

    def state(self) -> Path:
        """The state of a stack with a database."""
        type_ = "aws:rds/instance:Instance"
        urn = f"urn:pulumi:prod::dataconnect::{type_}::database"
        database = {"urn": urn, "custom": True, "type": type_, "inputs": {"identifier": "dataconnect-prod"}}
        file = self.files["prod"].with_name("state.json")
        file.write_text(json.dumps({"deployment": {"resources": [database]}}))
        return file

    def alarms(self) -> None:
        """What is open is listed, taken care of, silenced and reported."""
        dynamodb: Any = boto3.resource("dynamodb", REGION, aws_access_key_id="x", aws_secret_access_key="x")
        table = dynamodb.create_table(
            TableName="prod-notices",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("kind", "id")],
        )
        at = "2026-11-30T15:00:00.000+00:00"
        notice = Notice(identity="alarm#1", state="firing", at=at, severity="critical", title="t", text="")
        firing = Incident(kind="alarm", notice=notice, state="firing", changed=at, opened=at, raised=at, teams=("platform",))
        Store(table).change("alarm#1", lambda _: firing)
        self.run("alerts", "list")
        self.run("alerts", "ack", firing.reference)
        self.run("alerts", "silence", "database-cpu", "--for", "1h", "--because", "a test")
        self.run("alerts", "report")

    def searches(self, stack: str) -> None:
        self.run("slo", "show", stack=stack)
        self.run("slo", "failures", stack=stack)
        self.run("search", "show", stack=stack)
        self.run("search", "rebuild", stack=stack)
        self.run("search", "drop", "--yes", stack, stack=stack)

    def away(self) -> None:
        """What makes workgroups in the other region, mends one and lets one go: the registry is there, too."""
        keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("tenant", "HASH"), ("item", "RANGE"))]
        by_cell = [{"AttributeName": name, "KeyType": kind} for name, kind in (("cell", "HASH"), ("tenant", "RANGE"))]
        dynamodb: Any = boto3.client("dynamodb", AWAY, aws_access_key_id="x", aws_secret_access_key="x")
        dynamodb.create_table(
            TableName="prod-tenants",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item", "cell")],
            GlobalSecondaryIndexes=[{"IndexName": "by-cell", "KeySchema": by_cell, "Projection": {"ProjectionType": "ALL"}}],
        )
        registry = Registry(dynamodb, "prod-tenants")
        told: Any = {"slug": "acme", "name": "acme", "tier": "pool", "cell": "prod", "created_at": "2026-01-01T00:00:00.000Z"}
        registry.claim(Tenant(id=POOLED, status="active", **told))
        self.run("tenant", "workgroups", stack="prod-west")
        there = self.world.athena.statements[f"dataconnect-prod-west-{POOLED}"]
        there["ageing"]["QueryStatement"] = "SELECT 1"
        there["old"] = {**there["ageing"], "StatementName": "old"}
        assert self.run("tenant", "workgroups", stack="prod-west")["made"] == ["acme"]
        self.searches("prod-west")
        other: Any = {**told, "slug": "apex", "tier": "silo"}
        registry.claim(Tenant(id=ID, status="active", **other))
        self.lost(dynamodb)
        registry.change(ID, ("active",), status="removed")
        registry.change(POOLED, ("active",), status="removed")
        assert self.run("tenant", "workgroups", stack="prod-west")["deleted"] == ["acme"]

    def lost(self, dynamodb: Any) -> None:
        """What lists the deliveries to the lost region, of the pool and of a silo."""
        schema = [{"AttributeName": name, "KeyType": kind} for name, kind in (("tenant", "HASH"), ("entry", "RANGE"))]
        dynamodb.create_table(
            TableName="prod-deliveries",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "entry")],
        )
        told = {"region": REGION, "received_at": "2026-11-28T09:00:00.000Z", "dataset": "loans", "day": "2026-11-28"}
        for tenant in (POOLED, ID):
            Entry(tenant=tenant, objects=frozenset({"m1.json"}), **told).enter(dynamodb, "prod-deliveries")
        listed = self.run("recovery", "lost", stack="prod-west")["tenants"]
        assert [(each["slug"], len(each["missing"])) for each in listed] == [("acme", 1), ("apex", 1)]

    def live(self, slug: str, tenant: str, locked: Iterable[str]) -> None:
        """A tenant's life, from its folders to what a lock keeps of it."""
        unproven = ("--isolation-unproven", "moto")
        self.run("tenant", "add", slug, code=5)  # moto isolates nothing
        self.run("tenant", "add", slug, *unproven)
        for command in ("suspend", "resume", "show"):
            self.run("tenant", command, slug)
        self.run("tenant", "verify", slug, *unproven)
        self.run("search", "rebuild", "--tenant", slug)
        self.run("tenant", "list")
        self.run("tenant", "usage", slug)
        self.run("tenant", "limits", slug, "--limit", "connections=6")
        self.world.athena.statements[f"dataconnect-prod-{tenant}"]["ageing"]["QueryStatement"] = "SELECT 1"
        self.world.athena.statements[f"dataconnect-prod-{tenant}"]["old"] = {
            "StatementName": "old",
            "QueryStatement": "SELECT 1",
        }
        self.run("tenant", "workgroups")
        self.world.fill(tenant)
        self.run("tenant", "export", slug, "--to", "handover")
        for bucket in locked:
            self.world.s3.put_object(
                Bucket=bucket,
                Key=f"tenant={tenant}/held",
                Body=b"x",
                ObjectLockLegalHoldStatus="ON",
                ChecksumAlgorithm="SHA256",
            )
            self.world.s3.put_object(Bucket=bucket, Key=f"tenant={tenant}/large", Body=bytes(9 * MEGABYTE))
        self.run("tenant", "remove", slug, "--export-to", "handover", "--yes", slug, *unproven, code=6)


@pytest.fixture
def commands(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    yield Commands(world, tmp_path, monkeypatch)


def allows(statement: dict[str, Any], ask: tuple[str, str]) -> bool:
    return ask[0] in statement["Action"] and any(fnmatchcase(ask[1], each) for each in statement["Resource"])


def keys_of(policy: dict[str, Any]) -> set[tuple[str, str]]:
    """Service and key of what may be done with keys."""
    return {
        (each["Condition"]["StringEquals"]["kms:ViaService"], resource)
        for each in policy["Statement"]
        if each["Action"][0].startswith("kms:")
        for resource in each["Resource"]
    }


def test_every_call_of_a_command_is_allowed_and_nothing_that_none_makes(commands: Commands) -> None:
    found = commands.run_all()
    policies = [commands.run("policy", "--export-to", "handover"), commands.run("policy", stack="prod-west")]
    statements = [each for policy in policies for each in policy["Statement"] if "Condition" not in each]
    assert sorted(ask for ask in found if not any(allows(each, ask) for each in statements)) == []
    for each in statements:
        used = [ask for ask in found if allows(each, ask)]
        assert {action for action, _ in used} == set(each["Action"]), each["Sid"]
        idle = [pattern for pattern in each["Resource"] if not any(fnmatchcase(resource, pattern) for _, resource in used)]
        assert not idle, (each["Sid"], idle)
    called = {service for service, *_ in commands.recorder.calls}
    assert called == {
        "athena",
        "batch",
        "ce",
        "cloudwatch",
        "dynamodb",
        "firehose",
        "iam",
        "lambda",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    }


def test_keys_are_used_through_the_services_that_keep_data_under_them(commands: Commands) -> None:
    through = {"dynamodb": ["tables"], "firehose": ["messages"], "s3": ["config", "storage"], "sqs": ["messages"]}
    expected = {(f"{service}.{REGION}.amazonaws.com", key(name)) for service, names in through.items() for name in names}
    expected.add((f"s3.{REGION}.amazonaws.com", key("*")))
    made = commands.run("policy")
    assert keys_of(made) == expected
    (own,) = [each["Condition"] for each in made["Statement"] if each["Resource"] == [key("*")]]
    assert own["ForAnyValue:StringLike"] == {"kms:ResourceAliases": f"{components.OWN_ALIAS}*"}
    away = {(f"dynamodb.{AWAY}.amazonaws.com", key("tables", AWAY))}
    assert keys_of(commands.run("policy", stack="prod-west")) == away


def test_a_role_that_exports_nothing_reads_nothing_of_a_tenant(commands: Commands) -> None:
    reads = [each for each in commands.run("policy")["Statement"] if "s3:GetObject" in each["Action"]]
    assert not any(allows(each, ("s3:GetObject", f"arn:aws:s3:::prod-curated/tenant={ID}/loans")) for each in reads)


def test_wildcards_stand_for_tenants_objects_and_where_aws_knows_no_resource(commands: Commands) -> None:
    for each in commands.run("policy", "--export-to", "handover")["Statement"]:
        assert not any("*" in action for action in each["Action"])
        # A log group is told by its streams.
        named = [resource.removesuffix(":*") if ":log-group:" in resource else resource for resource in each["Resource"]]
        wide = [resource for resource in named if "*" in resource and not resource.startswith("arn:aws:s3:::")]
        known = {
            "GrowthOfDeadLetters": ["*"],
            "CostTags": ["*"],
            "WhatIsUsed": ["*"],
            "WhatTenantsCost": ["*"],
            "WhatIsKept": ["*"],
            "JobsOfTenants": ["*"],
            "WhichTenantRoles": ["*"],
            "TenantsWithoutAccess": [f"arn:aws:iam::{ACCOUNT}:role/*-tenant-*"],
            "KeysOfSilos": [key("*")],
        }
        assert wide == known.get(each["Sid"], [])
        assert not any("*" in resource.partition("/")[0] for resource in each["Resource"] if resource != "*")
        buckets = [resource.partition("/")[0] for resource in each["Resource"] if "?" in resource and ":s3:" in resource]
        assert {bucket.rpartition(":")[2] for bucket in buckets} <= {
            components.own_bucket(name, account_id=ACCOUNT, region=REGION, tenant="t" + 15 * "?") for name in OWN
        }


def test_what_a_stack_has_none_of_makes_no_statement(commands: Commands) -> None:
    rotation = {"function": "database-rotation", "secrets": dict[str, str]()}
    nothing: dict[str, Any] = {"catalog": None, "jobQueueArn": None, "search": None, "objectives": None}
    nothing["databaseRotation"] = rotation
    commands.write("prod", streams={}, queues={}, deadLetters={}, tenantRoles={}, cacheSecrets={}, **nothing)
    actions = {action.partition(":")[0] for each in commands.run("policy")["Statement"] for action in each["Action"]}
    assert actions == {"ce", "cloudwatch", "dynamodb", "iam", "kms", "lambda", "logs", "s3"}
    assert all(each["Resource"] for each in commands.run("policy")["Statement"])


def test_a_recovery_stack_without_queries_knows_its_tenants_all_the_same(commands: Commands) -> None:
    before = commands.run("policy", stack="prod-west")
    commands.write("prod-west", catalog=None)
    sids = [each["Sid"] for each in commands.run("policy", stack="prod-west")["Statement"]]
    told = [each["Sid"] for each in before["Statement"]]
    assert sorted(sids) == sorted(each for each in told if each != "Workgroups") and "Registry" in sids


def test_a_new_silo_changes_no_policy(commands: Commands) -> None:
    before = [commands.run("policy", "--export-to", "handover"), commands.run("policy", stack="prod-west")]
    ids = [f"t{number:015}" for number in range(27)]
    shared = {**SILO, "usersFunction": OUTPUTS["databaseUsersFunction"]}
    silos = {each: {**shared, "buckets": {name: OWN[name].replace(ID, each) for name in OWN}} for each in ids}
    commands.write("prod", silos=silos)
    commands.write("prod-west", silos=silos)
    assert [commands.run("policy", "--export-to", "handover"), commands.run("policy", stack="prod-west")] == before


@pytest.mark.parametrize("bucket", ["prod-curated", OWN["dumps"], "*", "arn:aws:s3:::x", ""])
def test_exports_go_to_another_bucket_that_is_named(commands: Commands, bucket: str) -> None:
    told = commands.run("policy", "--export-to", bucket, code=2)["error"]
    assert told == f"--export-to is {bucket!r}; expected, for a primary stack, a bucket that is none of the lake"


def test_a_recovery_stack_has_no_tenants_to_export(commands: Commands) -> None:
    assert (
        "expected, for a primary stack" in commands.run("policy", "--export-to", "handover", code=2, stack="prod-west")["error"]
    )


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("keyArns", "output keyArns.config is missing"),
        ("lakeBuckets", "lakeBuckets is missing"),
        ("lakeClasses", "output lakeClasses.raw.perTenant is missing"),
    ],
)
def test_outputs_of_an_older_program_are_named(commands: Commands, output: str, told: str) -> None:
    commands.write("prod-west", **{output: None})
    assert told in commands.run("policy", code=2, stack="prod-west")["error"]


def test_the_policy_is_printed_for_iam_and_its_size_beside_it(commands: Commands) -> None:
    where = ("--stack", "prod", "--outputs", str(commands.files["prod"]))
    done = CliRunner().invoke(app, ["policy", *where], catch_exceptions=False)
    assert json.loads(done.stdout) == commands.run("policy")
    assert f"{len(json.dumps(json.loads(done.stdout), separators=(',', ':')))} characters; IAM takes 10240" in done.stderr


def test_what_no_policy_of_iam_holds_is_printed_in_parts_that_do(commands: Commands) -> None:
    whole = commands.run("policy", "--export-to", "handover")
    parts = policy.parts(whole)
    assert [statement for part in parts for statement in part["Statement"]] == whole["Statement"]
    assert len(parts) > 1 and all(policy.size(part) <= policy.MANAGED for part in parts)
    assert [commands.run("policy", "--export-to", "handover", "--part", str(n + 1)) for n in range(len(parts))] == parts
    told = commands.run("policy", "--export-to", "handover", "--part", str(len(parts) + 1), code=2)["error"]
    assert told == f"--part is {len(parts) + 1}; expected 1 to {len(parts)}"
