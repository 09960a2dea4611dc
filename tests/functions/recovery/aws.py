"""AWS for the executor's tests: moto in two regions, and all that is put right of it, in this one place.

What moto gets wrong or lacks: a promotion happens at once and leaves the link to the source; it is taken in any state; a
global table's replicas are two tables without replication; a task started twice with one token runs twice; no function of
Lambda is run. All of that is made up for here, on virtual time.
"""

import copy
import io
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.awslambda.models import lambda_backends
from moto.batch.models import batch_backends
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.ecs.models import ecs_backends
from moto.elbv2.models import FakeAction, elbv2_backends
from moto.rds.exceptions import InvalidDBInstanceStateError
from moto.rds.models import RDSBackend, rds_backends
from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

from functions.recovery.region import UNPROMOTABLE

from .built import ACCOUNT, FENCE_GROUP, OPEN_GROUP, PRIMARY, RECOVERY, TABLE, build, fixed

REGIONS: Final[tuple[str, str]] = (PRIMARY, RECOVERY)
SERVICES: Final = (
    "application-autoscaling",
    "batch",
    "dynamodb",
    "ec2",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "lambda",
    "rds",
    "scheduler",
    "sns",
    "sqs",
)
READS: Final = ("describe_", "get_", "list_", "query")
PROMOTION_SECONDS: Final = 20


def other(region: str) -> str:
    return RECOVERY if region == PRIMARY else PRIMARY


class TwoRegions:
    """One environment in two regions of moto, built once; `reset` puts back what a run changes."""

    def __init__(self) -> None:
        make: Any = boto3.client
        self.clients = {(service, region): make(service, region_name=region) for service in SERVICES for region in REGIONS}
        self.sites: dict[str, dict[str, Any]] = {}
        self.answers: dict[tuple[str, str], dict[str, Any]] = {}
        for region in REGIONS:
            self.sites[region] = build(self.client, region)
        self.run_tokens: dict[str, Any] = {}

    def client(self, service: str, region: str) -> Any:
        return self.clients[service, region]

    def call(self, service: str, region: str, name: str, told: dict[str, Any]) -> Any:
        """Moto's answer; asked again before anything changed, the same one: half of a test's time is spent by it."""
        if not name.startswith(READS) or service == "sqs":
            key = told.get("Item") or told.get("Key") or {}
            self.changed(service, region, *(key[name]["S"] for name in ("id", "item") if service == "dynamodb"))
            return getattr(self.client(service, region), name)(**told)
        answers, asked = self.answers.setdefault((service, region), {}), f"{name} {told}"
        if asked not in answers:
            answers[asked] = getattr(self.client(service, region), name)(**told)
        return answers[asked]

    def changed(self, service: str, region: str, *words: str) -> None:
        """Forget the answers of an endpoint; of a table, only those about an item."""
        answers = self.answers.get((service, region), {})
        for asked in [asked for asked in answers if asked.startswith("query") or all(f"'{word}'" in asked for word in words)]:
            del answers[asked]

    def set_number(self, table: str, region: str, number: int) -> None:
        """A heartbeat: as often as time goes by, so not by a call."""
        told = self.items(table).get(("heartbeat", region))
        if told is None:
            item = {"id": {"S": "heartbeat"}, "item": {"S": region}, "number": {"N": str(number)}}
            self.call("dynamodb", table, "put_item", {"TableName": TABLE, "Item": item})
        else:
            told.attrs["number"] = DynamoType({"N": str(number)})
            self.changed("dynamodb", table, "heartbeat", region)

    def database(self, region: str) -> Any:
        """Moto's own object."""
        return rds_backends[ACCOUNT][region].databases[f"main-{region}"]

    def copies(self, region: str) -> list[Any]:
        """Moto's own objects: what a rehearsal made."""
        databases = rds_backends[ACCOUNT][region].databases
        return [database for name, database in databases.items() if name != f"main-{region}"]

    def queue(self, region: str) -> Any:
        """Moto's own object."""
        return sqs_backends[ACCOUNT][region].queues["ingest"]

    def items(self, region: str) -> dict[tuple[str, str], Any]:
        """The items of a region's replica of the table; moto's own objects."""
        table = dynamodb_backends[ACCOUNT][region].tables[TABLE]
        return {(key.value, item.value): told for key, items in table.items.items() for item, told in items.items()}

    def copy_item(self, key: tuple[str, str], source: str, target: str) -> None:
        """What replication does."""
        self.changed("dynamodb", target, *key)
        self.put_item(target, copy.deepcopy(self.items(source)[key]))

    def put_item(self, region: str, told: Any) -> None:
        """Moto's own object, as an item of a region's replica of the table."""
        dynamodb_backends[ACCOUNT][region].tables[TABLE].items[told.hash_key][told.range_key] = told

    def reset(self, active: str) -> None:
        """As it is when a region has been the active one for long."""
        self.answers.clear()
        for region in REGIONS:
            dynamodb_backends[ACCOUNT][region].tables[TABLE].items.clear()
            is_active, site = region == active, self.sites[region]["switches"]
            database = self.database(region)
            database.is_replica, database.status = not is_active, "available"
            database.vpc_security_group_ids = [OPEN_GROUP if is_active else FENCE_GROUP]
            service: Any = ecs_backends[ACCOUNT][region].services["main:web"]
            service.desired_count = service.running_count = 3 if is_active else 0
            scaling: Any = applicationautoscaling_backends[ACCOUNT][region]
            scaling.targets["ecs:service:DesiredCount"]["service/main/web"].suspended_state = {
                f"{which}Suspended": not is_active for which in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
            }
            mappings: Any = lambda_backends[ACCOUNT][region]._event_source_mappings
            mappings[site["mapping"][0]["uuid"]].enabled = is_active
            schedules: Any = scheduler_backends[ACCOUNT][region].schedule_groups["default"]
            schedules.get_schedule("nightly").state = "ENABLED" if is_active else "DISABLED"
            self.client("events", region).put_rule(
                Name="delivered", EventPattern="{}", State="ENABLED" if is_active else "DISABLED"
            )
            jobs: Any = batch_backends[ACCOUNT][region].get_job_queue("main")
            jobs.state = "ENABLED" if is_active else "DISABLED"
            rules: Any = elbv2_backends[ACCOUNT][region]
            gate, latch = (rules.describe_rules(None, [site[kind][0]["rule"]])[0] for kind in ("gate", "latch"))
            path = "/closed" if is_active else "/*"
            gate.conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}]
            latch.actions = [FakeAction(fixed("200" if region == RECOVERY and is_active else "404"))]
            self.queue(region)._messages.clear()
        self.run_tokens.clear()

    def run_task(self, region: str, told: dict[str, Any]) -> Any:
        """Moto knows no token."""
        token = told.pop("clientToken")
        if token not in self.run_tokens:
            self.run_tokens[token] = self.client("ecs", region).run_task(**told)
        return self.run_tokens[token]


