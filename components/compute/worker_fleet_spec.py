"""Which container works a queue off on a fleet's instances, and for how many messages there is an instance."""

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, fail_on
from ..base.spec import PartName, Whole
from ..base.uses import policy_size
from ..messaging.queue_spec import QueueSpec
from .container_spec import Digest, Repository, Uses, besides_queue
from .failing_spec import FailingSpec
from .fleet_spec import MAX_INSTANCES, FleetSpec

BACKLOG: Final = (1, 100_000)
# What the role's policy holds besides what the code uses, at the most: no figure of AWS, a test measures it.
OWN_CHARACTERS: Final = 1_500


class WorkerFleetSpec(FleetSpec):
    """A fleet whose instances run one container each, which works a queue off.

    Its image (`image_id`) has Docker, version 2 of the AWS CLI and the agent of Systems Manager.
    """

    min_instances: Annotated[Whole, between(1, MAX_INSTANCES)] = Field(
        description="instances at the least, 1 or more: what waits for none cannot be divided among them; fewer by schedule"
    )
    repository: Repository = Field(description="ECR repository in this account and region")
    digest: Digest = Field(description="digest of the image: a tag can move, a digest cannot")
    command: tuple[str, ...] = Field(
        default=(), description="what the container runs, its image's own command by default; no secret"
    )
    queue: PartName = Field(description="queue whose messages it works off")
    backlog_per_instance: Annotated[Whole, between(*BACKLOG)] = Field(
        description="messages, waiting or in work, that scaling aims at for each instance: as many as it finishes in "
        "the time that they may wait"
    )
    failing: FailingSpec = Field(
        default_factory=FailingSpec, description="how much of what it tells may fail until people hear of it; 5 % by default"
    )
    uses: Uses = Field(
        default=(),
        validate_default=True,
        description="what it may use besides its queue, e.g. lake/raw:read, lake/curated:write; nothing by default",
    )

    @field_validator("uses")
    @classmethod
    def _besides_its_queue(cls, uses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        queue = info.data.get("queue")
        besides_queue(uses, queue)
        if expected := policy_size((*uses, f"{QueueSpec.link.link(queue or 'it')}:consume"), besides=OWN_CHARACTERS):
            fail_on([Problem(value=f"{len(uses)} uses besides its queue", expected=expected)])
        return uses

    @property
    def consumes(self) -> tuple[str, ...]:
        """What it uses of its queue."""
        return (f"{QueueSpec.link.link(self.queue)}:consume",)
