"""The image that brings a stack and the world together after a failover, and how large its task is."""

from pydantic import Field

from ..compute.container_spec import ContainerSpec, Digest, Repository


class ReconcileSpec(ContainerSpec):
    """The task that runs `up` after a failover."""

    repository: Repository = Field(
        default="dataconnect/reconcile", description="ECR repository of its image; dataconnect/reconcile by default"
    )
    digest: Digest = Field(
        description="digest of the image; the deployment job gives that of the commit which it deploys (docs/delivery.md)"
    )
