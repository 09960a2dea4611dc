"""A queue and its dead letters: how many wait, and moving dead letters back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from operations.errors import Code, OperationError
from operations.stack import Queue

GROWTH_MINUTES: Final = 30
"""So long dead letters must not have grown before they are moved back: consumers would fail at them again."""
POLL_SECONDS: Final = 5
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
RATES: Final = range(1, 501)
_COUNTS: Final = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}

Told = Callable[[int, int], None]
"""How many dead letters were moved, and of how many."""


@dataclass(frozen=True, kw_only=True)
class Queues:
    """A queue with its dead letters.

    Attributes:
        queue: Its addresses.
        sqs: A client of SQS.
        cloudwatch: A client of CloudWatch.
    """

    queue: Queue
    sqs: Any
    cloudwatch: Any

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the queue, if there is one, and of its dead letters."""
        urls = {"queue": self.queue.url, "dead_letters": self.queue.dead_letters_url}
        return {name: url for name, url in urls.items() if url is not None}

    def counts(self) -> dict[str, dict[str, int]]:
        """How many messages are where; SQS counts approximately."""
        return {
            name: {count: int(self._attributes(url)[attribute]) for count, attribute in _COUNTS.items()}
            for name, url in self.urls.items()
        }

    def expect_mended(self) -> None:
        """Refuse to go on while dead letters grow.

        An arrival makes a queue report for six hours: one of which CloudWatch knows nothing has not grown.

        Raises:
            OperationError: where there are more than there were within the last half hour.
        """
        now = datetime.now(UTC)
        told = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=_COUNTS["waiting"] + "Visible",
            Dimensions=[{"Name": "QueueName", "Value": self.queue.dead_letters_url.rpartition("/")[2]}],
            StartTime=now - timedelta(minutes=GROWTH_MINUTES),
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )
        points = [int(each["Maximum"]) for each in sorted(told["Datapoints"], key=lambda each: each["Timestamp"])]
        if points and points[-1] > min(points):
            raise OperationError(
                f"dead letters grew from {min(points)} to {points[-1]} within {GROWTH_MINUTES} minutes: consumers still fail."
                " Mend them first, or give --although-they-fail",
                Code.CONFLICT,
            )

    def task(self) -> dict[str, Any] | None:
        """The latest move of these dead letters, as SQS tells of it; SQS moves those of a queue only."""
        if self.queue.url is None:
            return None
        found = self.sqs.list_message_move_tasks(SourceArn=self._arn(), MaxResults=1)["Results"]
        return found[0] if found else None

    def is_moving(self) -> bool:
        """Whether dead letters are being moved now."""
        found = self.task()
        return found is not None and found["Status"] == "RUNNING"

    def redrive(self, *, per_second: int, told: Told) -> dict[str, Any]:
        """Move the dead letters back, or follow a move that is under way; what became of it.

        Raises:
            OperationError: when the move fails or somebody cancels it.
        """
        if not self.is_moving():
            self.sqs.start_message_move_task(SourceArn=self._arn(), MaxNumberOfMessagesPerSecond=per_second)
        while True:
            found = self.task() or {}
            moved = int(found.get("ApproximateNumberOfMessagesMoved", 0))
            told(moved, int(found.get("ApproximateNumberOfMessagesToMove", moved)))
            if found.get("Status") == "COMPLETED":
                return {"moved": moved}
            if found.get("Status") not in ("RUNNING", None):
                why = found.get("FailureReason", "no reason is told")
                raise OperationError(f"moving the dead letters ended as {found['Status']} after {moved}: {why}")
            time.sleep(POLL_SECONDS)

    def _arn(self) -> str:
        return self._attributes(self.queue.dead_letters_url)["QueueArn"]

    def _attributes(self, url: str) -> dict[str, str]:
        names = ["QueueArn", *_COUNTS.values()]
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
