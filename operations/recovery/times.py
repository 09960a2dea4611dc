"""How long a failover takes: a distribution for each step of the plan, its source, and what that gives in sum.

Two clocks. The first starts when somebody declares, the second with the outage: noticing it and deciding come before. Nothing
here was measured on AWS; each figure says whether AWS documents it, somebody published it from a drill, we measured it against
an emulator, or we assumed it.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from functions.recovery import plan

Source = Literal["documented", "drilled", "measured", "assumed"]
Clock = Literal["outage", "declared"]

SAMPLES: Final = 20_000
SEED: Final = 13
_Z95: Final = 1.6448536269514722  # of the normal distribution
PERCENTILES: Final = (50, 95, 99)
GOALS: Final[Mapping[Clock, Mapping[int, int]]] = {"declared": {50: 20, 95: 30}, "outage": {50: 25, 95: 40}}
"""Minutes that a disaster may take at the most, by percentile."""


@dataclass(frozen=True, kw_only=True)
class Time:
    """How long something takes: log-normal through two percentiles.

    Attributes:
        median: Seconds, half of the times.
        p95: Seconds, 95 times in 100.
        source: Where the figures come from.
        why: The page, the drill, the command or the reasoning.
    """

    median: float
    p95: float
    source: Source
    why: str

    def __post_init__(self) -> None:
        if not 0 < self.median <= self.p95:
            raise ValueError(f"median {self.median} and p95 {self.p95}; expected 0 < median <= p95")

    def at(self, luck: random.Random) -> float:
        """A sample, in seconds."""
        sigma = math.log(self.p95 / self.median) / _Z95
        return math.exp(luck.gauss(math.log(self.median), sigma))


NOTICE: Final = Time(
    median=60,
    p95=180,
    source="assumed",
    why="alarms on the heartbeat and on the ingress look each minute; some need three minutes in a row",
)
DECIDE: Final = Time(
    median=360, p95=900, source="assumed", why="somebody is called, looks at `status`, and declares; rehearsals will tell"
)
# Steps of the plan. Where there is nothing but calls of AWS, each is taken to answer within a second or two.
STEPS: Final[Mapping[str, Time]] = {
    "lock": Time(median=2, p95=5, source="assumed", why="a conditional write of DynamoDB, and the start of a function"),
    "gate": Time(median=4, p95=15, source="assumed", why="one order to the heartbeat, one question for each database"),
    "quiesce": Time(median=10, p95=30, source="assumed", why="some twenty calls of AWS"),
    "drain": Time(
        median=120, p95=600, source="assumed", why="queues are empty within seconds as a rule; a job of the night takes minutes"
    ),
    "decide": Time(median=1, p95=3, source="assumed", why="one write of DynamoDB"),
    "fence": Time(
        median=45,
        p95=75,
        source="assumed",
        why="tries for a minute at the most when the region does not answer (functions/recovery/plan.py)",
    ),
    "catch-up": Time(median=5, p95=20, source="assumed", why="the replica follows by a second or two once nobody writes"),
    "copy": Time(
        median=1200, p95=3600, source="assumed", why="a replica in the same region begins with a snapshot of the whole volume"
    ),
    "promote-copy": Time(median=480, p95=1200, source="assumed", why="as `promote`: a rehearsal is there to measure it"),
    "promote": Time(
        median=480,
        p95=1200,
        source="assumed",
        why="AWS says several minutes or longer; nobody publishes a distribution "
        "(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html)",
    ),
    "writable": Time(
        median=20, p95=60, source="assumed", why="changing the security groups of the database, then one order to the heartbeat"
    ),
    "start": Time(
        median=120,
        p95=300,
        source="assumed",
        why="Fargate starts 20 tasks a second (docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html)"
        "; pulling an image and two checks of the load balancer take the rest",
    ),
    "stop": Time(median=60, p95=180, source="assumed", why="tasks end within their 30 s; the load balancer lets go of them"),
    "clean-up": Time(median=300, p95=900, source="assumed", why="RDS deletes an instance within minutes"),
    "resume": Time(median=10, p95=30, source="assumed", why="some ten calls of AWS"),
    "smoke": Time(
        median=15,
        p95=60,
        source="assumed",
        why="each service is asked until it answers; tasks that waited for the database follow",
    ),
    "open": Time(median=5, p95=15, source="assumed", why="a changed rule of a load balancer is in force within seconds"),
    "report": Time(median=2, p95=5, source="assumed", why="a write and a message"),
    "reconcile": Time(median=2, p95=5, source="assumed", why="it is started, and not waited for"),
}
TRAFFIC: Final = Time(
    median=83,
    p95=120,
    source="drilled",
    why="three checks ten seconds apart, then a record's 60 s; a published drill of ECS and DynamoDB saw 61 + 22 s",
)
"""From the open latch until clients are in the other region; it runs beside what follows the step `open`."""
NAMES: Final[Mapping[str, str]] = {"notice": "outage noticed", "decide-to": "decision", "traffic": "clients follow"}
"""What is no step of the plan."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of the picture.

    Attributes:
        name: Of the step, or of what is none.
        begins: Seconds after the outage or the declaration, at the median of all runs.
        median: Seconds that it takes itself, at the median.
        p95: The same, 95 times in 100.
        share: How often it is on the critical path, 0 to 1.
        weight: What it adds to the critical path on average, seconds.
    """

    name: str
    begins: float
    median: float
    p95: float
    share: float
    weight: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What the model says of one mode.

    Attributes:
        mode: Planned or disaster.
        totals: Clock -> percentile -> seconds until clients are served again.
        bars: All parts in the order in which they begin.
    """

    mode: plan.Mode
    totals: Mapping[Clock, Mapping[int, float]]
    bars: Sequence[Bar]

    def largest(self, count: int = 3) -> list[Bar]:
        """What adds most to the critical path."""
        return sorted(self.bars, key=lambda bar: -bar.weight)[:count]

    def misses(self) -> Iterator[str]:
        """Goals that it does not meet; a planned run has none, for nobody waits meanwhile."""
        if self.mode != plan.DISASTER:
            return
        for clock, goals in GOALS.items():
            for percentile, minutes in goals.items():
                if (found := self.totals[clock][percentile] / 60) > minutes:
                    yield f"{found:.1f} minutes from {clock} at p{percentile}; expected {minutes} or less"


