"""An encrypted topic that alarms go to, and the people whom it tells by itself."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import sns

from ..base import checks
from ..base.alarms import AlarmTarget
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place, Store
from ..base.statements import Statement, deny_plain_http, policy_json, services
from .alerts_spec import AlertsSpec
from .budget import PUBLISHERS as COST_PUBLISHERS

# What may publish besides event rules: alarms and RDS event subscriptions. All need the topic's key (the `alerts` data class).
PUBLISHERS: Final = ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """Where alarms of one region go.

    Attributes:
        here: Region of the topic, and the account allowed to publish.
        spec: Who is told, where `direct`.
        key_arn: Customer managed key of the `alerts` data class, of the same region: the default `alias/aws/sns` key does not
            let CloudWatch publish, and says so nowhere.
        runbook_url: Base address of the runbooks, `https://...` without a final slash.
        direct: Whether the addresses of `spec` are subscribed to it: to a topic that people hear without the notifier. False
            by default: then a `Notifier` tells people.
        costs: Whether budgets and the detection of unusual costs publish there, too; false by default.

    Raises:
        InvalidArgumentError: when the runbooks' address is none.
    """

    here: Place
    spec: AlertsSpec
    key_arn: pulumi.Input[str]
    runbook_url: str
    direct: bool = False
    costs: bool = False

    def __post_init__(self) -> None:
        if expected := checks.runbook_url(self.runbook_url):
            raise InvalidArgumentError(self, "runbook_url", self.runbook_url, expected)


class AlertTopic(Component):
    """SNS topic for alarms.

    Outputs: `arn`, known once alarms may publish; `target`, to be handed to every component of the region.
    """

    arn: pulumi.Output[str]
    target: AlarmTarget

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        topic = sns.Topic(
            name,
            region=here.region,
            kms_master_key_id=args.key_arn,
            signature_version=2,
            tags=tags(name, recovery="lost"),
            opts=self.child(),
        )
        policy = sns.TopicPolicy(
            f"{name}-policy",
            region=here.region,
            arn=topic.arn,
            policy=_topic_policy(topic.arn, here.account_id, *(COST_PUBLISHERS if args.costs else ())),
            opts=self.child(),
        )
        # From the policy, so that whatever publishes waits until it may.
        self.arn = policy.arn
        for index, email in enumerate(spec.emails if args.direct else ()):
            sns.TopicSubscription(
                f"{name}-email-{index}",
                region=here.region,
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.child(),
            )
        if args.direct and spec.webhook is not None:
            sns.TopicSubscription(
                f"{name}-webhook",
                region=here.region,
                topic=topic.arn,
                protocol="https",
                endpoint=pulumi.Output.secret(spec.webhook.get_secret_value()),
                endpoint_auto_confirms=True,
                opts=self.child(),
            )
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss="alarms not delivered yet"))
        self.target = AlarmTarget(topic_arn=self.arn, runbook_url=args.runbook_url)
        self.register_outputs({"arn": self.arn})


def _topic_policy(topic_arn: pulumi.Input[str], account_id: str, *besides: str) -> pulumi.Output[str]:
    publish = ("sns:Publish",)
    return policy_json(
        [
            Statement(
                sid="PublishersOfThisAccount",
                principals=services(*PUBLISHERS, *besides),
                actions=publish,
                resources=(topic_arn,),
                conditions={"StringEquals": {"aws:SourceAccount": account_id}},
            ),
            # Bare on purpose: EventBridge sends SNS no condition keys, and with a condition every event is dropped in silence.
            # A rule of another account reaches a topic by a role only, and none is named here.
            Statement(sid="EventRules", principals=services("events.amazonaws.com"), actions=publish, resources=(topic_arn,)),
            deny_plain_http("sns:Publish", topic_arn),
        ]
    )
