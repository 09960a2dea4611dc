"""What brings a stack and the world together after a failover, in the region that became the active one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pulumi

from components.compute.cluster import Cluster
from components.compute.repository import Repository, pull_login
from components.operate.reconcile import Reconcile, ReconcileArgs
from settings import PlatformSettings
from stacks.parts.region import Region

NAME: Final = "reconcile"


def declare_reconcile(
    settings: PlatformSettings,
    region: Region,
    repositories: Mapping[str, Repository],
    cluster: Cluster,
    *,
    table_name: pulumi.Input[str],
) -> Reconcile | None:
    """Declare the task; None where the settings have none. `table_name` is the table `recovery`."""
    here, spec = region.here, settings.reconcile
    if spec is None:
        return None
    repository = repositories[spec.repository]
    return Reconcile(
        NAME,
        ReconcileArgs(
            here=here,
            spec=spec,
            image=repository.image(spec.digest),
            pull=[pull_login(), *repository.pull()],
            link=replace(
                region.links.of((), workload=NAME),
                environment={
                    "STACK": pulumi.get_stack(),
                    "AWS_REGION": here.region,
                    "RECOVERY_TABLE": table_name,
                    "ALERT_TOPIC": region.alerts.topic_arn,
                },
            ),
            role_arn=f"arn:aws:iam::{here.account_id}:role/dataconnect-reconcile-{here.region}",
            cluster_arn=cluster.arn,
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
        ),
    )