Waves = Sequence[Sequence[Sequence[str]]]
"""Waves one after another, each of lanes beside each other, each of parts one after another."""


def waves_of(mode: plan.Mode) -> Waves:
    """The plan of a mode, by the names of its steps."""
    return [[[step.name for step in lane] for lane in wave] for wave in plan.waves(mode)]


def _run(
    mode: plan.Mode, luck: random.Random, waves: Waves, known: Mapping[str, Time]
) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Begin and end of each part of one run, and the names of those on its critical path."""
    times: dict[str, tuple[float, float]] = {}
    path: dict[str, str | None] = {}
    clock, last = 0.0, None
    if mode == plan.DISASTER:
        for name, time in (("notice", NOTICE), ("decide-to", DECIDE)):
            times[name] = (clock, clock + time.at(luck))
            path[name], clock, last = last, times[name][1], name
    for wave in waves:
        ends: list[tuple[float, str]] = []
        for lane in wave:
            at, before = clock, last
            for name in lane:
                times[name] = (at, at + known[name].at(luck))
                path[name], at, before = before, times[name][1], name
            ends.append((at, lane[-1]))
        clock, last = max(ends)
        if last == "open":
            times["traffic"] = (clock, clock + TRAFFIC.at(luck))
            path["traffic"] = "open"
    # People are served once they are there; what follows the step `open` is not waited for.
    critical: list[str] = []
    at_last: str | None = "traffic"
    while at_last is not None:
        critical.append(at_last)
        at_last = path[at_last]
    return times, critical


@cache
def estimate(mode: plan.Mode, samples: int = SAMPLES) -> Estimate:
    """What the model says; the same each time."""
    return drawn(mode, waves_of(mode), STEPS, samples)


def turned_away() -> Estimate:
    """A planned run from its step `quiesce` on, which closes the gate to visitors; its clock `declared` begins there."""
    waves = waves_of(plan.PLANNED)
    first = next(place for place, wave in enumerate(waves) if ["quiesce"] in wave)
    return drawn(plan.PLANNED, waves[first:], STEPS, SAMPLES)


def drawn(mode: plan.Mode, waves: Waves, known: Mapping[str, Time], samples: int) -> Estimate:
    """What so many runs of these waves come to, by the time of each part."""
    luck = random.Random(SEED)  # noqa: S311 - no secret
    runs = [_run(mode, luck, waves, known) for _ in range(samples)]
    declared = [times["decide-to"][1] if "decide-to" in times else 0.0 for times, _ in runs]
    served = [times["traffic"][1] for times, _ in runs]
    bars: list[Bar] = []
    for name in runs[0][0]:
        took = [times[name][1] - times[name][0] for times, _ in runs]
        critical = [took[index] for index, (_, path) in enumerate(runs) if name in path]
        bars.append(
            Bar(
                name=name,
                begins=_percentile([times[name][0] for times, _ in runs], 50),
                median=_percentile(took, 50),
                p95=_percentile(took, 95),
                share=len(critical) / samples,
                weight=sum(critical) / samples,
            )
        )
    since_declared = [end - begin for end, begin in zip(served, declared, strict=True)]
    totals: dict[Clock, dict[int, float]] = {
        "declared": {each: _percentile(since_declared, each) for each in PERCENTILES},
        "outage": {each: _percentile(served, each) for each in PERCENTILES},
    }
    return Estimate(mode=mode, totals=totals, bars=sorted(bars, key=lambda bar: bar.begins))


def expected(name: str) -> float:
    """Seconds that a step takes half of the times."""
    return STEPS[name].median


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(len(values) * percent / 100) - 1)]
