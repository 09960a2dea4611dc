"""The queue of batch jobs: Fargate Spot first, Fargate after it, shared fairly among tenants."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pulumi
from pulumi_aws import batch

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.event_alarm import tell_event
from ..base.here import Here, Store
from ..base.links import Link
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..messaging.dead_letters import DeadLetters, DeadLettersArgs
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .job_spec import BatchSpec
from .state_machine import RETRY, create_schedule, create_state_machine

METRICS: Final = "Batch"
"""The part of the stack's namespace."""
METER_MINUTES: Final = 5

# docs.aws.amazon.com/batch/latest/APIReference/API_ShareAttributes.html: share identifiers that are active in a queue
ACTIVE_SHARES: Final = 500
ACTIVE_SHARES_ALARM: Final = 400

# docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable_time_limit_actions.html: those that hold on Fargate, too
NEVER_PLACED: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
)


@dataclass(frozen=True, kw_only=True)
class BatchArgs:
    """The queue of a region's batch jobs.

    Attributes:
        here: Where it is, and who is told that a job failed or waits too long.
        spec: How large it is, and how it shares.
        vpc_id: VPC of the jobs.
        subnet_ids: Subnets of two zones or more, with a way out to ECR and CloudWatch Logs: the application tier.
        key_arn: Customer managed key of the `messages` data class in the same region, for dead letters.
        running: Whether it begins by taking jobs; true by default. It is measured either way.

    Raises:
        InvalidArgumentError: on fewer than two subnets.
    """

    here: Here
    spec: BatchSpec
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    running: bool = True

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "two subnets or more, in different zones")


