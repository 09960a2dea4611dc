"""A model of the queue of batch jobs (components/compute/batch.py): does a tenant with thousands of jobs delay another's one?

A discrete-event model, not AWS. It takes from docs.aws.amazon.com/batch/latest/userguide/fair-share-scheduling.html and
APIReference/API_FairsharePolicy.html: of the vCPUs, (computeReservation / 100) ^ active shares are kept free, where a share is
active while it has jobs, and until its use has decayed; the next job is that of the share with the least use; use within
`shareDecaySeconds` counts, the more the later it was. How exactly AWS weighs it is not said: here the weight falls evenly from
one to nothing over the decay, and the scheduler decides at once.

What is assumed: every job is as large as the aggregation's (a vCPU) and runs 3 to 7 minutes; Fargate starts each within a
minute, as many at a time as there is room for; Spot takes nothing back; no job is ended for another.
"""

import heapq
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components.compute.job_spec import BatchSpec

START_SECONDS: Final = 60.0
"""From the decision to the running container: what a job alone in the queue waits, too."""
QUIET: Final = "quiet"


@dataclass
class Share:
    """A tenant: its jobs that wait (minutes), how many run, and its use as pieces of (seconds since when, until when)."""

    waiting: deque[float] = field(default_factory=deque[float])
    running: int = 0
    use: deque[tuple[float, float]] = field(default_factory=deque[tuple[float, float]])

    def weight(self, now: float, decay: float) -> float:
        """Its use, each second of a vCPU weighed by how long ago it was."""
        while self.use and self.use[0][1] < now - decay:
            self.use.popleft()
        return sum(_weighed(max(since, now - decay), min(until, now), now, decay) for since, until in self.use if since < now)

    def is_active(self, now: float, decay: float) -> bool:
        return bool(self.waiting or self.running or (self.use and self.use[-1][1] >= now - decay))


def _weighed(since: float, until: float, now: float, decay: float) -> float:
    if not decay or until <= since:
        return 0.0
    return ((until - since) - ((now - since) ** 2 - (now - until) ** 2) / (2 * decay)) if until <= now else 0.0


def wait(spec: BatchSpec, *, jobs: int, flooding: int, at: float, fair: bool = True) -> float:
    """Seconds from the submission of the quiet tenant's one job, at second `at`, until it runs.

    Args:
        spec: The queue's.
        jobs: Of each flooding tenant, all submitted at 0.
        flooding: How many such tenants there are.
        at: When the one job is submitted.
        fair: False for a queue in the order of submission.
    """
    chance = random.Random(1)
    decay = spec.decay_minutes * 60.0
    vcpus = spec.spot_vcpus + spec.on_demand_vcpus
    shares = {f"flood-{number}": Share(deque(chance.uniform(180, 420) for _ in range(jobs))) for number in range(flooding)}
    shares[QUIET] = Share()
    events: list[tuple[float, str]] = [(0.0, ""), (at, QUIET)]
    while events:
        now, ended = heapq.heappop(events)
        if (now, ended) == (at, QUIET):
            shares[QUIET].waiting.append(300.0)
        elif ended:
            shares[ended].running -= 1
        while (whose := _next(shares, now, decay, _room(spec, shares, now, decay) if fair else vcpus, fair=fair)) is not None:
            share = shares[whose]
            if whose == QUIET:
                return now + START_SECONDS - at
            seconds = START_SECONDS + share.waiting.popleft()
            share.running += 1
            share.use.append((now, now + seconds))
            heapq.heappush(events, (now + seconds, whose))
    raise AssertionError("the job never ran")


def _room(spec: BatchSpec, shares: Mapping[str, Share], now: float, decay: float) -> float:
    active = sum(share.is_active(now, decay) for share in shares.values())
    return (spec.spot_vcpus + spec.on_demand_vcpus) * (1 - (spec.reserved_percent / 100) ** active)


def _next(shares: Mapping[str, Share], now: float, decay: float, room: float, *, fair: bool) -> str | None:
    if sum(share.running for share in shares.values()) + 1 > room:
        return None
    waiting = [name for name, share in shares.items() if share.waiting]
    if not waiting:
        return None
    if not fair:
        return waiting[0]  # the flood was there first
    return min(waiting, key=lambda name: (shares[name].weight(now, decay), shares[name].running))
