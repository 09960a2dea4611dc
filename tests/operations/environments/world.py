"""A world for environments: moto is AWS, a stand-in is the engine, a clock can be set forward."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import boto3
import yaml
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from delivery.reconcile.locks import Life
from operations.command import app
from operations.environments.engine import Engine, ForeignStackError, LockedError, Tools
from operations.environments.items import Environment, item_of
from operations.environments.outputs import Dev, dev_of
from operations.environments.place import Place
from operations.environments.progress import Progress
from operations.environments.registry import Registry
from operations.errors import Code
from operations.pulumi_outputs import Reader
from tests.operations.test_schedule_command import Lending

ACCOUNT: Final = "123456789012"  # moto's
PRODUCTION: Final = "222222222222"
REGION: Final = "us-east-2"
ADA: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/ada@dataconnect.example"
BOB: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/bob@dataconnect.example"
TABLE: Final = "environments"
BEGAN: Final = 1_800_000_000
HOUR: Final = 3600
USERS: Final = "database-users"
DEPLOYED: Final = "deployed"
"""The claim of a database by its stack."""
KEPT: Final = "kept"
"""The same by a command that has it kept."""
SLEEPER: Final = "sleeper"
OUTPUTS: Final[dict[str, Any]] = {
    "stack": "dev",
    "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
    "environments": {
        "table": TABLE,
        "pool": "10.128.0.0/14",
        "prefix": 20.0,
        "most": 10.0,
        "zone": "dev.dataconnect.example",
        "runbooks": "https://runbooks.example",
        "dataRouteTableId": "rtb-0a1b2c3d",
    },
    "zoneId": "Z0123456789",
    "databaseUsersFunction": USERS,
    "databaseLogin": {"host": "database.example", "port": 5432.0, "credentials": "arn:aws:secretsmanager:secret"},
}
TEMPLATE: Final[dict[str, Any]] = {
    "secretsprovider": "awskms://alias/dataconnect-pulumi-dev?region=us-west-2",
    "config": {
        "aws:region": REGION,
        "aws:allowedAccountIds": [ACCOUNT],
        "aws:defaultTags": {"tags": {"Environment": "dev", "Owner": "data-platform@dataconnect.example"}},
        "dataconnect:environment": {"of": "dev", "data": "discard"},
        "dataconnect:network": {"cidr": "10.128.0.0/20", "zones": ["us-east-2a", "us-east-2b"]},
        "dataconnect:ingress": {"domain": "standard.dev.dataconnect.example"},
    },
}


def make_table(client: Any, name: str = TABLE) -> None:
    """The registry's table, as dev declares it."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "item")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
    )


def stack_file(account: str, environment: str) -> str:
    """The text of a stack's file."""
    tags = {"aws:defaultTags": {"tags": {"Environment": environment}}}
    return yaml.safe_dump({"config": {"aws:allowedAccountIds": [account], **tags}})


@dataclass
class Backend:
    """What the engine knows: stacks with their resources, and what befalls it.

    Attributes:
        users: The function that an `up` and a `destroy` have make and end databases.
        stacks: Name -> its resources.
        pending: Stacks whose last run was cut off.
        locked: Stack -> what the engine says of its lock.
        broken: Command and stack -> what it fails with.
        during: Called in the middle of `up` and `destroy`.
        ran: Commands, with their stack.
        foreign: A stack that somebody makes after it was looked for.
        made: What `up` makes.
        told: Outputs of an environment, besides its address.
    """

    users: "Users"
    stacks: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"dev": []})
    pending: set[str] = field(default_factory=set[str])
    locked: dict[str, str] = field(default_factory=dict[str, str])
    broken: dict[tuple[str, str], BaseException] = field(default_factory=dict[tuple[str, str], BaseException])
    during: Callable[[Progress], None] = lambda _: None
    ran: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    written: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    silent: int = BEGAN
    foreign: str = ""
    made: list[dict[str, Any]] = field(default_factory=lambda: [{"urn": "one"}])
    told: dict[str, Any] = field(default_factory=dict[str, Any])


