"""A queue for what AWS services could not deliver: events, schedules."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sqs

from ..base.alarms import Alarm, Metric
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.here import Here
from ..base.statements import Statement, deny_plain_http, policy_json, services, sid
from .queue import DATA_KEY_SECONDS, KEY_ACTIONS
from .queue_spec import DAY_SECONDS, DEAD_LETTER_DAYS


@dataclass(frozen=True, kw_only=True)
class DeadLettersArgs:
    """Where what was not delivered is kept for two weeks.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `messages` data class in the same region.
    """

    here: Here
    key_arn: pulumi.Input[str]


class DeadLetters(Component):
    """A standard queue under its own key, which roles with `send` and the account's EventBridge rules may send to.

    Outputs: `arn`; `url`; `queue_name`.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        queue = sqs.Queue(
            name,
            region=here.region,
            message_retention_seconds=DEAD_LETTER_DAYS * DAY_SECONDS,
            kms_master_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            kms_data_key_reuse_period_seconds=DATA_KEY_SECONDS,
            tags=tags(name, data_classification="restricted"),
            opts=self.child(protect=here.protect),
        )
        policy = sqs.QueuePolicy(
            f"{name}-policy",
            region=here.region,
            queue_url=queue.url,
            policy=policy_json(
                [
                    deny_plain_http("sqs:*", queue.arn),
                    Statement(
                        sid="RulesOfThisAccount",
                        principals=services("events.amazonaws.com"),
                        actions=("sqs:SendMessage",),
                        resources=(queue.arn,),
                        conditions={"ArnLike": {"aws:SourceArn": f"arn:aws:events:{here.region}:{here.account_id}:rule/*"}},
                    ),
                ]
            ),
            opts=self.child(),
        )
        self.arn, self.queue_name = queue.arn, queue.name
        # From the policy: whatever sends waits until it may.
        self.url = policy.queue_url
        self.register_outputs({"arn": self.arn, "url": self.url})

    def send(self) -> Sequence[Statement]:
        """Send to it, with a role: `sqs:SendMessage`, and the key through SQS."""
        via = f"sqs.{self.args.here.region}.amazonaws.com"
        return (
            Statement(sid=sid("send", "to", self.name), actions=("sqs:SendMessage",), resources=(self.arn,)),
            Statement(
                sid=sid("use", "key", "of", self.name),
                actions=KEY_ACTIONS["send"],
                resources=(self.args.key_arn,),
                conditions={"StringEquals": {"kms:ViaService": via}},
            ),
        )

    def alarm(self, key: str, description: str) -> Alarm:
        """The alarm that something is there; `key` names its runbook."""
        return Alarm(
            key=key,
            description=description,
            metric=Metric(
                namespace="AWS/SQS",
                name="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": self.queue_name},
                statistic="Maximum",
            ),
            comparison="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            # Nobody reads them: after six hours the queue counts as idle and reports nothing, and the messages are still there.
            missing_data="ignore",
        )
