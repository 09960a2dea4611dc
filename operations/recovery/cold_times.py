"""How long a failover to a cold region takes: what one `up` builds side by side, then the ordinary plan without a promotion.

Nothing of it was measured on AWS. Where the database is large, its restoration decides on everything.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from functions.recovery import plan
from operations.recovery.times import SAMPLES, STEPS, Estimate, Time, drawn, waves_of

BUILD: Final[Mapping[str, Time]] = {
    "database restored": Time(
        median=1800,
        p95=4500,
        source="assumed",
        why="a volume from the newest snapshot, then the logs since, up to a day of them; AWS names no time. Its blocks are "
        "fetched as they are asked for, so the first hours are slow "
        "(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html)",
    ),
    "search domain": Time(
        median=1350,
        p95=3600,
        source="assumed",
        why="others tell of 15 to 30 minutes, and more with nodes of masters; its indexes are filled afterwards",
    ),
    "cache": Time(median=900, p95=1500, source="assumed", why="a quarter of an hour for two nodes"),
    "ways in and out": Time(
        median=360, p95=780, source="assumed", why="NAT gateways, endpoints, the certificate and the load balancer"
    ),
    "everything else": Time(
        median=420,
        p95=900,
        source="assumed",
        why="some 700 resources; the engine took 142 s for 1,000 against the stand-in, and AWS answers later than that",
    ),
    "functions of recovery": Time(
        median=180, p95=420, source="assumed", why="they wait for all that they switch; then the outputs are written"
    ),
}
"""Part of the `up` -> its time."""
WAVES: Final = (
    [["database restored"], ["search domain"], ["cache"], ["ways in and out"], ["everything else"]],
    [["functions of recovery"]],
)
_NOTHING: Final = Time(median=2, p95=5, source="assumed", why="a restored database follows nobody: it is asked, and left alone")
TIMES: Final[Mapping[str, Time]] = {**STEPS, **BUILD, "promote": _NOTHING}


@cache
def estimate_cold(samples: int = SAMPLES) -> Estimate:
    """What the model says; the same each time."""
    return drawn(plan.DISASTER, [*WAVES, *waves_of(plan.DISASTER)], TIMES, samples)


def expected_build() -> float:
    """Seconds that the `up` takes half of the times, by the slowest of each wave."""
    return sum(max(sum(BUILD[part].median for part in lane) for lane in wave) for wave in WAVES)
