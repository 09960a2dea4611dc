"""The services of a stack: each is handed what it says it uses, and gets exactly the address and the permissions for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.autoscaling import Schedule
from components.ingress import Ingress
from components.permissions import Statement
from components.postgres import PostgresInstance
from components.repository import pull_login
from components.service import Service, ServiceArgs
from settings import PlatformSettings
from settings.services import Service as ServiceSettings
from settings.services import Use
from stacks.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Handle:
    """What a service gets for one of its `uses`.

    Attributes:
        grants: What its code may do.
        environment: Plain variables.
        secrets: Variable -> ARN of a secret, read when the task starts.
        secret_grants: What reading those takes.
        database: The database it may connect to.
    """

    grants: tuple[Statement, ...] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_grants: tuple[Statement, ...] = ()
    database: PostgresInstance | None = None


def database_handle(
    database: PostgresInstance, *, credentials_arn: pulumi.Input[str], secret_grants: tuple[Statement, ...]
) -> Handle:
    """Use of a database, in whatever region it is."""
    return Handle(
        environment={"DATABASE_HOST": database.address, "DATABASE_PORT": str(database.port)},
        secrets={"DATABASE_CREDENTIALS": credentials_arn},
        secret_grants=secret_grants,
        database=database,
    )


def tables_handle(table_names: Mapping[str, pulumi.Input[str]], grants: Sequence[Statement]) -> Handle:
    """Use of the tables of sessions and logins; `SESSIONS_TABLE` and the like tell their physical names."""
    environment = {f"{name.upper().replace('-', '_')}_TABLE": table_name for name, table_name in table_names.items()}
    return Handle(grants=tuple(grants), environment=environment)


def lake_handles(platform: Platform) -> dict[Use, Handle]:
    """Uses of the lake: all its buckets can be read, and written by those who say so."""
    names = {f"LAKE_{role.upper().replace('-', '_')}": bucket.bucket_name for role, bucket in platform.lake.items()}
    buckets = platform.lake.values()
    return {
        "lake-read": Handle(grants=tuple(grant for bucket in buckets for grant in bucket.read()), environment=names),
        "lake-write": Handle(grants=tuple(grant for bucket in buckets for grant in bucket.write()), environment=names),
    }


def declare_services(
    settings: PlatformSettings, platform: Platform, ingress: Ingress, handles: Mapping[Use, Handle], *, running: bool
) -> list[Service]:
    """Declare the services of the settings; with `running` false everything but the ECS services themselves."""
    return [_declare(service, settings, platform, ingress, handles, running) for service in settings.services]


def _declare(
    service: ServiceSettings,
    settings: PlatformSettings,
    platform: Platform,
    ingress: Ingress,
    handles: Mapping[Use, Handle],
    running: bool,
) -> Service:
    used = [handles[use] for use in service.uses]
    repository = platform.repositories[service.repository]
    declared = Service(
        service.name,
        ServiceArgs(
            region=settings.region,
            account_id=settings.account_id,
            vpc_id=platform.network.vpc_id,
            subnet_ids=platform.network.application_subnet_ids,
            cluster_arn=platform.cluster.arn,
            route=ingress.route(priority=service.priority, paths=service.paths, hosts=service.hosts),
            image=repository.image(service.digest),
            cpu=service.cpu,
            memory=service.memory,
            port=service.port,
            health_path=service.health_path,
            environment={name: value for handle in used for name, value in handle.environment.items()},
            secrets={name: arn for handle in used for name, arn in handle.secrets.items()},
            grants=[grant for handle in used for grant in handle.grants],
            execution_grants=[
                pull_login(),
                *repository.pull(),
                *(grant for handle in used for grant in handle.secret_grants),
            ],
            log_key_arn=platform.keys["logs"],
            log_retention_days=settings.log_retention_days,
            min_tasks=service.min_tasks,
            max_tasks=service.max_tasks,
            cpu_target_percent=service.cpu_target_percent,
            spot_percent=service.spot_percent,
            schedule=service.schedule and Schedule(**service.schedule.model_dump()),
            running=running,
            protect=settings.protect,
            alarms=platform.alerts.target,
        ),
    )
    if platform.endpoints.security_group:
        platform.endpoints.security_group.allow_from(declared.security_group, port=443, description="AWS inside the VPC")
    for handle in used:
        if handle.database:
            handle.database.security_group.allow_from(
                declared.security_group, port=handle.database.port, description=f"PostgreSQL for {service.name}"
            )
    return declared
