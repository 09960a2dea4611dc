"""The settings of each role of stack, composed of the specs of its components."""

from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from components.analytics.logs_spec import LogsSpec
from components.analytics.query_catalog_spec import QueryCatalogSpec
from components.analytics.search_spec import SearchSpec
from components.base import checks
from components.base.errors import ComponentError
from components.base.features import Features
from components.base.problems import Problem, checked, duplicates, fail_on, one_of
from components.base.spec import (
    OtherRegion,
    PartName,
    Region,
    RetentionDays,
    Spec,
    context,
    yaml_key,
)
from components.compute.function_spec import TriggeredFunctionSpec
from components.compute.job_spec import BatchSpec, JobSpec
from components.compute.service_spec import ServiceSpec
from components.compute.worker_fleet_spec import WorkerFleetSpec
from components.data import database_checks
from components.data.backup_spec import QUIET_MINUTES, BackupSpec
from components.data.bucket_spec import LakeBucketSpec, LakeSpec
from components.data.cache_spec import CacheSpec
from components.data.database_spec import DatabaseSpec, PostgresSpec, ReplicaSpec
from components.data.product_spec import ProductSpec, ShareSpec
from components.data.silo_spec import SiloSpec, TenantId
from components.edge.dns_spec import DnsSpec
from components.edge.ingress_spec import IngressSpec
from components.messaging.delivery_stream_spec import DeliveryStreamSpec
from components.messaging.queue_spec import QueueSpec
from components.messaging.topic_spec import TopicSpec
from components.network.network_spec import NetworkSpec
from components.operate.alerts_spec import AlertsSpec
from components.operate.budget_spec import BudgetSpec
from components.operate.environment_spec import EnvironmentSpec, EnvironmentsSpec
from components.operate.objective_spec import ObjectiveSpec
from components.operate.orders_spec import OrdersSpec
from components.operate.reconcile_spec import ReconcileSpec
from components.operate.recovery_spec import RecoverySpec
from components.operate.schedule_spec import ScheduleSpec
from settings import fleets, floors, functions, logs, messages, queries, search, sums, workloads
from settings import objectives as objective_checks
from settings import on_demand as on_demand_checks
from settings import orders as order_checks
from settings import products as product_checks
from settings import schedule as schedule_checks
from settings import silos as silo_checks
from settings.account import AccountSettings
from settings.links import lacks_table
from settings.stack import StackName, TabledSettings, account_of

_TABLES: Final = ("deliveries", "recovery", "tenants")
"""What recovery reads in either region."""
ALERT_TOPICS: Final = ("alerts", "alerts-direct", "dns-alerts")
ServiceName = Annotated[str, checked(checks.service_name)]
Warmth = Literal["warm", "cold", "restored"]


def _silos() -> Any:
    return Field(
        default_factory=dict[str, SiloSpec],
        description="the tenants with a key, buckets and a database of their own, by id; none by default",
    )


