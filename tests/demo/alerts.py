"""The demonstration's chapter of alarms: from a breach to what somebody on call reads, acknowledges and sees end."""

import copy
import json
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import boto3

from functions.notify.channels import Endpoints
from functions.notify.handler import Notifier, UntoldError
from functions.notify.routing import parse
from operations.alerts.command import Place
from tests.components.harness import Declared
from tests.components.operate.cloudwatch import Minute
from tests.demo.alarms import METRIC, Topics, breaches, fast_burn, minutes_until
from tests.demo.aws import Aws
from tests.demo.commands import dataconnect
from tests.demo.page import Part, Seen, Table
from tests.demo.slack import Slack
from tests.functions.notify.services import TOKEN, Fault, Services, services
from tests.stacks.estate import archive

NIGHT: Final = datetime(2026, 12, 1, 8, 31, tzinfo=UTC)
"""A Tuesday, in Chicago at 02:31."""
MORNING: Final = datetime(2026, 12, 1, 16, 5, tzinfo=UTC)
DAY: Final = 24 * 60
STORM: Final = (
    *(f"database-database-{each}" for each in ("cpu", "load", "latency-read", "latency-write")),
    *(f"database-database-ebs-balance-{each}" for each in ("byte", "io")),
    "ingress-ingress-response-time",
    *(f"{each}-service-error-lines" for each in ("search", "bi", "realtime", "data-products")),
    *(f"{each}-queue-oldest-message" for each in ("ingest", "newest")),
)
"""What a database that does not keep up brings with it."""
QUEUE: Final = "notifier-queue"
DIRECT: Final = "mailbox-direct"


