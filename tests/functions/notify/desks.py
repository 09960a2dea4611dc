"""A notifier against moto and the services of this machine, on a clock of its own, and messages as AWS sends them."""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import boto3
import pytest
from moto import mock_aws

from functions.notify.channels import Endpoints
from functions.notify.handler import Notifier, UntoldError
from functions.notify.incident import Acknowledged, Incident
from functions.notify.routing import parse
from functions.notify.store import Silence
from tests.functions.notify.services import TOKEN, Services, services

REGION, ACCOUNT = "us-east-2", "111111111111"
RUNBOOKS: Final = "https://runbooks.dataconnect.example"
TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
MONDAY: Final = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
"""Nine in the morning in Chicago."""
NIGHT: Final = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
PLATFORM, CALLS, LEADS = "C0PLATFORM", "C0CALLS", "C0LEADS"


@dataclass
class World:
    """All of it."""

    routing: dict[str, Any]
    services: Services
    table: Any
    sqs: Any
    secrets: Any
    cloudwatch: Any
    mailbox: str
    now: datetime = MONDAY
    alarms: set[str] = field(default_factory=set[str])
    made: dict[str, Notifier] = field(default_factory=dict[str, Notifier])

    def notifier(self, **changes: Any) -> Notifier:
        """The function in one container; in another one with other settings."""
        key = json.dumps(changes)
        if key not in self.made:
            self.made[key] = self.another(**changes)
        return self.made[key]

    def another(self, **changes: Any) -> Notifier:
        endpoints = Endpoints(
            slack=f"{self.services.address}/api", pagerduty=f"{self.services.address}/pager", scheme="http://"
        )
        return Notifier(
            parse(self.routing | changes, ZoneInfo("America/Chicago")), boto3.Session(), endpoints, lambda: self.now
        )

    def empty(self) -> None:
        for item in self.table.scan()["Items"]:
            self.table.delete_item(Key={"kind": item["kind"], "id": item["id"]})
        self.services.empty()
        self.mails()
        self.now = MONDAY
        self.table.put_item(Item={"kind": "report", "id": "2026-11-30"})

    def advance(self, **times: float) -> None:
        self.now += timedelta(**times)

    def take(self, *bodies: str, notifier: Notifier | None = None) -> list[str]:
        """Messages of the queue, taken in; those that come again."""
        self._there(bodies)
        records: list[Mapping[str, Any]] = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        answer = (notifier or self.notifier()).take_in(records)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def _there(self, bodies: tuple[str, ...]) -> None:
        """Make the alarms that messages are of: CloudWatch has them as long as nobody deletes them."""
        names = {name for body in bodies for name in re.findall(r'\\"AlarmName\\": \\"([!-~]{1,255}?)\\"', body)} - self.alarms
        for name in sorted(names):
            self.cloudwatch.put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/RDS",
                MetricName="CPUUtilization",
                Statistic="Average",
                Period=60,
                EvaluationPeriods=5,
                Threshold=90,
                ComparisonOperator="GreaterThanThreshold",
            )
        self.alarms |= names

    def tick(self, notifier: Notifier | None = None) -> str:
        """The clock's run; why it failed, if it did."""
        try:
            (notifier or self.notifier()).look_through(lambda: False)
        except UntoldError as error:
            return str(error)
        return ""

    def silence(self, what: str, *, minutes: int, thing: str = "database", title: str = "") -> None:
        now = int(self.now.timestamp())
        until, why = now + 60 * minutes, "a test of load"
        said = Silence(by="ada", why=why, since=now, until=until, thing=thing, title=title or what)
        self.notifier().store.silence(what, said)

    def acknowledge(self, found: Incident | None = None, *, minutes: int = 0, by: str = "ada") -> None:
        """Take care of an incident, or of the only one; until it is over, or for some minutes."""
        (found,) = (found,) if found else self.open()
        until = int(self.now.timestamp()) + 60 * minutes if minutes else 0
        said = Acknowledged(by=by, at=self.now.isoformat(), until=until)
        self.notifier().store.acknowledge(found.identity, said, seen=found.acknowledged, now=self.now)

    def flap(self, *, notifier: Notifier | None = None, **changes: Any) -> None:
        """An alarm ends and comes back, a minute each, and the clock runs between."""
        for state in ("OK", "ALARM"):
            self.advance(minutes=1)
            self.take(alarm(state=state, at=self.now, **changes), notifier=notifier)
            self.tick(notifier)

    def words(self) -> list[tuple[str, bool]]:
        """Words below messages of Slack, and whether the channel hears of them."""
        return [(each["text"], each["reply_broadcast"]) for _, each in self.services.calls if "thread_ts" in each]

    def pages(self) -> list[str]:
        """What PagerDuty was told to do."""
        return [each["event_action"] for each in self.services.posted.get("/pager", [])]

    def tick_after(self, body: str, notifier: Notifier) -> str:
        self.take(body, notifier=notifier)
        return self.tick(notifier)

    def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes):
            self.advance(minutes=1)
            self.tick()

    def open(self) -> list[Incident]:
        return self.notifier().store.open()

    def mails(self) -> list[tuple[str, str]]:
        """Subject and text of each mail since the last time."""
        found: list[tuple[str, str]] = []
        while got := self.sqs.receive_message(QueueUrl=self.mailbox, MaxNumberOfMessages=10).get("Messages"):
            for each in got:
                told = json.loads(each["Body"])
                found.append((told["Subject"], told["Message"]))
                self.sqs.delete_message(QueueUrl=self.mailbox, ReceiptHandle=each["ReceiptHandle"])
        return found


