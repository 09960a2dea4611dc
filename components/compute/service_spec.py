"""What runs on Fargate, how large, how many of it, when, and for which requests."""

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks, hours
from ..base.problems import Problem, between, checked, duplicates, fail_on
from ..base.spec import DomainName, Spec, UrlPath, Whole, context
from ..edge import edge_checks
from . import compute_checks
from .container_spec import ContainerSpec, Digest, Repository, Uses
from .failing_spec import FailingSpec

MAX_TASKS: Final = 5000  # docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: tasks per service


class ScheduleSpec(Spec):
    """When a service sleeps."""

    down: Annotated[str, checked(compute_checks.cron)] = Field(
        description="when tasks go down to downTasks, e.g. cron(0 20 ? * MON-FRI *)"
    )
    up: Annotated[str, checked(compute_checks.cron)] = Field(description="when tasks come back to minTasks")
    timezone: Annotated[str, checked(hours.timezone)] = Field(description="IANA time zone of both, e.g. America/New_York")
    down_tasks: Annotated[Whole, between(0, MAX_TASKS)] = Field(
        default=0, description="tasks kept while down, fewer than minTasks; 0 by default"
    )

    @field_validator("up")
    @classmethod
    def _another_time(cls, up: str, info: ValidationInfo) -> str:
        down = info.data.get("down")
        if down is not None and compute_checks.same_times(up, down):
            fail_on([Problem(value=up, expected="another time than schedule.down")])
        return up


class TaskSpec(ContainerSpec):
    """A task of one container on Fargate."""

    port: Annotated[Whole, between(1024, 65535)] = Field(description="TCP port of the container, 1024 or more: it is not root")


class ServiceSpec(TaskSpec):
    """One ECS service on Fargate behind the load balancer."""

    repository: Repository = Field(description="ECR repository in this account and region")
    digest: Digest = Field(description="digest of the image: a tag can move, a digest cannot")
    priority: Annotated[Whole, checked(edge_checks.listener_priority)] = Field(
        description="of the listener rule, 1 to 50000, each service its own; the lowest number is tried first"
    )
    hosts: tuple[DomainName, ...] = Field(default=(), description="host names it answers; any by default")
    paths: tuple[Annotated[str, checked(checks.path_pattern)], ...] = Field(
        description="path patterns it answers, e.g. /search/*; with the hosts 5 at most"
    )
    health_path: UrlPath = Field(description="path that the target group checks; 200 to 299 is healthy")
    min_tasks: Annotated[Whole, between(1, MAX_TASKS)] = Field(description="tasks at the least")
    max_tasks: Annotated[Whole, between(1, MAX_TASKS)] = Field(description="tasks at the most, minTasks or more")
    spot_percent: Annotated[Whole, between(0, 100, "%")] = Field(
        default=0, description="share on Fargate Spot, %; below 100 the first task is never on Spot; 0 by default"
    )
    cpu_target_percent: Annotated[Whole, between(10, 90, "%")] = Field(
        default=60, description="average CPU that scaling aims at, 10 to 90 %; memory is held at 75 %; 60 by default"
    )
    uses: Uses = Field(default=(), description="what it may use, e.g. database:read, table/sessions:write; nothing by default")
    failing: FailingSpec = Field(
        default_factory=FailingSpec, description="how much of what it tells may fail until people hear of it; 5 % by default"
    )
    schedule: ScheduleSpec | None = Field(default=None, description="when it sleeps; never by default")

    @field_validator("priority")
    @classmethod
    def _of_its_own(cls, priority: int, info: ValidationInfo) -> int:
        services = context(info).services.values()
        holders = sum(str(service.get("priority")) == str(priority) for service in services)
        if holders > 1:
            fail_on([Problem(value=priority, expected=f"a priority of its own: {holders} services have this one")])
        return priority

    @field_validator("hosts")
    @classmethod
    def _in_certificate(cls, hosts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        domain = context(info).domain
        expected = f"ingress.domain {domain} or one label in front of it: the certificate covers no more"
        foreign = (
            Problem(value=host, expected=expected, path=(index,))
            for index, host in enumerate(hosts)
            if domain and (domain not in (host, host.partition(".")[2]) or host == edge_checks.standby_name(domain))
        )
        fail_on([*duplicates(hosts, what="a host"), *foreign])
        return hosts

    @field_validator("paths")
    @classmethod
    def _fit_one_rule(cls, paths: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(paths, what="a path"))
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
    def _fewer_while_down(cls, schedule: ScheduleSpec | None, info: ValidationInfo) -> ScheduleSpec | None:
        least = info.data.get("min_tasks")
        if schedule and least is not None and schedule.down_tasks >= least:
            fail_on([Problem(value=schedule.down_tasks, expected=f"fewer than minTasks ({least})", path=("downTasks",))])
        return schedule
