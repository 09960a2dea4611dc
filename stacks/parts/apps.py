"""The workloads of a region: image repositories, the services in their cluster, the batch jobs in their queue."""

from collections.abc import Mapping

import pulumi

from components.compute.batch import Batch, BatchArgs
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.job import Job, JobArgs
from components.compute.job_spec import REGISTRY
from components.compute.repository import Repository, RepositoryArgs, pull_login
from components.compute.service import Service, ServiceArgs
from components.data.bucket import Bucket
from components.data.table_spec import TableSpec
from components.edge.ingress import Ingress
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_repositories(settings: PlatformSettings, region: Region) -> dict[str, Repository]:
    """Declare the repositories of all images, by name."""
    workloads = (*settings.services.values(), *settings.jobs.values())
    return {
        name: Repository(
            name.replace("/", "-"), RepositoryArgs(here=region.here, repository_name=name, key_arn=region.keys["storage"])
        )
        for name in sorted({workload.repository for workload in workloads})
    }


def declare_services(
    settings: PlatformSettings,
    region: Region,
    ingress: Ingress,
    repositories: Mapping[str, Repository],
    *,
    running: bool = True,
) -> dict[str, pulumi.Output[str]]:
    """Declare the services of the settings; with `running` false everything but the ECS services themselves.

    Returns the ARN of each service's tenant role.
    """
    here, network = region.here, region.network
    cluster = Cluster("cluster", ClusterArgs(here=here))
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
                link=region.links.of(spec.uses, workload=name),
                vpc_id=network.vpc_id,
                subnet_ids=network.application_subnet_ids,
                cluster_arn=cluster.arn,
                listener=ingress.listener,
                running=running,
            ),
        )
        if service.task.tenant_role:
            tenant_roles[name] = service.task.tenant_role.arn
    return tenant_roles


def declare_jobs(
    settings: PlatformSettings,
    region: Region,
    lake: Mapping[str, Bucket],
    repositories: Mapping[str, Repository],
    *,
    cell: str,
    running: bool = True,
) -> dict[str, pulumi.Output[str]]:
    """Declare the batch jobs of the settings; with `running` false nothing starts them.

    `cell` is what the registry calls the tenants of this stack by: the name of the primary stack. Returns the ARN of each job's
    tenant role.
    """
    if settings.batch is None:
        return {}
    here, network = region.here, region.network
    batch = Batch(
        "batch",
        BatchArgs(
            here=here,
            spec=settings.batch,
            vpc_id=network.vpc_id,
            subnet_ids=network.application_subnet_ids,
            key_arn=region.keys["messages"],
            running=running,
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
                link=region.links.of(spec.uses, workload=name),
                bucket_name=lake[spec.objects.bucket].bucket_name if spec.objects else None,
                own_buckets=lake[spec.objects.bucket].own_bucket("t*") if spec.objects else None,
                registry=region.links.of([f"{TableSpec.link.link(REGISTRY)}:read"], workload=name) if spec.schedule else None,
                cell=cell,
                running=running,
            ),
        )
        if job.tenant_role:
            tenant_roles[name] = job.tenant_role.arn
    return tenant_roles
