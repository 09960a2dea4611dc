"""The encrypted topic that a region's alarms go to, and the people and channels it tells."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import chatbot, iam, sns

from ..base import checks
from ..base.alarms import AlarmTarget
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place, Store
from ..base.statements import Statement, deny_plain_http, policy_json, service_trust_json, services
from .alerts_spec import AlertsSpec, SlackSpec
from .budget import PUBLISHERS as COST_PUBLISHERS

# What may publish besides event rules: alarms and RDS event subscriptions. All need the topic's key (the `alerts` data class).
PUBLISHERS: Final = ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """Where alarms of one region go.

    Attributes:
        here: Region of the topic, and the account allowed to publish.
        spec: Who is told.
        key_arn: Customer managed key of the `alerts` data class, of the same region: the default `alias/aws/sns` key does not
            let CloudWatch publish, and says so nowhere.
        runbook_url: Base address of the runbooks, `https://...` without a final slash.
        slack: Whether this topic posts to the Slack channel, if there is one; true by default. An account posts to a channel
            from one topic only.
        costs: Whether budgets and the detection of unusual costs publish there, too; false by default.

    Raises:
        InvalidArgumentError: when the runbooks' address is none.
    """

    here: Place
    spec: AlertsSpec
    key_arn: pulumi.Input[str]
    runbook_url: str
    slack: bool = True
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
        for index, email in enumerate(spec.emails):
            sns.TopicSubscription(
                f"{name}-email-{index}",
                region=here.region,
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.child(),
            )
        if spec.webhook is not None:
            sns.TopicSubscription(
                f"{name}-webhook",
                region=here.region,
                topic=topic.arn,
                protocol="https",
                endpoint=pulumi.Output.secret(spec.webhook.get_secret_value()),
                endpoint_auto_confirms=True,
                opts=self.child(),
            )
        if args.slack and spec.slack:
            self._post_to_slack(spec.slack)
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss="alarms not delivered yet"))
        self.target = AlarmTarget(topic_arn=self.arn, runbook_url=args.runbook_url)
        self.register_outputs({"arn": self.arn})

    def _post_to_slack(self, slack: SlackSpec) -> None:
        here = self.args.here
        role = iam.Role(
            f"{self.name}-slack",
            description="Lets AWS Chatbot post alarms; holds no permission, for none is needed to post",
            assume_role_policy=service_trust_json("chatbot.amazonaws.com", account_id=here.account_id),
            tags=tags(f"{self.name}-slack"),
            opts=self.child(),
        )
        chatbot.SlackChannelConfiguration(
            f"{self.name}-slack",
            region=here.region,
            # Chatbot has no auto-naming and wants the name unique in the account, whatever the region.
            configuration_name=f"{self.name}-{pulumi.get_stack()}",
            iam_role_arn=role.arn,
            slack_team_id=slack.workspace_id,
            slack_channel_id=slack.channel_id,
            sns_topic_arns=[self.arn],
            # The default guardrail is AdministratorAccess: anyone in the channel could run commands.
            guardrail_policy_arns=["arn:aws:iam::aws:policy/AWSDenyAll"],
            logging_level="ERROR",
            tags=tags(f"{self.name}-slack"),
            opts=self.child(),
        )


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
