"""What runs as a batch job, when it starts, and how large the queue is that it waits in."""

import re
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import hours
from ..base.problems import Problem, between, checked, duplicates, fail_on, matching
from ..base.spec import CostCenter, PartName, Spec, Whole
from . import compute_checks
from .container_spec import ContainerSpec, Digest, Repository, Uses

# docs.aws.amazon.com/batch/latest/APIReference/API_RetryStrategy.html
ATTEMPTS: Final = (1, 10)
# docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html: schedulingPriority is 0 to 9999. The provider
# registers a definition with 0 as one without any (job_definition.go: GetOk), and a queue with fair share refuses its jobs:
# "Either schedulingPriority in job definition or schedulingPriorityOverride is required"
# (github.com/hashicorp/terraform-provider-aws/issues/31226).
PRIORITY: Final = (1, 9999)
# docs.aws.amazon.com/batch/latest/APIReference/API_EphemeralStorage.html: GiB; a task has 20 of its own
OWN_SCRATCH_GIB: Final = 20
SCRATCH_GIB: Final = (OWN_SCRATCH_GIB, 200)
# docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html: 60 seconds at the least; Fargate ends what runs for 14 days
TIMEOUT_MINUTES: Final = (1, 14 * 24 * 60)
# docs.aws.amazon.com/batch/latest/APIReference/API_JobStateTimeLimitAction.html: 600 to 86,400 seconds
STUCK_MINUTES: Final = (10, 1440)
# docs.aws.amazon.com/batch/latest/APIReference/API_FairsharePolicy.html: 0 stands for the least window, ten minutes. The user
# guide (fair-share-scheduling) says that with 0 current use alone counts; whichever is right, it is not what 0 minutes say.
DECAY_MINUTES: Final = (10, 7 * 24 * 60)
RESERVED_PERCENT: Final = (0, 99)
VCPUS: Final = (1, 10_000)

PARAMETERS: Final = ("tenant", "dataset", "dates")
"""What whatever starts a job tells it: an argument `Ref::<name>` of its command is replaced by that."""
DATASET: Final = "[a-z][a-z0-9_-]{0,39}"
REGISTRY: Final = "tenants"
"""The table that says for which tenants a schedule starts a job."""


class ObjectsSpec(Spec):
    """Objects whose arrival starts a job: `tenant=<id>/dataset=<name>/date=<date>/<name of the object>`."""

    bucket: PartName = Field(description="stage of the lake that they arrive in, e.g. raw")
    name: Annotated[str, matching(r"[A-Za-z0-9_.-]{1,100}", "a name without / or *, e.g. _SUCCESS")] = Field(
        default="_SUCCESS", description="name of the object that ends a delivery; _SUCCESS by default"
    )


class JobScheduleSpec(Spec):
    """When a job starts for every active tenant of the registry, with the three days before as its dates."""

    at: Annotated[str, checked(compute_checks.cron)] = Field(description="when, e.g. cron(0 8 * * ? *)")
    timezone: Annotated[str, checked(hours.timezone)] = Field(default="UTC", description="IANA time zone of at; UTC by default")
    dataset: Annotated[str, matching(DATASET, "a dataset's name, e.g. loans")] = Field(description="dataset, e.g. loans")

    @property
    def daily(self) -> bool:
        """Whether it starts each day: its silence is told then. Of another one nobody can say how long it may be silent."""
        return re.fullmatch(r"cron\(\d+ \d+ (\* \* \?|\? \* \*) \*\)", self.at, re.ASCII) is not None


