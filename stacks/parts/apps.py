"""The workloads of a region that run images: repositories, services in their cluster, batch jobs, fleets of instances."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from components.base.telemetry import telling
from components.compute.batch import Batch, BatchArgs
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.job import Job, JobArgs
from components.compute.job_spec import REGISTRY
from components.compute.repository import Images, Repository, RepositoryArgs, SharedImages, pull_login
from components.compute.service import Service, ServiceArgs
from components.compute.worker_fleet import WorkerFleet, WorkerFleetArgs
from components.data.bucket import Bucket
from components.data.table_spec import TableSpec
from components.edge.ingress import Ingress
from components.messaging.queue import Queue
from settings import PlatformSettings
from stacks.parts.region import Ground, Region


class Jobs(NamedTuple):
    """Job -> ARN of its tenant role, and the queue of all; None where the stack has none."""

    tenant_roles: Mapping[str, pulumi.Output[str]]
    queue_arn: pulumi.Output[str] | None


def declare_repositories(settings: PlatformSettings, region: Ground) -> dict[str, Repository]:
    """Declare the repositories of all images, by name."""
    return {
        name: Repository(
            name.replace("/", "-"), RepositoryArgs(here=region.here, repository_name=name, key_arn=region.keys["storage"])
        )
        for name in _repositories(settings)
    }


def share_repositories(settings: PlatformSettings, region: Ground) -> dict[str, Images]:
    """The images of another stack's repositories, by name."""
    return {name: SharedImages(region.here, name) for name in _repositories(settings)}


def _repositories(settings: PlatformSettings) -> list[str]:
    own = [settings.reconcile] if settings.reconcile else []
    workloads = (*settings.services.values(), *settings.jobs.values(), *settings.fleets.values(), *own)
    return sorted({workload.repository for workload in workloads})


def declare_cluster(region: Region) -> Cluster:
    """Declare the cluster of the region's services, and of what is run there once."""
    return Cluster("cluster", ClusterArgs(here=region.here))


def declare_services(
    settings: PlatformSettings,
    region: Region,
    ingress: Ingress,
    repositories: Mapping[str, Images],
    cluster: Cluster,
) -> dict[str, pulumi.Output[str]]:
    """Declare the services of the settings. Returns the ARN of each one's tenant role."""
    here, network = region.here, region.network
    tenant_roles: dict[str, pulumi.Output[str]] = {}
    for name, spec in settings.services.items():
        repository = repositories[spec.repository]
        service = Service(
            name,
            ServiceArgs(
                here=here,
                spec=spec,
                image=repository.image(spec.digest),
                pull=[pull_login(), *repository.pull()],
                link=telling(region.links.of(spec.uses, workload=name)),
                vpc_id=network.vpc_id,
                subnet_ids=network.application_subnet_ids,
                cluster_arn=cluster.arn,
                listener=ingress.listener,
                running=settings.running,
            ),
        )
        if service.task.tenant_role:
            tenant_roles[name] = service.task.tenant_role.arn
    return tenant_roles


def declare_jobs(
    settings: PlatformSettings,
    region: Region,
    lake: Mapping[str, Bucket],
    repositories: Mapping[str, Images],
    *,
    cell: str,
) -> Jobs:
    """Declare the batch jobs of the settings.

    `cell` is what the registry calls the tenants of this stack by: the name of the primary stack.
    """
    if settings.batch is None:
        return Jobs({}, None)
    here, network = region.here, region.network
    batch = Batch(
        "batch",
        BatchArgs(
            here=here,
            spec=settings.batch,
            vpc_id=network.vpc_id,
            subnet_ids=network.application_subnet_ids,
            key_arn=region.keys["messages"],
            running=settings.running,
        ),
    )
    tenant_roles: dict[str, pulumi.Output[str]] = {}
    for name, spec in settings.jobs.items():
        repository = repositories[spec.repository]
        job = Job(
            name,
            JobArgs(
                here=here,
                spec=spec,
                batch=batch,
                image=repository.image(spec.digest),
                pull=[pull_login(), *repository.pull()],
                link=telling(region.links.of(spec.uses, workload=name)),
                bucket_name=lake[spec.objects.bucket].bucket_name if spec.objects else None,
                own_buckets=lake[spec.objects.bucket].own_bucket("t*") if spec.objects else None,
                registry=region.links.of([f"{TableSpec.link.link(REGISTRY)}:read"], workload=name) if spec.schedule else None,
                cell=cell,
                running=settings.running,
            ),
        )
        if job.tenant_role:
            tenant_roles[name] = job.tenant_role.arn
    return Jobs(tenant_roles, batch.queue_arn)


def declare_fleets(
    settings: PlatformSettings,
    region: Region,
    queues: Mapping[str, Queue],
    repositories: Mapping[str, Images],
) -> dict[str, pulumi.Output[str]]:
    """Declare the fleets of the settings, without instances on standby. Returns the ARN of each one's tenant role."""
    tenant_roles: dict[str, pulumi.Output[str]] = {}
    for name, spec in settings.fleets.items():
        repository = repositories[spec.repository]
        fleet = WorkerFleet(
            name,
            WorkerFleetArgs(
                here=region.here,
                spec=spec,
                image=repository.image(spec.digest),
                pull=[pull_login(), *repository.pull()],
                link=telling(region.links.of((*spec.uses, *spec.consumes), workload=name)),
                queue=queues[spec.queue],
                vpc_id=region.network.vpc_id,
                subnet_ids=region.network.application_subnet_ids,
                volumes_key_arn=region.keys["volumes"],
                default_tags=settings.tags.model_dump(by_alias=True),
                running=settings.running,
            ),
        )
        if fleet.tenant_role:
            tenant_roles[name] = fleet.tenant_role.arn
    return tenant_roles