class FakeEngine(Engine):
    """The engine's commands, in memory."""

    def __init__(self, stack: str, tools: Tools, backend: Backend) -> None:
        super().__init__(stack, tools)
        self._backend = backend

    def write(self, text: str) -> None:
        self._backend.written[self.stack] = yaml.safe_load(text)

    def init(self, secrets_provider: str, *, new: bool = False) -> None:
        assert secrets_provider
        if new and (self._backend.foreign == self.stack or self.stack in self._backend.stacks):
            raise ForeignStackError(f"the stack {self.stack} is there already", Code.CONFLICT)
        self._backend.stacks.setdefault(self.stack, [])

    def stacks(self) -> list[str]:
        return [*self._backend.stacks]

    def state(self) -> dict[str, Any]:
        pending = [{"type": "creating"}] if self.stack in self._backend.pending else []
        return {"resources": self._backend.stacks[self.stack], "pending_operations": pending}

    def life(self) -> Life:
        return Life(written=datetime.fromtimestamp(self._backend.silent, UTC), pending=())

    def outputs(self) -> dict[str, Any]:
        url = f"https://{self._backend.written[self.stack]['config']['dataconnect:ingress']['domain']}"
        return {"url": url, **self._backend.told}

    def _watched(self, words: Any, progress: Progress, *, show: bool = False) -> None:  # noqa: ARG002 - the engine's
        did = (words[0], self.stack)
        if said := self._backend.locked.get(self.stack):
            raise LockedError("locked", said)
        self._backend.ran.append(did)
        if words[0] in ("up", "destroy"):
            self._backend.during(progress)
        if error := self._backend.broken.get(did):
            if words[0] == "up":
                self._backend.stacks[self.stack] = self._backend.stacks[self.stack] or [{"urn": "half"}]
            raise error
        environment = self.stack.removeprefix("dev-")
        if words[0] == "up":
            self._backend.users.databases[environment] = DEPLOYED
            told = json.dumps({"data": self._backend.written[self.stack]["config"]["dataconnect:environment"]["data"]})
            inputs = {"lifecycleScope": "CRUD", "input": told}
            self._backend.stacks[self.stack] = [
                *self._backend.made,
                {"type": "aws:lambda/invocation:Invocation", "inputs": inputs},
            ]
        if words[0] == "destroy":
            self._backend.users.end(environment, self._backend.stacks[self.stack])
            self._backend.stacks[self.stack] = []
        self._backend.pending.discard(self.stack)

    def cancel(self) -> None:
        self._backend.ran.append(("cancel", self.stack))
        self._backend.locked.pop(self.stack)

    def remove(self) -> None:
        assert not self._backend.stacks[self.stack] or self.stack in self._backend.written
        del self._backend.stacks[self.stack]


class FakePlace(Place):
    """A place whose engine is in memory."""

    def engine(self, stack: str) -> Engine:
        return FakeEngine(stack, self.tools, BACKENDS[str(self.root)])


BACKENDS: dict[str, Backend] = {}


@cache
def clients() -> dict[str, Any]:
    """Clients of moto, made once: each takes a while."""
    boto: Any = boto3
    names = (
        "dynamodb",
        "kms",
        "sns",
        "sqs",
        "ec2",
        "iam",
        "ecs",
        "elbv2",
        "s3",
        "secretsmanager",
        "events",
        "route53",
        "cloudwatch",
    )
    return {name: boto.client(name, region_name=REGION) for name in names}


class Tagging:
    """The tagging API, of what a test says is left."""

    def __init__(self) -> None:
        self.left: dict[str, list[str]] = {}

    def get_paginator(self, what: str) -> "Tagging":
        assert what == "get_resources"
        return self

    def paginate(self, *, TagFilters: Any) -> Any:  # noqa: N803 - AWS's names
        ((key, (stack,)),) = [(each["Key"], each["Values"]) for each in TagFilters]
        assert key == "Stack"
        # In pages, as AWS tells them.
        return [{"ResourceTagMappingList": [{"ResourceARN": arn}]} for arn in self.left.get(stack, ())]


class Unknown:
    """Service Quotas, which does not know."""

    def get_service_quota(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "NoSuchResourceException", "Message": "none"}}, "GetServiceQuota")