def envelope(message: object, subject: str | None = None, at: datetime = MONDAY) -> str:
    """What SNS puts into a queue."""
    text = message if isinstance(message, str) else json.dumps(message)
    told = {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Message": text, "Timestamp": at.isoformat()}
    return json.dumps(told | ({"Subject": subject} if subject else {}))


def alarm(name: str = "database-database-cpu", state: str = "ALARM", at: datetime = MONDAY, **changes: Any) -> str:
    """What a topic is told of an alarm (the form that docs.aws.amazon.com/AmazonCloudWatch shows)."""
    key = changes.pop("key", "database-cpu")
    severity = changes.pop("severity", "critical")
    told: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": f"The CPU is busy. Severity: {severity}. Runbook: {RUNBOOKS}/{key.replace('-', '/', 1)}",
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 5 datapoints were greater than the threshold (90.0).",
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "Region": "US East (Ohio)",
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/RDS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Dimensions": [{"value": "database", "name": "DBInstanceIdentifier"}],
            "Period": 60,
            "EvaluationPeriods": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 90.0,
        },
    }
    return envelope(told | changes, f'{state}: "{name}" in US East (Ohio)', at)


@contextmanager
def world() -> Generator[World]:
    """A world, while it lasts."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(), services() as found:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "emulated")
        dynamodb: Any = boto3.resource("dynamodb", region_name=REGION)
        sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
        secrets, cloudwatch = (boto3.client(each, region_name=REGION) for each in ("secretsmanager", "cloudwatch"))
        table = dynamodb.create_table(
            TableName="notices",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("kind", "id")],
        )
        mailbox = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=mailbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        mail = sns.create_topic(Name="mail")["TopicArn"]
        sns.subscribe(TopicArn=mail, Protocol="sqs", Endpoint=arn)
        values = {
            "slackToken": TOKEN,
            "webhooks": {"hook": f"{found.address}/hook/secret", "moved": f"{found.address}/moved", "ftp": "ftp://x"},
            "pagerduty": {"pager": "routing-key"},
        }
        secret = secrets.create_secret(Name="notifier", SecretString=json.dumps(values))["ARN"]
        routing: dict[str, Any] = {
            "stack": "prod",
            "environment": "prod",
            "region": REGION,
            "table": "notices",
            "secret": secret,
            "runbooks": RUNBOOKS,
            "timezone": "America/Chicago",
            "teams": {
                "platform": {"slack": PLATFORM, "mail": mail},
                "on-call": {"slack": CALLS, "webhook": "hook", "pagerduty": "pager"},
                "leads": {"slack": LEADS},
            },
            "owner": "platform",
            "owners": {},
            "routes": [{"team": "on-call", "severities": ["critical"], "things": [], "hours": []}],
            "hours": [[day, 8 * 60, 18 * 60] for day in range(5)],
            "escalation": [{"afterMinutes": 15, "team": "platform"}, {"afterMinutes": 30, "team": "leads"}],
            "storm": {"alarms": 4, "minutes": 5},
            "commands": {"database-cpu": "aws rds describe-db-instances"},
            "workloads": ["search"],
            "searched": True,
            "buttons": False,
        }
        yield World(
            routing=routing, services=found, table=table, sqs=sqs, secrets=secrets, cloudwatch=cloudwatch, mailbox=mailbox
        )
