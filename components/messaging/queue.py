"""An SQS queue with its dead letters."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import sqs

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, variable
from ..base.statements import Statement, deny_plain_http, policy_json, sid
from .dead_letters import DATA_KEY_SECONDS, KEY_ACTIONS, LOST_DEAD_LETTERS, let_bucket_send, let_topic_send
from .queue_spec import DAY_SECONDS, DEAD_LETTER_DAYS, WHY_ALIKE, QueueSpec
from .topic import Topic

# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html: 120,000 may be in flight
MAX_IN_FLIGHT: Final = 90_000
LONG_POLLING_SECONDS: Final = 20

# GetQueueAttributes tells a consumer how long it has, and a sender nothing: it asks for the address only.
ACTIONS: Final = {
    "send": ("sqs:GetQueueUrl", "sqs:SendMessage"),
    "consume": (
        *("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:GetQueueUrl", "sqs:ReceiveMessage"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """A queue.

    Attributes:
        here: Where it is.
        spec: How it keeps and repeats messages.
        key_arn: Customer managed key of the `messages` data class in the same region: AWS services cannot send to a queue under
            the default `alias/aws/sqs`.
        data_classification: Of the messages; `restricted` by default.
        topic: The topic of `spec.topic`, whose messages arrive as they were published; None, the default, without.
        publisher_arn: In place of that a topic that may send to it, whose owner subscribes it; None, the default, without.
        bucket_arn: The bucket whose objects S3 tells it of, once it is asked to; None, the default, without.

    Raises:
        InvalidArgumentError: on a topic without `spec.topic`, `spec.topic` without a topic, or one of two that is FIFO.
    """

    here: Here
    spec: QueueSpec
    key_arn: pulumi.Input[str]
    data_classification: str = "restricted"
    topic: Topic | None = None
    publisher_arn: pulumi.Input[str] | None = None
    bucket_arn: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        if (self.topic is None) != (self.spec.topic is None):
            given = None if self.topic is None else self.topic.name
            raise InvalidArgumentError(self, "topic", given, f"the topic of spec.topic ({self.spec.topic})")
        if self.topic and self.topic.args.spec.fifo != self.spec.fifo:
            expected = f"{str(self.topic.args.spec.fifo).lower()}, as {self.topic.name} says: {WHY_ALIKE}"
            raise InvalidArgumentError(self, "spec.fifo", self.spec.fifo, expected)


class Queue(Component):
    """A queue under its own key, reached over TLS only, whose messages that nobody can process are kept as dead letters.

    Messages live in one region: those not consumed when it is lost are lost with it, or late.

    Outputs: `arn`; `queue_name`; `url`; `dead_letters_arn`, `dead_letters_url`.
    """

    arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    url: pulumi.Output[str]
    dead_letters_arn: pulumi.Output[str]
    dead_letters_url: pulumi.Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        dead_letters = self._queue(f"{name}-dead-letters", retention_days=DEAD_LETTER_DAYS)
        queue = self._queue(name, retention_days=spec.retention_days)
        allowed = sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow",
            region=here.region,
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}),
            opts=self.child(),
        )
        # Not a part of the queue: one that is made anew has another ARN, which the dead letters must admit first.
        sqs.RedrivePolicy(
            f"{name}-redrive",
            region=here.region,
            queue_url=queue.url,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": spec.max_receives}
            ),
            opts=self.child(depends_on=[allowed]),
        )
        topic = args.topic
        publisher = topic.arn if topic else args.publisher_arn
        senders = [] if publisher is None else [let_topic_send(queue.arn, publisher)]
        if args.bucket_arn is not None:
            senders.append(let_bucket_send(queue.arn, args.bucket_arn, here.account_id))
        policy = self._close(name, queue, *senders)
        self.arn, self.queue_name, self.url = queue.arn, queue.name, policy.queue_url
        dead_letters_policy = self._close(f"{name}-dead-letters", dead_letters)
        self.dead_letters_arn, self.dead_letters_url = dead_letters.arn, dead_letters_policy.queue_url
        if topic:
            topic.subscribe(self, protocol="sqs", endpoint=queue.arn, datasets=spec.datasets, needs=[policy])
        create_alarms(self, _alarms(queue.name, dead_letters.name, spec), here)
        here.switch("queue", name, url=self.url)
        loss = "messages not consumed yet; their senders' records are in the lake or the database"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss=loss))
        letters = Store(name=f"{name}-dead-letters", arn=self.dead_letters_arn, recovery="lost", loss=LOST_DEAD_LETTERS)
        here.inventory.stores.append(letters)
        self.register_outputs({"arn": self.arn, "url": self.url, "deadLettersUrl": self.dead_letters_url})

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - whole, and the same for all
        """Send or consume messages: `verb` is one of `QueueSpec.link.verbs`. `<NAME>_QUEUE_URL` tells the address."""
        via = f"sqs.{self.args.here.region}.amazonaws.com"
        return Link(
            statements=(
                Statement(sid=sid(verb, "queue", self.name), actions=ACTIONS[verb], resources=(self.arn,)),
                Statement(
                    sid=sid("use-key-to", verb, "queue", self.name),
                    actions=KEY_ACTIONS[verb],
                    resources=(self.args.key_arn,),
                    conditions={"StringEquals": {"kms:ViaService": via}},
                ),
            ),
            environment={variable(self.name, "queue", "url"): self.url},
        )

    def _queue(self, name: str, *, retention_days: int) -> sqs.Queue:
        here, spec = self.args.here, self.args.spec
        return sqs.Queue(
            name,
            region=here.region,
            fifo_queue=True if spec.fifo else None,
            visibility_timeout_seconds=spec.visibility_timeout_seconds,
            message_retention_seconds=retention_days * DAY_SECONDS,
            receive_wait_time_seconds=LONG_POLLING_SECONDS,
            kms_master_key_id=expect_region(self.args.key_arn, here.region, f"{self.name}: key_arn"),
            kms_data_key_reuse_period_seconds=DATA_KEY_SECONDS,
            tags=tags(name, data_classification=self.args.data_classification, recovery="lost"),
            opts=self.child(protect=here.protect),
        )

    def _close(self, name: str, queue: sqs.Queue, *senders: Statement) -> sqs.QueuePolicy:
        """The queue's policy: over TLS only, and which services may send. Its `queue_url` is known once it holds."""
        return sqs.QueuePolicy(
            f"{name}-policy",
            region=self.args.here.region,
            queue_url=queue.url,
            policy=policy_json([deny_plain_http("sqs:*", queue.arn), *senders]),
            opts=self.child(),
        )


