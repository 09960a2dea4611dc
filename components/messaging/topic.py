"""An SNS topic that hands what is published to queues and delivery streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_aws import sns

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.links import Link, variable
from ..base.statements import Statement, deny_plain_http, policy_json, sid
from .dead_letters import DeadLetters, DeadLettersArgs
from .topic_spec import DATASET_ATTRIBUTE, FORM_ATTRIBUTE, POOL, TIER_ATTRIBUTE, WHOLE, TopicSpec

# docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: whoever publishes makes a data key, and checks one that is reused.
KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey")
# docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
PERIOD_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """A topic.

    Attributes:
        here: Where it is.
        spec: Of which kind it is.
        key_arn: Customer managed key of the `messages` data class in the same region.
        data_classification: Of the messages; `restricted` by default.
    """

    here: Here
    spec: TopicSpec
    key_arn: pulumi.Input[str]
    data_classification: str = "restricted"


class Topic(Component):
    """A topic under its own key, published to over TLS only; what cannot be delivered to a subscriber is kept as a dead letter.

    SNS keeps nothing: what was published and not delivered when the region is lost is lost with it.

    Outputs: `arn`, known once only TLS may reach it; `dead_letters`.
    """

    arn: pulumi.Output[str]
    dead_letters: DeadLetters

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        topic = sns.Topic(
            name,
            region=here.region,
            fifo_topic=True if args.spec.fifo else None,
            kms_master_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            signature_version=2,
            tags=tags(name, data_classification=args.data_classification, recovery="lost"),
            opts=self.child(),
        )
        policy = sns.TopicPolicy(
            f"{name}-policy",
            region=here.region,
            arn=topic.arn,
            # Whom the account's own policies let publish may; nobody else is named.
            policy=policy_json([deny_plain_http("sns:Publish", topic.arn)]),
            opts=self.child(),
        )
        self.arn = policy.arn
        self.dead_letters = DeadLetters(
            f"{name}-dead-letters",
            DeadLettersArgs(here=here, key_arn=args.key_arn, topic_arn=topic.arn, fifo=args.spec.fifo),
            opts=self.child(),
        )
        create_alarms(self, self._alarms(topic.name), here)
        loss = "messages not delivered yet; each is in the lake before it is published"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss=loss))
        self.register_outputs({"arn": self.arn})

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - whole, and the same for all
        """Publish: `verb` is one of `TopicSpec.link.verbs`. `<NAME>_TOPIC_ARN` tells the topic."""
        via = f"sns.{self.args.here.region}.amazonaws.com"
        return Link(
            statements=(
                Statement(sid=sid(verb, "to", "topic", self.name), actions=("sns:Publish",), resources=(self.arn,)),
                Statement(
                    sid=sid("use-key-to", verb, "to", "topic", self.name),
                    actions=KEY_ACTIONS,
                    resources=(self.args.key_arn,),
                    conditions={"StringEquals": {"kms:ViaService": via}},
                ),
            ),
            environment={variable(self.name, "topic", "arn"): self.arn},
        )

    def subscribe(
        self,
        owner: Component,
        *,
        protocol: Literal["sqs", "firehose"],
        endpoint: pulumi.Input[str],
        datasets: Sequence[str] = (),
        whole: bool = False,
        pooled: bool = False,
        role_arn: pulumi.Input[str] | None = None,
        needs: Sequence[pulumi.Resource] = (),
    ) -> sns.TopicSubscription:
        """Hand what is published to `endpoint`, as it was published, as a child `<owner>-subscription` of `owner`.

        Args:
            owner: Whose messages they become.
            protocol: What the endpoint is.
            endpoint: Its ARN.
            datasets: Datasets of whose messages it gets those, by their attribute `dataset`; all by default.
            whole: Whether it gets those only that hold their record, by their attribute `form`: what is too large for a topic
                comes as word of where it lies. All by default.
            pooled: Whether it gets those only of tenants of the pool, by their attribute `tier`: what mixes tenants must have
                no others. All by default.
            role_arn: The role in which SNS sends, for firehose.
            needs: What lets SNS send; there before, and gone after.
        """
        letters = self.dead_letters
        wanted = {
            DATASET_ATTRIBUTE: [*datasets],
            FORM_ATTRIBUTE: [WHOLE] if whole else [],
            TIER_ATTRIBUTE: [POOL] if pooled else [],
        }
        chosen = {attribute: values for attribute, values in wanted.items() if values}
        return sns.TopicSubscription(
            f"{owner.name}-subscription",
            region=self.args.here.region,
            # By the policy: nothing is handed on that came in before the topic was closed to plain HTTP.
            topic=self.arn,
            protocol=protocol,
            endpoint=endpoint,
            raw_message_delivery=True,
            filter_policy=pulumi.Output.json_dumps(chosen) if chosen else None,
            filter_policy_scope="MessageAttributes" if chosen else None,
            subscription_role_arn=role_arn,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": letters.arn}),
            opts=owner.child(depends_on=[letters.policy, *needs]),
        )

    def _alarms(self, topic_name: pulumi.Input[str]) -> tuple[Alarm, ...]:
        def counted(key: str, description: str, metric: str) -> Alarm:
            return Alarm(
                key=key,
                description=description,
                metric=Metric(namespace="AWS/SNS", name=metric, dimensions={"TopicName": topic_name}, statistic="Sum"),
                comparison="GreaterThanThreshold",
                threshold=0,
                period=PERIOD_SECONDS,
                evaluation_periods=1,
                missing_data="notBreaching",
            )

        return (
            counted(
                "topic-failed-notifications",
                "A subscriber cannot be reached, or refuses; what was for it goes to the dead letters.",
                "NumberOfNotificationsFailed",
            ),
            counted(
                "topic-lost-notifications",
                "What could not be delivered could not be kept as a dead letter either: it is lost.",
                "NumberOfNotificationsFailedToRedriveToDlq",
            ),
            counted(
                "topic-without-attributes",
                "Messages were published without attributes: no subscriber that chooses by dataset gets them.",
                "NumberOfNotificationsFilteredOut-NoMessageAttributes",
            ),
            self.dead_letters.alarm(
                "topic-dead-letters", "Messages that could not be delivered to a subscriber wait among the dead letters."
            ),
        )
