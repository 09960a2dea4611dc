"""The services of a stack file: what each key holds, its unit, its default and what AWS accepts."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from components import checks
from settings.problems import Problem, between, checked, fail_on, matching
from settings.values import (
    DomainName,
    Section,
    UrlPath,
    Use,
    Whole,
    surroundings,
)


class Schedule(Section):
    """When a service sleeps."""

    down: Annotated[str, checked(checks.cron)] = Field(
        description="when tasks go down to downTasks, e.g. cron(0 20 ? * MON-FRI *)"
    )
    up: Annotated[str, checked(checks.cron)] = Field(description="when tasks come back to minTasks")
    timezone: Annotated[str, checked(checks.timezone)] = Field(description="IANA time zone of both, e.g. America/New_York")
    down_tasks: Annotated[Whole, between(0, 5000)] = Field(default=0, description="tasks kept while down, 0 by default")

    @field_validator("up")
    @classmethod
    def _another_time(cls, up: str, info: ValidationInfo) -> str:
        if up == info.data.get("down"):
            fail_on([Problem(value=up, expected="another time than schedule.down")])
        return up


class Service(Section):
    """One ECS service on Fargate behind the load balancer."""

    name: Annotated[str, checked(checks.service_name)] = Field(description="names its resources; 20 characters at most")
    repository: Annotated[str, checked(checks.ecr_repository)] = Field(description="ECR repository in this account and region")
    digest: Annotated[str, matching(r"sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits (the image's digest)")] = Field(
        description="digest of the image: a tag can move, a digest cannot"
    )
    cpu: Annotated[Whole, checked(checks.fargate_cpu)] = Field(description="CPU units of a task, 1024 = 1 vCPU")
    memory: Whole = Field(description="memory of a task, MiB; one of the pairs Fargate sells")
    port: Annotated[Whole, between(1024, 65535)] = Field(description="TCP port of the container, 1024 or more: it is not root")
    priority: Annotated[Whole, between(1, 50000)] = Field(description="of the listener rule; the lowest number is tried first")
    hosts: tuple[DomainName, ...] = Field(default=(), description="host names it answers; any by default")
    paths: tuple[Annotated[str, checked(checks.path_pattern)], ...] = Field(
        description="path patterns it answers, e.g. /search/*"
    )
    health_path: UrlPath = Field(description="path that the target group checks")
    min_tasks: Annotated[Whole, between(1, 5000)] = Field(description="tasks at the least")
    max_tasks: Annotated[Whole, between(1, 5000)] = Field(description="tasks at the most")
    spot_percent: Annotated[Whole, between(0, 100, "%")] = Field(
        default=0, description="share on Fargate Spot, %; 0 by default"
    )
    cpu_target_percent: Annotated[Whole, between(10, 90, "%")] = Field(
        default=60, description="average CPU that scaling aims at, %; 60 by default"
    )
    uses: tuple[Use, ...] = Field(default=(), description="what it may touch: database, sessions, lake-read, lake-write")
    schedule: Schedule | None = Field(default=None, description="when it sleeps; never by default")

    @field_validator("name", "priority")
    @classmethod
    def _of_its_own(cls, value: str | int, info: ValidationInfo) -> str | int:
        holders = surroundings(info).count(str(info.field_name), value)
        if holders > 1:
            fail_on([Problem(value=value, expected=f"a {info.field_name} of its own: {holders} services have this one")])
        return value

    @field_validator("hosts")
    @classmethod
    def _in_certificate(cls, hosts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        domain = surroundings(info).domain
        expected = f"ingress.domain {domain} or one label in front of it: the certificate covers no more"
        fail_on(
            Problem(value=host, expected=expected, path=(index,))
            for index, host in enumerate(hosts)
            if domain and domain not in (host, host.partition(".")[2])
        )
        return hosts

    @field_validator("memory")
    @classmethod
    def _known_pair(cls, memory: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and (expected := checks.fargate_memory(cpu, memory)):
            fail_on([Problem(value=memory, expected=expected)])
        return memory

    @field_validator("paths")
    @classmethod
    def _fit_one_rule(cls, paths: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if expected := checks.condition_values(paths, info.data.get("hosts", ())):
            fail_on([Problem(value=list(paths), expected=expected)])
        return paths

    @field_validator("max_tasks")
    @classmethod
    def _above_min(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("min_tasks", 0)
        if most < least:
            fail_on([Problem(value=most, expected=f"minTasks ({least}) or more")])
        return most

    @field_validator("schedule")
    @classmethod
    def _fewer_while_down(cls, schedule: Schedule | None, info: ValidationInfo) -> Schedule | None:
        least = info.data.get("min_tasks")
        if schedule and least is not None and schedule.down_tasks >= least:
            fail_on([Problem(value=schedule.down_tasks, expected=f"fewer than minTasks ({least})", path=("downTasks",))])
        return schedule
