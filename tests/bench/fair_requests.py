"""A model of the runs of `ingest`: does a tenant that sends all that the firewall lets through delay a quiet one?

A discrete-event model, not AWS. One address sends 10,000 requests in five minutes (components/edge/firewall.py), evenly, each
with as many records as a request may have. A run that finds no room is refused at once, and its sender tries again after a
second, then two, four, … (docs/ingestion.md). A tenant with several addresses may send several times as much: nothing here
bounds that.

What is assumed: times are constants (`Times`, guesses, not measured on AWS), and no cold starts.
"""

import heapq
import itertools
import random
from dataclasses import dataclass

from components.edge.firewall import REQUESTS_PER_ADDRESS
from functions.ingest.delivery import CONNECTIONS, MAX_RECORDS

WINDOW_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds.

    Attributes:
        request: Of a request, whatever it holds: token, registry, answer.
        record: Of each of its records, as many at once as the function has connections: judging and one write.
        publish: Of each ten of them.
    """

    request: float = 0.02
    record: float = 0.04
    publish: float = 0.03

    def of(self, records: int) -> float:
        """How long a request takes."""
        return self.request + -(-records // CONNECTIONS) * self.record + -(-records // (10 * CONNECTIONS)) * self.publish


def delays(
    *, concurrency: int, flooded: bool, addresses: int = 1, records: int = MAX_RECORDS, seconds: float = 120
) -> list[float]:
    """How long each request of the quiet tenant, of one record, takes until it is answered, sorted."""
    times, chance, order = Times(), random.Random(1), itertools.count()
    # When, what follows of equal times, when it was sent first, how often it was refused, whether it is the quiet one's.
    events: list[tuple[float, int, float, int, bool]] = []

    def send(at: float, *, sent: float, refused: int, quiet: bool) -> None:
        heapq.heappush(events, (at, next(order), sent, refused, quiet))

    at = 0.0
    while (at := at + chance.expovariate(5)) < seconds:
        send(at, sent=at, refused=0, quiet=True)
    rate = addresses * REQUESTS_PER_ADDRESS / WINDOW_SECONDS
    for number in range(int(rate * seconds) if flooded else 0):
        at = (number + chance.random()) / rate
        send(at, sent=at, refused=0, quiet=False)
    found: list[float] = []
    ends: list[float] = []
    while events:
        now, _, sent, refused, quiet = heapq.heappop(events)
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        if len(ends) >= concurrency:
            send(now + 2**refused, sent=sent, refused=refused + 1, quiet=quiet)
            continue
        end = now + times.of(1 if quiet else records)
        heapq.heappush(ends, end)
        if quiet:
            found.append(end - sent)
    return sorted(found)