class Batch(Component):
    """A job queue whose share identifiers are tenants' ids, with its compute environments and its alarms.

    An environment that has to be replaced is made first; then the queue goes over to it, and only then does the old one go,
    with the jobs that still run there: AWS refuses to delete one that a queue names.

    What waits or runs when the region is lost is started again from the lake, in the other region.

    Outputs: `queue_arn`; `queue_name`; `security_group`, of all jobs; `dead_letters`, for what could not start a job.
    """

    queue_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    security_group: SecurityGroup
    dead_letters: DeadLetters

    def __init__(self, name: str, args: BatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        self._opened: dict[tuple[str, int], list[pulumi.Resource]] = {}
        self.security_group, self._way_out = self._security_group()
        self.dead_letters = DeadLetters(
            f"{name}-dead-letters", DeadLettersArgs(here=here, key_arn=args.key_arn), opts=self.child()
        )
        environments = [
            self._environment("spot", "FARGATE_SPOT", spec.spot_vcpus),
            self._environment("on-demand", "FARGATE", spec.on_demand_vcpus),
        ]
        policy = batch.SchedulingPolicy(
            name,
            region=here.region,
            # No share is named: each tenant's has the same weight, and a new tenant changes nothing here.
            fair_share_policy=batch.SchedulingPolicyFairSharePolicyArgs(
                share_decay_seconds=spec.decay_minutes * 60, compute_reservation=spec.reserved_percent
            ),
            tags=tags(name),
            opts=self.child(),
        )
        queue = batch.JobQueue(
            name,
            region=here.region,
            state="ENABLED" if args.running else "DISABLED",
            priority=1,
            scheduling_policy_arn=policy.arn,
            compute_environment_orders=[
                batch.JobQueueComputeEnvironmentOrderArgs(order=order, compute_environment=environment.arn)
                for order, environment in enumerate(environments, start=1)
            ],
            job_state_time_limit_actions=[
                batch.JobQueueJobStateTimeLimitActionArgs(
                    state="RUNNABLE", reason=reason, max_time_seconds=spec.cancel_minutes * 60, action="CANCEL"
                )
                for reason in NEVER_PLACED
            ],
            tags=tags(name, recovery="rebuilt"),
            opts=self.child(ignore_changes=here.left_alone("state")),
        )
        self.queue_arn, self.queue_name = queue.arn, queue.name
        here.switch("job-queue", name, arn=queue.arn)
        here.sleeper("batch", name, queue=queue.arn, environments=[environment.name for environment in environments])
        self._tell_of_failures()
        self._measure()
        create_alarms(self, self._alarms(), here)
        loss = "jobs that wait or run; they start again from the lake's objects"
        here.inventory.stores.append(Store(name=name, arn=self.queue_arn, recovery="rebuilt", loss=loss))
        self.register_outputs({"queueArn": self.queue_arn, "queueName": self.queue_name})

    def open(self, link: Link) -> list[pulumi.Resource]:
        """Let jobs connect to what `link` opens; returns the rules that a job waits for.

        Jobs share one security group: what one of them may reach, each can. What it may do there, its own role says.
        """
        rules = [self._way_out]
        for opening in link.openings:
            key = (opening.security_group.name, opening.port)
            if key not in self._opened:
                self._opened[key] = opening.security_group.allow_from(
                    self.security_group, port=opening.port, description=opening.described_for(self.name)
                )
            rules += self._opened[key]
        return rules

    def _security_group(self) -> tuple[SecurityGroup, pulumi.Resource]:
        group = SecurityGroup(
            f"{self.name}-jobs",
            SecurityGroupArgs(here=self.args.here, vpc_id=self.args.vpc_id, description=f"Batch jobs of {self.name}"),
            opts=self.child(),
        )
        return group, group.allow_to_cidr(
            "anywhere", ANYWHERE, port=HTTPS, description="HTTPS to AWS and the internet, e.g. to pull the image"
        )

    def _environment(self, label: str, kind: str, vcpus: int) -> batch.ComputeEnvironment:
        name = f"{self.name}-{label}"
        return batch.ComputeEnvironment(
            name,
            region=self.args.here.region,
            type="MANAGED",
            compute_resources=batch.ComputeEnvironmentComputeResourcesArgs(
                type=kind,
                max_vcpus=vcpus,
                subnets=[*self.args.subnet_ids],
                security_group_ids=[self.security_group.id],
            ),
            tags=tags(name),
            # Auto-named, and said once more: the queue must have gone over to the new one before the old one goes.
            opts=self.child(delete_before_replace=False, ignore_changes=self.args.here.slept("state")),
        )

    def _tell_of_failures(self) -> None:
        tell_event(
            self,
            "batch-job-failed",
            here=self.args.here,
            description=f"Jobs of {self.name} that failed for good",
            pattern={
                "source": ["aws.batch"],
                "detail-type": ["Batch Job State Change"],
                "detail": {"status": ["FAILED"], "jobQueue": [self.queue_arn]},
            },
            paths={"job": "$.detail.jobName", "id": "$.detail.jobId"},
            sentence="Job <job> (<id>) failed",
            said="$.detail.statusReason",
        )

    def _measure(self) -> None:
        """Every few minutes, how long the first job has waited at its place: Batch publishes no metric of its queue.

        On standby, too: what was left behind in a queue that was closed waits as well.
        """
        here, name = replace(self.args.here, switched=False), f"{self.name}-meter"
        head, shares = "$states.input.FrontOfQueue.Jobs[0]", "$states.input.QueueUtilization.FairshareUtilization"
        waits = f"{head}.EarliestTimeAtPosition"
        machine = create_state_machine(
            self,
            name,
            here=here,
            kind="EXPRESS",
            start_at="Look",
            states={
                "Look": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:batch:getJobQueueSnapshot",
                    "Arguments": {"JobQueue": self.queue_arn},
                    "Retry": RETRY,
                    "Next": "Tell",
                },
                "Tell": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
                    "Arguments": {
                        "Namespace": namespace(METRICS),
                        "MetricData": [
                            {
                                "MetricName": metric,
                                "Dimensions": [{"Name": "JobQueue", "Value": self.queue_name}],
                                "Unit": unit,
                                "Value": f"{{% {value} %}}",
                            }
                            for metric, unit, value in (
                                ("HeadOfQueueAge", "Seconds", f"$exists({waits}) ? ($millis() - {waits}) / 1000 : 0"),
                                (
                                    "ActiveShares",
                                    "Count",
                                    f"$exists({shares}.ActiveShareCount) ? {shares}.ActiveShareCount : 0",
                                ),
                            )
                        ],
                    },
                    "Retry": RETRY,
                    "End": True,
                },
            },
            grants=(
                Statement(sid="Look", actions=("batch:GetJobQueueSnapshot",), resources=(self.queue_arn,)),
                Statement(
                    sid="Tell",
                    actions=("cloudwatch:PutMetricData",),
                    resources=("*",),
                    conditions={"StringEquals": {"cloudwatch:namespace": namespace(METRICS)}},
                    wildcard_reason="PutMetricData has no resource; the condition bounds it to one namespace",
                ),
            ),
        )
        create_schedule(
            self,
            f"{name}-schedule",
            here=here,
            machine_arn=machine.arn,
            expression=f"rate({METER_MINUTES} minutes)",
            dead_letters_arn=self.dead_letters.arn,
            dead_letters=self.dead_letters.send(),
            enabled=True,
        )

    def _alarms(self) -> tuple[Alarm, ...]:
        spec = self.args.spec

        def measured(key: str, description: str, metric: str, threshold: float, *, tell_silence: bool) -> Alarm:
            return Alarm(
                key=key,
                description=description,
                metric=Metric(
                    namespace=namespace(METRICS), name=metric, dimensions={"JobQueue": self.queue_name}, statistic="Maximum"
                ),
                comparison="GreaterThanThreshold",
                threshold=threshold,
                period=METER_MINUTES * 60,
                evaluation_periods=2,
                datapoints_to_alarm=1,
                tell_silence=tell_silence,
            )

        return (
            measured(
                "batch-head-of-queue",
                f"The next job has waited for more than {spec.stuck_minutes} minutes, or nobody measures that any more.",
                "HeadOfQueueAge",
                spec.stuck_minutes * 60,
                tell_silence=True,
            ),
            measured(
                "batch-active-shares",
                f"So many tenants have jobs at once that AWS will soon take no further ({ACTIVE_SHARES} in a queue).",
                "ActiveShares",
                ACTIVE_SHARES_ALARM,
                tell_silence=False,
            ),
            self.dead_letters.alarm(
                "batch-dead-letters", "Something should have started a job and could not; what it was waits here."
            ),
        )