class PlatformSettings(TabledSettings):
    """What primary and recovery have in common."""

    protect: bool = Field(
        default=True, description="refuse to delete or replace what holds data; true by default, must be in prod"
    )
    features: Features = Field(default_factory=Features, description="what the stack does beyond its resources")
    log_retention_days: RetentionDays = Field(description="days to keep logs")
    alerts: AlertsSpec = Field(description="who hears about alarms")
    network: NetworkSpec = Field(description="the VPC")
    lake: LakeSpec = Field(description="the data lake's buckets")
    catalog: QueryCatalogSpec | None = Field(
        default=None, description="how tenants query the lake; none by default, and then nobody does"
    )
    topics: dict[PartName, TopicSpec] = Field(
        default_factory=dict[str, TopicSpec], description="the SNS topics by name; none by default"
    )
    queues: dict[PartName, QueueSpec] = Field(
        default_factory=dict[str, QueueSpec], description="the SQS queues by name; none by default"
    )
    streams: dict[PartName, DeliveryStreamSpec] = Field(
        default_factory=dict[str, DeliveryStreamSpec],
        description="the delivery streams, each called as the dataset that it writes; none by default",
    )
    tenant_operators: tuple[str, ...] = Field(
        default=(),
        validate_default=True,
        description="ARNs of the IAM roles of this account that operate tenants, and may take tenant roles; none by default",
    )
    backups: BackupSpec = Field(default_factory=BackupSpec, description="daily backups of databases and tables")
    cache: CacheSpec | None = Field(default=None, description="the Valkey cache; none by default, without spaces to use")
    services: dict[ServiceName, ServiceSpec] = Field(
        description="the services behind the load balancer by name: {} as services/<name>.yaml says, or what differs from it"
    )
    ingress: IngressSpec = Field(description="the public load balancer")
    search: SearchSpec | None = Field(
        default=None, validate_default=True, description="the search domain, for tokens of ingress.tokens; none by default"
    )
    logs: LogsSpec | None = Field(
        default=None,
        description="copies of logs, and where they are searched; none by default: then CloudWatch has them alone",
    )
    batch: BatchSpec | None = Field(default=None, description="the queue of the batch jobs; none by default, without jobs")
    jobs: dict[ServiceName, JobSpec] = Field(
        default_factory=dict[str, JobSpec], description="the batch jobs by name; none by default"
    )
    functions: dict[ServiceName, TriggeredFunctionSpec] = Field(
        default_factory=dict[str, TriggeredFunctionSpec],
        description="the Lambda functions by name, each with its code in functions/<name>; none by default",
    )
    fleets: dict[ServiceName, WorkerFleetSpec] = Field(
        default_factory=dict[str, WorkerFleetSpec],
        description="the fleets of instances by name, each of which works a queue off; none by default",
    )
    objectives: dict[ServiceName, ObjectiveSpec] = Field(
        default_factory=dict[str, ObjectiveSpec],
        description="what services and functions promise, by name (docs/service-levels.md); nothing by default",
    )
    reconcile: ReconcileSpec | None = Field(
        default=None, description="the task that brings stack and world together after a failover; none by default"
    )
    recovery: RecoverySpec | None = Field(
        default=None,
        validate_default=True,
        description="who may order a failover; none by default, needed where a region can take over",
    )

    @field_validator("objectives")
    @classmethod
    def _can_be_kept(cls, found: dict[str, ObjectiveSpec], info: ValidationInfo) -> dict[str, ObjectiveSpec]:
        fail_on(objective_checks.problems(found, info.data))
        return found

    @field_validator("reconcile")
    @classmethod
    def _reaches_all_of_aws(cls, reconcile: ReconcileSpec | None, info: ValidationInfo) -> ReconcileSpec | None:
        network = info.data.get("network")
        if reconcile and isinstance(network, NetworkSpec) and network.nat == "none":
            expected = "none, or network.nat other than none: an `up` asks IAM and Route 53, too, by their public addresses"
            fail_on([Problem(value="a task", expected=expected)])
        return reconcile

    @field_validator("recovery")
    @classmethod
    def _somebody_recovers(cls, recovery: RecoverySpec | None, info: ValidationInfo) -> RecoverySpec | None:
        if not context(info).fails_over:
            return recovery
        if recovery is None:
            fail_on([Problem(value=None, expected="a section with operators: somebody must be able to order a failover")])
        elif missing := [name for name in _TABLES if lacks_table(context(info).links, name)]:
            expected = f"a table in dataconnect:tables that is called {missing[0]}: both regions keep it"
            fail_on([Problem(value="", expected=expected)])
        return recovery

    @property
    def switched(self) -> bool:
        """Whether recovery switches between this stack's region and another."""
        return False

    @property
    def sleeps(self) -> bool:
        """Whether a schedule puts things here to sleep."""
        return False

    @property
    def running(self) -> bool:
        """Whether what is new here begins switched on: in a region on standby it does not."""
        return True

    @field_validator(*(floor.path[0] for floor in floors.PROD), check_fields=False)
    @classmethod
    def _enough_for_prod(cls, value: object, info: ValidationInfo) -> object:
        if context(info).environment == "prod":
            fail_on(floors.below(str(info.field_name), value))
        return value

    @field_validator("tenant_operators", "key_administrators", check_fields=False)
    @classmethod
    def _roles_of_account(cls, arns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(arns, what="a role"))
        fail_on(
            Problem(value=arn, expected=expected, path=(index,))
            for index, arn in enumerate(arns)
            if (expected := checks.role_arn(arn, account_of(info)))
        )
        fail_on(sums.roles(str(info.field_name), arns))
        return arns

    @field_validator("tenant_operators")
    @classmethod
    def _somebody_may_erase(cls, arns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        lake = info.data.get("lake")
        if isinstance(lake, LakeSpec) and not arns and (locked := lake.locked()):
            expected = f"one role ARN or more, or no lockDays of {', '.join(locked)}: nobody else may erase a tenant there"
            fail_on([Problem(value=[], expected=expected)])
        return arns

    @field_validator("database", check_fields=False)
    @classmethod
    def _quiet_while_backed_up(cls, database: PostgresSpec, info: ValidationInfo) -> PostgresSpec:
        backups, features = info.data.get("backups"), info.data.get("features")
        if backups and features and features.backups:
            windows = (database.backup_window, database.maintenance_window)
            if busy := database_checks.busy_at(backups.starts_at, QUIET_MINUTES, *windows):
                key = "backupWindow" if busy == database.backup_window else "maintenanceWindow"
                expected = (
                    f"a window that is shut for two hours from backups.startsAt ({backups.starts_at}), or another startsAt"
                )
                fail_on([Problem(value=busy, expected=expected, path=(key,))])
        return database

    @field_validator("silos", check_fields=False)
    @classmethod
    def _fit_what_is_shared(cls, found: dict[str, SiloSpec], info: ValidationInfo) -> dict[str, SiloSpec]:
        fail_on(silo_checks.problems(found, info.data, context(info).links))
        return found

    @field_validator("queues")
    @classmethod
    def _apart_from_dead_letters(cls, queues: dict[str, QueueSpec]) -> dict[str, QueueSpec]:
        fail_on(
            Problem(value=name, expected=f"another name: the dead letters of {of} are called so", path=(name,))
            for name in queues
            if name.endswith("-dead-letters") and (of := name.removesuffix("-dead-letters")) in queues
        )
        return queues

    @field_validator("catalog")
    @classmethod
    def _over_the_lake(cls, found: QueryCatalogSpec | None, info: ValidationInfo) -> QueryCatalogSpec | None:
        lake = info.data.get("lake")
        if found and isinstance(lake, LakeSpec):
            fail_on(queries.problems(found, lake))
        return found

    @field_validator("topics")
    @classmethod
    def _apart_from_alerts(cls, topics: dict[str, TopicSpec]) -> dict[str, TopicSpec]:
        fail_on(
            Problem(value=name, expected="another name: alarms go to a topic that is called so", path=(name,))
            for name in topics
            if name in ALERT_TOPICS
        )
        return topics

    @field_validator("queues")
    @classmethod
    def _fit_their_topics(cls, queues: dict[str, QueueSpec], info: ValidationInfo) -> dict[str, QueueSpec]:
        fail_on(messages.subscriptions(queues, info.data.get("topics")))
        return queues

    @field_validator("streams")
    @classmethod
    def _of_known_topics(cls, streams: dict[str, DeliveryStreamSpec], info: ValidationInfo) -> dict[str, DeliveryStreamSpec]:
        fail_on(messages.streams(streams, info.data.get("topics")))
        return streams

    @field_validator("services")
    @classmethod
    def _repositories_and_users(cls, services: dict[str, ServiceSpec], info: ValidationInfo) -> dict[str, ServiceSpec]:
        known = context(info)
        fail_on([*workloads.repositories(services), *workloads.users(services, master=known.master)])
        if known.fails_over:
            fail_on([*workloads.copied(services), *sums.apart_from_recovery(services)])
        return services

    @field_validator("jobs")
    @classmethod
    def _fit_their_stack(cls, jobs: dict[str, JobSpec], info: ValidationInfo) -> dict[str, JobSpec]:
        known = context(info)
        fail_on(workloads.jobs(jobs, info.data, master=known.master, links=known.links))
        if known.fails_over:
            fail_on(workloads.copied(jobs))
        return jobs

    @field_validator("functions")
    @classmethod
    def _fit_the_others(cls, found: dict[str, TriggeredFunctionSpec], info: ValidationInfo) -> dict[str, TriggeredFunctionSpec]:
        known = context(info)
        fail_on(functions.problems(found, info.data, master=known.master, fails_over=known.fails_over))
        return found

    @field_validator("fleets")
    @classmethod
    def _fit_all_others(cls, found: dict[str, WorkerFleetSpec], info: ValidationInfo) -> dict[str, WorkerFleetSpec]:
        known = context(info)
        fail_on(fleets.problems(found, info.data, master=known.master))
        if known.fails_over:
            fail_on(workloads.copied(found))
        return found

    @field_validator("services", mode="before")
    @classmethod
    def _fit_one_load_balancer(cls, services: object) -> object:
        count = len(cast("dict[str, Any]", services)) if isinstance(services, dict) else 1
        if expected := sums.services(count):
            fail_on([Problem(value=count, expected=expected)])
        return cast("object", services)

    @field_validator("services")
    @classmethod
    def _fit_together(cls, services: dict[str, ServiceSpec], info: ValidationInfo) -> dict[str, ServiceSpec]:
        together = sums.tasks(services, info.data.get("network"), context(info))
        fail_on([*sums.shadowed(services), *sums.hosts(services), *together])
        return services

    @field_validator("search")
    @classmethod
    def _fits_its_stack(cls, found: SearchSpec | None, info: ValidationInfo) -> SearchSpec | None:
        fail_on(search.problems(found, info.data))
        return found

    @field_validator("logs")
    @classmethod
    def _searched_here(cls, found: LogsSpec | None, info: ValidationInfo) -> LogsSpec | None:
        fail_on(logs.problems(found, info.data))
        return found


class PrimarySettings(PlatformSettings):
    """A stack that holds the data: dev, prod."""

    role: Literal["primary"] = Field(description="primary")
    on_demand: EnvironmentSpec | None = Field(
        default=None,
        alias="dataconnect:environment",
        description="the stack is an environment on demand beside another (docs/decisions/environments.md); none by default",
    )
    recovery_region: OtherRegion | None = Field(
        default=None, description="region that can take over; none by default (no copies)"
    )
    recovered_by: StackName | None = Field(
        default=None, description="the stack in that region that takes over, e.g. prod-recovery; read while standby is true"
    )
    standby: bool = Field(
        default=False,
        description="true while recoveredBy is active, after a failover: no users are kept in the database, and another "
        "generation of it follows that stack's; switches nothing; false by default",
    )
    key_administrators: tuple[str, ...] = Field(
        description="ARNs of the IAM roles of this account that administer the KMS keys"
    )
    dns: DnsSpec | None = Field(
        default=None,
        validate_default=True,
        description="the environment's hosted zone; needed but in an environment on demand, which has names in another's",
    )
    budget: BudgetSpec | None = Field(
        default=None, description="what the account may cost; said by one stack of an account, none by default"
    )
    database: DatabaseSpec = Field(description="the PostgreSQL instance")
    silos: dict[TenantId, SiloSpec] = _silos()
    products: dict[PartName, ProductSpec] = Field(
        default_factory=dict[str, ProductSpec],
        description="the data products by name: what of curated data may be shared; none by default",
    )
    shares: dict[PartName, ShareSpec] = Field(
        default_factory=dict[str, ShareSpec],
        description="the grants by name: whose data of which product, for which subscriber, until when; none by default",
    )
    schedule: ScheduleSpec | None = Field(
        default=None, description="when it is awake; always by default, and in prod (docs/schedules.md)"
    )
    orders: OrdersSpec | None = Field(
        default=None, description="who may order from Slack, and where; nobody by default (docs/alerts.md)"
    )
    environments: EnvironmentsSpec | None = Field(
        default=None, description="what environments on demand may have of this stack; none by default, and in prod"
    )

    @field_validator("dns")
    @classmethod
    def _somewhere(cls, dns: DnsSpec | None, info: ValidationInfo) -> DnsSpec | None:
        # What is wrong with an environment on demand is told as that.
        if dns is None and info.data.get("on_demand", ...) is None:
            raise PydanticKnownError("missing")
        return dns

    @field_validator(*on_demand_checks.LEFT_OUT)
    @classmethod
    def _of_the_other_stack(cls, found: object, info: ValidationInfo) -> object:
        fail_on(on_demand_checks.left_out(found, str(info.field_name), info.data.get("on_demand")))
        return found

    @field_validator("environments")
    @classmethod
    def _apart_from_this_network(cls, found: EnvironmentsSpec | None, info: ValidationInfo) -> EnvironmentsSpec | None:
        fail_on(on_demand_checks.pool_problems(found, info.data.get("network")))
        return found

    @field_validator("budget")
    @classmethod
    def _of_known_teams(cls, found: BudgetSpec | None, info: ValidationInfo) -> BudgetSpec | None:
        alerts = info.data.get("alerts")
        if found and isinstance(alerts, AlertsSpec):
            fail_on(
                Problem(
                    value=team,
                    expected=one_of("a team of dataconnect:alerts.teams", team, alerts.teams),
                    path=("teams", team),
                )
                for team in found.teams
                if team not in alerts.teams
            )
        return found

    @field_validator("orders")
    @classmethod
    def _fits_who_is_told(cls, found: OrdersSpec | None, info: ValidationInfo) -> OrdersSpec | None:
        fail_on(order_checks.problems(found, info.data, fails_over=context(info).fails_over))
        return found

    @field_validator("schedule")
    @classmethod
    def _fits_what_sleeps(cls, found: ScheduleSpec | None, info: ValidationInfo) -> ScheduleSpec | None:
        fail_on(schedule_checks.problems(found, info.data, environment=context(info).environment))
        return found

    @property
    def zone(self) -> DnsSpec:
        """The hosted zone that the stack makes.

        Raises:
            ComponentError: of an environment on demand, which makes none.
        """
        if self.dns is None:
            raise ComponentError("an environment on demand has no hosted zone; expected that of the stack that it is beside")
        return self.dns

    @property
    def sleeps(self) -> bool:
        """Whether a schedule puts things here to sleep."""
        return self.schedule is not None

    @property
    def switched(self) -> bool:
        """Whether recovery switches between this stack's region and another."""
        return self.recovery_region is not None

    @property
    def running(self) -> bool:
        """Whether what is new here begins switched on: not while the other region is the active one."""
        return not self.standby

    @field_validator("standby")
    @classmethod
    def _of_another(cls, standby: bool, info: ValidationInfo) -> bool:
        missing = next((name for name in ("recovery_region", "recovered_by") if not info.data.get(name)), None)
        if standby and missing:
            fail_on([Problem(value=standby, expected=f"false, or {yaml_key(missing)}: who else is active")])
        return standby

    @field_validator("database")
    @classmethod
    def _followed_another(cls, database: DatabaseSpec, info: ValidationInfo) -> DatabaseSpec:
        if database.generation > 1 and not info.data.get("recovery_region"):
            expected = "1, or recoveryRegion: a later generation follows the database of another region"
            fail_on([Problem(value=database.generation, expected=expected, path=("generation",))])
        return database

    @field_validator("products")
    @classmethod
    def _of_what_is_shareable(cls, found: dict[str, ProductSpec], info: ValidationInfo) -> dict[str, ProductSpec]:
        fail_on(product_checks.products(found, context(info).links))
        return found

    @field_validator("shares")
    @classmethod
    def _of_known_products(cls, found: dict[str, ShareSpec], info: ValidationInfo) -> dict[str, ShareSpec]:
        fail_on(product_checks.shares(found, info.data, account=account_of(info)))
        return found

    @field_validator("key_administrators")
    @classmethod
    def _somebody(cls, arns: tuple[str, ...]) -> tuple[str, ...]:
        if not arns:
            fail_on([Problem(value=[], expected="one role ARN or more: somebody must administer the keys")])
        return arns


# docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
NO_SPOT: Final = (
    "0 in a recovery stack: where a region is lost, Spot runs out first, and ECS starts nothing on-demand in its place; "
    "environments.<environment>-recovery of the service's file may say so"
)


class RecoverySettings(PlatformSettings):
    """The pilot light in the other region: prod-recovery."""

    role: Literal["recovery"] = Field(description="recovery")
    active: bool = Field(
        default=False,
        description="true while this stack is active, after a failover: its database has its users kept and backups taken, its "
        "fleets run, and what is new begins switched on; false by default",
    )
    warmth: Warmth = Field(
        default="warm",
        description="warm by default: a pilot light, whose database follows the primary's; cold: only what is data, with "
        "copies of the database's automated backups, and nothing that costs by the hour (`dataconnect recovery failover "
        "--cold` builds the rest); restored: as warm, with a database that was made of these backups and follows nobody",
    )
    primary_stack: StackName = Field(description="stack whose outputs are read, e.g. prod")
    primary_region: OtherRegion = Field(description="region of that stack")
    database: ReplicaSpec = Field(description="the read replica of the primary's database")
    silos: dict[TenantId, SiloSpec] = _silos()

    @field_validator("warmth")
    @classmethod
    def _built_before_it_is_active(cls, warmth: Warmth, info: ValidationInfo) -> Warmth:
        if warmth == "cold" and info.data.get("active"):
            expected = "restored, which builds the region of its backups, or active: false: there is nothing to be active with"
            fail_on([Problem(value=warmth, expected=expected)])
        return warmth

    @field_validator("silos")
    @classmethod
    def _followed(cls, silos: dict[str, SiloSpec], info: ValidationInfo) -> dict[str, SiloSpec]:
        if silos and (warmth := info.data.get("warmth")) in ("cold", "restored"):
            expected = f"none, or warmth: warm in place of {warmth}: the databases of silos are replicas, and never restored"
            fail_on([Problem(value=", ".join(silos), expected=expected)])
        return silos

    @property
    def switched(self) -> bool:
        """Whether recovery switches between this stack's region and another: it is there for that."""
        return True

    @property
    def running(self) -> bool:
        """Whether what is new here begins switched on: once it has taken over."""
        return self.active

    @field_validator("services")
    @classmethod
    def _count_on_no_spot(cls, services: dict[str, ServiceSpec]) -> dict[str, ServiceSpec]:
        fail_on(
            Problem(value=service.spot_percent, expected=NO_SPOT, path=(name, "spotPercent"))
            for name, service in services.items()
            if service.spot_percent
        )
        return services


class ReplicatedLake(Spec):
    """Which of the lake's buckets are copied to the recovery region."""

    buckets: dict[PartName, LakeBucketSpec] = Field(
        description="the buckets of primary and recovery; those are copied whose replicated is true"
    )

    @field_validator("buckets")
    @classmethod
    def _some(cls, buckets: dict[str, LakeBucketSpec]) -> dict[str, LakeBucketSpec]:
        if not buckets:
            fail_on([Problem(value={}, expected="one bucket or more")])
        return buckets


class ReplicationSettings(TabledSettings):
    """The links between the two regions: prod-replication."""

    role: Literal["replication"] = Field(description="replication")
    primary_stack: StackName = Field(description="stack in the primary region, e.g. prod")
    recovery_stack: StackName = Field(description="stack in the recovery region, e.g. prod-recovery")
    primary_region: Region = Field(description="region of primaryStack; the same as aws:region")
    recovery_region: OtherRegion = Field(description="region of recoveryStack")
    lake: ReplicatedLake = Field(description="what of the lake is copied")
    silos: dict[TenantId, SiloSpec] = _silos()

    @field_validator("recovery_stack")
    @classmethod
    def _another_stack(cls, recovery_stack: str, info: ValidationInfo) -> str:
        if recovery_stack == info.data.get("primary_stack"):
            fail_on([Problem(value=recovery_stack, expected="another stack than primaryStack")])
        return recovery_stack

    @field_validator("primary_region")
    @classmethod
    def _own_region(cls, primary_region: str, info: ValidationInfo) -> str:
        region = context(info).region
        if region and primary_region != region:
            expected = f"aws:region {region}: S3 and DynamoDB replication is driven from the primary's region"
            fail_on([Problem(value=primary_region, expected=expected)])
        return primary_region


Settings = PrimarySettings | RecoverySettings | ReplicationSettings | AccountSettings

ROLES: Final[dict[str, type[Settings]]] = {
    "primary": PrimarySettings,
    "recovery": RecoverySettings,
    "replication": ReplicationSettings,
    "account": AccountSettings,
}