def _alarms(queue: pulumi.Input[str], dead_letters: pulumi.Input[str], spec: QueueSpec) -> tuple[Alarm, ...]:
    def metric(name: str, of: pulumi.Input[str]) -> Metric:
        return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": of}, statistic="Maximum")

    return (
        Alarm(
            key="queue-oldest-message",
            description=f"A message has waited longer than {spec.max_age_seconds} s: consumers do not keep up.",
            metric=metric("ApproximateAgeOfOldestMessage", queue),
            comparison="GreaterThanThreshold",
            threshold=spec.max_age_seconds,
            # A queue that is idle for six hours reports nothing.
            missing_data="notBreaching",
        ),
        Alarm(
            key="queue-in-flight",
            description="Consumers hold so many messages that SQS will soon give out no more: they receive and do not delete.",
            metric=metric("ApproximateNumberOfMessagesNotVisible", queue),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=MAX_IN_FLIGHT,
            missing_data="notBreaching",
        ),
        Alarm(
            key="queue-dead-letters",
            description="Messages could not be processed and wait among the dead letters.",
            metric=metric("ApproximateNumberOfMessagesVisible", dead_letters),
            comparison="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            # Nobody reads them: after six hours the queue counts as idle and reports nothing, and the messages are still there.
            missing_data="ignore",
        ),
    )