class Users:
    """The function that keeps databases, which notes what it is ordered.

    Attributes:
        orders: To drop a database.
        during: Called in the middle of one.
        databases: Environments that have one -> who claimed it last.
        fails: Whether it does.
    """

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.during: Callable[[], None] = lambda: None
        self.databases: dict[str, str] = {}
        self.fails = False

    def invoke(self, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        assert FunctionName == USERS
        order = json.loads(Payload)
        if order["action"] == "environments":
            return self._answer({"environments": [{"environment": each, "database": each} for each in self.databases]})
        if order["action"] == "drop":
            self.orders.append(order)
            self.during()
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": BytesIO(b'{"errorType": "Error", "errorMessage": "asleep"}')}
        name = order["environment"]
        if order["action"] == "drop":
            self.databases.pop(name, None)
        elif name in self.databases:
            self.databases[name] = KEPT
        return self._answer({"environment": name, "database": name if name in self.databases else None})

    def end(self, name: str, resources: list[dict[str, Any]]) -> None:
        """What a stack with such resources orders at its end: it drops what nobody else has claimed."""
        ends = [json.loads(each["inputs"]["input"])["data"] for each in resources if "inputs" in each]
        if "discard" in ends and self.databases.get(name) == DEPLOYED:
            del self.databases[name]

    def _answer(self, told: Any) -> Any:
        return {"Payload": BytesIO(json.dumps(told).encode())}


class Sleeper:
    """dev's schedule as it runs, over a model of its database, which takes ten minutes to start.

    Attributes:
        dev: The model.
        orders: What it was asked, and when.
        refuses: Whether Lambda does not let anybody ask.
    """

    def __init__(self) -> None:
        self.dev = Lending()
        self.orders: list[tuple[int, dict[str, Any]]] = []
        self.refuses = False
        self._starts = 0

    def status(self, status: str) -> None:
        """Have the database be like that."""
        self.dev.database["DBInstanceStatus"] = status

    def invoke(self, now: int, order: dict[str, Any]) -> Any:
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yours"}}, "Invoke")
        self.orders.append((now, order))
        self.dev.now = now
        if self.dev.database["DBInstanceStatus"] != "starting":
            self._starts = now
        elif now >= self._starts + 600:
            self.dev.pass_by()
        return {"Payload": BytesIO(json.dumps(self.dev.round(order)).encode())}


class World:
    """Everything; commands run as Ada unless another is named."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.outputs = folder, BEGAN, dict(OUTPUTS)
        self.users = Users()
        self.backend = BACKENDS[str(folder)] = Backend(users=self.users)
        (folder / "environments").mkdir()
        self.template("standard", TEMPLATE)
        (folder / "Pulumi.dev.yaml").write_text(stack_file(ACCOUNT, "dev"))
        (folder / "Pulumi.prod.yaml").write_text(stack_file(PRODUCTION, "prod"))
        self.tagging, self.metrics = Tagging(), list[tuple[str, Any]]()
        self.sleeper: Sleeper | None = None
        # Hours of environments' own schedules: function, and what it was ordered.
        self.ordered: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {}
        self.vcpus: dict[str, float] = {}
        cloudwatch = SimpleNamespace(put_metric_data=self._measured, get_metric_statistics=self._used)
        account = {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}
        awslambda = SimpleNamespace(invoke=self._invoked, get_account_settings=lambda: account)
        self.account = account["AccountLimit"]
        own = {"resourcegroupstaggingapi": self.tagging}
        self.aws = SimpleNamespace(
            **{name: each for name, each in clients().items() if name != "cloudwatch"},
            client=lambda service: own.get(service) or clients()[service],
            # Measuring is the test's; what there is of dashboards, moto's (`client`).
            cloudwatch=cloudwatch,
            awslambda=awslambda,
            servicequotas=Unknown(),
        )
        make_table(self.aws.dynamodb)
        self._network()
        self.outputs["alertTopicArn"] = self.aws.sns.create_topic(Name="alerts")["TopicArn"]
        queue = self.aws.sqs.create_queue(QueueName="told")["QueueUrl"]
        arn = self.aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.aws.sns.subscribe(TopicArn=self.outputs["alertTopicArn"], Protocol="sqs", Endpoint=arn)
        self._queue = queue
        self.registry = Registry(self.aws.dynamodb, TABLE)

    def _network(self) -> None:
        """dev's own, as far as environments change it."""
        ec2, route53 = self.aws.client("ec2"), self.aws.client("route53")
        self.vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.zone = route53.create_hosted_zone(Name="dev.dataconnect.example", CallerReference="dev")["HostedZone"]["Id"]
        self.outputs["zoneId"] = self.zone
        self.outputs["environments"] = {**self.outputs["environments"], "dataRouteTableId": self.table}

    def template(self, name: str, content: Any) -> None:
        (self.folder / "environments" / f"{name}.yaml").write_text(yaml.safe_dump(content))

    def place(self, by: str = ADA, **outputs: Any) -> Place:
        """What commands work with."""
        dev = dev_of("dev", Reader({**self.outputs, **outputs}, "dev"))
        return self.opener(by)(dev, "pulumi", "")

    def opener(self, by: str = ADA) -> Callable[[Dev, str, str], Place]:
        def opened(dev: Dev, pulumi: str, secrets_provider: str) -> Place:
            return FakePlace(
                dev=dev,
                registry=self.registry,
                aws=self.aws,
                tools=Tools(pulumi=pulumi, account=dev.account, folder=self.folder / ".environments"),
                by=by,
                now=lambda: datetime.fromtimestamp(self.now, UTC),
                sleep=lambda seconds: self.passes(seconds),
                secrets_provider=secrets_provider,
                templates=self.folder / "environments",
                root=self.folder,
            )

        return opened

    def run(self, *arguments: str, code: int = 0, by: str = ADA) -> Any:
        """`dataconnect environment …`; what it tells as JSON."""
        file = self.folder / "outputs.json"
        file.write_text(json.dumps(self.outputs))
        told = ["environment", *arguments, "--outputs", str(file), "--json"]
        done = CliRunner().invoke(app, told, obj=self.opener(by), catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output)
        return json.loads(done.stdout)

    def up(self, name: str = "x", *options: str, code: int = 0, by: str = ADA) -> Any:
        return self.run("up", name, "--for", "8h", *options, code=code, by=by)

    def by_night(self) -> Sleeper:
        """dev has a schedule, and its database is stopped: the world begins at 03:00 in New York."""
        self.outputs["schedule"] = {"function": SLEEPER, "timezone": "America/New_York"}
        self.sleeper = Sleeper()
        self.sleeper.status("stopped")
        return self.sleeper

    def _invoked(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        if FunctionName.startswith("dataconnect-dev-"):
            self.ordered.append((FunctionName, json.loads(Payload)))
            return {"Payload": BytesIO(json.dumps(self.answer).encode())}
        if FunctionName != SLEEPER:
            return self.users.invoke(FunctionName, Payload)
        assert self.sleeper is not None
        return self.sleeper.invoke(self.now, json.loads(Payload))

    def passes(self, seconds: float) -> None:
        self.now += int(seconds)

    def get(self, name: str = "x") -> Environment:
        return self.registry.known(name)

    def change(self, name: str, **values: Any) -> None:
        """Change an item behind the commands' back."""
        found = replace(self.get(name), **values)
        key = {"id": {"S": "environment"}, "item": {"S": name}}
        self.aws.dynamodb.put_item(TableName=TABLE, Item={**key, **item_of(found)})

    def told(self) -> list[str]:
        """What the topic of alarms was told since the last time, as SNS puts it into a queue."""
        found = self.aws.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            self.aws.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=each["ReceiptHandle"])
        return [each["Body"] for each in found]

    def metric(self, name: str) -> list[float]:
        """Values of a metric of the janitor."""
        return [
            data["Value"]
            for namespace, data in self.metrics
            if (namespace, data["MetricName"]) == ("DataConnect/dev/Environments", name)
            and data["Dimensions"] == [{"Name": "Stack", "Value": "dev"}]
        ]

    def _measured(self, *, Namespace: str, MetricData: Any) -> None:  # noqa: N803 - AWS's names
        self.metrics += [(Namespace, each) for each in MetricData]

    def _used(self, *, Namespace: str, MetricName: str, Dimensions: Any, **_: Any) -> Any:  # noqa: N803 - AWS's names
        assert (Namespace, MetricName) == ("AWS/Usage", "ResourceCount")
        told = {each["Name"]: each["Value"] for each in Dimensions}
        assert {**told, "Class": ""} == {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": ""}
        return {"Datapoints": [{"Maximum": self.vcpus[told["Class"]]}] if told["Class"] in self.vcpus else []}
