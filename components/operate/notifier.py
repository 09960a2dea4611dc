"""What tells people of alarms: a function, the queue before it, its table, its secret, and a mail topic for each team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
from pulumi_aws import secretsmanager, sns

from ..base.alarms import Alarm, AlarmTarget, Metric, create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.hours import rules_of, spans_of
from ..base.statements import Statement, deny_plain_http, policy_json, use_key
from ..compute.function_spec import FunctionSpec, TriggeredFunctionSpec
from ..compute.function_triggers import run_by_clock, work_off_queue
from ..data.secret import RECOVERY_WINDOW_DAYS, read_secret
from ..messaging.dead_letters import DeadLetters, DeadLettersArgs
from ..messaging.queue import Queue, QueueArgs
from ..messaging.queue_spec import QueueSpec
from .alerts_spec import AlertsSpec
from .notifier_table import NotifierTable, NotifierTableArgs
from .regional_function import RegionalFunction, RegionalFunctionArgs

# Shorter than functions/notify/desk.py leases an incident.
SIZE: Final = FunctionSpec(memory_mib=512, timeout_seconds=60, concurrency=5)
TRIGGER: Final = TriggeredFunctionSpec(
    memory_mib=SIZE.memory_mib, timeout_seconds=SIZE.timeout_seconds, concurrency=3, batch_size=10, queue="notifier-queue"
)
QUEUE: Final = QueueSpec(visibility_timeout_seconds=TRIGGER.hidden_seconds(), max_receives=8, max_age_seconds=900)
DOCUMENT: Final = "functions/notify/notify.json"
ZONE: Final = "functions/notify/zone"


@dataclass(frozen=True, kw_only=True)
class NotifierArgs:
    """A region's notifier.

    Attributes:
        here: The region. The notifier's own alarms go to `direct`, whatever this says.
        direct: Where alarms about the notifier go: a topic that it has no part in.
        spec: Who is told of what.
        environment: dev, stage or prod.
        topic_arn: The topic that the region's alarms go to.
        keys: ARN of the region's key of the classes `alerts`, `messages`, `secrets` and `tables`.
        source: Files of the function: path in the package -> text.
        commands: Kind of alarm -> what its runbook tells to run first, with `STACK` and `SERVICE` for whose alarm it is.
        workloads: Services and functions whose logs an alarm leads to; none by default.
        searched: Whether the stack has a domain in which logs are searched; false by default.
        buttons: Whether messages in Slack have buttons, which something must take (`Orders`); false by default.
    """

    here: Here
    direct: AlarmTarget
    spec: AlertsSpec
    environment: str
    topic_arn: pulumi.Input[str]
    keys: Mapping[str, pulumi.Input[str]]
    source: Mapping[str, str]
    commands: Mapping[str, str]
    workloads: Sequence[str] = ()
    searched: bool = False
    buttons: bool = False


class Notifier(Component):
    """Tells the teams of `spec` what the topic is told, and goes on telling until each channel has taken it.

    Nothing of it is switched by recovery, and nothing depends on another region.

    Outputs: `table`; `table_name`; `secret_arn`; `queue`.
    """

    table: NotifierTable
    table_name: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    queue: Queue

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = self._here = replace(args.here, alarms=args.direct, switched=False, sleeps=False)
        self.queue = self._hear()
        table = self.table = NotifierTable(
            f"{name}-table", NotifierTableArgs(here=here, key_arn=args.keys["tables"]), self.child()
        )
        self.table_name = table.table_name
        secret = secretsmanager.Secret(
            f"{name}-secret",
            region=here.region,
            description="Slack's token, addresses and keys of the notifier: slackToken, webhooks, pagerduty (docs/alerts.md)",
            kms_key_id=args.keys["secrets"],
            recovery_window_in_days=RECOVERY_WINDOW_DAYS if here.features.keep_deleted else 0,
            tags=tags(f"{name}-secret", data_classification="restricted", recovery="rebuilt"),
            opts=self.child(protect=here.protect),
        )
        self.secret_arn = secret.arn
        loss = "nothing: another region's notifier has a secret of its own"
        here.inventory.stores.append(Store(name=f"{name}-secret", arn=secret.arn, recovery="rebuilt", loss=loss))
        mail = {team: self._mail(team, each.emails) for team, each in args.spec.teams.items() if each.emails}
        function = RegionalFunction(
            name,
            RegionalFunctionArgs(
                here=here,
                spec=SIZE,
                description="Tells people of alarms",
                source=args.source,
                documents={DOCUMENT: self._document(mail)},
                libraries={ZONE: rules_of(args.spec.timezone)},
                handler="functions.notify.handler.handle",
                grants={
                    "read": (*self.queue.link("consume").statements, *read_secret(name, secret.arn, **self._at("secrets"))),
                    "tell": (*table.notices(), *self._publish(mail), self._look_at_alarms()),
                },
                physical_name=f"dataconnect-{pulumi.get_stack()}-notify",
            ),
            self.child(),
        )
        work_off_queue(function, here, TRIGGER, function.function, self.queue.arn, ready=function.ready, running=True)
        run_by_clock(function, here, 1, function.function, ready=function.ready, running=True)
        self.register_outputs({"tableName": self.table_name})

    def _at(self, data_class: str) -> dict[str, Any]:
        return {"key_arn": self.args.keys[data_class], "region": self._here.region}

    def _hear(self) -> Queue:
        """The queue of what the topic is told, each message in SNS's envelope, which says when it was sent."""
        args, here = self.args, self._here
        queue = Queue(
            f"{self.name}-queue",
            QueueArgs(here=here, spec=QUEUE, key_arn=args.keys["messages"], publisher_arn=args.topic_arn),
            self.child(),
        )
        letters = DeadLetters(
            "alerts-dead-letters",
            DeadLettersArgs(here=here, key_arn=args.keys["messages"], topic_arn=args.topic_arn),
            self.child(),
        )
        sns.TopicSubscription(
            f"{self.name}-subscription",
            region=here.region,
            topic=args.topic_arn,
            protocol="sqs",
            # Known once the topic may send there.
            endpoint=pulumi.Output.all(queue.arn, queue.url).apply(lambda told: told[0]),
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": letters.arn}),
            opts=self.child(depends_on=[letters.policy]),
        )
        described = "What the topic of alarms was told could not be handed to the notifier, and nobody has heard of it."
        create_alarms(self, [_unreached(args.topic_arn), letters.alarm("topic-dead-letters", described)], here, part="alerts")
        return queue

    def _mail(self, team: str, emails: tuple[str, ...]) -> sns.Topic:
        """A topic whose subscribers are the people of a team: mail without a domain that SES would have to verify."""
        name, here = f"{self.name}-mail-{team}", self._here
        topic = sns.Topic(
            name,
            region=here.region,
            display_name="DataConnect alarms",
            kms_master_key_id=self.args.keys["alerts"],
            signature_version=2,
            tags=tags(name, recovery="lost"),
            opts=self.child(),
        )
        sns.TopicPolicy(
            f"{name}-policy",
            region=here.region,
            arn=topic.arn,
            policy=policy_json([deny_plain_http("sns:Publish", topic.arn)]),
            opts=self.child(),
        )
        for index, email in enumerate(emails):
            sns.TopicSubscription(
                f"{name}-{index}", region=here.region, topic=topic.arn, protocol="email", endpoint=email, opts=self.child()
            )
        here.inventory.stores.append(Store(name=name, arn=topic.arn, recovery="lost", loss="mails not delivered yet"))
        return topic

    def _publish(self, mail: Mapping[str, sns.Topic]) -> tuple[Statement, ...]:
        if not mail:
            return ()
        return (
            Statement(sid="Mail", actions=("sns:Publish",), resources=tuple(topic.arn for topic in mail.values())),
            use_key(self.args.keys["alerts"], service="sns", region=self._here.region, write=True, sid="EncryptMail"),
        )

    def _look_at_alarms(self) -> Statement:
        return Statement(
            sid="LookAtAlarms",
            actions=("cloudwatch:DescribeAlarms",),
            resources=("*",),
            conditions={"StringEquals": {"aws:RequestedRegion": self._here.region}},
            wildcard_reason="alarms over alarms are told only to who may ask for all (its API reference, DescribeAlarms)",
        )

    def _document(self, mail: Mapping[str, sns.Topic]) -> pulumi.Output[str]:
        """What functions/notify/routing.py reads."""
        args, spec = self.args, self.args.spec
        return pulumi.Output.json_dumps(
            {
                "stack": pulumi.get_stack(),
                "environment": args.environment,
                "region": self._here.region,
                "table": self.table_name,
                "secret": self.secret_arn,
                "runbooks": args.direct.runbook_url,
                "timezone": spec.timezone,
                "teams": {team: self._ways(team, mail) for team in spec.teams},
                "owner": spec.owner,
                "owners": spec.owners,
                "routes": [
                    {
                        "team": each.team,
                        "severities": [*each.severities],
                        "things": [*each.things],
                        "hours": spans_of(each.hours),
                    }
                    for each in spec.routes
                ],
                "hours": spans_of(spec.hours),
                "escalation": [{"afterMinutes": each.after_minutes, "team": each.team} for each in spec.escalation],
                "storm": {"alarms": spec.storm.alarms, "minutes": spec.storm.minutes},
                "commands": dict(args.commands),
                "workloads": sorted(args.workloads),
                "searched": args.searched,
                "buttons": args.buttons,
            }
        )

    def _ways(self, team: str, mail: Mapping[str, sns.Topic]) -> dict[str, pulumi.Input[str]]:
        spec = self.args.spec.teams[team]
        ways = {"slack": spec.slack, "mail": mail[team].arn if team in mail else None}
        return {kind: way for kind, way in (ways | {"webhook": spec.webhook, "pagerduty": spec.pagerduty}).items() if way}


def _unreached(topic_arn: pulumi.Input[str]) -> Alarm:
    name = pulumi.Output.from_input(topic_arn).apply(lambda arn: arn.rpartition(":")[2])
    return Alarm(
        key="notifier-unreached",
        description="What the topic of alarms was told does not reach the notifier: people hear of nothing.",
        metric=Metric(namespace="AWS/SNS", name="NumberOfNotificationsFailed", dimensions={"TopicName": name}, statistic="Sum"),
        comparison="GreaterThanThreshold",
        threshold=0,
        evaluation_periods=1,
        missing_data="notBreaching",
    )
