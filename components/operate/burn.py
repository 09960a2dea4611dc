"""How fast an objective's budget of errors may be burnt before somebody hears of it.

The pairs are those of Google's SRE workbook (sre.google/workbook/alerting-on-slos, "Multiwindow, Multi-Burn-Rate Alerts"): the
long window says that it matters, the short one that it has not ended yet.
"""

from dataclasses import dataclass
from typing import Final, Literal

Speed = Literal["fast", "slow"]
DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two windows, in seconds, and the share of the budget that is gone once the long one has burnt at its rate."""

    speed: Speed
    long: int
    short: int
    share: float


# CloudWatch looks back a week at the most, a day with periods of less than an hour, and judges what looks back for more than a
# day once an hour (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html, PutMetricAlarm).
PAIRS: Final = (
    Pair(speed="fast", long=3600, short=300, share=0.02),
    Pair(speed="fast", long=6 * 3600, short=1800, share=0.05),
    Pair(speed="slow", long=3 * DAY, short=6 * 3600, share=0.10),
)
MOST_BAD: Final = 0.9
"""Where a target leaves so much budget that no outage could burn it at the rate of a pair, this share of bad requests does."""
LEAST_BAD: Final = 10
"""So many bad requests at the least, in the long window: two failures of three requests at night wake nobody."""


def threshold(pair: Pair, *, target: float, window_days: int) -> float:
    """The rate from which a pair speaks: 1 would spend the budget of the objective's window in just that window.

    Of 30 days: 14.4, 6 and 1.
    """
    rate = pair.share * window_days * DAY / pair.long
    return round(min(rate, MOST_BAD * 100 / (100 - target)), 3)