def answer(told: Any, *, failed: bool = False) -> dict[str, Any]:
    """As Lambda answers an Invoke."""
    body = {"Payload": io.BytesIO(json.dumps(told).encode()), "StatusCode": 200}
    return {**body, "FunctionError": "Unhandled"} if failed else body


class Promotions:
    """What a promotion does to an instance, as time goes by.

    Attributes:
        seconds: How long one takes, and a copy.
        turned: Called with the identifier when an instance follows nobody any more.
    """

    def __init__(self, seconds: float = PROMOTION_SECONDS) -> None:
        self.seconds = seconds
        self.turned: Callable[[str], None] = lambda _: None
        self.begun: dict[str, float] = {}
        self.created: dict[str, float] = {}
        self.accepted: list[str] = []
        self.now = 0.0
        self.judge: Callable[[str], None] = lambda _: None

    def ask(self, database: Any) -> None:
        if not database.is_replica or database.status in UNPROMOTABLE:
            raise InvalidDBInstanceStateError(database.db_instance_identifier, "promote")
        self.judge(database.db_instance_identifier)
        database.status = "modifying"
        self.begun[database.db_instance_identifier] = self.now
        self.accepted.append(database.db_instance_identifier)

    def tick(self, database: Any, now: float) -> bool:
        """Whether anything may have changed."""
        self.now = now
        if now - self.created.get(database.db_instance_identifier, now) > self.seconds:
            del self.created[database.db_instance_identifier]
            database.status = "available"
            return True
        since = self.begun.get(database.db_instance_identifier)
        if since is None:
            return False
        passed = now - since
        if passed > self.seconds / 2:
            database.status = "rebooting"
        if passed > self.seconds:
            self.turned(database.db_instance_identifier)
            database.is_replica, database.status = False, "available"
            del self.begun[database.db_instance_identifier]
        return True


@contextmanager
def two_regions(promotions: Promotions) -> Generator[TwoRegions]:
    def promote(backend: Any, told: dict[str, Any]) -> Any:
        database = backend.databases[told["db_instance_identifier"]]
        promotions.ask(database)
        database.backup_retention_period = told.get("backup_retention_period", 1)
        return database

    copied = RDSBackend.create_db_instance_read_replica

    def copy_of(backend: Any, told: dict[str, Any]) -> Any:
        database = copied(backend, told)
        database.status, database.tags = "creating", told.get("tags") or []
        promotions.created[database.db_instance_identifier] = promotions.now
        return database

    def source(database: Any) -> str | None:
        return "arn:source" if database.is_replica else None

    with (
        mock_aws(),
        patch.object(RDSBackend, "promote_read_replica", promote),
        patch.object(RDSBackend, "create_db_instance_read_replica", copy_of),
        # Without it, no task of Fargate is run.
        patch("moto.ec2.models.elastic_network_interfaces.NetworkInterface.private_dns_name", "", create=True),
        patch("moto.rds.models.DBInstance.read_replica_source_db_instance_identifier", property(source)),
    ):
        yield TwoRegions()
