"""The encrypted topic that a region's alarms go to, and the people and channels it tells."""

import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import chatbot, iam, sns

from components.alarms import AlarmTarget
from components.component import Component, InvalidArgumentError, tags
from components.permissions import POLICY_VERSION, service_trust_json

# What may publish besides event rules: alarms and RDS event subscriptions. All need the topic's key (the `alerts` data class).
PUBLISHERS = ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class SlackChannel:
    """A Slack channel that AWS Chatbot posts to; the workspace must have been authorised in the AWS console once.

    An account may configure a channel once, whatever the region: two topics of one account need a channel each (Chatbot
    CreateSlackChannelConfiguration: "has already been configured for AWS account").

    Attributes:
        workspace_id: Slack's workspace id, `T` and capitals or digits.
        channel_id: Slack's channel id, `C` and capitals or digits.
    """

    workspace_id: str
    channel_id: str

    def __post_init__(self) -> None:
        for field, letter in (("workspace_id", "T"), ("channel_id", "C")):
            if not re.fullmatch(f"{letter}[0-9A-Z]+", getattr(self, field)):
                raise InvalidArgumentError(self, field, getattr(self, field), f"{letter} followed by capitals or digits")


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """Where alarms of one region go.

    Attributes:
        region: AWS region of the topic; alarms can only notify a topic of their own region.
        account_id: The account allowed to publish.
        key_arn: Customer managed key of the `alerts` data class in `region`: the default `alias/aws/sns` key does not let
            CloudWatch publish, and says so nowhere.
        emails: Addresses told of every alarm; each person confirms the subscription by mail once.
        webhook: HTTPS endpoint of an incident tool, its token inside: a Pulumi secret.
        slack: A Slack channel.
        runbook_url: Base address of the runbooks, `https://...`.
    """

    region: str
    account_id: str
    key_arn: pulumi.Input[str]
    emails: tuple[str, ...]
    runbook_url: str
    webhook: pulumi.Input[str] | None = None
    slack: SlackChannel | None = None

    def __post_init__(self) -> None:
        if not self.emails and self.webhook is None and self.slack is None:
            raise InvalidArgumentError(self, "emails", self.emails, "at least one address, a webhook or a Slack channel")
        if not self.runbook_url.startswith("https://"):
            raise InvalidArgumentError(self, "runbook_url", self.runbook_url, "an https:// address")


class AlertTopic(Component):
    """SNS topic for alarms.

    Outputs: `arn`, known once alarms may publish; `target`, to be handed to every component of the region.
    """

    arn: pulumi.Output[str]
    target: AlarmTarget

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        topic = sns.Topic(
            name,
            region=args.region,
            kms_master_key_id=args.key_arn,
            signature_version=2,
            tags=tags(name),
            opts=self.child(),
        )
        policy = sns.TopicPolicy(
            f"{name}-policy", region=args.region, arn=topic.arn, policy=_topic_policy(topic.arn, args), opts=self.child()
        )
        # From the policy, so that whatever publishes waits until it may.
        self.arn = policy.arn
        for index, email in enumerate(args.emails):
            sns.TopicSubscription(
                f"{name}-email-{index}",
                region=args.region,
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.child(),
            )
        if args.webhook is not None:
            sns.TopicSubscription(
                f"{name}-webhook",
                region=args.region,
                topic=topic.arn,
                protocol="https",
                endpoint=pulumi.Output.secret(args.webhook),
                endpoint_auto_confirms=True,
                opts=self.child(),
            )
        if args.slack:
            self._post_to_slack(args.slack, args)
        self.target = AlarmTarget(topic_arn=self.arn, runbook_url=args.runbook_url.rstrip("/"))
        self.register_outputs({"arn": self.arn})

    def _post_to_slack(self, slack: SlackChannel, args: AlertTopicArgs) -> None:
        role = iam.Role(
            f"{self.name}-slack",
            description="Lets AWS Chatbot post alarms; holds no permission, for none is needed to post",
            assume_role_policy=service_trust_json("chatbot.amazonaws.com", account_id=args.account_id),
            tags=tags(f"{self.name}-slack"),
            opts=self.child(),
        )
        chatbot.SlackChannelConfiguration(
            f"{self.name}-slack",
            region=args.region,
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


def _topic_policy(topic_arn: pulumi.Input[str], args: AlertTopicArgs) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {
            "Version": POLICY_VERSION,
            "Statement": [
                {
                    "Sid": "PublishersOfThisAccount",
                    "Effect": "Allow",
                    "Principal": {"Service": list(PUBLISHERS)},
                    "Action": "sns:Publish",
                    "Resource": topic_arn,
                    "Condition": {"StringEquals": {"aws:SourceAccount": args.account_id}},
                },
                {
                    # Bare on purpose: EventBridge sends SNS no condition keys, and with a condition every event is dropped in
                    # silence. A rule of another account reaches a topic by a role only, and none is named here.
                    "Sid": "EventRules",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic_arn,
                },
                {
                    "Sid": "OnlyOverTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": topic_arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        }
    )
