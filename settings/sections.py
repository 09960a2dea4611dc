"""The sections of a stack file: what each key holds, its unit, its default and what AWS accepts."""

from fnmatch import fnmatchcase
from typing import Annotated, cast

from pydantic import ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from components import checks, database_checks, limits
from settings.problems import Problem, between, checked, duplicates, fail_on, keys, matching
from settings.values import (
    BucketRole,
    DataClassification,
    DomainName,
    Email,
    Environment,
    Nat,
    NumberAsText,
    ReservedCidr,
    RetentionDays,
    Section,
    UrlPath,
    Whole,
    surroundings,
)


class Tags(Section):
    """The mandatory tags; further ones are welcome and reach AWS too."""

    model_config = ConfigDict(extra="allow", alias_generator=lambda name: to_camel(name)[0].upper() + to_camel(name)[1:])

    project: Annotated[str, checked(checks.tag_value)] = Field(description="name of the project, e.g. dataconnect")
    environment: Environment = Field(description="dev, stage or prod")
    owner: Email = Field(description="e-mail address of the owning team")
    cost_center: Annotated[str, matching(r"CC-[0-9]{4}", "CC- and four digits, e.g. CC-4100")] = Field(
        description="cost centre, CC- and four digits"
    )
    data_classification: DataClassification = Field(description="public, internal, confidential or restricted")
    tenant: Annotated[str, checked(checks.tag_value)] = Field(description="tenant that pays, or shared")


class DefaultTags(Section):
    """What the AWS provider puts on every resource."""

    tags: Tags = Field(description="the mandatory tags: " + ", ".join(keys(Tags)))

    @field_validator("tags", mode="before")
    @classmethod
    def _further_tags(cls, tags: object) -> object:
        if isinstance(tags, dict):
            known = keys(Tags)
            further = {str(key): value for key, value in cast("dict[object, object]", tags).items() if key not in known}
            fail_on(
                Problem(value=value, expected=expected, path=(key,))
                for key, value in further.items()
                if (expected := checks.tag(key, value, known=known))
            )
        return cast("object", tags)


