"""A model of the way from `ingest` to `newest`: does a tenant that floods it delay a quiet one?

A discrete-event model, not AWS. It takes from
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html: a tenant is noisy with more
than 10 % of the messages in flight and at least 30 of its own; messages of quiet tenants are handed out first, and those of a
noisy one while there are no others; it is quiet again when its backlog is gone. AWS calls its thresholds approximate; here
they are exact and hold at once, and its second measure (processing time) is left out. There is nothing of Firehose, which
buffers for minutes for everybody.

What is assumed: times are constants (`Times`, guesses, not measured on AWS), a poller hands over what waits without waiting for
more, no cold starts, nobody fails. The flood is thrice what all consumers together take.
"""

import heapq
import itertools
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

NOISY_SHARE: Final = 0.1
NOISY_MESSAGES: Final = 30
FLOOD, QUIET = "flood", "quiet"


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds, and how many at once.

    Attributes:
        delivery: From the topic to the queue, and from the queue to a function that is free.
        invocation: Of a batch, whatever it holds.
        message: Of each message in it: the registry, judging, and one write.
        consumers: Batches at once.
        batch: Messages in one at the most.
    """

    delivery: float = 0.03
    invocation: float = 0.005
    message: float = 0.015
    consumers: int = 10
    batch: int = 5


@dataclass
class Queue:
    """The queue; `fair` or in the order of arrival."""

    fair: bool
    waiting: dict[str, deque[tuple[float, str]]] = field(default_factory=dict[str, deque[tuple[float, str]]])
    in_flight: Counter[str] = field(default_factory=Counter[str])
    noisy: set[str] = field(default_factory=set[str])

    def put(self, at: float, tenant: str) -> None:
        self.waiting.setdefault(tenant, deque()).append((at, tenant))

    def take(self, most: int) -> list[tuple[float, str]]:
        """The next messages: when each was sent, and by whom."""
        taken: list[tuple[float, str]] = []
        while len(taken) < most and (heads := [found for found in self.waiting.values() if found]):
            total = self.in_flight.total()
            self.noisy = {tenant for tenant in self.noisy if self.waiting[tenant]}
            if self.fair:
                self.noisy |= {
                    tenant for tenant, own in self.in_flight.items() if own >= NOISY_MESSAGES and own > NOISY_SHARE * total
                }
            (sent, tenant) = min(heads, key=lambda found: (found[0][1] in self.noisy, found[0])).popleft()
            self.in_flight[tenant] += 1
            taken.append((sent, tenant))
        return taken


def delays(*, flooded: bool, fair: bool = True, times: Times | None = None, seconds: float = 60) -> list[float]:
    """How long each message of the quiet tenant takes until its state is in the table, sorted."""
    times = times or Times()
    queue, free = Queue(fair), times.consumers
    order = itertools.count()
    events: list[tuple[float, int, str, list[str]]] = []
    for at, tenant in _sent(times, flooded=flooded, seconds=seconds):
        heapq.heappush(events, (at + times.delivery, next(order), tenant, []))
    found: list[float] = []
    while events:
        now, _, tenant, done = heapq.heappop(events)
        if tenant:
            queue.put(now - times.delivery, tenant)
        else:
            queue.in_flight.subtract(done)
            free += 1
        while free and (batch := queue.take(times.batch)):
            free -= 1
            ends = now + times.invocation
            for sent, whose in batch:
                ends += times.message
                if whose == QUIET:
                    found.append(ends - sent)
            heapq.heappush(events, (ends, next(order), "", [tenant for _, tenant in batch]))
    return sorted(found)


def _sent(times: Times, *, flooded: bool, seconds: float) -> Iterator[tuple[float, str]]:
    chance = random.Random(1)
    at = 0.0
    while (at := at + chance.expovariate(5)) < seconds:
        yield at, QUIET
    capacity = times.consumers * times.batch / (times.invocation + times.batch * times.message)
    if flooded:
        yield from ((number / (3 * capacity), FLOOD) for number in range(int(3 * capacity * seconds)))
