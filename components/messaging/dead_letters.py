"""A queue for what AWS services could not deliver: events, schedules, notifications of a topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import sqs

from ..base.alarms import Alarm, Metric
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.statements import Statement, deny_plain_http, policy_json, services, sid
from .queue_spec import DAY_SECONDS, DEAD_LETTER_DAYS

DATA_KEY_SECONDS: Final = 300
LOST_DEAD_LETTERS: Final = "what nobody could process or deliver, and was not taken up again yet"
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html: producers decrypt, too, to verify
# the data key that they reuse.
KEY_ACTIONS: Final = {"send": ("kms:Decrypt", "kms:GenerateDataKey"), "consume": ("kms:Decrypt",)}


@dataclass(frozen=True, kw_only=True)
class DeadLettersArgs:
    """Where what was not delivered is kept for two weeks.

    Attributes:
        here: Where it is.
        key_arn: Customer managed key of the `messages` data class in the same region.
        topic_arn: The topic whose notifications end here; None, the default, for events of the account's rules.
        fifo: Whether that topic is FIFO; false by default.
    """

    here: Here
    key_arn: pulumi.Input[str]
    topic_arn: pulumi.Input[str] | None = None
    fifo: bool = False


class DeadLetters(Component):
    """A queue under its own key, which roles with `send` and either a topic or the account's EventBridge rules may send to.

    Outputs: `arn`; `url`; `queue_name`; `policy`, for what must wait until it holds.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    policy: sqs.QueuePolicy

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        queue = sqs.Queue(
            name,
            region=here.region,
            fifo_queue=True if args.fifo else None,
            message_retention_seconds=DEAD_LETTER_DAYS * DAY_SECONDS,
            kms_master_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            kms_data_key_reuse_period_seconds=DATA_KEY_SECONDS,
            tags=tags(name, data_classification="restricted", recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self.policy = sqs.QueuePolicy(
            f"{name}-policy",
            region=here.region,
            queue_url=queue.url,
            policy=policy_json(
                [
                    deny_plain_http("sqs:*", queue.arn),
                    let_topic_send(queue.arn, args.topic_arn) if args.topic_arn else _let_rules_send(queue.arn, here),
                ]
            ),
            opts=self.child(),
        )
        # No queue may name it as its own. This concerns source queues only, not services that send by the policy:
        # docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
        sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow",
            region=here.region,
            queue_url=queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "denyAll"}),
            opts=self.child(),
        )
        self.arn, self.queue_name = queue.arn, queue.name
        # From the policy: whatever sends waits until it may.
        self.url = here.inventory.dead_letters[name] = self.policy.queue_url
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss=LOST_DEAD_LETTERS))
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


def let_topic_send(queue_arn: pulumi.Input[str], topic_arn: pulumi.Input[str]) -> Statement:
    """What a queue's policy says for a topic to send to it: that topic, and no other.

    docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html; the key's policy must let SNS, too.
    """
    return Statement(
        sid="TheTopic",
        principals=services("sns.amazonaws.com"),
        actions=("sqs:SendMessage",),
        resources=(queue_arn,),
        conditions={"ArnEquals": {"aws:SourceArn": topic_arn}},
    )


def let_bucket_send(queue_arn: pulumi.Input[str], bucket_arn: pulumi.Input[str], account_id: str) -> Statement:
    """What a queue's policy says for S3 to tell it of a bucket's objects.

    docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html; the key's policy must let S3, too.
    """
    return Statement(
        sid="TheBucket",
        principals=services("s3.amazonaws.com"),
        actions=("sqs:SendMessage",),
        resources=(queue_arn,),
        conditions={"ArnEquals": {"aws:SourceArn": bucket_arn}, "StringEquals": {"aws:SourceAccount": account_id}},
    )


def _let_rules_send(queue_arn: pulumi.Input[str], here: Here) -> Statement:
    return Statement(
        sid="RulesOfThisAccount",
        principals=services("events.amazonaws.com"),
        actions=("sqs:SendMessage",),
        resources=(queue_arn,),
        conditions={"ArnLike": {"aws:SourceArn": f"arn:aws:events:{here.region}:{here.account_id}:rule/*"}},
    )
