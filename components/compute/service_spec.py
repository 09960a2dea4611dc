"""What runs on Fargate, how large, how many of it, when, and for which requests."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, checked, duplicates, fail_on
from ..base.spec import DomainName, Spec, UrlPath, Whole, context
from ..base.uses import expected_instead, parse, policy_size
from ..edge import edge_checks
from . import compute_checks

CpuArchitecture = Literal["ARM64", "X86_64"]

MAX_TASKS: Final = 5000  # docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: tasks per service


class ScheduleSpec(Spec):
    """When a service sleeps."""

    down: Annotated[str, checked(compute_checks.cron)] = Field(
        description="when tasks go down to downTasks, e.g. cron(0 20 ? * MON-FRI *)"
    )
    up: Annotated[str, checked(compute_checks.cron)] = Field(description="when tasks come back to minTasks")
    timezone: Annotated[str, checked(compute_checks.timezone)] = Field(
        description="IANA time zone of both, e.g. America/New_York"
    )
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


class TaskSpec(Spec):
    """A task of one container on Fargate."""

    cpu: Annotated[Whole, checked(compute_checks.fargate_cpu)] = Field(
        description="CPU units of a task, 1024 = 1 vCPU; one that Fargate sells, 256 to 32768"
    )
    memory: Whole = Field(description="memory of a task, MiB; one that Fargate sells with the CPU")
    port: Annotated[Whole, between(1024, 65535)] = Field(description="TCP port of the container, 1024 or more: it is not root")
    cpu_architecture: CpuArchitecture = Field(
        default="ARM64", description="what the image is built for, ARM64 or X86_64; ARM64 by default, a fifth cheaper"
    )

    @field_validator("memory")
    @classmethod
    def _known_pair(cls, memory: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and (expected := compute_checks.fargate_memory(cpu, memory)):
            fail_on([Problem(value=memory, expected=expected)])
        return memory


class ServiceSpec(TaskSpec):
    """One ECS service on Fargate behind the load balancer."""

    repository: Annotated[str, checked(compute_checks.ecr_repository)] = Field(
        description="ECR repository in this account and region"
    )
    digest: Annotated[str, checked(compute_checks.digest)] = Field(
        description="digest of the image: a tag can move, a digest cannot"
    )
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
    uses: tuple[str, ...] = Field(
        default=(), description="what it may use, e.g. database, table/sessions:read+write; nothing by default"
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

    @field_validator("uses")
    @classmethod
    def _offered_and_once(cls, uses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        links = context(info).links
        fail_on(
            Problem(value=text, expected=expected, path=(index,))
            for index, text in enumerate(uses)
            if (expected := expected_instead(text, links) if links else _form(text))
        )
        fail_on([*duplicates(uses, what="a use"), *_overlapping(uses)])
        if expected := policy_size(uses):
            fail_on([Problem(value=f"{len(uses)} uses", expected=expected)])
        return uses

    @field_validator("schedule")
    @classmethod
    def _fewer_while_down(cls, schedule: ScheduleSpec | None, info: ValidationInfo) -> ScheduleSpec | None:
        least = info.data.get("min_tasks")
        if schedule and least is not None and schedule.down_tasks >= least:
            fail_on([Problem(value=schedule.down_tasks, expected=f"fewer than minTasks ({least})", path=("downTasks",))])
        return schedule


def _form(text: str) -> str | None:
    """What is checked where nobody knows which links there are."""
    return None if parse(text) else "the name of a link, e.g. database, table/sessions:read+write, lake/raw/in/:read"


def _overlapping(uses: tuple[str, ...]) -> Iterator[Problem]:
    """Verbs that are listed for the same thing before, in other words than these."""
    taken: set[tuple[str, str]] = set()
    for text in dict.fromkeys(uses):
        use = parse(text)
        if use is None:  # which was refused already
            continue
        thing = "/".join(filter(None, (use.name, use.path)))
        for verb in use.verbs:
            if (thing, verb) in taken:
                expected = f"{verb} of {thing} not listed before"
                yield Problem(value=text, expected=expected, path=(uses.index(text),))
            taken.add((thing, verb))