@dataclass
class Alerts:
    """The desk: a notifier as the stack deploys it, on a clock of its own.

    Attributes:
        made: AWS's things.
        outputs: File with the stack's outputs.
        seen: What there is to show.
    """

    made: Aws
    outputs: Path
    seen: list[Seen] = field(default_factory=list[Seen])

    def __post_init__(self) -> None:
        self._now, self._topics = NIGHT, Topics(self.made)
        self._parts = list[Part]()

    def hear(self) -> Iterable[str]:
        """An alarm by night, a storm by day, and a channel that is down."""
        with services() as slack, self._deployed(slack):
            yield from self._by_night()
            yield from self._storm()
            yield from self._undelivered()
            yield from self._report()
        self.seen.append(Seen(who="on-call", id=f"Slack, {self._routing.environment}", parts=self._parts))

    def _by_night(self) -> Iterator[str]:
        alarm, judge = fast_burn(self.made.estate, "search")
        name = alarm.inputs["alarmName"]
        fine, failing = Minute(100), Minute(100, 12)
        burning = minutes_until(judge, name, [fine] * DAY, failing, spoken=True)
        self._advance(len(burning) - DAY)
        yield f"search fails 12 of 100 requests from 02:31 on: after {len(burning) - DAY} minutes {name} speaks"
        self._tell(alarm, "ALARM", f"{name} transitioned to ALARM")
        calls, platform = (self._channel(team) for team in ("on-call", "platform"))
        yield f"{self._clock()} {self._header(calls)}"
        self._photograph(calls, "as it came")
        while not self._slack.shown(platform):
            self._advance(1)
        yield f"{self._clock()} nobody acknowledged it: platform is told, too, in {platform}"
        reference = self._reference(calls)
        self._advance(2)
        told = self._run("ack", reference)
        self._advance(1)
        yield f"{self._clock()} dataconnect alerts ack {reference}: {self._fact(calls, 'Acknowledged')}"
        self._photograph(calls, "escalated, and acknowledged")
        escalated = len(self._slack.calls)
        self._advance(30, each=10)
        if len(self._slack.calls) != escalated:
            raise SystemExit(f"{told['by']} takes care of it, and others are called")
        over = minutes_until(judge, name, [*burning, *[failing] * 30], fine, spoken=False)
        self._advance(len(over) - len(burning) - 30, each=10)
        self._tell(alarm, "OK", "All minutes of the last five were fine")
        yield f"{self._clock()} {self._header(calls)}, in the same message; nobody else was called"
        self._photograph(calls, "over")

    def _storm(self) -> Iterator[str]:
        self._advance(int((MORNING - self._now).total_seconds()) // 60, each=60)
        channel = self._channel("platform")
        before = len(self._slack.shown(channel))
        alarms = [self.made.estate.one(METRIC, name) for name in STORM]
        for number, alarm in enumerate(alarms):
            self._now += timedelta(seconds=10)
            self._tell(alarm, "ALARM", f"Threshold Crossed: {number + 1} datapoints")
        alone = len(self._slack.shown(channel)) - before - 1
        yield f"{self._clock()} the database does not keep up: {len(alarms)} alarms within {len(alarms) * 10 // 60} minutes"
        yield f"{alone} messages, and one of the others: {self._header(channel)}"
        self._photograph(channel, "a storm", of="platform")
        reference = self._reference(channel)
        self._run("ack", reference)
        for alarm in alarms:
            self._tell(alarm, "OK", "It recovered")
        self._advance(1)
        yield f"{self._clock()} one word acknowledges them; all are over: {self._header(channel)}"

    def _undelivered(self) -> Iterator[str]:
        alarm, about = (self.made.estate.one(METRIC, name) for name in ("ingest-function-errors", "notifier-function-errors"))
        calls = self._channel("on-call")
        self._advance(60, each=20)
        before = len(self._slack.shown(calls))
        self._slack.down = Fault(status=503)
        self._tell(alarm, "ALARM", "Threshold Crossed: 3 runs failed")
        try:
            self._look_through()
        except UntoldError as error:
            yield f"{self._clock()} {alarm.name} fires while Slack is down: {error}; the run ends with an error"
        else:
            raise SystemExit("nobody could be told, and the notifier says nothing of it")
        if not breaches(about, 1):
            raise SystemExit(f"an error of the notifier does not breach {about.name}")
        self._topics.tell(about, "ALARM", "Threshold Crossed: 1 run failed", self._now)
        (mail,) = self._topics.mails(DIRECT)
        yield f"a mail that the notifier has no part in: {mail['Subject']}"
        waiting = len(self._topics.heard(QUEUE))
        self._slack.down = None
        self._advance(1)
        self._take()
        told = len(self._slack.shown(calls)) - before
        yield f"{self._clock()} {waiting} message waited; Slack is back, and is told {told} time: {self._header(calls)}"
        described = json.loads(mail["Message"])["AlarmDescription"].replace(" Severity:", "\nSeverity:")
        self._parts.append(
            Table(
                title="By mail, without the notifier",
                source="the topic alerts-direct",
                head=("subject", "text"),
                rows=[(mail["Subject"], described)],
            )
        )
        self._photograph(calls, "Slack is back")

    def _report(self) -> Iterator[str]:
        report = self._run("report", "--days", "7")["alarms"]
        rows = [(each["title"], str(each["times"]), str(each["minutes"]), ", ".join(each["by"]) or "nobody") for each in report]
        yield f"dataconnect alerts report: {len(report)} alarms fired in 7 days"
        self._parts.append(
            Table(
                title="What fired in 7 days; what nobody acted on comes first",
                source="dataconnect alerts report",
                head=("alarm", "times", "minutes", "acted"),
                rows=rows,
            )
        )

    @contextmanager
    def _deployed(self, slack: Services) -> Generator[None]:
        """The notifier with the settings of the plan, on the table, secret, topics and queue here."""
        client, estate = self.made.client, self.made.estate
        text = archive(estate.inputs("lambda/function:Function", "notifier")["code"])
        assert isinstance(text, dict)
        told: dict[str, Any] = json.loads(text["functions/notify/notify.json"])
        self._topics.make("alerts", QUEUE)
        self._topics.make("alerts-direct", DIRECT)
        for team, ways in told["teams"].items():
            if "mail" in ways:
                ways["mail"] = self._topics.make(f"notifier-mail-{team}", f"mailbox-{team}")
        secret = client("secretsmanager").create_secret(Name="notifier", SecretString=json.dumps({"slackToken": TOKEN}))
        keys = [{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]
        client("dynamodb").create_table(
            TableName=told["table"],
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": each["AttributeName"], "AttributeType": "S"} for each in keys],
        )
        zone = ZoneInfo(told["timezone"])
        self._slack, self._routing = slack, parse({**told, "secret": secret["ARN"]}, zone)
        where = Endpoints(slack=f"{slack.address}/api", scheme="http://")
        self._notifier = Notifier(self._routing, boto3.Session(), where, lambda: self._now)
        # Last week's report was told on Monday.
        self._notifier.store.reported(f"{NIGHT - timedelta(days=NIGHT.weekday()):%Y-%m-%d}", NIGHT.timestamp())
        yield

    def _tell(self, alarm: Declared, state: str, reason: str) -> None:
        self._topics.tell(alarm, state, reason, self._now)
        self._take()

    def _take(self) -> None:
        """What Lambda does with the queue: what could not be told stays there."""
        found = self._topics.heard(QUEUE)
        with redirect_stdout(StringIO()):
            answer = self._notifier.take_in([{"messageId": each["MessageId"], "body": each["Body"]} for each in found])
        again = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for each in found:
            if each["MessageId"] not in again:
                self._topics.done(QUEUE, each)

    def _look_through(self) -> None:
        with redirect_stdout(StringIO()):
            self._notifier.look_through(lambda: False)

    def _advance(self, minutes: int, each: int = 1) -> None:
        """The clock's runs, each minute; where nothing is to come, so many minutes apart."""
        end = self._now + timedelta(minutes=minutes)
        while self._now < end:
            self._now = min(end, self._now + timedelta(minutes=each))
            self._look_through()

    def _run(self, *words: str) -> Any:
        place = Place(store=self._notifier.store, who="ada", now=self._now)
        return dataconnect(self.outputs, lambda _: place, "alerts", *words)

    def _clock(self) -> str:
        return f"{self._now.astimezone(self._routing.zone):%H:%M}"

    def _channel(self, team: str) -> str:
        (channel,) = [each.address for each in self._routing.teams[team] if each.kind == "slack"]
        return channel

    def _message(self, channel: str) -> dict[str, Any]:
        return self._slack.shown(channel)[-1]

    def _header(self, channel: str) -> str:
        """The first line of the newest message."""
        return self._message(channel)["blocks"][0]["text"]["text"]

    def _fact(self, channel: str, name: str) -> str:
        fields = [each["text"] for block in self._message(channel)["blocks"] for each in block.get("fields", ())]
        (found,) = [each for each in fields if each.startswith(f"{name}: ")]
        return found

    def _reference(self, channel: str) -> str:
        found = re.search(r"dataconnect alerts ack (\w+)", json.dumps(self._message(channel)))
        assert found, self._message(channel)
        return found[1]

    def _photograph(self, channel: str, what: str, of: str = "on-call") -> None:
        told = copy.deepcopy(self._message(channel))
        threads = [each["text"] for each in self._slack.messages[channel].values() if "thread_ts" in each]
        self._parts.append(
            Slack(
                title=f"{self._clock()} {what}",
                source=f"Slack, the channel of {of}",
                blocks=told["blocks"],
                thread=threads if what == "over" else (),
            )
        )