class Network(Section):
    """The VPC."""

    cidr: Annotated[str, checked(checks.vpc_cidr)] = Field(description="private IPv4 range of the VPC, /16 to /20")
    zones: tuple[str, ...] = Field(description="availability zones, two or more; a single NAT gateway stands in the first")
    nat: Nat = Field(description="none, single, or per-zone (one NAT gateway each; survives the loss of a zone)")
    interface_endpoints: tuple[Annotated[str, checked(checks.interface_endpoint)], ...] = Field(
        description="AWS services reached inside the VPC; each costs per zone and hour"
    )
    flow_log_retention_days: RetentionDays = Field(description="days to keep flow logs")
    reserved_cidrs: tuple[ReservedCidr, ...] = Field(
        default=(), description="ranges of other networks that this one may be joined with one day"
    )

    @field_validator("zones")
    @classmethod
    def _two_of_region(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        region = surroundings(info).region
        few = Problem(value=list(zones), expected="two zones or more: RDS and load balancers refuse one")
        foreign = (
            Problem(value=zone, expected=expected, path=(index,))
            for index, zone in enumerate(zones)
            if region and (expected := checks.zone(zone, region))
        )
        fail_on([*([few] if len(zones) < 2 else []), *duplicates(zones, what="a zone"), *foreign])
        return zones

    @field_validator("interface_endpoints")
    @classmethod
    def _reachable_without_nat(cls, endpoints: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(endpoints, what="an endpoint"))
        missing = [name for name in limits.FARGATE_ENDPOINTS if name not in endpoints]
        if info.data.get("nat") == "none" and missing:
            expected = f"also {', '.join(missing)}: without NAT, tasks cannot start without them"
            fail_on([Problem(value=list(endpoints), expected=expected)])
        return endpoints


class Slack(Section):
    """A Slack channel that AWS Chatbot posts alarms to."""

    workspace_id: Annotated[str, matching(r"T[0-9A-Z]{2,}", "a Slack workspace id, e.g. T0123ABCD")] = Field(
        description="Slack workspace id, T..."
    )
    channel_id: Annotated[str, matching(r"C[0-9A-Z]{2,}", "a Slack channel id, e.g. C0123ABCD")] = Field(
        description="Slack channel id, C..."
    )


class Alerts(Section):
    """Who hears about alarms."""

    emails: tuple[Email, ...] = Field(description="e-mail addresses, one or more")
    webhook: SecretStr | None = Field(default=None, description="https address that takes SNS messages; a Pulumi secret")
    slack: Slack | None = Field(default=None, description="Slack channel, none by default")

    @field_validator("emails")
    @classmethod
    def _somebody(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        if not emails:
            fail_on([Problem(value=[], expected="one e-mail address or more: an alarm must reach somebody")])
        return emails

    @field_validator("webhook")
    @classmethod
    def _secret_https(cls, webhook: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if webhook is not None:
            if "dataconnect:alerts" not in surroundings(info).secrets:
                command = "pulumi config set --secret --path dataconnect:alerts.webhook"
                fail_on([Problem(value=webhook, expected=f"a secret; set it with `{command}`")])
            if expected := checks.https_url(webhook.get_secret_value()):
                fail_on([Problem(value=webhook, expected=expected)])
        return webhook


class ReplicaDatabase(Section):
    """The cross-region read replica: name, users and data come from its source."""

    instance_class: Annotated[str, checked(database_checks.instance_class)] = Field(description="RDS class, e.g. db.r7g.large")
    engine_version: Annotated[NumberAsText, checked(database_checks.engine_version)] = Field(
        description="PostgreSQL major, e.g. 17; RDS keeps the minor current"
    )
    port: Annotated[Whole, between(1150, 65535)] = Field(default=5432, description="TCP port, 5432 by default")
    storage_gib: Annotated[Whole, between(20, 65536, "GiB")] = Field(
        alias="storageGiB", description="gp3 storage at the start, GiB; a replica begins with its source's"
    )
    max_storage_gib: Annotated[Whole, between(20, 65536, "GiB")] = Field(
        alias="maxStorageGiB", description="ceiling of storage autoscaling, GiB; at least 1.1 times storageGiB"
    )
    multi_az: bool = Field(description="a standby in a second zone; prod must have one")
    backup_retention_days: Annotated[Whole, checked(database_checks.backup_retention)] = Field(
        description="days to keep automated backups, 1 to 35"
    )
    backup_window: Annotated[str, checked(database_checks.backup_window)] = Field(description="daily, UTC, e.g. 07:00-08:00")
    maintenance_window: Annotated[str, checked(database_checks.maintenance_window)] = Field(
        description="weekly, UTC, e.g. sun:09:00-sun:10:00; apart from the backup window"
    )

    @field_validator("max_storage_gib")
    @classmethod
    def _room_to_grow(cls, ceiling: int, info: ValidationInfo) -> int:
        storage = info.data.get("storage_gib")
        if storage and (expected := database_checks.storage_ceiling(storage, ceiling)):
            fail_on([Problem(value=ceiling, expected=expected)])
        return ceiling

    @field_validator("multi_az")
    @classmethod
    def _survives_a_zone(cls, multi_az: bool, info: ValidationInfo) -> bool:
        if not multi_az and surroundings(info).environment == "prod":
            fail_on([Problem(value=multi_az, expected="true: prod must survive the loss of a zone")])
        return multi_az

    @field_validator("maintenance_window")
    @classmethod
    def _apart_from_backups(cls, window: str, info: ValidationInfo) -> str:
        backup = info.data.get("backup_window")
        if backup and database_checks.windows_overlap(backup, window):
            fail_on([Problem(value=window, expected=f"a window that does not overlap backupWindow {backup} (RDS refuses it)")])
        return window


class Database(ReplicaDatabase):
    """The PostgreSQL instance that applications write to: what a replica has, and what its source alone decides."""

    name: Annotated[str, checked(database_checks.name)] = Field(description="database created at the start")
    username: Annotated[
        str, checked(database_checks.username), matching(r"(?!postgres$).*", "a name that is not PostgreSQL's default")
    ] = Field(description="master user; the password is generated")
    password_version: Annotated[Whole, between(1, 10000)] = Field(
        default=1, description="raise by one to generate another password (rotation); 1 by default"
    )


class RecoveryDatabase(ReplicaDatabase):
    """The cross-region replica, and what has become of it."""

    promoted: bool = Field(
        default=False, description="true keeps it a database of its own after a failover, also once `active` is false again"
    )
    generation: Annotated[Whole, between(1, 99)] = Field(
        default=1, description="raise by one to seed another replica for failback: a promoted one never follows again"
    )


class Dns(Section):
    """The environment's public hosted zone, created by the primary stack."""

    zone: DomainName = Field(description="hosted zone, e.g. prod.dataconnect.example")


class Ingress(Section):
    """The public load balancer."""

    domain: DomainName = Field(description="name that users open; inside dns.zone")
    health_path: UrlPath = Field(
        description="path that Route 53 asks to decide on failover; one of the services must answer it"
    )
    allowed_cidrs: tuple[Annotated[str, checked(checks.cidr)], ...] = Field(
        default=("0.0.0.0/0",), description="IPv4 ranges let in; everybody by default"
    )

    @field_validator("allowed_cidrs")
    @classmethod
    def _open_to_health_checkers(cls, cidrs: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if surroundings(info).fails_over and "0.0.0.0/0" not in cidrs:
            expected = "0.0.0.0/0: Route 53's health checkers must get in, or both regions count as unhealthy"
            fail_on([Problem(value=list(cidrs), expected=expected)])
        return cidrs

    @field_validator("domain")
    @classmethod
    def _inside_zone(cls, domain: str, info: ValidationInfo) -> str:
        zone = surroundings(info).zone
        if zone and not f".{domain}".endswith(f".{zone}"):
            fail_on([Problem(value=domain, expected=f"a name inside dns.zone {zone}")])
        return domain

    @field_validator("health_path")
    @classmethod
    def _answered(cls, health_path: str, info: ValidationInfo) -> str:
        around = surroundings(info)
        patterns = around.paths(any_host=around.fails_over)
        if around.paths() and not any(fnmatchcase(health_path, pattern) for pattern in patterns):
            who = "a service without hosts" if around.fails_over else "a service"
            expected = f"a path that {who} answers ({', '.join(patterns)}): or Route 53 never sees the stack healthy"
            fail_on([Problem(value=health_path, expected=expected)])
        return health_path


class Lake(Section):
    """The data lake's buckets."""

    buckets: tuple[BucketRole, ...] = Field(description="stages of the lake, one bucket each")
    noncurrent_days: Annotated[Whole, between(1, 3650, "days")] = Field(
        description="days to keep overwritten or deleted objects"
    )
    access_log_days: Annotated[Whole, between(1, 3650, "days")] = Field(description="days to keep access logs")

    @field_validator("buckets")
    @classmethod
    def _distinct(cls, buckets: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(buckets, what="a bucket"))
        return buckets


class ReplicatedLake(Section):
    """Which of the lake's buckets are copied to the recovery region."""

    buckets: tuple[BucketRole, ...] = Field(description="the buckets of primary and recovery")
