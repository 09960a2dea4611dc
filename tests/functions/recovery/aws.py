"""AWS for the executor's tests: moto in two regions, and all that is put right of it, in this one place.

What moto gets wrong or lacks: a promotion happens at once and leaves the link to the source; it is taken in any state; a
global table's replicas are two tables without replication; a task started twice with one token runs twice; no function of
Lambda is run. All of that is made up for here, on virtual time.
"""

import copy
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.awslambda.models import lambda_backends
from moto.batch.models import batch_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import FakeAction, elbv2_backends
from moto.rds.exceptions import InvalidDBInstanceStateError
from moto.rds.models import RDSBackend, rds_backends
from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

PRIMARY: Final = "us-east-2"
RECOVERY: Final = "us-west-2"
REGIONS: Final = (PRIMARY, RECOVERY)
TABLE: Final = "recovery"
SERVICES: Final = (
    "application-autoscaling",
    "batch",
    "dynamodb",
    "ec2",
    "ecs",
    "elbv2",
    "iam",
    "lambda",
    "rds",
    "scheduler",
    "sns",
    "sqs",
)
READS: Final = ("describe_", "get_", "list_", "query")
OPEN_GROUP: Final = "sg-00000000000000001"
FENCE_GROUP: Final = "sg-00000000000000002"
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
            self.sites[region] = self._build(region)
        self.run_tokens: dict[str, Any] = {}

    def client(self, service: str, region: str) -> Any:
        return self.clients[service, region]

    def call(self, service: str, region: str, name: str, told: dict[str, Any]) -> Any:
        """Moto's answer; asked again before anything changed, the same one: half of a test's time is spent by it."""
        if not name.startswith(READS) or service == "sqs":
            self.changed(service, region)
            return getattr(self.client(service, region), name)(**told)
        answers, key = self.answers.setdefault((service, region), {}), f"{name} {told}"
        if key not in answers:
            answers[key] = getattr(self.client(service, region), name)(**told)
        return answers[key]

    def changed(self, service: str, region: str) -> None:
        """Forget the answers of an endpoint."""
        self.answers.pop((service, region), None)

    def database(self, region: str) -> Any:
        """Moto's own object."""
        return rds_backends[DEFAULT_ACCOUNT_ID][region].databases[f"main-{region}"]

    def queue(self, region: str) -> Any:
        """Moto's own object."""
        return sqs_backends[DEFAULT_ACCOUNT_ID][region].queues["ingest"]

    def items(self, region: str) -> dict[tuple[str, str], Any]:
        """The items of a region's replica of the table; moto's own objects."""
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[TABLE]
        return {(key.value, item.value): told for key, items in table.items.items() for item, told in items.items()}

    def copy_item(self, key: tuple[str, str], source: str, target: str) -> None:
        """What replication does."""
        tables = {region: dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[TABLE] for region in REGIONS}
        self.changed("dynamodb", target)
        told = self.items(source)[key]
        tables[target].items[told.hash_key][told.range_key] = copy.deepcopy(told)

    def reset(self, active: str) -> None:
        """As it is when a region has been the active one for long."""
        self.answers.clear()
        for region in REGIONS:
            dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[TABLE].items.clear()
            is_active, site = region == active, self.sites[region]["switches"]
            database = self.database(region)
            database.is_replica, database.status = not is_active, "available"
            database.vpc_security_group_ids = [OPEN_GROUP if is_active else FENCE_GROUP]
            service = ecs_backends[DEFAULT_ACCOUNT_ID][region].services["main:web"]
            service.desired_count = service.running_count = 3 if is_active else 0
            scaling = applicationautoscaling_backends[DEFAULT_ACCOUNT_ID][region]
            scaling.targets["ecs:service:DesiredCount"]["service/main/web"].suspended_state = {
                f"{which}Suspended": not is_active for which in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
            }
            mappings = lambda_backends[DEFAULT_ACCOUNT_ID][region]._event_source_mappings
            mappings[site["mapping"][0]["uuid"]].enabled = is_active
            schedules = scheduler_backends[DEFAULT_ACCOUNT_ID][region].schedule_groups["default"]
            schedules.get_schedule("nightly").state = "ENABLED" if is_active else "DISABLED"
            jobs = batch_backends[DEFAULT_ACCOUNT_ID][region].get_job_queue("main")
            jobs.state = "ENABLED" if is_active else "DISABLED"
            rules = elbv2_backends[DEFAULT_ACCOUNT_ID][region]
            gate, latch = (rules.describe_rules(None, [site[kind][0]["rule"]])[0] for kind in ("gate", "latch"))
            path = "/closed" if is_active else "/*"
            gate.conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}]
            latch.actions = [FakeAction(_fixed("200" if region == RECOVERY and is_active else "503"))]
            self.queue(region)._messages.clear()
        self.run_tokens.clear()

    def run_task(self, region: str, told: dict[str, Any]) -> Any:
        """Moto knows no token."""
        token = told.pop("clientToken")
        if token not in self.run_tokens:
            self.run_tokens[token] = self.client("ecs", region).run_task(**told)
        return self.run_tokens[token]

    def _build(self, region: str) -> dict[str, Any]:
        stack = "prod" if region == PRIMARY else "prod-recovery"
        self.client("dynamodb", region).create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
        )
        self.client("rds", region).create_db_instance(
            DBInstanceIdentifier=f"main-{region}",
            Engine="postgres",
            EngineVersion="16.3",
            DBInstanceClass="db.m6g.large",
            MasterUsername="owner",
            MasterUserPassword="not-a-password",
            AllocatedStorage=20,
            BackupRetentionPeriod=14,
            VpcSecurityGroupIds=[OPEN_GROUP],
        )
        ec2 = self.client("ec2", region)
        network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
                "SubnetId"
            ]
            for place, zone in enumerate("ab")
        ]
        rules, balancer = self._listener(region, subnets)
        ecs = self.client("ecs", region)
        cluster = ecs.create_cluster(clusterName="main")["cluster"]["clusterArn"]
        container = {"name": "web", "image": "web", "cpu": 256, "memory": 512}
        definition = ecs.register_task_definition(
            family="web",
            containerDefinitions=[container],
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(cluster="main", serviceName="web", taskDefinition=definition, desiredCount=0)
        self.client("application-autoscaling", region).register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/main/web",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2,
            MaxCapacity=10,
        )
        role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/any"
        if region == PRIMARY:
            self.client("iam", region).create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        queue = self.client("sqs", region).create_queue(QueueName="ingest")["QueueUrl"]
        self.client("lambda", region).create_function(
            FunctionName="consume", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b"nothing"}
        )
        mapping = self.client("lambda", region).create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:{region}:{DEFAULT_ACCOUNT_ID}:ingest", FunctionName="consume"
        )["UUID"]
        self.client("scheduler", region).create_schedule(
            Name="nightly",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": f"arn:aws:lambda:{region}:{DEFAULT_ACCOUNT_ID}:function:consume", "RoleArn": role},
        )
        environment = self.client("batch", region).create_compute_environment(
            computeEnvironmentName="main", type="UNMANAGED", state="ENABLED", serviceRole=role
        )["computeEnvironmentArn"]
        jobs = self.client("batch", region).create_job_queue(
            jobQueueName="main",
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
        )["jobQueueArn"]
        alerts = self.client("sns", region).create_topic(Name="alerts")["TopicArn"]
        return {
            "stack": stack, "region": region, "account": DEFAULT_ACCOUNT_ID, "table": TABLE, "alerts": alerts,
            "domain": "app.example.com", "loadBalancer": balancer, "heartbeat": "heartbeat",
            "recover": f"arn:aws:lambda:{region}:{DEFAULT_ACCOUNT_ID}:function:recover:live",
            "primary": PRIMARY, "recovery": RECOVERY,
            "reconcile": {"cluster": "main", "taskDefinition": definition, "subnets": subnets, "securityGroups": [OPEN_GROUP]},
            "switches": {
                "service": [{"name": "web", "cluster": cluster, "service": "web", "min": 2, "max": 10, "healthPath": "/health",
                             "hosts": ["app.example.com"]}],
                "mapping": [{"name": "ingest", "uuid": mapping, "function": "consume"}],
                "schedule": [{"name": "nightly", "schedule": "nightly", "group": "default"}],
                "job-queue": [{"name": "main", "arn": jobs}],
                "database": [{"name": "main", "identifier": f"main-{region}", "groups": [OPEN_GROUP], "fence": FENCE_GROUP}],
                "gate": [{"name": "gate", "rule": rules["gate"]}],
                "latch": [{"name": "latch", "rule": rules["latch"]}],
                "queue": [{"name": "ingest", "url": queue}],
            },
        }  # fmt: skip

    def _listener(self, region: str, subnets: list[str]) -> tuple[dict[str, str], str]:
        elb = self.client("elbv2", region)
        balancer = elb.create_load_balancer(Name="main", Subnets=subnets)["LoadBalancers"][0]
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[_fixed("404")]
        )["Listeners"][0]["ListenerArn"]
        rules: dict[str, str] = {}
        for priority, (name, path) in enumerate((("latch", "/active"), ("gate", "/closed")), 1):
            rules[name] = elb.create_rule(
                ListenerArn=listener,
                Priority=priority,
                Conditions=[{"Field": "path-pattern", "Values": [path]}],
                Actions=[_fixed("503")],
            )["Rules"][0]["RuleArn"]
        return rules, balancer["DNSName"]


