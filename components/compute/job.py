"""A kind of batch job: its definition with its roles and its log group, and what starts it."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import batch, iam

from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.links import Link
from ..base.statements import Statement
from .batch import Batch
from .container import ContainerArgs, Rights, hardened, refuse_long_name
from .job_spec import OWN_SCRATCH_GIB, JobSpec
from .job_starts import REGISTRY_TABLE, create_starts

# What an image is told: what it answers decides whether the attempt is repeated (docs/decisions/batch.md).
TRY_AGAIN: Final = 10

# In this order, the first that matches; five at the most, in small letters, as the provider keeps them. What nothing matches
# would be repeated, so the last matches all.
# docs.aws.amazon.com/batch/latest/userguide/job_retries.html
RETRIES: Final[tuple[dict[str, str], ...]] = (
    # Fargate took the capacity back. (An instance that is reclaimed says `Host EC2...`: there is none here.)
    {"on_status_reason": "Your Spot Task was interrupted*", "action": "retry"},
    {"on_status_reason": "CannotPullContainerError*", "action": "retry"},
    {"on_status_reason": "ResourceInitializationError*", "action": "retry"},
    {"on_exit_code": str(TRY_AGAIN), "action": "retry"},
    # A wrong configuration (exit code 20), no memory, a timeout, a fault in the code: the same again.
    {"on_reason": "*", "action": "exit"},
)


@dataclass(frozen=True, kw_only=True)
class JobArgs(ContainerArgs):
    """A kind of job: a container (see `ContainerArgs` for its fields), its size, its queue and what starts it.

    Attributes:
        spec: How large it is, how often it is tried, and when it starts.
        batch: The queue it waits in.
        bucket_name: The bucket that `spec.objects` arrive in; it must tell EventBridge of them. None, the default, without.
        own_buckets: The names of the silos' own buckets of that kind, `*` for the tenant; None, the default, without silos.
        registry: What reading the table of tenants takes (`links.of(["table/tenants:read"], ...)`), for `spec.schedule`. None,
            the default, without.
        cell: The value of the attribute `cell` of the tenants that a schedule starts it for: the primary stack's name.
        running: Whether its rule and its schedule begin switched on; true by default.

    Raises:
        InvalidArgumentError: on what a container refuses, or a start without what it takes.
    """

    spec: JobSpec
    batch: Batch
    bucket_name: pulumi.Input[str] | None = None
    own_buckets: str | None = None
    registry: Link | None = None
    cell: str | None = None
    running: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spec.objects and self.bucket_name is None:
            raise InvalidArgumentError(self, "bucket_name", None, "the bucket of spec.objects")
        if self.spec.schedule and (self.registry is None or REGISTRY_TABLE not in self.registry.environment):
            expected = f"the link of the table of tenants, with its variable {REGISTRY_TABLE}: spec.schedule reads it"
            raise InvalidArgumentError(self, "registry", self.registry, expected)
        if self.spec.schedule and not self.cell:
            raise InvalidArgumentError(self, "cell", self.cell, "the cell whose tenants spec.schedule starts jobs for")


class Job(Component):
    """Jobs of one container on Fargate: no root user, nothing writable but `/tmp`, one tenant each.

    A job's share of the queue is that of its tenant. Batch offers no way to drop capabilities; on Fargate there is no
    privileged mode, and each job has a kernel of its own.

    Outputs: `definition` (name without revision: a start always takes the newest); `task_role_arn`; `tenant_role`, None where
    it touches no tenant's data; `log_group_name`.
    """

    definition: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    tenant_role: iam.Role | None
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_long_name(args, name)
        super().__init__(name, opts)
        self.args = args
        spec, rights = args.spec, Rights(self, args)
        definition = batch.JobDefinition(
            name,
            region=args.here.region,
            # A physical name: it holds the revisions of one job, and roles are granted those of that name alone.
            name=f"{pulumi.get_stack()}-{name}",
            type="container",
            platform_capabilities=["FARGATE"],
            container_properties=pulumi.Output.json_dumps(_container(name, args, rights)),
            scheduling_priority=spec.priority,
            retry_strategy=batch.JobDefinitionRetryStrategyArgs(
                attempts=spec.attempts,
                evaluate_on_exits=[batch.JobDefinitionRetryStrategyEvaluateOnExitArgs(**each) for each in RETRIES],
            ),
            timeout=batch.JobDefinitionTimeoutArgs(attempt_duration_seconds=spec.timeout_minutes * 60),
            # Of a run it is the task that costs, and it has these tags.
            propagate_tags=True,
            tags=tags(name, extra={"CostCenter": spec.cost_center} if spec.cost_center else None),
            opts=self.child(
                depends_on=[*rights.policies, *args.batch.open(args.link), *rights.link.needs],
                # Other retries replace it: the new revision is there before the old one goes, so that a start finds one.
                delete_before_replace=False,
            ),
        )
        self.definition = definition.name
        self.task_role_arn, self.tenant_role = rights.task_role.arn, rights.tenant_role
        self.log_group_name = rights.log_group.name
        create_starts(self, args, self._submit(definition.name), definition)
        self.register_outputs({"definition": self.definition, "logGroupName": self.log_group_name})

    def _submit(self, definition: pulumi.Output[str]) -> Statement:
        here = self.args.here
        # docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html: with or without a revision
        arn = pulumi.Output.concat(f"arn:aws:batch:{here.region}:{here.account_id}:job-definition/", definition)
        return Statement(
            sid="Submit",
            actions=("batch:SubmitJob",),
            resources=(self.args.batch.queue_arn, arn, pulumi.Output.concat(arn, ":*")),
        )


def _container(name: str, args: JobArgs, rights: Rights) -> dict[str, Any]:
    spec = args.spec
    scratch = {"ephemeralStorage": {"sizeInGiB": spec.scratch_gib}} if spec.scratch_gib > OWN_SCRATCH_GIB else {}
    return {
        **hardened(name, args, rights),
        "command": [*spec.command],
        "jobRoleArn": rights.task_role.arn,
        "executionRoleArn": rights.execution_role.arn,
        "resourceRequirements": [
            {"type": "VCPU", "value": f"{spec.cpu / 1024:g}"},
            {"type": "MEMORY", "value": str(spec.memory)},
        ],
        "volumes": [{"name": "tmp"}],
        "linuxParameters": {"initProcessEnabled": True},
        "networkConfiguration": {"assignPublicIp": "DISABLED"},
        "fargatePlatformConfiguration": {"platformVersion": "LATEST"},
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": spec.cpu_architecture},
        **scratch,
    }
