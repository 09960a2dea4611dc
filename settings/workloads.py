"""What the workloads of a stack must agree on: names, repositories, users of the database, queues, what starts them."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from components.base.problems import Problem
from components.base.uses import LinkKind, parse, verbs_of
from components.compute.function_spec import TriggeredFunctionSpec
from components.compute.job_spec import REGISTRY, BatchSpec, JobSpec
from components.compute.service_spec import ServiceSpec
from components.compute.worker_fleet_spec import WorkerFleetSpec
from components.data import database_checks
from components.data.bucket_spec import LakeSpec
from components.data.database_spec import PostgresSpec
from components.messaging.queue_spec import QueueSpec
from settings.layers import PROJECT
from settings.links import lacks_table

Images = ServiceSpec | JobSpec | WorkerFleetSpec
Workloads = Mapping[str, ServiceSpec] | Mapping[str, JobSpec] | Mapping[str, WorkerFleetSpec]
Consumers = Mapping[str, TriggeredFunctionSpec] | Mapping[str, WorkerFleetSpec]
Users = Workloads | Consumers


def names(name: str, others: Mapping[str, Mapping[str, object]]) -> Iterator[Problem]:
    """A problem if one of `others`, by what they are, has the name of a workload."""
    if what := next((what for what, known in others.items() if name in known), None):
        yield Problem(value=name, expected=f"another name: a {what} is called so", path=(name,))


def repositories(workloads: Workloads, others: Mapping[str, Images] | None = None) -> Iterator[Problem]:
    """A problem for each repository whose resources would be called as those of another are."""
    spelled = {each.repository.replace("/", "-"): each.repository for each in (others or {}).values()}
    for name, workload in workloads.items():
        other = spelled.setdefault(workload.repository.replace("/", "-"), workload.repository)
        if other != workload.repository:
            expected = f"a repository that differs from {other} by more than / and -"
            yield Problem(value=workload.repository, expected=expected, path=(name, "repository"))


def copied(workloads: Workloads) -> Iterator[Problem]:
    """A problem for each repository whose images are not copied to the recovery region."""
    expected = f"a repository below {PROJECT}/: no image of another is copied to the recovery region"
    for name, workload in workloads.items():
        if not workload.repository.startswith(f"{PROJECT}/"):
            yield Problem(value=workload.repository, expected=expected, path=(name, "repository"))


def users(workloads: Users, *, master: str | None) -> Iterator[Problem]:
    """A problem for each workload that uses the database and whose name gives no user there."""
    for name, workload in workloads.items():
        if verbs_of(workload.uses, PostgresSpec.link.name) and (expected := database_checks.workload(name, master=master)):
            yield Problem(value=name, expected=expected, path=(name,))


def queues(
    found: Consumers, known: Mapping[str, QueueSpec], others: Mapping[str, Images | TriggeredFunctionSpec]
) -> Iterator[Problem]:
    """A problem for each queue to be worked off that is not there, or that another consumes, be it one of `found`."""
    consumers = {use: name for name, other in {**others, **found}.items() for use in _consumed(other.uses)}
    consumers |= {
        QueueSpec.link.link(other.queue): name
        for name, other in others.items()
        if isinstance(other, TriggeredFunctionSpec) and other.queue
    }
    for name, consumer in found.items():
        if consumer.queue is None:
            continue
        own = QueueSpec.link.link(consumer.queue)
        if consumer.queue not in known:
            listed = f"one of queues: {', '.join(known)}" if known else "none: the stack has no queues"
            yield Problem(value=consumer.queue, expected=listed, path=(name, "queue"))
        elif (other := consumers.get(own, name)) != name:
            expected = f"another queue: {other} consumes this one, and each message goes to one of the two"
            yield Problem(value=consumer.queue, expected=expected, path=(name, "queue"))
        consumers[own] = name


def _consumed(uses: tuple[str, ...]) -> list[str]:
    return [use.name for text in uses if (use := parse(text)) and "consume" in use.verbs]


def jobs(
    found: Mapping[str, JobSpec], stack: Mapping[str, Any], *, master: str | None, links: Mapping[str, LinkKind]
) -> Iterator[Problem]:
    """A problem for each thing of `found` that the rest of the stack does not bear; what of that is wrong is told elsewhere."""
    services = cast("Mapping[str, ServiceSpec]", stack.get("services") or {})
    lake, batch = cast("LakeSpec | None", stack.get("lake")), cast("BatchSpec | None", stack.get("batch"))
    yield from repositories(found, services)
    yield from users(found, master=master)
    for name, job in found.items():
        yield from names(name, {"service": services})
        if "batch" in stack and batch is None:
            yield Problem(value=name, expected="no job, or the section batch: jobs wait in its queue", path=(name,))
        if batch is not None and job.cpu > 1024 * min(batch.spot_vcpus, batch.on_demand_vcpus):
            expected = f"at most {1024 * min(batch.spot_vcpus, batch.on_demand_vcpus)}, 1024 for each vCPU of the smaller of "
            expected += "batch.spotVcpus and batch.onDemandVcpus"
            yield Problem(value=job.cpu, expected=expected, path=(name, "cpu"))
        tenants = [bucket for bucket, spec in lake.buckets.items() if spec.per_tenant] if lake else []
        if job.objects and lake is not None and job.objects.bucket not in tenants:
            expected = (
                f"one of lake.buckets whose objects are tenants', for whom it starts: {', '.join(tenants) or 'none is there'}"
            )
            yield Problem(value=job.objects.bucket, expected=expected, path=(name, "objects", "bucket"))
        if job.schedule and lacks_table(links, REGISTRY):
            expected = f"no schedule, or a table {REGISTRY}: it tells for whom the job starts"
            yield Problem(value=job.schedule.at, expected=expected, path=(name, "schedule", "at"))