class JobSpec(ContainerSpec):
    """One kind of batch job on Fargate."""

    repository: Repository = Field(description="ECR repository in this account and region")
    digest: Digest = Field(description="digest of the image: a tag can move, a digest cannot")
    command: tuple[str, ...] = Field(
        description="what the container runs; the arguments Ref::tenant, Ref::dataset and Ref::dates are replaced"
    )
    timeout_minutes: Annotated[Whole, between(*TIMEOUT_MINUTES, "minutes")] = Field(
        description="minutes after which an attempt is ended"
    )
    attempts: Annotated[Whole, between(*ATTEMPTS)] = Field(
        default=5, description="attempts at the most, where one may be repeated at all; 5 by default"
    )
    priority: Annotated[Whole, between(*PRIORITY)] = Field(
        default=1, description="before other jobs of the same tenant: the highest number first, 1 to 9999; 1 by default"
    )
    scratch_gib: Annotated[Whole, between(*SCRATCH_GIB, "GiB")] = Field(
        default=OWN_SCRATCH_GIB, description="disk for /tmp and the image, 20 to 200 GiB; 20 by default"
    )
    uses: Uses = Field(
        default=(), description="what it may use, e.g. database:write, lake/raw:read, lake/curated:write; nothing by default"
    )
    objects: ObjectsSpec | None = Field(default=None, description="objects whose arrival starts it; none by default")
    schedule: JobScheduleSpec | None = Field(default=None, description="when it starts by itself; never by default")
    cost_center: CostCenter | None = Field(
        default=None, description="who pays for its runs (the tag CostCenter), e.g. CC-4200; who pays for the stack by default"
    )

    @field_validator("command")
    @classmethod
    def _known_parameters(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if not command:
            fail_on([Problem(value=[], expected="what the container runs, one argument or more")])
        known = [f"Ref::{name}" for name in PARAMETERS]
        fail_on(
            Problem(value=text, expected=f"one of {', '.join(known)}, or a text without Ref::", path=(index,))
            for index, text in enumerate(command)
            if "Ref::" in text and text not in known
        )
        fail_on(duplicates([text for text in command if text in known], what="a parameter"))
        return command

    @field_validator("schedule")
    @classmethod
    def _for_one_tenant_each(cls, schedule: JobScheduleSpec | None, info: ValidationInfo) -> JobScheduleSpec | None:
        command = info.data.get("command")
        if schedule and command and "Ref::tenant" not in command:
            fail_on(
                [Problem(value=schedule.at, expected="Ref::tenant in command: it starts once for each tenant", path=("at",))]
            )
        return schedule


class BatchSpec(Spec):
    """The queue of the batch jobs, and the capacity behind it: Fargate Spot first, Fargate after it."""

    spot_vcpus: Annotated[Whole, between(*VCPUS)] = Field(description="vCPUs on Fargate Spot at the most")
    on_demand_vcpus: Annotated[Whole, between(*VCPUS)] = Field(
        description="vCPUs on Fargate at the most, for what Spot does not take"
    )
    decay_minutes: Annotated[Whole, between(*DECAY_MINUTES, "minutes")] = Field(
        default=60, description="minutes that a tenant's use counts against it, 10 to 10080; 60 by default"
    )
    reserved_percent: Annotated[Whole, between(*RESERVED_PERCENT, "%")] = Field(
        default=25,
        description="share of the vCPUs that one tenant alone leaves free for the next, %; of two, its square; 25 by default",
    )
    stuck_minutes: Annotated[Whole, between(*STUCK_MINUTES, "minutes")] = Field(
        default=15, description="minutes at the head of the queue that raise an alarm, 10 to 1440; 15 by default"
    )
    cancel_minutes: Annotated[Whole, between(*STUCK_MINUTES, "minutes")] = Field(
        default=240,
        validate_default=True,
        description="minutes after which a job that cannot be placed is cancelled, stuckMinutes or more; 240 by default",
    )

    @field_validator("cancel_minutes")
    @classmethod
    def _after_the_alarm(cls, minutes: int, info: ValidationInfo) -> int:
        stuck = info.data.get("stuck_minutes")
        if stuck is not None and minutes < stuck:
            expected = f"stuckMinutes ({stuck}) or more: people hear of a job before it is cancelled"
            fail_on([Problem(value=minutes, expected=expected)])
        return minutes


KEY: Final = rf"^tenant=(t[a-z2-7]{{15}})/dataset=({DATASET})/date=([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/"
