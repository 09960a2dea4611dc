"""The services of a region: image repositories, the cluster, and each service with what it says it uses."""

import pulumi

from components.compute.cluster import Cluster, ClusterArgs
from components.compute.repository import Repository, RepositoryArgs, pull_login
from components.compute.service import Service, ServiceArgs
from components.edge.ingress import Ingress
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_services(
    settings: PlatformSettings, region: Region, ingress: Ingress, *, running: bool = True
) -> dict[str, pulumi.Output[str]]:
    """Declare the services of the settings; with `running` false everything but the ECS services themselves.

    Returns the ARN of each service's tenant role.
    """
    here, network = region.here, region.network
    cluster = Cluster("cluster", ClusterArgs(here=here))
    repositories = {
        name: Repository(
            name.replace("/", "-"), RepositoryArgs(here=here, repository_name=name, key_arn=region.keys["storage"])
        )
        for name in sorted({service.repository for service in settings.services.values()})
    }
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
