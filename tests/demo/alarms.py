"""Alarms of the planned stack for the demonstration: what CloudWatch tells of them, by the topics and queues of moto."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from tests.components.harness import Declaration, Declared
from tests.components.operate.cloudwatch import CloudWatch, Minute
from tests.demo.aws import Aws
from tests.stacks.estate import Estate

METRIC: Final = "cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "cloudwatch/compositeAlarm:CompositeAlarm"


def fast_burn(estate: Estate, service: str) -> tuple[Declared, CloudWatch]:
    """The alarm that people hear when a service fails so often that its budget is gone in days, and who judges it."""
    begins = f"{service}-objective-fast-burn"
    parts = [
        # As the rules of composite alarms call them.
        replace(each, name=estate.state(METRIC, name)["name"])
        for name, each in estate.of(METRIC).items()
        if name.startswith(begins)
    ]
    wholes = [each for name, each in estate.of(COMPOSITE).items() if name.startswith(begins)]
    return estate.one(COMPOSITE, begins), CloudWatch(Declaration([*parts, *wholes]))


def minutes_until(judge: CloudWatch, alarm: str, before: Sequence[Minute], each: Minute, *, spoken: bool) -> list[Minute]:
    """The requests of all minutes, once the alarm has begun to speak, or has ended."""
    minutes = [*before]
    while (alarm in judge.told(minutes)) != spoken:
        minutes.append(each)
        if len(minutes) > len(before) + 24 * 60:
            raise SystemExit(f"the alarm {alarm} stays as it is for a day")
    return minutes


def breaches(alarm: Declared, value: float) -> bool:
    """Whether a datapoint breaches an alarm that compares one metric with a threshold."""
    told = alarm.inputs
    rises = told["comparisonOperator"].startswith("GreaterThan")
    at = "OrEqual" in told["comparisonOperator"]
    return (at and value == told["threshold"]) or (value > told["threshold"] if rises else value < told["threshold"])


@dataclass
class Topics:
    """The topics of alarms, and who hears them.

    Attributes:
        made: AWS's things.
        arns: ARN in the plan -> ARN here.
        queues: Queue or mailbox -> its address.
    """

    made: Aws
    arns: dict[str, str] = field(default_factory=dict[str, str])
    queues: dict[str, str] = field(default_factory=dict[str, str])

    def make(self, name: str, subscriber: str) -> str:
        """Make a planned topic whose subscriber is a queue here; its ARN. A mailbox is a queue, too."""
        sns, sqs, estate = self.made.client("sns"), self.made.client("sqs"), self.made.estate
        topic = sns.create_topic(Name=name)["TopicArn"]
        self.arns[estate.arn("sns/topic:Topic", name)] = topic
        self.queues[subscriber] = sqs.create_queue(QueueName=subscriber)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=self.queues[subscriber], AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told["Attributes"]["QueueArn"])
        return topic

    def tell(self, alarm: Declared, state: str, reason: str, at: datetime) -> None:
        """What CloudWatch tells of a state of an alarm: where its plan says.

        docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
        """
        told, estate = alarm.inputs, self.made.estate
        name = told.get("alarmName") or told.get("name") or alarm.name
        message: dict[str, Any] = {
            "AlarmName": name,
            "AlarmDescription": told["alarmDescription"],
            "AWSAccountId": estate.account,
            "NewStateValue": state,
            "NewStateReason": reason,
            "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "AlarmArn": f"arn:aws:cloudwatch:{estate.region}:{estate.account}:alarm:{name}",
        }
        if "metricName" in told:
            message["Trigger"] = {
                "MetricName": told["metricName"],
                "Namespace": told["namespace"],
                "Dimensions": [{"name": each, "value": value} for each, value in told["dimensions"].items()],
                "Period": int(told["period"]),
                "EvaluationPeriods": int(told["evaluationPeriods"]),
                "ComparisonOperator": told["comparisonOperator"],
                "Threshold": told["threshold"],
            }
        # The notifier asks whether it is there.
        self.made.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/RDS",
            MetricName="CPUUtilization",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=5,
            Threshold=90,
            ComparisonOperator="GreaterThanThreshold",
        )
        for arn in told["alarmActions" if state == "ALARM" else "okActions"]:
            self.made.client("sns").publish(
                TopicArn=self.arns[arn], Subject=f'{state}: "{name}" in US East (Ohio)', Message=json.dumps(message)
            )

    def heard(self, subscriber: str) -> list[dict[str, Any]]:
        """The messages of a queue; they stay there until they are `done`."""
        told = self.made.client("sqs").receive_message(
            QueueUrl=self.queues[subscriber], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return told.get("Messages", [])

    def done(self, subscriber: str, message: dict[str, Any]) -> None:
        """Delete a message."""
        self.made.client("sqs").delete_message(QueueUrl=self.queues[subscriber], ReceiptHandle=message["ReceiptHandle"])

    def mails(self, mailbox: str) -> Iterator[dict[str, Any]]:
        """What came by mail since the last time: `Subject` and `Message`."""
        while found := self.heard(mailbox):
            for each in found:
                self.done(mailbox, each)
                yield json.loads(each["Body"])