def _fixed(status: str) -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "ContentType": "text/plain"}}


def answer(told: Any, *, failed: bool = False) -> dict[str, Any]:
    """As Lambda answers an Invoke."""
    body = {"Payload": io.BytesIO(json.dumps(told).encode()), "StatusCode": 200}
    return {**body, "FunctionError": "Unhandled"} if failed else body


class Promotions:
    """What a promotion does to an instance, as time goes by."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.accepted: list[str] = []
        self.now = 0.0
        self.judge: Callable[[str], None] = lambda _: None

    def ask(self, database: Any) -> None:
        if not database.is_replica or database.status != "available":
            raise InvalidDBInstanceStateError(database.db_instance_identifier, "promote")
        self.judge(database.db_instance_identifier)
        database.status = "modifying"
        self.begun[database.db_instance_identifier] = self.now
        self.accepted.append(database.db_instance_identifier)

    def tick(self, database: Any, now: float) -> bool:
        """Whether anything may have changed."""
        self.now = now
        since = self.begun.get(database.db_instance_identifier)
        if since is None:
            return False
        passed = now - since
        if passed > PROMOTION_SECONDS / 2:
            database.status = "rebooting"
        if passed > PROMOTION_SECONDS:
            database.is_replica, database.status = False, "available"
            del self.begun[database.db_instance_identifier]
        return True


@contextmanager
def two_regions(promotions: Promotions) -> Iterator[TwoRegions]:
    def promote(backend: Any, told: dict[str, Any]) -> Any:
        database = backend.databases[told["db_instance_identifier"]]
        promotions.ask(database)
        database.backup_retention_period = told.get("backup_retention_period", 1)
        return database

    def source(database: Any) -> str | None:
        return "arn:source" if database.is_replica else None

    with (
        mock_aws(),
        patch.object(RDSBackend, "promote_read_replica", promote),
        # Without it, no task of Fargate is run.
        patch("moto.ec2.models.elastic_network_interfaces.NetworkInterface.private_dns_name", "", create=True),
        patch("moto.rds.models.DBInstance.read_replica_source_db_instance_identifier", property(source)),
    ):
        yield TwoRegions()
